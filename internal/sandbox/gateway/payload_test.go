package gateway_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// received returns a message as a server passes it to its handler.
func (w *world) received(m *message) *http.Request {
	r := sandboxtest.Must(http.ReadRequest(bufio.NewReader(strings.NewReader(m.text()))))
	r.RemoteAddr = "192.0.2.7:1234"
	port := sandboxtest.Must(strconv.Atoi(sandboxtest.Must(url.Parse(w.url)).Port()))
	return r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{Port: port}))
}

func (w *world) payload(m *message) (text []byte, event events.APIGatewayV2HTTPRequest) {
	w.t.Helper()
	text, err := gateway.New(w.cloud, cloud.APIAccount, region, w.api.APIID, w.options).Payload(w.received(m))
	require.NoError(w.t, err)
	require.NoError(w.t, json.Unmarshal(text, &event))
	return text, event
}

// TestPayloadHasTheShape compares payloads with what AWS sends, as recorded for the
// product service.
func TestPayloadHasTheShape(t *testing.T) {
	w := newWorld(t, nil)
	w.role("keeper", w.allow("prod/*"))
	settings := w.settings()
	settings.StageVariables = map[string]string{"colour": "blue"}
	sandboxtest.OK(w.region.UpdateStage(w.api.APIID, "prod", settings))
	for file, m := range map[string]*message{
		"list-iam-user.json":  w.signed(w.john, "GET", "/prod/products?limit=5", ""),
		"list-presigned.json": w.presigned(w.john, "GET", "/prod/products?limit=5", "", 0),
		"add-iam-role.json":   w.signed(w.assume("keeper", "my-session", ""), "POST", "/prod/products", tea),
	} {
		t.Run(file, func(t *testing.T) {
			m.set("Accept", "*/*")
			m.set("User-Agent", "curl/8.9.1")
			text, _ := w.payload(m)
			got, want := map[string]string{}, map[string]string{}
			var value any
			require.NoError(t, json.Unmarshal(text, &value))
			shape("", value, got)
			require.NoError(t, json.Unmarshal(sandboxtest.Must(os.ReadFile(filepath.Join("..", "..", "products", "testdata", file))), &value))
			shape("", value, want)
			// Known to differ: accounts here are in no organization, and what is empty the
			// events' own type writes otherwise.
			for name := range want {
				if strings.HasPrefix(name, "/stageVariables") ||
					strings.HasPrefix(name, "/queryStringParameters/X-Amz") || name == "/requestContext/authorizer/iam/cognitoIdentity" {
					continue
				}
				assert.Equal(t, want[name], got[name], name)
			}
			assert.Equal(t, "string", got["/stageVariables/colour"])
			for name := range got {
				if want[name] == "" {
					assert.Regexp(t, `^/(headers/(connection|x-amz-security-token)|stageVariables.*|queryStringParameters/X-Amz-.*|`+
						`requestContext/(authorizer/iam/cognitoIdentity.*|authentication.*))$`, name)
				}
			}
		})
	}
}

// shape lists the values of a JSON text by their places, as kinds.
func shape(place string, value any, out map[string]string) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			shape(place+"/"+name, inner, out)
		}
	case string:
		out[place] = "string"
	case float64:
		out[place] = "number"
	case bool:
		out[place] = "bool"
	default:
		out[place] = "other"
	}
}

