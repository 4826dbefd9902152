package iam

import (
	"fmt"
	"strings"
)

// Policies are the policies that decide the requests of one principal. They are
// safe for concurrent use as long as the fields are not changed.
type Policies struct {
	// Identity are the identity policies: those of a user and its groups, or those of
	// a role. Their order has no effect.
	Identity []*IdentityPolicy

	// Boundary is the principal's permissions boundary, or nil.
	Boundary *IdentityPolicy

	// Session is the policy that was passed when the session was created, or nil.
	Session *IdentityPolicy

	// Trust is the trust policy of the role that a request to assume a role names. It
	// has no effect on requests for other services.
	Trust *TrustPolicy
}

// Decide decides a request as IAM does (IAM User Guide, "Policy evaluation
// logic"). A Deny that applies in any of the policies wins. Otherwise, the request
// is allowed if an identity policy allows it and the boundary and the session
// policy, if set, allow it too. A request for a resource of another account is
// denied, as no policy of that account is known.
//
// For sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity, the trust policy must
// allow the request. Within an account, this is enough if the trust policy names the
// principal itself or everyone. If it names the principal's role, or a user who
// has a session policy, the boundary and the session policy must allow the request
// too. If it names the account, and in any case across accounts, the identity policies
// must allow it as well. They must also do so if a role sets a source identity. For
// services and users of identity providers, the trust policy decides alone.
//
// Decide returns an error if the decision depends on what cannot be judged: what
// the package does not know of a policy (see Unknown), a value of the context that is
// not of the condition's type, several values where a condition or variable takes
// one, or a key without values where IAM's guide can be read in two ways. It also
// returns an error for policies that the principal cannot have.
func (p *Policies) Decide(request *Request) (Decision, error) {
	decision := Decision{policies: p, request: request}
	if err := p.decide(request, &decision); err != nil {
		return Decision{}, err
	}
	return decision, nil
}

func (p *Policies) decide(request *Request, decision *Decision) error {
	if err := p.checkFor(request); err != nil {
		return err
	}
	denied := p.denied(request)
	if denied.err != nil {
		return denied.err
	}
	if denied.yes {
		decision.effect, decision.deciding = EffectExplicitDeny, denied.from
		return nil
	}
	own, of := request.principal.partition, request.partition
	if own != "" && of != "" && own != of {
		decision.denial = otherPartition
		return nil
	}
	if request.isByTrust() {
		return p.decideByTrust(request, decision)
	}
	return p.decideInAccount(request, decision)
}

// checkFor reports policies that do not go with the request.
func (p *Policies) checkFor(request *Request) error {
	for i, policy := range p.Identity {
		if policy == nil {
			return fmt.Errorf("identity[%d]: is nil and must be a compiled document", i)
		}
	}
	kind := request.principal.kind
	hasOwn := len(p.Identity) > 0 || p.Boundary != nil || p.Session != nil
	if hasOwn && (kind == servicePrincipal || kind == federatedPrincipal) {
		return fmt.Errorf("identity, boundary, session: must not be set, as for %s the trust document decides alone",
			request.principal.text)
	}
	if p.Trust != nil && !request.isByTrust() && strings.HasPrefix(request.action, "sts:") {
		return fmt.Errorf("trust: %q is not modelled; a trust document decides %s", request.input.Action, trustActions)
	}
	return nil
}

// denied finds a Deny that applies.
func (p *Policies) denied(request *Request) result {
	found := p.anyIdentity(request, func(policy *IdentityPolicy) []statement { return policy.statements.deny })
	if p.Boundary != nil {
		found = or(found, anyApplies(p.Boundary.statements.deny, request, statementRef{kind: BoundaryDocument}))
	}
	if p.Session != nil {
		found = or(found, anyApplies(p.Session.statements.deny, request, statementRef{kind: SessionDocument}))
	}
	if p.Trust != nil && request.isByTrust() {
		found = or(found, p.Trust.denies(request))
	}
	return found
}

// decideInAccount decides a request that no trust policy decides.
func (p *Policies) decideInAccount(request *Request, decision *Decision) error {
	if request.account != request.principal.account {
		decision.denial = otherAccount
		return nil
	}
	identity := p.identityAllows(request)
	switch decided := and(identity, p.limitsAllow(request)); {
	case decided.err != nil:
		return decided.err
	case decided.yes:
		decision.effect, decision.deciding = EffectAllow, identity.from
	default:
		decision.denial = p.denial(request, identity)
	}
	return nil
}

