package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

func permission(id, source string) cloud.FunctionPermission {
	return cloud.FunctionPermission{StatementID: id, Action: "lambda:InvokeFunction", Principal: "apigateway.amazonaws.com", SourceARN: source}
}

// TestFunctionsThatCannotBeCalled: the response says that the request failed, and the
// gateway's own log says why.
func TestFunctionsThatCannotBeCalled(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*world)
		cause string
	}{
		{"no function", func(w *world) { sandboxtest.OK(w.region.DeleteFunction(w.function)) }, "not found"},
		{"no permission", func(w *world) { sandboxtest.OK(w.region.RemovePermission(w.function, "api")) }, "does not allow"},
		{"permission for another API", func(w *world) {
			sandboxtest.OK(w.region.RemovePermission(w.function, "api"))
			sandboxtest.OK(w.region.AddPermission(w.function, permission("other", strings.Replace(w.api.ExecutionARN, w.api.APIID, "other12345", 1)+"/*")))
		}, "does not allow"},
		{"permission for another stage", func(w *world) {
			sandboxtest.OK(w.region.RemovePermission(w.function, "api"))
			sandboxtest.OK(w.region.AddPermission(w.function, permission("other", w.api.ExecutionARN+"/test/*")))
		}, "does not allow"},
		{"permission for another method", func(w *world) {
			sandboxtest.OK(w.region.RemovePermission(w.function, "api"))
			sandboxtest.OK(w.region.AddPermission(w.function, permission("other", w.api.ExecutionARN+"/prod/POST/products")))
		}, "does not allow"},
		{"permission for another service", func(w *world) {
			sandboxtest.OK(w.region.RemovePermission(w.function, "api"))
			sandboxtest.OK(w.region.AddPermission(w.function, cloud.FunctionPermission{StatementID: "other", Action: "lambda:InvokeFunction", Principal: "events.amazonaws.com"}))
		}, "does not allow"},
		{"payload format 1.0", func(w *world) {
			settings := w.integration.IntegrationSettings
			settings.PayloadFormatVersion = "1.0"
			sandboxtest.OK(w.region.UpdateIntegration(w.api.APIID, w.integration.IntegrationID, settings))
		}, "payload format 1.0"},
		{"no table in its environment", func(w *world) {
			settings := sandboxtest.Must(w.region.GetFunction(w.function)).FunctionSettings
			settings.Environment = nil
			sandboxtest.OK(w.region.UpdateFunctionConfiguration(w.function, settings))
		}, "TABLE_NAME is not set"},
		{"no handler", func(w *world) { w.setHandler(nil) }, "function products: the sandbox was given no handler for it"},
		{"a handler that fails", func(w *world) {
			w.setHandler(lambda.NewHandler(func() error { return errors.New("out of tea") }))
		}, "out of tea"},
		{"a handler that takes too long", func(w *world) {
			settings := sandboxtest.Must(w.region.GetFunction(w.function)).FunctionSettings
			settings.Timeout = 1
			sandboxtest.OK(w.region.UpdateFunctionConfiguration(w.function, settings))
			w.setHandler(lambda.NewHandler(func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			}))
		}, "deadline exceeded"},
		{"a handler with a malformed response", func(w *world) {
			w.setHandler(lambda.NewHandler(func() (any, error) { return map[string]string{"statusCode": "tea"}, nil }))
		}, "malformed response"},
		{"route without a target", func(w *world) {
			routes := sandboxtest.Must(w.region.GetRoutes(w.api.APIID))
			settings := routes[0].RouteSettings
			settings.Target = ""
			sandboxtest.OK(w.region.UpdateRoute(w.api.APIID, routes[0].RouteID, settings))
		}, "no integration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			w := newWorld(t, func(o *gateway.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			w.list(200)
			before := len(sandboxtest.Must(w.region.FilterLogEvents("/aws/lambda/products")))
			c.spoil(w)
			w.list(500)
			assert.Contains(t, log.String(), c.cause)
			assert.NotContains(t, log.String(), w.john.AccessKeyID)
			lines := w.logged()
			require.Len(t, lines, 2)
			assert.Equal(t, "500", lines[1]["status"])
			assert.NotContains(t, w.lines()[1], c.cause)
			if functions, err := w.region.FilterLogEvents("/aws/lambda/products"); err == nil {
				assert.Len(t, functions, before)
			}
		})
	}
}

