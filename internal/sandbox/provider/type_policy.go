package provider

import "iam-secured-api/internal/sandbox/cloud"

const maxPolicyVersions = 5

var policyType = &resourceType{
	token:    "aws:iam/policy:Policy",
	autoname: 128,
	inputs: []property{
		{name: "description", kind: aString, field: "Description", replaces: true},
		{name: propName, kind: aString, field: "PolicyName", replaces: true},
		{name: propNamePrefix, kind: aString, replaces: true},
		{name: propPath, kind: aString, field: "Path", replaces: true, byDefault: "/"},
		{name: "policy", kind: aDocument, field: "PolicyDocument", required: true},
		tagsInput,
	},
	outputs: []property{
		{name: "arn", field: "ARN"},
		{name: "attachmentCount", field: "AttachmentCount"},
		{name: "policyId", field: "PolicyID"},
	},
	unique:  propName,
	creates: "CreatePolicy",
	calls:   []string{"CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion"},
	tags:    "Policy",
	create: func(c *client, ch *change) (string, error) {
		in := filled[cloud.CreatePolicyInput](ch)
		in.PolicyName = ch.name()
		p, err := c.account.CreatePolicy(in)
		return p.ARN, err
	},
	read: readPolicy,
	update: func(c *client, ch *change) error {
		if !ch.of("policy") {
			return nil
		}
		if err := pruneVersions(c, ch.id, maxPolicyVersions-1); err != nil {
			return err
		}
		_, err := c.account.CreatePolicyVersion(ch.id, ch.new.str("policy"), true)
		return err
	},
	delete: func(c *client, id string, _ values) error {
		if err := pruneVersions(c, id, 1); err != nil {
			return err
		}
		return c.account.DeletePolicy(id)
	},
	locate: byID,
	list:   inAccount((*cloud.Account).ListPolicies, func(p cloud.Policy) string { return p.ARN }),
}

// policy is a policy with the document of its default version.
type policy struct {
	cloud.Policy
	PolicyDocument string
}

func readPolicy(c *client, id string, _ values) (any, error) {
	p, err := c.account.GetPolicy(id)
	if err != nil {
		return nil, tolerate(err)
	}
	v, err := c.account.GetPolicyVersion(id, p.DefaultVersionID)
	return found(policy{p, v.Document}, err)
}

// pruneVersions deletes the oldest versions of a policy, except for its
// default, until the given number is left.
func pruneVersions(c *client, arn string, left int) error {
	versions, err := c.account.ListPolicyVersions(arn)
	if err != nil {
		return err
	}
	for excess := len(versions) - left; len(versions) > 0; versions = versions[1:] {
		if excess <= 0 || versions[0].IsDefaultVersion {
			continue
		}
		if err := c.account.DeletePolicyVersion(arn, versions[0].VersionID); err != nil {
			return err
		}
		excess--
	}
	return nil
}
