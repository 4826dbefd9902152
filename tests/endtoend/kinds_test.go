package endtoend_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/cognito"
	"iam-secured-api/internal/sandbox/metadata"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	github    = "https://token.actions.githubusercontent.com"
	gitlab    = "https://gitlab.com"
	subject   = "repo:acme@1/shop@2:environment:prod"
	pool      = "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
	otherPool = "us-east-1:0a1b2c3d-0000-4000-8000-000000000000"
	login     = "login.example.com"
)

var catalog = metadata.ServiceAccount{Cluster: "main", Namespace: "shop", Name: "catalog"}

// everyKind has roles of every kind. Each one allows GET.
const everyKind = `{
	roles: {
		worker: {trust: {service: lambda}, policies: [readOnly]},
		checkout: {trust: {service: ecs-tasks}, policies: [readOnly]},
		sisters: {trust: {organization: ` + cloud.Organization + `}, policies: [readOnly]},
		ci: {trust: {oidc: {issuer: "` + github + `", audiences: [sts.amazonaws.com], claims: {sub: "` + subject + `"}}}, policies: [readOnly]},
		branches: {trust: {oidc: {issuer: "` + github + `", audiences: [sts.amazonaws.com], claims: {sub: "repo:acme@1/shop@2:ref:*"}}}, policies: [readOnly]},
		gitlab: {trust: {oidc: {issuer: "` + gitlab + `", audiences: [sts.amazonaws.com], claims: {sub: "project_path:acme/shop:ref:main"}}}, policies: [readOnly]},
		catalog: {trust: {podIdentity: {cluster: main, namespace: shop, serviceAccount: catalog}}, policies: [readOnly]},
		shoppers: {trust: {identityPool: {id: "` + pool + `", authenticated: true}}, policies: [readOnly]},
		guests: {trust: {identityPool: {id: "` + pool + `", authenticated: false}}, policies: [readOnly]},
		marked: {trust: {account: "444455556666", principals: [user/my-user], sourceIdentity: true}, policies: [readOnly]},
		second: {trust: {account: "111122223333", principals: [role/marked], sourceIdentity: true}, policies: [readOnly], maxSessionSeconds: 7200}
	},
	existingRoles: {my-task-role: {policies: [readOnly]}},
	oidcProviders: {"` + github + `": {audiences: [sts.amazonaws.com, other]}, "` + gitlab + `": {audiences: [sts.amazonaws.com]}}
}`

// deployKinds deploys roles of every kind. The other account's user may use all actions
// that a trust policy can allow.
func deployKinds(t *testing.T) *harness.Run {
	config := harness.Merge(t, harness.Config(t), `{roles: {`+executor+`: {trust: {externalId: shop-1}}}}`)
	run := harness.New(t, harness.Merge(t, config, everyKind))
	run.Up(t)
	var arns []any
	for _, role := range []string{executor, "sisters", "marked"} {
		arns = append(arns, run.Outputs(t)["roles"].Value.(map[string]any)[role].(map[string]any)["arn"])
	}
	run.Caller(t, map[string]any{
		"aws:region": harness.Region, "members": []any{cloud.CallerUser}, "roleArns": arns, "sessionTags": true, "sourceIdentity": true,
	}).Up(t)
	return run
}

// TestKinds deploys once and runs each test on its own branch.
func TestKinds(t *testing.T) {
	base := deployKinds(t)
	for name, test := range map[string]func(*testing.T, *kinds){
		"environment": testEnvironment, "tokens": testTokens, "pods": testPods, "pools": testPools, "accounts": testAccounts,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := base.Branch()
			k := &kinds{Endpoints: run.Open(t), cloud: run.Cloud, other: otherUser(t, run)}
			k.Agents.Associate(catalog, "catalog")
			k.Pools.Put(cognito.Pool{ID: pool, Authenticated: k.role("shoppers"), Unauthenticated: k.role("guests"),
				Logins: map[string][]string{login: {"shop"}}})
			test(t, k)
		})
	}
}

// kinds are the endpoints of a stack with roles of every kind.
type kinds struct {
	*harness.Endpoints
	cloud *cloud.Cloud
	other aws.CredentialsProvider // the other account's user
}

func (k *kinds) role(name string) string { return k.Output("roles", name, "arn") }

// token returns a token of an issuer.
func (k *kinds) token(issuer, subject string, claims map[string]any) string {
	all := map[string]any{"aud": "sts.amazonaws.com", "sub": subject}
	maps.Copy(all, claims)
	return sandboxtest.Must(k.Issuers.Token(issuer, all))
}

