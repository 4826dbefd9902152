package account

import (
	"fmt"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// decision is what is left to decide about the requests of a slot. They are allowed if
// a term allows them, a term of the boundary, if there is one, allows them as well, and
// no term denies them.
type decision struct {
	allow, boundary, deny []covering
	bounded               bool
	key                   string // equal for equal decisions of a row
}

// covering is a term with the condition on the resource under which it covers the
// requests of a slot, in words.
type covering struct {
	*term
	resource string
}

// always reports whether the term certainly applies to all requests of the slot.
func (c covering) always() bool {
	return len(c.Undecided) == 0 && c.resource == "" && c.Unknown == nil
}

// decide returns what is left to decide about the requests of a slot.
func (w *who) decide(terms []term, at int, boundary string) *decision {
	d := &decision{bounded: boundary != ""}
	for i := range terms {
		t := &terms[i]
		covered, resource := w.coverTerm(t, at)
		if covered == none {
			continue
		}
		c := covering{t, resource}
		switch {
		case t.Deny:
			d.deny = append(d.deny, c)
		case t.Document == iam.BoundaryDocument:
			d.boundary = append(d.boundary, c)
		default:
			d.allow = append(d.allow, c)
		}
	}
	d.key = keyOf(d.allow) + "|" + keyOf(d.boundary) + "|" + keyOf(d.deny)
	return d
}

// keyOf returns what the terms contribute to the key of a decision.
func keyOf(terms []covering) string {
	if slices.ContainsFunc(terms, covering.always) {
		return "always"
	}
	var key strings.Builder
	for _, t := range terms {
		fmt.Fprintf(&key, "%p %s\n", t.term, t.resource)
	}
	return key.String()
}

// coverTerm returns how many requests of a slot a term covers, and the condition for
// it in words.
func (w *who) coverTerm(t *term, at int) (coverage, string) {
	if len(t.Resources) == 0 { // it applies to every resource, or that is unknown
		return all, ""
	}
	var texts []string
	for _, pattern := range t.Resources {
		switch w.cover(pattern)[at] {
		case all:
			if t.NotResource {
				return none, ""
			}
			return all, ""
		case some:
			texts = append(texts, pattern.String())
		}
	}
	switch {
	case len(texts) > 0:
		return some, w.resourceText(texts, at, t.NotResource)
	case t.NotResource:
		return all, ""
	}
	return none, ""
}

// resourceText returns a condition on the resource of requests of a slot, in words.
func (w *who) resourceText(patterns []string, at int, not bool) string {
	what := "path"
	paths := slices.Clone(patterns)
	for i, pattern := range patterns {
		path, hasPrefix := strings.CutPrefix(pattern, w.slots[at].prefix)
		if !hasPrefix {
			what, paths = "request", patterns
			break
		}
		paths[i] = path
	}
	is := "is like "
	if not {
		is = "is not like "
	}
	return "the " + what + " " + is + strings.Join(paths, " or ")
}

// denies reports whether the requests are certainly denied.
func (d *decision) denies() bool {
	return len(d.allow) == 0 || d.bounded && len(d.boundary) == 0 || slices.ContainsFunc(d.deny, covering.always)
}

// unknown returns the reasons why the decision is not known, or nil.
func (d *decision) unknown() []string {
	var reasons []string
	for _, terms := range [][]covering{d.allow, d.boundary, d.deny} {
		if slices.ContainsFunc(terms, covering.always) {
			continue
		}
		for _, t := range terms {
			if t.Unknown != nil && !slices.Contains(reasons, t.reason()) {
				reasons = append(reasons, t.reason())
			}
		}
	}
	return reasons
}

// beyond reports whether requests with a method may be allowed although the cell of the
// stack's matrix does not allow them.
func (d *decision) beyond(of access.Cell, method, boundary string) bool {
	if of.Allows() {
		return false
	}
	if len(d.unknown()) > 0 {
		return true
	}
	var all []access.Alternative
	for _, t := range d.allow {
		a := access.AlternativeOf(t.Conditions)
		a.Methods, a.Text, a.Boundary = []string{method}, t.resource, boundary
		all = append(all, a)
	}
	return !access.AllowIf(all...).Within(of)
}

// cellOf returns the cell of a route for the decisions about its methods.
func cellOf(decisions []*decision, methods []string) *Cell {
	with := map[string][]string{} // methods by the decisions' keys
	for i, d := range decisions {
		with[d.key] = append(with[d.key], methods[i])
	}
	var unknown []string
	var all []access.Alternative
	for _, d := range decisions {
		if d.denies() || with[d.key] == nil {
			continue
		}
		only := with[d.key]
		if len(only) == len(methods) {
			only = nil
		}
		delete(with, d.key)
		all = append(all, d.alternatives(only)...)
		for _, reason := range d.unknown() {
			if !slices.Contains(unknown, reason) {
				unknown = append(unknown, reason)
			}
		}
	}
	return newCell(access.AllowIf(all...), unknown)
}

// alternatives returns the ways in which the known terms allow requests with these
// methods. The methods are nil if they are all those that can end at the route.
func (d *decision) alternatives(methods []string) []access.Alternative {
	var limits []string
	if condition := access.AllowIf(known(d.boundary)...).Condition(); condition != "" {
		limits = append(limits, "the permissions boundary allows it ("+condition+")")
	}
	if condition := access.AllowIf(known(d.deny)...).Condition(); condition != "" {
		limits = append(limits, "no statement denies it ("+condition+")")
	}
	all := known(d.allow)
	for i := range all {
		all[i].Methods = methods
		all[i].Text = strings.Join(slices.DeleteFunc(append([]string{all[i].Text}, limits...), isEmpty), " and ")
	}
	return all
}

func isEmpty(text string) bool { return text == "" }

// known returns alternatives for the terms that are known.
func known(terms []covering) []access.Alternative {
	var all []access.Alternative
	for _, t := range terms {
		if t.Unknown == nil {
			a := access.AlternativeOf(t.Undecided)
			a.Text = t.resource
			all = append(all, a)
		}
	}
	return all
}
