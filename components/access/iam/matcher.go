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

// matcher reports whether a value of a request matches one of the values that a
// condition lists. The error says why that is unknown.
type matcher func(value string, context requestContext) (bool, error)

// compiler compiles the values that a condition lists. The error is about the first
// value that is not known. The matcher does not know whether a value of a request
// matches it, and compares with the others.
type compiler func(l language, listed []string) (matcher, error)

// stringMatching returns the compiler of a string operator. The listed texts may
// have policy variables. With wild, * and ? in them are wildcards.
func stringMatching(wild, ignoreCase bool) compiler {
	equal := pattern.matches
	if ignoreCase {
		equal = func(listed pattern, value string) bool { return strings.EqualFold(listed.text, value) }
	}
	return func(l language, texts []string) (matcher, error) {
		var fixed []pattern
		var templates []template
		var unknown error
		for _, text := range texts {
			template := l.template(text, wild)
			if template.isFixed() {
				fixed = append(fixed, newPattern(template.fixed))
				continue
			}
			templates, unknown = append(templates, template), cmp.Or(unknown, template.unknown)
		}
		return func(value string, context requestContext) (bool, error) {
			for _, listed := range fixed {
				if equal(listed, value) {
					return true, nil
				}
			}
			return anyTemplate(templates, context, func(text string) (bool, error) {
				return equal(newPattern(text), value), nil
			})
		}, unknown
	}
}

// anyTemplate reports whether one of the templates matches once its variables are
// resolved. A template with a variable that has no value matches nothing.
func anyTemplate(templates []template, context requestContext, matches func(string) (bool, error)) (bool, error) {
	return anyOf(len(templates), func(i int) (bool, error) {
		text, resolved, err := templates[i].resolve(context)
		if !resolved || err != nil {
			return false, err
		}
		return matches(text)
	})
}

// arnMatching compiles the ARNs of an ARN operator. They are matched field by field
// and may have wildcards and policy variables. ArnEquals is the same as ArnLike.
func arnMatching(l language, texts []string) (matcher, error) {
	var fixed []arnPattern
	var templates []template
	var unknown error
	for _, text := range texts {
		template := l.template(text, true)
		if template.isFixed() {
			compiled, err := newARNPattern(template.fixed)
			if err == nil && compiled[arnPrefix].matches("arn") {
				fixed = append(fixed, compiled)
				continue
			}
			template.unknown = fmt.Errorf("%q %w", text, errNotARN)
		}
		templates, unknown = append(templates, template), cmp.Or(unknown, template.unknown)
	}
	return func(value string, context requestContext) (bool, error) {
		arn, ok := splitARN(value)
		if !ok || arn[arnPrefix] != "arn" {
			return false, fmt.Errorf("%q %w", value, errNotARN)
		}
		for i := range fixed {
			if fixed[i].matches(&arn) {
				return true, nil
			}
		}
		return anyTemplate(templates, context, func(text string) (bool, error) {
			resolved, err := newARNPattern(text)
			if err != nil {
				return false, fmt.Errorf("the listed value, once its policy variables are resolved, %w", err)
			}
			return resolved.matches(&arn), nil
		})
	}, unknown
}

// typedMatching returns the compiler of an operator that compares values of types
// that are parsed from text: V in requests and L in conditions.
func typedMatching[V, L any](
	parse func(string) (V, error), parseListed func(string) (L, error), match func(value V, listed L) bool,
) compiler {
	return func(_ language, texts []string) (matcher, error) {
		var list []L
		var unknown error
		for _, text := range texts {
			listed, err := parseListed(text)
			if err == nil {
				list = append(list, listed)
			}
			unknown = cmp.Or(unknown, err)
		}
		return func(text string, _ requestContext) (bool, error) {
			value, err := parse(text)
			if err != nil {
				return false, err
			}
			for _, listed := range list {
				if match(value, listed) {
					return true, nil
				}
			}
			return false, unknown
		}, unknown
	}
}

var (
	boolMatching    = typedMatching(parseBool, parseBool, func(value, listed bool) bool { return value == listed })
	binaryMatching  = typedMatching(parseBinary, parseBinary, bytes.Equal)
	addressMatching = typedMatching(parseAddress, ParseRange, isInRange)
)

func numericMatching(required order) compiler {
	return typedMatching(parseNumber, parseNumber, func(value, listed float64) bool {
		return required(cmp.Compare(value, listed))
	})
}

func dateMatching(required order) compiler {
	return typedMatching(parseDate, parseDate, func(value, listed time.Time) bool {
		return required(value.Compare(listed))
	})
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

// dateLayouts are the forms of dates in W3C's profile of ISO 8601, which the IAM User
// Guide names. A day, month or year without a time is its first instant in UTC.
var dateLayouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01", "2006"}

// parseDate parses an ISO 8601 date or seconds since 1970. Four digits are a year.
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

// parseBool parses a boolean in any case.
func parseBool(text string) (bool, error) {
	isTrue := strings.EqualFold(text, "true")
	if !isTrue && !strings.EqualFold(text, "false") {
		return false, fmt.Errorf(`%q must be "true" or "false"`, text)
	}
	return isTrue, nil
}

// parseBinary parses base64, the form of bytes in policies and requests.
func parseBinary(text string) ([]byte, error) {
	value, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("%q must be base64", text)
	}
	return value, nil
}

func parseAddress(text string) (netip.Addr, error) {
	address, err := netip.ParseAddr(text)
	if err != nil || address.Is4In6() || address.Zone() != "" {
		return netip.Addr{}, fmt.Errorf(`%q must be an IP address, such as "203.0.113.9" or "2001:db8::1"`, text)
	}
	return address, nil
}

// isInRange reports whether an address is in a range. An IPv4 address is not in any
// IPv6 range, nor the reverse.
func isInRange(address netip.Addr, listed netip.Prefix) bool { return listed.Contains(address) }

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
		const accepted = `an IP range, such as "203.0.113.0/24" or "2001:db8::/32", or an address`
		return netip.Prefix{}, fmt.Errorf("%q must be %s", text, accepted)
	}
	return prefix, nil
}
