package gateway_test

import (
	"iam-secured-api/internal/sandbox/sandboxtest"
	"strings"
	"testing"
)

// TestSignedParts changes parts of a request that its signature covers. The tests of
// sigv4 have all of them.
func TestSignedParts(t *testing.T) {
	linked := func(w *world) *message { return w.presigned(w.john, "GET", "/prod/products?limit=5", "", 60) }
	runAttacks(t, []attack{
		{name: "method", call: listing, spoil: func(_ *world, m *message) { m.method = "POST" }},
		{
			name: "path",
			call: func(w *world) *message {
				w.route("GET /prices", "AWS_IAM")
				return w.signed(w.jane, "GET", "/prod/products", "")
			},
			spoil: func(_ *world, m *message) { m.target = "/prod/prices" },
		},
		{
			name: "stage",
			call: func(w *world) *message {
				w.stage("test")
				sandboxtest.OK(w.account.UserPolicies().Put("jane", inline(w.allow("*"))))
				return w.signed(w.jane, "GET", "/prod/products", "")
			},
			spoil: func(_ *world, m *message) { m.target = "/test/products" },
		},
		{name: "query", call: listing, spoil: func(_ *world, m *message) { m.target += "&pageToken=x" }},
		{name: "presigned query", call: linked, spoil: func(_ *world, m *message) { m.target += "&pageToken=x" }},
		{name: "presigned method", call: linked, spoil: func(_ *world, m *message) { m.method = "POST" }},
		{name: "header", spoil: func(_ *world, m *message) { m.replace("Content-Type", "json", "xml") }},
		{name: "header folded where it has no space", spoil: func(_ *world, m *message) { m.replace("Content-Type", "/", "/\r\n ") }},
		{name: "list names Authorization", spoil: func(_ *world, m *message) { m.authorization("content-length", "authorization;content-length") }},
		{name: "body", spoil: func(_ *world, m *message) { m.body = strings.Replace(tea, "450", "451", 1) }},
		{name: "body cut short", spoil: func(_ *world, m *message) { m.body = tea[:len(tea)-1]; m.set("Content-Length", "42") }},
		{name: "body in chunks, with more of them", spoil: func(_ *world, m *message) {
			m.drop("Content-Length")
			m.add("Transfer-Encoding", "chunked")
			m.body = "2b\r\n" + tea + "\r\n1\r\n \r\n0\r\n\r\n"
		}},
		{name: "date folded", spoil: func(_ *world, m *message) { m.replace("X-Amz-Date", "T", "\r\n T") }},
		{name: "Date instead of X-Amz-Date", spoil: func(_ *world, m *message) {
			m.lines[m.at("X-Amz-Date")] = "Date: " + m.get("X-Amz-Date")
			m.authorization("content-type;host;x-amz-date", "content-type;date;host")
		}},
	})
}
