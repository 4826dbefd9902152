package iam

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The actions that a role's trust policy decides, in lower case, as actions are
// compared. The last two are permissions that AssumeRole and
// AssumeRoleWithWebIdentity require for session tags and a source identity.
const (
	assumeRole                = "sts:assumerole"
	assumeRoleWithWebIdentity = "sts:assumerolewithwebidentity"
	tagSession                = "sts:tagsession"
	setSourceIdentity         = "sts:setsourceidentity"
)

// trustActions completes messages about other actions.
const trustActions = "sts:AssumeRole, sts:AssumeRoleWithWebIdentity, sts:TagSession and sts:SetSourceIdentity"

// RequestInput describes a request, for NewRequest.
type RequestInput struct {
	// Principal is the ARN of a user, a role, or a role's session
	// (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION), or the name of a service that
	// assumes a role (ec2.amazonaws.com). For a user of an identity provider who
	// assumes a role with sts:AssumeRoleWithWebIdentity, it is the provider: the ARN of
	// an OpenID Connect provider (arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH) or one
	// of the domains that have no ARN, such as cognito-identity.amazonaws.com.
	Principal string

	// Action is SERVICE:NAME, in any case, without wildcards.
	Action string

	// Resource is an ARN, or "*" for an action that has no resource. In an ARN, *
	// and ? are ordinary characters.
	Resource string

	// ResourceAccount is the account of the resource, 12 digits. If it is
	// empty, it is the account in the ARN; if that is empty too, it is the
	// principal's own account, as in SimulateCustomPolicy.
	ResourceAccount string

	// Context holds the values of the request's condition keys. Case is ignored in
	// keys. A key without values counts as absent, as does every key that is not in
	// it: none is derived from the other fields, not even aws:PrincipalArn. Numbers,
	// dates and booleans are text, and binary values are in base64.
	Context map[string][]string
}

// Request is a checked and parsed RequestInput. The two are separate types so that
// one request can be decided many times without being parsed again. A Request is
// immutable and safe for concurrent use.
type Request struct {
	input     RequestInput
	principal principal
	action    string   // in lower case
	resource  arnParts // empty for "*", which no pattern but "*" matches
	context   requestContext
	account   string // of the resource
	partition string // of the resource; empty for "*"
}

// NewRequest checks and parses a request. The values of its context must not be
// changed afterwards.
//
// The error names the field. These are errors: a malformed ARN, action, account or
// context key; a ResourceAccount that contradicts the resource; a principal that
// is not modelled, such as an account's root user; an action that a trust policy
// decides, on a resource that is not a role; sts:AssumeRoleWithSAML; and an action
// that the kind of principal does not have, such as sts:AssumeRoleWithWebIdentity of
// a user.
func NewRequest(input RequestInput) (*Request, error) {
	request := &Request{input: input, action: strings.ToLower(input.Action)}
	var err error
	if request.principal, err = parsePrincipal(input.Principal); err != nil {
		return nil, fmt.Errorf("principal: %q %w", input.Principal, err)
	}
	if err := checkAction(input.Action, ""); err != nil {
		return nil, fmt.Errorf("action: %q %w", input.Action, err)
	}
	if err := request.setResource(); err != nil {
		return nil, err
	}
	if request.context, err = newContext(input.Context); err != nil {
		return nil, err
	}
	if err := request.checkModelled(); err != nil {
		return nil, err
	}
	return request, nil
}

// setResource parses the resource and determines its account.
func (r *Request) setResource() error {
	arn, ok := splitARN(r.input.Resource)
	valid := ok && arn[arnPrefix] == "arn" && isPartition(arn[arnPartition]) && isServicePrefix(arn[arnService]) &&
		arn[arnResource] != "" && utf8.ValidString(r.input.Resource)
	account, given := arn[arnAccount], r.input.ResourceAccount
	if r.input.Resource != "*" && (!valid || account != "" && account != "aws" && !isAccount(account)) {
		return fmt.Errorf(`resource: %q %w, or be "*" for an action without resource`, r.input.Resource, errNotARN)
	}
	r.resource, r.partition = arn, arn[arnPartition]
	switch {
	case given != "" && !isAccount(given):
		return fmt.Errorf("resourceAccount: %q must be an account id of 12 digits", given)
	case given != "" && isAccount(account) && account != given:
		return fmt.Errorf("resourceAccount: %q contradicts the resource %q", given, r.input.Resource)
	case given != "":
		r.account = given
	case isAccount(account):
		r.account = account
	default:
		r.account = r.principal.account
	}
	return nil
}

