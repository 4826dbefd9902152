package metadata_test

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/metadata"
	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

var reader = metadata.ServiceAccount{Cluster: "main", Namespace: "shop", Name: "reader"}

// expiryWindow is how long before their end the SDK treats credentials as expired.
const expiryWindow = 5 * time.Minute

// node is the credentials service of containers, with the roles task and pod.
type node struct {
	cloud      *cloud.Cloud
	account    *cloud.Account
	clock      *sandboxtest.Clock
	issuers    *oidc.Issuers
	containers *metadata.Containers
	server     *httptest.Server
}

func startNode(t *testing.T) *node {
	t.Helper()
	c := cloud.New()
	n := &node{cloud: c, account: c.Account(cloud.APIAccount), clock: sandboxtest.NewClock(time.Now().Truncate(time.Second))}
	n.issuers = oidc.NewIssuers(n.clock.Now)
	keys := httptest.NewServer(n.issuers)
	t.Cleanup(keys.Close)
	verifier := oidc.NewVerifier(keys.URL, oidc.Options{Now: n.clock.Now})
	n.containers = metadata.NewContainers(c, cloud.APIAccount, region, verifier, n.clock.Now)
	n.server = httptest.NewServer(n.containers)
	t.Cleanup(n.server.Close)
	for role, trust := range map[string]string{"task": sandboxtest.TrustService("ecs-tasks"), "pod": sandboxtest.TrustPods} {
		sandboxtest.Must(n.account.CreateRole(cloud.CreateRoleInput{RoleName: role, AssumeRolePolicyDocument: trust}))
	}
	return n
}

// retrieve gets credentials like a program with these environment variables.
func (n *node) retrieve(t *testing.T, path, tokenFile string) (aws.Credentials, error) {
	t.Helper()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", n.server.URL+path)
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", tokenFile)
	loaded, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(region), config.WithRetryMaxAttempts(1))
	require.NoError(t, err)
	return loaded.Credentials.Retrieve(t.Context())
}

// send sends a request without a network, with tokens in headers.
func (n *node) send(method, host, path string, tokens ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Host = host
	r.Header["Authorization"] = tokens
	w := httptest.NewRecorder()
	n.containers.ServeHTTP(w, r)
	return w
}

// token writes a token of an issuer to a file and returns its path.
func (n *node) token(t *testing.T, issuer string, claims map[string]any) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	sandboxtest.OK(os.WriteFile(file, []byte(sandboxtest.Must(n.issuers.Token(issuer, claims))), 0o600))
	return file
}

func (n *node) caller(t *testing.T, c aws.Credentials) cloud.Caller {
	t.Helper()
	caller, err := n.cloud.Caller(c.AccessKeyID, n.clock.Now())
	require.NoError(t, err)
	assert.Equal(t, cloud.Key{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}, caller.Key)
	return caller
}

func TestTask(t *testing.T) {
	n := startNode(t)
	path, other := n.containers.Task("task"), n.containers.Task("task")
	assert.Regexp(t, `^/v2/credentials/[0-9a-f-]{36}$`, path)
	first, err := n.retrieve(t, path, "")
	require.NoError(t, err)
	assert.True(t, first.CanExpire)
	assert.Regexp(t, `^arn:aws:sts::111122223333:assumed-role/task/[0-9a-f]{32}$`, n.caller(t, first).ARN)

	get := func(path string) aws.Credentials { return sandboxtest.Must(n.retrieve(t, path, "")) }
	assert.Equal(t, first.AccessKeyID, get(path).AccessKeyID, "one for all processes of the task")
	assert.NotEqual(t, n.caller(t, first).ARN, n.caller(t, get(other)).ARN)
	n.clock.Forward(5 * time.Hour)
	assert.Equal(t, first.AccessKeyID, get(path).AccessKeyID)
	n.clock.Forward(time.Second)
	renewed := get(path)
	assert.NotEqual(t, first.AccessKeyID, renewed.AccessKeyID)
	assert.WithinDuration(t, n.clock.Now().Add(6*time.Hour), renewed.Expires, expiryWindow)
	assert.NotEmpty(t, n.caller(t, first).ARN, "the old ones have not expired yet")
}

func TestTaskIsRefused(t *testing.T) {
	n := startNode(t)
	path := n.containers.Task("task")
	strange := n.containers.Task("pod")
	gone := n.containers.Task("gone")
	for name, test := range map[string]struct {
		method, host, path string
		status             int
		code               string
	}{
		"no id":                  {"GET", "localhost", "/v2/credentials/", 400, "NoIdInRequest"},
		"another id":             {"GET", "localhost", "/v2/credentials/00000000-0000-4000-8000-000000000000", 400, "InvalidIdInRequest"},
		"more than the id":       {"GET", "localhost", path + "/", 400, "InvalidIdInRequest"},
		"id in capitals":         {"GET", "localhost", strings.Replace(strings.ToUpper(path), "/V2/CREDENTIALS", "/v2/credentials", 1) + "A", 400, "InvalidIdInRequest"},
		"role of another kind":   {"GET", "localhost", strange, 400, "NoCredentialsAssociated"},
		"role that is not there": {"GET", "localhost", gone, 400, "NoCredentialsAssociated"},
		"no path":                {"GET", "localhost", "/", 404, ""},
		"method":                 {"PUT", "localhost", path, 405, ""},
		"name of another":        {"GET", "example.com", path, 421, ""},
		"address on AWS":         {"GET", "169.254.170.2", path, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := n.send(test.method, test.host, test.path)
			assert.Equal(t, test.status, w.Code)
			if test.code == "" {
				return
			}
			var refusal struct{ Code, Message string }
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &refusal))
			assert.Equal(t, test.code, refusal.Code)
			assert.NotEmpty(t, refusal.Message)
		})
	}
	_, err := n.retrieve(t, "/v2/credentials/other", "")
	assert.ErrorContains(t, err, "Credentials not found")
}

