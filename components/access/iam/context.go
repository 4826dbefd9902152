package iam

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// requestContext is what a request brings for conditions and policy variables:
// values by key, the keys in lower case, as IAM does not tell their case apart.
// A key without values is as one that is absent.
type requestContext map[string][]string

// newContext checks a context as it is given.
func newContext(given map[string][]string) (requestContext, error) {
	if len(given) == 0 {
		return nil, nil
	}
	context := make(requestContext, len(given))
	for key, values := range given {
		if err := checkContextKey(key); err != nil {
			return nil, fmt.Errorf("context: %q %w", key, err)
		}
		lower := strings.ToLower(key)
		if _, twice := context[lower]; twice {
			return nil, fmt.Errorf("context: %q stands twice; keys that differ in case only are the same", lower)
		}
		if !slices.ContainsFunc(values, func(value string) bool { return !utf8.ValidString(value) }) {
			context[lower] = values
			continue
		}
		return nil, fmt.Errorf("context: %q has the value %q, which is no UTF-8", key, values)
	}
	return context, nil
}

// checkContextKey accepts what has the form of a context key: a service's
// prefix or "aws", a colon and a name, such as "aws:PrincipalTag/team".
func checkContextKey(key string) error {
	prefix, name, found := strings.Cut(key, ":")
	if !found || name == "" || !isServicePrefix(prefix) || strings.Contains(name, "${") || !utf8.ValidString(key) {
		return fmt.Errorf(`must be a context key, such as "aws:SourceIp" or "aws:PrincipalTag/team"`)
	}
	return nil
}

// isServicePrefix accepts what services are called in actions and context keys.
func isServicePrefix(prefix string) bool {
	for i := range len(prefix) {
		if c := prefix[i]; !isLetterOrDigit(c) && c != '-' {
			return false
		}
	}
	return prefix != ""
}

func isLetterOrDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
