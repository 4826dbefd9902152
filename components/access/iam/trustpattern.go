package iam

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// grantStrength says how a trust document's Allow names who asks, and so what
// else is needed within an account (IAM user guide, policy evaluation logic).
type grantStrength uint8

const (
	notNamed    grantStrength = iota
	delegated                 // its account: the account's identity documents decide
	namedRole                 // its role: boundary and session policy still limit
	namedItself               // the user, session or service itself, or everyone: nothing limits but a Deny
)

// trustPattern is one principal of a trust document.
type trustPattern struct {
	kind      trustKindOfPrincipal
	text      string // the ARN, the account id or the service
	partition string // empty with an account id, which is of the role's own
	account   string
	role      string // a role's name without its path
}

type trustKindOfPrincipal uint8

const (
	trustsEveryone trustKindOfPrincipal = iota
	trustsAccount
	trustsArn  // a user or a session
	trustsRole // and its sessions
	trustsService
	trustsNobody // a principal that was deleted
)

// uniqueID is what AWS shows in the place of a user or role that was deleted.
var uniqueID = regexp.MustCompile(`^(AIDA|AROA)[A-Z0-9]{12,124}$`)

var errNoPrincipal = errors.New(`must be "*", an account id, or without wildcards the ARN of an account's root, a user, a role or a role's session, such as "arn:aws:iam::111122223333:user/john"`)

// checkTrustActions accepts what IAM accepts in a trust document.
func checkTrustActions(actions []string) error {
	for _, action := range actions {
		if prefix, _, _ := strings.Cut(action, ":"); !strings.EqualFold(prefix, "sts") {
			return fmt.Errorf(`%q must be an action of STS in a trust document, such as "sts:AssumeRole"`, action)
		}
	}
	return nil
}

// newTrustPatterns compiles a Principal element.
func newTrustPatterns(element node) ([]trustPattern, error) {
	if element.value == "*" {
		return []trustPattern{{kind: trustsEveryone, text: "*"}}, nil
	}
	kinds, err := element.object()
	if err != nil || len(kinds) == 0 {
		return nil, fmt.Errorf(`must be "*" or an object with AWS or Service`)
	}
	var patterns []trustPattern
	for _, kind := range kinds {
		var parse func(string) (trustPattern, error)
		switch kind.name {
		case "AWS":
			parse = parseTrustedPrincipal
		case "Service":
			parse = parseTrustedService
		default:
			return nil, at(kind.name, fmt.Errorf("not modelled; known are AWS and Service"))
		}
		texts, err := kind.value.texts()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", kind.name, err)
		}
		for _, text := range texts {
			pattern, err := parse(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %q %w", kind.name, text, err)
			}
			patterns = append(patterns, pattern)
		}
	}
	return patterns, nil
}

func parseTrustedService(text string) (trustPattern, error) {
	if !isServicePrincipal(text) {
		return trustPattern{}, fmt.Errorf(`must be a service, such as "ec2.amazonaws.com"`)
	}
	return trustPattern{kind: trustsService, text: text}, nil
}

// parseTrustedPrincipal reads an account, a user, a role or a role's session.
// Wildcards stand for everyone only, never for a part of an ARN.
func parseTrustedPrincipal(text string) (trustPattern, error) {
	switch {
	case text == "*":
		return trustPattern{kind: trustsEveryone, text: text}, nil
	case isAccount(text):
		return trustPattern{kind: trustsAccount, text: text, account: text}, nil
	case uniqueID.MatchString(text):
		return trustPattern{kind: trustsNobody, text: text}, nil
	}
	if arn, ok := splitArn(text); ok && arn[arnService] == "iam" && arn[arnResource] == "root" {
		if !isPrincipalArn(arn) {
			return trustPattern{}, errNoPrincipal
		}
		return trustPattern{kind: trustsAccount, text: text, partition: arn[arnPartition], account: arn[arnAccount]}, nil
	}
	named, err := parseCaller(text)
	if err != nil || named.kind == serviceCaller || strings.ContainsAny(text, "*?") {
		return trustPattern{}, errNoPrincipal
	}
	pattern := trustPattern{kind: trustsArn, text: text, partition: named.partition, account: named.account, role: named.role}
	if named.kind == roleCaller {
		pattern.kind = trustsRole
	}
	return pattern, nil
}

// strength tells how the pattern names a caller.
func (p *trustPattern) strength(of *caller) grantStrength {
	switch p.kind {
	case trustsEveryone:
		return namedItself
	case trustsAccount:
		if p.account == of.account && (p.partition == "" || p.partition == of.partition) {
			return delegated
		}
	case trustsRole:
		if p.text == of.text || of.kind == sessionCaller && p.role == of.role && p.account == of.account && p.partition == of.partition {
			return namedRole
		}
	case trustsArn, trustsService:
		if p.text == of.text {
			return namedItself
		}
	}
	return notNamed
}

// strength is how a statement of a trust document names a caller, at best.
func (s *statement) strength(of *caller) grantStrength {
	best := notNamed
	for i := range s.principals {
		best = max(best, s.principals[i].strength(of))
	}
	return best
}
