package gateway_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// signing is how a request differs from [adding]. What is empty does not differ.
type signing struct {
	key             aws.Credentials
	hash            string // of the body
	declare         string // X-Amz-Content-Sha256
	service, region string
}

func (w *world) signedWith(s signing) *message {
	r := w.request("POST", "/prod/products", tea)
	if s.key.AccessKeyID == "" {
		s.key = w.jane
	}
	if s.declare != "" {
		r.Header.Set("X-Amz-Content-Sha256", s.declare)
	}
	hashed, service, region := cmp.Or(s.hash, hash(tea)), cmp.Or(s.service, "execute-api"), cmp.Or(s.region, region)
	sandboxtest.OK(v4.NewSigner().SignHTTP(r.Context(), s.key, r, hashed, service, region, w.now()))
	return w.message(r, tea)
}

func inline(document string) cloud.InlinePolicy {
	return cloud.InlinePolicy{PolicyName: "calls", PolicyDocument: document}
}

// TestForms sends requests that are not signed with Signature Version 4 for this
// service, in this region, of this body, now. The tests of sigv4 have more of them.
func TestForms(t *testing.T) {
	with := func(s signing) func(*world, *message) {
		return func(w *world, m *message) { *m = *w.signedWith(s) }
	}
	instead := func(authorization string) func(*world, *message) {
		return func(_ *world, m *message) { m.set("Authorization", authorization) }
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
		{name: "service apigateway", spoil: with(signing{service: "apigateway"})},

		{name: "replayed after the window", spoil: minutes(6)},
		{name: "presigned for a minute, replayed after two", call: func(w *world) *message { return w.presigned(w.john, "GET", "/prod/products", "", 60) },
			spoil: minutes(2)},

		{name: "Signature Version 2 in the query", spoil: func(w *world, m *message) {
			m.drop("Authorization")
			m.target += "?AWSAccessKeyId=" + w.jane.AccessKeyID + "&SignatureVersion=2&SignatureMethod=HmacSHA256&Signature=x"
		}},
		{name: "Bearer", spoil: instead("Bearer eyJhbGciOiJub25lIn0.e30.")},
		{name: "two Authorizations", spoil: func(_ *world, m *message) { m.add("Authorization", "Bearer x") }},
		{name: "two Authorizations, the second right", spoil: func(_ *world, m *message) {
			m.lines = append([]string{"Authorization: Bearer x"}, m.lines...)
		}},
		{name: "signed in the header, over a query that is signed", spoil: func(w *world, m *message) {
			*m = *w.signed(w.jane, "POST", w.presigned(w.jane, "POST", "/prod/products", tea, 60).target, tea)
		}},
		{name: "presigned, with an empty Authorization", call: func(w *world) *message { return w.presigned(w.john, "GET", "/prod/products", "", 60) },
			spoil: func(_ *world, m *message) { m.add("Authorization", "") }},
	})
}
