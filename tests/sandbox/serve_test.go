//go:build unix

package sandbox_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
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
		SessionToken     string
		AssumedBy        string

		ContainerCredentials string
		AuthorizationToken   string
		WebIdentityToken     string
		BearerToken          string
		IdentityPool         struct {
			Endpoint       string
			IdentityPoolID string `json:"identityPoolId"`
			Logins         map[string]string
		}
	}
	AccessMatrix map[string]map[string]string
}

// servedKinds adds a second role for a service, and one that trusts other pods.
const servedKinds = `{roles: {
	api-gateway-executor-role: {trust: {externalId: shop-1}},
	worker: {trust: {service: lambda}, policies: [readOnly]},
	catalog-2: {trust: {podIdentity: {cluster: main, namespace: shop, serviceAccount: catalog}}, policies: [admin]}}}`

// testServe sends requests with only what the first line contains.
func testServe(t *testing.T, path string) {
	p := startIn(t, path, configured(t, everyKind, servedKinds), nil, "serve", "-json")
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
	assert.Equal(t, map[string]string{"GET /catalog": "deny", "GET /products": "allow", "POST /products": "deny"}, s.AccessMatrix["user/john-readonly"])

	static := func(name string) aws.CredentialsProvider {
		who := s.Principals[name]
		return credentials.NewStaticCredentialsProvider(who.AccessKeyID, who.SecretAccessKey, who.SessionToken)
	}
	assumed := func(name string) aws.CredentialsProvider {
		role := s.Principals[name]
		client := sts.New(sts.Options{Region: s.Region, BaseEndpoint: &s.STSEndpoint, Credentials: static(role.AssumedBy)})
		return stscreds.NewAssumeRoleProvider(client, role.RoleARN, func(o *stscreds.AssumeRoleOptions) {
			if role.ExternalID != "" {
				o.ExternalID = &role.ExternalID
			}
		})
	}
	container := func(name string) aws.CredentialsProvider {
		return endpointcreds.New(s.Principals[name].ContainerCredentials,
			func(o *endpointcreds.Options) { o.AuthorizationToken = s.Principals[name].AuthorizationToken })
	}
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
		{"role/api-gateway-executor-role", assumed("role/api-gateway-executor-role"), 200, 403},
		{"role/products-reader", reader, 200, 403},
		{"role/worker", static("role/worker"), 200, 403},
		{"role/checkout", container("role/checkout"), 200, 201},
		{"role/my-task-role", container("role/my-task-role"), 200, 403},
		{"role/catalog", container("role/catalog"), 200, 403},
		{"role/sisters", assumed("role/sisters"), 200, 403},
		{"role/shoppers", identityOf(t, s, "role/shoppers"), 200, 403},
	} {
		assert.Equal(t, row.get, send(t, s, row.as, http.MethodGet), "GET as %s", row.name)
		assert.Equal(t, row.post, send(t, s, row.as, http.MethodPost), "POST as %s", row.name)
	}
	for name, want := range map[string]int{"token/customers": 403, "token/customers with catalog.read": 200} {
		assert.Equal(t, want, sendToken(t, s.InvokeURL, s.Principals[name].BearerToken), name)
	}
	assert.Empty(t, s.Principals["role/catalog-2"].ContainerCredentials, "its pods have the first role")
	assert.Contains(t, p.errs.String(), "403 POST /prod/products by arn:aws:iam::111122223333:user/john-readonly")
	for name, who := range s.Principals {
		if secret := who.SecretAccessKey + who.BearerToken; secret != "" {
			assert.NotContains(t, p.errs.String(), secret, "only the first line has secrets: %s", name)
		}
	}

	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	assert.Zero(t, p.wait(t), p.errs.String())
	assert.NoFileExists(t, s.AccountDetails)
	_, err = net.Dial("tcp", "127.0.0.1:"+portOf(t, s.InvokeURL))
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
}

// identityOf returns the credentials of an identity of an identity pool.
func identityOf(t *testing.T, s served, name string) aws.CredentialsProvider {
	pool := s.Principals[name].IdentityPool
	client := cognitoidentity.New(cognitoidentity.Options{Region: s.Region, BaseEndpoint: &pool.Endpoint})
	id, err := client.GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: &pool.IdentityPoolID, Logins: pool.Logins})
	require.NoError(t, err)
	out, err := client.GetCredentialsForIdentity(t.Context(),
		&cognitoidentity.GetCredentialsForIdentityInput{IdentityId: id.IdentityId, Logins: pool.Logins})
	require.NoError(t, err)
	key := out.Credentials
	return credentials.NewStaticCredentialsProvider(*key.AccessKeyId, *key.SecretKey, *key.SessionToken)
}

var reSection = regexp.MustCompile(`(?m)^((?:user|role|caller|token)/.+)\n((?:  .*\n)+)`)

// testPasted runs what `serve` prints for each principal in a shell, and then the program
// of docs/calling.md. Lines for the AWS CLI are tested by the requests that it would
// send.
func testPasted(t *testing.T, path string) {
	if program := missing("sh"); program != "" {
		require.Empty(t, os.Getenv("CI"), "CI must have "+program)
		t.Skip(program + " is not installed")
	}
	p := startIn(t, path, configured(t, everyKind, servedKinds), nil, "serve")
	until(t, p, "it serves", func() bool { return strings.Contains(p.errs.String(), "serving") })
	common, _, _ := strings.Cut(p.out.String(), "\n")
	program := buildCall(t, t.TempDir())
	pasted, bearers := []string{}, map[string]int{}
	for _, section := range reSection.FindAllStringSubmatch(p.out.String(), -1) {
		name, lines := section[1], section[2]
		if strings.HasPrefix(name, "token/") {
			out, err := exec.Command("sh", "-euc", common+"\n"+lines+"\nprintf '%s %s' \"$URL\" \"$TOKEN\"").Output()
			require.NoError(t, err, name)
			url, token, _ := strings.Cut(string(out), " ")
			bearers[name] = sendToken(t, url, token)
			continue
		}
		if strings.Contains(lines, "  aws ") || strings.Contains(lines, "# no principal") || name == "caller/my-user" {
			continue
		}
		command := exec.Command("sh", "-euc", common+"\n"+lines+"\nexec '"+program+"'")
		command.Dir = t.TempDir()
		command.Env = []string{"HOME=" + command.Dir}
		out, err := command.CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
		assert.Contains(t, string(out), "200 OK", name)
		pasted = append(pasted, name)
	}
	assert.ElementsMatch(t, []string{"role/catalog", "role/checkout", "role/ci", "role/my-task-role", "role/products-reader", "role/worker",
		"user/jane-admin", "user/john-readonly"}, pasted)
	assert.Equal(t, map[string]int{"token/customers": 403, "token/customers with catalog.read": 200}, bearers,
		"statuses: forbidden, and the product service's")
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	assert.Zero(t, p.wait(t), p.errs.String())
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

// sendToken sends a request to /catalog with a token and returns the status.
func sendToken(t *testing.T, url, token string) int {
	client := prove.Client{HTTP: http.DefaultClient, URL: url}
	response, err := client.SendToken(t.Context(), token, http.MethodGet, "/catalog", "")
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
