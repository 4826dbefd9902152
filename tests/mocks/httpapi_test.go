package mocks

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

func TestHttpApiAsksForIamUnlessARouteSaysOtherwise(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("HttpApi").deploy(t, run, "one")
		got := map[any]any{}
		for _, route := range recording.All(recorder.Route) {
			got[route.Input("routeKey")] = route.Input("authorizationType")
		}
		require.Equal(t, map[any]any{
			"GET /products":      "AWS_IAM",
			"POST /products":     "AWS_IAM",
			"GET /health":        "NONE",
			"ANY /files/{file+}": "AWS_IAM",
		}, got)
	})
}

func TestHttpApiPassesEveryRouteToTheBackend(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("HttpApi").deploy(t, run, "one")
		api := only(t, recording, recorder.Api)
		require.Equal(t, "HTTP", api.Input("protocolType"))
		require.Equal(t, "one", api.Input("name"))
		require.Nil(t, api.Input("corsConfiguration"), "browsers are not allowed by default")

		integration := only(t, recording, recorder.Integration)
		require.Equal(t, "HTTP_PROXY", integration.Input("integrationType"))
		require.Equal(t, "ANY", integration.Input("integrationMethod"))
		require.Equal(t, "https://backend.example.com/v1/", integration.Input("integrationUri"))
		require.Equal(t, "1.0", integration.Input("payloadFormatVersion"))
		require.Equal(t, map[string]any{"overwrite:path": "/v1${request.path}"}, integration.Input("requestParameters"))
		require.Nil(t, integration.Input("credentialsArn"), "the backend is not called as the caller")
		require.Empty(t, recording.All(recorder.Permission))

		requireRouted(t, recording, integration)
	})
}

// requireRouted checks that every route of the API leads to its integration.
func requireRouted(t *testing.T, recording recorder.Recording, integration recorder.Resource) {
	t.Helper()
	routes := recording.All(recorder.Route)
	require.Len(t, routes, 4)
	for _, route := range routes {
		require.Contains(t, route.DependsOn, integration.URN)
		if integration.ID != "" {
			require.Equal(t, "integrations/"+integration.ID, route.Input("target"))
		}
	}
	for _, part := range append(routes, integration, recording.One(t, recorder.Stage)) {
		require.Equal(t, idOf(only(t, recording, recorder.Api)), part.Input("apiId"), "the API of %s", part)
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
			integration := only(t, recording, recorder.Integration)
			require.Equal(t, backend, integration.Input("integrationUri"))
			require.Equal(t, map[string]any{"overwrite:path": path}, integration.Input("requestParameters"))
		})
	}
}

func TestHttpApiStage(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("HttpApi").deploy(t, run, "one")
		stage := only(t, recording, recorder.Stage)
		require.Equal(t, "live", stage.Input("name"))
		require.Equal(t, true, stage.Input("autoDeploy"))
		require.Nil(t, stage.Input("deploymentId"), "auto-deploy sets it")
		require.Equal(t, map[string]any{"throttlingRateLimit": 12.5, "throttlingBurstLimit": 25.0}, stage.Input("defaultRouteSettings"))
		for _, route := range recording.All(recorder.Route) {
			require.Contains(t, stage.DependsOn, route.URN, "the stage deploys what exists")
		}

		logs := only(t, recording, recorder.LogGroup)
		require.Equal(t, 90.0, logs.Input("retentionInDays"))
		require.Equal(t, "/aws/vendedlogs/one-", logs.Input("namePrefix"))
		settings := stage.Input("accessLogSettings").(map[string]any)
		require.Equal(t, logs.Output("arn"), settings["destinationArn"])
		require.Equal(t, components.AccessLogFormat, settings["format"])
	})
}

func TestAccessLogFormat(t *testing.T) {
	require.LessOrEqual(t, len(components.AccessLogFormat), 1024, "what API Gateway takes")
	fields := recorder.Decode(t, components.AccessLogFormat)
	byVariable := map[string]string{}
	for field, variable := range fields {
		require.Regexp(t, `^\$context\.[A-Za-z.]+$`, variable, "field %s", field)
		byVariable[variable.(string)] = field
	}
	require.Len(t, byVariable, len(fields), "a variable stands twice")
	for _, variable := range []string{
		"requestId", // API Gateway insists on it
		"routeKey", "status", "identity.sourceIp", "identity.accountId", "identity.caller", "identity.userArn", "error.message",
	} {
		require.Contains(t, byVariable, "$context."+variable)
	}
	text := strings.ToLower(components.AccessLogFormat)
	for _, credential := range []string{"accesskey", "apikey", "authorization\"", "header", "token", "querystring", "claims", "cognito"} {
		require.NotContains(t, text, credential)
	}
}

func TestHttpApiDefaults(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployWith(t, run, components.NewHttpApi, func(given) *components.HttpApiArgs {
			return &components.HttpApiArgs{
				Name:    "ProductAPI",
				Routes:  routesOf(map[string]access.Authorization{"GET /products": ""}),
				Backend: components.Backend{Url: "https://backend.example.com"},
			}
		})
		stage := only(t, recording, recorder.Stage)
		require.Equal(t, "prod", stage.Input("name"))
		require.Equal(t, map[string]any{"throttlingRateLimit": 100.0, "throttlingBurstLimit": 200.0}, stage.Input("defaultRouteSettings"))
		require.Equal(t, 365.0, only(t, recording, recorder.LogGroup).Input("retentionInDays"))
		require.Equal(t, "AWS_IAM", only(t, recording, recorder.Route).Input("authorizationType"))
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
		"aws-us-gov":     {recorder.GovCloud, "prod", "arn:aws-us-gov:execute-api:us-gov-west-1:111122223333:", ".execute-api.us-gov-west-1.amazonaws.com/prod"},
		"aws-cn":         {recorder.China, "prod", "arn:aws-cn:execute-api:cn-north-1:111122223333:", ".execute-api.cn-north-1.amazonaws.com.cn/prod"},
	} {
		t.Run(name, func(t *testing.T) {
			recording := deployWith(t, recorder.Run{Cloud: row.cloud}, components.NewHttpApi, func(g given) *components.HttpApiArgs {
				args := httpApiArgs(g, "one")
				args.Stage = row.stage
				return args
			})
			api := only(t, recording, recorder.Api)
			require.Equal(t, map[string]any{
				"apiId":        api.ID,
				"executionArn": row.arn + api.ID,
				"invokeUrl":    "https://" + api.ID + row.path,
				"logGroupName": only(t, recording, recorder.LogGroup).Output("name"),
			}, recorder.Plain(recording.Outputs))
		})
	}
	t.Run("preview", func(t *testing.T) {
		for name, output := range find("HttpApi").deploy(t, recorder.Run{Preview: true}, "one").Outputs {
			require.True(t, output.Unknown, "the output %s", name)
		}
	})
}
