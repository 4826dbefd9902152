package endtoend_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/cmd/sandbox/functions"
	"iam-secured-api/components"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// TestForgedCallers sends requests with forged headers to routes of each kind, on the
// stack's URL backend and on a route's own. The backend gets the headers that API Gateway
// sets, each once, and no other.
func TestForgedCallers(t *testing.T) {
	t.Parallel()
	var got http.Header
	backend := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer backend.Close()
	config := harness.Merge(t, harness.Config(t), fmt.Sprintf(`{
		backend: {archive: null, url: %[1]q},
		authorizers: {customers: {issuer: "%[2]s", audiences: [shop]}},
		routes: {
			GET /open: {authorization: none}, GET /token: {authorization: customers},
			GET /own: {backend: {url: %[3]q}}, GET /own/open: {authorization: none, backend: {url: %[3]q}},
			GET /own/token: {authorization: customers, backend: {url: %[3]q}}
		},
		policies: {admin: {allow: [GET /products, POST /products, GET /own]}}
	}`, backend.URL, shop, backend.URL+"/v1"))
	run := harness.New(t, config)
	run.Up(t)
	e := run.OpenWith(t, gateway.Options{Backend: backend.Client().Transport})
	token := func(sub any) string {
		claims := map[string]any{"aud": "shop", "sub": sub, "exp": e.Now().Add(time.Hour).Unix()}
		if sub == nil {
			delete(claims, "sub")
		}
		return sandboxtest.Must(e.Issuers.Sign(shop, jose.RS256, claims))
	}
	send := func(path, bearer string, headers http.Header) {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, e.InvokeURL+path, nil)
		require.NoError(t, err)
		request.Header = headers
		switch {
		case bearer != "":
			request.Header.Set("Authorization", "Bearer "+bearer)
		case path == "/products" || path == "/own":
			sum := sha256.Sum256(nil)
			request.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
			key := sandboxtest.Must(e.User("jane-admin").Retrieve(t.Context()))
			require.NoError(t, prove.Sign(request, key, "", harness.Region, e.Now()))
		}
		got = nil
		response, err := e.Client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, path)
	}
	const arn, account, subject = components.HeaderCallerArn, components.HeaderCallerAccount, components.HeaderCallerSubject
	const jane = "arn:aws:iam::111122223333:user/jane-admin"
	iam, none := map[string]string{arn: jane, account: "111122223333"}, map[string]string{}
	ann := map[string]string{subject: "ann"}
	for path, want := range map[string]map[string]string{
		"/products": iam, "/own": iam, "/open": none, "/own/open": none, "/token": ann, "/own/token": ann,
	} {
		bearer := ""
		if want[subject] != "" {
			bearer = token("ann")
		}
		for name, forged := range map[string]http.Header{
			"nothing":           {},
			"lower case":        {arn: {"mallory"}, account: {"mallory"}, subject: {"mallory"}},
			"canonical":         {"X-Caller-Arn": {"mallory"}, "X-Caller-Account": {"mallory"}, "X-Caller-Subject": {"mallory"}},
			"upper case":        {"X-CALLER-ARN": {"mallory"}, "X-CALLER-ACCOUNT": {"mallory"}, "X-CALLER-SUBJECT": {"mallory"}},
			"twice":             {arn: {"mallory", jane}, account: {"mallory", ""}, subject: {"ann", "mallory"}},
			"in two cases":      {arn: {"mallory"}, "X-Caller-ARN": {"mallory"}, subject: {"mallory"}, "x-caller-SUBJECT": {"mallory"}},
			"empty":             {arn: {""}, account: {""}, subject: {""}},
			"hop by hop":        {"Connection": {arn + ", " + account + ", " + subject}, arn: {"mallory"}, account: {"mallory"}},
			"with another list": {"X-Caller-Arn": {"mallory, " + jane}, "X-Caller-Subject": {"ann,mallory"}},
		} {
			send(path, bearer, forged)
			for _, header := range []string{arn, account, subject} {
				var values []string
				if value, has := want[header]; has {
					values = []string{value}
				}
				assert.Equal(t, values, got.Values(header), "%s of %s, forged: %s", header, path, name)
			}
		}
	}
	// What AWS does without the claim is not documented: see docs/backends.md.
	send("/token", token(nil), http.Header{subject: {"mallory"}, arn: {"mallory"}})
	assert.Equal(t, []string{"mallory"}, got.Values(subject), "the unsafe reading")
	assert.Empty(t, got.Values(arn))
}

