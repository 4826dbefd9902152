package engine_test

import (
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

// Resources of the sandbox stack.
const (
	theAPI         = "apigatewayv2/api:Api api-api"
	theStage       = "apigatewayv2/stage:Stage api-stage"
	theIntegration = "apigatewayv2/integration:Integration api-backend"
	getRoute       = "apigatewayv2/route:Route api-GET /products"
	postRoute      = "apigatewayv2/route:Route api-POST /products"
	accessLog      = "cloudwatch/logGroup:LogGroup api-access-log"
	functionLog    = "cloudwatch/logGroup:LogGroup products-log"
	theFunction    = "lambda/function:Function products-function"
	thePermission  = "lambda/permission:Permission api-permission"
	theTable       = "dynamodb/table:Table products-table"
	readOnly       = "iam/policy:Policy readOnly-invoke"
	admin          = "iam/policy:Policy admin-invoke"
	servicePolicy  = "iam/policy:Policy products-service"
	functionRole   = "iam/role:Role products-role"
	readerRole     = "iam/role:Role products-reader-role"
	readerProfile  = "iam/instanceProfile:InstanceProfile products-reader-profile"
	executorRole   = "iam/role:Role api-gateway-executor-role-role"
	john           = "iam/user:User john-readonly-user"
	johnsKey       = "iam/accessKey:AccessKey john-readonly-key"

	readOnlyMembers  = "iam/groupMembership:GroupMembership ReadOnly-Group-members"
	adminMembers     = "iam/groupMembership:GroupMembership Admin-Group-members"
	readOnlyPolicies = "iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive ReadOnly-Group-policies"
	adminPolicies    = "iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive Admin-Group-policies"
	readerPolicies   = "iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-reader-policies"
	executorPolicies = "iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive api-gateway-executor-role-policies"
	servicePolicies  = "iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-policies"
)

// The stage is replaced. Policies and the function's permission name the new one.
var stageRenamed = harness.Join(replace(theStage, thePermission), update(admin, readOnly))

// Everything that can have a boundary.
var bounded = []string{executorRole, readerRole, functionRole, "iam/user:User jane-admin-user", john}

// Everything that can have tags.
var tagged = append([]string{
	theAPI, theStage, accessLog, functionLog, theTable, readerProfile, admin, servicePolicy, readOnly, theFunction,
}, bounded...)

var apiEdits = []edit{
	{name: "add a route and remove it", steps: []step{
		{`{routes: {"GET /orders/{id}": {}}}`, create("apigatewayv2/route:Route api-GET /orders/{id}")},
		{"", remove("apigatewayv2/route:Route api-GET /orders/{id}")},
	}},
	{name: "remove a route and add it again", steps: []step{
		{`{routes: {POST /products: null}}`, remove(postRoute)},
		{"", create(postRoute)},
	}},
	{name: "open a route and close it", steps: []step{
		{`{routes: {GET /products: {authorization: none}}}`, update(getRoute)},
		{`{routes: {GET /products: {authorization: iam}}}`, update(getRoute)},
	}},
	{name: "rename the stage", steps: []step{
		{`{stageName: live}`, stageRenamed},
		{`{stageName: $default}`, stageRenamed},
		{"", stageRenamed},
	}},
	{name: "turn CORS on, change each part, and turn it off", previews: true, steps: []step{
		{`{cors: {allowOrigins: [https://app.example.com, "http://localhost:3000"]}}`, update(theAPI)},
		{`{cors: {allowOrigins: ["http://localhost:3000", https://app.example.com], allowMethods: [POST, GET], allowHeaders: [Authorization], maxAgeSeconds: 600}}`, harness.Changes{}},
		{`{cors: {allowOrigins: [https://app.example.com]}}`, update(theAPI)},
		{`{cors: {allowOrigins: [https://app.example.com], allowMethods: [GET]}}`, update(theAPI)},
		{`{cors: {allowOrigins: [https://app.example.com], allowMethods: [GET], allowHeaders: [X-Shop]}}`, update(theAPI)},
		{`{cors: {allowOrigins: [https://app.example.com], exposeHeaders: [etag], maxAgeSeconds: 0}}`, update(theAPI)},
		{`{cors: {allowOrigins: [https://app.example.com], exposeHeaders: [etag], maxAgeSeconds: 5, allowCredentials: true}}`, update(theAPI)},
		{`{cors: {allowOrigins: ["*"]}}`, update(theAPI)},
		{"", update(theAPI)},
	}},
	{name: "turn CORS on with another name, add a route, and turn it off with the first name", steps: []step{
		{`{apiName: Orders, cors: {allowOrigins: ["*"]}}`, update(theAPI)},
		{`{apiName: Orders, cors: {allowOrigins: ["*"]}, routes: {PUT /orders: {}}}`, harness.Join(update(theAPI), create("apigatewayv2/route:Route api-PUT /orders"))},
		{"", harness.Join(update(theAPI), remove("apigatewayv2/route:Route api-PUT /orders"))},
	}},
	{name: "change the throttle", steps: []step{
		{`{throttle: {rateLimit: 100, burstLimit: 300}}`, update(theStage)},
		{`{throttle: {rateLimit: 0.5, burstLimit: 300}}`, update(theStage)},
		{"", update(theStage)},
	}},
	{name: "change the log retention", steps: []step{
		{`{accessLog: {retentionDays: 400}}`, update(accessLog, functionLog)},
		{"", update(accessLog, functionLog)},
	}},
	{name: "rename the API", steps: []step{
		{`{apiName: Orders}`, update(theAPI)},
		{"", update(theAPI)},
	}},
	{name: "add a boundary, change it and remove it", before: boundary, steps: []step{
		{`{permissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess"}`, update(bounded...)},
		{`{permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary"}`, update(bounded...)},
		{"", update(bounded...)},
	}},
	{name: "add tags, change them and remove them", steps: []step{
		{`{tags: {team: shop, stage: test}}`, update(tagged...)},
		{`{tags: {team: store, owner: jane}}`, update(tagged...)},
		{"", update(tagged...)},
	}},
}

// boundary creates a policy in the account that is used as a boundary.
func boundary(c *cloud.Cloud) {
	Must(c.Account(cloud.APIAccount).CreatePolicy(cloud.CreatePolicyInput{
		PolicyName: "boundary", PolicyDocument: Document("Allow", "execute-api:Invoke", "*"),
	}))
}

// serviceResources returns the product service and its permission.
func serviceResources() []string { return append(names.Service("products"), thePermission) }

var (
	// All routes use the new integration.
	backendReplaced = harness.Join(replace(theIntegration), update(getRoute, postRoute))
	serviceRemoved  = harness.Join(backendReplaced, remove(serviceResources()...))
	serviceCreated  = harness.Join(backendReplaced, create(serviceResources()...))
	// A new program is a new function, which the API uses.
	programReplaced = harness.Join(replace(theFunction, thePermission), update(theIntegration))
	// Without the permission of stageRenamed.
	stageReplaced = harness.Join(replace(theStage), update(admin, readOnly))
)

var serviceEdits = []edit{
	{name: "send requests to a URL, to another, and to the service again", previews: true, steps: []step{
		{`{backend: {archive: null, url: "https://backend.example.com"}}`, serviceRemoved},
		{`{backend: {archive: null, url: "https://backend.example.com:8443/v1"}}`, update(theIntegration)},
		{`{backend: {archive: null, url: "https://backend.example.com"}}`, update(theIntegration)},
		{"", serviceCreated},
	}},
	{name: "change the service's program and change it back", previews: true, steps: []step{
		{`{version: "2"}`, programReplaced},
		{`{version: "3"}`, programReplaced},
		{"", programReplaced},
	}},
	{name: "deploy the same program from another place", steps: []step{
		{`{version: "2"}`, programReplaced},
		{`{version: "2"}`, harness.Changes{}},
	}},
	{name: "change the program and the stage's name", steps: []step{
		{`{version: "2", stageName: live}`, harness.Join(programReplaced, stageReplaced)},
		{"", harness.Join(programReplaced, stageReplaced)},
	}},
	{name: "send requests to a URL on a stage with another name, and back", steps: []step{
		{`{stageName: live, backend: {archive: null, url: "https://backend.example.com"}}`, harness.Join(serviceRemoved, stageReplaced)},
		{"", harness.Join(serviceCreated, stageReplaced)},
	}},
	{name: "protect the table and stop it", steps: []step{
		{`{backend: {deletionProtection: true}}`, update(theTable)},
		{`{backend: {deletionProtection: false}}`, update(theTable)},
		{`{backend: {deletionProtection: true}}`, update(theTable)},
		{"", update(theTable)},
	}},
}
