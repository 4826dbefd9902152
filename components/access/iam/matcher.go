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

// listed are a condition's values of one type and how a request's value is read
// as one of that type.
type listed[T any] struct {
	values []T
	parse  func(text string) (T, error)
	match  func(value, listed T) bool
}

// newListed reads a condition's values.
func newListed[T any](texts []string, parse func(string) (T, error), match func(value, listed T) bool) (matcher, error) {
	compiled := &listed[T]{values: make([]T, len(texts)), parse: parse, match: match}
	for i, text := range texts {
		value, err := parse(text)
		if err != nil {
			return nil, err
		}
		compiled.values[i] = value
	}
	return compiled, nil
}

func (m *listed[T]) matches(text string, _ requestContext) (bool, error) {
	value, err := m.parse(text)
	if err != nil {
		return false, err
	}
	for _, listed := range m.values {
		if m.match(value, listed) {
			return true, nil
		}
	}
	return false, nil
}

func numericMatching(asked order) func(language, []string) (matcher, error) {
	return func(_ language, texts []string) (matcher, error) {
		return newListed(texts, parseNumber, func(value, listed float64) bool { return asked(cmp.Compare(value, listed)) })
	}
}

// mostDigits is how many decimal digits every float64 keeps apart.
const mostDigits = 15

// parseNumber reads an integer or a decimal number.
func parseNumber(text string) (float64, error) {
	whole, fraction, hasPoint := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if !isDigits(whole) || hasPoint && !isDigits(fraction) || len(whole)+len(fraction) > mostDigits {
		return 0, fmt.Errorf(`%q must be a number of up to %d digits, such as "10" or "0.5"`, text, mostDigits)
	}
	return strconv.ParseFloat(text, 64)
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

func dateMatching(asked order) func(language, []string) (matcher, error) {
	return func(_ language, texts []string) (matcher, error) {
		return newListed(texts, parseDate, func(value, listed time.Time) bool { return asked(value.Compare(listed)) })
	}
}

// dateLayouts are the profiles of ISO 8601 that name at least a day; a day alone
// is its first instant, in UTC.
var dateLayouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly}

// parseDate reads an ISO 8601 date or seconds since 1970. Four digits might be
// either and are refused.
func parseDate(text string) (time.Time, error) {
	if isDigits(text) && len(text) != 4 && len(text) <= mostDigits {
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
	return newListed(texts, parseBool, func(value, listed bool) bool { return value == listed })
}

func parseBool(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf(`%q must be "true" or "false"`, text)
	}
	return text == "true", nil
}

func boolText(value bool) string {
	if value {
		return "true"
	}
	return "false"
}

// binaryMatching compares bytes; the context gives them in base64, as policies
// do.
func binaryMatching(_ language, texts []string) (matcher, error) {
	return newListed(texts, parseBinary, bytes.Equal)
}

func parseBinary(text string) ([]byte, error) {
	value, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("%q must be base64", text)
	}
	return value, nil
}

// addressMatching finds an address in ranges. An address of IPv4 is in no range
// of IPv6, and the other way round.
func addressMatching(_ language, texts []string) (matcher, error) {
	ranges := make(addressRanges, len(texts))
	for i, text := range texts {
		var err error
		if ranges[i], err = parseRange(text); err != nil {
			return nil, err
		}
	}
	return ranges, nil
}

type addressRanges []netip.Prefix

func (r addressRanges) matches(text string, _ requestContext) (bool, error) {
	address, err := netip.ParseAddr(text)
	if err != nil || address.Is4In6() || address.Zone() != "" {
		return false, fmt.Errorf(`%q must be an IP address, such as "203.0.113.9" or "2001:db8::1"`, text)
	}
	for _, prefix := range r {
		if prefix.Contains(address) {
			return true, nil
		}
	}
	return false, nil
}

// parseRange reads a CIDR range or an address, which is a range of one.
func parseRange(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if address, isAddress := netip.ParseAddr(text); isAddress == nil {
		prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
	}
	if err != nil || prefix.Addr().Is4In6() || prefix.Addr().Zone() != "" {
		return netip.Prefix{}, fmt.Errorf(`%q must be an IP range, such as "203.0.113.0/24" or "2001:db8::/32", or an address`, text)
	}
	return prefix, nil
}
