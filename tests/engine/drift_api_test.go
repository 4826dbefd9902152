package engine_test

import (
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

var policyDrifts = []drift{
	{
		name: "a policy's document is edited",
		by: func(h hand) {
			Must(h.api.CreatePolicyVersion(h.policyOf("ReadOnly-Group"), backDoor.PolicyDocument, true))
		},
		found: harness.Changes{"update iam/policy:Policy readOnly-invoke"},
	},
	{
		name: "a policy's document is edited as often as AWS lets one",
		by: func(h hand) {
			for range 4 {
				Must(h.api.CreatePolicyVersion(h.policyOf("ReadOnly-Group"), backDoor.PolicyDocument, true))
			}
		},
		found: harness.Changes{"update iam/policy:Policy readOnly-invoke"},
	},
	{
		name: "a policy is deleted",
		by: func(h hand) {
			arn := h.policyOf("Admin-Group")
			h.do(h.api.GroupPolicies().Detach("Admin-Group", arn))
			h.do(h.api.DeletePolicy(arn))
		},
		found: harness.Changes{
			"delete iam/groupPolicyAttachment:GroupPolicyAttachment Admin-Group-admin",
			"delete iam/policy:Policy admin-invoke",
			"update iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive Admin-Group-policies",
		},
		repair: harness.Changes{
			"create iam/groupPolicyAttachment:GroupPolicyAttachment Admin-Group-admin",
			"create iam/policy:Policy admin-invoke",
			"update iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive Admin-Group-policies",
		},
	},
}

// openRoute makes a route public.
func openRoute(h hand) {
	route := h.route("POST /products")
	route.AuthorizationType = cloud.AuthNone
	h.do(h.region.UpdateRoute(h.apiID(), route.RouteID, route.RouteSettings))
}

// setStage changes the stage's settings.
func setStage(change func(*cloud.StageSettings)) func(hand) {
	return func(h hand) {
		settings := h.stage().StageSettings
		change(&settings)
		h.do(h.region.UpdateStage(h.apiID(), "prod", settings))
	}
}

var apiDrifts = []drift{
	{
		name:  "a route is opened",
		by:    openRoute,
		found: harness.Changes{"update apigatewayv2/route:Route api-POST /products"},
	},
	{
		name:   "a route is deleted",
		by:     func(h hand) { h.do(h.region.DeleteRoute(h.apiID(), h.route("GET /products").RouteID)) },
		found:  harness.Changes{"delete apigatewayv2/route:Route api-GET /products"},
		repair: harness.Changes{"create apigatewayv2/route:Route api-GET /products"},
	},
	{
		name: "the API is renamed, lets browsers in, passes calls on to somebody else and forgets them soon",
		by: func(h hand) {
			api := Must(h.region.GetApi(h.apiID()))
			api.Name, api.CORS = "Mine", &cloud.CORS{AllowOrigins: []string{"*"}}
			h.do(h.region.UpdateApi(api.APIID, api.APISettings))
			setIntegration(func(s *cloud.IntegrationSettings) { s.IntegrationURI = cloud.InvokeARN(otherFunction) })(h)
			h.do(h.region.PutRetentionPolicy(h.accessLog(), 1))
		},
		found: harness.Changes{
			"update apigatewayv2/api:Api api-api",
			"update apigatewayv2/integration:Integration api-backend",
			"update cloudwatch/logGroup:LogGroup api-access-log",
		},
	},
	{
		name: "the throttles of the stage and of a route are lifted, and the access log is disabled",
		by: setStage(func(s *cloud.StageSettings) {
			rate, burst := 10000.0, 5000
			s.AccessLog = nil
			s.DefaultRouteSettings.RateLimit, s.DefaultRouteSettings.BurstLimit = &rate, &burst
			s.RouteSettings = map[string]cloud.Throttle{"GET /products": {RateLimit: &rate, BurstLimit: &burst}}
		}),
		found: harness.Changes{"update apigatewayv2/stage:Stage api-stage"},
	},
	{
		name:   "the log group is deleted",
		by:     func(h hand) { h.do(h.region.DeleteLogGroup(h.accessLog())) },
		found:  harness.Changes{"delete cloudwatch/logGroup:LogGroup api-access-log"},
		repair: harness.Changes{"create cloudwatch/logGroup:LogGroup api-access-log", "update apigatewayv2/stage:Stage api-stage"},
	},
	{
		name:   "the stage is deleted",
		by:     func(h hand) { h.do(h.region.DeleteStage(h.apiID(), "prod")) },
		found:  harness.Changes{"delete apigatewayv2/stage:Stage api-stage"},
		repair: harness.Changes{"create apigatewayv2/stage:Stage api-stage"},
	},
	{
		name:  "the API is deleted",
		by:    func(h hand) { h.do(h.region.DeleteApi(h.apiID())) },
		found: wholeAPI("delete"),
		repair: harness.Join(wholeAPI("create"), harness.Changes{
			"create-replacement lambda/permission:Permission api-permission",
			"delete-replaced lambda/permission:Permission api-permission",
			"update iam/policy:Policy admin-invoke",
			"update iam/policy:Policy readOnly-invoke",
		}),
	},
}

// wholeAPI returns the changes of the API with everything in it.
func wholeAPI(op string) harness.Changes {
	return harness.Changes{
		op + " apigatewayv2/api:Api api-api",
		op + " apigatewayv2/integration:Integration api-backend",
		op + " apigatewayv2/route:Route api-GET /products",
		op + " apigatewayv2/route:Route api-POST /products",
		op + " apigatewayv2/stage:Stage api-stage",
	}
}
