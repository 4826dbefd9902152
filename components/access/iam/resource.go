package iam

import (
	"fmt"
	"strings"
)

// resourceSet is what a statement's Resource or NotResource lists.
type resourceSet struct {
	not      bool    // it stood in NotResource
	all      bool    // "*" is in it
	literals textSet // ARNs without wildcard and variable
	patterns []resourcePattern
}

// resourcePattern is an ARN with wildcards or variables. Variables may stand in
// the last field only.
type resourcePattern struct {
	fields   arnPattern
	variable template // the last field, if it has variables
	text     string   // as written
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
		if err := l.checkResource(text); err != nil {
			return resourceSet{}, fmt.Errorf("%q %w", text, err)
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

// checkResource refuses what IAM refuses: fewer fields than six, wildcards in
// the service, variables before the fifth colon, empty fields that an ARN needs.
func (l language) checkResource(text string) error {
	parts, ok := splitArn(text)
	if !ok || parts[arnPrefix] != "arn" {
		return fmt.Errorf(`%w, or be "*"`, errNoArn)
	}
	for _, part := range parts[:arnResource] {
		if l.variables && strings.Contains(part, "${") {
			return fmt.Errorf("has a policy variable before its fifth colon; one may only stand after it")
		}
	}
	if !isPartition(parts[arnPartition]) && !strings.ContainsAny(parts[arnPartition], "*?") {
		return fmt.Errorf("must have a partition, such as aws, after its first colon")
	}
	if !isServicePrefix(parts[arnService]) {
		return fmt.Errorf("must name its service without a wildcard after its second colon")
	}
	if parts[arnResource] == "" {
		return fmt.Errorf("must name a resource after its fifth colon")
	}
	return nil
}

// isPartition accepts aws and the partitions that begin with it, such as aws-cn.
func isPartition(partition string) bool {
	return partition == "aws" || strings.HasPrefix(partition, "aws-") && isServicePrefix(partition)
}

func (l language) newResourcePattern(text string) (resourcePattern, error) {
	parts, _ := splitArn(text)
	compiled := resourcePattern{text: text}
	for i, part := range parts[:arnResource] {
		compiled.fields[i] = newPattern(wildcards.Replace(part))
	}
	last, err := l.template(parts[arnResource], true)
	if err != nil {
		return resourcePattern{}, err
	}
	if !last.isFixed() {
		compiled.variable = last
		return compiled, nil
	}
	compiled.fields[arnResource] = newPattern(last.fixed)
	return compiled, nil
}

// isLiteral tells a pattern that matches the ARN as it is written, and no other.
func (r *resourcePattern) isLiteral() bool {
	if !r.variable.isFixed() {
		return false
	}
	for _, field := range r.fields {
		if field.kind != literalPattern {
			return false
		}
	}
	return !strings.Contains(r.text, "${") // an escape is written otherwise than what it matches
}

// has tells whether the statement is about the request's resource. The error
// says why that cannot be known.
func (s *resourceSet) has(request *Request) (bool, error) {
	listed, err := s.lists(request)
	if err != nil {
		return false, err
	}
	return listed != s.not, nil
}

// lists tells whether the resource is in the list. Variables without a value
// match nothing, so that a Resource with one fails closed; of a NotResource
// with one, nobody documents what is left.
func (s *resourceSet) lists(request *Request) (bool, error) {
	if s.all || s.literals.has(request.call.Resource) {
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

// matchesFirst compares all fields but the last, in which variables may stand.
func (r *resourcePattern) matchesFirst(request *Request) bool {
	for i := range arnResource {
		if !r.fields[i].matches(request.resource[i]) {
			return false
		}
	}
	return true
}

// mayMatch tells whether the request's resource is the pattern's for some values
// of its variables.
func (r *resourcePattern) mayMatch(request *Request) bool {
	return r.matchesFirst(request) && r.variable.anyValues().matches(request.resource[arnResource])
}
