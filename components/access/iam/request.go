package iam

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Call says who asks for what.
type Call struct {
	// Principal is the ARN of a user, of a role, or of a role's session
	// (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION), or a service's name
	// (ec2.amazonaws.com) that assumes a role.
	Principal string
	// Action is SERVICE:NAME, in any case, without wildcards.
	Action string
	// Resource is an ARN, in which * and ? are characters like others; or "*" for
	// an action that has no resource.
	Resource string
	// ResourceAccount is the account that owns the resource, 12 digits. If it is
	// empty, the ARN says so and, where that has no account, it is the principal's
	// own: the rule of SimulateCustomPolicy.
	ResourceAccount string
	// Context are the values of the request's condition keys. Keys differ in more
	// than case; one without values is as if absent. What is not given is absent:
	// nothing is derived from the other fields, not even aws:PrincipalArn. Numbers,
	// dates and booleans are given as text, binary values in base64.
	Context map[string][]string
}

// Request is a Call that was checked and taken apart. It does not change and
// may be used from many goroutines. Make one with NewRequest.
type Request struct {
	call      Call
	caller    caller
	action    string   // in lower case
	resource  arnParts // empty for "*", which no pattern but "*" matches then
	context   requestContext
	account   string // that owns the resource
	partition string // of the resource; empty for "*"
}

// actionAssumeRole is the action whose rules the trust document has a part in.
const actionAssumeRole = "sts:AssumeRole"

// assumeRole is actionAssumeRole, as actions are compared.
var assumeRole = strings.ToLower(actionAssumeRole)

// NewRequest checks a call. The context's values must not change afterwards.
//
// Errors, naming the field: an ARN, action, account or context key that is
// malformed; a principal that is not modelled, such as an account's root user;
// resourceAccount that contradicts the resource; an sts:AssumeRole of something
// else than a role, the federated ways to assume a role, and an action of a
// service other than sts:AssumeRole.
func NewRequest(call Call) (*Request, error) {
	request := &Request{call: call, action: strings.ToLower(call.Action)}
	var err error
	if request.caller, err = parseCaller(call.Principal); err != nil {
		return nil, fmt.Errorf("principal: %q %w", call.Principal, err)
	}
	if err := checkAction(call.Action, ""); err != nil {
		return nil, fmt.Errorf("action: %q %w", call.Action, err)
	}
	if err := request.setResource(); err != nil {
		return nil, err
	}
	if request.context, err = newContext(call.Context); err != nil {
		return nil, err
	}
	if err := request.checkModelled(); err != nil {
		return nil, err
	}
	return request, nil
}

// setResource takes the resource apart and finds the account that owns it.
func (r *Request) setResource() error {
	arn, ok := splitArn(r.call.Resource)
	valid := ok && arn[arnPrefix] == "arn" && isPartition(arn[arnPartition]) && isServicePrefix(arn[arnService]) &&
		arn[arnResource] != "" && utf8.ValidString(r.call.Resource)
	owner := arn[arnAccount]
	if r.call.Resource != "*" && (!valid || owner != "" && owner != "aws" && !isAccount(owner)) {
		return fmt.Errorf(`resource: %q %w, or be "*" for an action without resource`, r.call.Resource, errNoArn)
	}
	r.resource, r.partition = arn, arn[arnPartition]
	given := r.call.ResourceAccount
	switch {
	case given != "" && !isAccount(given):
		return fmt.Errorf("resourceAccount: %q must be an account id of 12 digits", given)
	case given != "" && isAccount(owner) && owner != given:
		return fmt.Errorf("resourceAccount: %q contradicts the resource %q", given, r.call.Resource)
	case given != "":
		r.account = given
	case isAccount(owner):
		r.account = owner
	default:
		r.account = r.caller.account
	}
	return nil
}

// checkModelled refuses calls whose rules this package does not know.
func (r *Request) checkModelled() error {
	service, name, _ := strings.Cut(r.action, ":")
	isRole := r.resource[arnService] == "iam" && strings.HasPrefix(r.resource[arnResource], "role/")
	switch {
	case r.action == assumeRole && !isRole:
		return fmt.Errorf("resource: %q must be the ARN of the role that %s asks for", r.call.Resource, actionAssumeRole)
	case service == "sts" && strings.HasPrefix(name, "assumerolewith"):
		return fmt.Errorf("action: %q is not modelled; of the ways to assume a role, %s is", r.call.Action, actionAssumeRole)
	case r.caller.kind == serviceCaller && r.action != assumeRole:
		return fmt.Errorf("action: %q of the service %s is not modelled; of a service, %s is", r.call.Action, r.caller.text, actionAssumeRole)
	}
	return nil
}
