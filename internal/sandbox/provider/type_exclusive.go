package provider

import (
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

// exclusiveAttachments is the list of all managed policies of a user, group or
// role. Others are detached. Deleting the list detaches nothing.
func exclusiveAttachments(name string, of principalPolicies) *resourceType {
	return exclusive(name, "policyArns", of, of.attaches(), of.attached, func(c *client, principal string, want []string) error {
		have, err := of.attached(c.account, principal)
		if err != nil {
			return err
		}
		for _, arn := range difference(want, have) {
			if err := of.attach(c.account, principal, arn); err != nil {
				return err
			}
		}
		for _, arn := range difference(have, want) {
			if err := of.detach(c.account, principal, arn); err != nil {
				return err
			}
		}
		return nil
	})
}

// exclusiveInline is the list of all inline policies of a user, group or role.
// Others are deleted. It cannot create policies.
func exclusiveInline(name string, of principalPolicies) *resourceType {
	calls := []string{"Delete" + of.kind + "Policy"}
	return exclusive(name, "policyNames", of, calls, of.inline, func(c *client, principal string, want []string) error {
		have, err := of.inline(c.account, principal)
		if err != nil {
			return err
		}
		for _, policy := range difference(have, want) {
			if err := of.deleteInline(c.account, principal, policy); err != nil {
				return err
			}
		}
		return nil
	})
}

// exclusivePolicies are the policies of a principal.
type exclusivePolicies struct {
	Principal string
	Policies  []string
}

func exclusive(
	name, list string,
	of principalPolicies,
	calls []string,
	have func(a *cloud.Account, principal string) ([]string, error),
	sync func(c *client, principal string, want []string) error,
) *resourceType {
	principalName := strings.ToLower(of.kind) + "Name"
	return &resourceType{
		token: "aws:iam/" + strings.ToLower(name[:1]) + name[1:] + ":" + name,
		inputs: []property{
			{name: principalName, kind: aString, field: "Principal", required: true, replaces: true},
			{name: list, kind: aSet, field: "Policies", required: true},
		},
		calls: calls,
		create: func(c *client, ch *change) (string, error) {
			principal := ch.new.str(principalName)
			if err := sync(c, principal, ch.new.strings(list)); err != nil {
				return "", err
			}
			return principal, nil
		},
		read: func(c *client, id string, _ values) (any, error) {
			policies, err := have(c.account, id)
			return found(exclusivePolicies{id, policies}, err)
		},
		update: func(c *client, ch *change) error { return sync(c, ch.id, ch.new.strings(list)) },
		delete: func(*client, string, values) error { return nil },
		locate: byID,
	}
}
