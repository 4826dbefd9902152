package cognito_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/cognito"
	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/internal/sandbox/sts"
)

const (
	region   = "us-east-1"
	poolID   = "us-east-1:11111111-2222-4333-8444-555555555555"
	provider = "login.example.com"
	audience = "shop"
	getID    = "AWSCognitoIdentityService.GetId"
)

// app is an identity pool with the roles shopper and guest, and the services that it
// uses.
type app struct {
	cloud    *cloud.Cloud
	account  *cloud.Account
	clock    *sandboxtest.Clock
	issuers  *oidc.Issuers
	verifier *oidc.Verifier
	pools    *cognito.Pools
	client   *cognitoidentity.Client
}

func trust(amr string) string {
	return sandboxtest.TrustFederated("cognito-identity.amazonaws.com",
		fmt.Sprintf(`{"StringEquals":{"cognito-identity.amazonaws.com:aud":%q},`+
			`"ForAnyValue:StringLike":{"cognito-identity.amazonaws.com:amr":%q}}`, poolID, amr))
}

func open(t *testing.T) *app {
	t.Helper()
	c := cloud.New()
	a := &app{cloud: c, account: c.Account(cloud.APIAccount), clock: sandboxtest.NewClock(time.Now().Truncate(time.Second))}
	a.issuers = oidc.NewIssuers(a.clock.Now)
	keys := httptest.NewServer(a.issuers)
	t.Cleanup(keys.Close)
	a.verifier = oidc.NewVerifier(keys.URL, oidc.Options{Now: a.clock.Now})
	endpoint := httptest.NewServer(sts.New(c, region, a.verifier, a.clock.Now))
	t.Cleanup(endpoint.Close)
	a.pools = cognito.New(region, endpoint.URL, a.issuers, a.verifier, a.clock.Now)
	pool := cognito.Pool{ID: poolID, Logins: map[string][]string{provider: {audience}}}
	pool.Authenticated = a.role("shopper", "authenticated")
	pool.Unauthenticated = a.role("guest", "unauthenticated")
	a.pools.Put(pool)
	server := httptest.NewServer(a.pools)
	t.Cleanup(server.Close)
	a.client = cognitoidentity.New(cognitoidentity.Options{Region: region, BaseEndpoint: &server.URL, RetryMaxAttempts: 1})
	return a
}

func (a *app) role(name, amr string) string {
	return sandboxtest.Must(a.account.CreateRole(cloud.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust(amr)})).ARN
}

// login returns the login of a user.
func (a *app) login(user string) map[string]string {
	token := sandboxtest.Must(a.issuers.Token("https://"+provider, map[string]any{"sub": user, "aud": audience}))
	return map[string]string{provider: token}
}

func (a *app) id(t *testing.T, logins map[string]string) *string {
	t.Helper()
	out, err := a.client.GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: aws.String(poolID), Logins: logins})
	require.NoError(t, err)
	return out.IdentityId
}

func (a *app) credentials(t *testing.T, id *string, logins map[string]string) (*cognitoidentity.GetCredentialsForIdentityOutput, error) {
	return a.client.GetCredentialsForIdentity(t.Context(), &cognitoidentity.GetCredentialsForIdentityInput{IdentityId: id, Logins: logins})
}

// send sends a request without a network.
func (a *app) send(method, host, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.Host = host
	r.Header.Set("X-Amz-Target", target)
	w := httptest.NewRecorder()
	a.pools.ServeHTTP(w, r)
	return w
}

