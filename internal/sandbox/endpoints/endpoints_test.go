package endpoints_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/cognito"
	"iam-secured-api/internal/sandbox/endpoints"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/internal/sandbox/metadata"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	github  = "https://token.actions.githubusercontent.com"
	subject = "repo:acme@1/shop@2:environment:prod"
	poolID  = "us-east-1:11111111-2222-4333-8444-555555555555"
)

// token implements the SDK's source of web identity tokens.
type token string

func (t token) GetIdentityToken() ([]byte, error) { return []byte(t), nil }

// backend replies to all requests of a URL backend.
type backend struct{}

func (backend) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
}

// newAPI creates an API with GET and POST /products under IAM.
func newAPI(region *cloud.Region) cloud.API {
	api := sandboxtest.Must(region.CreateApi(cloud.APISettings{Name: "shop", ProtocolType: "HTTP"}))
	integration := sandboxtest.Must(region.CreateIntegration(api.APIID, cloud.IntegrationSettings{
		IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationURI: "https://backend.example.com",
	}))
	for _, key := range []string{"GET /products", "POST /products"} {
		sandboxtest.Must(region.CreateRoute(api.APIID, cloud.RouteSettings{
			RouteKey: key, AuthorizationType: cloud.AuthIAM, Target: integration.Target(),
		}))
	}
	sandboxtest.Must(region.CreateStage(api.APIID, "prod", cloud.StageSettings{AutoDeploy: true}))
	return api
}

// open serves the endpoints of an API.
func open(t *testing.T, c *cloud.Cloud, api cloud.API) *endpoints.Endpoints {
	t.Helper()
	stack := endpoints.Stack{Account: cloud.APIAccount, Region: sandboxtest.Region, APIID: api.APIID, Stage: "prod"}
	e, err := endpoints.Open(c, stack, gateway.Options{Backend: backend{}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, e.Close()) })
	return e
}

// TestBearers calls a route that requires a token with a token of one of the issuers.
func TestBearers(t *testing.T) {
	const issuer = "https://issuer.example.com"
	c := cloud.New()
	region := c.Account(cloud.APIAccount).Region(sandboxtest.Region)
	api := newAPI(region)
	authorizer := sandboxtest.Must(region.CreateAuthorizer(api.APIID, sandboxtest.Authorizer("customers", issuer, "shop")))
	sandboxtest.Must(region.CreateRoute(api.APIID, cloud.RouteSettings{
		RouteKey: "GET /catalog", AuthorizationType: cloud.AuthJWT, AuthorizerID: authorizer.AuthorizerID,
		Target: sandboxtest.Must(region.GetIntegrations(api.APIID))[0].Target(),
	}))
	e := open(t, c, api)
	claims := map[string]any{"aud": "shop"}
	for status, token := range map[int]string{
		http.StatusOK:           sandboxtest.Must(e.Issuers.Sign(issuer, jose.RS256, claims)),
		http.StatusUnauthorized: sandboxtest.Must(e.Issuers.Sign(issuer, jose.ES256, claims)),
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.InvokeURL+"/catalog", nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, status, response.StatusCode)
	}
}

