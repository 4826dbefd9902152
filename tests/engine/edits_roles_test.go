package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

var executorRole = harness.Changes{"update iam/role:Role api-gateway-executor-role-role"}

var roleEdits = []harness.Edit{
	{Name: "ask for an external id, a second factor and long sessions", Steps: []harness.Step{
		{Patch: `{crossAccountRoles: {api-gateway-executor-role: {externalId: shop-1}}}`, Changes: executorRole},
		{Patch: `{crossAccountRoles: {api-gateway-executor-role: {externalId: shop-2, requireMfa: true}}}`, Changes: executorRole},
		{Patch: `{crossAccountRoles: {api-gateway-executor-role: {requireMfa: true}}}`, Changes: executorRole},
		{Patch: `{crossAccountRoles: {api-gateway-executor-role: {maxSessionSeconds: 7200}}}`, Changes: executorRole},
		{Changes: executorRole},
	}},
	{Name: "trust others", Before: otherCallers, Steps: []harness.Step{
		{Patch: `{crossAccountRoles: {api-gateway-executor-role: {principals: [user/other-user, user/my-user]}}}`, Changes: executorRole},
		{Patch: `{crossAccountRoles: {api-gateway-executor-role: {principals: [user/my-user, user/other-user]}}}`, Changes: harness.Changes{}},
		{Patch: `{crossAccountRoles: {api-gateway-executor-role: {principals: [user/other-user, role/other-role]}}}`, Changes: executorRole},
		{Patch: `{crossAccountRoles: {api-gateway-executor-role: {principals: ["*"]}}}`, Changes: executorRole},
		{Changes: executorRole},
	}},
	{Name: "add an instance role and take it away", Steps: []harness.Step{
		{Patch: `{instanceRoles: {products-writer: {policies: [admin]}}}`, Changes: harness.Join(harness.InstanceRoleChanges("create", "products-writer", "admin"))},
		{Changes: harness.Join(harness.InstanceRoleChanges("delete", "products-writer", "admin"))},
	}},
	{Name: "rename an instance role", Steps: []harness.Step{
		{
			Patch: `{instanceRoles: {products-reader: null, reader: {policies: [readOnly]}}}`,
			Changes: harness.Join(
				harness.InstanceRoleChanges("create", "reader", "readOnly"), harness.InstanceRoleChanges("delete", "products-reader", "readOnly"),
			),
		},
	}},
	{Name: "add a cross-account role and take it away", Steps: []harness.Step{
		{
			Patch:   `{crossAccountRoles: {other-role: {accountId: "444455556666", principals: ["*"], policies: [admin, readOnly]}}}`,
			Changes: harness.Join(harness.RoleChanges("create", "other-role", "admin", "readOnly")),
		},
		{Changes: harness.Join(harness.RoleChanges("delete", "other-role", "admin", "readOnly"))},
	}},
	// Roles of all kinds share their names on AWS, and the engine creates before
	// it deletes: this takes two steps.
	{Name: "make a cross-account role of an instance role", Steps: []harness.Step{
		{Patch: `{instanceRoles: null, ` + readerOfOtherAccount + `}`, Refused: "EntityAlreadyExists"},
		{Patch: `{instanceRoles: null}`, Changes: harness.Join(harness.InstanceRoleChanges("delete", "products-reader", "readOnly"))},
		{
			Patch:   `{instanceRoles: null, ` + readerOfOtherAccount + `}`,
			Changes: harness.Join(harness.RoleChanges("create", "products-reader", "readOnly")),
		},
	}},
}

const readerOfOtherAccount = `crossAccountRoles: {products-reader: {accountId: "444455556666", principals: [user/my-user], policies: [readOnly]}}`

// otherCallers makes a user and a role in the other account.
func otherCallers(t testing.TB, c *cloud.Cloud) {
	account := c.Account(cloud.CallerAccount)
	_, err := account.CreateUser(cloud.CreateUserInput{UserName: "other-user"})
	require.NoError(t, err)
	_, err = account.CreateRole(cloud.CreateRoleInput{RoleName: "other-role", AssumeRolePolicyDocument: `{
		"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}`})
	require.NoError(t, err)
}
