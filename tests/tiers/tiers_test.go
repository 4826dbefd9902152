// Package tiers_test deploys examples/three-tiers on simulated AWS and calls its API.
package tiers_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/examples/three-tiers/tiers"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/endpoints"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/gateway"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	issuer   = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE"
	audience = "a-client"
	scope    = "shop/orders.write"
)

// TestThreeTiers deploys the example and calls it as each tier, also after a route is
// moved from tokens to IAM and back.
func TestThreeTiers(t *testing.T) {
	run := harness.Example(t, "three-tiers", tiers.Deploy, map[string]any{
		"aws:region": harness.Region, "issuer": issuer, "audience": audience, "backendUrl": "https://shop.example.com",
	})
	empty := run.Cloud.Describe()
	run.Up(t)
	assert.Equal(t, printed(t), texts(matrixOf(t, run.Cloud)), "README.md prints the matrix")
	observe(t, run.Cloud)

	before := run.Cloud.Describe()
	catalog := tiers.Routes["GET /catalog"]
	t.Cleanup(func() { tiers.Routes["GET /catalog"] = catalog })
	tiers.Routes["GET /catalog"] = access.RouteArgs{}
	const route = "update apigatewayv2/route:Route shop-GET /catalog"
	assert.Contains(t, run.Up(t), route)
	moved := matrixOf(t, run.Cloud)
	assert.True(t, moved["token/customers"].Cells["GET /catalog"].Denies())
	assert.True(t, moved["user/jane"].Cells["GET /catalog"].Allows())
	observe(t, run.Cloud)

	tiers.Routes["GET /catalog"] = catalog
	assert.Contains(t, run.Up(t), route)
	assert.Equal(t, before, run.Cloud.Describe())
	assert.Empty(t, run.Preview(t))
	run.Destroy(t)
	assert.Equal(t, empty, run.Cloud.Describe())
}

// TestConfiguration checks the example's error messages: each key must be set, and each
// value is checked before anything is created.
func TestConfiguration(t *testing.T) {
	project := engine.Project{
		File: filepath.Join(harness.Root(t), "examples", "three-tiers", "Pulumi.yaml"), Stack: "sandbox", Program: tiers.Deploy,
		Config: map[string]any{"aws:region": harness.Region},
	}
	c := cloud.New()
	_, err := engine.Open(c, project)
	require.Error(t, err)
	for _, key := range []string{"issuer", "audience", "backendUrl"} {
		assert.Contains(t, err.Error(), "'"+key+"'")
		project.Config[key] = "http://x"
	}
	stack, err := engine.Open(c, project)
	require.NoError(t, err)
	empty := c.Describe()
	err = stack.Up(t.Context(), engine.Options{})
	require.ErrorContains(t, err, `issuer: "http://x"`)
	require.ErrorContains(t, err, `Backend.Url: "http://x"`)
	assert.Equal(t, empty, c.Describe())
}

// printed returns the matrix in the example's README, by principal and route.
func printed(t *testing.T) map[string]map[string]string {
	text, err := os.ReadFile(filepath.Join(harness.Root(t), "examples", "three-tiers", "README.md"))
	require.NoError(t, err)
	var routes []string
	matrix := map[string]map[string]string{}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.ReplaceAll(line, "`", ""), "|\n"), "|")
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(cell)
		}
		switch {
		case routes == nil:
			routes = cells[1:]
		case cells[0] != "---":
			row := map[string]string{}
			for i, route := range routes {
				row[route] = cells[i+1]
			}
			matrix[cells[0]] = row
		}
	}
	return matrix
}

func texts(matrix access.Matrix) map[string]map[string]string {
	all := map[string]map[string]string{}
	for name, row := range matrix {
		all[name] = map[string]string{}
		for route, cell := range row.Cells {
			all[name][route] = cell.String()
		}
	}
	return all
}

