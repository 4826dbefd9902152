package iam

import (
	"errors"
	"fmt"
	"strings"
)

// resourceSet is a compiled Resource or NotResource element.
type resourceSet struct {
	not      bool    // the element is NotResource
	all      bool    // "*" is listed
	literals textSet // ARNs without wildcards and variables
	patterns []resourcePattern
}

// resourcePattern is an ARN with wildcards or policy variables.
type resourcePattern struct {
	fields   arnPattern
	variable template // the last field, if it has variables or the ARN is not known
	text     string   // as written in the document
}

// newResourceSet compiles the ARNs of a Resource or NotResource element.
func (l language) newResourceSet(texts []string, not bool) (resourceSet, error) {
	set := resourceSet{not: not}
	var literals []string
	for _, text := range texts {
		if text == "*" {
			set.all = true
			continue
		}
		compiled, err := l.newResourcePattern(text)
		if err != nil {
			return resourceSet{}, fmt.Errorf("%q %w", text, err)
		}
		if compiled.isLiteral() {
			literals = append(literals, text)
			continue
		}
		set.patterns = append(set.patterns, compiled)
	}
	set.literals = newTextSet(literals)
	return set, nil
}

func (l language) newResourcePattern(text string) (resourcePattern, error) {
	missing := max(0, arnResource-strings.Count(text, ":"))
	parts, _ := splitARN(text + strings.Repeat(":*", missing))
	if err := checkResource(parts); err != nil {
		return resourcePattern{}, err
	}
	compiled := resourcePattern{text: text}
	last := l.template(parts[arnResource], true)
	if missing > 0 {
		last.unknown = errNotARN
	}
	for i, part := range parts[:arnResource] {
		if l.variables && strings.Contains(part, "${") {
			last.unknown = errEarlyVariable
		}
		if last.unknown == errEarlyVariable { // it has colons, so the fields from here on are not known
			part = "*"
		}
		compiled.fields[i] = newPattern(wildcards.Replace(part))
	}
	if last.unknown != nil {
		last.unknown = at("Resource", fmt.Errorf("%q %w", text, last.unknown))
	}
	if last.isFixed() {
		compiled.fields[arnResource] = newPattern(last.fixed)
	} else {
		compiled.variable = last
	}
	return compiled, nil
}

var errEarlyVariable = errors.New("has a policy variable before its fifth colon; variables are allowed after it only")

// checkResource rejects the ARNs that IAM rejects: those without a partition, or
// with a wildcard in the service. The last field may be empty, as in the ARNs of
// organizations; it matches no request.
func checkResource(parts arnParts) error {
	if parts[arnPrefix] != "arn" {
		return fmt.Errorf(`%w, or be "*"`, errNotARN)
	}
	if !isPartition(parts[arnPartition]) && !strings.ContainsAny(parts[arnPartition], "*?") {
		return fmt.Errorf("must have a partition, such as aws, after its first colon")
	}
	if !isServicePrefix(parts[arnService]) {
		return fmt.Errorf("must have a service without wildcards after its second colon")
	}
	return nil
}

// isLiteral reports whether the pattern matches its own text and nothing else.
func (r *resourcePattern) isLiteral() bool {
	if !r.variable.isFixed() {
		return false
	}
	for _, field := range r.fields {
		if field.kind != literalPattern {
			return false
		}
	}
	return !strings.Contains(r.text, "${") // ${*} does not match itself
}

// has reports whether the element includes the request's resource. The error says
// why that is unknown.
func (s *resourceSet) has(request *Request) (bool, error) {
	listed, err := s.lists(request)
	if err != nil {
		return false, err
	}
	return listed != s.not, nil
}

func (s *resourceSet) lists(request *Request) (bool, error) {
	if s.all || s.literals.has(request.input.Resource) {
		return true, nil
	}
	return anyOf(len(s.patterns), func(i int) (bool, error) { return s.patterns[i].matches(request, s.not) })
}

// matches reports whether the pattern matches the request's resource. With a
// variable without a value, neither Resource nor NotResource includes anything (IAM
// User Guide, "Variables and tags"): a pattern of Resource then matches nothing, and
// one of NotResource everything.
func (r *resourcePattern) matches(request *Request, not bool) (bool, error) {
	if r.variable.isFixed() {
		return r.fields.matches(&request.resource), nil
	}
	first := r.matchesFirst(request)
	if !first && !not {
		return false, nil
	}
	text, resolved, err := r.variable.resolve(request.context)
	switch {
	case err == nil && !resolved:
		return not, nil
	case !first:
		return false, nil
	case err != nil:
		return false, err
	}
	return newPattern(text).matches(request.resource[arnResource]), nil
}

// matchesFirst reports whether all fields match but the last, which may have
// variables.
func (r *resourcePattern) matchesFirst(request *Request) bool {
	for i := range arnResource {
		if !r.fields[i].matches(request.resource[i]) {
			return false
		}
	}
	return true
}

// mayMatch reports whether the pattern matches the request's resource for some
// values of its variables.
func (r *resourcePattern) mayMatch(request *Request) bool {
	return r.matchesFirst(request) && r.variable.anyValues().matches(request.resource[arnResource])
}
