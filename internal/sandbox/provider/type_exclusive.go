package provider

import (
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

// exclusiveToken is the token of a type of package iam.
func exclusiveToken(name string) string {
	return "aws:iam/" + strings.ToLower(name[:1]) + name[1:] + ":" + name
}

// exclusiveAttachments is the list of all managed policies of a user, group or
// role: what is not in it is detached. Its deletion detaches nothing.
func exclusiveAttachments(owner, name string, policies policyOwner) *resourceType {
	return exclusive(owner+"Name", "policyArns", exclusiveToken(name), policies.attaches(), policies.attached,
		func(c *client, of string, want []string) error {
			have, err := policies.attached(c.account, of)
			if err != nil {
				return err
			}
			for _, arn := range difference(want, have) {
				if err := policies.attach(c.account, of, arn); err != nil {
					return err
				}
			}
			for _, arn := range difference(have, want) {
				if err := policies.detach(c.account, of, arn); err != nil {
					return err
				}
			}
			return nil
		})
}

// exclusiveInline is the list of all inline policies of a user, group or role:
// what is not in it is deleted. It cannot make what is missing.
func exclusiveInline(owner, name string, policies policyOwner) *resourceType {
	return exclusive(owner+"Name", "policyNames", exclusiveToken(name), []string{"Delete" + policies.kind + "Policy"}, policies.inline,
		func(c *client, of string, want []string) error {
			have, err := policies.inline(c.account, of)
			if err != nil {
				return err
			}
			for _, policy := range difference(have, want) {
				if err := policies.deleteInline(c.account, of, policy); err != nil {
					return err
				}
			}
			return nil
		})
}

func exclusive(
	owner, list, token string,
	calls []string,
	have func(a *cloud.Account, of string) ([]string, error),
	sync func(c *client, of string, want []string) error,
) *resourceType {
	return &resourceType{
		token: token,
		inputs: []property{
			{name: owner, kind: aString, required: true, replaces: true},
			{name: list, kind: aSet, required: true},
		},
		calls: calls,
		create: func(c *client, in values) (string, values, error) {
			if err := sync(c, in.str(owner), in.strings(list)); err != nil {
				return "", nil, err
			}
			return in.str(owner), nil, nil
		},
		read: func(c *client, id string, _ values) (values, error) {
			now, err := have(c.account, id)
			if err != nil {
				return absent(err)
			}
			out := values{}
			out.setString(owner, id)
			out.setStrings(list, now)
			return out, nil
		},
		update: func(c *client, ch *change) error { return sync(c, ch.id, ch.new.strings(list)) },
		delete: func(*client, string, values) error { return nil },
		locate: byID,
	}
}
