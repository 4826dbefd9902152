package iam

import "fmt"

// decideAssumeRole judges sts:AssumeRole: the trust document must allow it, and
// how it names the principal says what else must.
func (p *Policies) decideAssumeRole(request *Request, decision *Decision) error {
	if p.Trust == nil {
		decision.lack = lacksTrustDocument
		return nil
	}
	trusted := p.Trust.allows(request, p.Session != nil)
	identity, limits := p.identityAllows(request), p.limitsAllow(request)
	var alone answer // the trust document suffices
	if request.caller.kind == serviceCaller || request.caller.account == request.account {
		alone = or(trusted[namedItself], and(trusted[namedRole], limits))
	}
	both := and(trusted[delegated], and(identity, limits))
	switch decided := or(alone, both); {
	case decided.err != nil:
		return decided.err
	case alone.yes:
		decision.effect, decision.deciding = EffectAllow, alone.from
	case both.yes:
		decision.effect, decision.deciding, decision.trusting = EffectAllow, identity.from, trusted[delegated].from
	default:
		decision.lack = p.lackOfAssumeRole(request, trusted, identity)
	}
	return nil
}

// lackOfAssumeRole tells what a denied sts:AssumeRole is for want of.
func (p *Policies) lackOfAssumeRole(request *Request, trusted [4]answer, identity answer) lack {
	if !trusted[delegated].yes && trusted[delegated].err == nil {
		return lacksTrust
	}
	if request.caller.account == request.account && trusted[namedRole].yes {
		return p.limitLacking(request)
	}
	return p.lackOf(request, identity)
}

// allows tells, for each strength, whether a statement names the caller at
// least so and applies. A user's session with a session policy is limited by it
// like a role's (passed).
func (t *TrustPolicy) allows(request *Request, passed bool) [4]answer {
	var trusted [4]answer
	for i := range t.statements.allow {
		s := &t.statements.allow[i]
		strength := s.strength(&request.caller)
		if strength == notNamed {
			continue
		}
		if passed && request.caller.kind == userCaller && strength == namedItself {
			strength = namedRole
		}
		applies := trustApplies(s, request)
		for at := delegated; at <= strength; at++ {
			trusted[at] = or(trusted[at], applies)
		}
	}
	return trusted
}

// denies looks for a Deny that names the caller and applies.
func (t *TrustPolicy) denies(request *Request) answer {
	var found answer
	for i := range t.statements.deny {
		if s := &t.statements.deny[i]; s.strength(&request.caller) != notNamed {
			found = or(found, trustApplies(s, request))
		}
	}
	return found
}

func trustApplies(s *statement, request *Request) answer {
	from := statementRef{kind: TrustingDocument, statement: s}
	applies, err := s.applies(request, trustKind)
	if err != nil {
		return answer{err: fmt.Errorf("%s: %w", from.place(), err)}
	}
	if !applies {
		return answer{}
	}
	return answer{yes: true, from: from}
}
