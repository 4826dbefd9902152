package iam

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// principal is who makes a request.
type principal struct {
	kind      principalKind
	text      string // as in the request
	partition string // empty for a service and a built-in provider, as is the account
	account   string
	role      string // of a role or a role's session: the name without its path
}

type principalKind uint8

const (
	userPrincipal principalKind = iota
	rolePrincipal
	sessionPrincipal
	servicePrincipal
	federatedPrincipal // a user of an identity provider
)

// BuiltInProviders are the identity providers that every account has. They are named
// by their domain, not by an ARN (IAM User Guide, "OIDC federated principals").
var BuiltInProviders = []string{
	"accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com",
}

var errNotPrincipal = errors.New("must be the ARN of a user, a role or a role's session, " +
	`such as "arn:aws:iam::111122223333:user/john" or "arn:aws:sts::111122223333:assumed-role/reader/session", ` +
	`a service, such as "ec2.amazonaws.com", or an OpenID Connect provider, such as ` +
	`"arn:aws:iam::111122223333:oidc-provider/issuer.example.com"; ` +
	`an account's root user and users of SAML or GetFederationToken are not modelled`)

// parsePrincipal parses the principal of a request. The ARN of a role stands for
// any session of the role.
func parsePrincipal(text string) (principal, error) {
	if slices.Contains(BuiltInProviders, text) {
		return principal{kind: federatedPrincipal, text: text}, nil
	}
	if isService(text) {
		return principal{kind: servicePrincipal, text: text}, nil
	}
	arn, ok := splitARN(text)
	if !ok || !isPrincipalARN(arn) {
		return principal{}, errNotPrincipal
	}
	parsed := principal{text: text, partition: arn[arnPartition], account: arn[arnAccount]}
	kind, rest, _ := strings.Cut(arn[arnResource], "/")
	name := rest[strings.LastIndexByte(rest, '/')+1:]
	switch {
	case arn[arnService] == "iam" && kind == "user" && name != "":
		parsed.kind = userPrincipal
	case arn[arnService] == "iam" && kind == "role" && name != "":
		parsed.kind, parsed.role = rolePrincipal, name
	case arn[arnService] == "iam" && kind == "oidc-provider" && rest != "":
		parsed.kind = federatedPrincipal
	case arn[arnService] == "sts" && kind == "assumed-role":
		role, session, _ := strings.Cut(rest, "/")
		if role == "" || session == "" || strings.Contains(session, "/") {
			return principal{}, errNotPrincipal
		}
		parsed.kind, parsed.role = sessionPrincipal, role
	default:
		return principal{}, errNotPrincipal
	}
	return parsed, nil
}

// isPrincipalARN checks the fields that are the same in the ARNs of all principals.
func isPrincipalARN(arn arnParts) bool {
	return arn[arnPrefix] == "arn" && isPartition(arn[arnPartition]) && arn[arnRegion] == "" &&
		isAccount(arn[arnAccount]) && isVisibleASCII(arn[arnResource])
}

// isService accepts the names of services as principals.
func isService(text string) bool {
	name, found := strings.CutSuffix(strings.TrimSuffix(text, ".cn"), ".amazonaws.com")
	for i := range len(name) {
		if c := name[i]; !isLetterOrDigit(c) && c != '-' && c != '.' {
			return false
		}
	}
	return found && name != ""
}

// trustPattern is one principal in the Principal element of a trust policy.
type trustPattern struct {
	kind      trustPatternKind
	text      string // the ARN, the account id or the service
	partition string // empty for an account id, which is in the role's own partition
	account   string
	role      string // a role's name without its path
	unknown   error  // says why trustsUnknown may name any principal
}

type trustPatternKind uint8

const (
	trustsEveryone trustPatternKind = iota
	trustsAccount
	trustsARN  // a user or a role's session
	trustsRole // a role and its sessions
	trustsService
	trustsFederated // users of an identity provider
	trustsNobody    // nobody who makes requests here: a principal that was deleted, a federated user
	trustsUnknown   // who is meant is not known
)

// uniqueID matches what AWS shows in a trust policy for a deleted user or role.
var uniqueID = regexp.MustCompile(`^(AIDA|AROA)[A-Z0-9]{12,124}$`)

var errNotTrusted = errors.New(`must be "*", an account id, or without wildcards the ARN of an account's root, ` +
	`a user, a role or a role's session, such as "arn:aws:iam::111122223333:user/john"`)

var errEveryoneFederated = errors.New(`"*": whether it names users of an identity provider is not documented; ` +
	"name the provider in Federated")

var errNotPrincipalElement = errors.New("NotPrincipal: is not modelled; name principals in Principal, " +
	"or with ArnNotLike aws:PrincipalArn in Condition")

// trustParsers parse the texts of a Principal element by kind of principal.
var trustParsers = map[string]func(string) (trustPattern, error){
	"AWS":       parseTrustedPrincipal,
	"Service":   parseTrustedService,
	"Federated": func(text string) (trustPattern, error) { return trustPattern{kind: trustsFederated, text: text}, nil },
	"CanonicalUser": func(string) (trustPattern, error) {
		return trustPattern{}, errors.New("is not modelled; name the account by its id")
	},
}

