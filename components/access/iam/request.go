package iam

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// actionAssumeRole is the only action that a trust policy decides here.
const actionAssumeRole = "sts:AssumeRole"

// assumeRole is actionAssumeRole in lower case, as actions are compared.
var assumeRole = strings.ToLower(actionAssumeRole)

// RequestInput describes a request, for NewRequest.
type RequestInput struct {
	// Principal is the ARN of a user, a role, or a role's session
	// (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION), or the name of a service that
	// assumes a role (ec2.amazonaws.com).
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
// is not modelled, such as an account's root user; sts:AssumeRole on a resource
// that is not a role; the actions that assume a role by federation; and an action
// of a service other than sts:AssumeRole.
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
	service, name, _ := strings.Cut(r.action, ":")
	isRole := r.resource[arnService] == "iam" && strings.HasPrefix(r.resource[arnResource], "role/")
	switch {
	case r.action == assumeRole && !isRole:
		return fmt.Errorf("resource: %q must be the ARN of a role for %s", r.input.Resource, actionAssumeRole)
	case service == "sts" && strings.HasPrefix(name, "assumerolewith"):
		return fmt.Errorf("action: %q is not modelled; the only way to assume a role is %s", r.input.Action, actionAssumeRole)
	case r.principal.kind == servicePrincipal && r.action != assumeRole:
		return fmt.Errorf("action: %q of the service %s is not modelled; the only action of a service is %s",
			r.input.Action, r.principal.text, actionAssumeRole)
	}
	return nil
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
