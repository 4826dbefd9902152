//go:build unix

package sandbox_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/prove"
	"iam-secured-api/tests/harness"
)

// served is the first line of `serve -json`.
type served struct {
	InvokeURL        string `json:"invokeUrl"`
	Region           string
	STSEndpoint      string `json:"stsEndpoint"`
	MetadataEndpoint string
	ExecutionARN     string `json:"executionArn"`
	AccountDetails   string // path
	Principals       map[string]struct {
		AccessKeyID      string `json:"accessKeyId"`
		SecretAccessKey  string
		RoleARN          string `json:"roleArn"`
		ExternalID       string `json:"externalId"`
		MetadataEndpoint string
	}
	AccessMatrix map[string]map[string]string
}

// testServe sends requests with only what the first line contains.
func testServe(t *testing.T, path string) {
	p := startIn(t, path, configured(t, `{roles: {api-gateway-executor-role: {trust: {externalId: shop-1}}}}`), nil, "serve", "-json")
	until(t, p, "its first line", func() bool { return strings.Contains(p.out.String(), "\n") })
	line, rest, _ := strings.Cut(p.out.String(), "\n")
	assert.Empty(t, rest)
	var s served
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&s))
	for _, address := range harness.PublicAddresses(t) {
		for _, endpoint := range []string{s.InvokeURL, s.STSEndpoint, s.MetadataEndpoint} {
			_, err := net.DialTimeout("tcp", net.JoinHostPort(address, portOf(t, endpoint)), time.Second)
			assert.Error(t, err, "%s listens on %s", endpoint, address)
		}
	}
	details, err := os.ReadFile(s.AccountDetails)
	require.NoError(t, err)
	assert.Contains(t, string(details), s.ExecutionARN+"/prod/GET/products", "the policies are those of this API")
	for name, who := range s.Principals {
		if who.SecretAccessKey != "" {
			assert.NotContains(t, string(details), who.SecretAccessKey, name)
		}
	}
	assert.Equal(t, map[string]string{"GET /products": "allow", "POST /products": "deny"}, s.AccessMatrix["user/john-readonly"])

	static := func(name string) aws.CredentialsProvider {
		who := s.Principals[name]
		return credentials.NewStaticCredentialsProvider(who.AccessKeyID, who.SecretAccessKey, "")
	}
	role := s.Principals["role/api-gateway-executor-role"]
	client := sts.New(sts.Options{Region: s.Region, BaseEndpoint: &s.STSEndpoint, Credentials: static("caller/my-user")})
	executor := stscreds.NewAssumeRoleProvider(client, role.RoleARN, func(o *stscreds.AssumeRoleOptions) { o.ExternalID = &role.ExternalID })
	reader := ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.New(imds.Options{Endpoint: s.MetadataEndpoint, ClientEnableState: imds.ClientEnabled})
	})
	assert.Equal(t, s.MetadataEndpoint, s.Principals["role/products-reader"].MetadataEndpoint)
	for _, row := range []struct {
		name      string
		as        aws.CredentialsProvider
		get, post int
	}{
		{"anyone", nil, 403, 403},
		{"caller/my-user", static("caller/my-user"), 403, 403},
		{"user/john-readonly", static("user/john-readonly"), 200, 403},
		{"user/jane-admin", static("user/jane-admin"), 200, 201},
		{"role/api-gateway-executor-role", executor, 200, 403},
		{"role/products-reader", reader, 200, 403},
	} {
		assert.Equal(t, row.get, send(t, s, row.as, http.MethodGet), "GET as %s", row.name)
		assert.Equal(t, row.post, send(t, s, row.as, http.MethodPost), "POST as %s", row.name)
	}
	assert.Contains(t, p.errs.String(), "403 POST /prod/products by arn:aws:iam::111122223333:user/john-readonly")
	assert.NotRegexp(t, secretShape, p.errs.String(), "only the first line has secrets")

	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	assert.Zero(t, p.wait(t), p.errs.String())
	assert.NoFileExists(t, s.AccountDetails)
	_, err = net.Dial("tcp", "127.0.0.1:"+portOf(t, s.InvokeURL))
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func portOf(t *testing.T, endpoint string) string {
	u, err := url.Parse(endpoint)
	require.NoError(t, err)
	return u.Port()
}

// send sends a request to /products and returns the status.
func send(t *testing.T, s served, as aws.CredentialsProvider, method string) int {
	var key aws.Credentials
	if as != nil {
		var err error
		key, err = as.Retrieve(t.Context())
		require.NoError(t, err)
	}
	client := prove.Client{HTTP: http.DefaultClient, URL: s.InvokeURL, Region: s.Region}
	response, err := client.Send(t.Context(), key, method, "/products", prove.BodyFor(method, `{"name": "Tea", "price": 450, "currency": "EUR"}`))
	require.NoError(t, err)
	return response.Status
}

// testServeInterrupted sends the signal of Ctrl-C before anything is served.
func testServeInterrupted(t *testing.T, path string) {
	p := start(t, path, nil, "serve")
	until(t, p, "it deploys", func() bool { return strings.Contains(p.errs.String(), "deploying") })
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	assert.Equal(t, 130, p.wait(t), p.errs.String())
	assert.Empty(t, p.out.String())
}

// testHungUp closes the terminal while the sandbox serves.
func testHungUp(t *testing.T, path string) {
	p := start(t, path, nil, "serve")
	until(t, p, "it serves", func() bool { return strings.Contains(p.errs.String(), "serving") })
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGHUP))
	assert.Zero(t, p.wait(t), p.errs.String())
}

// testNotRead closes the pipe that the sandbox writes its result to.
func testNotRead(t *testing.T, path string) {
	p := start(t, "/bin/sh", nil, "-c", `exec 3>&1; { "$0"; echo "exit $?" >&3; } | true`, path)
	assert.Zero(t, p.wait(t), p.errs.String())
	assert.Equal(t, "exit 1\n", p.out.String())
}
