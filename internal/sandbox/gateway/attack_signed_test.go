package gateway_test

import (
	"iam-secured-api/internal/sandbox/fixture"
	"strings"
	"testing"
)

// TestSignedParts changes each part of a request that is under its signature,
// and the signature.
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
			fixture.OK(w.account.PutUserPolicy("jane", inline(w.allow("*"))))
			return w.signed(w.jane, "GET", "/prod/products", "")
		}, spoil: func(_ *world, m *message) { m.target = "/test/products" }},
		{name: "query parameter added", call: listing, spoil: func(_ *world, m *message) { m.target += "&pageToken=x" }},
		{name: "query parameter removed", call: listing, spoil: func(_ *world, m *message) { m.target = "/prod/products" }},
		{name: "query parameter changed", call: listing, spoil: query("limit=5", "limit=6")},
		{name: "query parameter in other case", call: listing, spoil: query("limit", "Limit")},
		{name: "query parameter doubled", call: listing, spoil: query("limit=5", "limit=5&limit=5")},
		{name: "query parameter split by a semicolon", call: listing, spoil: query("limit=5", "limit=5;pageToken=x")},
		{name: "query parameter behind a malformed escape", call: listing, spoil: query("limit=5", "limit=5&x=%zz")},
		{name: "query parameter with an escaped name", call: listing, spoil: query("limit=5", "limit=5&%70ageToken=x")},
		{name: "query parameter without a name", call: listing, spoil: query("limit=5", "limit=5&=x")},
		{name: "presigned: query in another order, and changed", call: linked, spoil: func(_ *world, m *message) {
			m.target = strings.Replace(strings.Replace(m.target, "&limit=5", "", 1), "?", "?limit=6&", 1)
		}},
		{name: "presigned: method", call: linked, spoil: func(_ *world, m *message) { m.method = "POST" }},
		{name: "presigned: longer valid", call: linked, spoil: query("X-Amz-Expires=60", "X-Amz-Expires=600")},
		{name: "presigned: parameter said twice", call: linked, spoil: func(_ *world, m *message) { m.target += "&X-Amz-Expires=60" }},
		{name: "presigned: parameter in other case", call: linked, spoil: query("X-Amz-Expires", "x-amz-expires")},
		{name: "presigned: no signature", call: linked, spoil: func(_ *world, m *message) {
			m.target, _, _ = strings.Cut(m.target, "&X-Amz-Signature=")
		}},
		{name: "presigned: body", call: func(w *world) *message { return w.presigned(w.jane, "POST", "/prod/products", tea, 60) },
			spoil: func(_ *world, m *message) { m.body = strings.Replace(tea, "450", "451", 1) }},
		{name: "presigned: a signed header is gone", call: func(w *world) *message { return w.presigned(w.jane, "POST", "/prod/products", tea, 60) },
			spoil: func(_ *world, m *message) { m.drop("Content-Type") }},
		{name: "presigned: a header X-Amz- that is not signed", call: linked, spoil: func(_ *world, m *message) { m.add("X-Amz-Meta-Shop", "a") }},

		{name: "header's value", call: shop, spoil: func(_ *world, m *message) { m.replace("X-Shop", "a", "b") }},
		{name: "header's value in other case", call: shop, spoil: func(_ *world, m *message) { m.replace("X-Shop", "a b", "A b") }},
		{name: "header is gone", call: shop, spoil: func(_ *world, m *message) { m.drop("X-Shop") }},
		{name: "header has a second value", call: shop, spoil: func(_ *world, m *message) { m.add("X-Basket", "2") }},
		{name: "header is folded where it has no space", call: shop, spoil: func(_ *world, m *message) { m.replace("X-Basket", "1", "1\r\n 2") }},
		{name: "header is listed and was not signed", spoil: func(_ *world, m *message) {
			m.add("X-Shop", "a")
			m.authorization("host;", "host;x-shop;")
		}},
		{name: "header that is not there is listed", spoil: func(_ *world, m *message) { m.authorization("host;", "host;x-shop;") }},
		{name: "header is no longer listed", call: shop, spoil: func(_ *world, m *message) {
			m.authorization("x-shop", "")
			m.authorization(";,", ",")
		}},
		{name: "list without host", spoil: func(_ *world, m *message) { m.authorization("host;", "") }},
		{name: "list out of order", spoil: func(_ *world, m *message) { m.authorization("host;x-amz-date", "x-amz-date;host") }},
		{name: "list in other case", spoil: func(_ *world, m *message) { m.authorization("host;", "Host;") }},
		{name: "list names one twice", spoil: func(_ *world, m *message) { m.authorization("host;", "host;host;") }},
		{name: "list names Authorization", spoil: func(_ *world, m *message) { m.authorization("content-length", "authorization;content-length") }},
		{name: "X-Amz-Date is not listed", spoil: func(_ *world, m *message) { m.authorization(";x-amz-date", "") }},
		{name: "a header X-Amz- that is not signed", spoil: func(_ *world, m *message) { m.add("X-Amz-Target", "products") }},
		{name: "host", spoil: func(_ *world, m *message) { m.replace("Host", "127.0.0.1", "localhost") }},

		{name: "body", spoil: func(_ *world, m *message) { m.body = strings.Replace(tea, "450", "451", 1) }},
		{name: "body in another spelling", spoil: func(_ *world, m *message) { m.body = strings.Replace(tea, "Tea", "T\\u0065a", 1)[:len(tea)] }},
		{name: "body cut short", spoil: func(_ *world, m *message) { m.body = tea[:len(tea)-1]; m.set("Content-Length", "42") }},
		{name: "body gone", spoil: func(_ *world, m *message) { m.body = ""; m.set("Content-Length", "0") }},
		{name: "body where none was", call: listing, spoil: func(_ *world, m *message) { m.body = tea; m.add("Content-Length", "43") }},
		{name: "body in chunks, with more of them", spoil: func(_ *world, m *message) {
			m.drop("Content-Length")
			m.add("Transfer-Encoding", "chunked")
			m.body = "2b\r\n" + tea + "\r\n1\r\n \r\n0\r\n\r\n"
		}},
		{name: "body's declared hash is another's", call: func(w *world) *message { return w.signedWith(signing{declare: hash(tea)}) },
			spoil: func(w *world, m *message) { m.set("X-Amz-Content-Sha256", hash("")) }},
		{name: "body's declared hash said twice", call: func(w *world) *message { return w.signedWith(signing{declare: hash(tea)}) },
			spoil: func(w *world, m *message) { m.add("X-Amz-Content-Sha256", hash(tea)) }},

		{name: "date", spoil: func(w *world, m *message) { m.set("X-Amz-Date", w.now().UTC().Add(61e9).Format("20060102T150405Z")) }},
		{name: "date with a fraction of a second", spoil: func(_ *world, m *message) { m.replace("X-Amz-Date", "Z", ".000Z") }},
		{name: "date in another form", spoil: func(w *world, m *message) { m.set("X-Amz-Date", w.now().UTC().Format("2006-01-02T15:04:05Z")) }},
		{name: "date folded", spoil: func(_ *world, m *message) { m.replace("X-Amz-Date", "T", "\r\n T") }},
		{name: "date gone", spoil: func(_ *world, m *message) { m.drop("X-Amz-Date") }},
		{name: "date said twice", spoil: func(_ *world, m *message) { m.add("X-Amz-Date", m.get("X-Amz-Date")) }},
		{name: "Date in the place of X-Amz-Date", spoil: func(_ *world, m *message) {
			m.lines[m.at("X-Amz-Date")] = "Date: " + m.get("X-Amz-Date")
			m.authorization("content-type;host;x-amz-date", "content-type;date;host")
		}},

		{name: "signature's last digit", spoil: func(_ *world, m *message) {
			text := m.get("Authorization")
			last := map[bool]string{true: "1", false: "0"}[strings.HasSuffix(text, "0")]
			m.set("Authorization", text[:len(text)-1]+last)
		}},
		{name: "signature in capitals", spoil: func(_ *world, m *message) {
			before, signature, _ := strings.Cut(m.get("Authorization"), "Signature=")
			m.set("Authorization", before+"Signature="+strings.ToUpper(signature))
		}},
		{name: "signature empty", spoil: func(_ *world, m *message) {
			before, _, _ := strings.Cut(m.get("Authorization"), "Signature=")
			m.set("Authorization", before+"Signature=")
		}},
		{name: "signature shorter", spoil: func(_ *world, m *message) {
			m.set("Authorization", m.get("Authorization")[:len(m.get("Authorization"))-1])
		}},
		{name: "signature longer", spoil: func(_ *world, m *message) { m.set("Authorization", m.get("Authorization")+"0") }},
		{name: "signature of zeros", spoil: func(_ *world, m *message) {
			before, _, _ := strings.Cut(m.get("Authorization"), "Signature=")
			m.set("Authorization", before+"Signature="+strings.Repeat("0", 64))
		}},
	})
}
