package iam

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Effect is the outcome of a request.
type Effect uint8

const (
	// EffectImplicitDeny means that the policies do not allow the request.
	EffectImplicitDeny Effect = iota
	// EffectAllow means that the policies allow the request.
	EffectAllow
	// EffectExplicitDeny means that a Deny statement applies to the request.
	EffectExplicitDeny
)

// String returns implicitDeny, allow or explicitDeny.
func (e Effect) String() string { return [...]string{"implicitDeny", "allow", "explicitDeny"}[e] }

// Decision is the outcome of a request with its reason.
type Decision struct {
	effect   Effect
	denial   denialReason // of an implicit deny
	deciding statementRef // the statement that denies, or allows in an identity or trust policy
	trusting statementRef // the trust policy's statement, if an identity policy had to allow too
	policies *Policies
	request  *Request
}

// denialReason says which missing Allow caused an implicit deny.
type denialReason uint8

const (
	notDenied       denialReason = iota
	otherPartition               // the principal is in another partition than the resource
	otherAccount                 // the resource belongs to another account
	noTrustDocument              // no trust policy is set
	noTrustAllow                 // the trust policy does not allow it
	noIdentityAllow              // no identity policy allows it
	noBoundaryAllow              // the boundary does not allow it
	noSessionAllow               // the session policy does not allow it
)

// Effect returns the outcome: allow, implicit deny or explicit deny.
func (d Decision) Effect() Effect { return d.effect }

// Allowed reports whether the request is allowed.
func (d Decision) Allowed() bool { return d.effect == EffectAllow }

// Statement returns the statement that denies the request or, if it is allowed, the
// first one that allows it. An implicit deny has no statement.
func (d Decision) Statement() (Match, bool) {
	if d.deciding.statement == nil {
		return Match{}, false
	}
	return d.deciding.match(), true
}

// Trusting returns the statement of the trust policy that allows the request if an
// identity policy had to allow it as well. Statement then returns that policy's.
func (d Decision) Trusting() (Match, bool) {
	if d.trusting.statement == nil {
		return Match{}, false
	}
	return d.trusting.match(), true
}

// Reason explains the decision on one line. It names the statement that decides, or
// says what is missing. If a condition or a policy variable kept an Allow from
// applying, it names that.
func (d Decision) Reason() string {
	if d.request == nil {
		return "nothing was decided"
	}
	return oneLine(d.reason())
}

// oneLine replaces control characters, which a resource or a value may contain.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

func (d Decision) reason() string {
	input := &d.request.input
	what := input.Action + " on " + input.Resource
	switch {
	case d.effect == EffectExplicitDeny:
		return fmt.Sprintf("%s denies %s", d.deciding, what)
	case d.effect == EffectAllow:
		return fmt.Sprintf("%s allows %s%s", d.deciding, what, d.alsoAllowing())
	}
	switch d.denial {
	case otherPartition:
		return fmt.Sprintf("%s is in another partition than %s", input.Principal, input.Resource)
	case otherAccount:
		return fmt.Sprintf("%s belongs to account %s, and %s to another: without a document of that account that allows it, "+
			"only a role of that account can make the request", input.Resource, d.request.account, input.Principal)
	case noTrustDocument:
		return fmt.Sprintf("no trust document says who may assume %s", input.Resource)
	case noTrustAllow:
		return fmt.Sprintf("no statement of the trust document allows %s to %s%s",
			what, input.Principal, d.nearMiss(TrustDocument))
	case noIdentityAllow:
		return fmt.Sprintf("no statement of the %s allows %s%s", d.identityDocuments(), what, d.nearMiss(IdentityDocument))
	case noBoundaryAllow:
		return fmt.Sprintf("no statement of the permissions boundary allows %s%s", what, d.nearMiss(BoundaryDocument))
	}
	return fmt.Sprintf("no statement of the session policy allows %s%s", what, d.nearMiss(SessionDocument))
}

