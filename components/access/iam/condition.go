package iam

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Condition is a condition of a statement as written in the document.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// String returns the condition on one line, such as
// "IpAddress aws:SourceIp 203.0.113.0/24".
func (c Condition) String() string {
	return c.Operator + " " + c.Key + " " + strings.Join(c.Values, ", ")
}

// condition is a compiled Condition.
type condition struct {
	written Condition
	name    operatorName
	key     string // in lower case
	negated bool
	matcher matcher
}

// newConditions compiles a Condition element.
func (l language) newConditions(element node) ([]condition, error) {
	operators, err := element.object()
	if err != nil {
		return nil, err
	}
	var conditions []condition
	for _, operator := range operators {
		of, err := l.newOperatorConditions(operator)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, of...)
	}
	return conditions, nil
}

// newOperatorConditions compiles the conditions of one operator.
func (l language) newOperatorConditions(operator member) ([]condition, error) {
	name, err := parseOperatorName(operator.name)
	if err != nil {
		return nil, err
	}
	keys, err := operator.value.object()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", operator.name, err)
	}
	var conditions []condition
	for _, key := range keys {
		compiled, err := l.newCondition(name, operator.name, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", operator.name, key.name, err)
		}
		same := func(other condition) bool { return other.key == compiled.key }
		if slices.ContainsFunc(conditions, same) {
			return nil, fmt.Errorf("%s: %q appears twice; keys that differ only in case are the same", operator.name, key.name)
		}
		conditions = append(conditions, compiled)
	}
	return conditions, nil
}

func (l language) newCondition(name operatorName, operator string, key member) (condition, error) {
	if err := checkContextKey(key.name); err != nil {
		return condition{}, err
	}
	values, err := key.value.scalars()
	if err != nil {
		return condition{}, err
	}
	known := operators[name.base]
	matcher, err := known.compile(l, values)
	if err != nil {
		return condition{}, err
	}
	return condition{
		written: Condition{Operator: operator, Key: key.name, Values: values},
		name:    name,
		key:     strings.ToLower(key.name),
		negated: known.negated,
		matcher: matcher,
	}, nil
}

// holds reports whether the condition holds. The error says why that is unknown:
// the request's value is not of the operator's type, or there are several values
// and the operator takes one.
func (c *condition) holds(context requestContext) (bool, error) {
	values := context[c.key]
	if c.name.base == nullOperator {
		return c.matcher(strconv.FormatBool(len(values) == 0), context)
	}
	if len(values) == 0 {
		return c.holdsWithoutKey(), nil
	}
	if c.name.set == singleValue {
		if len(values) > 1 {
			return false, fmt.Errorf("the context key %q has %d values; %s takes one, without ForAllValues: or ForAnyValue: before it",
				c.written.Key, len(values), c.written.Operator)
		}
		return c.holdsFor(values[0], context)
	}
	if len(values) == 1 && values[0] == "" { // to a set operator, this is the empty set
		return c.name.set == allValues, nil
	}
	return c.holdsForSet(values, context)
}

// holdsWithoutKey reports whether the condition holds for a request without the
// key.
func (c *condition) holdsWithoutKey() bool {
	return c.name.ifExists || c.name.set == allValues || c.name.set == singleValue && c.negated
}

func (c *condition) holdsFor(value string, context requestContext) (bool, error) {
	matches, err := c.matcher(value, context)
	if err != nil {
		return false, fmt.Errorf("the context key %q: %w", c.written.Key, err)
	}
	return matches != c.negated, nil
}

// holdsForSet reports whether the condition holds for all values or for any value,
// depending on the operator. A value for which it is unknown counts only if the
// others do not settle the result.
func (c *condition) holdsForSet(values []string, context requestContext) (bool, error) {
	settles := c.name.set == anyValue // one value with this result settles the set's
	var unknown error
	for _, value := range values {
		holds, err := c.holdsFor(value, context)
		if err != nil && unknown == nil {
			unknown = err
		}
		if err == nil && holds == settles {
			return settles, nil
		}
	}
	return !settles && unknown == nil, unknown
}

// failure explains on one line why the condition does not hold.
func (c *condition) failure(context requestContext) string {
	values := context[c.key]
	if len(values) == 0 {
		return fmt.Sprintf("%s is not met: the request has no %s", c.written, c.written.Key)
	}
	return fmt.Sprintf("%s is not met: the request's %s is %q", c.written, c.written.Key, strings.Join(values, ", "))
}
