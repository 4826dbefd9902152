package engine_test

import (
	"iam-secured-api/tests/harness"
)

// members are the changes of groups' members.
func members(groups ...string) harness.Changes {
	changes := harness.Changes{}
	for _, group := range groups {
		changes = append(changes, "update iam/groupMembership:GroupMembership "+group+"-members")
	}
	return changes
}

var groupEdits = []harness.Edit{
	{Name: "rename a group", Steps: []harness.Step{
		{
			Patch:   `{groups: {ReadOnly-Group: null, Readers: {policies: [readOnly]}}, users: {john-readonly: {groups: [Readers]}}}`,
			Changes: harness.Join(harness.GroupChanges("create", "Readers", "readOnly"), harness.GroupChanges("delete", "ReadOnly-Group", "readOnly")),
		},
		{Changes: harness.Join(harness.GroupChanges("delete", "Readers", "readOnly"), harness.GroupChanges("create", "ReadOnly-Group", "readOnly"))},
	}},
	{Name: "add a group without members and policies and remove it", Steps: []harness.Step{
		{Patch: `{groups: {Guests: {}}}`, Changes: harness.GroupChanges("create", "Guests")},
		{Changes: harness.GroupChanges("delete", "Guests")},
	}},
	{Name: "move a user", Steps: []harness.Step{
		{Patch: `{users: {john-readonly: {groups: [Admin-Group]}}}`, Changes: members("Admin-Group", "ReadOnly-Group")},
		{Patch: `{users: {john-readonly: {groups: [Admin-Group, ReadOnly-Group]}}}`, Changes: members("ReadOnly-Group")},
		{Patch: `{users: {john-readonly: {groups: []}}}`, Changes: members("Admin-Group", "ReadOnly-Group")},
		{Changes: members("ReadOnly-Group")},
	}},
}

var userEdits = []harness.Edit{
	{Name: "add a user and remove it", Steps: []harness.Step{
		{
			Patch:   `{users: {joe-readonly: {groups: [ReadOnly-Group]}}}`,
			Changes: harness.Join(harness.UserChanges("create", "joe-readonly", false), members("ReadOnly-Group")),
		},
		{Changes: harness.Join(harness.UserChanges("delete", "joe-readonly", false), members("ReadOnly-Group"))},
	}},
	{Name: "remove a user with a key and add it again", Steps: []harness.Step{
		{
			Patch:   `{users: {john-readonly: null}}`,
			Changes: harness.Join(harness.UserChanges("delete", "john-readonly", true), members("ReadOnly-Group")),
		},
		{Changes: harness.Join(harness.UserChanges("create", "john-readonly", true), members("ReadOnly-Group"))},
	}},
	{Name: "rename a user", Steps: []harness.Step{
		{
			Patch: `{users: {john-readonly: null, johanna-readonly: {groups: [ReadOnly-Group], accessKey: true}}}`,
			Changes: harness.Join(
				harness.UserChanges("create", "johanna-readonly", true), harness.UserChanges("delete", "john-readonly", true), members("ReadOnly-Group"),
			),
		},
	}},
	{Name: "delete a key and create it again", Steps: []harness.Step{
		{Patch: `{users: {john-readonly: {accessKey: false}}}`, Changes: harness.Changes{"delete iam/accessKey:AccessKey john-readonly-key"}},
		{Changes: harness.Changes{"create iam/accessKey:AccessKey john-readonly-key"}},
	}},
}

var largeEdits = []harness.Edit{
	{Name: "several edits at once", Previews: true, Steps: []harness.Step{
		{
			Patch: `
stageName: live
routes: {GET /orders: {}, POST /products: null}
policies: {readOnly: {allow: [GET /products, GET /orders]}, orders: {allow: [GET /orders]}}
groups: {Order-Group: {policies: [orders, readOnly]}}
users: {john-readonly: {groups: [Order-Group], accessKey: false}, jane-admin: null, joe-orders: {groups: [Order-Group, Admin-Group]}}
roles: {products-reader: {policies: [orders]}, api-gateway-executor-role: {trust: {externalId: shop-1}, maxSessionSeconds: 43200}}
throttle: {rateLimit: 10, burstLimit: 20}
tags: {team: shop}`,
			Changes: severalEdits("create", "delete"),
		},
		{Changes: severalEdits("delete", "create")},
	}},
	{Name: "deploy a completely different configuration", Previews: true, Steps: []harness.Step{
		{
			Patch: `
apiName: Orders
stageName: $default
routes: {GET /products: null, POST /products: null, "ANY /orders/{proxy+}": {}, GET /health: {authorization: none}}
policies: {readOnly: null, admin: null, orders: {allow: ["ANY /orders/{proxy+}"]}}
groups: {ReadOnly-Group: null, Admin-Group: null, Order-Group: {policies: [orders]}}
users: {john-readonly: null, jane-admin: null, olga: {groups: [Order-Group]}}
roles: {products-reader: null, api-gateway-executor-role: null, orders-role: {trust: {account: "444455556666", principals: [user/my-user]}, policies: [orders]}}
backend: {archive: null, url: "https://orders.example.com/v2"}`,
			Changes: somethingElse("create", "delete"),
		},
		{Changes: somethingElse("delete", "create")},
	}},
}