func TestPod(t *testing.T) {
	n := startNode(t)
	path := n.containers.Associate(reader, "pod")
	assert.Equal(t, "/main/v1/credentials", path)
	got, err := n.retrieve(t, path, n.token(t, n.containers.Issuer("main"), reader.Claims("reader-59d5c-x2x7q")))
	require.NoError(t, err)
	assert.Equal(t, cloud.APIAccount, got.AccountID)
	assert.WithinDuration(t, n.clock.Now().Add(6*time.Hour), got.Expires, expiryWindow)
	caller := n.caller(t, got)
	assert.Regexp(t, `^arn:aws:sts::111122223333:assumed-role/pod/eks-main-reader-59d-[0-9a-f-]{36}$`, caller.ARN)
	for key, value := range map[string]string{
		"eks-cluster-arn":            "arn:aws:eks:eu-west-1:111122223333:cluster/main",
		"eks-cluster-name":           "main",
		"kubernetes-namespace":       "shop",
		"kubernetes-service-account": "reader",
		"kubernetes-pod-name":        "reader-59d5c-x2x7q",
	} {
		assert.Equal(t, []string{value}, caller.Context["aws:PrincipalTag/"+key], key)
	}
	assert.NotEmpty(t, caller.Context["aws:PrincipalTag/kubernetes-pod-uid"])
}

// TestPodIsRefused tries tokens of other pods, clusters and issuers.
func TestPodIsRefused(t *testing.T) {
	n := startNode(t)
	main := n.containers.Issuer("main")
	sandboxtest.Must(n.issuers.Token(main, nil)) // the issuer exists
	path := n.containers.Associate(reader, "pod")
	n.containers.Associate(metadata.ServiceAccount{Cluster: "main", Namespace: "shop", Name: "wrong"}, "task")
	n.containers.Associate(metadata.ServiceAccount{Cluster: "main", Namespace: "shop", Name: "gone"}, "gone")
	account := func(namespace, name string) metadata.ServiceAccount {
		return metadata.ServiceAccount{Namespace: namespace, Name: name}
	}
	with := func(changes map[string]any) map[string]any {
		claims := reader.Claims("a-pod")
		maps.Copy(claims, changes)
		return claims
	}
	for name, test := range map[string]struct {
		issuer string
		claims map[string]any
		path   string
		status int
		code   string
	}{
		"other namespace":       {main, account("admin", "reader").Claims("a-pod"), path, 404, "ResourceNotFoundException"},
		"other service account": {main, account("shop", "admin").Claims("a-pod"), path, 404, "ResourceNotFoundException"},
		"other cluster":         {n.containers.Issuer("other"), reader.Claims("a-pod"), path, 400, "InvalidTokenException"},
		"not associated there":  {n.containers.Issuer("other"), reader.Claims("a-pod"), "/other/v1/credentials", 404, "ResourceNotFoundException"},
		"unknown cluster":       {main, reader.Claims("a-pod"), "/nowhere/v1/credentials", 404, "ResourceNotFoundException"},
		"cluster is a path":     {main, reader.Claims("a-pod"), "/x/../main/v1/credentials", 404, "ResourceNotFoundException"},
		"expired":               {main, with(map[string]any{"exp": n.clock.Now().Unix()}), path, 400, "ExpiredTokenException"},
		"audience of STS":       {main, with(map[string]any{"aud": []string{"sts.amazonaws.com"}}), path, 400, "InvalidTokenException"},
		"sub of another":        {main, with(map[string]any{"sub": "system:serviceaccount:shop:admin"}), path, 400, "InvalidTokenException"},
		"no pod":                {main, reader.Claims(""), path, 400, "InvalidTokenException"},
		"kubernetes.io is text": {main, with(map[string]any{"kubernetes.io": "shop"}), path, 400, "InvalidTokenException"},
		"role of another kind":  {main, account("shop", "wrong").Claims("a-pod"), path, 400, "AccessDeniedException"},
		"role is not there":     {main, account("shop", "gone").Claims("a-pod"), path, 400, "AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			token := sandboxtest.Must(n.issuers.Token(test.issuer, test.claims))
			w := n.send("GET", "127.0.0.1:8080", test.path, token)
			assert.Equal(t, test.status, w.Code)
			assert.Contains(t, w.Body.String(), "("+test.code+")")
			assert.NotContains(t, w.Body.String(), token[:100])
		})
	}
	token := sandboxtest.Must(n.issuers.Token(main, reader.Claims("a-pod")))
	for name, tokens := range map[string][]string{
		"no token": nil, "two tokens": {token, "a.b.c"}, "garbage": {"a.b.c"}, "Bearer": {"Bearer " + token},
	} {
		w := n.send("GET", "127.0.0.1:8080", path, tokens...)
		assert.Equal(t, 400, w.Code, name)
		assert.Contains(t, w.Body.String(), "(InvalidTokenException)", name)
	}
	n.containers.Associate(reader, "gone")
	_, err := n.retrieve(t, path, n.token(t, main, reader.Claims("a-pod")))
	assert.ErrorContains(t, err, "AccessDeniedException", "the association is another now")
}