// alsoAllowing names what else had to allow the request.
func (d Decision) alsoAllowing() string {
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

// nearMiss describes an Allow in documents of a kind that would allow the request
// but for a condition or a policy variable. It is empty if there is none.
func (d Decision) nearMiss(kind DocumentKind) string {
	for _, from := range d.policies.all(d.request) {
		if named, _ := from.names(d.request); !named || from.kind != kind || from.statement.deny {
			continue
		}
		if failure := from.statement.failure(d.request); failure != "" {
			return fmt.Sprintf("; %s would, but %s", from, failure)
		}
	}
	return ""
}

// failure explains why a statement about the request does not apply. It is empty
// for a statement about something else.
func (s *statement) failure(request *Request) string {
	if covers, err := s.covers(request); !covers || err != nil {
		return s.unresolved(request)
	}
	for i := range s.conditions {
		if holds, err := s.conditions[i].holds(request.context); err == nil && !holds {
			return s.conditions[i].failure(request.context)
		}
	}
	return ""
}

// unresolved describes a resource with policy variables that have no values. With
// values, the statement could be about the request. It is empty if there is none.
func (s *statement) unresolved(request *Request) string {
	if acts, err := s.actions.has(request.action); !acts && err == nil {
		return ""
	}
	for i := range s.resources.patterns {
		p := &s.resources.patterns[i]
		_, resolved, err := p.variable.resolve(request.context)
		if err == nil && !resolved && (s.resources.not || p.mayMatch(request)) {
			return fmt.Sprintf("the request has no value for a policy variable of its resource %s", p.text)
		}
	}
	return ""
}

// DocumentKind is the role of a document in a decision.
type DocumentKind uint8

// The kinds of documents in Policies.
const (
	IdentityDocument DocumentKind = iota
	BoundaryDocument
	SessionDocument
	TrustDocument
)

// String returns identity, boundary, session or trust.
func (k DocumentKind) String() string {
	return [...]string{"identity", "boundary", "session", "trust"}[k]
}

// Match is a statement that covers a request: it is about the request's principal,
// action and resource, whether or not its conditions hold.
type Match struct {
	// Document is the kind of the document. Index counts the identity documents
	// from 0, and is 0 for other kinds.
	Document DocumentKind
	Index    int

	// Statement counts the statements of the document from 0. Sid may be empty.
	Statement int
	Sid       string

	// Deny reports whether the statement's Effect is Deny.
	Deny bool

	// Conditions must all hold for the statement to apply.
	Conditions []Condition
}

// Matches returns the statements of all documents that cover the request, whether
// or not their conditions hold. It shows what a decision depends on if the context
// is not known yet. The error says what cannot be judged: a policy variable of a
// resource without a value or with several, or what the package does not know.
func (p *Policies) Matches(request *Request) ([]Match, error) {
	if err := p.checkFor(request); err != nil {
		return nil, err
	}
	var matches []Match
	for _, from := range p.all(request) {
		covers, err := from.statement.covers(request)
		if without := from.statement.unresolved(request); err == nil && !covers && without != "" {
			err = errors.New(without)
		}
		if !covers && err == nil {
			continue
		}
		named, unknown := from.names(request)
		if !named && unknown == nil {
			continue
		}
		if err := cmp.Or(err, unknown); err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		matches = append(matches, from.match())
	}
	return matches, nil
}

// all returns the statements of all documents that may be about the request's action.
func (p *Policies) all(request *Request) []statementRef {
	var all []statementRef
	add := func(from statementRef, of statements) {
		for _, list := range [][]statement{of.allow, of.deny} {
			for i := range list {
				from.statement = &list[i]
				all = append(all, from)
			}
		}
	}
	for i, policy := range p.Identity {
		add(statementRef{kind: IdentityDocument, index: int32(i)}, policy.statements)
	}
	if p.Boundary != nil {
		add(statementRef{kind: BoundaryDocument}, p.Boundary.statements)
	}
	if p.Session != nil {
		add(statementRef{kind: SessionDocument}, p.Session.statements)
	}
	if p.Trust != nil && request.isByTrust() {
		add(statementRef{kind: TrustDocument}, p.Trust.statements)
	}
	return all
}

// statementRef refers to a statement of one of the documents.
type statementRef struct {
	statement *statement
	index     int32 // of the document, among the identity documents
	kind      DocumentKind
}

// names reports whether the statement names the request's principal. All statements
// of an identity policy do. The error says why that is unknown.
func (r statementRef) names(request *Request) (bool, error) {
	if r.kind != TrustDocument {
		return true, nil
	}
	named, unknown := r.statement.names(request)
	if named != notNamed {
		unknown = nil
	}
	return named != notNamed, unknown
}

func (r statementRef) match() Match {
	s := r.statement
	m := Match{Document: r.kind, Index: int(r.index), Statement: s.index, Sid: s.sid, Deny: s.deny}
	for i := range s.conditions {
		written := s.conditions[i].written
		written.Values = slices.Clone(written.Values)
		m.Conditions = append(m.Conditions, written)
	}
	return m
}

// document names the document, as in "identity[0]" or "trust".
func (r statementRef) document() string {
	if r.kind == IdentityDocument {
		return "identity[" + strconv.Itoa(int(r.index)) + "]"
	}
	return r.kind.String()
}

// String names the statement, as in `statement 0 "ReadOnly" of identity[0]`.
func (r statementRef) String() string { return r.statement.String() + " of " + r.document() }
