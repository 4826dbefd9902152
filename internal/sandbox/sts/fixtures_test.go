package sts_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/internal/sandbox/sts"
)

const (
	region  = "us-east-1"
	roleARN = "arn:aws:iam::111122223333:role/executor"
	userARN = "arn:aws:iam::444455556666:user/my-user"
)

var (
	allowAll = sandboxtest.Document("Allow", "*", "*")
	trustOne = sandboxtest.TrustAWS(userARN)
	mayDo    = sandboxtest.Document("Allow", "sts:AssumeRole", roleARN)
)

// endpoint is a cloud with a role that the other account's user may assume, and its
// endpoint of STS.
type endpoint struct {
	t      testing.TB
	cloud  *cloud.Cloud
	clock  *sandboxtest.Clock
	server *httptest.Server
	key    cloud.AccessKey // of my-user
	tokens *oidc.Issuers
}

func open(t testing.TB) *endpoint {
	t.Helper()
	d := &endpoint{t: t, cloud: cloud.New(), clock: sandboxtest.NewClock(time.Now())}
	sandboxtest.Must(d.api().CreateRole(cloud.CreateRoleInput{RoleName: "executor", AssumeRolePolicyDocument: trustOne}))
	sandboxtest.OK(d.other().UserPolicies().Put(cloud.CallerUser, cloud.InlinePolicy{PolicyName: "assume", PolicyDocument: mayDo}))
	d.key = sandboxtest.Must(d.other().Credential(sandboxtest.Must(d.other().ListAccessKeys(cloud.CallerUser))[0].AccessKeyID))
	d.tokens = oidc.NewIssuers(d.clock.Now)
	issuers := httptest.NewServer(d.tokens)
	t.Cleanup(issuers.Close)
	tokens := oidc.NewVerifier(issuers.URL, oidc.Options{Now: d.clock.Now})
	d.server = httptest.NewServer(sts.New(d.cloud, region, tokens, d.clock.Now))
	t.Cleanup(d.server.Close)
	return d
}

func (d *endpoint) api() *cloud.Account   { return d.cloud.Account(cloud.APIAccount) }
func (d *endpoint) other() *cloud.Account { return d.cloud.Account(cloud.CallerAccount) }

// client returns a client that signs with these credentials and does not retry.
func (d *endpoint) client(id, secret, token string) *awssts.Client {
	return awssts.New(awssts.Options{
		BaseEndpoint: &d.server.URL,
		Region:       region,
		Credentials:  credentials.NewStaticCredentialsProvider(id, secret, token),
		HTTPClient:   d.server.Client(),
		Retryer:      aws.NopRetryer{},
		HTTPSignerV4: signerAt{v4.NewSigner(), d.clock},
	})
}

func (d *endpoint) session(c *types.Credentials) *awssts.Client {
	return d.client(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

func (d *endpoint) user() *awssts.Client {
	return d.client(d.key.AccessKeyID, d.key.SecretAccessKey, "")
}

// assume returns a request that succeeds unless it is changed.
func assume(change ...func(*awssts.AssumeRoleInput)) *awssts.AssumeRoleInput {
	in := &awssts.AssumeRoleInput{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("a-session")}
	for _, c := range change {
		c(in)
	}
	return in
}

func (d *endpoint) assumes(in *awssts.AssumeRoleInput) *awssts.AssumeRoleOutput {
	d.t.Helper()
	out, err := d.user().AssumeRole(context.Background(), in)
	require.NoError(d.t, err)
	return out
}

func requireCode(t *testing.T, code string, status int, err error) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	assert.Equal(t, code, api.ErrorCode())
	assert.NotEmpty(t, api.ErrorMessage())
	var answer interface{ HTTPStatusCode() int }
	require.ErrorAs(t, err, &answer)
	assert.Equal(t, status, answer.HTTPStatusCode())
}

// signerAt signs with the time of a clock.
type signerAt struct {
	*v4.Signer
	clock *sandboxtest.Clock
}

func (s signerAt) SignHTTP(ctx context.Context, key aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, change ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, key, r, hash, service, region, s.clock.Now(), change...)
}

// values are the parameters of an AssumeRole that succeeds, with changes given
// in pairs; an empty value takes a parameter out.
func values(changes ...string) url.Values {
	v := url.Values{"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {roleARN}, "RoleSessionName": {"a-session"}}
	for i := 0; i < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			v.Del(changes[i])
		}
	}
	return v
}

func identity() string { return "Action=GetCallerIdentity&Version=2011-06-15" }

// call is a request with some parts changed.
type call struct {
	method, target, host, body, contentType string
	unsigned                                bool
	header                                  http.Header
	key                                     *aws.Credentials // if it is another
}

func form(v url.Values) call { return call{body: v.Encode()} }

func (d *endpoint) do(c call) *httptest.ResponseRecorder {
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.target == "" {
		c.target = "/"
	}
	if c.host == "" {
		c.host = "127.0.0.1:8080"
	}
	if c.contentType == "" && c.body != "" {
		c.contentType = "application/x-www-form-urlencoded; charset=utf-8"
	}
	r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
	r.Host = c.host
	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}
	key := aws.Credentials{AccessKeyID: d.key.AccessKeyID, SecretAccessKey: d.key.SecretAccessKey}
	if c.key != nil {
		key = *c.key
	}
	if !c.unsigned {
		sum := sha256.Sum256([]byte(c.body))
		sandboxtest.OK(v4.NewSigner().SignHTTP(r.Context(), key, r, hex.EncodeToString(sum[:]), "sts", region, d.clock.Now()))
	}
	for name, list := range c.header {
		r.Header[name] = list
	}
	w := httptest.NewRecorder()
	d.server.Config.Handler.ServeHTTP(w, r)
	return w
}

// refusal is an error as a client reads it.
type refusal struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

func (d *endpoint) wantRefusal(t *testing.T, status int, code string, w *httptest.ResponseRecorder) refusal {
	t.Helper()
	var r refusal
	require.NoError(t, xml.Unmarshal(w.Body.Bytes(), &r), w.Body.String())
	assert.Equal(t, status, w.Code, w.Body.String())
	assert.Equal(t, code, r.Code, w.Body.String())
	assert.NotEmpty(t, r.Message)
	assert.NotContains(t, r.Message, "\n")
	wantType := "Sender"
	if status >= http.StatusInternalServerError {
		wantType = "Receiver"
	}
	assert.Equal(t, wantType, r.Type)
	wantHeader(t, r.RequestID, w)
	assert.NotContains(t, w.Body.String(), d.key.SecretAccessKey)
	return r
}

func wantHeader(t *testing.T, id string, w *httptest.ResponseRecorder) {
	t.Helper()
	assert.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, id)
	assert.Equal(t, id, w.Header().Get("X-Amzn-Requestid"))
	assert.Equal(t, "text/xml", w.Header().Get("Content-Type"))
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
}

// tagsOf decodes JSON into a claim.
func tagsOf(text string) any {
	var claim any
	sandboxtest.OK(json.Unmarshal([]byte(text), &claim))
	return claim
}
