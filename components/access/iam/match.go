package iam

import (
	"fmt"
	"slices"
)

// Match is a statement that is about a request: its principal, action and
// resource, whether or not its conditions hold.
type Match struct {
	// Document and Index say where: Index counts the identity documents from 0.
	Document DocumentKind
	Index    int
	// Statement counts the statements of the document from 0; Sid may be empty.
	Statement int
	Sid       string
	// Deny is set by the Effect Deny.
	Deny bool
	// Conditions must all hold for the statement to apply; there may be none.
	Conditions []Condition
}

func (r statementRef) match() Match {
	s := r.statement
	m := Match{Document: r.kind, Index: int(r.document), Statement: s.index, Sid: s.sid, Deny: s.effect == effectDeny}
	for i := range s.conditions {
		written := s.conditions[i].written
		written.Values = slices.Clone(written.Values)
		m.Conditions = append(m.Conditions, written)
	}
	return m
}

// Statement gives the statement that decided: the one that denies, or the
// first that allows. There is none for an implicit deny.
func (d Decision) Statement() (Match, bool) {
	if d.deciding.statement == nil {
		return Match{}, false
	}
	return d.deciding.match(), true
}

// Matches lists the statements of all documents that are about the request,
// whether or not their conditions hold: what a decision depends on when the
// context is not known yet. The error is for what cannot be judged without the
// context: policy variables in a NotResource, or of several values.
func (p *Policies) Matches(request *Request) ([]Match, error) {
	if err := p.checkFor(request); err != nil {
		return nil, err
	}
	var matches []Match
	for _, from := range p.all(request) {
		covers, err := from.statement.covers(request, from.documentKind())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		if covers {
			matches = append(matches, from.match())
		}
	}
	return matches, nil
}

func (r statementRef) documentKind() documentKind {
	if r.kind == TrustingDocument {
		return trustKind
	}
	return identityKind
}

// all lists the statements of all documents, without those of the trust
// document that are about others than the caller.
func (p *Policies) all(request *Request) []statementRef {
	var all []statementRef
	add := func(from statementRef, of statements) {
		for _, list := range [][]statement{of.allow, of.deny} {
			for i := range list {
				from.statement = &list[i]
				if from.kind != TrustingDocument || from.statement.strength(&request.caller) != notNamed {
					all = append(all, from)
				}
			}
		}
	}
	for i, policy := range p.Identity {
		add(statementRef{kind: IdentityDocument, document: int32(i)}, policy.statements)
	}
	if p.Boundary != nil {
		add(statementRef{kind: BoundaryDocument}, p.Boundary.statements)
	}
	if p.Session != nil {
		add(statementRef{kind: SessionDocument}, p.Session.statements)
	}
	if p.Trust != nil && request.action == assumeRole {
		add(statementRef{kind: TrustingDocument}, p.Trust.statements)
	}
	return all
}
