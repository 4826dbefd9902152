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

	"iam-secured-api/internal/strictjson"
)

// maxProblems is the largest number of problems that a response names.
const maxProblems = 10

// field is a field of a body.
type field struct {
	name     string
	required bool
	rule     string // what is accepted, after "must be"
	// set stores a value of the body in the draft and reports whether it is
	// accepted.
	set func(d *draft, value json.RawMessage) bool
}

var fields = []field{
	{
		name: "name", required: true,
		rule: fmt.Sprintf("a string of 1 to %d characters, no control characters, no white space at its ends", MaxName),
		set: func(d *draft, value json.RawMessage) (ok bool) {
			d.name, ok = strictjson.Text(value)
			return ok && validName(d.name)
		},
	},
	{
		name: "description",
		rule: fmt.Sprintf("a string of up to %d characters, no control characters but tab and newline", MaxDescription),
		set: func(d *draft, value json.RawMessage) (ok bool) {
			d.description, ok = strictjson.Text(value)
			return ok && validDescription(d.description)
		},
	},
	{
		name: "price",
		rule: fmt.Sprintf("a whole number from 0 to %d, in minor units of the currency, written in digits alone", MaxPrice),
		set: func(d *draft, value json.RawMessage) bool {
			price, ok := wholeNumber(string(value))
			d.price = &price
			return ok && validPrice(price)
		},
	},
	{
		name: "currency",
		rule: "a string of three capital letters, as in ISO 4217",
		set: func(d *draft, value json.RawMessage) (ok bool) {
			d.currency, ok = strictjson.Text(value)
			return ok && validCurrency(d.currency)
		},
	},
}

// decodeDraft reads the body of a POST: one JSON object with the known fields,
// each at most once, and nothing after it. All problems are in one [*problem].
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
	_, price := values["price"]
	_, currency := values["currency"]
	if price != currency {
		problems = append(problems, "price and currency: must both be given, or neither")
	}
	if len(problems) > 0 {
		return draft{}, badRequest("%s", strings.Join(problems[:min(len(problems), maxProblems)], "; "))
	}
	return d, nil
}

// members returns the values of a JSON object by name. The problems are names that
// are unknown or that appear twice.
func members(body []byte) (values map[string]json.RawMessage, problems []string, err error) {
	object, err := strictjson.Object(body)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, nil, badRequest("body: must be one JSON object; it is not JSON from byte %d on", syntax.Offset)
	case errors.Is(err, strictjson.ErrNotObject):
		return nil, nil, badRequest("body %s: %v", shown(bytes.TrimSpace(body)), err)
	case err != nil:
		return nil, nil, badRequest("body: %v", err)
	}
	values = map[string]json.RawMessage{}
	for _, m := range object {
		switch {
		case m.Repeated:
			problems = append(problems, fmt.Sprintf("field %s: appears more than once", quoted(m.Name)))
		case !slices.ContainsFunc(fields, func(f field) bool { return f.name == m.Name }):
			problems = append(problems, fmt.Sprintf("field %s: is unknown; accepted are name, description, price and currency", quoted(m.Name)))
		}
		values[m.Name] = m.Value
	}
	return values, problems, nil
}

// wholeNumber reads an integer without a plus sign, a leading zero, or an exponent.
func wholeNumber(s string) (n int64, ok bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s
}

// shown returns a JSON value for a message: short, and on one line.
func shown(value json.RawMessage) string {
	switch value[0] {
	case '{':
		return "(an object)"
	case '[':
		return "(an array)"
	case '"':
		s, _ := strictjson.Text(value)
		return quoted(s)
	}
	return shortened(string(value)) // a number, true, false or null
}

// quoted returns a text for a message.
func quoted(s string) string {
	return strconv.Quote(shortened(s))
}

// shortened cuts a text that is too long for a message.
func shortened(s string) string {
	const most = 40 // characters
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}
