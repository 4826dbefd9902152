package engine_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

// openRoute makes a route public.
func openRoute(h hand) {
	h.setRoute("POST /products", func(s *cloud.RouteSettings) { s.AuthorizationType = cloud.AuthNone })
}

// setCORS changes the API's CORS configuration.
func (h hand) setCORS(change func(*cloud.CORS)) {
	settings := Must(h.region.GetApi(h.apiID())).APISettings
	change(settings.CORS)
	h.do(h.region.UpdateApi(h.apiID(), settings))
}

// setIntegration changes the integration's settings.
func setIntegration(h hand, change func(*cloud.IntegrationSettings)) {
	integration := one(h, Must(h.region.GetIntegrations(h.apiID())))
	change(&integration.IntegrationSettings)
	h.do(h.region.UpdateIntegration(h.apiID(), integration.IntegrationID, integration.IntegrationSettings))
}

// setFunction changes the function's settings.
func setFunction(h hand, change func(*cloud.FunctionSettings)) {
	function := h.function()
	change(&function.FunctionSettings)
	h.do(h.region.UpdateFunctionConfiguration(function.FunctionName, function.FunctionSettings))
}

// setPermission changes the source of the function's only permission.
func setPermission(h hand, source string) {
	id := h.permission()
	h.do(h.region.RemovePermission(h.function().FunctionName, id))
	h.do(h.region.AddPermission(h.function().FunctionName, permission(id, source)))
}

func permission(id, source string) cloud.FunctionPermission {
	return cloud.FunctionPermission{
		StatementID: id, Action: "lambda:InvokeFunction", Principal: "apigateway.amazonaws.com", SourceARN: source,
	}
}

// program returns a program that differs from the stack's.
func program(t testing.TB) []byte {
	content, err := os.ReadFile(archive.Make(t, "by hand"))
	require.NoError(t, err)
	return content
}

// wholeAPI is the API with everything in it.
var wholeAPI = []string{theAPI, theIntegration, getRoute, postRoute, theStage, customers, catalogRoute}

