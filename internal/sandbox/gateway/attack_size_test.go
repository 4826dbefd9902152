package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// TestSizes exceeds API Gateway's limits.
func TestSizes(t *testing.T) {
	header := func(size int) func(*world, *message) {
		return func(w *world, m *message) {
			r := w.request("POST", "/prod/products", tea)
			r.Header.Set("X-Shop", strings.Repeat("a", size))
			*m = *w.message(w.sign(r, w.jane, tea), tea)
		}
	}
	body := func(size int) func(*world, *message) {
		return func(w *world, m *message) {
			text := strings.Repeat("a", size)
			*m = *w.message(w.sign(w.request("POST", "/prod/products", text), w.jane, text), text)
		}
	}
	long := func(w *world) *message {
		w.route("GET /{proxy+}", cloud.AuthIAM)
		return w.signed(w.jane, "GET", "/prod/products", "")
	}
	const (
		tooLarge  = `{"message":"Request Entity Too Large"}`
		headers   = `{"message":"Request Header Fields Too Large"}`
		uri       = `{"message":"Request-URI Too Long"}`
		malformed = `{"message":"Bad Request"}`
	)
	runAttacks(t, []attack{
		{name: "headers", spoil: header(10_240), status: 431, body: headers},
		{name: "headers, far", spoil: header(100_000), status: 431, body: "431 Request Header Fields Too Large"},
		{name: "headers, many", spoil: func(_ *world, m *message) {
			for i := range 1000 {
				m.add(fmt.Sprintf("X-%d", i), "some value")
			}
		}, status: 431, body: headers},
		{name: "host", spoil: func(w *world, m *message) { m.set("Host", strings.Repeat("a", 20_000)) }, status: 403, body: forbidden},
		{name: "body", spoil: body(10<<20 + 1), status: 413, body: tooLarge},
		{name: "body beyond Lambda's limit", spoil: body(6 << 20), status: 413, body: tooLarge},
		{name: "body only announced", spoil: func(_ *world, m *message) { m.set("Content-Length", "1000000000000") }, status: 413, body: tooLarge},
		{name: "path with authorization", call: long, spoil: func(w *world, m *message) {
			*m = *w.signed(w.jane, "GET", "/prod/"+strings.Repeat("a", 1600), "")
		}, status: 414, body: uri},
		{name: "path that is not signed", call: long, spoil: func(w *world, m *message) {
			m.target = "/prod/" + strings.Repeat("a", 1600)
			m.drop("Authorization")
		}},
		{name: "a header that is not UTF-8", spoil: func(_ *world, m *message) { m.add("X-Shop", "\xff") }, status: 400, body: malformed},
		{name: "a chunk without an end", spoil: func(_ *world, m *message) {
			m.drop("Content-Length")
			m.add("Transfer-Encoding", "chunked")
			m.body = "zz\r\n" + tea
		}, status: 400, body: malformed},
	})
}

// TestLimitsThemselves: what is just within the limits passes.
func TestLimitsThemselves(t *testing.T) {
	w := newWorld(t, nil)
	w.route("GET /{proxy+}", cloud.AuthIAM)
	prefix := len(w.api.ExecutionARN + "/prod/GET/")
	status, _ := w.as(w.jane, "GET", "/prod/"+strings.Repeat("a", 1600-prefix), "")
	assert.NotEqual(t, 414, status)
	assert.Equal(t, 1, w.invoked())
	w.expect(414, w.signed(w.jane, "GET", "/prod/"+strings.Repeat("a", 1601-prefix), ""))
}

