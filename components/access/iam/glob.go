package iam

import (
	"strings"
	"unicode/utf8"
)

// Wildcards of a compiled pattern. Neither byte occurs in UTF-8, so that every
// other byte of a pattern stands for itself, an escaped * among them.
const (
	anyRun = '\xFE' // * in IAM: any run of characters, empty ones and slashes too
	anyOne = '\xFF' // ? in IAM: exactly one character
)

var wildcards = strings.NewReplacer("*", string([]byte{anyRun}), "?", string([]byte{anyOne}))

// pattern is a text with wildcards, compiled by newPattern.
type pattern struct {
	text string // with anyRun and anyOne in the place of the wildcards
	kind patternKind
}

// patternKind tells the simple patterns, which are nearly all, from the others.
type patternKind uint8

const (
	generalPattern patternKind = iota
	literalPattern             // no wildcard
	prefixPattern              // one *, at the end
)

// newPattern compiles a text in which anyRun and anyOne stand for the
// wildcards.
func newPattern(text string) pattern {
	run, one := strings.IndexByte(text, anyRun), strings.IndexByte(text, anyOne)
	switch {
	case run < 0 && one < 0:
		return pattern{text, literalPattern}
	case one < 0 && run == len(text)-1:
		return pattern{text, prefixPattern}
	}
	return pattern{text, generalPattern}
}

// matches tells whether the pattern describes the whole text.
func (p pattern) matches(text string) bool {
	switch p.kind {
	case literalPattern:
		return p.text == text
	case prefixPattern:
		return strings.HasPrefix(text, p.text[:len(p.text)-1])
	}
	return matchGlob(p.text, text)
}

// matchGlob compares character by character and, where that fails, lets the
// last * take one character more: at most length times length steps, whatever
// the pattern.
func matchGlob(pattern, text string) bool {
	p, t := 0, 0
	afterRun, retry := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == anyRun:
			p++
			afterRun, retry = p, t
		case p < len(pattern) && pattern[p] == anyOne:
			p++
			t += characterAt(text, t)
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case afterRun >= 0:
			retry += characterAt(text, retry)
			p, t = afterRun, retry
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == anyRun {
		p++
	}
	return p == len(pattern)
}

// characterAt is the length in bytes of the character that begins at i.
func characterAt(text string, i int) int {
	_, size := utf8.DecodeRuneInString(text[i:])
	return size
}
