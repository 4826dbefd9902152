package gateway_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// TestDecisions sends allowed, denied, unsigned and unrouted requests.
func TestDecisions(t *testing.T) {
	w := newWorld(t, nil)
	status, body := w.as(w.john, "GET", "/prod/products", "")
	assert.Equal(t, 200, status, body)
	assert.JSONEq(t, `{"products":[]}`, body)
	status, body = w.as(w.john, "POST", "/prod/products", tea)
	assert.Equal(t, 403, status)
	assert.Equal(t, forbidden, body)
	status, body = w.as(w.jane, "POST", "/prod/products", tea)
	assert.Equal(t, 201, status, body)
	var product struct{ CreatedBy string }
	require.NoError(t, json.Unmarshal([]byte(body), &product))
	assert.Equal(t, "arn:aws:iam::"+cloud.APIAccount+":user/jane", product.CreatedBy)
	status, body = w.send(w.request("GET", "/prod/products", ""))
	assert.Equal(t, 403, status)
	assert.Equal(t, forbidden, body)
	status, body = w.as(w.jane, "DELETE", "/prod/products", "")
	assert.Equal(t, 404, status)
	assert.Equal(t, notFound, body)
	assert.Equal(t, 2, w.invoked())
}

// last returns the route of the last request, and whether it reached the backend.
func (w *world) last() (routeKey string, invoked bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	call := w.calls[len(w.calls)-1]
	return call.RouteKey, call.Invoked
}

// TestRouteSelection checks that the gateway takes the first candidate, whose order the
// tests of access check.
func TestRouteSelection(t *testing.T) {
	w := newWorld(t, nil)
	for _, key := range []string{"ANY /products", "GET /products/{id}", "GET /products/{proxy+}", "GET /x/{y}/z", "GET /{w}/y/z", "GET /"} {
		w.route(key, cloud.AuthIAM)
	}
	root := w.user("root", w.allow("*"))
	selects := func(method, path, want string) {
		t.Helper()
		_, _ = w.wire(w.signed(root, method, "/prod"+path, ""))
		got, invoked := w.last()
		assert.Equal(t, want, got, "%s %s", method, path)
		assert.Equal(t, want != "", invoked, "%s %s", method, path)
	}
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/products", "GET /products"},
		{"OPTIONS", "/products", "ANY /products"},
		{"GET", "/products/1", "GET /products/{id}"},
		{"GET", "/products/1/2", "GET /products/{proxy+}"},
		{"GET", "/products/", ""}, // {id} and {proxy+} take no empty segment
		{"GET", "/x/y/z", "GET /x/{y}/z"},
		{"GET", "", "GET /"},
		{"PUT", "/", ""},
		{"BREW", "/products", ""},
	} {
		selects(c.method, c.path, c.want)
	}
	w.route("$default", cloud.AuthIAM)
	selects("PUT", "/", "$default")
	selects("BREW", "/products", "$default")
	selects("GET", "/", "GET /")
}

// TestDecisionIsOnTheRequest: the ARN has the request's method and path, never
// the route's.
func TestDecisionIsOnTheRequest(t *testing.T) {
	w := newWorld(t, nil)
	w.route("ANY /products/{id}", cloud.AuthIAM)
	w.route("GET /files/{proxy+}", cloud.AuthIAM)
	for _, c := range []struct {
		grant, method, path string
		status              int // 0 for the backend's
	}{
		{"prod/GET/products/1", "GET", "/products/1", 0},
		{"prod/GET/products/1", "GET", "/products/2", 403},
		{"prod/GET/products/1", "PUT", "/products/1", 403},
		{"prod/GET/products/*", "GET", "/products/2", 0},
		{"prod/GET/products/{id}", "GET", "/products/1", 403},
		{"prod/GET/products/{id}", "GET", "/products/%7Bid%7D", 403},
		{"prod/ANY/products/1", "GET", "/products/1", 403},
		{"prod/*/products/1", "PUT", "/products/1", 0},
		{"prod/GET/files/{proxy+}", "GET", "/files/a", 403},
		{"prod/GET/files/a/*", "GET", "/files/a/b/c", 0},
		{"prod/GET/files/a b", "GET", "/files/a%20b", 403},
		{"prod/GET/files/a%20b", "GET", "/files/a%20b", 0},
		{"prod/GET/files/a%2Fb", "GET", "/files/a%2fb", 403}, // as it was requested, case and all
		{"prod//GET/files/a", "GET", "/files/a", 403},
		{"prod/GET//files/a", "GET", "/files/a", 403},
		{"PROD/GET/files/a", "GET", "/files/a", 403},
		{"prod/GET/files/a:b", "GET", "/files/a:b", 0},
	} {
		key := w.user("mary", w.allow(c.grant))
		before := w.invoked()
		m := w.signed(key, c.method, "/prod"+c.path, "")
		if c.status != 0 {
			w.expect(c.status, m)
			assert.Equal(t, before, w.invoked(), "%+v", c)
		} else {
			_, _ = w.wire(m)
			assert.Equal(t, before+1, w.invoked(), "%+v", c)
		}
		sandboxtest.OK(w.account.DeleteAccessKey("mary", key.AccessKeyID))
		sandboxtest.OK(w.account.UserPolicies().Delete("mary", "calls"))
		sandboxtest.OK(w.account.DeleteUser("mary"))
	}
}

