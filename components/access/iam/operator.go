package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// matcher compares one value of a request with what a condition lists.
type matcher interface {
	// matches tells whether the value is one of those that the condition lists,
	// or stands in the condition's order to one of them. The error says why that
	// cannot be known.
	matches(value string, context requestContext) (bool, error)
}

// operator is one of IAM's condition operators, without set prefix and
// IfExists.
type operator struct {
	// negated operators hold where no listed value matches, and so where the key
	// is absent.
	negated bool
	// compile reads what the condition lists.
	compile func(l language, values []string) (matcher, error)
}

// nullOperator asks whether a key is there, and takes neither a set prefix nor
// IfExists.
const nullOperator = "Null"

// operators are those of the IAM user guide's page on condition operators.
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

// setMode says how the several values of a request's key count.
type setMode uint8

const (
	singleValue setMode = iota
	allValues           // ForAllValues: every value must hold; none is fine
	anyValue            // ForAnyValue: one value must hold
)

// operatorName is the name of an operator as a policy writes it, in parts.
type operatorName struct {
	base     string
	set      setMode
	ifExists bool
}

// parseOperatorName takes the name of an operator apart. It knows the names as
// AWS writes them, in their case.
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
		return operatorName{}, fmt.Errorf("%q is no condition operator; known are %s, with ForAllValues: or ForAnyValue: before and IfExists after", name, strings.Join(slices.Sorted(maps.Keys(operators)), ", "))
	}
	if parsed.base == nullOperator && name != nullOperator {
		return operatorName{}, fmt.Errorf("%q is no condition operator; %s takes no prefix and no IfExists", name, nullOperator)
	}
	return parsed, nil
}

// order tells whether a comparison's result, negative for less and positive for
// greater, is the one asked for.
type order func(comparison int) bool

func isEqual(c int) bool          { return c == 0 }
func isLess(c int) bool           { return c < 0 }
func isLessOrEqual(c int) bool    { return c <= 0 }
func isGreater(c int) bool        { return c > 0 }
func isGreaterOrEqual(c int) bool { return c >= 0 }
