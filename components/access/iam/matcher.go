package iam

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// matcher compares a value of a request with the values that a condition lists.
type matcher interface {
	// matches reports whether the value matches a listed value by the operator's
	// comparison. The error says why that is unknown.
	matches(value string, context requestContext) (bool, error)
}

// stringMatcher matches texts. The listed texts may have policy variables.
type stringMatcher struct {
	fixed      []pattern // those without variables
	templates  []template
	ignoreCase bool
}

// stringMatching returns the compile function of a string operator. With wild, *
// and ? in listed texts are wildcards.
func stringMatching(wild, ignoreCase bool) func(language, []string) (matcher, error) {
	return func(l language, texts []string) (matcher, error) {
		compiled := &stringMatcher{ignoreCase: ignoreCase}
		for _, text := range texts {
			template, err := l.template(text, wild)
			if err != nil {
				return nil, fmt.Errorf("%q %w", text, err)
			}
			if template.isFixed() {
				compiled.fixed = append(compiled.fixed, newPattern(template.fixed))
			} else {
				compiled.templates = append(compiled.templates, template)
			}
		}
		return compiled, nil
	}
}

func (m *stringMatcher) matches(value string, context requestContext) (bool, error) {
	for i := range m.fixed {
		if m.equal(m.fixed[i], value) {
			return true, nil
		}
	}
	return anyTemplate(m.templates, context, func(text string) (bool, error) {
		return m.equal(newPattern(text), value), nil
	})
}

func (m *stringMatcher) equal(listed pattern, value string) bool {
	if m.ignoreCase {
		return strings.EqualFold(listed.text, value)
	}
	return listed.matches(value)
}

// anyTemplate reports whether one of the templates matches once its variables are
// resolved. A template with a variable that has no value matches nothing.
func anyTemplate(templates []template, context requestContext, matches func(text string) (bool, error)) (bool, error) {
	var unknown error
	for _, template := range templates {
		text, resolved, err := template.resolve(context)
		if resolved {
			var found bool
			if found, err = matches(text); found {
				return true, nil
			}
		}
		if err != nil && unknown == nil {
			unknown = err
		}
	}
	return false, unknown
}

// arnMatcher matches ARNs field by field. ArnEquals has wildcards, as ArnLike has.
type arnMatcher struct {
	fixed     []arnPattern
	templates []template
}

func arnMatching(l language, texts []string) (matcher, error) {
	compiled := &arnMatcher{}
	for _, text := range texts {
		template, err := l.template(text, true)
		if err != nil {
			return nil, fmt.Errorf("%q %w", text, err)
		}
		if !template.isFixed() {
			compiled.templates = append(compiled.templates, template)
			continue
		}
		fixed, err := newARNPattern(template.fixed)
		if err == nil && !fixed[arnPrefix].matches("arn") {
			err = errNotARN
		}
		if err != nil {
			return nil, fmt.Errorf("%q %w", text, err)
		}
		compiled.fixed = append(compiled.fixed, fixed)
	}
	return compiled, nil
}

func (m *arnMatcher) matches(value string, context requestContext) (bool, error) {
	arn, ok := splitARN(value)
	if !ok || arn[arnPrefix] != "arn" {
		return false, fmt.Errorf("%q %w", value, errNotARN)
	}
	for i := range m.fixed {
		if m.fixed[i].matches(&arn) {
			return true, nil
		}
	}
	return anyTemplate(m.templates, context, func(text string) (bool, error) {
		resolved, err := newARNPattern(text)
		if err != nil {
			return false, fmt.Errorf("the listed value, once its policy variables are resolved, %w", err)
		}
		return resolved.matches(&arn), nil
	})
}

// typedMatcher matches values of a type that is parsed from text.
type typedMatcher[T any] struct {
	listed []T
	parse  func(text string) (T, error)
	match  func(value, listed T) bool
}

func newTypedMatcher[T any](texts []string, parse func(string) (T, error), match func(value, listed T) bool) (matcher, error) {
	compiled := &typedMatcher[T]{listed: make([]T, len(texts)), parse: parse, match: match}
	for i, text := range texts {
		value, err := parse(text)
		if err != nil {
			return nil, err
		}
		compiled.listed[i] = value
	}
	return compiled, nil
}

