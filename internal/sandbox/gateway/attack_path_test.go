package gateway_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// TestPathsAreTakenLiterally sends paths that look like /products, as john, who may GET
// that alone. Without a route for them, they are not found, for any caller. With
// $default, john is denied, and a caller who may do everything is not.
func TestPathsAreTakenLiterally(t *testing.T) {
	const elsewhere = true // not in the stage: not found, even with $default
	for _, c := range []struct {
		method, path string
		elsewhere    bool
	}{
		{"GET", "/prod/%70roducts", false},
		{"GET", "/prod/%2570roducts", false},
		{"GET", "/prod/product%73", false},
		{"GET", "/prod/products%2F", false},
		{"GET", "/prod/x%2F..%2Fproducts", false},
		{"GET", "/prod/products%00", false},
		{"GET", "/prod/products%20", false},
		{"GET", "/prod/products%0d%0a", false},
		{"GET", "/prod/products%3Flimit=5", false},
		{"GET", "/prod/products%23", false},
		{"GET", "/prod/products;x=1", false},
		{"GET", "/prod/products.json", false},
		{"GET", "/prod/products/", false},
		{"GET", "/prod/products//", false},
		{"GET", "/prod/products/.", false},
		{"GET", "/prod/products/x/..", false},
		{"GET", "/prod/products/1", false},
		{"GET", "/prod//products", false},
		{"GET", "/prod/./products", false},
		{"GET", "/prod/%2e/products", false},
		{"GET", "/prod/../prod/products", false},
		{"GET", "/prod/x/../products", false},
		{"GET", "/prod/Products", false},
		{"GET", "/prod/PRODUCTS", false},
		{"GET", "/prod/product", false},
		{"GET", "/prod/product*", false},
		{"GET", "/prod/*", false},
		{"GET", "/prod/product%3F", false},
		{"GET", "/prod/%EF%BD%90roducts", false}, // a full-width p
		{"GET", "/prod/prod/products", false},
		{"GET", "/prod/GET/products", false},
		{"GET", "/prod", false},
		{"GET", "/prod/", false},
		{"POST", "/prod/x/GET/products", false},
		{"get", "/prod/products", false},
		{"Get", "/prod/products", false},
		{"HEAD", "/prod/products", false},
		{"OPTIONS", "/prod/products", false},
		{"DELETE", "/prod/products", false},
		{"BREW", "/prod/products", false},
		{"*", "/prod/products", false},
		{"GET", "//prod/products", elsewhere},
		{"GET", "/./prod/products", elsewhere},
		{"GET", "/x/../prod/products", elsewhere},
		{"GET", "/%70rod/products", elsewhere},
		{"GET", "/prod%2Fproducts", elsewhere},
		{"GET", "/PROD/products", elsewhere},
		{"GET", "/production/products", elsewhere},
		{"GET", "/products", elsewhere},
		{"GET", "/$default/products", elsewhere},
		{"GET", "/", elsewhere},
	} {
		t.Run(strings.ReplaceAll(c.method+" "+c.path, "/", "|"), func(t *testing.T) {
			w := newWorld(t, nil)
			root := w.user("root", w.allow("*"))
			w.expect(200, w.signed(w.john, "GET", "/prod/products", ""))
			w.expect(404, w.signed(w.john, c.method, c.path, ""))
			w.expect(404, w.signed(root, c.method, c.path, ""))
			w.expect(404, w.message(w.request(c.method, c.path, ""), ""))
			malformed := w.signed(root, c.method, c.path, "")
			malformed.set("Authorization", "AWS4-HMAC-SHA256 nonsense")
			w.expect(404, malformed)
			require.Equal(t, 1, w.invoked())

			w.route("$default", cloud.AuthIAM)
			denied, reached := 403, 2
			if c.elsewhere {
				denied, reached = 404, 1
			}
			w.expect(denied, w.signed(w.john, c.method, c.path, ""))
			w.expect(denied, w.message(w.request(c.method, c.path, ""), ""))
			require.Equal(t, 1, w.invoked())
			_, _ = w.wire(w.signed(root, c.method, c.path, ""))
			require.Equal(t, reached, w.invoked())
		})
	}
}

// expect sends a message and checks the status, and the body of the gateway's own
// responses.
func (w *world) expect(status int, m *message) {
	w.t.Helper()
	got, body := w.wire(m)
	assert.Equal(w.t, status, got, "%s %s: %s", m.method, m.target, body)
	words := map[int]string{403: forbidden, 404: notFound, 429: `{"message":"Too Many Requests"}`, 500: `{"message":"Internal Server Error"}`}
	if want := words[status]; want != "" && m.method != "HEAD" { // which has no body
		assert.Equal(w.t, want, body)
	}
}

// TestWildcardsCross: IAM's star crosses slashes, as on AWS. A policy may so reach more
// than its author meant, if that is routed.
func TestWildcardsCross(t *testing.T) {
	for _, c := range []struct{ grant, method, path string }{
		{"*/GET/*", "POST", "/prod/x/GET/y"},
		{"prod/*/products", "POST", "/prod/x/products"},
		{"prod*", "GET", "/production/products"},
		{"prod/GET/*", "GET", "/prod/a/b/c"},
		{"prod/GET/product?", "GET", "/prod/product*"},
		{"prod/G?T/products", "GOT", "/prod/products"},
	} {
		t.Run(strings.ReplaceAll(c.grant+" "+c.path, "/", "|"), func(t *testing.T) {
			w := newWorld(t, nil)
			w.stage("production")
			mary := w.user("mary", w.allow(c.grant))
			routed := strings.HasPrefix(c.path, "/production")
			if !routed {
				w.expect(404, w.signed(mary, c.method, c.path, ""))
				w.route("$default", cloud.AuthIAM)
			}
			w.expect(403, w.signed(w.john, c.method, c.path, ""))
			require.Zero(t, w.invoked())
			if routed { // the function lets stage prod call it, no other
				sandboxtest.OK(w.region.AddPermission(w.function, permission("production", w.api.ExecutionARN+"/production/*")))
			}
			_, _ = w.wire(w.signed(mary, c.method, c.path, ""))
			require.Equal(t, 1, w.invoked())
		})
	}
}

// TestTargets sends targets that HTTP clients do not send.
func TestTargets(t *testing.T) {
	for _, c := range []struct {
		name, method string
		target       func(address string) string
		status       int
	}{
		{"of all the server", "OPTIONS", func(string) string { return "*" }, 404},
		{"without a slash", "GET", func(string) string { return "prod/products" }, 400},
		{"opaque", "GET", func(string) string { return "http:prod/products" }, 404},
		{"a tunnel", "CONNECT", func(address string) string { return address }, 404},
		{"of another host", "GET", func(string) string { return "http://example.com/prod/products" }, 403},
		{"of another host, by its beginning", "GET", func(address string) string { return "http://" + address + "@example.com/prod/products" }, 403},
		{"with a fragment", "GET", func(string) string { return "/prod/products#x" }, 404},
		{"with a malformed escape", "GET", func(string) string { return "/prod/%zz" }, 400},
		{"with a quotation mark", "GET", func(string) string { return `/prod/products"` }, 404},
		{"with a byte that is not UTF-8", "GET", func(string) string { return "/prod/products\xff" }, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, nil)
			address := sandboxtest.Must(url.Parse(w.url)).Host
			m := w.signed(w.john, "GET", "/prod/products", "")
			w.expect(200, m)
			m.method, m.target = c.method, c.target(address)
			w.expect(c.status, m)
			assert.Equal(t, 1, w.invoked())
		})
	}
}
