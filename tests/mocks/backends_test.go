package mocks

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

// TestHttpApiOfSeveralBackends requires an integration for each backend that routes use
// and, for URLs, for each kind of authorization of those routes.
func TestHttpApiOfSeveralBackends(t *testing.T) {
	integrations := map[string]string{ // by route
		"GET /products": "one-backend-orders", "GET /orders": "one-token-backend-orders", "POST /orders": "one-token-backend-orders",
		"POST /products": "one-backend-files", "ANY /files/{file+}": "one-backend-files", "GET /health": "one-open-backend",
	}
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("HttpApi of several backends").deploy(t, run, "one")
		require.Len(t, recording.All(recorder.Integration), 4)
		for _, route := range recording.All(recorder.Route) {
			integration := recording.Named(t, recorder.Integration, integrations[route.Input("routeKey").(string)])
			require.Equal(t, targetOf(integration), route.Input("target"))
			require.Contains(t, route.DependsOn, integration.URN, "the route moves before its old integration is deleted")
		}
		for name, parameters := range map[string]object{
			"one-backend-orders": callerParameters["one-backend"], "one-token-backend-orders": callerParameters["one-token-backend"],
		} {
			integration := recording.Named(t, recorder.Integration, name)
			require.Equal(t, "https://orders.example.com", integration.Input("integrationUri"))
			require.Equal(t, with(parameters, object{"overwrite:path": "$request.path"}), integration.Input("requestParameters"))
		}
		function := recording.Named(t, recorder.Function, "given")
		permission := only(t, recording, recorder.Permission)
		require.Equal(t, "one-permission-files", permission.Name)
		settings := inputs(permission)
		require.Regexp(t, `^(arn:aws:execute-api:us-east-1:111122223333:[a-z0-9]+/live/\*|<unknown>)$`, settings["sourceArn"])
		delete(settings, "sourceArn")
		name := recorder.Unknown
		if function.ID != "" {
			name = function.ID
		}
		require.Equal(t, object{
			"action": "lambda:InvokeFunction", "function": name, "principal": "apigateway.amazonaws.com",
			"qualifier": "live", "statementIdPrefix": "backend-",
		}, settings)
		require.Subset(t, recording.Named(t, recorder.Integration, "one-backend-files").DependsOn, []resource.URN{permission.URN})

		require.Equal(t, []any{
			object{"routeKey": "GET /health", "throttlingRateLimit": 1.0, "throttlingBurstLimit": 2.0},
			object{"routeKey": "POST /orders", "throttlingRateLimit": 0.5, "throttlingBurstLimit": 1.0},
		}, only(t, recording, recorder.Stage).Input("routeSettings"), "both limits")
	})
}

// TestBackendsThatNoRouteUses requires that they have no integration.
func TestBackendsThatNoRouteUses(t *testing.T) {
	recording := deployWith(t, recorder.Run{}, components.NewHttpApi, func(g given) *components.HttpApiArgs {
		args := functionApiArgs(g, "one")
		args.Routes = routesOf(map[string]access.RouteArgs{"GET /orders": {}})
		args.Backends = map[string]components.Backend{"orders": {Url: "https://orders.example.com"}, "more": {Url: "https://more.example.com"}}
		args.RouteBackends = map[string]string{"GET /orders": "orders"}
		return args
	})
	require.Equal(t, "one-backend-orders", only(t, recording, recorder.Integration).Name)
	require.Empty(t, recording.All(recorder.Permission))
}

// TestBackendsAtTheQuota has a backend for each of as many routes as an API may have. An
// API may have as many integrations.
func TestBackendsAtTheQuota(t *testing.T) {
	program := func(count int) func(given) *components.HttpApiArgs {
		return func(g given) *components.HttpApiArgs {
			args := httpApiArgs(g, "one")
			args.Backend, args.Routes = components.Backend{}, manyRoutes(count)
			args.Backends, args.RouteBackends = map[string]components.Backend{}, map[string]string{}
			for i, key := range args.Routes.Keys() {
				url := fmt.Sprintf("https://b%d.example.com", i)
				args.Backends[url], args.RouteBackends[key] = components.Backend{Url: url}, url
			}
			return args
		}
	}
	recording := deployWith(t, recorder.Run{}, components.NewHttpApi, program(access.MaxRoutes))
	require.Len(t, recording.All(recorder.Integration), 300)
	_, err := components.NewHttpApi(nil, "one", program(access.MaxRoutes+1)(given{}))
	require.ErrorContains(t, err, "1 to 300 routes")
}

// TestLambdaFunction compares the function with the product service's: it has no table,
// and may only write its log.
func TestLambdaFunction(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("LambdaFunction").deploy(t, run, "one")
		require.Empty(t, recording.All(recorder.Table))
		function, logs := recording.Named(t, recorder.Function, "one-function"), only(t, recording, recorder.LogGroup)
		require.Equal(t, object{"namePrefix": "/aws/lambda/one-", "retentionInDays": 90.0}, inputs(logs))
		require.Equal(t, archivePath, function.Archive(t, "code"))
		require.Equal(t, []string{"code"}, function.ReplaceOnChanges)
		service := find("ProductService").deploy(t, run, "one").Named(t, recorder.Function, "one-function")
		want, got := inputs(service), inputs(function)
		delete(want, "environment")
		require.Equal(t, want, got)
		attachment := recording.Named(t, recorder.RolePolicyAttachment, "one-service")
		require.Contains(t, function.DependsOn, attachment.URN, "no function runs without its permissions")
		if run.Preview {
			return
		}
		policy := recording.Named(t, recorder.Policy, "one-service")
		require.Equal(t, object{"Version": "2012-10-17", "Statement": []any{object{
			"Sid": "WriteLog", "Effect": "Allow", "Action": []any{"logs:CreateLogStream", "logs:PutLogEvents"},
			"Resource": logs.Output("arn").(string) + ":*",
		}}}, policy.Document(t, "policy"))
	})
}
