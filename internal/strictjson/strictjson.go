// Package strictjson reads JSON texts that consist of exactly one value. It reports
// what encoding/json accepts silently: bytes that are not UTF-8, and names that
// appear twice in an object.
//
// The evaluator, components/access/iam, has a reader of its own, because it must
// be usable without the rest of this module.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// ErrNotUTF8 and ErrNotObject are errors of [Object].
var (
	ErrNotUTF8   = errors.New("must be JSON in UTF-8")
	ErrNotObject = errors.New("must be a JSON object")
)

// Member is a name in an object and its value.
type Member struct {
	Name string
	// Value is the value as it is written, without white space around it.
	Value json.RawMessage
	// Repeated reports whether an earlier member has the same name.
	Repeated bool
}

// Object returns the members of a text that is one JSON object, in the order of
// the text. The error is ErrNotUTF8, ErrNotObject, or a [*json.SyntaxError].
func Object(text []byte) ([]Member, error) {
	if !utf8.Valid(text) {
		return nil, ErrNotUTF8
	}
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, ErrNotObject
	}
	var members []Member
	seen := map[string]bool{}
	for decoder.More() {
		var m Member
		name, err := decoder.Token()
		if err == nil {
			err = decoder.Decode(&m.Value)
		}
		if err != nil {
			return nil, err
		}
		m.Name, _ = name.(string) // the text is valid
		m.Repeated = seen[m.Name]
		seen[m.Name] = true
		members = append(members, m)
	}
	return members, nil
}

// Text returns the string that a valid JSON value is, and reports whether it is
// one.
func Text(value json.RawMessage) (text string, ok bool) {
	if value[0] != '"' {
		return "", false
	}
	err := json.Unmarshal(value, &text)
	return text, err == nil
}

// Decode returns the value of a text, with numbers as [json.Number].
func Decode(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("must be one value, with nothing after it")
	}
	return value, nil
}
