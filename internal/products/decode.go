package products

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxProblems is how many problems of one body an answer names.
const maxProblems = 10

// field is one that a body may hold.
type field struct {
	name     string
	required bool
	rule     string // what is accepted, after "must be"
	// set puts a value, as the body writes it, into the draft, and reports whether it is accepted.
	set func(d *draft, value json.RawMessage) bool
}

var fields = []field{
	{
		name: "name", required: true,
		rule: fmt.Sprintf("a string of 1 to %d characters, no control characters, no white space at its ends", MaxName),
		set: func(d *draft, value json.RawMessage) (ok bool) {
			d.name, ok = text(value)
			return ok && validName(d.name)
		},
	},
	{
		name: "description",
		rule: fmt.Sprintf("a string of up to %d characters, no control characters but tab and newline", MaxDescription),
		set: func(d *draft, value json.RawMessage) (ok bool) {
			d.description, ok = text(value)
			return ok && validDescription(d.description)
		},
	},
	{
		name: "price", required: true,
		rule: fmt.Sprintf("a whole number from 0 to %d, in minor units of the currency, written in digits alone", MaxPrice),
		set: func(d *draft, value json.RawMessage) (ok bool) {
			d.price, ok = wholeNumber(string(value))
			return ok && validPrice(d.price)
		},
	},
	{
		name: "currency", required: true,
		rule: "a string of three capital letters, as in ISO 4217",
		set: func(d *draft, value json.RawMessage) (ok bool) {
			d.currency, ok = text(value)
			return ok && validCurrency(d.currency)
		},
	},
}

// decodeDraft reads the body of a POST: one JSON object with the known fields, each at most once, and nothing after it. The
// problems that it finds are in one [*problem].
func decodeDraft(body []byte) (draft, error) {
	values, problems, err := members(body)
	if err != nil {
		return draft{}, err
	}
	var d draft
	for _, f := range fields {
		value, given := values[f.name]
		switch {
		case given && !f.set(&d, value):
			problems = append(problems, fmt.Sprintf("%s %s: must be %s", f.name, shown(value), f.rule))
		case !given && f.required:
			problems = append(problems, fmt.Sprintf("%s is missing: must be %s", f.name, f.rule))
		}
	}
	if len(problems) > 0 {
		return draft{}, badRequest("%s", strings.Join(problems[:min(len(problems), maxProblems)], "; "))
	}
	return d, nil
}

// members splits a JSON object into its values. The problems are names that are not known, or that come twice.
func members(body []byte) (values map[string]json.RawMessage, problems []string, err error) {
	if !utf8.Valid(body) {
		return nil, nil, badRequest("body: must be JSON in UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(body, &whole); err != nil {
		return nil, nil, badRequest("body: must be one JSON object; it is no JSON from byte %d on", offset(err))
	}
	dec := json.NewDecoder(bytes.NewReader(whole))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, nil, badRequest("body %s: must be a JSON object", shown(whole))
	}
	values = map[string]json.RawMessage{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, nil, err
		}
		_, twice := values[name]
		switch {
		case twice:
			problems = append(problems, fmt.Sprintf("field %s: is there more than once", quoted(name)))
		case !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }):
			problems = append(problems, fmt.Sprintf("field %s: is not known; name, description, price and currency are", quoted(name)))
		}
		values[name] = value
	}
	return values, problems, nil
}

// offset is the byte at which a text stops being JSON.
func offset(err error) int64 {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Offset
	}
	return 0
}

// text is the string that a JSON value holds, if it is one.
func text(value json.RawMessage) (s string, ok bool) {
	if value[0] != '"' {
		return "", false
	}
	err := json.Unmarshal(value, &s)
	return s, err == nil
}

// wholeNumber reads an integer in its one way of being written: no sign but a minus, no leading zero, no exponent.
func wholeNumber(s string) (n int64, ok bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s
}

// shown is a JSON value as a message may repeat it: short, and on one line.
func shown(value json.RawMessage) string {
	switch value[0] {
	case '{':
		return "(an object)"
	case '[':
		return "(an array)"
	case '"':
		s, _ := text(value)
		return quoted(s)
	}
	return shortened(string(value)) // a number, true, false or null
}

// quoted is a text as a message may repeat it.
func quoted(s string) string {
	return strconv.Quote(shortened(s))
}

// shortened cuts a text that is too long to be repeated in a message.
func shortened(s string) string {
	const most = 40 // characters
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
