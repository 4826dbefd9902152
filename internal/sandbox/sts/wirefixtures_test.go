package sts_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"iam-secured-api/internal/sandbox/fixture"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
		fixture.OK(v4.NewSigner().SignHTTP(r.Context(), key, r, hex.EncodeToString(sum[:]), "sts", region, d.clock.Now()))
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
