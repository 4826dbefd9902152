package gateway_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

const app = "https://app.example.com"

// appCORS allows the app's origin.
var appCORS = cloud.CORS{
	AllowOrigins: []string{app, "http://localhost:3000"}, AllowMethods: []string{"GET", "POST"},
	AllowHeaders: []string{"authorization", "x-amz-date"}, ExposeHeaders: []string{"apigw-requestid"}, MaxAge: 600,
}

// setCORS changes the API's CORS configuration; nil removes it.
func (w *world) setCORS(cors *cloud.CORS) {
	if cors == nil {
		sandboxtest.OK(w.region.DeleteCorsConfiguration(w.api.APIID))
		return
	}
	settings := w.api.APISettings
	settings.CORS = cors
	sandboxtest.OK(w.region.UpdateApi(w.api.APIID, settings))
}

// do sends a request and returns its status and the headers of CORS, with Vary.
func (w *world) do(r *http.Request) (int, map[string]string) {
	response, err := client.Do(r)
	require.NoError(w.t, err)
	require.NoError(w.t, response.Body.Close())
	headers := map[string]string{}
	for name, values := range response.Header {
		if rest, is := strings.CutPrefix(name, "Access-Control-"); is || name == "Vary" {
			headers[rest] = strings.Join(values, " | ")
		}
	}
	return response.StatusCode, headers
}

// preflight returns the preflight of a request with a method.
func (w *world) preflight(origin, method, path string) *http.Request {
	r := w.request("OPTIONS", path, "")
	r.Header.Set("Origin", origin)
	r.Header.Set("Access-Control-Request-Method", method)
	r.Header.Set("Access-Control-Request-Headers", "authorization,x-amz-date")
	return r
}

// from adds an origin, unless it is empty, to a request.
func from(origin string, r *http.Request) *http.Request {
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	return r
}

// The headers of responses: to the app's preflights, to its other requests, and to others.
var (
	preflighted = map[string]string{
		"Allow-Origin": app, "Allow-Methods": "GET,POST", "Allow-Headers": "authorization,x-amz-date", "Max-Age": "600", "Vary": "Origin",
	}
	called   = map[string]string{"Allow-Origin": app, "Expose-Headers": "apigw-requestid", "Vary": "Origin"}
	stranger = map[string]string{"Vary": "Origin"}
)

func TestPreflights(t *testing.T) {
	w := newWorld(t, nil)
	refused := func(what string, r *http.Request) {
		t.Helper()
		status, headers := w.do(r)
		assert.Equal(t, 404, status, what)
		assert.Empty(t, headers, what)
	}
	refused("without CORS", w.preflight(app, "GET", "/prod/products"))
	w.setCORS(&appCORS)
	for _, c := range []struct {
		name    string
		request *http.Request
		want    map[string]string
	}{
		{"GET", w.preflight(app, "GET", "/prod/products"), preflighted},
		{"POST", w.preflight(app, "POST", "/prod/products"), preflighted},
		{"a path without routes", w.preflight(app, "GET", "/prod/nothing"), preflighted},
		{"a method that is not allowed, which the browser sees", w.preflight(app, "DELETE", "/prod/products"), preflighted},
		{"another origin", w.preflight("https://mallory.example.com", "GET", "/prod/products"), stranger},
	} {
		status, headers := w.do(c.request)
		assert.Equal(t, 204, status, c.name)
		assert.Equal(t, c.want, headers, c.name)
	}
	assert.Zero(t, w.invoked())
	lines := w.logged()
	require.Len(t, lines, 6)
	assert.Equal(t, "204", lines[5]["status"])
	assert.Equal(t, "-", lines[5]["route"])

	plain := w.preflight(app, "GET", "/prod/products")
	plain.Header.Del("Access-Control-Request-Method")
	status, headers := w.do(plain)
	assert.Equal(t, 404, status, "not a preflight")
	assert.Equal(t, called, headers, "not a preflight")
	status, _ = w.do(w.preflight(app, "GET", "/test/products"))
	assert.Equal(t, 404, status, "no such stage")
	w.setCORS(nil)
	refused("without CORS again", w.preflight(app, "GET", "/prod/products"))
}

