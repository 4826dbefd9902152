package sigv4_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/internal/sandbox/sigv4"
)

const (
	doesNotMatch = sigv4.CodeDoesNotMatch
	incomplete   = sigv4.CodeIncomplete
	invalidToken = sigv4.CodeInvalidToken
)

func (h *house) keys() map[string]aws.Credentials {
	return map[string]aws.Credentials{"user": h.user, "session": h.session}
}

func TestSignedRequests(t *testing.T) {
	h := newHouse()
	for name, m := range map[string]message{
		"no path":        get(""),
		"escaped letter": get("/prod/%70roducts"),
		"reserved":       get("/prod/a:b@c,d;e=f&g$h!i'j(k)*+"),
		"query, escaped": get("/prod?a%2Fb=c%26d&m=%E2%82%AC%2B&x=a+b&y=a%20b&z=~"),
		"query, empty":   get("/prod?"),
		"body, no type":  {method: http.MethodPut, target: "/prod/x", body: body},
		"long method":    {method: "PROPFIND", target: "/prod/x"},
		"headers": {method: http.MethodGet, target: "/prod", header: http.Header{
			"X-Spaces": {"  a   b  "}, "X-Twice": {"b", "a"}, "X-Empty": {""}, "Cookie": {"a=b"}, "Accept": {"*/*"}, "X-Amz-Meta-A": {"é"}, "User-Agent": {"u"},
		}},
		"hash of the body": {method: http.MethodPost, target: "/prod", body: body, header: http.Header{"X-Amz-Content-Sha256": {sum(body)}}},
		"hash of nothing":  {method: http.MethodGet, target: "/prod", body: "", header: http.Header{"X-Amz-Content-Sha256": {sum("")}}},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, key := range h.keys() {
				t.Run(kind, func(t *testing.T) {
					h.accepts(t, key, m.signed(key))
					h.accepts(t, key, m.presigned(key))
					h.accepts(t, key, m.presigned(key, func(o *v4.SignerOptions) { o.DisableHeaderHoisting = true }))
				})
			}
		})
	}
}

// TestDeclaredHash: a body must be signed, and the header must have its hash.
func TestDeclaredHash(t *testing.T) {
	h := newHouse()
	for name, declared := range map[string][]string{
		"another":     {sum("")},
		"upper case":  {strings.ToUpper(sum(body))},
		"unsigned":    {"UNSIGNED-PAYLOAD"},
		"streaming":   {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
		"empty":       {""},
		"twice":       {sum(body), sum(body)},
		"twice, once": {sum(body) + "," + sum(body)},
	} {
		t.Run(name, func(t *testing.T) {
			m := post()
			m.header["X-Amz-Content-Sha256"] = declared
			h.refuses(t, doesNotMatch, m.signed(h.user))
			h.refuses(t, doesNotMatch, m.presigned(h.user))
		})
	}
	unsigned := post().signed(h.user)
	unsigned.Header.Set("X-Amz-Content-Sha256", sum(body))
	h.refuses(t, doesNotMatch, unsigned)
}

// TestUnsignedHeaders: headers other than X-Amz- may be added on the way.
func TestUnsignedHeaders(t *testing.T) {
	h := newHouse()
	for _, r := range []*http.Request{post().signed(h.user), post().presigned(h.session)} {
		r.Header.Set("X-Forwarded-For", "203.0.113.1")
		r.Header.Set("X-Amzn-Trace-Id", "Root=1")
		r.Header.Set("User-Agent", "another")
		_, err := h.verify(r)
		assert.NoError(t, err)
	}
}

// TestQuerySortedBeforeEscaping: AWS sorts what is escaped.
func TestQuerySortedBeforeEscaping(t *testing.T) {
	h := newHouse()
	for _, target := range []string{"/prod?x=1&%E2%82%AC=2", "/prod?aS=1&a%5D=2", "/prod?a=z&a=%7B"} {
		h.refuses(t, doesNotMatch, get(target).signed(h.user))
		h.accepts(t, h.user, get(target).signedByRules(h.user))
	}
}

func TestClock(t *testing.T) {
	h := newHouse()
	const second = time.Second
	short, long := get("/prod?X-Amz-Expires=60"), get("/prod?X-Amz-Expires=604800")
	for name, test := range map[string]struct {
		request  func() *http.Request
		from, to time.Duration // both inside
	}{
		"header":            {func() *http.Request { return get("/prod").signed(h.user) }, -5 * time.Minute, 5 * time.Minute},
		"presigned":         {func() *http.Request { return get("/prod").presigned(h.user) }, -5 * time.Minute, 5 * time.Minute},
		"presigned, short":  {func() *http.Request { return short.presigned(h.user) }, -5 * time.Minute, time.Minute},
		"presigned, a week": {func() *http.Request { return long.presigned(h.user) }, -5 * time.Minute, 7 * 24 * time.Hour},
		"session":           {func() *http.Request { return get("/prod").signed(h.session) }, -5 * time.Minute, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			for _, inside := range []time.Duration{test.from, 0, test.to} {
				h.at = noon.Add(inside)
				_, err := h.verify(test.request())
				assert.NoError(t, err, inside)
			}
			for _, outside := range []time.Duration{test.from - second, test.to + second} {
				h.at = noon.Add(outside)
				h.refuses(t, doesNotMatch, test.request())
			}
		})
	}
}

