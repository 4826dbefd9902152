package iam

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Residue is a statement that may apply to requests that are known only in part, with
// what is left to decide: it applies if the Undecided conditions hold and the resource
// matches one of the Resources, or none of them for a NotResource.
type Residue struct {
	// Match is the statement with all its conditions.
	Match

	// Undecided are the conditions that depend on unknown context keys.
	Undecided []Condition

	// Resources are the statement's resources that may match, or nil if one of them is
	// Unknown. NotResource reports whether the statement has a NotResource. It then
	// applies to all other resources: to every resource if Resources is empty.
	Resources   []ResourcePattern
	NotResource bool

	// Unknown is the reason why it is not known whether the statement applies, or nil.
	Unknown error
}

// ResourcePattern is what a statement requires of the last field of a resource's ARN.
type ResourcePattern struct {
	pattern pattern
	text    string // as written
	open    bool
}

// Matches reports whether the pattern certainly matches the last field of an ARN.
func (p ResourcePattern) Matches(resource string) bool { return !p.open && p.pattern.matches(resource) }

// Glob returns a pattern that matches everything that this one may match. It has the
// values of policy variables, as far as they are known. Its only wildcards are * and ?.
func (p ResourcePattern) Glob() string { return asWildcards.Replace(p.pattern.text) }

// String returns the pattern as it is written, with wildcards and policy variables.
func (p ResourcePattern) String() string { return p.text }

var asWildcards = strings.NewReplacer(string([]byte{anyRun}), "*", string([]byte{anyOne}), "?")

// About returns a policy with those statements that are about an action, or may be. It
// returns nil if there are none.
func (p *IdentityPolicy) About(action string) *IdentityPolicy {
	action = strings.ToLower(action)
	pick := func(list []statement) []statement {
		return slices.DeleteFunc(slices.Clone(list), func(s statement) bool {
			acts, unknown := s.actions.has(action)
			return !acts && unknown == nil
		})
	}
	about := statements{allow: pick(p.statements.allow), deny: pick(p.statements.deny)}
	if len(about.allow)+len(about.deny) == 0 {
		return nil
	}
	return &IdentityPolicy{about}
}

// Residues returns the statements that may apply to requests with the principal, the
// action and the known context keys of this one, and with any resource whose ARN has
// the same first five fields. unknown reports whether the value of a context key, in
// lower case, is not known. Any other key that is not in the request's context is
// absent. No trust policy may be set.
func (p *Policies) Residues(request *Request, unknown func(key string) bool) []Residue {
	var residues []Residue
	for _, from := range p.all(request) {
		if residue, may := from.statement.residue(request, unknown); may {
			residue.Match = from.match()
			residues = append(residues, residue)
		}
	}
	return residues
}

// residue returns what is left to decide about a statement, and reports whether it may
// apply.
func (s *statement) residue(request *Request, unknown func(key string) bool) (Residue, bool) {
	acts, err := s.actions.has(request.action)
	if !acts && err == nil {
		return Residue{}, false
	}
	r := Residue{Unknown: err}
	for i := range s.conditions {
		c := &s.conditions[i]
		if unknown(c.key) || slices.ContainsFunc(c.variables, unknown) {
			r.Undecided = append(r.Undecided, c.written)
			r.Unknown = cmp.Or(r.Unknown, c.unknown)
			continue
		}
		holds, err := c.holds(request.context)
		if !holds && err == nil {
			return Residue{}, false
		}
		r.Unknown = cmp.Or(r.Unknown, err)
	}
	return r, s.resources.residue(&r, request, unknown)
}

