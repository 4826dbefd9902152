package provider_test

import (
	"slices"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// longest is how long a test waits for something in the background.
const (
	longest = time.Minute
	tick    = 10 * time.Millisecond
)

const (
	tokenAPI         = "aws:apigatewayv2/api:Api"
	tokenIntegration = "aws:apigatewayv2/integration:Integration"
	tokenAuthorizer  = "aws:apigatewayv2/authorizer:Authorizer"
	tokenRoute       = "aws:apigatewayv2/route:Route"
	tokenStage       = "aws:apigatewayv2/stage:Stage"
	tokenLogGroup    = "aws:cloudwatch/logGroup:LogGroup"
	tokenFilter      = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
	tokenAlarm       = "aws:cloudwatch/metricAlarm:MetricAlarm"
	tokenQuery       = "aws:cloudwatch/queryDefinition:QueryDefinition"
	tokenAnalyzer    = "aws:accessanalyzer/analyzer:Analyzer"
	tokenPolicy      = "aws:iam/policy:Policy"
	tokenGroup       = "aws:iam/group:Group"
	tokenMembership  = "aws:iam/groupMembership:GroupMembership"
	tokenUser        = "aws:iam/user:User"
	tokenKey         = "aws:iam/accessKey:AccessKey"
	tokenRole        = "aws:iam/role:Role"
	tokenProfile     = "aws:iam/instanceProfile:InstanceProfile"
	tokenOIDC        = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	tokenGroupAttach = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
	tokenRoleAttach  = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	tokenGroupArns   = "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"
	tokenRoleArns    = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
	tokenUserArns    = "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive"
	tokenGroupInline = "aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive"
	tokenRoleInline  = "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive"
	tokenUserInline  = "aws:iam/userPoliciesExclusive:UserPoliciesExclusive"

	arnReadOnly = "arn:aws:iam::111122223333:policy/readOnly"
	arnAdmin    = "arn:aws:iam::111122223333:policy/admin"
	arnPower    = "arn:aws:iam::aws:policy/PowerUserAccess"
	arnSSM      = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" // its document is not known
	thumbprint  = "0123456789012345678901234567890123456789"
	logFormat   = `{"requestId":"$context.requestId"}`
)

var (
	readOnly    = Document("Allow", "execute-api:Invoke", "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/products")
	admin       = Document("Allow", "execute-api:Invoke", "arn:aws:execute-api:us-east-1:111122223333:abc/prod/*")
	trustEC2    = TrustService("ec2")
	trustLambda = TrustService("lambda")
	// oidcProvider is the minimal inputs of an OpenID Connect provider.
	oidcProvider = props{"url": "https://minimal.example.com", "clientIdLists": list("x")}
	trustB       = TrustAWS("arn:aws:iam::444455556666:user/my-user")
)

// ground holds what the resources under test refer to.
type ground struct {
	api         string
	route       string
	authorizers [2]string
	integration string
	logGroup    string   // ARN
	function    string   // ARN
	targets     [2]props // of aliases
	code        string   // path of a zip file
	otherCode   string   // path of another one
	network
}

// prepare creates an API with a route and an integration, a log group, two
// policies, two users, two groups, two roles, and what prepareService creates.
func prepare(e *engine) ground {
	e.t.Helper()
	g := ground{}
	g.api = Must(e.region.CreateApi(cloud.APISettings{Name: "ground", ProtocolType: "HTTP"})).APIID
	g.integration = Must(e.region.CreateIntegration(g.api, cloud.IntegrationSettings{
		IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationURI: "https://example.com"})).IntegrationID
	g.route = Must(e.region.CreateRoute(g.api, cloud.RouteSettings{RouteKey: "GET /ground"})).RouteID
	for i, name := range []string{"customers", "partners"} {
		g.authorizers[i] = Must(e.region.CreateAuthorizer(g.api, Authorizer(name, "https://issuer.example.com", "shop"))).AuthorizerID
	}
	OK(e.region.CreateLogGroup("ground", "", nil))
	g.logGroup = Must(e.region.DescribeLogGroup("ground")).ARN
	for name, text := range map[string]string{"readOnly": readOnly, "admin": admin} {
		Must(e.account.CreatePolicy(cloud.CreatePolicyInput{PolicyName: name, PolicyDocument: text}))
	}
	for _, name := range []string{"john", "jane"} {
		Must(e.account.CreateUser(cloud.CreateUserInput{UserName: name}))
	}
	for _, name := range []string{"readers", "admins"} {
		Must(e.account.CreateGroup(name, ""))
	}
	for _, name := range []string{"reader", "writer"} {
		Must(e.account.CreateRole(cloud.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trustEC2}))
	}
	prepareService(e, &g)
	prepareDomains(e, &g)
	g.network = prepareNetwork(e)
	return g
}

