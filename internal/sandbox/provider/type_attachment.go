package provider

import (
	"fmt"
	"slices"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

const propPolicyARN = "policyArn"

var (
	groupAttachmentType = attachment("Group", (*cloud.Account).GroupPolicies)
	roleAttachmentType  = attachment("Role", (*cloud.Account).RolePolicies)
)

// policiesOf returns the policies of the users, groups or roles of an account.
type policiesOf func(*cloud.Account) cloud.PrincipalPolicies

// attachCalls are the actions that attach and detach managed policies.
func attachCalls(kind string) []string {
	return []string{"Attach" + kind + "Policy", "Detach" + kind + "Policy"}
}

// attachment is a managed policy that is attached to a principal of a kind.
// Every change replaces it.
func attachment(kind string, of policiesOf) *resourceType {
	principal := strings.ToLower(kind)
	return &resourceType{
		token: fmt.Sprintf("aws:iam/%sPolicyAttachment:%sPolicyAttachment", principal, kind),
		inputs: []property{
			{name: principal, kind: aString, required: true, replaces: true, local: true},
			{name: propPolicyARN, kind: aString, required: true, replaces: true, local: true},
		},
		calls: attachCalls(kind),
		create: func(c *client, ch *change) (string, error) {
			name := ch.new.str(principal)
			if err := of(c.account).Attach(name, ch.new.str(propPolicyARN)); err != nil {
				return "", err
			}
			return name + "-" + uniqueEnd(), nil
		},
		read: func(c *client, _ string, prior values) (any, error) {
			attached, err := of(c.account).Attached(prior.str(principal))
			if err == nil && !slices.Contains(attached, prior.str(propPolicyARN)) {
				return nil, nil
			}
			return found(struct{}{}, err)
		},
		delete: func(c *client, _ string, state values) error {
			return of(c.account).Detach(state.str(principal), state.str(propPolicyARN))
		},
		locate: func(_ *client, importID string) (string, values, error) {
			name, arn, ok := strings.Cut(importID, "/")
			if !ok || name == "" || arn == "" {
				return "", nil, fmt.Errorf("wrong format of import id %q: %s-name/policy-arn", importID, principal)
			}
			return name + "-" + arn, textValues(principal, name, propPolicyARN, arn), nil
		},
	}
}