// residue sets the resources of a residue and reports whether its statement may apply.
func (s *resourceSet) residue(r *Residue, request *Request, unknown func(key string) bool) bool {
	r.NotResource = s.not
	if s.all {
		if !s.not {
			r.Resources = []ResourcePattern{{pattern: newPattern(string([]byte{anyRun})), text: "*"}}
		}
		return !s.not
	}
	literals := slices.Concat(slices.Collect(maps.Keys(s.literals.many)), s.literals.few)
	slices.Sort(literals)
	for _, text := range literals {
		arn, _ := splitARN(text)
		if last := arn[arnResource]; slices.Equal(arn[:arnResource], request.resource[:arnResource]) {
			r.Resources = append(r.Resources, ResourcePattern{pattern: pattern{last, literalPattern}, text: last})
		}
	}
	var err error
	for i := range s.patterns {
		listed := &s.patterns[i]
		pattern, resolved, problem := listed.residue(request, unknown)
		switch {
		case s.not && pattern.open:
			err = cmp.Or(err, fmt.Errorf("NotResource: %q has a policy variable whose value is not known", listed.text))
		case s.not && problem == nil && !resolved: // the statement is about nothing
			return false
		case problem == nil && !resolved || !listed.matchesFirst(request):
		case problem != nil:
			err = cmp.Or(err, problem)
		default:
			r.Resources = append(r.Resources, pattern)
		}
	}
	if err != nil {
		r.Unknown, r.Resources = cmp.Or(r.Unknown, err), nil
	}
	return s.not || len(r.Resources) > 0 || err != nil
}

// residue returns what the pattern requires of the last field. It is not resolved if a
// policy variable has no value, and open if the value is not known.
func (r *resourcePattern) residue(
	request *Request, unknown func(key string) bool,
) (p ResourcePattern, resolved bool, err error) {
	if r.variable.isFixed() {
		last := r.fields[arnResource]
		return ResourcePattern{pattern: last, text: asWildcards.Replace(last.text)}, true, nil
	}
	arn, _ := splitARN(r.text)
	p.text = arn[arnResource]
	for _, part := range r.variable.parts {
		if part.key != "" && unknown(part.key) {
			p.pattern, p.open = r.variable.anyValues(), true
			return p, true, nil
		}
	}
	text, resolved, err := r.variable.resolve(request.context)
	p.pattern = newPattern(text)
	return p, resolved, err
}

// Suppose returns the policy without the conditions that depend on unknown context keys.
// If allow is set, these conditions hold in an Allow and fail in a Deny; otherwise, they
// fail in an Allow and hold in a Deny. Keys are in lower case, as in Residues. A request
// that both policies allow is always allowed. One that only the first policy allows is
// allowed under conditions.
func (p *IdentityPolicy) Suppose(unknown func(key string) bool, allow bool) *IdentityPolicy {
	return &IdentityPolicy{p.statements.suppose(unknown, allow)}
}

// Suppose does the same as Suppose of an IdentityPolicy.
func (p *TrustPolicy) Suppose(unknown func(key string) bool, allow bool) *TrustPolicy {
	return &TrustPolicy{p.statements.suppose(unknown, allow)}
}

func (s statements) suppose(unknown func(key string) bool, allow bool) statements {
	return statements{allow: supposed(s.allow, unknown, allow), deny: supposed(s.deny, unknown, !allow)}
}

// supposed returns statements whose conditions on unknown keys hold, or never hold.
func supposed(list []statement, unknown func(key string) bool, hold bool) []statement {
	isOpen := func(c condition) bool { return unknown(c.key) || slices.ContainsFunc(c.variables, unknown) }
	var all []statement
	for _, s := range list {
		if hold {
			s.conditions = slices.DeleteFunc(slices.Clone(s.conditions), isOpen)
			s.resources.patterns = s.resources.supposed(unknown)
		} else if slices.ContainsFunc(s.conditions, isOpen) {
			continue
		}
		all = append(all, s)
	}
	return all
}

// supposed returns patterns for all resources that the statement may be about.
func (s *resourceSet) supposed(unknown func(key string) bool) []resourcePattern {
	var all []resourcePattern
	for _, r := range s.patterns {
		isOpen := func(part templatePart) bool { return part.key != "" && unknown(part.key) }
		if slices.ContainsFunc(r.variable.parts, isOpen) {
			if s.not {
				continue
			}
			r.variable.parts = slices.Clone(r.variable.parts)
			for i, part := range r.variable.parts {
				if isOpen(part) {
					r.variable.parts[i] = templatePart{text: string([]byte{anyRun})}
				}
			}
		}
		all = append(all, r)
	}
	return all
}
