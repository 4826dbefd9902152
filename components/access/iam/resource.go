package iam

import (
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
	variable template // the last field, if it has variables
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
	parts, ok := splitARN(text)
	if !ok || parts[arnPrefix] != "arn" {
		return resourcePattern{}, fmt.Errorf(`%w, or be "*"`, errNotARN)
	}
	if err := l.checkResource(parts); err != nil {
		return resourcePattern{}, err
	}
	compiled := resourcePattern{text: text}
	for i, part := range parts[:arnResource] {
		compiled.fields[i] = newPattern(wildcards.Replace(part))
	}
	last, err := l.template(parts[arnResource], true)
	if err != nil {
		return resourcePattern{}, err
	}
	if last.isFixed() {
		compiled.fields[arnResource] = newPattern(last.fixed)
	} else {
		compiled.variable = last
	}
	return compiled, nil
}

// checkResource rejects the ARNs that IAM rejects: those with a variable before
// the last field, a wildcard in the service, or an empty field that is required.
func (l language) checkResource(parts arnParts) error {
	for _, part := range parts[:arnResource] {
		if l.variables && strings.Contains(part, "${") {
			return fmt.Errorf("has a policy variable before its fifth colon; variables are allowed after it only")
		}
	}
	if !isPartition(parts[arnPartition]) && !strings.ContainsAny(parts[arnPartition], "*?") {
		return fmt.Errorf("must have a partition, such as aws, after its first colon")
	}
	if !isServicePrefix(parts[arnService]) {
		return fmt.Errorf("must have a service without wildcards after its second colon")
	}
	if parts[arnResource] == "" {
		return fmt.Errorf("must have a resource after its fifth colon")
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
	var unknown error
	for i := range s.patterns {
		found, err := s.patterns[i].matches(request, s.not)
		if found {
			return true, nil
		}
		if err != nil && unknown == nil {
			unknown = err
		}
	}
	return false, unknown
}

// matches reports whether the pattern matches the request's resource. A pattern
// of Resource that has a variable without a value matches nothing. What it means in
// NotResource is not documented, so it is unknown.
func (r *resourcePattern) matches(request *Request, not bool) (bool, error) {
	if r.variable.isFixed() {
		return r.fields.matches(&request.resource), nil
	}
	if !r.matchesFirst(request) {
		return false, nil
	}
	text, resolved, err := r.variable.resolve(request.context)
	if err != nil {
		return false, err
	}
	if !resolved {
		if not {
			return false, fmt.Errorf("NotResource %q has a policy variable without a value in the context", r.text)
		}
		return false, nil
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