// decideByTrust decides a request to assume a role or to set up its session.
func (p *Policies) decideByTrust(request *Request, decision *Decision) error {
	if p.Trust == nil {
		decision.denial = noTrustDocument
		return nil
	}
	trusted := p.Trust.allows(request, p.Session != nil)
	identity, limits := p.identityAllows(request), p.limitsAllow(request)
	var alone result // no identity policy is needed
	if !request.needsIdentity() {
		alone = or(trusted[namedPrincipal], and(trusted[namedRole], limits))
	}
	both := and(trusted[namedAccount], and(identity, limits))
	switch decided := or(alone, both); {
	case decided.err != nil:
		return decided.err
	case alone.yes:
		decision.effect, decision.deciding = EffectAllow, alone.from
	case both.yes:
		decision.effect, decision.deciding, decision.trusting = EffectAllow, identity.from, trusted[namedAccount].from
	default:
		decision.denial = p.trustDenial(request, trusted, identity)
	}
	return nil
}

// trustDenial returns why decideByTrust denies a request implicitly.
func (p *Policies) trustDenial(request *Request, trusted [namings]result, identity result) denialReason {
	if trusted[namedAccount].no() {
		return noTrustAllow
	}
	if !request.needsIdentity() && trusted[namedRole].yes {
		return p.limitDenial(request)
	}
	return p.denial(request, identity)
}

// denial returns which of the principal's own policies is the reason for an implicit
// deny.
func (p *Policies) denial(request *Request, identity result) denialReason {
	if identity.no() {
		return noIdentityAllow
	}
	return p.limitDenial(request)
}

// limitDenial returns which of boundary and session policy is the reason for an
// implicit deny.
func (p *Policies) limitDenial(request *Request) denialReason {
	if limitAllows(p.Boundary, request, BoundaryDocument).no() {
		return noBoundaryAllow
	}
	return noSessionAllow
}

func (p *Policies) identityAllows(request *Request) result {
	return p.anyIdentity(request, func(policy *IdentityPolicy) []statement { return policy.statements.allow })
}

// limitsAllow reports whether the boundary and the session policy allow the
// request, as far as they are set.
func (p *Policies) limitsAllow(request *Request) result {
	if p.Boundary == nil && p.Session == nil {
		return result{yes: true}
	}
	return and(limitAllows(p.Boundary, request, BoundaryDocument), limitAllows(p.Session, request, SessionDocument))
}

func limitAllows(limit *IdentityPolicy, request *Request, kind DocumentKind) result {
	if limit == nil {
		return result{yes: true}
	}
	return anyApplies(limit.statements.allow, request, statementRef{kind: kind})
}

// allows returns, for each naming, whether a statement applies that names the
// principal in this way or a higher one. With a session policy, which limits the
// session of a user as it does that of a role, a user who is named itself counts as
// named by its role.
func (t *TrustPolicy) allows(request *Request, hasSession bool) [namings]result {
	highest := namedPrincipal
	if hasSession && request.principal.kind == userPrincipal {
		highest = namedRole
	}
	var trusted [namings]result
	for i := range t.statements.allow {
		for n := namedAccount; n <= highest; n++ {
			trusted[n] = or(trusted[n], t.statements.allow[i].appliesTo(request, n))
		}
	}
	return trusted
}

// denies finds a Deny that names the principal and applies.
func (t *TrustPolicy) denies(request *Request) result {
	var found result
	for i := range t.statements.deny {
		found = or(found, t.statements.deny[i].appliesTo(request, namedAccount))
	}
	return found
}

// appliesTo reports whether a statement of a trust policy applies and names the
// principal in this way or a higher one.
func (s *statement) appliesTo(request *Request, n naming) result {
	named, unknown := s.names(request)
	if named < n && unknown == nil {
		return result{}
	}
	applies, err := s.applies(request)
	if named < n && applies {
		err = fmt.Errorf("%s: %w", s, unknown)
	}
	return newResult(applies, err, statementRef{kind: TrustDocument, statement: s})
}

// anyIdentity finds a statement of the identity policies that applies.
func (p *Policies) anyIdentity(request *Request, of func(*IdentityPolicy) []statement) result {
	var found result
	for i, policy := range p.Identity {
		if statements := of(policy); len(statements) > 0 && !found.yes {
			found = or(found, anyApplies(statements, request, statementRef{kind: IdentityDocument, index: int32(i)}))
		}
	}
	return found
}

// anyApplies finds a statement of one document that applies.
func anyApplies(statements []statement, request *Request, from statementRef) result {
	applies, err := anyOf(len(statements), func(i int) (bool, error) {
		from.statement = &statements[i]
		return from.statement.applies(request)
	})
	return newResult(applies, err, from)
}