// TestBackendsOfRoutes sends requests to routes whose backends are functions. Functions
// that are not the product service have a stand-in.
func TestBackendsOfRoutes(t *testing.T) {
	t.Parallel()
	const billing = "arn:aws:lambda:us-east-1:111122223333:function:billing"
	config := harness.Merge(t, harness.Config(t), `{routes: {
		GET /bills: {authorization: none, backend: {functionArn: "`+billing+`:live"}},
		"ANY /bills/{id}": {authorization: none, backend: {functionArn: "`+billing+`"}}
	}}`)
	run := harness.New(t, config)
	run.Up(t)
	e := run.Open(t)
	answers := func(method, path, want string) {
		t.Helper()
		status, body := e.Send(t, nil, method, path, "")
		assert.Equal(t, 200, status)
		assert.Equal(t, want, body)
	}
	answers("GET", "/bills", "in the place of billing")
	answers("PUT", "/bills/7", "in the place of billing")
	status, body := e.Send(t, e.User("john-readonly"), "GET", "/products", "")
	assert.Equal(t, 200, status)
	assert.JSONEq(t, `{"products":[]}`, body, "the product service")

	// Another API may not invoke the function: the permission is only for this stage.
	region := run.Cloud.Account("111122223333").Region(harness.Region)
	for name, want := range map[string]bool{billing: true, billing + ":live": true} {
		source := e.Outputs["executionArn"].(string) + "/prod/GET/bills"
		assert.Equal(t, want, sandboxtest.Must(region.MayInvoke(name, "apigateway.amazonaws.com", source)))
		for _, other := range []string{e.Outputs["executionArn"].(string) + "/test/GET/bills", "arn:aws:execute-api:us-east-1:111122223333:other/prod/GET/bills"} {
			assert.False(t, sandboxtest.Must(region.MayInvoke(name, "apigateway.amazonaws.com", other)), other)
		}
	}
}

// TestThrottlesOfRoutes limits routes, changes the limits and removes them. A route has
// its own limit or the stage's.
func TestThrottlesOfRoutes(t *testing.T) {
	t.Parallel()
	const one, two = `{rateLimit: 0.01, burstLimit: 1}`, `{rateLimit: 0.01, burstLimit: 2}`
	first := harness.Merge(t, harness.Config(t), `{
		backend: {archive: null, url: "https://backend.example.com"}, throttle: {rateLimit: 0.01, burstLimit: 4},
		routes: {$default: {authorization: none}, ANY /any: {authorization: none}, GET /items: {authorization: none}}}`)
	run := harness.New(t, first)
	run.Up(t)
	e := run.OpenWith(t, gateway.Options{Backend: anyBackend{}, Functions: functions.New})
	// admitted counts how many of six requests, at one time long after the ones before, are
	// admitted.
	admitted := func(method, path string) (count int) {
		t.Helper()
		e.Advance(time.Hour)
		for range 6 {
			switch status, body := e.Send(t, aws.CredentialsProvider(nil), method, path, ""); status {
			case http.StatusOK:
				count++
			default:
				require.Equal(t, http.StatusTooManyRequests, status, body)
			}
		}
		return count
	}
	type counts struct{ byDefault, get, put, items int }
	for _, row := range []struct {
		patch string
		want  counts
	}{
		{`{}`, counts{4, 4, 4, 4}},
		{`{routes: {ANY /any: {throttle: ` + one + `}}}`, counts{4, 1, 1, 4}},
		{`{routes: {ANY /any: {throttle: ` + two + `}, $default: {throttle: ` + one + `}}}`, counts{1, 2, 2, 4}},
		{`{routes: {$default: {throttle: ` + two + `}}}`, counts{2, 4, 4, 4}},
		{`{routes: {GET /items: {throttle: ` + one + `}}}`, counts{4, 4, 4, 1}},
		{`{routes: {GET /items: null}}`, counts{4, 4, 4, 4}}, // $default takes its requests
		{`{routes: {GET /items: null, "GET /{id}": {authorization: none, throttle: ` + one + `}}}`, counts{1, 4, 4, 1}},
		{`{}`, counts{4, 4, 4, 4}},
	} {
		run.Configure(t, harness.Merge(t, first, row.patch))
		run.Up(t)
		got := counts{admitted("GET", "/x"), admitted("GET", "/any"), admitted("PUT", "/any"), admitted("GET", "/items")}
		assert.Equal(t, row.want, got, row.patch)
	}
}

// anyBackend answers every request.
type anyBackend struct{}

func (anyBackend) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}
