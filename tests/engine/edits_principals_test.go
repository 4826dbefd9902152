package engine_test

import (
	"slices"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

var principalEdits = []edit{
	{name: "rename a group", steps: []step{
		{
			`{groups: {ReadOnly-Group: null, Readers: {policies: [readOnly]}}, users: {john-readonly: {groups: [Readers]}}}`,
			harness.Join(create(names.Group("Readers", "readOnly")...), remove(names.Group("ReadOnly-Group", "readOnly")...)),
		},
		{"", harness.Join(remove(names.Group("Readers", "readOnly")...), create(names.Group("ReadOnly-Group", "readOnly")...))},
	}},
	{name: "add a group without members and policies and remove it", steps: []step{
		{`{groups: {Guests: {}}}`, create(names.Group("Guests")...)},
		{"", remove(names.Group("Guests")...)},
	}},
	{name: "move a user", steps: []step{
		{`{users: {john-readonly: {groups: [Admin-Group]}}}`, update(adminMembers, readOnlyMembers)},
		{`{users: {john-readonly: {groups: [Admin-Group, ReadOnly-Group]}}}`, update(readOnlyMembers)},
		{`{users: {john-readonly: {groups: []}}}`, update(adminMembers, readOnlyMembers)},
		{"", update(readOnlyMembers)},
	}},
	{name: "add a user and remove it", steps: []step{
		{`{users: {joe-readonly: {groups: [ReadOnly-Group]}}}`, harness.Join(create(names.User("joe-readonly", false)...), update(readOnlyMembers))},
		{"", harness.Join(remove(names.User("joe-readonly", false)...), update(readOnlyMembers))},
	}},
	{name: "remove a user with a key and add it again", steps: []step{
		{`{users: {john-readonly: null}}`, harness.Join(remove(names.User("john-readonly", true)...), update(readOnlyMembers))},
		{"", harness.Join(create(names.User("john-readonly", true)...), update(readOnlyMembers))},
	}},
	{name: "rename a user", steps: []step{
		{
			`{users: {john-readonly: null, johanna-readonly: {groups: [ReadOnly-Group], accessKey: true}}}`,
			harness.Join(create(names.User("johanna-readonly", true)...), remove(names.User("john-readonly", true)...), update(readOnlyMembers)),
		},
	}},
	{name: "delete a key and create it again", steps: []step{
		{`{users: {john-readonly: {accessKey: false}}}`, remove(johnsKey)},
		{"", create(johnsKey)},
	}},
	{name: "require an external id and MFA, and allow long sessions", steps: []step{
		{`{roles: {api-gateway-executor-role: {trust: {externalId: shop-1}}}}`, update(executorRole)},
		{`{roles: {api-gateway-executor-role: {trust: {externalId: shop-2, requireMfa: true}}}}`, update(executorRole)},
		{`{roles: {api-gateway-executor-role: {trust: {requireMfa: true}}}}`, update(executorRole)},
		{`{roles: {api-gateway-executor-role: {maxSessionSeconds: 7200}}}`, update(executorRole)},
		{"", update(executorRole)},
	}},
	{name: "trust other principals", before: otherPrincipals, steps: []step{
		{`{roles: {api-gateway-executor-role: {trust: {principals: [user/other-user, user/my-user]}}}}`, update(executorRole)},
		{`{roles: {api-gateway-executor-role: {trust: {principals: [user/my-user, user/other-user]}}}}`, harness.Changes{}},
		{`{roles: {api-gateway-executor-role: {trust: {principals: [user/other-user, role/other-role]}}}}`, update(executorRole)},
		{`{roles: {api-gateway-executor-role: {trust: {principals: ["*"]}}}}`, update(executorRole)},
		{"", update(executorRole)},
	}},
	{name: "add an instance role and remove it", steps: []step{
		{`{roles: {products-writer: {trust: {service: ec2}, policies: [admin]}}}`, create(names.InstanceRole("products-writer", "admin")...)},
		{"", remove(names.InstanceRole("products-writer", "admin")...)},
	}},
	{name: "rename an instance role", steps: []step{
		{
			`{roles: {products-reader: null, reader: {trust: {service: ec2}, policies: [readOnly]}}}`,
			harness.Join(create(names.InstanceRole("reader", "readOnly")...), remove(names.InstanceRole("products-reader", "readOnly")...)),
		},
	}},
	{name: "add a cross-account role and remove it", steps: []step{
		{
			`{roles: {other-role: {trust: {account: "444455556666", principals: ["*"]}, policies: [admin, readOnly]}}}`,
			create(names.Role("other-role", "admin", "readOnly")...),
		},
		{"", remove(names.Role("other-role", "admin", "readOnly")...)},
	}},
	{name: "let another account assume a role for instances, and instances again", steps: []step{
		{
			`{roles: {products-reader: {trust: {service: null, account: "444455556666", principals: [user/my-user]}}}}`,
			harness.Join(remove(readerProfile), update(readerRole)),
		},
		{"", harness.Join(create(readerProfile), update(readerRole))},
	}},
	{name: "let a function assume a role for instances", steps: []step{
		{`{roles: {products-reader: {trust: {service: lambda}}}}`, harness.Join(remove(readerProfile), update(readerRole))},
	}},
}

// otherPrincipals creates a user and a role in the other account.
func otherPrincipals(c *cloud.Cloud) {
	account := c.Account(cloud.CallerAccount)
	Must(account.CreateUser(cloud.CreateUserInput{UserName: "other-user"}))
	Must(account.CreateRole(cloud.CreateRoleInput{RoleName: "other-role", AssumeRolePolicyDocument: TrustService("ec2")}))
}

var largeEdits = []edit{
	{name: "several edits at once", previews: true, steps: []step{
		{`
stageName: live
routes: {GET /orders: {}, POST /products: null}
policies: {readOnly: {allow: [GET /products, GET /orders]}, orders: {allow: [GET /orders]}}
groups: {Order-Group: {policies: [orders, readOnly]}}
users: {john-readonly: {groups: [Order-Group], accessKey: false}, jane-admin: null, joe-orders: {groups: [Order-Group, Admin-Group]}}
roles: {products-reader: {policies: [orders]}, api-gateway-executor-role: {trust: {externalId: shop-1}, maxSessionSeconds: 43200}}
throttle: {rateLimit: 10, burstLimit: 20}
tags: {team: shop}`, severalEdits(create, remove)},
		{"", severalEdits(remove, create)},
	}},
	{name: "deploy a completely different configuration", previews: true, steps: []step{
		{`
apiName: Orders
stageName: $default
routes: {GET /products: null, POST /products: null, "ANY /orders/{proxy+}": {}, GET /health: {authorization: none}}
policies: {readOnly: null, admin: null, orders: {allow: ["ANY /orders/{proxy+}"]}}
groups: {ReadOnly-Group: null, Admin-Group: null, Order-Group: {policies: [orders]}}
users: {john-readonly: null, jane-admin: null, olga: {groups: [Order-Group]}}
roles: {products-reader: null, api-gateway-executor-role: null, orders-role: {trust: {account: "444455556666", principals: [user/my-user]}, policies: [orders]}}
backend: {archive: null, url: "https://orders.example.com/v2"}`, otherConfiguration(create, remove)},
		{"", otherConfiguration(remove, create)},
	}},
}

// severalEdits returns the changes of the edit above. The arguments are swapped for the
// way back.
func severalEdits(create, remove func(...string) harness.Changes) harness.Changes {
	without := func(resources []string, others ...string) []string {
		return slices.DeleteFunc(slices.Clone(resources), func(r string) bool { return slices.Contains(others, r) })
	}
	return harness.Join(
		create(slices.Concat(
			names.Group("Order-Group", "orders", "readOnly"), names.User("joe-orders", false),
			[]string{"apigatewayv2/route:Route api-GET /orders", names.Policy("orders"), rolePolicy("products-reader", "orders")},
		)...),
		remove(append(names.User("jane-admin", true), postRoute, johnsKey, rolePolicy("products-reader", "readOnly"))...),
		replace(theStage, thePermission),
		update(without(tagged, theStage, "iam/user:User jane-admin-user")...),
		update(adminMembers, readOnlyMembers, readerPolicies),
	)
}

// otherConfiguration returns the changes of the other edit above.
func otherConfiguration(create, remove func(...string) harness.Changes) harness.Changes {
	return harness.Join(
		create(slices.Concat(
			names.Group("Order-Group", "orders"), names.User("olga", false), names.Role("orders-role", "orders"),
			[]string{
				"apigatewayv2/route:Route api-ANY /orders/{proxy+}", "apigatewayv2/route:Route api-GET /health", names.Policy("orders"),
				"apigatewayv2/integration:Integration api-open-backend",
			},
		)...),
		remove(slices.Concat(
			serviceResources(), names.Group("Admin-Group", "admin"), names.Group("ReadOnly-Group", "readOnly"),
			names.User("jane-admin", true), names.User("john-readonly", true),
			names.Role("api-gateway-executor-role", "readOnly"), names.InstanceRole("products-reader", "readOnly"),
			[]string{getRoute, postRoute, admin, readOnly},
		)...),
		update(theAPI), replace(theIntegration, theStage),
	)
}
