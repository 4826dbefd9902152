package prove_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/prove"
)

func TestOutcome(t *testing.T) {
	const forbidden = `{"message":"Forbidden"}`
	for name, test := range map[string]struct {
		method string
		status int
		body   string
		want   prove.Outcome
	}{
		"a response of the backend": {"GET", 200, "{}", prove.Allow},
		"a redirect":                {"GET", 302, "", prove.Allow},
		"an error of the backend":   {"POST", 400, "{}", prove.Allow},
		"denied":                    {"GET", 403, forbidden, prove.Deny},
		"denied HEAD":               {"HEAD", 403, "", prove.Deny},
		"the backend's own 403":     {"GET", 403, "not today", prove.Allow},
		"no valid token":            {"GET", 401, `{"message":"Unauthorized"}`, prove.Deny},
		"HEAD without a token":      {"HEAD", 401, "", prove.Deny},
		"the backend's own 401":     {"GET", 401, forbidden, prove.Allow},
		"throttled":                 {"GET", 429, "{}", prove.Failed},
		"a failure":                 {"GET", 503, "{}", prove.Failed},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		}))
		client := prove.Client{HTTP: prove.NewHTTP(nil), URL: server.URL}
		response, err := client.Send(t.Context(), aws.Credentials{}, test.method, "/x", "")
		require.NoError(t, err, name)
		assert.Equal(t, test.want, response.Outcome(), name)
		server.Close()
	}
}

func TestAgrees(t *testing.T) {
	office := access.AllowIf(access.Alternative{Conditions: access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}}})
	cells := []access.Cell{access.Allow(), {}, office}
	for outcome, want := range map[prove.Outcome][]bool{
		prove.Allow: {true, false, false}, prove.Deny: {false, true, false}, prove.Failed: {false, false, false},
	} {
		for i, cell := range cells {
			assert.Equal(t, want[i], outcome.Agrees(cell), "%s of %s", outcome, cell)
		}
	}
}

func TestSend(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("Apigw-Requestid", "id")
	}))
	defer server.Close()
	client := prove.Client{HTTP: prove.NewHTTP(nil), URL: server.URL + "/prod", Region: "eu-west-1", UserAgent: "agent"}
	key := aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "secret", SessionToken: "token"}
	response, err := client.Send(t.Context(), key, "POST", "/x", prove.BodyFor("POST", "{}"))
	require.NoError(t, err)
	assert.Equal(t, "id", response.RequestID)
	assert.Equal(t, "/prod/x", got.URL.Path)
	assert.Equal(t, "{}", string(body))
	assert.Equal(t, "agent", got.UserAgent())
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.Equal(t, "token", got.Header.Get("X-Amz-Security-Token"))
	assert.Regexp(t, `^AWS4-HMAC-SHA256 Credential=AKIA/\d{8}/eu-west-1/execute-api/aws4_request, SignedHeaders=`, got.Header.Get("Authorization"))

	_, err = client.Send(t.Context(), aws.Credentials{}, "GET", "/x", prove.BodyFor("GET", "{}"))
	require.NoError(t, err)
	assert.Empty(t, got.Header.Get("Authorization"))
	assert.Empty(t, got.Header.Get("Content-Type"))
	assert.Empty(t, body)

	_, err = client.SendToken(t.Context(), "a.b.c", "POST", "/y", "{}")
	require.NoError(t, err)
	assert.Equal(t, "/prod/y", got.URL.Path)
	assert.Equal(t, "{}", string(body))
	assert.Equal(t, []string{"Bearer a.b.c"}, got.Header.Values("Authorization"))
}