// TestPreflightsThatRoutesTake sends preflights to routes. They are authorized like other
// requests.
func TestPreflightsThatRoutesTake(t *testing.T) {
	for _, c := range []struct {
		key, authorization string
		status, invoked    int
	}{
		{"ANY /products", cloud.AuthIAM, 403, 0},
		{"OPTIONS /products", cloud.AuthIAM, 403, 0},
		{"ANY /{proxy+}", cloud.AuthIAM, 403, 0},
		{"$default", cloud.AuthIAM, 403, 0},
		{"$default", cloud.AuthJWT, 401, 0},
		{"OPTIONS /products", cloud.AuthNone, 200, 1},
		{"ANY /products", cloud.AuthNone, 200, 1},
		{"$default", cloud.AuthNone, 200, 1},
		{"ANY /orders", cloud.AuthIAM, 204, 0},
	} {
		t.Run(c.key+" "+c.authorization, func(t *testing.T) {
			w := newWorld(t, nil)
			w.setHandler(gateway.EventHandler(func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
				return events.APIGatewayV2HTTPResponse{Headers: map[string]string{"Access-Control-Allow-Methods": "DELETE"}}, nil
			}))
			sandboxtest.OK(w.region.AddPermission(w.function, permission("default", w.api.ExecutionARN+"/*")))
			w.setCORS(&appCORS)
			if c.authorization == cloud.AuthJWT {
				w.authorize(issuer, c.key)
			} else {
				w.route(c.key, c.authorization)
			}
			status, headers := w.do(w.preflight(app, "GET", "/prod/products"))
			assert.Equal(t, c.status, status)
			assert.Equal(t, preflighted, headers)
			assert.Equal(t, c.invoked, w.invoked())
		})
	}
}

// TestThrottledPreflights requires that preflights count as requests of the stage.
func TestThrottledPreflights(t *testing.T) {
	w := newWorld(t, nil)
	w.setCORS(&appCORS)
	w.limit(throttle(0.001, 1), nil)
	status, _ := w.do(w.preflight(app, "GET", "/prod/products"))
	assert.Equal(t, 204, status)
	status, headers := w.do(w.preflight(app, "GET", "/prod/products"))
	assert.Equal(t, 429, status)
	assert.Equal(t, preflighted, headers)
	status, headers = w.do(w.sign(from(app, w.request("GET", "/prod/products", "")), w.john, ""))
	assert.Equal(t, 429, status)
	assert.Equal(t, called, headers)
}

// TestResponsesToPages checks that pages can read responses of the backend and refusals, and
// that the backend's own CORS headers are ignored.
func TestResponsesToPages(t *testing.T) {
	backend := func(w *world) {
		w.setHandler(gateway.EventHandler(func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
			return events.APIGatewayV2HTTPResponse{StatusCode: 418, Headers: map[string]string{
				"access-control-allow-origin": "*", "Access-Control-Allow-Credentials": "true", "Access-Control-Expose-Headers": "secret", "vary": "Accept",
			}}, nil
		}))
	}
	byJane := func(w *world, method string) *http.Request {
		return w.sign(w.request(method, "/prod/products", ""), w.jane, "")
	}
	withVary := maps.Clone(called)
	withVary["Vary"] = "Accept | Origin"
	for _, c := range []struct {
		name    string
		request func(w *world) *http.Request
		prepare func(w *world)
		status  int
		want    map[string]string
	}{
		{"of the backend", func(w *world) *http.Request { return byJane(w, "GET") }, backend, 418, withVary},
		{"of a backend that fails", func(w *world) *http.Request { return byJane(w, "GET") }, func(w *world) { w.setHandler(nil) }, 500, called},
		{"of a URL", func(w *world) *http.Request { return byJane(w, "GET") }, toURL, 418, withVary},
		{"a denied one", func(w *world) *http.Request { return w.sign(w.request("POST", "/prod/products", tea), w.john, tea) }, nil, 403, called},
		{"an unsigned one", func(w *world) *http.Request { return w.request("GET", "/prod/products", "") }, nil, 403, called},
		{"no route", func(w *world) *http.Request { return byJane(w, "DELETE") }, nil, 404, called},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			if c.prepare != nil {
				c.prepare(w)
			}
			w.setCORS(&appCORS)
			status, headers := w.do(from(app, c.request(w)))
			assert.Equal(t, c.status, status)
			assert.Equal(t, c.want, headers)
			for _, origin := range []string{"https://mallory.example.com", ""} {
				status, headers = w.do(from(origin, c.request(w)))
				assert.Equal(t, c.status, status, "%q: CORS decides nothing", origin)
				assert.Equal(t, map[string]string{"Vary": c.want["Vary"]}, headers, "%q", origin)
			}
		})
	}
}

