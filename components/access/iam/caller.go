package iam

import (
	"errors"
	"strings"
)

// caller is the principal of a request.
type caller struct {
	kind      callerKind
	text      string // as given
	partition string // empty for a service, as is the account
	account   string
	role      string // the name, without its path, of a role or a session's role
}

type callerKind uint8

const (
	userCaller callerKind = iota
	roleCaller
	sessionCaller
	serviceCaller
)

var errNoCaller = errors.New(`must be the ARN of a user, a role or a role's session, such as "arn:aws:iam::111122223333:user/john" or "arn:aws:sts::111122223333:assumed-role/reader/session", or a service, such as "ec2.amazonaws.com"; an account's root user and federated users are not modelled`)

// parseCaller reads the principal of a request. A role's own ARN stands for a
// session of it whose name does not matter.
func parseCaller(text string) (caller, error) {
	if isServicePrincipal(text) {
		return caller{kind: serviceCaller, text: text}, nil
	}
	arn, ok := splitArn(text)
	if !ok || !isPrincipalArn(arn) {
		return caller{}, errNoCaller
	}
	parsed := caller{text: text, partition: arn[arnPartition], account: arn[arnAccount]}
	kind, rest, _ := strings.Cut(arn[arnResource], "/")
	name := rest[strings.LastIndexByte(rest, '/')+1:]
	switch {
	case arn[arnService] == "iam" && kind == "user" && name != "":
		parsed.kind = userCaller
	case arn[arnService] == "iam" && kind == "role" && name != "":
		parsed.kind, parsed.role = roleCaller, name
	case arn[arnService] == "sts" && kind == "assumed-role" && strings.Count(rest, "/") == 1 && name != "" && rest[0] != '/':
		parsed.kind, parsed.role = sessionCaller, strings.TrimSuffix(rest, "/"+name)
	default:
		return caller{}, errNoCaller
	}
	return parsed, nil
}

// isPrincipalArn checks the fields that the ARNs of all principals share.
func isPrincipalArn(arn arnParts) bool {
	return arn[arnPrefix] == "arn" && isPartition(arn[arnPartition]) && arn[arnRegion] == "" &&
		isAccount(arn[arnAccount]) && isVisibleASCII(arn[arnResource])
}

func isAccount(text string) bool { return len(text) == 12 && isDigits(text) }

func isVisibleASCII(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// isServicePrincipal accepts what AWS services are called as principals.
func isServicePrincipal(text string) bool {
	name, found := strings.CutSuffix(strings.TrimSuffix(text, ".cn"), ".amazonaws.com")
	for i := range len(name) {
		if c := name[i]; !isLetterOrDigit(c) && c != '-' && c != '.' {
			return false
		}
	}
	return found && name != ""
}