var apiDrifts = []drift{
	{
		name:  "a route is opened",
		by:    openRoute,
		found: update(postRoute),
	},
	{
		name: "a route under IAM accepts tokens, and the scopes of another are removed",
		by: func(h hand) {
			h.setRoute("POST /products", func(s *cloud.RouteSettings) {
				s.AuthorizationType, s.AuthorizerID = cloud.AuthJWT, h.authorizer().AuthorizerID
			})
			h.setRoute("GET /catalog", func(s *cloud.RouteSettings) { s.AuthorizationScopes = nil })
		},
		found: update(postRoute, catalogRoute),
	},
	{
		name: "an authorizer accepts tokens of another issuer",
		by: func(h hand) {
			h.setAuthorizer(func(s *cloud.AuthorizerSettings) { s.JWT.Issuer = "https://mallory.example.com" })
		},
		found: update(customers),
	},
	{
		name: "an authorizer accepts tokens for another audience, and is renamed",
		by: func(h hand) {
			h.setAuthorizer(func(s *cloud.AuthorizerSettings) {
				s.Name, s.JWT.Audience = "mine", append(s.JWT.Audience, "mallory")
			})
		},
		found: update(customers),
	},
	{
		name: "a route is opened and its authorizer is deleted",
		by: func(h hand) {
			authorizer := h.authorizer().AuthorizerID
			h.setRoute("GET /catalog", func(s *cloud.RouteSettings) {
				s.AuthorizationType, s.AuthorizerID, s.AuthorizationScopes = cloud.AuthNone, "", nil
			})
			h.do(h.region.DeleteAuthorizer(h.apiID(), authorizer))
		},
		found:  harness.Join(remove(customers), update(catalogRoute)),
		repair: harness.Join(create(customers), update(catalogRoute)),
	},
	{
		name:   "a route is deleted",
		by:     func(h hand) { h.do(h.region.DeleteRoute(h.apiID(), h.route("GET /products").RouteID)) },
		found:  remove(getRoute),
		repair: create(getRoute),
	},
	{
		name: "the API's name, CORS and integration and its log's retention are changed",
		by: func(h hand) {
			api := Must(h.region.GetApi(h.apiID()))
			api.Name, api.CORS = "Mine", &cloud.CORS{AllowOrigins: []string{"*"}}
			h.do(h.region.UpdateApi(api.APIID, api.APISettings))
			setIntegration(h, func(s *cloud.IntegrationSettings) {
				s.IntegrationURI = cloud.InvokeARN("arn:aws:lambda:us-east-1:111122223333:function:other")
			})
			h.do(h.region.PutRetentionPolicy(h.accessLog(), 1))
		},
		found: update(theAPI, theIntegration, accessLog),
	},
	{
		name: "pages of another origin are let in, with cookies",
		by: func(h hand) {
			h.setCORS(func(c *cloud.CORS) {
				c.AllowOrigins, c.AllowCredentials = append(c.AllowOrigins, "https://mallory.example.com"), true
			})
		},
		found: update(theAPI),
	},
	{
		name: "methods, headers and the age of CORS are changed",
		by: func(h hand) {
			h.setCORS(func(c *cloud.CORS) {
				c.AllowMethods, c.AllowHeaders, c.ExposeHeaders, c.MaxAge = []string{"*"}, []string{"*"}, nil, 0
			})
		},
		found: update(theAPI),
	},
	{
		name:  "CORS is removed",
		by:    func(h hand) { h.do(h.region.DeleteCorsConfiguration(h.apiID())) },
		found: update(theAPI),
	},
	{
		name: "the throttles of the stage and of a route are lifted, and the access log is disabled",
		by: func(h hand) {
			settings := Must(h.region.GetStage(h.apiID(), "prod")).StageSettings
			rate, burst := 10000.0, 5000
			settings.AccessLog = nil
			settings.DefaultRouteSettings.RateLimit, settings.DefaultRouteSettings.BurstLimit = &rate, &burst
			settings.RouteSettings = map[string]cloud.Throttle{"GET /products": {RateLimit: &rate, BurstLimit: &burst}}
			h.do(h.region.UpdateStage(h.apiID(), "prod", settings))
		},
		found: update(theStage),
	},
	{
		name:   "the log group is deleted",
		by:     func(h hand) { h.do(h.region.DeleteLogGroup(h.accessLog())) },
		found:  remove(accessLog),
		repair: harness.Join(create(accessLog), update(theStage)),
	},
	{
		name:   "the stage is deleted",
		by:     func(h hand) { h.do(h.region.DeleteStage(h.apiID(), "prod")) },
		found:  remove(theStage),
		repair: create(theStage),
	},
	{
		name:   "the API is deleted",
		by:     func(h hand) { h.do(h.region.DeleteApi(h.apiID())) },
		found:  remove(wholeAPI...),
		repair: harness.Join(create(wholeAPI...), replace(thePermission), update(admin, readOnly)),
	},
}