func (m *typedMatcher[T]) matches(text string, _ requestContext) (bool, error) {
	value, err := m.parse(text)
	if err != nil {
		return false, err
	}
	for _, listed := range m.listed {
		if m.match(value, listed) {
			return true, nil
		}
	}
	return false, nil
}

func numericMatching(required order) func(language, []string) (matcher, error) {
	return func(_ language, texts []string) (matcher, error) {
		return newTypedMatcher(texts, parseNumber, func(value, listed float64) bool { return required(cmp.Compare(value, listed)) })
	}
}

// maxDigits is the number of decimal digits that a float64 represents exactly.
const maxDigits = 15

// parseNumber parses an integer or a decimal number.
func parseNumber(text string) (float64, error) {
	whole, fraction, hasPoint := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if !isDigits(whole) || hasPoint && !isDigits(fraction) || len(whole)+len(fraction) > maxDigits {
		return 0, fmt.Errorf(`%q must be a number of up to %d digits, such as "10" or "0.5"`, text, maxDigits)
	}
	return strconv.ParseFloat(text, 64)
}

func dateMatching(required order) func(language, []string) (matcher, error) {
	return func(_ language, texts []string) (matcher, error) {
		return newTypedMatcher(texts, parseDate, func(value, listed time.Time) bool { return required(value.Compare(listed)) })
	}
}

// dateLayouts are the forms of ISO 8601 that name at least a day. A day without a
// time is its first instant in UTC.
var dateLayouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly}

// parseDate parses an ISO 8601 date or seconds since 1970. Four digits could be
// either one and are an error.
func parseDate(text string) (time.Time, error) {
	if isDigits(text) && len(text) != 4 && len(text) <= maxDigits {
		seconds, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(seconds, 0), err
	}
	for _, layout := range dateLayouts {
		if date, err := time.Parse(layout, text); err == nil && !strings.Contains(text, ",") {
			return date, nil
		}
	}
	return time.Time{}, fmt.Errorf(`%q must be a date as in "2026-01-31T00:00:00Z", or seconds since 1970`, text)
}

func boolMatching(_ language, texts []string) (matcher, error) {
	return newTypedMatcher(texts, parseBool, func(value, listed bool) bool { return value == listed })
}

func parseBool(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf(`%q must be "true" or "false"`, text)
	}
	return text == "true", nil
}

// binaryMatching compares bytes. Policies and contexts have them in base64.
func binaryMatching(_ language, texts []string) (matcher, error) {
	return newTypedMatcher(texts, parseBinary, bytes.Equal)
}

func parseBinary(text string) ([]byte, error) {
	value, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("%q must be base64", text)
	}
	return value, nil
}

// addressMatcher matches addresses in IP ranges. An IPv4 address is not in any
// IPv6 range, nor the reverse.
type addressMatcher []netip.Prefix

func addressMatching(_ language, texts []string) (matcher, error) {
	ranges := make(addressMatcher, len(texts))
	for i, text := range texts {
		var err error
		if ranges[i], err = ParseRange(text); err != nil {
			return nil, err
		}
	}
	return ranges, nil
}

func (m addressMatcher) matches(text string, _ requestContext) (bool, error) {
	address, err := netip.ParseAddr(text)
	if err != nil || address.Is4In6() || address.Zone() != "" {
		return false, fmt.Errorf(`%q must be an IP address, such as "203.0.113.9" or "2001:db8::1"`, text)
	}
	for _, prefix := range m {
		if prefix.Contains(address) {
			return true, nil
		}
	}
	return false, nil
}

// ParseRange parses a CIDR range of IPv4 or IPv6, or an address as a range of one.
func ParseRange(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		var address netip.Addr
		if address, err = netip.ParseAddr(text); address.Zone() == "" {
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
	}
	if err != nil || !prefix.IsValid() || prefix.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf(`%q must be an IP range, such as "203.0.113.0/24" or "2001:db8::/32", or an address`, text)
	}
	return prefix, nil
}
