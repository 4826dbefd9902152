package provider

import "iam-secured-api/internal/sandbox/cloud"

const maxPolicyVersions = 5

var policyType = &resourceType{
	token:    "aws:iam/policy:Policy",
	autoname: 128,
	inputs: []property{
		{name: "description", kind: aString, replaces: true},
		{name: propName, kind: aString, replaces: true},
		{name: propNamePrefix, kind: aString, replaces: true},
		{name: propPath, kind: aString, replaces: true, byDefault: "/"},
		{name: "policy", kind: aDocument, required: true},
		tagsInput,
	},
	outputs: []string{"arn", "attachmentCount", "policyId", propTagsAll},
	unique:  propName,
	creates: "CreatePolicy",
	calls:   []string{"CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion"},
	tags:    iamTags("Policy", (*cloud.Account).TagPolicy, (*cloud.Account).UntagPolicy),
	create: func(c *client, in values) (string, values, error) {
		p, err := c.account.CreatePolicy(cloud.CreatePolicyInput{
			PolicyName: physicalName(in), Path: in.str(propPath), Description: in.str("description"),
			PolicyDocument: in.str("policy"), Tags: in.stringMap(propTags),
		})
		return p.ARN, nil, err
	},
	read: func(c *client, id string, _ values) (values, error) {
		p, err := c.account.GetPolicy(id)
		if err != nil {
			return absent(err)
		}
		v, err := c.account.GetPolicyVersion(id, p.DefaultVersionID)
		if err != nil {
			return absent(err)
		}
		out := values{}
		out.setString("description", p.Description)
		out.setName(p.PolicyName)
		out.setString(propPath, p.Path)
		out.setString("policy", v.Document)
		out.setMap(propTags, p.Tags)
		out.setString("arn", p.ARN)
		out.setNumber("attachmentCount", float64(p.AttachmentCount))
		out.setString("policyId", p.PolicyID)
		return out, nil
	},
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

// pruneVersions deletes the oldest versions of a policy that are not its
// default until so many are left.
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