// TestStages: the first segment is a stage's name, or else the path is one of the stage
// $default, if there is one.
func TestStages(t *testing.T) {
	w := newWorld(t, nil)
	mary := w.user("mary", w.allow("$default/GET/products"))
	w.expect(404, w.signed(mary, "GET", "/products", ""))
	w.stage("$default")
	sandboxtest.OK(w.region.AddPermission(w.function, permission("default", w.api.ExecutionARN+"/$default/*")))
	w.expect(200, w.signed(mary, "GET", "/products", ""))
	w.expect(403, w.signed(w.john, "GET", "/products", "")) // of the stage prod
	w.expect(403, w.signed(w.jane, "GET", "/products", ""))
	w.expect(403, w.signed(mary, "GET", "/prod/products", ""))
	w.expect(200, w.signed(w.john, "GET", "/prod/products", ""))
	w.expect(404, w.signed(mary, "GET", "/$default/products", ""))
	w.expect(404, w.signed(mary, "GET", "/test/products", ""))
	w.expect(404, w.signed(mary, "GET", "//products", ""))
	w.route("GET /prod", cloud.AuthIAM) // hidden behind the stage
	w.expect(404, w.signed(w.jane, "GET", "/prod", ""))
	sandboxtest.OK(w.region.DeleteStage(w.api.APIID, "prod"))
	w.expect(404, w.signed(w.john, "GET", "/prod/products", ""))
	w.expect(403, w.signed(w.john, "GET", "/prod", "")) // the route, now that the stage is gone
	assert.Equal(t, 2, w.invoked())
}

// TestEndpoint: an API whose endpoint is disabled, and one that is gone.
func TestEndpoint(t *testing.T) {
	w := newWorld(t, nil)
	settings := w.api.APISettings
	settings.DisableExecuteAPIEndpoint = true
	sandboxtest.OK(w.region.UpdateApi(w.api.APIID, settings))
	w.expect(404, w.signed(w.john, "GET", "/prod/products", ""))
	settings.DisableExecuteAPIEndpoint = false
	sandboxtest.OK(w.region.UpdateApi(w.api.APIID, settings))
	w.expect(200, w.signed(w.john, "GET", "/prod/products", ""))
	sandboxtest.OK(w.region.DeleteApi(w.api.APIID))
	w.expect(404, w.signed(w.john, "GET", "/prod/products", ""))
	w.expect(404, w.message(w.request("GET", "/prod/products", ""), ""))
	assert.Equal(t, 1, w.invoked())
}

// TestRouteChanges: a change of a route is in force with the next request.
func TestRouteChanges(t *testing.T) {
	w := newWorld(t, nil)
	unsigned := func() *message { return w.message(w.request("GET", "/prod/prices", ""), "") }
	reached := func() {
		t.Helper()
		before := w.invoked()
		_, _ = w.wire(unsigned())
		require.Equal(t, before+1, w.invoked())
	}
	w.expect(404, unsigned())
	made := sandboxtest.Must(w.region.CreateRoute(w.api.APIID, cloud.RouteSettings{RouteKey: "GET /prices", AuthorizationType: cloud.AuthIAM, Target: w.integration.Target()}))
	w.expect(403, unsigned())
	settings := made.RouteSettings
	settings.AuthorizationType = cloud.AuthNone
	sandboxtest.OK(w.region.UpdateRoute(w.api.APIID, made.RouteID, settings))
	reached()
	settings.AuthorizationType = cloud.AuthIAM
	sandboxtest.OK(w.region.UpdateRoute(w.api.APIID, made.RouteID, settings))
	w.expect(403, unsigned())
	settings.RouteKey = "GET /costs"
	sandboxtest.OK(w.region.UpdateRoute(w.api.APIID, made.RouteID, settings))
	w.expect(404, unsigned())
	sandboxtest.OK(w.region.DeleteRoute(w.api.APIID, made.RouteID))
	w.expect(404, w.message(w.request("GET", "/prod/costs", ""), ""))
	w.route("GET /prices", cloud.AuthNone)
	reached()
}

// TestPublicRoute: anyone may call a public route, and no caller is identified.
func TestPublicRoute(t *testing.T) {
	w := newWorld(t, nil)
	w.route("GET /open", cloud.AuthNone)
	for _, m := range []*message{
		w.message(w.request("GET", "/prod/open", ""), ""), w.signed(w.jane, "GET", "/prod/open", ""), w.signed(w.john, "GET", "/prod/open?x=1", ""),
		w.presigned(w.jane, "GET", "/prod/open", "", 60),
	} {
		before := w.invoked()
		status, _ := w.wire(m)
		assert.NotContains(t, []int{http.StatusForbidden, http.StatusInternalServerError}, status)
		assert.Equal(t, before+1, w.invoked())
		assert.Empty(t, w.calls[len(w.calls)-1].Caller)
	}
	w.expect(403, w.message(w.request("GET", "/prod/products", ""), ""))
}

// TestRequestID is the same in the response, the log and what is observed.
func TestRequestID(t *testing.T) {
	w := newWorld(t, nil)
	response, _ := w.exchange(w.signed(w.john, "GET", "/prod/products", "").text())
	id := response.Header.Get("Apigw-Requestid")
	assert.NotEmpty(t, id)
	assert.Equal(t, id, w.calls[0].ID)
	lines := sandboxtest.Must(w.region.FilterLogEvents("calls"))
	require.Len(t, lines, 1)
	var line struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &line))
	assert.Equal(t, id, line.ID)
}
