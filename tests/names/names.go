// Package names lists the outputs of a stack, and the logical names of the resources that
// components create, each as "TYPE NAME" without the prefix "aws:". Another name replaces
// a deployed resource, so that the names are written down here.
package names

import "slices"

// Outputs lists the outputs of every stack.
var Outputs = []string{
	"invokeUrl", "apiId", "executionArn", "stageName", "policyArns", "policyDocuments",
	"users", "secretAccessKeys", "roles", "existingRoles", "accessMatrix",
}

// User returns the resources of a user, with an access key or without.
func User(name string, key bool) []string {
	list := []string{
		"iam/user:User " + name + "-user",
		"iam/userPoliciesExclusive:UserPoliciesExclusive " + name + "-inline-policies",
		"iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive " + name + "-policies",
	}
	if key {
		list = append(list, "iam/accessKey:AccessKey "+name+"-key")
	}
	return list
}

// Group returns the resources of a group with policies.
func Group(name string, policies ...string) []string {
	list := []string{
		"iam/group:Group " + name + "-group",
		"iam/groupMembership:GroupMembership " + name + "-members",
		"iam/groupPoliciesExclusive:GroupPoliciesExclusive " + name + "-inline-policies",
		"iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive " + name + "-policies",
	}
	for _, policy := range policies {
		list = append(list, "iam/groupPolicyAttachment:GroupPolicyAttachment "+name+"-"+policy)
	}
	return list
}

// Role returns the resources of a role with policies.
func Role(name string, policies ...string) []string {
	return append(ExistingRole(name, policies...),
		"iam/role:Role "+name+"-role",
		"iam/rolePoliciesExclusive:RolePoliciesExclusive "+name+"-inline-policies",
		"iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive "+name+"-policies",
	)
}

// ExistingRole returns the resources for the policies of a role made elsewhere.
func ExistingRole(name string, policies ...string) []string {
	var list []string
	for _, policy := range policies {
		list = append(list, "iam/rolePolicyAttachment:RolePolicyAttachment "+name+"-"+policy)
	}
	return list
}

// InstanceRole returns the resources of a role for EC2 instances with policies.
func InstanceRole(name string, policies ...string) []string {
	return append(Role(name, policies...), "iam/instanceProfile:InstanceProfile "+name+"-profile")
}

// Service returns the resources of a product service.
func Service(name string) []string {
	return append(Function(name), "dynamodb/table:Table "+name+"-table")
}

// Function returns the resources of a Lambda function.
func Function(name string) []string {
	return append(Role(name, "service"),
		"cloudwatch/logGroup:LogGroup "+name+"-log",
		"iam/policy:Policy "+name+"-service",
		"lambda/function:Function "+name+"-function",
	)
}

// API returns the resources of an API with these routes.
func API(name string, routes ...string) []string {
	list := []string{
		"apigatewayv2/api:Api " + name + "-api",
		"apigatewayv2/integration:Integration " + name + "-backend",
		"apigatewayv2/stage:Stage " + name + "-stage",
		"cloudwatch/logGroup:LogGroup " + name + "-access-log",
	}
	for _, route := range routes {
		list = append(list, "apigatewayv2/route:Route "+name+"-"+route)
	}
	return list
}

// Permission returns the permission of an API to invoke its function.
func Permission(api string) string { return "lambda/permission:Permission " + api + "-permission" }

// OidcProvider returns the provider of an issuer, given without https://.
func OidcProvider(issuer string) string {
	return "iam/openIdConnectProvider:OpenIdConnectProvider oidc-" + issuer
}

// Alarms returns the resources of the alarms of a watch.
func Alarms(name string) []string {
	return []string{
		"cloudwatch/logMetricFilter:LogMetricFilter " + name + "-refused-filter",
		"cloudwatch/logMetricFilter:LogMetricFilter " + name + "-throttled-filter",
		"cloudwatch/metricAlarm:MetricAlarm " + name + "-refused",
		"cloudwatch/metricAlarm:MetricAlarm " + name + "-serverErrors",
		"cloudwatch/metricAlarm:MetricAlarm " + name + "-throttled",
		"cloudwatch/queryDefinition:QueryDefinition " + name + "-calls",
		"cloudwatch/queryDefinition:QueryDefinition " + name + "-errors",
		"cloudwatch/queryDefinition:QueryDefinition " + name + "-refusals",
	}
}

// Analyzer returns the analyzer of a watch.
func Analyzer(name string) string {
	return "accessanalyzer/analyzer:Analyzer " + name + "-external-access"
}

// Policy returns the policy of one document with a name.
func Policy(name string) string { return "iam/policy:Policy " + name + "-invoke" }

// Sandbox returns the resources of the sandbox stack.
func Sandbox() []string {
	return slices.Concat(
		API("api", "GET /products", "POST /products"),
		Service("products"),
		[]string{Permission("api"), Policy("admin"), Policy("readOnly")},
		Group("Admin-Group", "admin"), Group("ReadOnly-Group", "readOnly"),
		User("jane-admin", true), User("john-readonly", true),
		InstanceRole("products-reader", "readOnly"),
		Role("api-gateway-executor-role", "readOnly"),
	)
}

// EveryKind returns the resources of a stack with harness.EveryKind, except those of
// its API, users and groups.
func EveryKind() []string {
	return slices.Concat(
		[]string{Policy("admin"), Policy("readOnly"), Policy("staff"), Policy("staff") + "-1"},
		InstanceRole("products-reader", "readOnly", "AmazonSSMManagedInstanceCore", "own"),
		Role("checkout", "admin"), Role("partner", "readOnly"), Role("sisters", "readOnly"),
		Role("ci", "admin"), Role("catalog", "readOnly"), Role("shoppers", "readOnly"),
		ExistingRole("task", "readOnly", "staff", "staff-1"),
		[]string{OidcProvider("token.actions.githubusercontent.com"), Analyzer("watch")},
		Alarms("watch"),
	)
}

// Caller returns the resources of the other account's stack.
func Caller() []string {
	return append(Group("api-ProductApi-Callers", "assume"), "iam/policy:Policy api-assume")
}
