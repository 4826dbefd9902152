package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// member is a name of a JSON object with its value, as they stand in the text.
type member struct {
	name  string
	value []byte
}

var errNoObject = errors.New("must be a JSON object")

// objectOf gives the members of a text that is one JSON object. What
// encoding/json lets pass is an error: a name that stands twice, and what is no
// UTF-8.
func objectOf(text []byte) ([]member, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%w, in UTF-8", errNoObject)
	}
	if !json.Valid(text) {
		var anything json.RawMessage
		return nil, fmt.Errorf("%w: %w", errNoObject, json.Unmarshal(text, &anything))
	}
	return membersOf(bytes.Trim(text, " \t\r\n"))
}

// membersOf gives the members of an object. The text is valid JSON without white
// space around it.
func membersOf(object []byte) ([]member, error) {
	if object[0] != '{' {
		return nil, errNoObject
	}
	members := make([]member, 0, 8) // most objects have fewer
	for rest := object[1:]; ; {
		var name, value []byte
		if name, rest = valueOf(rest); name == nil {
			return members, checkNames(members)
		}
		value, rest = valueOf(rest)
		text, err := textOf(name)
		if err != nil {
			return nil, err
		}
		members = append(members, member{text, value})
	}
}

// checkNames refuses a name that stands twice.
func checkNames(members []member) error {
	if len(members) < 2 {
		return nil
	}
	seen := make(map[string]bool, len(members))
	for _, m := range members {
		if seen[m.name] {
			return fmt.Errorf("%.80q stands twice in an object", m.name)
		}
		seen[m.name] = true
	}
	return nil
}

// itemsOf gives the items of a list. The text is valid JSON without white space
// around it.
func itemsOf(list []byte) ([][]byte, error) {
	if list[0] != '[' {
		return nil, errors.New("must be a list")
	}
	var items [][]byte
	for rest := list[1:]; ; {
		var item []byte
		if item, rest = valueOf(rest); item == nil {
			return items, nil
		}
		items = append(items, item)
	}
}

// valueOf cuts off the next value within an object or a list of valid JSON, with
// what separates it from the one before; nil at the end.
func valueOf(text []byte) (value, rest []byte) {
	text = bytes.TrimLeft(text, " \t\r\n,:")
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case (c == '}' || c == ']') && depth > 0:
			depth--
		case depth == 0 && strings.IndexByte(" \t\r\n,:}]", c) >= 0:
			if i == 0 {
				return nil, nil
			}
			return text[:i], text[i:]
		}
	}
	return text, nil
}

// textOf reads a string.
func textOf(value []byte) (string, error) {
	if value[0] != '"' {
		return "", errors.New("must be a string")
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1]), nil
	}
	var text string
	err := json.Unmarshal(value, &text)
	return text, err
}

// scalarOf reads a string, a number or a boolean as text.
func scalarOf(value []byte) (string, error) {
	switch value[0] {
	case '"':
		return textOf(value)
	case '{', '[', 'n':
		return "", errors.New("must be a string, a number, a boolean, or a list of them")
	}
	return string(value), nil
}