var serviceDrifts = []drift{
	{
		name: "settings of the function, its role, its table, its log group and its integration are changed",
		by: func(h hand) {
			setFunction(h, func(s *cloud.FunctionSettings) {
				s.MemorySize, s.Timeout, s.Handler, s.Runtime, s.Description = 10240, 1, "mallory", "provided.al2", ""
				s.Environment["TABLE_NAME"], s.Environment["PROXY"] = "mallory", "mallory"
				s.Logging = cloud.FunctionLogging{Format: "Text", Group: "/mallory"}
			})
			setIntegration(h, func(s *cloud.IntegrationSettings) { s.PayloadFormatVersion = "1.0" })
			h.do(h.api.DeleteRolePermissionsBoundary(h.functionRole()))
			h.do(h.region.UpdateContinuousBackups(h.table(), false))
			h.do(h.region.UpdateTable(h.table(), cloud.BillingPerRequest, true))
			h.do(h.region.PutRetentionPolicy(h.functionLog(), 1))
		},
		found: update(theFunction, functionRole, theTable, functionLog, theIntegration),
	},
	{
		name: "the function loses its variables, its role's policy is edited, and its log group is kept for ever",
		by: func(h hand) {
			setFunction(h, func(s *cloud.FunctionSettings) { s.Environment = nil })
			Must(h.api.CreatePolicyVersion(h.functionPolicy(), backDoor.PolicyDocument, true))
			h.do(h.region.DeleteRetentionPolicy(h.functionLog()))
		},
		found: update(theFunction, functionLog, servicePolicy),
	},
	{
		name:   "everybody's APIs may invoke the function",
		by:     func(h hand) { setPermission(h, "") },
		found:  update(thePermission),
		repair: replace(thePermission),
	},
	{
		name: "another stage may invoke the function",
		by: func(h hand) {
			setPermission(h, "arn:aws:execute-api:us-east-1:111122223333:"+h.apiID()+"/live/*")
		},
		found:  update(thePermission),
		repair: replace(thePermission),
	},
	{
		name: "the function runs on other processors",
		by: func(h hand) {
			h.do(h.region.UpdateFunctionCode(h.function().FunctionName, program(h), []string{"x86_64"}))
		},
		found: update(theFunction), // which also uploads the stack's program
	},
	{
		name:   "the function is deleted",
		by:     func(h hand) { h.do(h.region.DeleteFunction(h.function().FunctionName)) },
		found:  remove(theFunction, thePermission),
		repair: harness.Join(create(theFunction, thePermission), update(theIntegration)),
	},
	{
		name:   "the function's permission is removed",
		by:     func(h hand) { h.do(h.region.RemovePermission(h.function().FunctionName, h.permission())) },
		found:  remove(thePermission),
		repair: create(thePermission),
	},
	{
		name: "requests are sent to a URL",
		by: func(h hand) {
			setIntegration(h, func(s *cloud.IntegrationSettings) {
				*s = cloud.IntegrationSettings{IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationURI: "https://mallory.example.com"}
			})
		},
		found:  update(theIntegration),
		repair: harness.Join(backendReplaced, update(catalogRoute)),
	},
	{
		name:   "the table is deleted",
		by:     func(h hand) { h.do(h.region.DeleteTable(h.table())) },
		found:  remove(theTable),
		repair: harness.Join(create(theTable), update(servicePolicy, theFunction)),
	},
	{
		name:   "the function's log group is deleted",
		by:     func(h hand) { h.do(h.region.DeleteLogGroup(h.functionLog())) },
		found:  remove(functionLog),
		repair: harness.Join(create(functionLog), update(servicePolicy, theFunction)),
	},
	{
		name: "the function has another role",
		before: func(h hand) {
			Must(h.api.CreateRole(cloud.CreateRoleInput{RoleName: "other", AssumeRolePolicyDocument: TrustService("lambda")}))
		},
		by: func(h hand) {
			setFunction(h, func(s *cloud.FunctionSettings) { s.Role = "arn:aws:iam::111122223333:role/other" })
		},
		found: update(theFunction),
	},
	{
		name: "the trust policy of the function's role is edited",
		by: func(h hand) {
			h.do(h.api.UpdateAssumeRolePolicy(h.functionRole(), `{"Version": "2012-10-17",
				"Statement": {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}, "Action": "sts:AssumeRole"}}`))
		},
		found: update(functionRole),
	},
	{
		name: "tags of the function's role, policy and log group are changed",
		by: func(h hand) {
			h.do(h.api.Untag("Role", h.functionRole(), []string{"team"}))
			h.do(h.api.Tag("Policy", h.functionPolicy(), map[string]string{"owner": "me"}))
			h.do(h.region.TagResource(Must(h.region.DescribeLogGroup(h.functionLog())).ARN, map[string]string{"team": "mine"}))
		},
		found: update(functionLog, servicePolicy, functionRole),
	},
	{
		name: "a policy is attached to the function's role and another embedded",
		by: func(h hand) {
			h.do(h.api.RolePolicies().Attach(h.functionRole(), administrator))
			h.do(h.api.RolePolicies().Put(h.functionRole(), backDoor))
		},
		found: update("iam/rolePoliciesExclusive:RolePoliciesExclusive products-inline-policies", servicePolicies),
	},
	{
		name:   "the policy is detached from the function's role",
		by:     func(h hand) { h.do(h.api.RolePolicies().Detach(h.functionRole(), h.functionPolicy())) },
		found:  harness.Join(remove(rolePolicy("products", "service")), update(servicePolicies)),
		repair: harness.Join(create(rolePolicy("products", "service")), update(servicePolicies)),
	},
	{
		name: "the function's role is deleted",
		by: func(h hand) {
			role := h.functionRole()
			h.do(h.api.RolePolicies().Detach(role, h.functionPolicy()))
			h.do(h.api.DeleteRole(role))
		},
		found:  remove(names.Role("products", "service")...),
		repair: harness.Join(create(names.Role("products", "service")...), update(theFunction)),
	},
}