// TestPayloadOfAnIdentityPool checks the payload for a caller with credentials from
// Cognito.
func TestPayloadOfAnIdentityPool(t *testing.T) {
	w := newWorld(t, nil)
	trust := sandboxtest.TrustFederated("cognito-identity.amazonaws.com",
		`{"StringEquals":{"cognito-identity.amazonaws.com:aud":"us-east-1:pool"}}`)
	role := sandboxtest.Must(w.account.CreateRole(cloud.CreateRoleInput{RoleName: "shopper", AssumeRolePolicyDocument: trust}))
	sandboxtest.OK(w.account.RolePolicies().Put("shopper", inline(w.allow("prod/*"))))
	in := cloud.AssumeRoleInput{RoleARN: role.ARN, RoleSessionName: "one"}
	provider := sandboxtest.Must(w.cloud.IdentityProvider(in, "https://cognito-identity.amazonaws.com"))
	who := sandboxtest.Must(cloud.NewWebIdentity(provider, map[string]any{
		"aud": "us-east-1:pool", "sub": "us-east-1:alice", "amr": []any{"authenticated", "login.example.com"},
	}))
	s := sandboxtest.Must(w.cloud.AssumeRoleWithWebIdentity(who, in, map[string][]string{}, w.now()))
	key := aws.Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken}
	_, event := w.payload(w.signed(key, "GET", "/prod/products", ""))
	assert.Equal(t, events.APIGatewayV2HTTPRequestContextAuthorizerCognitoIdentity{
		AMR: []string{"authenticated", "login.example.com"}, IdentityID: "us-east-1:alice", IdentityPoolID: "us-east-1:pool",
	}, event.RequestContext.Authorizer.IAM.CognitoIdentity)
}

func TestPayloadSaysWhoCalls(t *testing.T) {
	w := newWorld(t, nil)
	w.role("keeper", w.allow("prod/*"))
	john := sandboxtest.Must(w.cloud.Caller(w.john.AccessKeyID, w.now()))
	_, event := w.payload(w.signed(w.john, "GET", "/prod/products", ""))
	iam := event.RequestContext.Authorizer.IAM
	assert.Equal(t, events.APIGatewayV2HTTPRequestContextAuthorizerIAMDescription{
		AccessKey: w.john.AccessKeyID, AccountID: cloud.APIAccount, CallerID: john.UserID, UserID: john.UserID, UserARN: "arn:aws:iam::111122223333:user/john",
	}, *iam)

	key := w.assume("keeper", "one", "")
	_, event = w.payload(w.signed(key, "GET", "/prod/products", ""))
	iam = event.RequestContext.Authorizer.IAM
	assert.Equal(t, key.AccessKeyID, iam.AccessKey)
	assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/keeper/one", iam.UserARN)
	assert.Regexp(t, `^AROA\w+:one$`, iam.UserID)
	assert.Equal(t, iam.UserID, iam.CallerID)
	assert.Equal(t, cloud.APIAccount, iam.AccountID)
	assert.Zero(t, iam.CognitoIdentity)

	w.route("GET /open", cloud.AuthNone)
	_, event = w.payload(w.signed(w.john, "GET", "/prod/open", ""))
	assert.Nil(t, event.RequestContext.Authorizer)
	claims := w.message(w.request("GET", "/prod/open", ""), "")
	claims.add("X-Amzn-Iam-User-Arn", "arn:aws:iam::111122223333:user/jane")
	_, event = w.payload(claims)
	assert.Nil(t, event.RequestContext.Authorizer)
}

func TestPayloadSaysWhatIsAsked(t *testing.T) {
	w := newWorld(t, nil)
	w.route("ANY /shops/{shop}/{proxy+}", cloud.AuthNone)
	m := w.message(w.request("PUT", "/prod/shops/a%20b%2Fc/d/%65?x=1&y=a+b&x=2;3&z&f=%ff", ""), "")
	m.add("X-Shop", "1")
	m.add("x-shop", "2")
	m.add("Cookie", "a=1; b=2")
	m.add("Cookie", "c=3")
	m.add("X-Forwarded-For", "203.0.113.9")
	m.add("X-Forwarded-Proto", "http")
	m.add("User-Agent", "agent")
	_, event := w.payload(m)
	assert.Equal(t, "ANY /shops/{shop}/{proxy+}", event.RouteKey)
	assert.Equal(t, event.RouteKey, event.RequestContext.RouteKey)
	assert.Equal(t, "x=1&y=a+b&x=2;3&z&f=%ff", event.RawQueryString)
	assert.Equal(t, map[string]string{"x": "1,2;3", "y": "a b", "z": "", "f": "\uFFFD"}, event.QueryStringParameters)
	assert.Equal(t, map[string]string{"shop": "a b/c", "proxy": "d/e"}, event.PathParameters)
	assert.Equal(t, []string{"a=1", "b=2", "c=3"}, event.Cookies)
	assert.Regexp(t, `^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$`, event.Headers["x-amzn-trace-id"])
	delete(event.Headers, "x-amzn-trace-id")
	assert.Equal(t, map[string]string{
		"host": m.get("Host"), "content-length": "0", "x-shop": "1,2", "x-forwarded-for": "203.0.113.9, 192.0.2.7",
		"x-forwarded-port": "443", "x-forwarded-proto": "https", "user-agent": "agent", "connection": "close",
	}, event.Headers)
	m.add("X-Amzn-Trace-Id", "Root=1-5e6b67ad-2d4a5560cf6fb7a02780c3a0")
	_, event = w.payload(m)
	assert.Equal(t, "Root=1-5e6b67ad-2d4a5560cf6fb7a02780c3a0", event.Headers["x-amzn-trace-id"], "the client's")
	assert.Equal(t, "PUT", event.RequestContext.HTTP.Method)
	assert.Equal(t, "192.0.2.7", event.RequestContext.HTTP.SourceIP)
	assert.Equal(t, "agent", event.RequestContext.HTTP.UserAgent)
	assert.Equal(t, "prod", event.RequestContext.Stage)
	assert.Equal(t, w.api.APIID, event.RequestContext.APIID)
	assert.Equal(t, cloud.APIAccount, event.RequestContext.AccountID)
}