// toURL sends the requests to a URL whose responses have CORS headers of their own.
func toURL(w *world) {
	backend := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		for name, value := range map[string]string{
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Private-Network": "true", "Vary": "Accept",
		} {
			rw.Header().Set(name, value)
		}
		rw.WriteHeader(http.StatusTeapot)
	}))
	w.t.Cleanup(backend.Close)
	settings := w.integration.IntegrationSettings
	settings.IntegrationType, settings.IntegrationMethod, settings.IntegrationURI = "HTTP_PROXY", "ANY", backend.URL
	settings.PayloadFormatVersion = "1.0"
	sandboxtest.OK(w.region.UpdateIntegration(w.api.APIID, w.integration.IntegrationID, settings))
}

// TestOrigins sends origins that look like an allowed one. Only those that are listed are
// allowed.
func TestOrigins(t *testing.T) {
	w := newWorld(t, nil)
	lists := map[string][]string{
		"listed": {app, "https://shop.example.com:8443", "http://localhost:3000"},
		"https":  {"https://*"},
		"all":    {"*"},
	}
	in := map[string][]string{ // by list, what is sent back
		"listed": lists["listed"],
		"https":  {app, "https://shop.example.com:8443", "https://mallory.example.com"},
	}
	origins := []string{
		app, "https://shop.example.com:8443", "http://localhost:3000", "https://mallory.example.com",
		"null", "", "*", "https://*", "https://", "https:", app + "/", app + "/x", app + ":443", app + ":8443", app + ".", app + ".mallory.example",
		"https://mallory.example/" + app, "https://app.example.com@mallory.example", "https://malloryapp.example.com", "https://x.app.example.com",
		"https://app-example.com", "https://appXexample.com", "HTTPS://APP.EXAMPLE.COM", "https://App.example.com", "http://app.example.com", "app.example.com",
		"//app.example.com", app + "," + "https://mallory.example.com", app + " https://mallory.example.com", app + "%00",
		"https://shop.example.com", "https://shop.example.com:84", "https://shop.example.com:84430", "http://localhost", "http://localhost:3001",
		"http://127.0.0.1:3000", "chrome-extension://abc", "file://",
	}
	for name, list := range lists {
		cors := appCORS
		cors.AllowOrigins = list
		w.setCORS(&cors)
		for _, origin := range origins {
			want := ""
			switch {
			case name == "all" && origin != "":
				want = "*"
			case slices.Contains(in[name], origin), name == "https" && strings.HasPrefix(origin, "https://"):
				want = origin
			}
			for what, r := range map[string]*http.Request{
				"a preflight": w.preflight(origin, "GET", "/prod/products"),
				"a request":   w.sign(from(origin, w.request("GET", "/prod/products", "")), w.john, ""),
			} {
				_, headers := w.do(r)
				assert.Equal(t, want, headers["Allow-Origin"], "%s: %s from %q", name, what, origin)
			}
		}
		twice := from(app, w.request("GET", "/prod/products", ""))
		twice.Header.Add("Origin", "https://mallory.example.com")
		_, headers := w.do(twice)
		assert.Empty(t, headers["Allow-Origin"], "two origins")
	}
}

// TestCredentials requires that cookies are allowed only if the configuration says so.
func TestCredentials(t *testing.T) {
	w := newWorld(t, nil)
	cors := appCORS
	cors.AllowCredentials = true
	w.setCORS(&cors)
	for _, r := range []*http.Request{w.preflight(app, "GET", "/prod/products"), from(app, w.request("GET", "/prod/products", ""))} {
		_, headers := w.do(r)
		assert.Equal(t, "true", headers["Allow-Credentials"])
		assert.Equal(t, app, headers["Allow-Origin"])
	}
	_, headers := w.do(w.preflight("https://mallory.example.com", "GET", "/prod/products"))
	assert.Equal(t, stranger, headers)
}
