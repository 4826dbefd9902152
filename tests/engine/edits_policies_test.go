package engine_test

import "iam-secured-api/tests/harness"

// policyRenamed returns the changes of a renamed policy, which is attached
// wherever the old one was.
func policyRenamed(from, to string) harness.Changes {
	return harness.Join(harness.Changes{
		"create iam/policy:Policy " + to + "-invoke",
		"create iam/groupPolicyAttachment:GroupPolicyAttachment ReadOnly-Group-" + to,
		"create iam/rolePolicyAttachment:RolePolicyAttachment api-gateway-executor-role-" + to,
		"create iam/rolePolicyAttachment:RolePolicyAttachment products-reader-" + to,
		"update iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive ReadOnly-Group-policies",
		"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive api-gateway-executor-role-policies",
		"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-reader-policies",
		"delete iam/groupPolicyAttachment:GroupPolicyAttachment ReadOnly-Group-" + from,
		"delete iam/rolePolicyAttachment:RolePolicyAttachment api-gateway-executor-role-" + from,
		"delete iam/rolePolicyAttachment:RolePolicyAttachment products-reader-" + from,
		"delete iam/policy:Policy " + from + "-invoke",
	})
}

// groupPolicy returns the changes of a group's policies.
func groupPolicy(op, group, policy string) harness.Changes {
	return harness.Changes{
		op + " iam/groupPolicyAttachment:GroupPolicyAttachment " + group + "-" + policy,
		"update iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive " + group + "-policies",
	}
}

var bothPolicies = harness.Changes{"update iam/policy:Policy admin-invoke", "update iam/policy:Policy readOnly-invoke"}

var policyEdits = []harness.Edit{
	{Name: "change what a policy allows", Steps: []harness.Step{
		{Patch: `{policies: {readOnly: {allow: [GET /products, POST /products]}}}`, Changes: harness.Changes{"update iam/policy:Policy readOnly-invoke"}},
		{Patch: `{policies: {readOnly: {allow: ["*"]}, admin: {allow: [GET *]}}}`, Changes: bothPolicies},
		{Changes: bothPolicies},
	}},
	{Name: "write what a policy allows in other words", Steps: []harness.Step{
		{Patch: `{policies: {readOnly: {allow: [GET *]}}}`, Changes: harness.Changes{}},
	}},
	{Name: "add a policy that nobody has and take it away", Steps: []harness.Step{
		{Patch: `{policies: {writeOnly: {allow: [POST /products]}}}`, Changes: harness.Changes{"create iam/policy:Policy writeOnly-invoke"}},
		{Changes: harness.Changes{"delete iam/policy:Policy writeOnly-invoke"}},
	}},
	{Name: "give a group another policy and take it away", Steps: []harness.Step{
		{
			Patch:   `{policies: {writeOnly: {allow: [POST /products]}}, groups: {ReadOnly-Group: {policies: [readOnly, writeOnly]}}}`,
			Changes: harness.Join(groupPolicy("create", "ReadOnly-Group", "writeOnly"), harness.Changes{"create iam/policy:Policy writeOnly-invoke"}),
		},
		{Changes: harness.Join(groupPolicy("delete", "ReadOnly-Group", "writeOnly"), harness.Changes{"delete iam/policy:Policy writeOnly-invoke"})},
	}},
	{Name: "rename a policy", Steps: []harness.Step{
		{Patch: `
policies: {readOnly: null, readers: {allow: [GET /products]}}
groups: {ReadOnly-Group: {policies: [readers]}}
roles: {products-reader: {policies: [readers]}, api-gateway-executor-role: {policies: [readers]}}`, Changes: policyRenamed("readOnly", "readers")},
		{Changes: policyRenamed("readers", "readOnly")},
	}},
	{Name: "move a policy from one group to another", Steps: []harness.Step{
		{
			Patch:   `{groups: {Admin-Group: {policies: []}, ReadOnly-Group: {policies: [readOnly, admin]}}}`,
			Changes: harness.Join(groupPolicy("delete", "Admin-Group", "admin"), groupPolicy("create", "ReadOnly-Group", "admin")),
		},
		{Changes: harness.Join(groupPolicy("create", "Admin-Group", "admin"), groupPolicy("delete", "ReadOnly-Group", "admin"))},
	}},
	{Name: "swap the policies of two groups", Steps: []harness.Step{
		{
			Patch: `{groups: {Admin-Group: {policies: [readOnly]}, ReadOnly-Group: {policies: [admin]}}}`,
			Changes: harness.Join(
				groupPolicy("delete", "Admin-Group", "admin"), groupPolicy("create", "Admin-Group", "readOnly"),
				groupPolicy("create", "ReadOnly-Group", "admin"), groupPolicy("delete", "ReadOnly-Group", "readOnly"),
			),
		},
	}},
	{Name: "take all policies from a role and give them back", Steps: []harness.Step{
		{Patch: `{roles: {products-reader: {policies: []}}}`, Changes: harness.Changes{
			"delete iam/rolePolicyAttachment:RolePolicyAttachment products-reader-readOnly",
			"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-reader-policies",
		}},
		{Changes: harness.Changes{
			"create iam/rolePolicyAttachment:RolePolicyAttachment products-reader-readOnly",
			"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-reader-policies",
		}},
	}},
}