// settled returns a state with the provider's defaults and the given
// properties.
func settled(token string, state props) props {
	defaults := map[string]props{
		tokenAPI:         {"apiKeySelectionExpression": "$request.header.x-api-key", "routeSelectionExpression": "$request.method $request.path"},
		tokenIntegration: {"connectionType": "INTERNET", "payloadFormatVersion": "1.0"},
		tokenRoute:       {"authorizationType": "NONE"},
		tokenPolicy:      {"path": "/"},
		tokenGroup:       {"path": "/"},
		tokenUser:        {"path": "/"},
		tokenKey:         {"status": "Active"},
		tokenRole:        {"path": "/", "maxSessionDuration": 3600},
		tokenProfile:     {"path": "/"},
		tokenFunction:    {"memorySize": 128, "timeout": 3, "packageType": "Zip", "reservedConcurrentExecutions": -1},
		tokenAlarm:       {"actionsEnabled": true, "treatMissingData": "missing"},
		tokenAnalyzer:    {"type": "ACCOUNT"},
		tokenTable:       {"billingMode": "PROVISIONED", "tableClass": "STANDARD"},
		tokenVPC:         {"enableDnsSupport": true, "instanceTenancy": "default"},
		tokenFirewall:    {"description": "Managed by Pulumi"},
	}
	out := props{}
	for _, p := range []props{defaults[token], state} {
		for k, v := range p {
			out[k] = v
		}
	}
	return out
}

func list(items ...string) []any {
	out := []any{}
	for _, x := range items {
		out = append(out, x)
	}
	return out
}

// sample is a resource of a type, which the tests of all types range over.
type sample struct {
	token    string
	replaces string // inputs whose change replaces the resource
	in       func(g ground) props
	// change returns another value for each input that can change.
	change func(g ground) props
	// importID returns the id for an import of the resource. It is nil if the
	// resource cannot be imported.
	importID func(r res) string
}

func id(r res) string { return r.id }

func inAPI(r res) string { return r.state["apiId"].(string) + "/" + r.id }

