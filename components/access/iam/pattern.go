package iam

import (
	"strings"
	"unicode/utf8"
)

// Bytes that stand for wildcards in a compiled pattern. Neither of them occurs in
// UTF-8, so every other byte of a pattern is literal, including an escaped *.
const (
	anyRun = '\xFE' // * in a policy: any number of characters, slashes included
	anyOne = '\xFF' // ? in a policy: exactly one character
)

var wildcards = strings.NewReplacer("*", string([]byte{anyRun}), "?", string([]byte{anyOne}))

// pattern is a text with wildcards, compiled by newPattern.
type pattern struct {
	text string // with anyRun and anyOne for the wildcards
	kind patternKind
}

// patternKind separates simple patterns, which nearly all are, from the others.
type patternKind uint8

const (
	generalPattern patternKind = iota
	literalPattern             // no wildcard
	prefixPattern              // a single *, at the end
)

// newPattern compiles a text that has anyRun and anyOne for the wildcards.
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

// matches reports whether the pattern matches the whole text.
func (p pattern) matches(text string) bool {
	switch p.kind {
	case literalPattern:
		return p.text == text
	case prefixPattern:
		return strings.HasPrefix(text, p.text[:len(p.text)-1])
	}
	return matchGlob(p.text, text)
}

// matchGlob compares character by character. After a mismatch it lets the last *
// match one character more. The number of steps is at most the product of the two
// lengths.
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

// characterAt returns the length in bytes of the character that begins at i.
func characterAt(text string, i int) int {
	_, size := utf8.DecodeRuneInString(text[i:])
	return size
}

// textSet is a set of texts, fast to search whether it is small or large.
type textSet struct {
	few  []string            // used for up to mostFew texts
	many map[string]struct{} // used for more
}

// mostFew is about the size from which a map lookup is faster than comparing all.
const mostFew = 6

func newTextSet(texts []string) textSet {
	if len(texts) <= mostFew {
		return textSet{few: texts}
	}
	many := make(map[string]struct{}, len(texts))
	for _, text := range texts {
		many[text] = struct{}{}
	}
	return textSet{many: many}
}

func (s *textSet) has(text string) bool {
	if s.many != nil {
		_, found := s.many[text]
		return found
	}
	for _, one := range s.few {
		if one == text {
			return true
		}
	}
	return false
}
