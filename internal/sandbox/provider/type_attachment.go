package provider

import (
	"fmt"
	"slices"
	"strings"
)

const propPolicyARN = "policyArn"

var (
	groupAttachmentType = attachment(propGroup, "aws:iam/groupPolicyAttachment:GroupPolicyAttachment", groupPolicies)
	roleAttachmentType  = attachment(propRole, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", rolePolicies)
)

// attachment is a managed policy that is attached to a principal, which the
// property principal names. Every change replaces it.
func attachment(principal, token string, policies principalPolicies) *resourceType {
	return &resourceType{
		token: token,
		inputs: []property{
			{name: principal, kind: aString, required: true, replaces: true, local: true},
			{name: propPolicyARN, kind: aString, required: true, replaces: true, local: true},
		},
		calls: policies.attaches(),
		create: func(c *client, ch *change) (string, error) {
			name := ch.new.str(principal)
			if err := policies.attach(c.account, name, ch.new.str(propPolicyARN)); err != nil {
				return "", err
			}
			return name + "-" + uniqueEnd(), nil
		},
		read: func(c *client, _ string, prior values) (any, error) {
			attached, err := policies.attached(c.account, prior.str(principal))
			if err == nil && !slices.Contains(attached, prior.str(propPolicyARN)) {
				return nil, nil
			}
			return found(struct{}{}, err)
		},
		delete: func(c *client, _ string, state values) error {
			return policies.detach(c.account, state.str(principal), state.str(propPolicyARN))
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