// TestWorkloads calls an API with a role of each kind. The SDK gets the credentials.
func TestWorkloads(t *testing.T) {
	c := cloud.New()
	account := c.Account(cloud.APIAccount)
	api := newAPI(account.Region(sandboxtest.Region))
	e := open(t, c, api)
	provider := sandboxtest.Must(account.CreateOpenIDConnectProvider(cloud.CreateOpenIDConnectProviderInput{
		URL: github, ClientIDList: []string{"sts.amazonaws.com"},
	}))
	prefix := strings.TrimPrefix(github, "https://")
	roles := map[string]string{}
	for name, trust := range map[string]string{
		"ci": sandboxtest.TrustFederated(provider.ARN,
			`{"StringEquals":{"`+prefix+`:aud":"sts.amazonaws.com","`+prefix+`:sub":"`+subject+`"}}`),
		"shopper": sandboxtest.TrustFederated("cognito-identity.amazonaws.com",
			`{"StringEquals":{"cognito-identity.amazonaws.com:aud":"`+poolID+`"},`+
				`"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":"unauthenticated"}}`),
		"task": sandboxtest.TrustService("ecs-tasks"),
		"pod":  sandboxtest.TrustPods,
	} {
		roles[name] = sandboxtest.Must(account.CreateRole(cloud.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust})).ARN
		sandboxtest.OK(account.RolePolicies().Put(name, sandboxtest.Allow("read", "execute-api:Invoke", api.ExecutionARN+"/prod/GET/products")))
	}

	anonymous := sts.New(sts.Options{Region: sandboxtest.Region, BaseEndpoint: &e.STS})
	ci := func(claims map[string]any) aws.CredentialsProvider {
		claims["aud"] = "sts.amazonaws.com"
		return stscreds.NewWebIdentityRoleProvider(anonymous, roles["ci"], token(sandboxtest.Must(e.Issuers.Token(github, claims))))
	}
	reader := metadata.ServiceAccount{Cluster: "main", Namespace: "shop", Name: "reader"}
	pod := e.Agents.Associate(reader, "pod")
	e.Pools.Put(cognito.Pool{ID: poolID, Unauthenticated: roles["shopper"]})
	for role, from := range map[string]aws.CredentialsProvider{
		"ci":   ci(map[string]any{"sub": subject}),
		"task": endpointcreds.New(e.Containers + e.Agents.Task("task")),
		"pod": endpointcreds.New(e.Containers+pod, func(o *endpointcreds.Options) {
			o.AuthorizationToken = sandboxtest.Must(e.Issuers.Token(e.Agents.Issuer("main"), reader.Claims("a-pod")))
		}),
		"shopper": guest{cognitoidentity.New(cognitoidentity.Options{Region: sandboxtest.Region, BaseEndpoint: &e.Cognito})},
	} {
		t.Run(role, func(t *testing.T) {
			signed := sts.New(sts.Options{Region: sandboxtest.Region, BaseEndpoint: &e.STS, Credentials: from})
			who, err := signed.GetCallerIdentity(t.Context(), nil)
			require.NoError(t, err)
			assert.Contains(t, *who.Arn, "arn:aws:sts::111122223333:assumed-role/"+role+"/")
			key, err := from.Retrieve(t.Context())
			require.NoError(t, err)
			client := prove.Client{HTTP: http.DefaultClient, URL: e.InvokeURL, Region: sandboxtest.Region}
			for method, status := range map[string]int{http.MethodGet: http.StatusOK, http.MethodPost: http.StatusForbidden} {
				response, err := client.Send(t.Context(), key, method, "/products", "")
				require.NoError(t, err)
				assert.Equal(t, status, response.Status, method)
			}
		})
	}

	// STS tolerates a clock that is five minutes wrong, but not another subject.
	_, err := ci(map[string]any{"sub": subject, "exp": time.Now().Add(-time.Minute).Unix()}).Retrieve(t.Context())
	assert.NoError(t, err)
	_, err = ci(map[string]any{"sub": subject, "exp": time.Now().Add(-6 * time.Minute).Unix()}).Retrieve(t.Context())
	assert.ErrorContains(t, err, "ExpiredToken")
	_, err = ci(map[string]any{"sub": strings.Replace(subject, "prod", "test", 1)}).Retrieve(t.Context())
	assert.ErrorContains(t, err, "AccessDenied")
}

// guest provides the credentials of a guest.
type guest struct{ *cognitoidentity.Client }

func (g guest) Retrieve(ctx context.Context) (aws.Credentials, error) {
	id, err := g.GetId(ctx, &cognitoidentity.GetIdInput{IdentityPoolId: aws.String(poolID)})
	if err != nil {
		return aws.Credentials{}, err
	}
	out, err := g.GetCredentialsForIdentity(ctx, &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: id.IdentityId})
	if err != nil {
		return aws.Credentials{}, err
	}
	return aws.Credentials{
		AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretKey, SessionToken: *out.Credentials.SessionToken,
	}, nil
}