// TestFunctionsRole: a function has the permissions of its role only. Only its own log
// says what it was denied.
func TestFunctionsRole(t *testing.T) {
	may := func(action string) func(*world) {
		return func(w *world) {
			sandboxtest.OK(w.account.RolePolicies().Put("service", cloud.InlinePolicy{PolicyName: "table", PolicyDocument: sandboxtest.Document("Allow", action, tableARN)}))
		}
	}
	for _, c := range []struct {
		name      string
		spoil     func(*world)
		list, add int
		cause     string
	}{
		{"no PutItem", may("dynamodb:Scan"), 200, 500, "dynamodb:PutItem"},
		{"no Scan", may("dynamodb:PutItem"), 500, 201, "dynamodb:Scan"},
		{"nothing", func(w *world) { sandboxtest.OK(w.account.RolePolicies().Delete("service", "table")) }, 500, 500, "not authorized"},
		{"no role", func(w *world) {
			sandboxtest.OK(w.account.RolePolicies().Delete("service", "table"))
			sandboxtest.OK(w.account.RolePolicies().Delete("service", "log"))
			sandboxtest.OK(w.account.DeleteRole("service"))
		}, 500, 500, ""},
		{"no PutItem, no log", func(w *world) {
			may("dynamodb:Scan")(w)
			sandboxtest.OK(w.account.RolePolicies().Delete("service", "log"))
		}, 200, 500, ""},
		{"no table", func(w *world) { sandboxtest.OK(w.region.DeleteTable(w.table)) }, 500, 500, "not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			w := newWorld(t, func(o *gateway.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			w.list(200)
			w.add(201)
			c.spoil(w)
			// The function caught the error, so the response is its own.
			const words = `{"message":"internal error"}`
			for m, want := range map[*message]int{
				w.signed(w.john, "GET", "/prod/products", ""): c.list, adding(w): c.add,
			} {
				got, body := w.wire(m)
				assert.Equal(t, want, got, body)
				assert.Equal(t, got == 500, body == words, body)
			}
			logged := sandboxtest.Must(w.region.FilterLogEvents("/aws/lambda/products"))
			if c.cause == "" { // the role may not write the log, either
				assert.Empty(t, logged)
			} else {
				assert.Contains(t, strings.Join(logged, "\n"), c.cause)
				assert.NotContains(t, log.String()+strings.Join(w.lines(), "\n"), c.cause)
			}
			for _, line := range w.logged()[2:] {
				assert.Equal(t, line["status"], line["backend"], "the function has responded")
			}
		})
	}
}

// TestResponses: several values of a header come as cookies only. The headers of
// payload format 1.0 are ignored.
func TestResponses(t *testing.T) {
	w := newWorld(t, nil)
	w.setHandler(lambda.NewHandler(func() (events.APIGatewayV2HTTPResponse, error) {
		return events.APIGatewayV2HTTPResponse{
			StatusCode: 202, Body: "dGVh", IsBase64Encoded: true, Headers: map[string]string{"content-type": "text/plain"},
			MultiValueHeaders: map[string][]string{"X-Multi": {"a", "b"}}, Cookies: []string{"a=1", "b=2"},
		}, nil
	}))
	response := sandboxtest.Must(client.Do(w.sign(w.request("GET", "/prod/products", ""), w.john, "")))
	defer response.Body.Close()
	assert.Equal(t, 202, response.StatusCode)
	assert.Equal(t, "tea", string(sandboxtest.Must(io.ReadAll(response.Body))))
	assert.Equal(t, []string{"text/plain"}, response.Header["Content-Type"])
	assert.Equal(t, []string{"a=1", "b=2"}, response.Header["Set-Cookie"])
	assert.NotContains(t, response.Header, "X-Multi")
}

// TestBareResponses: an output without a status code is the body, as in the examples
// of the API Gateway developer guide.
func TestBareResponses(t *testing.T) {
	w := newWorld(t, nil)
	for want, output := range map[string]any{
		"Hello from Lambda!":               "Hello from Lambda!",
		`{"message":"Hello from Lambda!"}`: map[string]string{"message": "Hello from Lambda!"},
		`[1,2]`:                            []int{1, 2},
	} {
		w.setHandler(lambda.NewHandler(func() (any, error) { return output, nil }))
		status, body := w.as(w.john, "GET", "/prod/products", "")
		assert.Equal(t, 200, status)
		assert.Equal(t, want, body)
	}
}

// TestSourceOfRoutes: a permission for a route is not one for another.
func TestSourceOfRoutes(t *testing.T) {
	w := newWorld(t, nil)
	sandboxtest.OK(w.region.RemovePermission(w.function, "api"))
	for id, source := range map[string]string{"any": "/prod/*/any", "variable": "/prod/GET/x/{y}", "default": "/prod/$default"} {
		sandboxtest.OK(w.region.AddPermission(w.function, permission(id, w.api.ExecutionARN+source)))
	}
	w.route("ANY /any", cloud.AuthIAM)
	w.route("GET /x/{y}", cloud.AuthIAM)
	w.route("$default", cloud.AuthIAM)
	for _, path := range []string{"/any", "/x/1", "/other"} {
		status, _ := w.wire(w.signed(w.jane, "GET", "/prod"+path, ""))
		assert.NotEqual(t, 500, status, path)
	}
	assert.Equal(t, 3, w.invoked())
	w.list(500)
}