// stageReplaced are the changes of a renamed stage.
var stageReplaced = harness.Changes{
	"create-replacement apigatewayv2/stage:Stage api-stage",
	"delete-replaced apigatewayv2/stage:Stage api-stage",
}

// severalEdits returns the changes of several edits: the new is created and the
// old deleted, or the other way round.
func severalEdits(made, unmade string) harness.Changes {
	return harness.Join(
		stageReplaced, members("Admin-Group", "ReadOnly-Group"),
		harness.GroupChanges(made, "Order-Group", "orders", "readOnly"),
		harness.UserChanges(made, "joe-orders", false), harness.UserChanges(unmade, "jane-admin", true),
		harness.Changes{
			made + " apigatewayv2/route:Route api-GET /orders",
			made + " iam/policy:Policy orders-invoke",
			made + " iam/rolePolicyAttachment:RolePolicyAttachment products-reader-orders",
			unmade + " apigatewayv2/route:Route api-POST /products",
			unmade + " iam/accessKey:AccessKey john-readonly-key",
			unmade + " iam/rolePolicyAttachment:RolePolicyAttachment products-reader-readOnly",
			"update apigatewayv2/api:Api api-api",
			"update cloudwatch/logGroup:LogGroup api-access-log",
			"update cloudwatch/logGroup:LogGroup products-log",
			"update dynamodb/table:Table products-table",
			"update iam/instanceProfile:InstanceProfile products-reader-profile",
			"update iam/policy:Policy admin-invoke",
			"update iam/policy:Policy products-service",
			"update iam/policy:Policy readOnly-invoke",
			"update iam/role:Role api-gateway-executor-role-role",
			"update iam/role:Role products-reader-role",
			"update iam/role:Role products-role",
			"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-reader-policies",
			"update iam/user:User john-readonly-user",
			"update lambda/function:Function products-function",
			"create-replacement lambda/permission:Permission api-permission",
			"delete-replaced lambda/permission:Permission api-permission",
		},
	)
}

// somethingElse returns the changes of another configuration: the new is
// created and the old deleted, or the other way round.
func somethingElse(made, unmade string) harness.Changes {
	return harness.Join(
		stageReplaced, harness.ServiceChanges(unmade),
		harness.GroupChanges(made, "Order-Group", "orders"), harness.UserChanges(made, "olga", false),
		harness.RoleChanges(made, "orders-role", "orders"),
		harness.GroupChanges(unmade, "Admin-Group", "admin"), harness.GroupChanges(unmade, "ReadOnly-Group", "readOnly"),
		harness.UserChanges(unmade, "jane-admin", true), harness.UserChanges(unmade, "john-readonly", true),
		harness.RoleChanges(unmade, "api-gateway-executor-role", "readOnly"),
		harness.InstanceRoleChanges(unmade, "products-reader", "readOnly"),
		harness.Changes{
			made + " apigatewayv2/route:Route api-ANY /orders/{proxy+}",
			made + " apigatewayv2/route:Route api-GET /health",
			made + " iam/policy:Policy orders-invoke",
			unmade + " apigatewayv2/route:Route api-GET /products",
			unmade + " apigatewayv2/route:Route api-POST /products",
			unmade + " iam/policy:Policy admin-invoke",
			unmade + " iam/policy:Policy readOnly-invoke",
			"update apigatewayv2/api:Api api-api",
			"create-replacement apigatewayv2/integration:Integration api-backend",
			"delete-replaced apigatewayv2/integration:Integration api-backend",
		},
	)
}
