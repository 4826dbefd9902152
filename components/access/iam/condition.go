package iam

import (
	"fmt"
	"slices"
	"strings"
)

// Condition is one condition of a statement, as it is written: an operator, a
// context key, and the values listed for it.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// String gives the condition on one line, such as
// "IpAddress aws:SourceIp 203.0.113.0/24".
func (c Condition) String() string {
	return c.Operator + " " + c.Key + " " + strings.Join(c.Values, ", ")
}

// condition is a Condition, compiled.
type condition struct {
	written  Condition
	name     operatorName
	key      string // in lower case
	negated  bool
	compared matcher
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

func (l language) newOperatorConditions(of member) ([]condition, error) {
	name, err := parseOperatorName(of.name)
	if err != nil {
		return nil, err
	}
	keys, err := of.value.object()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", of.name, err)
	}
	var conditions []condition
	for _, key := range keys {
		compiled, err := l.newCondition(name, of.name, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %q: %w", of.name, key.name, err)
		}
		same := func(other condition) bool { return other.key == compiled.key }
		if slices.ContainsFunc(conditions, same) {
			return nil, fmt.Errorf("%s: %q stands twice; keys that differ in case only are the same", of.name, key.name)
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
	compared, err := known.compile(l, values)
	if err != nil {
		return condition{}, err
	}
	return condition{
		written:  Condition{Operator: operator, Key: key.name, Values: values},
		name:     name,
		key:      strings.ToLower(key.name),
		negated:  known.negated,
		compared: compared,
	}, nil
}

// holds judges the condition. The error says why it cannot be judged: the
// request's value is not of the operator's type, or there are several where the
// operator takes one.
func (c *condition) holds(context requestContext) (bool, error) {
	values := context[c.key]
	if c.name.base == nullOperator {
		return c.compared.matches(boolText(len(values) == 0), context)
	}
	if len(values) == 0 {
		return c.holdsWithoutKey(), nil
	}
	if c.name.set == singleValue {
		if len(values) > 1 {
			return false, fmt.Errorf("the context key %q has %d values; %s takes one, without ForAllValues: or ForAnyValue: before it", c.written.Key, len(values), c.written.Operator)
		}
		return c.holdsFor(values[0], context)
	}
	if len(values) == 1 && values[0] == "" { // for a set, an empty text is the empty set
		return c.name.set == allValues, nil
	}
	return c.holdsForSet(values, context)
}

// holdsWithoutKey is the condition's result for a request that lacks the key.
func (c *condition) holdsWithoutKey() bool {
	return c.name.ifExists || c.name.set == allValues || c.name.set == singleValue && c.negated
}

func (c *condition) holdsFor(value string, context requestContext) (bool, error) {
	matches, err := c.compared.matches(value, context)
	if err != nil {
		return false, fmt.Errorf("the context key %q: %w", c.written.Key, err)
	}
	return matches != c.negated, nil
}

// holdsForSet asks that all values hold, or one. An unknown one counts only
// where the others do not settle it.
func (c *condition) holdsForSet(values []string, context requestContext) (bool, error) {
	settles := c.name.set == anyValue // the result of one value that settles the set's
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

// failure says on one line what the request lacks for the condition.
func (c *condition) failure(context requestContext) string {
	values := context[c.key]
	if len(values) == 0 {
		return fmt.Sprintf("%s is not met: the request has no %s", c.written, c.written.Key)
	}
	return fmt.Sprintf("%s is not met: the request's %s is %q", c.written, c.written.Key, strings.Join(values, ", "))
}