// TestPayloadPaths has the paths that were sent and recorded on AWS, in
// ingress-paths.json of github.com/hotsock/voker.
func TestPayloadPaths(t *testing.T) {
	w := newWorld(t, nil)
	w.route("GET /{path+}", cloud.AuthNone)
	for sent, want := range map[string]string{
		"/plain":                             "/plain",
		"/space%20value":                     "/space value",
		"/question%3Fvalue":                  "/question",
		"/hash%23value":                      "/hash#value",
		"/slash%2Fvalue":                     "/slash/value",
		"/unicode-%CE%BB-%E4%B8%96%E7%95%8C": "/unicode-λ-世界",
		"/literal%252Fvalue":                 "/literal/value",
		"/literal%253Fvalue":                 "/literal?value",
		"/literal%2525value":                 "/literal%value",
	} {
		_, event := w.payload(w.message(w.request("GET", "/prod"+sent, ""), ""))
		assert.Equal(t, "/prod"+want, event.RawPath)
		assert.Equal(t, event.RawPath, event.RequestContext.HTTP.Path)
		assert.Equal(t, "/"+event.PathParameters["path"], want)
	}
	w.expect(400, w.message(w.request("GET", "/prod/percent%25done", ""), ""))
	require.Zero(t, w.invoked())
}

func TestPayloadBodies(t *testing.T) {
	w := newWorld(t, nil)
	w.route("POST /open", cloud.AuthNone)
	for _, c := range []struct {
		kind, body string
		base64     bool
	}{
		{"application/json", tea, false},
		{"Application/JSON ; charset=utf-8", tea, false},
		{"application/xml", "<tea/>", false},
		{"application/javascript", "tea()", false},
		{"Text/Plain", "tea", false},
		{"text/csv; charset=iso-8859-1", "tea", false},
		{"application/vnd.shop+json", tea, true},
		{"application/atom+xml", "<tea/>", true},
		{"application/json-seq", tea, true},
		{"application/x-www-form-urlencoded", "a=b", true},
		{"multipart/form-data; boundary=x", "--x--", true},
		{"", "tea", true},
		{"application/octet-stream", "tea", true},
		{"image/png", "\x89PNG\xff", true},
		{"application/json", "\xff", true},
		{"text/plain", "a\x00b", false},
		{"application/octet-stream", "", false},
	} {
		m := w.message(w.request("POST", "/prod/open", ""), c.body)
		if c.kind != "" {
			m.set("Content-Type", c.kind)
		}
		m.set("Content-Length", strconv.Itoa(len(c.body)))
		_, event := w.payload(m)
		assert.Equal(t, c.base64, event.IsBase64Encoded, "%+v", c)
		body := event.Body
		if c.base64 {
			body = string(sandboxtest.Must(base64.StdEncoding.DecodeString(body)))
		}
		assert.Equal(t, c.body, body)
		assert.Equal(t, strconv.Itoa(len(c.body)), event.Headers["content-length"])
	}
}
