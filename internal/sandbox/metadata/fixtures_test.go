package metadata_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/metadata"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	region = "eu-west-1"

	token       = "/latest/api/token"
	credentials = "/latest/meta-data/iam/security-credentials/"
)

var trustEC2 = sandboxtest.TrustService("ec2")

// instance has the instance profile reader, which has the role reader.
type instance struct {
	cloud   *cloud.Cloud
	account *cloud.Account
	clock   *sandboxtest.Clock
	handler http.Handler
	server  *httptest.Server
}

func launch(t *testing.T) *instance {
	t.Helper()
	c := cloud.New()
	i := &instance{cloud: c, account: c.Account(cloud.APIAccount), clock: sandboxtest.NewClock(time.Now().Truncate(time.Second))}
	sandboxtest.Must(i.account.CreateRole(cloud.CreateRoleInput{RoleName: "reader", AssumeRolePolicyDocument: trustEC2}))
	sandboxtest.Must(i.account.CreateInstanceProfile("reader", "", nil))
	sandboxtest.OK(i.account.AddRoleToInstanceProfile("reader", "reader"))
	i.handler = metadata.New(c, cloud.APIAccount, region, "reader", i.clock.Now)
	i.server = httptest.NewServer(i.handler)
	t.Cleanup(i.server.Close)
	return i
}

// call sends a request without a network, with the headers given in pairs.
func (i *instance) call(method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Host = "127.0.0.1:8080"
	for h := 0; h < len(headers); h += 2 {
		if headers[h] == "Host" {
			r.Host = headers[h+1]
			continue
		}
		r.Header.Add(headers[h], headers[h+1])
	}
	w := httptest.NewRecorder()
	i.handler.ServeHTTP(w, r)
	return w
}

func (i *instance) token(seconds string) string {
	return i.call(http.MethodPut, token, "X-aws-ec2-metadata-token-ttl-seconds", seconds).Body.String()
}

// get reads a path with a new token.
func (i *instance) get(path string) (status int, text string) {
	w := i.call(http.MethodGet, path, "X-aws-ec2-metadata-token", i.token("21600"))
	return w.Code, w.Body.String()
}

// given are credentials as the service returns them.
type given struct {
	Code, LastUpdated, Type, AccessKeyID, SecretAccessKey, Token string
	Expiration                                                   time.Time
}

func (i *instance) given(t *testing.T) given {
	t.Helper()
	status, text := i.get(credentials + "reader")
	require.Equal(t, http.StatusOK, status)
	var g given
	require.NoError(t, json.Unmarshal([]byte(text), &g))
	return g
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}
