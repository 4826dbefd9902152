package provider

import (
	"fmt"
	"strings"

	"iam-secured-api/internal/sandbox/cloud"
)

// exclusiveAttachments is the list of all managed policies of a user, group or
// role. Others are detached. Deleting the list detaches nothing.
func exclusiveAttachments(kind string, of policiesOf) *resourceType {
	return exclusive(kind+"PolicyAttachmentsExclusive", kind, "policyArns", attachCalls(kind),
		func(a *cloud.Account, principal string) ([]string, error) { return of(a).Attached(principal) },
		func(a *cloud.Account, principal string, missing, others []string) error {
			for _, arn := range missing {
				if err := of(a).Attach(principal, arn); err != nil {
					return err
				}
			}
			for _, arn := range others {
				if err := of(a).Detach(principal, arn); err != nil {
					return err
				}
			}
			return nil
		})
}

// exclusiveInline is the list of all inline policies of a user, group or role.
// Others are deleted. It cannot create policies.
func exclusiveInline(kind string, of policiesOf) *resourceType {
	return exclusive(kind+"PoliciesExclusive", kind, "policyNames", []string{"Delete" + kind + "Policy"},
		func(a *cloud.Account, principal string) ([]string, error) { return of(a).Names(principal) },
		func(a *cloud.Account, principal string, _, others []string) error {
			for _, policy := range others {
				if err := of(a).Delete(principal, policy); err != nil {
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
	name, kind, list string, calls []string,
	get func(a *cloud.Account, principal string) ([]string, error),
	sync func(a *cloud.Account, principal string, missing, others []string) error,
) *resourceType {
	principalName := strings.ToLower(kind) + "Name"
	set := func(c *client, principal string, want []string) error {
		have, err := get(c.account, principal)
		if err != nil {
			return err
		}
		return sync(c.account, principal, difference(want, have), difference(have, want))
	}
	return &resourceType{
		token: fmt.Sprintf("aws:iam/%s%s:%s", strings.ToLower(name[:1]), name[1:], name),
		inputs: []property{
			{name: principalName, kind: aString, field: "Principal", required: true, replaces: true},
			{name: list, kind: aSet, field: "Policies", required: true},
		},
		calls:          calls,
		recordsCurrent: true,
		create: func(c *client, ch *change) (string, error) {
			principal := ch.new.str(principalName)
			if err := set(c, principal, ch.new.strings(list)); err != nil {
				return "", err
			}
			return principal, nil
		},
		read: func(c *client, id string, _ values) (any, error) {
			policies, err := get(c.account, id)
			return found(exclusivePolicies{id, policies}, err)
		},
		update: func(c *client, ch *change) error { return set(c, ch.id, ch.new.strings(list)) },
		delete: func(*client, string, values) error { return nil },
		locate: byID,
	}
}
