package engine_test

import (
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// makeTask creates a role outside the stack, with a policy.
func makeTask(c *cloud.Cloud) {
	account := c.Account(cloud.APIAccount)
	sandboxtest.Must(account.CreateRole(cloud.CreateRoleInput{
		RoleName: "task", Path: "/batch/", AssumeRolePolicyDocument: sandboxtest.TrustService("ecs-tasks"),
	}))
	sandboxtest.OK(account.RolePolicies().Attach("task", "arn:aws:iam::aws:policy/AmazonECS_FullAccess"))
}

const taskArn = "arn:aws:iam::" + cloud.APIAccount + ":role/batch/task"

// staffPolicy returns the managed policies of the policy staff.
func staffPolicy(parts ...string) []string {
	var list []string
	for _, part := range parts {
		list = append(list, "iam/policy:Policy staff-invoke"+part)
	}
	return list
}

var elsewhereEdits = []edit{
	{name: "attach policies to a role made elsewhere", before: makeTask, steps: []step{
		{`{existingRoles: {task: {policies: [readOnly]}}}`, create(rolePolicy("task", "readOnly"))},
		{`{existingRoles: {"` + taskArn + `": {policies: [readOnly, admin]}}}`, create(rolePolicy("task", "admin"))},
		{`{existingRoles: {task: {policies: [admin]}}}`, remove(rolePolicy("task", "readOnly"))},
		{"", remove(rolePolicy("task", "admin"))},
	}},
	{name: "attach other managed policies to a role", steps: []step{
		{
			`{roles: {products-reader: {managedPolicies: [arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore]}}}`,
			harness.Join(create(rolePolicy("products-reader", "AmazonSSMManagedInstanceCore")), update(readerPolicies)),
		},
		{
			`{roles: {products-reader: {managedPolicies: [arn:aws:iam::aws:policy/service-role/Other, arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore]}}}`,
			harness.Join(create(rolePolicy("products-reader", "Other")), update(readerPolicies)),
		},
		{"", harness.Join(remove(rolePolicy("products-reader", "AmazonSSMManagedInstanceCore"), rolePolicy("products-reader", "Other")), update(readerPolicies))},
	}},
	{name: "name a policy for permission sets", steps: []step{
		{`{policies: {staff: {allow: [GET /products]}}}`, create(staffPolicy("")...)},
		{`{policies: {staff: {allow: [GET /products], name: Staff}}}`, replace(staffPolicy("")...)},
		{`{policies: {staff: {allow: [GET /products], name: Staff, documents: 3}}}`, create(staffPolicy("-1", "-2")...)},
		{`{policies: {staff: {allow: [GET /products], name: Team, path: /api/, documents: 3}}}`, replace(staffPolicy("", "-1", "-2")...)},
		{`{policies: {staff: {allow: [GET /products], name: Team, path: /api/}}}`, remove(staffPolicy("-1", "-2")...)},
		{"", remove(staffPolicy("")...)},
	}},
	{name: "name a policy that groups and roles have", steps: []step{
		{`{policies: {admin: {name: Admins, documents: 2}}}`, harness.Join(
			replace("iam/policy:Policy admin-invoke", groupPolicy("Admin-Group", "admin")),
			create("iam/policy:Policy admin-invoke-1", groupPolicy("Admin-Group", "admin-1")), update(adminPolicies),
		)},
	}},
}
