package gateway_test

import (
	"iam-secured-api/internal/sandbox/sandboxtest"
	"strings"
	"testing"
)

// TestSignedParts changes parts of a request that its signature covers, and the
// signature. The tests of sigv4 have more of them.
func TestSignedParts(t *testing.T) {
	shop := func(w *world) *message {
		r := w.request("POST", "/prod/products", tea)
		r.Header.Set("X-Shop", "a b")
		r.Header.Add("X-Basket", "1")
		return w.message(w.sign(r, w.jane, tea), tea)
	}
	linked := func(w *world) *message { return w.presigned(w.john, "GET", "/prod/products?limit=5", "", 60) }
	query := func(old, new string) func(*world, *message) {
		return func(_ *world, m *message) {
			if !strings.Contains(m.target, old) {
				panic(m.target)
			}
			m.target = strings.Replace(m.target, old, new, 1)
		}
	}
	runAttacks(t, []attack{
		{name: "method", call: listing, spoil: func(_ *world, m *message) { m.method = "POST" }},
		{name: "path", call: func(w *world) *message {
			w.route("GET /prices", "AWS_IAM")
			return w.signed(w.jane, "GET", "/prod/products", "")
		},
			spoil: func(_ *world, m *message) { m.target = "/prod/prices" }},
		{name: "stage", call: func(w *world) *message {
			w.stage("test")
			sandboxtest.OK(w.account.UserPolicies().Put("jane", inline(w.allow("*"))))
			return w.signed(w.jane, "GET", "/prod/products", "")
		}, spoil: func(_ *world, m *message) { m.target = "/test/products" }},
		{name: "query parameter added", call: listing, spoil: func(_ *world, m *message) { m.target += "&pageToken=x" }},
		{name: "query parameter changed", call: listing, spoil: query("limit=5", "limit=6")},
		{name: "query parameter with an escaped name", call: listing, spoil: query("limit=5", "limit=5&%70ageToken=x")},
		{name: "query parameter without a name", call: listing, spoil: query("limit=5", "limit=5&=x")},
		{name: "presigned: query in another order, and changed", call: linked, spoil: func(_ *world, m *message) {
			m.target = strings.Replace(strings.Replace(m.target, "&limit=5", "", 1), "?", "?limit=6&", 1)
		}},
		{name: "presigned: method", call: linked, spoil: func(_ *world, m *message) { m.method = "POST" }},

		{name: "header's value", call: shop, spoil: func(_ *world, m *message) { m.replace("X-Shop", "a", "b") }},
		{name: "header is gone", call: shop, spoil: func(_ *world, m *message) { m.drop("X-Shop") }},
		{name: "header is folded where it has no space", call: shop, spoil: func(_ *world, m *message) { m.replace("X-Basket", "1", "1\r\n 2") }},
		{name: "header is listed and was not signed", spoil: func(_ *world, m *message) {
			m.add("X-Shop", "a")
			m.authorization("host;", "host;x-shop;")
		}},
		{name: "list names Authorization", spoil: func(_ *world, m *message) { m.authorization("content-length", "authorization;content-length") }},
		{name: "a header X-Amz- that is not signed", spoil: func(_ *world, m *message) { m.add("X-Amz-Target", "products") }},

		{name: "body", spoil: func(_ *world, m *message) { m.body = strings.Replace(tea, "450", "451", 1) }},
		{name: "body cut short", spoil: func(_ *world, m *message) { m.body = tea[:len(tea)-1]; m.set("Content-Length", "42") }},
		{name: "body in chunks, with more of them", spoil: func(_ *world, m *message) {
			m.drop("Content-Length")
			m.add("Transfer-Encoding", "chunked")
			m.body = "2b\r\n" + tea + "\r\n1\r\n \r\n0\r\n\r\n"
		}},

		{name: "date folded", spoil: func(_ *world, m *message) { m.replace("X-Amz-Date", "T", "\r\n T") }},
		{name: "Date in the place of X-Amz-Date", spoil: func(_ *world, m *message) {
			m.lines[m.at("X-Amz-Date")] = "Date: " + m.get("X-Amz-Date")
			m.authorization("content-type;host;x-amz-date", "content-type;date;host")
		}},

		{name: "signature's last digit", spoil: func(_ *world, m *message) {
			text := m.get("Authorization")
			last := map[bool]string{true: "1", false: "0"}[strings.HasSuffix(text, "0")]
			m.set("Authorization", text[:len(text)-1]+last)
		}},
	})
}