func TestCredentials(t *testing.T) {
	a := open(t)
	for name, test := range map[string]struct {
		logins map[string]string
		role   string
		amr    []string
	}{
		"authenticated":   {a.login("alice"), "shopper", []string{"authenticated", provider}},
		"unauthenticated": {nil, "guest", []string{"unauthenticated"}},
	} {
		t.Run(name, func(t *testing.T) {
			id := a.id(t, test.logins)
			assert.Regexp(t, `^us-east-1:[0-9a-f-]{36}$`, *id)
			out, err := a.credentials(t, id, test.logins)
			require.NoError(t, err)
			assert.Equal(t, *id, *out.IdentityId)
			assert.Equal(t, a.clock.Now().Add(time.Hour).UTC(), out.Credentials.Expiration.UTC())
			caller, err := a.cloud.Caller(*out.Credentials.AccessKeyId, a.clock.Now())
			require.NoError(t, err)
			assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/"+test.role+"/CognitoIdentityCredentials", caller.ARN)
			assert.Equal(t, cloud.Key{
				AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretKey, SessionToken: *out.Credentials.SessionToken,
			}, caller.Key)
			assert.Equal(t, *id, caller.CognitoIdentityID)
			assert.Equal(t, poolID, caller.CognitoIdentityPoolID)
			assert.Equal(t, test.amr, caller.CognitoAMR)
			assert.Equal(t, []string{*id}, caller.Context["cognito-identity.amazonaws.com:sub"])
			assert.Equal(t, []string{"cognito-identity.amazonaws.com"}, caller.Context["aws:FederatedProvider"])
			assert.Equal(t, name == "unauthenticated", caller.Policies.Session != nil, "guests have a session policy")
		})
	}
}

func TestIdentities(t *testing.T) {
	a := open(t)
	alice := a.id(t, a.login("alice"))
	assert.Equal(t, alice, a.id(t, a.login("alice")), "one identity for a user")
	assert.NotEqual(t, alice, a.id(t, a.login("bob")))
	assert.NotEqual(t, a.id(t, nil), a.id(t, nil), "each guest is another")
}

func TestIdentitiesAreLimited(t *testing.T) {
	a := open(t)
	alice := a.id(t, a.login("alice"))
	status := func() int { return a.send("POST", "localhost", getID, `{"IdentityPoolId":"`+poolID+`"}`).Code }
	for range 9_999 {
		require.Equal(t, http.StatusOK, status())
	}
	assert.Equal(t, http.StatusBadRequest, status())
	assert.Equal(t, alice, a.id(t, a.login("alice")))
}

func TestToken(t *testing.T) {
	a := open(t)
	logins := a.login("alice")
	id := a.id(t, logins)
	out, err := a.client.GetOpenIdToken(t.Context(), &cognitoidentity.GetOpenIdTokenInput{IdentityId: id, Logins: logins})
	require.NoError(t, err)
	claims, err := a.verifier.Verify(t.Context(), cognito.Issuer, *out.Token)
	require.NoError(t, err)
	assert.Equal(t, poolID, claims["aud"])
	assert.Equal(t, *id, claims["sub"])
	assert.Equal(t, []any{"authenticated", provider}, claims["amr"])
	a.clock.Forward(10 * time.Minute)
	_, err = a.verifier.Verify(t.Context(), cognito.Issuer, *out.Token)
	assert.ErrorIs(t, err, oidc.ErrExpired)
}

// TestLoginsThatAreRefused tries logins that must not get the role of authenticated
// users.
func TestLoginsThatAreRefused(t *testing.T) {
	a := open(t)
	alice := a.id(t, a.login("alice"))
	signed := func(issuer string, claims map[string]any) map[string]string {
		return map[string]string{provider: sandboxtest.Must(a.issuers.Token(issuer, claims))}
	}
	issuer := "https://" + provider
	both := a.login("alice")
	both["other.example.com"] = both[provider]
	for name, test := range map[string]struct {
		logins map[string]string
		code   string
	}{
		"no login":         {nil, "NotAuthorizedException"},
		"another user":     {a.login("bob"), "NotAuthorizedException"},
		"another issuer":   {signed("https://attacker.example.com", map[string]any{"iss": issuer, "sub": "alice", "aud": audience}), "NotAuthorizedException"},
		"another audience": {signed(issuer, map[string]any{"sub": "alice", "aud": "other"}), "NotAuthorizedException"},
		"two audiences":    {signed(issuer, map[string]any{"sub": "alice", "aud": []string{audience, "other"}}), "NotAuthorizedException"},
		"no subject":       {signed(issuer, map[string]any{"aud": audience}), "NotAuthorizedException"},
		"expired":          {signed(issuer, map[string]any{"sub": "alice", "aud": audience, "exp": 1}), "NotAuthorizedException"},
		"unknown provider": {map[string]string{"other.example.com": a.login("alice")[provider]}, "NotAuthorizedException"},
		"its own token":    {map[string]string{"cognito-identity.amazonaws.com": "a.b.c"}, "NotAuthorizedException"},
		"two logins":       {both, "InvalidParameterException"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.credentials(t, alice, test.logins)
			requireCode(t, test.code, err)
			_, err = a.client.GetOpenIdToken(t.Context(), &cognitoidentity.GetOpenIdTokenInput{IdentityId: alice, Logins: test.logins})
			requireCode(t, test.code, err)
			if name == "no login" || name == "another user" {
				return // they belong to other identities
			}
			_, err = a.client.GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: aws.String(poolID), Logins: test.logins})
			requireCode(t, test.code, err)
		})
	}
	_, err := a.credentials(t, a.id(t, nil), a.login("alice"))
	requireCode(t, "NotAuthorizedException", err)
	_, err = a.credentials(t, aws.String(poolID), nil)
	requireCode(t, "ResourceNotFoundException", err)
	_, err = a.client.GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: aws.String(strings.Replace(poolID, "1111", "2222", 1))})
	requireCode(t, "ResourceNotFoundException", err)
}

