package mocks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

func TestHttpApiOfAURL(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("HttpApi").deploy(t, run, "one")
		api := only(t, recording, recorder.Api)
		require.Equal(t, object{"name": "one", "protocolType": "HTTP", "corsConfiguration": object{
			"allowOrigins":  []any{"https://app.example.com", "https://shop.example.com"},
			"allowMethods":  []any{"GET"},
			"allowHeaders":  []any{"authorization", "content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-shop"},
			"exposeHeaders": []any{"etag"}, "maxAge": 60.0, "allowCredentials": true,
		}}, inputs(api))
		require.Len(t, recording.All(recorder.Integration), 3)
		for name, parameters := range callerParameters {
			require.Equal(t, object{
				"apiId":                idOf(api),
				"integrationType":      "HTTP_PROXY",
				"integrationMethod":    "ANY",
				"integrationUri":       "https://backend.example.com/v1/",
				"payloadFormatVersion": "1.0",
				"requestParameters":    with(parameters, object{"overwrite:path": "/v1${request.path}"}),
			}, inputs(recording.Named(t, recorder.Integration, name)), name)
		}
		require.Empty(t, recording.All(recorder.Permission))
		requireRoutesAndStage(t, recording)
	})
}

// callerParameters are the request parameters that tell a URL backend who called, by the
// integration of each kind of authorization. No client can set one of the headers.
var callerParameters = map[string]object{
	"one-backend": {"overwrite:header.x-caller-arn": "$context.identity.userArn",
		"overwrite:header.x-caller-account": "$context.identity.accountId", "remove:header.x-caller-subject": "''"},
	"one-token-backend": {"overwrite:header.x-caller-subject": "$context.authorizer.claims.sub",
		"remove:header.x-caller-arn": "''", "remove:header.x-caller-account": "''"},
	"one-open-backend": {"remove:header.x-caller-arn": "''", "remove:header.x-caller-account": "''", "remove:header.x-caller-subject": "''"},
}

func TestHttpApiOfAFunction(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("HttpApi of a function").deploy(t, run, "one")
		function := recording.Named(t, recorder.Function, "given")
		integration, permission := only(t, recording, recorder.Integration), only(t, recording, recorder.Permission)
		require.Equal(t, object{
			"apiId":                idOf(only(t, recording, recorder.Api)),
			"integrationType":      "AWS_PROXY",
			"integrationMethod":    "POST",
			"integrationUri":       function.Output("invokeArn"),
			"payloadFormatVersion": "2.0",
		}, inputs(integration))
		require.Subset(t, integration.DependsOn, []resource.URN{permission.URN, function.URN},
			"no request meets a function that refuses it")
		requireRoutesAndStage(t, recording)
	})
}

// requireRoutesAndStage checks the routes and the stage of the specimens.
func requireRoutesAndStage(t *testing.T, recording recorder.Recording) {
	t.Helper()
	api, stage := idOf(only(t, recording, recorder.Api)), only(t, recording, recorder.Stage)
	logs := only(t, recording, recorder.LogGroup)
	// A function has one integration for all kinds of authorization.
	kinds := map[any]string{"AWS_IAM": "one-backend", "NONE": "one-backend", "JWT": "one-backend"}
	if len(recording.All(recorder.Permission)) == 0 {
		kinds["NONE"], kinds["JWT"] = "one-open-backend", "one-token-backend"
	}
	customers := recording.Named(t, recorder.Authorizer, "one-authorizer-customers")
	require.Equal(t, object{
		"apiId": api, "name": "customers", "authorizerType": "JWT", "identitySources": []any{"$request.header.Authorization"},
		"jwtConfiguration": object{"issuer": "https://shop.eu.auth0.com/", "audiences": []any{"web", "app"}},
	}, inputs(customers))
	authorizations := map[string]object{
		"GET /products":      {"authorizationType": "AWS_IAM"},
		"POST /products":     {"authorizationType": "AWS_IAM"},
		"GET /health":        {"authorizationType": "NONE"},
		"ANY /files/{file+}": {"authorizationType": "AWS_IAM"},
		"GET /orders":        {"authorizationType": "JWT", "authorizerId": idOf(customers)},
		"POST /orders":       {"authorizationType": "JWT", "authorizerId": idOf(customers), "authorizationScopes": []any{"orders/write", "all"}},
	}
	routes := recording.All(recorder.Route)
	require.Len(t, routes, len(authorizations))
	for _, route := range routes {
		key := route.Input("routeKey").(string)
		integration := recording.Named(t, recorder.Integration, kinds[authorizations[key]["authorizationType"]])
		require.Equal(t, with(authorizations[key], object{"apiId": api, "routeKey": key, "target": targetOf(integration)}), inputs(route))
		if authorizations[key]["authorizerId"] != nil {
			require.Contains(t, route.DependsOn, customers.URN, "a route changes before its old authorizer goes")
		}
		require.Contains(t, route.DependsOn, integration.URN)
		require.Contains(t, stage.DependsOn, route.URN, "the stage deploys what exists")
	}
	require.Equal(t, object{"namePrefix": "/aws/vendedlogs/one-", "retentionInDays": 90.0}, inputs(logs))
	require.Equal(t, object{
		"apiId":                api,
		"name":                 "live",
		"autoDeploy":           true,
		"defaultRouteSettings": object{"throttlingRateLimit": 12.5, "throttlingBurstLimit": 25.0},
		"accessLogSettings":    object{"destinationArn": logs.Output("arn"), "format": components.TokenLogFormat},
	}, inputs(stage))
}