// newTrustPatterns compiles a Principal element.
func newTrustPatterns(element node) ([]trustPattern, error) {
	if element.value == "*" {
		return []trustPattern{{kind: trustsEveryone, text: "*"}}, nil
	}
	kinds, err := element.object()
	if err != nil || len(kinds) == 0 {
		return nil, fmt.Errorf(`must be "*" or an object with AWS, Service or Federated`)
	}
	var patterns []trustPattern
	for _, kind := range kinds {
		parse := trustParsers[kind.name]
		if parse == nil {
			return nil, at(kind.name, fmt.Errorf("is not a kind of principal; known are AWS, Service, Federated and CanonicalUser"))
		}
		texts, err := kind.value.texts()
		if err != nil {
			return nil, at(kind.name, err)
		}
		for _, text := range texts {
			pattern, err := parse(text)
			if err != nil {
				pattern = trustPattern{kind: trustsUnknown, unknown: at("Principal", at(kind.name, fmt.Errorf("%q %w", text, err)))}
			}
			patterns = append(patterns, pattern)
		}
	}
	return patterns, nil
}

func parseTrustedService(text string) (trustPattern, error) {
	if !isService(text) {
		return trustPattern{}, fmt.Errorf(`must be a service, such as "ec2.amazonaws.com"`)
	}
	return trustPattern{kind: trustsService, text: text}, nil
}

// parseTrustedPrincipal parses an account, a user, a role or a role's session. A
// lone "*" is everyone; IAM has no other wildcards here.
func parseTrustedPrincipal(text string) (trustPattern, error) {
	switch {
	case text == "*":
		return trustPattern{kind: trustsEveryone, text: text}, nil
	case isAccount(text):
		return trustPattern{kind: trustsAccount, text: text, account: text}, nil
	case uniqueID.MatchString(text):
		return trustPattern{kind: trustsNobody, text: text}, nil
	}
	if arn, ok := splitARN(text); ok && isPrincipalARN(arn) {
		switch {
		case arn[arnService] == "iam" && arn[arnResource] == "root":
			return trustPattern{kind: trustsAccount, text: text, partition: arn[arnPartition], account: arn[arnAccount]}, nil
		case arn[arnService] == "sts" && isFederatedUser(arn[arnResource]):
			return trustPattern{kind: trustsNobody, text: text}, nil
		}
	}
	named, err := parsePrincipal(text)
	isOther := named.kind == servicePrincipal || named.kind == federatedPrincipal
	if err != nil || isOther || strings.ContainsAny(text, "*?") {
		return trustPattern{}, errNotTrusted
	}
	kind := trustsARN
	if named.kind == rolePrincipal {
		kind = trustsRole
	}
	return trustPattern{kind: kind, text: text, partition: named.partition, account: named.account, role: named.role}, nil
}

// isFederatedUser accepts the last field of the ARN of a user of GetFederationToken.
func isFederatedUser(resource string) bool {
	name, found := strings.CutPrefix(resource, "federated-user/")
	return found && name != "" && !strings.ContainsAny(name, "*?")
}

// naming says how a statement of a trust policy names a principal. It determines
// which other policies must allow sts:AssumeRole (IAM User Guide, "Policy
// evaluation logic"). Higher values need less.
type naming uint8

const (
	notNamed       naming = iota
	namedAccount          // by its account: an identity policy must allow as well
	namedRole             // by its role: boundary and session policy still limit
	namedPrincipal        // itself, or as everyone: only a Deny limits
	namings
)

// names returns how the pattern names the principal of a request. The error says why
// that is unknown.
func (t *trustPattern) names(request *Request) (naming, error) {
	p := &request.principal
	switch t.kind {
	case trustsEveryone:
		if p.kind == federatedPrincipal {
			return notNamed, at("Principal", errEveryoneFederated)
		}
		return namedPrincipal, nil
	case trustsAccount:
		if t.account == p.account && (t.partition == "" || t.partition == p.partition) {
			return namedAccount, nil
		}
	case trustsRole:
		isSession := p.kind == sessionPrincipal && t.role == p.role && t.account == p.account && t.partition == p.partition
		if t.text == p.text || isSession {
			return namedRole, nil
		}
	case trustsARN:
		if t.text == p.text {
			return namedPrincipal, nil
		}
	case trustsService:
		if t.text == p.text && p.kind == servicePrincipal {
			return namedPrincipal, nil
		}
	case trustsFederated:
		return t.namesFederated(request)
	}
	return notNamed, t.unknown
}

// namesFederated returns whether the pattern names an identity provider's users when they
// assume a role. Whether it also names the sessions of that role is not documented.
func (t *trustPattern) namesFederated(request *Request) (naming, error) {
	problem := ""
	switch p := &request.principal; {
	case p.kind == federatedPrincipal && t.text == p.text:
		return namedPrincipal, nil
	case p.kind == federatedPrincipal && strings.ContainsAny(t.text, "*?"):
		problem = "must be a provider, without wildcards"
	case p.kind != federatedPrincipal && len(request.context["aws:federatedprovider"]) > 0:
		problem = "whether it names sessions of roles that its users assumed is not documented"
	default:
		return notNamed, nil
	}
	return notNamed, at("Principal", at("Federated", fmt.Errorf("%q: %s", t.text, problem)))
}

// names returns the highest naming of the statement's principals. The error says why
// it may be higher.
func (s *statement) names(request *Request) (naming, error) {
	best := notNamed
	var unknown error
	for i := range s.principals {
		named, err := s.principals[i].names(request)
		best, unknown = max(best, named), cmp.Or(unknown, err)
	}
	return best, unknown
}