// TestRolesThatAreRefused checks a pool whose roles do not trust it.
func TestRolesThatAreRefused(t *testing.T) {
	a := open(t)
	logins := a.login("alice")
	alice, guest := a.id(t, logins), a.id(t, nil)
	swapped := cognito.Pool{ID: poolID, Logins: map[string][]string{provider: {audience}}}
	for role, arn := range map[string]*string{"guest": &swapped.Authenticated, "shopper": &swapped.Unauthenticated} {
		*arn = sandboxtest.Must(a.account.GetRole(role)).ARN
	}
	a.pools.Put(swapped)
	_, err := a.credentials(t, alice, logins)
	requireCode(t, "InvalidIdentityPoolConfigurationException", err)
	_, err = a.credentials(t, guest, nil)
	requireCode(t, "InvalidIdentityPoolConfigurationException", err)

	a.pools.Put(cognito.Pool{ID: poolID, Authenticated: swapped.Unauthenticated})
	_, err = a.credentials(t, guest, nil)
	requireCode(t, "NotAuthorizedException", err)
	_, err = a.client.GetId(t.Context(), &cognitoidentity.GetIdInput{IdentityPoolId: aws.String(poolID)})
	requireCode(t, "NotAuthorizedException", err)
}

// TestRequestsThatAreRefused sends requests that the sandbox does not model, and requests
// that violate the protocol.
func TestRequestsThatAreRefused(t *testing.T) {
	a := open(t)
	alice := a.id(t, a.login("alice"))
	_, err := a.client.GetCredentialsForIdentity(t.Context(), &cognitoidentity.GetCredentialsForIdentityInput{
		IdentityId: alice, Logins: a.login("alice"), CustomRoleArn: aws.String("arn:aws:iam::111122223333:role/shopper"),
	})
	requireCode(t, "InvalidParameterException", err)
	for name, test := range map[string]struct{ method, host, target, body, code string }{
		"action":        {"POST", "localhost", "AWSCognitoIdentityService.GetOpenIdTokenForDeveloperIdentity", "{}", "UnknownOperationException"},
		"no action":     {"POST", "localhost", "", "{}", "UnknownOperationException"},
		"method":        {"GET", "localhost", getID, "", "UnknownOperationException"},
		"host":          {"POST", "example.com", getID, "{}", "MisdirectedRequest"},
		"not JSON":      {"POST", "localhost", getID, "hello", "InvalidParameterException"},
		"a number":      {"POST", "localhost", getID, `{"IdentityPoolId":1}`, "InvalidParameterException"},
		"much":          {"POST", "localhost", getID, `{"IdentityPoolId":"` + strings.Repeat("a", 70<<10) + `"}`, "InvalidParameterException"},
		"unknown pool":  {"POST", "localhost", getID, `{"IdentityPoolId":"x"}`, "ResourceNotFoundException"},
		"another field": {"POST", "localhost", getID, `{"AccountId":"111122223333"}`, "InvalidParameterException"},
	} {
		t.Run(name, func(t *testing.T) {
			w := a.send(test.method, test.host, test.target, test.body)
			assert.Equal(t, http.StatusBadRequest, w.Code)
			assert.Contains(t, w.Body.String(), `"__type":"`+test.code+`"`)
		})
	}
}

func requireCode(t *testing.T, code string, err error) {
	t.Helper()
	var refusal smithy.APIError
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, code, refusal.ErrorCode(), refusal.ErrorMessage())
}
