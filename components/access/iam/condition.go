package iam

import (
	"fmt"
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

	variables []string // context keys of policy variables in the values

	matcher matcher // nil if nothing is known of the condition
	unknown error   // what is not known: the operator, the key, or one of the values
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
	keys, err := operator.value.object()
	if err != nil {
		return nil, at(operator.name, err)
	}
	if _, err := parseOperatorName(operator.name); err != nil && len(keys) == 0 { // no condition could be unknown
		return nil, at(operator.name, err)
	}
	conditions := make([]condition, len(keys))
	seen := map[string]bool{}
	for i, key := range keys {
		c := &conditions[i]
		if *c, err = l.newCondition(operator.name, key); err != nil {
			return nil, at(operator.name, fmt.Errorf("%q: %w", key.name, err))
		}
		if seen[c.key] {
			return nil, at(operator.name, fmt.Errorf("%q appears twice; keys that differ only in case are the same", key.name))
		}
		seen[c.key] = true
	}
	return conditions, nil
}

func (l language) newCondition(operator string, key member) (condition, error) {
	values, err := key.value.scalars()
	if err != nil {
		return condition{}, err
	}
	compiled := condition{
		written: Condition{Operator: operator, Key: key.name, Values: values},
		key:     strings.ToLower(key.name),
	}
	for _, value := range values {
		for _, part := range l.template(value, false).parts {
			if part.key != "" {
				compiled.variables = append(compiled.variables, part.key)
			}
		}
	}
	compiled.name, err = parseOperatorName(operator)
	if err == nil {
		err = checkContextKey(key.name)
	}
	if err == nil {
		known := operators[compiled.name.base]
		compiled.negated = known.negated
		compiled.matcher, err = known.compile(l, values)
	}
	if err != nil {
		compiled.unknown = at("Condition", at(operator, fmt.Errorf("%q: %w", key.name, err)))
	}
	return compiled, nil
}

// holds reports whether the condition holds. The error says why that is unknown:
// something in the condition is not known, the request's value is not of the
// operator's type, or there are several values and the operator takes one.
func (c *condition) holds(context requestContext) (bool, error) {
	if c.matcher == nil {
		return false, c.unknown
	}
	values := context[c.key]
	isNull := len(values) == 0 || len(values) == 1 && values[0] == ""
	switch {
	case c.name.base == nullOperator:
		return c.matcher(strconv.FormatBool(isNull), context)
	case c.name.set != singleValue && isNull:
		return c.holdsForNone()
	case c.name.set != singleValue:
		return c.holdsForSet(values, context)
	case len(values) == 0:
		return c.negated || c.name.ifExists, nil
	case len(values) > 1:
		return false, fmt.Errorf("the context key %q has %d values; %s takes one, without ForAllValues: or ForAnyValue: before it",
			c.written.Key, len(values), c.written.Operator)
	}
	return c.holdsFor(values[0], context)
}

// holdsForNone reports whether a condition with a set operator holds for a request
// without the key, or with an empty text as its only value (IAM User Guide,
// "Multivalued context keys").
func (c *condition) holdsForNone() (bool, error) {
	if c.name.set == anyValue && c.name.ifExists {
		return false, fmt.Errorf("the request has no value of %q, and IAM's guide can be read in two ways: "+
			"without values, ForAnyValue is not met and IfExists is; use the one or the other in %s", c.written.Key, c.written.Operator)
	}
	return c.name.set == allValues, nil
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
	settled, unknown := anyOf(len(values), func(i int) (bool, error) {
		holds, err := c.holdsFor(values[i], context)
		return holds == settles, err
	})
	return settled == settles, unknown
}

// failure explains on one line why the condition does not hold.
func (c *condition) failure(context requestContext) string {
	values := context[c.key]
	if len(values) == 0 {
		return fmt.Sprintf("%s is not met: the request has no %s", c.written, c.written.Key)
	}
	return fmt.Sprintf("%s is not met: the request's %s is %q", c.written, c.written.Key, strings.Join(values, ", "))
}