// TestPresignedOutlivesItsSession: a signature is valid only as long as its key.
func TestPresignedOutlivesItsSession(t *testing.T) {
	h := newHouse()
	r := get("/prod?X-Amz-Expires=604800").presigned(h.session)
	h.at = noon.Add(12*time.Hour - time.Second)
	h.accepts(t, h.session, r)
	h.at = noon.Add(12 * time.Hour)
	h.refuses(t, cloud.CodeExpiredToken, r)
}

func TestWrongKeys(t *testing.T) {
	h := newHouse()
	change := func(key aws.Credentials, f func(*aws.Credentials)) aws.Credentials { f(&key); return key }
	for name, test := range map[string]struct {
		key  aws.Credentials
		code string
	}{
		"secret":                {change(h.user, func(k *aws.Credentials) { k.SecretAccessKey = strings.Repeat("x", 40) }), doesNotMatch},
		"session's secret":      {change(h.session, func(k *aws.Credentials) { k.SecretAccessKey = h.user.SecretAccessKey }), doesNotMatch},
		"unknown":               {change(h.user, func(k *aws.Credentials) { k.AccessKeyID = "AKIAXXXXXXXXXXXXXXXX" }), invalidToken},
		"operator's":            {aws.Credentials{AccessKeyID: cloud.APIOperatorKey, SecretAccessKey: "x"}, invalidToken},
		"session without token": {change(h.session, func(k *aws.Credentials) { k.SessionToken = "" }), invalidToken},
		"another token":         {change(h.session, func(k *aws.Credentials) { k.SessionToken = strings.Repeat("x", 356) }), invalidToken},
		"user with token":       {change(h.user, func(k *aws.Credentials) { k.SessionToken = h.session.SessionToken }), invalidToken},
	} {
		t.Run(name, func(t *testing.T) {
			h.refuses(t, test.code, get("/prod").signed(test.key))
			h.refuses(t, test.code, get("/prod").presigned(test.key))
		})
	}
	sandboxtest.OK(h.cloud.Account(cloud.CallerAccount).UpdateAccessKey(cloud.CallerUser, h.user.AccessKeyID, cloud.KeyInactive))
	h.refuses(t, invalidToken, get("/prod").signed(h.user))
}

// TestNowIsTheSystems checks that a verifier without a clock uses the system's.
func TestNowIsTheSystems(t *testing.T) {
	h := newHouse()
	r := get("/prod").request()
	sandboxtest.OK(v4.NewSigner().SignHTTP(r.Context(), h.user, r, sum(""), service, region, time.Now()))
	_, err := sigv4.New(h.cloud, service, region, nil).Verify(received(r), nil)
	require.NoError(t, err)
}
