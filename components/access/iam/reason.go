package iam

import (
	"fmt"
	"strings"
	"unicode"
)

// Reason says on one line why: which statement decides, or what is missing and,
// where a statement would have allowed the request, which of its conditions is
// not met. It is worked out when it is asked for.
func (d Decision) Reason() string {
	if d.request == nil {
		return "nothing was decided"
	}
	return oneLine(d.reason())
}

// oneLine replaces the control characters that a resource or a value may hold.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

func (d Decision) reason() string {
	call := &d.request.call
	asked := call.Action + " on " + call.Resource
	switch {
	case d.effect == EffectExplicitDeny:
		return fmt.Sprintf("%s denies %s", d.deciding, asked)
	case d.effect == EffectAllow:
		return fmt.Sprintf("%s allows %s%s", d.deciding, asked, d.consent())
	}
	switch d.lack {
	case lacksPartition:
		return fmt.Sprintf("%s is of another partition than %s", call.Principal, call.Resource)
	case lacksResource:
		return fmt.Sprintf("%s belongs to account %s, and %s to another: without a document of that account that allows it, only a role of that account can call", call.Resource, d.request.account, call.Principal)
	case lacksTrustDocument:
		return fmt.Sprintf("no trust document says who may assume %s", call.Resource)
	case lacksTrust:
		return fmt.Sprintf("no statement of the trust document lets %s assume %s%s", call.Principal, call.Resource, d.nearMiss(TrustingDocument))
	case lacksIdentity:
		return fmt.Sprintf("no statement of the %s allows %s%s", d.identityDocuments(), asked, d.nearMiss(IdentityDocument))
	case lacksBoundary:
		return fmt.Sprintf("no statement of the permissions boundary allows %s%s", asked, d.nearMiss(BoundaryDocument))
	}
	return fmt.Sprintf("no statement of the session policy allows %s%s", asked, d.nearMiss(SessionDocument))
}

// consent names what else had to allow the request.
func (d Decision) consent() string {
	var others []string
	if d.trusting.statement != nil {
		others = append(others, d.trusting.String())
	}
	if d.deciding.kind == IdentityDocument && d.policies.Boundary != nil {
		others = append(others, "the permissions boundary")
	}
	if d.deciding.kind == IdentityDocument && d.policies.Session != nil {
		others = append(others, "the session policy")
	}
	switch len(others) {
	case 0:
		return ""
	case 1:
		return ", and so does " + others[0]
	}
	return ", and so do " + strings.Join(others, " and ")
}

func (d Decision) identityDocuments() string {
	if n := len(d.policies.Identity); n != 1 {
		return fmt.Sprintf("%d identity documents", n)
	}
	return "identity document"
}

// nearMiss finds an Allow of the documents of a kind that would have allowed the
// request, but for a condition or a policy variable.
func (d Decision) nearMiss(kind DocumentKind) string {
	for _, from := range d.policies.all(d.request) {
		if from.kind != kind || from.statement.effect != effectAllow {
			continue
		}
		if failure := from.statement.failure(d.request, from.documentKind()); failure != "" {
			return fmt.Sprintf("; %s would, but %s", from, failure)
		}
	}
	return ""
}

// failure says what keeps a statement about the request from applying; it is
// empty for one that is about something else.
func (s *statement) failure(request *Request, kind documentKind) string {
	if covers, err := s.covers(request, kind); !covers || err != nil {
		return s.unresolved(request, kind)
	}
	for i := range s.conditions {
		if holds, err := s.conditions[i].holds(request.context); err == nil && !holds {
			return s.conditions[i].failure(request.context)
		}
	}
	return ""
}

// unresolved finds a resource that has a policy variable without a value and
// otherwise might be the request's.
func (s *statement) unresolved(request *Request, kind documentKind) string {
	if kind == trustKind || s.resources.not || !s.actions.has(request.action) {
		return ""
	}
	for i := range s.resources.patterns {
		p := &s.resources.patterns[i]
		if _, resolved, err := p.variable.resolve(request.context); err == nil && !resolved && p.mayMatch(request) {
			return fmt.Sprintf("the request has no value for a policy variable of its Resource %s", p.text)
		}
	}
	return ""
}