func samples() []sample {
	tags, otherTags := props{"team": "shop", "env": "dev"}, props{"team": "books", "zone": "a"}
	return append([]sample{
		{tokenAPI, "protocolType", func(ground) props {
			return props{"name": "shop", "protocolType": "HTTP", "description": "a", "version": "1", "tags": tags, "disableExecuteApiEndpoint": false,
				"corsConfiguration": props{"allowOrigins": list("https://example.com"), "allowMethods": list("GET", "POST"), "maxAge": 5}}
		}, func(ground) props {
			return props{"name": "other", "description": "b", "version": "2", "tags": otherTags, "disableExecuteApiEndpoint": true,
				"ipAddressType": "dualstack", "corsConfiguration": props{"allowOrigins": list("https://example.org"), "maxAge": 5}}
		}, id},
		{tokenIntegration, "apiId integrationType", func(g ground) props {
			return props{"apiId": g.api, "integrationType": "HTTP_PROXY", "integrationMethod": "GET", "integrationUri": "https://example.com/a",
				"description": "a", "timeoutMilliseconds": 1000, "requestParameters": props{"overwrite:path": "/x"}}
		}, func(ground) props {
			return props{"integrationMethod": "ANY", "integrationUri": "https://example.com/b", "description": "b", "timeoutMilliseconds": 2000,
				"requestParameters": props{"overwrite:path": "/y"}}
		}, inAPI},
		{tokenRoute, "apiId", func(g ground) props {
			return props{"apiId": g.api, "routeKey": "GET /products", "authorizationType": "AWS_IAM", "operationName": "a"}
		}, func(g ground) props {
			return props{"routeKey": "POST /products", "authorizationType": "NONE", "operationName": "b", "target": "integrations/" + g.integration}
		}, inAPI},
		{tokenRoute, "apiId", func(g ground) props {
			return props{"apiId": g.api, "routeKey": "GET /catalog", "authorizationType": "JWT", "authorizerId": g.authorizers[0],
				"authorizationScopes": list("catalog.read", "catalog.write")}
		}, func(g ground) props {
			return props{"authorizerId": g.authorizers[1], "authorizationScopes": list("catalog.write", "catalog.admin")}
		}, inAPI},
		{tokenAuthorizer, "apiId", func(g ground) props {
			return props{"apiId": g.api, "name": "staff", "authorizerType": "JWT", "identitySources": list("$request.header.Authorization"),
				"jwtConfiguration": props{"issuer": "https://issuer.example.com/a", "audiences": list("shop", "cart")}}
		}, func(ground) props {
			return props{"name": "others", "jwtConfiguration": props{"issuer": "https://issuer.example.com/b/", "audiences": list("cart", "stock")}}
		}, inAPI},
		{tokenStage, "apiId name", func(g ground) props {
			return props{"apiId": g.api, "name": "prod", "autoDeploy": true, "description": "a", "tags": tags, "stageVariables": props{"a": "1"},
				"accessLogSettings":    props{"destinationArn": g.logGroup, "format": logFormat},
				"defaultRouteSettings": props{"throttlingRateLimit": 100, "throttlingBurstLimit": 200},
				"routeSettings":        []any{props{"routeKey": "GET /ground", "throttlingRateLimit": 1, "throttlingBurstLimit": 2}}}
		}, func(g ground) props {
			return props{"description": "b", "tags": otherTags, "stageVariables": props{"b": "2"},
				"accessLogSettings":    props{"destinationArn": g.logGroup, "format": logFormat + " "},
				"defaultRouteSettings": props{"throttlingRateLimit": 50, "throttlingBurstLimit": 200, "detailedMetricsEnabled": true},
				"routeSettings":        []any{props{"routeKey": "GET /ground", "throttlingRateLimit": 3, "throttlingBurstLimit": 2}}}
		}, inAPI},
		{tokenLogGroup, "logGroupClass name namePrefix", func(ground) props { return props{"name": "calls", "retentionInDays": 365, "tags": tags} },
			func(ground) props { return props{"retentionInDays": 30, "tags": otherTags, "skipDestroy": true} }, id},
		{tokenPolicy, "description name namePrefix path", func(ground) props {
			return props{"name": "grant", "path": "/team/", "description": "a", "policy": readOnly, "tags": tags}
		},
			func(ground) props { return props{"policy": admin, "tags": otherTags} }, id},
		{tokenGroup, "", func(ground) props { return props{"name": "team", "path": "/a/"} },
			func(ground) props { return props{"path": "/b/"} }, id},
		{tokenMembership, "group name", func(ground) props { return props{"name": "members", "group": "readers", "users": list("john")} },
			func(ground) props { return props{"users": list("jane")} }, nil},
		{tokenUser, "", func(ground) props {
			return props{"name": "jill", "path": "/a/", "permissionsBoundary": arnPower, "tags": tags}
		}, func(ground) props {
			return props{"path": "/b/", "permissionsBoundary": arnReadOnly, "tags": otherTags, "forceDestroy": true}
		}, id},
		{tokenKey, "user", func(ground) props { return props{"user": "john"} }, func(ground) props { return props{"status": "Inactive"} }, id},
		{tokenRole, "name namePrefix path", func(ground) props {
			return props{"name": "caller", "assumeRolePolicy": trustB, "description": "a", "maxSessionDuration": 7200,
				"permissionsBoundary": arnPower, "tags": tags}
		}, func(ground) props {
			return props{"assumeRolePolicy": trustEC2, "description": "b", "maxSessionDuration": 3600, "permissionsBoundary": arnReadOnly,
				"tags": otherTags, "forceDetachPolicies": true}
		}, id},
		{tokenProfile, "name namePrefix path", func(ground) props { return props{"name": "profile", "role": "reader", "tags": tags} },
			func(ground) props { return props{"role": "writer", "tags": otherTags} }, id},
		{tokenOIDC, "url", func(ground) props {
			return props{"url": "https://issuer.example.com/a", "clientIdLists": list("x", "y"), "tags": tags,
				"thumbprintLists": list(thumbprint)}
		}, func(ground) props {
			return props{"clientIdLists": list("y", "z"), "tags": otherTags, "thumbprintLists": list("a123456789012345678901234567890123456789")}
		}, id},
		{tokenGroupAttach, "group policyArn", func(ground) props { return props{"group": "readers", "policyArn": arnReadOnly} }, nil,
			func(r res) string { return "readers/" + arnReadOnly }},
		{tokenRoleAttach, "policyArn role", func(ground) props { return props{"role": "reader", "policyArn": arnReadOnly} }, nil,
			func(r res) string { return "reader/" + arnReadOnly }},
		{tokenGroupArns, "groupName", func(ground) props { return props{"groupName": "readers", "policyArns": list(arnReadOnly, arnPower)} },
			func(ground) props { return props{"policyArns": list(arnAdmin)} }, id},
		{tokenRoleArns, "roleName", func(ground) props { return props{"roleName": "reader", "policyArns": list(arnReadOnly, arnSSM)} },
			func(ground) props { return props{"policyArns": list(arnAdmin)} }, id},
		{tokenUserArns, "userName", func(ground) props { return props{"userName": "john", "policyArns": list(arnReadOnly, arnPower)} },
			func(ground) props { return props{"policyArns": list(arnAdmin)} }, id},
		{tokenGroupInline, "groupName", func(ground) props { return props{"groupName": "readers", "policyNames": list()} }, nil, id},
		{tokenRoleInline, "roleName", func(ground) props { return props{"roleName": "reader", "policyNames": list()} }, nil, id},
		{tokenUserInline, "userName", func(ground) props { return props{"userName": "john", "policyNames": list()} }, nil, id},
	}, slices.Concat(serviceSamples(), watchSamples(), domainSamples(), instanceSamples())...)
}
