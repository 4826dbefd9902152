package engine_test

import "iam-secured-api/tests/harness"

// groupPolicy and rolePolicy return attachments.
func groupPolicy(group, policy string) string {
	return "iam/groupPolicyAttachment:GroupPolicyAttachment " + group + "-" + policy
}

func rolePolicy(role, policy string) string {
	return "iam/rolePolicyAttachment:RolePolicyAttachment " + role + "-" + policy
}

// readersOf returns a policy and all attachments that readOnly has.
func readersOf(policy string) []string {
	return []string{
		"iam/policy:Policy " + policy + "-invoke", groupPolicy("ReadOnly-Group", policy),
		rolePolicy("api-gateway-executor-role", policy), rolePolicy("products-reader", policy),
	}
}

// policyRenamed returns the changes of a policy that is attached wherever the old one
// was.
func policyRenamed(from, to string) harness.Changes {
	return harness.Join(create(readersOf(to)...), remove(readersOf(from)...), update(readOnlyPolicies, executorPolicies, readerPolicies))
}

var policyEdits = []edit{
	{name: "change what a policy allows", steps: []step{
		{`{policies: {readOnly: {allow: [GET /products, POST /products]}}}`, update(readOnly)},
		{`{policies: {readOnly: {allow: ["*"]}, admin: {allow: [GET *]}}}`, update(admin, readOnly)},
		{"", update(admin, readOnly)},
	}},
	{name: "write what a policy allows in other words", steps: []step{
		{`{policies: {readOnly: {allow: [GET *]}}}`, harness.Changes{}},
	}},
	{name: "add a policy that nobody has and remove it", steps: []step{
		{`{policies: {writeOnly: {allow: [POST /products]}}}`, create("iam/policy:Policy writeOnly-invoke")},
		{"", remove("iam/policy:Policy writeOnly-invoke")},
	}},
	{name: "attach another policy to a group and detach it", steps: []step{
		{
			`{policies: {writeOnly: {allow: [POST /products]}}, groups: {ReadOnly-Group: {policies: [readOnly, writeOnly]}}}`,
			harness.Join(create("iam/policy:Policy writeOnly-invoke", groupPolicy("ReadOnly-Group", "writeOnly")), update(readOnlyPolicies)),
		},
		{"", harness.Join(remove("iam/policy:Policy writeOnly-invoke", groupPolicy("ReadOnly-Group", "writeOnly")), update(readOnlyPolicies))},
	}},
	{name: "rename a policy", steps: []step{
		{`
policies: {readOnly: null, readers: {allow: [GET /products]}}
groups: {ReadOnly-Group: {policies: [readers]}}
roles: {products-reader: {policies: [readers]}, api-gateway-executor-role: {policies: [readers]}}`, policyRenamed("readOnly", "readers")},
		{"", policyRenamed("readers", "readOnly")},
	}},
	{name: "move a policy from one group to another", steps: []step{
		{
			`{groups: {Admin-Group: {policies: []}, ReadOnly-Group: {policies: [readOnly, admin]}}}`,
			harness.Join(remove(groupPolicy("Admin-Group", "admin")), create(groupPolicy("ReadOnly-Group", "admin")), update(adminPolicies, readOnlyPolicies)),
		},
		{"", harness.Join(create(groupPolicy("Admin-Group", "admin")), remove(groupPolicy("ReadOnly-Group", "admin")), update(adminPolicies, readOnlyPolicies))},
	}},
	{name: "swap the policies of two groups", steps: []step{
		{`{groups: {Admin-Group: {policies: [readOnly]}, ReadOnly-Group: {policies: [admin]}}}`, harness.Join(
			remove(groupPolicy("Admin-Group", "admin"), groupPolicy("ReadOnly-Group", "readOnly")),
			create(groupPolicy("Admin-Group", "readOnly"), groupPolicy("ReadOnly-Group", "admin")),
			update(adminPolicies, readOnlyPolicies),
		)},
	}},
	{name: "detach all policies from a role and attach them again", steps: []step{
		{`{roles: {products-reader: {policies: []}}}`, harness.Join(remove(rolePolicy("products-reader", "readOnly")), update(readerPolicies))},
		{"", harness.Join(create(rolePolicy("products-reader", "readOnly")), update(readerPolicies))},
	}},
}

// readOnlyWith adds conditions to the policy readOnly.
func readOnlyWith(conditions string) string {
	return `{policies: {readOnly: {conditions: {` + conditions + `}}}}`
}

var conditionEdits = []edit{
	{name: "add conditions, change each and remove them", previews: true, steps: []step{
		{readOnlyWith(`sourceCidrs: [203.0.113.0/24]`), update(readOnly)},
		{readOnlyWith(`sourceCidrs: [203.0.113.0/24, 198.51.100.7]`), update(readOnly)},
		{readOnlyWith(`notBefore: "2026-01-31T08:00:00Z", notAfter: "2030-01-31T08:00:00Z"`), update(readOnly)},
		{readOnlyWith(`notBefore: "2026-01-31T08:00:00Z"`), update(readOnly)},
		{readOnlyWith(`secureTransport: true, principalOrgId: o-exampleorg1`), update(readOnly)},
		{readOnlyWith(`principalTags: {team: shop}`), update(readOnly)},
		{readOnlyWith(`principalTags: {team: shop, phase: trial}`), update(readOnly)},
		{"", update(readOnly)},
	}},
	{name: "write conditions in other words", steps: []step{
		{readOnlyWith(`sourceCidrs: [203.0.113.0/24, 198.51.100.7]`), update(readOnly)},
		{readOnlyWith(`sourceCidrs: [198.51.100.7/32, 203.0.113.0/24], requireMfa: false`), harness.Changes{}},
		{readOnlyWith(`sourceCidrs: [203.0.113.0/24, 198.51.100.7], notAfter: "2030-01-31T08:00:00Z"`), update(readOnly)},
		{readOnlyWith(`sourceCidrs: [203.0.113.0/24, 198.51.100.7], notAfter: 2030-01-31T08:00:00Z`), harness.Changes{}},
	}},
	{name: "require MFA and stop requiring it", steps: []step{
		{`{policies: {admin: {conditions: {requireMfa: true}}}}`, update(admin)},
		{"", update(admin)},
	}},
	{name: "change routes and conditions at once", steps: []step{
		{`{policies: {readOnly: {allow: [GET *, POST *], conditions: {secureTransport: true}}}}`, update(readOnly)},
		{"", update(readOnly)},
	}},
}
