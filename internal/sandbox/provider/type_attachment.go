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

// attachment is a managed policy attached to what the property owner names.
func attachment(owner, token string, policies policyOwner) *resourceType {
	return &resourceType{
		token: token,
		inputs: []property{
			{name: owner, kind: aString, required: true, replaces: true},
			{name: propPolicyARN, kind: aString, required: true, replaces: true},
		},
		calls: policies.attaches(),
		create: func(c *client, in values) (string, values, error) {
			if err := policies.attach(c.account, in.str(owner), in.str(propPolicyARN)); err != nil {
				return "", nil, err
			}
			return in.str(owner) + "-" + uniqueEnd(), nil, nil
		},
		read: func(c *client, _ string, prior values) (values, error) {
			attached, err := policies.attached(c.account, prior.str(owner))
			if err != nil || !slices.Contains(attached, prior.str(propPolicyARN)) {
				return absent(err)
			}
			out := values{}
			out.setString(owner, prior.str(owner))
			out.setString(propPolicyARN, prior.str(propPolicyARN))
			return out, nil
		},
		update: func(*client, *change) error { return nil }, // every change replaces
		delete: func(c *client, _ string, state values) error {
			return policies.detach(c.account, state.str(owner), state.str(propPolicyARN))
		},
		locate: func(_ *client, importID string) (string, values, error) {
			name, arn, ok := strings.Cut(importID, "/")
			if !ok || name == "" || arn == "" {
				return "", nil, fmt.Errorf("wrong format of import id %q: %s-name/policy-arn", importID, owner)
			}
			prior := values{}
			prior.setString(owner, name)
			prior.setString(propPolicyARN, arn)
			return name + "-" + arn, prior, nil
		},
	}
}