// checkModelled rejects requests whose rules this package does not know.
func (r *Request) checkModelled() error {
	isRole := r.resource[arnService] == "iam" && strings.HasPrefix(r.resource[arnResource], "role/")
	isFederated := r.principal.kind == federatedPrincipal
	switch {
	case r.action == "sts:assumerolewithsaml":
		return fmt.Errorf("action: %q is not modelled; known are %s", r.input.Action, trustActions)
	case r.isByTrust() && !isRole:
		return fmt.Errorf("resource: %q must be the ARN of a role for %s", r.input.Resource, r.input.Action)
	case r.action == assumeRoleWithWebIdentity && !isFederated:
		return fmt.Errorf("principal: %q must be an OpenID Connect provider or one of %s for %s",
			r.input.Principal, strings.Join(BuiltInProviders, ", "), r.input.Action)
	case isFederated && (r.action == assumeRole || !r.isByTrust()):
		return fmt.Errorf("action: %q of the identity provider %s is not modelled; its users have "+
			"sts:AssumeRoleWithWebIdentity, sts:TagSession and sts:SetSourceIdentity", r.input.Action, r.principal.text)
	case isFederated && r.principal.account != "" && r.principal.account != r.account:
		return fmt.Errorf("principal: %q must be a provider of the role's account %s", r.input.Principal, r.account)
	case r.principal.kind == servicePrincipal && !r.isByTrust():
		return fmt.Errorf("action: %q of the service %s is not modelled; services have "+
			"sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity", r.input.Action, r.principal.text)
	}
	return nil
}

// isByTrust reports whether a role's trust policy decides the request.
func (r *Request) isByTrust() bool {
	switch r.action {
	case assumeRole, assumeRoleWithWebIdentity, tagSession, setSourceIdentity:
		return true
	}
	return false
}

// needsIdentity reports whether an identity policy must allow the request even if the
// trust policy names the principal itself: across accounts, and if a role sets a
// source identity (IAM User Guide, "Monitor and control actions taken with assumed
// roles").
func (r *Request) needsIdentity() bool {
	switch r.principal.kind {
	case servicePrincipal, federatedPrincipal:
		return false
	case rolePrincipal, sessionPrincipal:
		return r.action == setSourceIdentity || r.principal.account != r.account
	}
	return r.principal.account != r.account
}

// requestContext holds a request's values by condition key, in lower case, since
// IAM ignores the case of keys. A key without values counts as absent.
type requestContext map[string][]string

// newContext checks a context and converts its keys to lower case.
func newContext(given map[string][]string) (requestContext, error) {
	if len(given) == 0 {
		return nil, nil
	}
	context := make(requestContext, len(given))
	for key, values := range given {
		if err := checkContextKey(key); err != nil {
			return nil, fmt.Errorf("context: %q %w", key, err)
		}
		lower := strings.ToLower(key)
		if _, twice := context[lower]; twice {
			return nil, fmt.Errorf("context: %q appears twice; keys that differ only in case are the same", lower)
		}
		if slices.ContainsFunc(values, func(value string) bool { return !utf8.ValidString(value) }) {
			return nil, fmt.Errorf("context: %q has the value %q, which is not valid UTF-8", key, values)
		}
		context[lower] = values
	}
	return context, nil
}

// checkContextKey accepts the form of a context key: a prefix, a colon and a name,
// such as "aws:PrincipalTag/team". The prefix is "aws", that of a service, or the
// address of an identity provider, which may have a path.
func checkContextKey(key string) error {
	prefix, name, found := strings.Cut(key, ":")
	valid := found && name != "" && !strings.Contains(name, "${") && utf8.ValidString(key) &&
		prefix != "" && isLetterOrDigit(prefix[0])
	for i := range len(prefix) {
		valid = valid && (isLetterOrDigit(prefix[i]) || strings.IndexByte("-._~/%", prefix[i]) >= 0)
	}
	if !valid {
		return fmt.Errorf(`must be a context key, such as "aws:SourceIp", "aws:PrincipalTag/team" or "accounts.google.com:aud"`)
	}
	return nil
}