func (k *kinds) podToken(account metadata.ServiceAccount) string {
	return sandboxtest.Must(k.Issuers.Token(k.Agents.Issuer(account.Cluster), account.Claims("a-pod")))
}

// logins returns the logins of a user who signed in.
func (k *kinds) logins() map[string]string {
	return map[string]string{login: k.token("https://"+login, "ann", map[string]any{"aud": "shop"})}
}

func (k *kinds) cognito() *cognitoidentity.Client {
	return cognitoidentity.New(cognitoidentity.Options{Region: harness.Region, BaseEndpoint: &k.Cognito, HTTPClient: k.Client})
}

// identity returns the id of an identity of a pool.
func (k *kinds) identity(t *testing.T, pool string, logins map[string]string) *string {
	out, err := k.cognito().GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: &pool, Logins: logins})
	require.NoError(t, err)
	return out.IdentityId
}

// client is the environment variable that makes the test binary a client of an API; see
// call.
const client = "ENDTOEND_CLIENT_OF"

// TestMain runs the tests, or the client.
func TestMain(m *testing.M) {
	if url := os.Getenv(client); url != "" {
		if err := call(context.Background(), url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// call sends GET and POST with the credentials that the SDK finds in the environment,
// and prints the statuses.
func call(ctx context.Context, url string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	key, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	client := prove.Client{HTTP: prove.NewHTTP(nil), URL: url, Region: cfg.Region}
	for method, body := range map[string]string{"GET": "", "POST": product} {
		response, err := client.Send(ctx, key, method, "/products", body)
		if err != nil {
			return err
		}
		fmt.Println(method, response.Status)
	}
	return nil
}

// testEnvironment sets the variables that AWS sets in each environment, and no others.
func testEnvironment(t *testing.T, k *kinds) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	session := func(id, secret, token string) []string {
		return []string{"AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_SESSION_TOKEN=" + token}
	}
	lambda := sandboxtest.Must(k.cloud.Account(cloud.APIAccount).ServiceCredentials("lambda.amazonaws.com", "worker", "worker", 3600, time.Now()))
	identity := func(logins map[string]string) []string {
		out, err := k.cognito().GetCredentialsForIdentity(t.Context(), &cognitoidentity.GetCredentialsForIdentityInput{
			IdentityId: k.identity(t, pool, logins), Logins: logins,
		})
		require.NoError(t, err)
		return session(*out.Credentials.AccessKeyId, *out.Credentials.SecretKey, *out.Credentials.SessionToken)
	}
	assumed := func(role, more string) []string {
		key, err := k.other.Retrieve(t.Context())
		require.NoError(t, err)
		profiles := fmt.Sprintf("[profile me]\naws_access_key_id = %s\naws_secret_access_key = %s\n[profile role]\nsource_profile = me\nrole_arn = %s\n%s",
			key.AccessKeyID, key.SecretAccessKey, k.role(role), more)
		return []string{"AWS_PROFILE=role", "AWS_CONFIG_FILE=" + file("config-"+role, profiles), "AWS_ENDPOINT_URL_STS=" + k.STS}
	}
	const fullURI = "AWS_CONTAINER_CREDENTIALS_FULL_URI="
	for role, env := range map[string][]string{
		"products-reader": {"AWS_EC2_METADATA_SERVICE_ENDPOINT=" + k.Metadata["products-reader"]},
		"worker":          session(lambda.AccessKeyID, lambda.SecretAccessKey, lambda.SessionToken),
		"checkout":        {fullURI + k.Containers + k.Agents.Task("checkout")},
		"my-task-role":    {fullURI + k.Containers + k.Agents.Task("my-task-role")},
		"catalog": {fullURI + k.Containers + k.Agents.Associate(catalog, "catalog"),
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" + file("pod", k.podToken(catalog))},
		"ci": {"AWS_ROLE_ARN=" + k.role("ci"), "AWS_WEB_IDENTITY_TOKEN_FILE=" + file("token", k.token(github, subject, nil)),
			"AWS_ENDPOINT_URL_STS=" + k.STS},
		"shoppers": identity(k.logins()),
		"guests":   identity(nil),
		executor:   assumed(executor, "external_id = shop-1\n"),
		"sisters":  assumed("sisters", ""),
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0])
			command.Env = append([]string{client + "=" + k.InvokeURL, "AWS_REGION=" + harness.Region, "HOME=" + dir}, env...)
			out, err := command.CombinedOutput()
			require.NoError(t, err, string(out))
			assert.ElementsMatch(t, []string{"GET 200", "POST 403"}, strings.Split(strings.TrimSpace(string(out)), "\n"))
		})
	}
}