// targetOf returns the target of routes that go to an integration.
func targetOf(integration recorder.Resource) string {
	if integration.ID == "" {
		return recorder.Unknown
	}
	return "integrations/" + integration.ID
}

// TestAddAuthorizers adds authorizers to an API that something else manages.
func TestAddAuthorizers(t *testing.T) {
	authorizers := map[string]access.Authorizer{
		"shop":  {Issuer: "https://issuer.example.com", Audiences: []string{"web"}},
		"staff": {Issuer: "https://issuer.example.com", Audiences: []string{"staff"}},
	}
	add := func(apiId pulumi.StringInput, authorizers map[string]access.Authorizer) func(*pulumi.Context) error {
		return func(ctx *pulumi.Context) error {
			added, err := components.AddAuthorizers(ctx, "orders", apiId, authorizers)
			if err == nil {
				ctx.Export("staff", added["staff"].ID())
			}
			return err
		}
	}
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := run.Must(t, add(pulumi.String("a1b2c3"), authorizers))
		require.Len(t, recording.All(recorder.Authorizer), 2)
		staff := recording.Named(t, recorder.Authorizer, "orders-authorizer-staff")
		require.Equal(t, "a1b2c3", staff.Input("apiId"))
		require.Equal(t, idOf(staff), recording.Output("staff"))
	})
	for want, program := range map[string]func(*pulumi.Context) error{
		`AddAuthorizers "orders": apiId: must be set`:       add(nil, authorizers),
		`AddAuthorizers "orders": authorizers: must be set`: add(pulumi.String("x"), nil),
		`AddAuthorizers "orders": Authorizers["shop"]: audiences: [] must be 1 to 50 audiences`: add(pulumi.String("x"),
			map[string]access.Authorizer{"shop": {Issuer: "https://issuer.example.com"}}),
	} {
		recording, err := recorder.Run{}.Do(program)
		require.ErrorContains(t, err, want)
		require.Empty(t, recording.Resources)
	}
}

// TestHttpApiPermission requires one permission for all routes, of this API's stage
// alone.
func TestHttpApiPermission(t *testing.T) {
	for _, stage := range []string{"prod", "$default"} {
		for _, count := range []int{1, 300} {
			t.Run(fmt.Sprintf("%s %d", stage, count), func(t *testing.T) {
				recording := deployWith(t, recorder.Run{Cloud: recorder.China}, components.NewHttpApi, func(g given) *components.HttpApiArgs {
					args := functionApiArgs(g, "one")
					args.Stage, args.Routes = stage, manyRoutes(count)
					return args
				})
				api := only(t, recording, recorder.Api)
				require.Equal(t, object{
					"action":    "lambda:InvokeFunction",
					"function":  recording.Named(t, recorder.Function, "given").ID,
					"principal": "apigateway.amazonaws.com",
					"sourceArn": "arn:aws-cn:execute-api:cn-north-1:111122223333:" + api.ID + "/" + stage + "/*",
				}, inputs(only(t, recording, recorder.Permission)))
			})
		}
	}
}

