package gateway_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/fixture"
)

// signing is how a product is added otherwise than in [adding].
type signing struct {
	key             aws.Credentials // jane's if it has none
	hash            string          // of the body, tea's if empty
	declare         string          // X-Amz-Content-Sha256, none if empty
	service, region string          // execute-api in us-east-1 if empty
	at              time.Time       // now if zero
}

func (w *world) signedWith(s signing) *message {
	r := w.request("POST", "/prod/products", tea)
	set := func(value *string, otherwise string) {
		if *value == "" {
			*value = otherwise
		}
	}
	set(&s.hash, hash(tea))
	set(&s.service, "execute-api")
	set(&s.region, region)
	if s.key.AccessKeyID == "" {
		s.key = w.jane
	}
	if s.at.IsZero() {
		s.at = w.now()
	}
	if s.declare != "" {
		r.Header.Set("X-Amz-Content-Sha256", s.declare)
	}
	fixture.OK(v4.NewSigner().SignHTTP(r.Context(), s.key, r, s.hash, s.service, s.region, s.at))
	return w.message(r, tea)
}

func inline(document string) cloud.InlinePolicy {
	return cloud.InlinePolicy{PolicyName: "calls", PolicyDocument: document}
}

// TestForms has requests signed in another way than Signature Version 4 for this
// service, in this region, of this body, now.
func TestForms(t *testing.T) {
	with := func(s signing) func(*world, *message) {
		return func(w *world, m *message) { *m = *w.signedWith(s) }
	}
	later := func(by time.Duration) func(*world, *message) {
		return func(w *world, m *message) { *m = *w.signedWith(signing{at: w.now().Add(by)}) }
	}
	instead := func(authorization string) func(*world, *message) {
		return func(_ *world, m *message) { m.set("Authorization", authorization) }
	}
	algorithm := func(name string) func(*world, *message) {
		return func(_ *world, m *message) { m.authorization("AWS4-HMAC-SHA256", name) }
	}
	const streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	minutes := func(n int) func(*world, *message) {
		return func(w *world, _ *message) { w.setClock(w.now().Add(time.Duration(n) * time.Minute)) }
	}
	runAttacks(t, []attack{
		{name: "not signed", spoil: func(_ *world, m *message) { m.drop("Authorization") }},
		{name: "unsigned body", spoil: with(signing{hash: "UNSIGNED-PAYLOAD", declare: "UNSIGNED-PAYLOAD"})},
		{name: "unsigned body, not declared", spoil: with(signing{hash: "UNSIGNED-PAYLOAD"})},
		{name: "body signed in chunks", spoil: with(signing{hash: streaming, declare: streaming})},
		{name: "body signed as empty", spoil: with(signing{hash: hash("")})},
		{name: "body's hash signed in capitals", spoil: with(signing{hash: strings.ToUpper(hash(tea)), declare: strings.ToUpper(hash(tea))})},

		{name: "region", spoil: with(signing{region: "eu-west-1"})},
		{name: "region of all", spoil: with(signing{region: "*"})},
		{name: "service apigateway", spoil: with(signing{service: "apigateway"})},
		{name: "service lambda", spoil: with(signing{service: "lambda"})},
		{name: "service and region in each other's place", spoil: with(signing{service: region, region: "execute-api"})},
		{name: "scope's day", spoil: func(w *world, m *message) {
			m.authorization(w.now().UTC().Format("/20060102/"), w.now().UTC().Add(-24*time.Hour).Format("/20060102/"))
		}},
		{name: "scope's region", spoil: func(_ *world, m *message) { m.authorization("/us-east-1/", "/us-west-2/") }},
		{name: "scope's service", spoil: func(_ *world, m *message) { m.authorization("/execute-api/", "/s3/") }},
		{name: "scope's end", spoil: func(_ *world, m *message) { m.authorization("/aws4_request", "/aws5_request") }},
		{name: "scope without its end", spoil: func(_ *world, m *message) { m.authorization("/aws4_request", "") }},
		{name: "scope with one field more", spoil: func(_ *world, m *message) { m.authorization("/aws4_request", "/aws4_request/x") }},
		{name: "scope with a slash in the key", spoil: func(_ *world, m *message) { m.authorization("Credential=", "Credential=x/") }},
		{name: "scope's key is another user's", spoil: func(w *world, m *message) { m.authorization(w.jane.AccessKeyID, w.john.AccessKeyID) }},

		{name: "signed six minutes ago", spoil: later(-6 * time.Minute)},
		{name: "signed in six minutes", spoil: later(6 * time.Minute)},
		{name: "signed yesterday", spoil: later(-24 * time.Hour)},
		{name: "replayed after the window", spoil: minutes(6)},
		{name: "presigned for a minute, replayed after two", call: func(w *world) *message { return w.presigned(w.john, "GET", "/prod/products", "", 60) },
			spoil: minutes(2)},
		{name: "presigned for no time that it says, replayed after six minutes", call: func(w *world) *message { return w.presigned(w.john, "GET", "/prod/products", "", 0) },
			spoil: minutes(6)},
		{name: "presigned for eight days", call: listing, spoil: func(w *world, m *message) {
			*m = *w.presigned(w.john, "GET", "/prod/products", "", 8*24*60*60)
		}},
		{name: "presigned for less than no time", call: listing, spoil: func(w *world, m *message) {
			*m = *w.presigned(w.john, "GET", "/prod/products?X-Amz-Expires=-1", "", 0)
		}},

		{name: "algorithm ECDSA", spoil: algorithm("AWS4-ECDSA-P256-SHA256")},
		{name: "algorithm SHA1", spoil: algorithm("AWS4-HMAC-SHA1")},
		{name: "algorithm in lower case", spoil: algorithm("aws4-hmac-sha256")},
		{name: "algorithm with a tail", spoil: algorithm("AWS4-HMAC-SHA256-PAYLOAD")},
		{name: "no algorithm", spoil: algorithm("")},
		{name: "presigned: algorithm ECDSA", call: func(w *world) *message { return w.presigned(w.john, "GET", "/prod/products", "", 60) },
			spoil: func(_ *world, m *message) {
				m.target = strings.Replace(m.target, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", 1)
			}},
		{name: "Signature Version 2", spoil: func(w *world, m *message) {
			m.set("Authorization", "AWS "+w.jane.AccessKeyID+":frJIUN8DYpKDtOLCwo//yllqDzg=")
		}},
		{name: "Signature Version 2 in the query", spoil: func(w *world, m *message) {
			m.drop("Authorization")
			m.target += "?AWSAccessKeyId=" + w.jane.AccessKeyID + "&SignatureVersion=2&SignatureMethod=HmacSHA256&Signature=x"
		}},
		{name: "Signature Version 3", spoil: func(w *world, m *message) {
			m.set("Authorization", "AWS3-HTTPS AWSAccessKeyId="+w.jane.AccessKeyID+",Algorithm=HmacSHA256,Signature=x")
		}},
		{name: "Bearer", spoil: instead("Bearer eyJhbGciOiJub25lIn0.e30.")},
		{name: "Basic", spoil: func(w *world, m *message) {
			r := &http.Request{Header: http.Header{}}
			r.SetBasicAuth(w.jane.AccessKeyID, w.jane.SecretAccessKey)
			m.set("Authorization", r.Header.Get("Authorization"))
		}},
		{name: "Authorization is empty", spoil: instead("")},
		{name: "Authorization without Credential", spoil: func(w *world, m *message) { m.authorization("Credential=", "Credentials=") }},
		{name: "Authorization with a fourth part", spoil: func(_ *world, m *message) { m.set("Authorization", m.get("Authorization")+", X=y") }},
		{name: "Authorization with two Credentials", spoil: func(w *world, m *message) {
			m.authorization("Credential=", "Credential="+w.john.AccessKeyID+"/20260101/us-east-1/execute-api/aws4_request, Credential=")
		}},
		{name: "Authorization with two Signatures", spoil: func(_ *world, m *message) {
			m.set("Authorization", m.get("Authorization")+", Signature="+strings.Repeat("0", 64))
		}},
		{name: "two Authorizations, the first right", spoil: func(_ *world, m *message) { m.add("Authorization", "Bearer x") }},
		{name: "two Authorizations, the second right", spoil: func(_ *world, m *message) {
			m.lines = append([]string{"Authorization: Bearer x"}, m.lines...)
		}},
		{name: "Authorization twice the same", spoil: func(_ *world, m *message) { m.add("Authorization", m.get("Authorization")) }},
		{name: "signed in the header and in the query", spoil: func(w *world, m *message) {
			m.target = w.presigned(w.jane, "POST", "/prod/products", tea, 60).target
		}},
		{name: "signed in the header, over a query that is signed", spoil: func(w *world, m *message) {
			*m = *w.signed(w.jane, "POST", w.presigned(w.jane, "POST", "/prod/products", tea, 60).target, tea)
		}},
		{name: "signed in the header, with an empty signature in the query", spoil: func(w *world, m *message) { m.target += "?X-Amz-Signature=" }},
		{name: "presigned, with an empty Authorization", call: func(w *world) *message { return w.presigned(w.john, "GET", "/prod/products", "", 60) },
			spoil: func(_ *world, m *message) { m.add("Authorization", "") }},
	})
}
