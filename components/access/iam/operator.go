package iam

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// operator is one of IAM's condition operators, without set prefix and IfExists.
type operator struct {
	// negated operators hold if no listed value matches, so also if the key is
	// absent.
	negated bool
	// compile parses the values that a condition lists.
	compile compiler
}

// nullOperator tests whether a key is absent. It takes neither a set prefix nor
// IfExists.
const nullOperator = "Null"

// operators holds the operators of the IAM User Guide, "Condition operators".
var operators = map[string]operator{
	"StringEquals":              {compile: stringMatching(false, false)},
	"StringNotEquals":           {compile: stringMatching(false, false), negated: true},
	"StringEqualsIgnoreCase":    {compile: stringMatching(false, true)},
	"StringNotEqualsIgnoreCase": {compile: stringMatching(false, true), negated: true},
	"StringLike":                {compile: stringMatching(true, false)},
	"StringNotLike":             {compile: stringMatching(true, false), negated: true},
	"NumericEquals":             {compile: numericMatching(isEqual)},
	"NumericNotEquals":          {compile: numericMatching(isEqual), negated: true},
	"NumericLessThan":           {compile: numericMatching(isLess)},
	"NumericLessThanEquals":     {compile: numericMatching(isLessOrEqual)},
	"NumericGreaterThan":        {compile: numericMatching(isGreater)},
	"NumericGreaterThanEquals":  {compile: numericMatching(isGreaterOrEqual)},
	"DateEquals":                {compile: dateMatching(isEqual)},
	"DateNotEquals":             {compile: dateMatching(isEqual), negated: true},
	"DateLessThan":              {compile: dateMatching(isLess)},
	"DateLessThanEquals":        {compile: dateMatching(isLessOrEqual)},
	"DateGreaterThan":           {compile: dateMatching(isGreater)},
	"DateGreaterThanEquals":     {compile: dateMatching(isGreaterOrEqual)},
	"Bool":                      {compile: boolMatching},
	"BinaryEquals":              {compile: binaryMatching},
	"IpAddress":                 {compile: addressMatching},
	"NotIpAddress":              {compile: addressMatching, negated: true},
	"ArnEquals":                 {compile: arnMatching},
	"ArnLike":                   {compile: arnMatching},
	"ArnNotEquals":              {compile: arnMatching, negated: true},
	"ArnNotLike":                {compile: arnMatching, negated: true},
	nullOperator:                {compile: boolMatching},
}

// setMode says what a condition requires of a key with several values.
type setMode uint8

const (
	singleValue setMode = iota
	allValues           // ForAllValues: it must hold for every value, if there are any
	anyValue            // ForAnyValue: it must hold for one value
)

// operatorName is a parsed operator name of a policy.
type operatorName struct {
	base     string
	set      setMode
	ifExists bool
}

// ErrOperator is the error of Unknown for the name of a condition operator that IAM
// does not have and rejects.
var ErrOperator = errors.New("is not a condition operator")

// parseOperatorName parses an operator name. Names are case-sensitive.
func parseOperatorName(name string) (operatorName, error) {
	parsed := operatorName{base: name}
	if base, found := strings.CutPrefix(name, "ForAllValues:"); found {
		parsed.base, parsed.set = base, allValues
	} else if base, found := strings.CutPrefix(name, "ForAnyValue:"); found {
		parsed.base, parsed.set = base, anyValue
	}
	if base, found := strings.CutSuffix(parsed.base, "IfExists"); found {
		parsed.base, parsed.ifExists = base, true
	}
	if _, known := operators[parsed.base]; !known {
		known := strings.Join(slices.Sorted(maps.Keys(operators)), ", ")
		return operatorName{}, fmt.Errorf("%w; known are %s, "+
			"with ForAllValues: or ForAnyValue: before and IfExists after", ErrOperator, known)
	}
	if parsed.base == nullOperator && name != nullOperator {
		return operatorName{}, fmt.Errorf("%w; %s takes no prefix and no IfExists", ErrOperator, nullOperator)
	}
	return parsed, nil
}

// order reports whether the result of a comparison, negative for less and positive
// for greater, is the one that an operator requires.
type order func(comparison int) bool

func isEqual(c int) bool          { return c == 0 }
func isLess(c int) bool           { return c < 0 }
func isLessOrEqual(c int) bool    { return c <= 0 }
func isGreater(c int) bool        { return c > 0 }
func isGreaterOrEqual(c int) bool { return c >= 0 }