func TestHttpApiBackendPaths(t *testing.T) {
	for backend, path := range map[string]string{
		"https://backend.example.com":         "$request.path",
		"https://backend.example.com/":        "$request.path",
		"https://backend.example.com:8443/a/": "/a${request.path}",
		"https://backend.example.com/a/b":     "/a/b${request.path}",
		"https://backend.example.com/a%20b":   "/a%20b${request.path}",
	} {
		t.Run(backend, func(t *testing.T) {
			recording := deployWith(t, recorder.Run{}, components.NewHttpApi, func(g given) *components.HttpApiArgs {
				args := httpApiArgs(g, "one")
				args.Backend.Url = backend
				return args
			})
			for _, integration := range recording.All(recorder.Integration) {
				require.Equal(t, backend, integration.Input("integrationUri"))
				require.Equal(t, path, integration.Input("requestParameters").(object)["overwrite:path"])
			}
		})
	}
}

func TestAccessLogFormat(t *testing.T) {
	require.LessOrEqual(t, len(components.TokenLogFormat), 1024, "API Gateway's limit")
	fields := recorder.Decode(t, components.TokenLogFormat)
	variables := map[string]bool{}
	for field, variable := range fields {
		require.Regexp(t, `^\$context\.[A-Za-z_.]+$`, variable, "field %s", field)
		variables[variable.(string)] = true
	}
	require.Len(t, variables, len(fields), "each variable once")
	for _, variable := range []string{
		"requestId", // API Gateway requires it
		"routeKey", "status", "identity.sourceIp", "identity.accountId", "identity.caller", "identity.userArn", "error.message",
		"authorizer.claims.sub", "authorizer.claims.client_id",
	} {
		require.Contains(t, variables, "$context."+variable)
	}
	// Only these two claims of a token are logged.
	text := strings.NewReplacer("claims.sub", "", "claims.client_id", "").Replace(strings.ToLower(components.TokenLogFormat))
	for _, credential := range []string{"accesskey", "apikey", "authorization\"", "header", "token", "querystring", "claims", "cognito"} {
		require.NotContains(t, text, credential)
	}
	delete(fields, "sub")
	delete(fields, "clientId")
	require.Equal(t, fields, recorder.Decode(t, components.AccessLogFormat))
}

func TestHttpApiDefaults(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployWith(t, run, components.NewHttpApi, func(given) *components.HttpApiArgs {
			return &components.HttpApiArgs{
				Name:    "ProductAPI",
				Routes:  routesOf(map[string]access.RouteArgs{"GET /products": {}}),
				Backend: components.Backend{Url: "https://backend.example.com"},
			}
		})
		stage := only(t, recording, recorder.Stage)
		require.Equal(t, "prod", stage.Input("name"))
		require.Equal(t, object{"throttlingRateLimit": 100.0, "throttlingBurstLimit": 200.0}, stage.Input("defaultRouteSettings"))
		require.Equal(t, 365.0, only(t, recording, recorder.LogGroup).Input("retentionInDays"))
		require.Equal(t, "AWS_IAM", only(t, recording, recorder.Route).Input("authorizationType"))
		require.Equal(t, components.AccessLogFormat, stage.Input("accessLogSettings").(object)["format"])
	})
}

func TestHttpApiOutputs(t *testing.T) {
	for name, row := range map[string]struct {
		cloud     recorder.Cloud
		stage     string
		arn, path string
	}{
		"named stage":    {recorder.AWS, "prod", "arn:aws:execute-api:us-east-1:111122223333:", ".execute-api.us-east-1.amazonaws.com/prod"},
		"$default stage": {recorder.AWS, "$default", "arn:aws:execute-api:us-east-1:111122223333:", ".execute-api.us-east-1.amazonaws.com"},
		"aws-cn":         {recorder.China, "prod", "arn:aws-cn:execute-api:cn-north-1:111122223333:", ".execute-api.cn-north-1.amazonaws.com.cn/prod"},
	} {
		t.Run(name, func(t *testing.T) {
			recording := deployWith(t, recorder.Run{Cloud: row.cloud}, components.NewHttpApi, func(g given) *components.HttpApiArgs {
				args := httpApiArgs(g, "one")
				args.Stage = row.stage
				return args
			})
			api := only(t, recording, recorder.Api)
			require.Equal(t, object{
				"apiId":        api.ID,
				"executionArn": row.arn + api.ID,
				"invokeUrl":    "https://" + api.ID + row.path,
				"logGroupName": only(t, recording, recorder.LogGroup).Output("name"),
			}, recorder.Plain(recording.Outputs))
		})
	}
	preview := find("HttpApi").deploy(t, recorder.Run{Preview: true}, "one").Outputs
	for name, output := range recorder.Plain(preview) {
		require.Equal(t, recorder.Unknown, output, "the output %s of a preview", name)
	}
}
