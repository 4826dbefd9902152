package iam

import (
	"fmt"
	"strings"
)

// Policies are the documents that a request is judged by. Put together once
// for a principal, they serve any number of requests, from many goroutines, as
// long as nobody changes the fields.
type Policies struct {
	// Identity are the documents of the principal: a user's own and those of its
	// groups, or a role's. Their order means nothing.
	Identity []*IdentityPolicy
	// Boundary is the principal's permissions boundary; nil if it has none.
	Boundary *IdentityPolicy
	// Session is the policy that was passed when the session was made; nil if
	// there was none.
	Session *IdentityPolicy
	// Trust is the trust document of the role that sts:AssumeRole asks for. It
	// has no bearing on requests for other services.
	Trust *TrustPolicy
}

// answer is a yes, a no, or, with the reason in err, unknown. An unknown answer
// counts only where the others do not settle the matter.
type answer struct {
	err  error
	from statementRef // of a yes, the statement that says it
	yes  bool
}

// and is yes if both are, and no if one is.
func and(a, b answer) answer {
	switch {
	case !a.yes && a.err == nil, b.yes && b.err == nil:
		return a
	case a.err != nil && (b.yes || b.err != nil):
		return a
	}
	return b
}

// or is yes if one is, and no if both are.
func or(a, b answer) answer {
	if a.yes || a.err != nil && !b.yes {
		return a
	}
	return b
}

// Decide judges a request as IAM does (IAM user guide, policy evaluation
// logic). A Deny in any of the documents wins. Otherwise the request is allowed
// if an identity document allows it, and the boundary and the session policy,
// if set, do too. It is not if the resource belongs to another account: no
// document of that account is at hand to say yes, and HTTP APIs have none.
//
// sts:AssumeRole needs the trust document's Allow. Across accounts, and where it
// names the account only, it needs the identity documents' as well. Where it
// names a role, boundary and session policy still limit; where it names the
// user, the session, the service or everyone, within the account, nothing else
// is asked.
//
// Service control policies, resource policies and the account's root user are
// not modelled. The error is for what cannot be judged, and only if it decides:
// a value of the context that is not of its condition's type, several values
// where one is due, documents for a principal that has none.
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
	if request.partition != "" && request.caller.kind != serviceCaller && request.partition != request.caller.partition {
		decision.lack = lacksPartition
		return nil
	}
	if request.action == assumeRole {
		return p.decideAssumeRole(request, decision)
	}
	return p.decideInAccount(request, decision)
}

// checkFor refuses documents that do not go with the request.
func (p *Policies) checkFor(request *Request) error {
	for i, policy := range p.Identity {
		if policy == nil {
			return fmt.Errorf("identity[%d]: is nil and must be a compiled document", i)
		}
	}
	if request.caller.kind == serviceCaller && (len(p.Identity) > 0 || p.Boundary != nil || p.Session != nil) {
		return fmt.Errorf("identity, boundary, session: the service %s has none of these documents", request.caller.text)
	}
	if p.Trust != nil && request.action != assumeRole && strings.HasPrefix(request.action, "sts:") {
		return fmt.Errorf("trust: %q is not modelled; a trust document decides %s", request.call.Action, actionAssumeRole)
	}
	return nil
}

// denied looks for a Deny that applies.
func (p *Policies) denied(request *Request) answer {
	found := p.anyIdentity(request, func(policy *IdentityPolicy) []statement { return policy.statements.deny })
	if p.Boundary != nil {
		found = or(found, applying(p.Boundary.statements.deny, request, statementRef{kind: BoundaryDocument}))
	}
	if p.Session != nil {
		found = or(found, applying(p.Session.statements.deny, request, statementRef{kind: SessionDocument}))
	}
	if p.Trust != nil && request.action == assumeRole {
		found = or(found, p.Trust.denies(request))
	}
	return found
}

// anyIdentity looks through the identity documents for a statement that applies.
func (p *Policies) anyIdentity(request *Request, of func(*IdentityPolicy) []statement) answer {
	var unknown error
	for i, policy := range p.Identity {
		statements := of(policy)
		if len(statements) == 0 {
			continue
		}
		found := applying(statements, request, statementRef{kind: IdentityDocument, document: int32(i)})
		if found.yes {
			return found
		}
		if unknown == nil {
			unknown = found.err
		}
	}
	return answer{err: unknown}
}

// applying looks for a statement of one document that applies.
func applying(statements []statement, request *Request, from statementRef) answer {
	var unknown error
	for i := range statements {
		applies, err := statements[i].applies(request, identityKind)
		if applies {
			from.statement = &statements[i]
			return answer{yes: true, from: from}
		}
		if err != nil && unknown == nil {
			unknown = fmt.Errorf("%s: %w", from.place(), err)
		}
	}
	return answer{err: unknown}
}

// decideInAccount judges a request for anything but a role's assumption.
func (p *Policies) decideInAccount(request *Request, decision *Decision) error {
	if request.account != request.caller.account {
		decision.lack = lacksResource
		return nil
	}
	identity := p.identityAllows(request)
	switch decided := and(identity, p.limitsAllow(request)); {
	case decided.err != nil:
		return decided.err
	case decided.yes:
		decision.effect, decision.deciding = EffectAllow, identity.from
	default:
		decision.lack = p.lackOf(request, identity)
	}
	return nil
}

// lackOf tells which of the principal's own documents does not allow.
func (p *Policies) lackOf(request *Request, identity answer) lack {
	if !identity.yes && identity.err == nil {
		return lacksIdentity
	}
	return p.limitLacking(request)
}

// limitLacking tells which of boundary and session policy does not allow.
func (p *Policies) limitLacking(request *Request) lack {
	if limit := allows(p.Boundary, request, BoundaryDocument); !limit.yes && limit.err == nil {
		return lacksBoundary
	}
	return lacksSession
}

func (p *Policies) identityAllows(request *Request) answer {
	return p.anyIdentity(request, func(policy *IdentityPolicy) []statement { return policy.statements.allow })
}

// limitsAllow asks the boundary and the session policy, as far as they are set.
func (p *Policies) limitsAllow(request *Request) answer {
	if p.Boundary == nil && p.Session == nil {
		return answer{yes: true}
	}
	return and(allows(p.Boundary, request, BoundaryDocument), allows(p.Session, request, SessionDocument))
}

func allows(limit *IdentityPolicy, request *Request, kind DocumentKind) answer {
	if limit == nil {
		return answer{yes: true}
	}
	return applying(limit.statements.allow, request, statementRef{kind: kind})
}