// matrixOf evaluates the routes and policies that are deployed.
func matrixOf(t *testing.T, c *cloud.Cloud) access.Matrix {
	account := c.Account(cloud.APIAccount)
	region := account.Region(harness.Region)
	api := Must(region.GetApis())[0]
	declared := map[string]access.RouteArgs{}
	for _, route := range Must(region.GetRoutes(api.APIID)) {
		args := access.RouteArgs{Authorization: access.Authorization(route.AuthorizationType), Scopes: route.AuthorizationScopes}
		if args.Authorization == access.Token {
			args.Authorizer = Must(region.GetAuthorizer(api.APIID, route.AuthorizerID)).Name
		}
		declared[route.RouteKey] = args
	}
	routes, errs := access.NewRoutes(declared)
	require.Empty(t, errs)
	documents := map[string][]string{}
	for _, policy := range Must(account.ListPolicies()) {
		documents[policy.ARN] = []string{Must(account.GetPolicyVersion(policy.ARN, policy.DefaultVersionID)).Document}
	}
	matrix, err := access.NewMatrix(
		access.Api{ExecutionArn: api.ExecutionARN, Stage: "prod", Routes: routes}, documents,
		[]access.Principal{
			{Name: "user/jane", Policies: Must(account.GroupPolicies().Attached("Shop-Admins"))},
			{Name: "role/shop-packing", Policies: Must(account.RolePolicies().Attached("shop-packing"))},
			access.Bearer("customers"),
		})
	require.NoError(t, err)
	return matrix
}

// backend replies to all requests and counts them.
type backend struct{ requests atomic.Int32 }

func (b *backend) RoundTrip(r *http.Request) (*http.Response, error) {
	b.requests.Add(1)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
}

// caller sends requests that are signed with a key, have a token, or are anonymous.
type caller struct {
	row    string // the row in the matrix
	key    aws.CredentialsProvider
	token  string
	scoped bool // the token has the scope
}

// observe calls every route as each caller and compares with the matrix. Only requests
// that it allows reach the backend.
func observe(t *testing.T, deployed *cloud.Cloud) {
	c := deployed.Clone()
	account := c.Account(cloud.APIAccount)
	b := &backend{}
	api := Must(account.Region(harness.Region).GetApis())[0]
	stack := endpoints.Stack{Account: cloud.APIAccount, Region: harness.Region, APIID: api.APIID, Stage: "prod"}
	e, err := endpoints.Open(c, stack, gateway.Options{Backend: b})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })

	token := func(issuer string, claims map[string]any) string {
		return Must(e.Issuers.Sign(issuer, jose.RS256, claims))
	}
	key := func(of *cloud.Account, user string) aws.CredentialsProvider {
		key := Must(of.CreateAccessKey(user))
		return credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, "")
	}
	Must(account.CreateUser(cloud.CreateUserInput{UserName: "mallory"}))
	matrix := matrixOf(t, c)
	client := prove.NewHTTP(http.DefaultTransport)
	allowed := 0
	whole := map[string]any{"aud": audience, "scope": scope}
	const customer, anyone = "token/customers", access.Anyone
	for name, as := range map[string]caller{
		"customer":                {row: customer, token: token(issuer, map[string]any{"aud": audience})},
		"customer with the scope": {row: customer, token: token(issuer, whole), scoped: true},
		"machine with the scope": {
			row: customer, token: token(issuer, map[string]any{"client_id": audience, "scope": "a " + scope}), scoped: true,
		},
		"admin":   {row: "user/jane", key: key(account, "jane")},
		"service": {row: "role/shop-packing", key: endpointcreds.New(e.Containers + e.Agents.Task("shop-packing"))},

		"stranger":                    {row: anyone},
		"stranger of the account":     {row: anyone, key: key(account, "mallory")},
		"stranger of another account": {row: anyone, key: key(c.Account(cloud.CallerAccount), cloud.CallerUser)},
		"customer of another client":  {row: anyone, token: token(issuer, map[string]any{"aud": "other", "scope": scope})},
		"customer of another issuer":  {row: anyone, token: token("https://issuer.example.com", whole)},
	} {
		for route, cell := range matrix[as.row].Cells {
			method, at, _ := strings.Cut(route, " ")
			r, err := http.NewRequestWithContext(t.Context(), method, e.InvokeURL+strings.ReplaceAll(at, "{id}", "1"), nil)
			require.NoError(t, err)
			if as.token != "" {
				r.Header.Set("Authorization", "Bearer "+as.token)
			}
			if as.key != nil {
				require.NoError(t, prove.Sign(r, Must(as.key.Retrieve(t.Context())), "", harness.Region, time.Now()))
			}
			response, err := client.Do(r)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			if cell.Allows() || !cell.Denies() && as.scoped {
				allowed++
				assert.Equal(t, http.StatusOK, response.StatusCode, "%s, %s", name, route)
			} else {
				denied := []int{http.StatusUnauthorized, http.StatusForbidden}
				assert.Contains(t, denied, response.StatusCode, "%s, %s", name, route)
			}
		}
	}
	assert.EqualValues(t, allowed, b.requests.Load())
}
