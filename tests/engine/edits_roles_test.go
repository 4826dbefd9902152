package engine_test

import (
	"testing"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

var executorRole = harness.Changes{"update iam/role:Role api-gateway-executor-role-role"}

var roleEdits = []harness.Edit{
	{Name: "require an external id and MFA, and allow long sessions", Steps: []harness.Step{
		{Patch: `{roles: {api-gateway-executor-role: {trust: {externalId: shop-1}}}}`, Changes: executorRole},
		{Patch: `{roles: {api-gateway-executor-role: {trust: {externalId: shop-2, requireMfa: true}}}}`, Changes: executorRole},
		{Patch: `{roles: {api-gateway-executor-role: {trust: {requireMfa: true}}}}`, Changes: executorRole},
		{Patch: `{roles: {api-gateway-executor-role: {maxSessionSeconds: 7200}}}`, Changes: executorRole},
		{Changes: executorRole},
	}},
	{Name: "trust others", Before: otherCallers, Steps: []harness.Step{
		{Patch: `{roles: {api-gateway-executor-role: {trust: {principals: [user/other-user, user/my-user]}}}}`, Changes: executorRole},
		{Patch: `{roles: {api-gateway-executor-role: {trust: {principals: [user/my-user, user/other-user]}}}}`, Changes: harness.Changes{}},
		{Patch: `{roles: {api-gateway-executor-role: {trust: {principals: [user/other-user, role/other-role]}}}}`, Changes: executorRole},
		{Patch: `{roles: {api-gateway-executor-role: {trust: {principals: ["*"]}}}}`, Changes: executorRole},
		{Changes: executorRole},
	}},
	{Name: "add an instance role and remove it", Steps: []harness.Step{
		{Patch: `{roles: {products-writer: {trust: {service: ec2}, policies: [admin]}}}`, Changes: harness.Join(harness.InstanceRoleChanges("create", "products-writer", "admin"))},
		{Changes: harness.Join(harness.InstanceRoleChanges("delete", "products-writer", "admin"))},
	}},
	{Name: "rename an instance role", Steps: []harness.Step{
		{
			Patch: `{roles: {products-reader: null, reader: {trust: {service: ec2}, policies: [readOnly]}}}`,
			Changes: harness.Join(
				harness.InstanceRoleChanges("create", "reader", "readOnly"), harness.InstanceRoleChanges("delete", "products-reader", "readOnly"),
			),
		},
	}},
	{Name: "add a cross-account role and remove it", Steps: []harness.Step{
		{
			Patch:   `{roles: {other-role: {trust: {account: "444455556666", principals: ["*"]}, policies: [admin, readOnly]}}}`,
			Changes: harness.Join(harness.RoleChanges("create", "other-role", "admin", "readOnly")),
		},
		{Changes: harness.Join(harness.RoleChanges("delete", "other-role", "admin", "readOnly"))},
	}},
	{Name: "let another account assume a role for instances, and instances again", Steps: []harness.Step{
		{
			Patch:   `{roles: {products-reader: {trust: {service: null, account: "444455556666", principals: [user/my-user]}}}}`,
			Changes: harness.Changes{"delete iam/instanceProfile:InstanceProfile products-reader-profile", "update iam/role:Role products-reader-role"},
		},
		{Changes: harness.Changes{"create iam/instanceProfile:InstanceProfile products-reader-profile", "update iam/role:Role products-reader-role"}},
	}},
	{Name: "let a function assume a role for instances", Steps: []harness.Step{
		{
			Patch:   `{roles: {products-reader: {trust: {service: lambda}}}}`,
			Changes: harness.Changes{"delete iam/instanceProfile:InstanceProfile products-reader-profile", "update iam/role:Role products-reader-role"},
		},
	}},
}

// otherCallers creates a user and a role in the other account.
func otherCallers(_ testing.TB, c *cloud.Cloud) {
	account := c.Account(cloud.CallerAccount)
	Must(account.CreateUser(cloud.CreateUserInput{UserName: "other-user"}))
	Must(account.CreateRole(cloud.CreateRoleInput{RoleName: "other-role", AssumeRolePolicyDocument: TrustService("ec2")}))
}
