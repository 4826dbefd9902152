package engine_test

import (
	"testing"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// stageRenamed returns the changes of a stage that is replaced. Policies and
// the function's permission name the new one.
var stageRenamed = harness.Changes{
	"create-replacement apigatewayv2/stage:Stage api-stage",
	"create-replacement lambda/permission:Permission api-permission",
	"delete-replaced apigatewayv2/stage:Stage api-stage",
	"delete-replaced lambda/permission:Permission api-permission",
	"update iam/policy:Policy admin-invoke",
	"update iam/policy:Policy readOnly-invoke",
}

var retention = harness.Changes{
	"update cloudwatch/logGroup:LogGroup api-access-log",
	"update cloudwatch/logGroup:LogGroup products-log",
}

var apiEdits = []harness.Edit{
	{Name: "add a route and remove it", Steps: []harness.Step{
		{Patch: `{routes: {"GET /orders/{id}": {}}}`, Changes: harness.Changes{"create apigatewayv2/route:Route api-GET /orders/{id}"}},
		{Changes: harness.Changes{"delete apigatewayv2/route:Route api-GET /orders/{id}"}},
	}},
	{Name: "remove a route and put it back", Steps: []harness.Step{
		{Patch: `{routes: {POST /products: null}}`, Changes: harness.Changes{"delete apigatewayv2/route:Route api-POST /products"}},
		{Changes: harness.Changes{"create apigatewayv2/route:Route api-POST /products"}},
	}},
	{Name: "open a route and close it", Steps: []harness.Step{
		{Patch: `{routes: {GET /products: {authorization: none}}}`, Changes: harness.Changes{"update apigatewayv2/route:Route api-GET /products"}},
		{Patch: `{routes: {GET /products: {authorization: iam}}}`, Changes: harness.Changes{"update apigatewayv2/route:Route api-GET /products"}},
	}},
	{Name: "rename the stage", Steps: []harness.Step{
		{Patch: `{stageName: live}`, Changes: stageRenamed},
		{Patch: `{stageName: $default}`, Changes: stageRenamed},
		{Changes: stageRenamed},
	}},
	{Name: "change the throttle", Steps: []harness.Step{
		{Patch: `{throttle: {rateLimit: 100, burstLimit: 300}}`, Changes: harness.Changes{"update apigatewayv2/stage:Stage api-stage"}},
		{Patch: `{throttle: {rateLimit: 0.5, burstLimit: 300}}`, Changes: harness.Changes{"update apigatewayv2/stage:Stage api-stage"}},
		{Changes: harness.Changes{"update apigatewayv2/stage:Stage api-stage"}},
	}},
	{Name: "change the log retention", Steps: []harness.Step{
		{Patch: `{accessLog: {retentionDays: 400}}`, Changes: retention},
		{Changes: retention},
	}},
	{Name: "rename the API", Steps: []harness.Step{
		{Patch: `{apiName: Orders}`, Changes: harness.Changes{"update apigatewayv2/api:Api api-api"}},
		{Changes: harness.Changes{"update apigatewayv2/api:Api api-api"}},
	}},
}

// boundedAll are the changes of everything that can have a boundary.
var boundedAll = harness.Changes{
	"update iam/role:Role api-gateway-executor-role-role",
	"update iam/role:Role products-reader-role",
	"update iam/role:Role products-role",
	"update iam/user:User jane-admin-user",
	"update iam/user:User john-readonly-user",
}

// taggedAll are the changes of everything that can have tags.
var taggedAll = harness.Join(boundedAll, harness.Changes{
	"update apigatewayv2/api:Api api-api",
	"update apigatewayv2/stage:Stage api-stage",
	"update cloudwatch/logGroup:LogGroup api-access-log",
	"update cloudwatch/logGroup:LogGroup products-log",
	"update dynamodb/table:Table products-table",
	"update iam/instanceProfile:InstanceProfile products-reader-profile",
	"update iam/policy:Policy admin-invoke",
	"update iam/policy:Policy products-service",
	"update iam/policy:Policy readOnly-invoke",
	"update lambda/function:Function products-function",
})

var otherEdits = []harness.Edit{
	{Name: "add a boundary, change it and remove it", Before: boundary, Steps: []harness.Step{
		{Patch: `{permissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess"}`, Changes: boundedAll},
		{Patch: `{permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary"}`, Changes: boundedAll},
		{Changes: boundedAll},
	}},
	{Name: "add tags, change them and remove them", Steps: []harness.Step{
		{Patch: `{tags: {team: shop, stage: test}}`, Changes: taggedAll},
		{Patch: `{tags: {team: store, owner: jane}}`, Changes: taggedAll},
		{Changes: taggedAll},
	}},
}

// boundary creates a policy in the account that is used as a boundary.
func boundary(_ testing.TB, c *cloud.Cloud) {
	Must(c.Account(cloud.APIAccount).CreatePolicy(cloud.CreatePolicyInput{
		PolicyName: "boundary", PolicyDocument: Document("Allow", "execute-api:Invoke", "*"),
	}))
}