// TestHosts sends requests for another host, as does a web page whose name resolves to
// this machine. The tests of loopback have more of them.
func TestHosts(t *testing.T) {
	host := func(change func(own string) string) func(*world, *message) {
		return func(w *world, m *message) {
			r := w.request("POST", "/prod/products", tea)
			r.Host = change(r.URL.Host)
			*m = *w.message(w.sign(r, w.jane, tea), tea)
		}
	}
	port := func(own string) string { return own[strings.LastIndex(own, ":"):] }
	runAttacks(t, []attack{
		{name: "another's", spoil: host(func(own string) string { return "example.com" + port(own) })},
		{name: "with a user", spoil: host(func(own string) string { return own + "@example.com" }), status: 400, body: "400 Bad Request: malformed Host header"},
		{name: "the API's on AWS", spoil: host(func(string) string { return "abcde12345.execute-api.us-east-1.amazonaws.com" })},
		{name: "another port's", spoil: host(func(string) string { return "127.0.0.1:1" })},
		{name: "empty", spoil: func(_ *world, m *message) { m.set("Host", "") }},
		{name: "two", spoil: func(_ *world, m *message) { m.add("Host", m.get("Host")) }, status: 400, body: "400 Bad Request"},
	})
	w := newWorld(t, nil)
	r := w.request("POST", "/prod/products", tea)
	r.Host = "LocalHost" + port(r.URL.Host)
	status, body := w.wire(w.message(w.sign(r, w.jane, tea), tea))
	assert.Equal(t, 201, status, body)
}

// TestAnotherEndpoint replays a request that was signed for one API at another's
// endpoint, where the caller has the same permissions.
func TestAnotherEndpoint(t *testing.T) {
	w := newWorld(t, nil)
	first, function := w.url, sandboxtest.Must(w.region.GetFunction(w.function)).ARN
	other := sandboxtest.Must(w.region.CreateApi(cloud.APISettings{Name: "other", ProtocolType: "HTTP"}))
	w.api = other
	w.integration = sandboxtest.Must(w.region.CreateIntegration(other.APIID, cloud.IntegrationSettings{
		IntegrationType: "AWS_PROXY", IntegrationURI: function, PayloadFormatVersion: "2.0",
	}))
	sandboxtest.OK(w.region.AddPermission(w.function, permission("other", other.ExecutionARN+"/*")))
	w.route("POST /products", cloud.AuthIAM)
	w.stage("prod")
	sandboxtest.OK(w.account.UserPolicies().Put("jane", inline(sandboxtest.Document("Allow", "execute-api:Invoke", "*"))))
	second := w.serve(other)

	w.url = first
	m := adding(w)
	w.expect(201, m)
	w.url = second
	w.expect(403, m)
	m.set("Host", strings.TrimPrefix(second, "http://"))
	w.expect(403, m)
	assert.Equal(t, 1, w.products())
	w.expect(201, adding(w)) // signed for it
	assert.Equal(t, 2, w.products())
}

// TestSamePart: what the signature does not cover, or covers in a canonical
// form, may differ.
func TestSamePart(t *testing.T) {
	for name, change := range map[string]func(*world, *message){
		"headers in another order": func(_ *world, m *message) { m.lines[0], m.lines[1] = m.lines[1], m.lines[0] },
		"headers in other case":    func(_ *world, m *message) { m.lines[m.at("X-Amz-Date")] = "x-AMZ-date:" + m.get("X-Amz-Date") },
		"a header more":            func(_ *world, m *message) { m.add("X-Anything", "else") },
		"spaces around a value":    func(_ *world, m *message) { m.set("Content-Type", "  application/json \t") },
		"no spaces in Authorization": func(_ *world, m *message) {
			m.set("Authorization", strings.ReplaceAll(m.get("Authorization"), ", ", ","))
		},
		"presigned, in another order": func(w *world, m *message) {
			*m = *w.presigned(w.jane, "POST", "/prod/products", tea, 60)
			path, query, _ := strings.Cut(m.target, "?")
			first, rest, _ := strings.Cut(query, "&")
			m.target = path + "?" + rest + "&" + first
		},
		"body in chunks": func(_ *world, m *message) {
			m.drop("Content-Length")
			m.add("Transfer-Encoding", "chunked")
			m.body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(tea), tea)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			m := adding(w)
			change(w, m)
			w.expect(201, m)
		})
	}
}
