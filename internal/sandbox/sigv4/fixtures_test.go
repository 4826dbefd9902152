package sigv4_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
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
	service = "execute-api"
	region  = "us-east-1"
	host    = "127.0.0.1:8080"
	body    = `{"name":"a product"}`
)

// noon is when the tests' requests are signed.
var noon = time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC)

// house is a cloud with a user's key, a session's key, and a clock.
type house struct {
	cloud    *cloud.Cloud
	at       time.Time
	verifier *sigv4.Verifier
	user     aws.Credentials
	session  aws.Credentials
}

func newHouse() *house {
	h := &house{cloud: cloud.New(), at: noon}
	h.verifier = sigv4.New(h.cloud, service, region, func() time.Time { return h.at })
	a, b := h.cloud.Account(cloud.APIAccount), h.cloud.Account(cloud.CallerAccount)
	key := sandboxtest.Must(b.Credential(sandboxtest.Must(b.ListAccessKeys(cloud.CallerUser))[0].AccessKeyID))
	h.user = aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}
	sandboxtest.OK(b.UserPolicies().Put(cloud.CallerUser, cloud.InlinePolicy{PolicyName: "p", PolicyDocument: sandboxtest.Document("Allow", "sts:AssumeRole", "*")}))
	role := sandboxtest.Must(a.CreateRole(cloud.CreateRoleInput{RoleName: "executor", AssumeRolePolicyDocument: sandboxtest.TrustAWS("444455556666"), MaxSessionDuration: 43200}))
	s := sandboxtest.Must(h.cloud.AssumeRole(sandboxtest.Must(h.cloud.Caller(key.AccessKeyID, noon)),
		cloud.AssumeRoleInput{RoleARN: role.ARN, RoleSessionName: "a-session", DurationSeconds: 43200}, nil, noon))
	h.session = aws.Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken}
	return h
}

// message is a request before it is signed.
type message struct {
	method, target, body string
	header               http.Header
	host                 string // if it is another
}

func get(target string) message { return message{method: http.MethodGet, target: target} }
func post() message {
	return message{method: http.MethodPost, target: "/prod/products?dry=run", body: body,
		header: http.Header{"Content-Type": {"application/json"}, "X-Amz-Meta": {"one"}}}
}

func (m message) request() *http.Request {
	r := sandboxtest.Must(http.NewRequest(m.method, "http://"+host+m.target, strings.NewReader(m.body)))
	if m.body == "" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	if m.host != "" {
		r.Host = m.host
	}
	for name, values := range m.header {
		r.Header[name] = values
	}
	if r.Header.Get("Transfer-Encoding") != "" {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(m.body)), -1
	}
	return r
}

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

// signed returns the request with its header signed, as it is received.
func (m message) signed(key aws.Credentials) *http.Request {
	r := m.request()
	sandboxtest.OK(v4.NewSigner().SignHTTP(context.Background(), key, r, sum(m.body), service, region, noon))
	return received(r)
}

// presigned returns the request with its query signed, as it is received.
func (m message) presigned(key aws.Credentials, change ...func(*v4.SignerOptions)) *http.Request {
	r := m.request()
	text, header, err := v4.NewSigner().PresignHTTP(context.Background(), key, r, sum(m.body), service, region, noon, change...)
	sandboxtest.OK(err)
	r.URL = sandboxtest.Must(url.Parse(text))
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") && header[name] == nil {
			delete(r.Header, name) // it is in the query now
		}
	}
	return received(r)
}

// received is a request after its way over a wire.
func received(r *http.Request) *http.Request {
	var wire bytes.Buffer
	sandboxtest.OK(r.Write(&wire))
	return sandboxtest.Must(http.ReadRequest(bufio.NewReader(&wire)))
}

func (h *house) verify(r *http.Request) (cloud.Caller, error) {
	return h.verifier.Verify(r, sandboxtest.Must(io.ReadAll(r.Body)))
}

func (h *house) accepts(t *testing.T, key aws.Credentials, r *http.Request) {
	t.Helper()
	caller, err := h.verify(r)
	require.NoError(t, err)
	assert.Equal(t, key.AccessKeyID, caller.Key.AccessKeyID)
	assert.Equal(t, key.SessionToken != "", caller.InSession())
}

func (h *house) refuses(t *testing.T, code string, r *http.Request) {
	t.Helper()
	_, err := h.verify(r)
	h.wantRefusal(t, code, err)
}

// wantRefusal checks that an error is AWS's, and holds neither a key nor the right
// signature.
func (h *house) wantRefusal(t *testing.T, code string, err error) {
	t.Helper()
	require.Error(t, err)
	assert.Truef(t, cloud.IsCode(err, code), "want %s, got %v", code, err)
	h.wantNothingSecret(t, err)
}

func (h *house) wantNothingSecret(t *testing.T, err error) {
	t.Helper()
	for _, key := range []aws.Credentials{h.user, h.session} {
		assert.NotContains(t, err.Error(), key.SecretAccessKey)
		if key.SessionToken != "" {
			assert.NotContains(t, err.Error(), key.SessionToken)
		}
	}
	assert.NotRegexp(t, `[0-9a-f]{64}`, err.Error(), "a signature")
	assert.NotContains(t, err.Error(), "\n")
}

// editAuthorization returns the request with a part of its header Authorization
// replaced.
func editAuthorization(r *http.Request, old, by string) *http.Request {
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, by, 1))
	return r
}

// edit returns the request with its query changed, in a spelling of its own.
func edit(r *http.Request, old, by string) *http.Request {
	if !strings.Contains(r.URL.RawQuery, old) {
		panic("the query has no " + old + ": " + r.URL.RawQuery)
	}
	r.URL.RawQuery = strings.Replace(r.URL.RawQuery, old, by, 1)
	return r
}
