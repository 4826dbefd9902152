package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// TestTokens sends tokens that are accepted (API Gateway developer guide, "Control access
// to HTTP APIs with JWT authorizers").
func TestTokens(t *testing.T) {
	w := newWorld(t, nil)
	bearing(w)
	w.expect(200, w.bearer(w.token(nil))) // without Bearer
	for name, claims := range map[string]map[string]any{
		"aud":                    {},
		"another audience":       {"aud": "cart"},
		"audiences":              {"aud": []string{"other", "shop"}},
		"client_id without aud":  {"aud": nil, "client_id": "shop"},
		"client_id does not say": {"client_id": "other"},
		"one of the scopes":      {"scope": "catalog.write"},
		"list of scopes":         {"scope": []string{"openid", "catalog.read"}},
		"scp":                    {"scope": nil, "scp": "openid catalog.read"},
		"list in scp":            {"scope": nil, "scp": []string{"catalog.read"}},
		"no nbf":                 {"nbf": nil},
	} {
		status, body := w.wire(w.bearer("Bearer " + w.token(claims)))
		assert.Equal(t, 200, status, "%s: %s", name, body)
	}
	w.route("GET /open/products", cloud.AuthNone)
	w.authorize("https://other.example.com", "GET /others/products")
	others := w.bearer("Bearer " + sandboxtest.Must(issuers.Sign("https://other.example.com", jose.RS256, w.claims(nil))))
	w.expect(401, others) // each route has its own authorizer
	others.target = "/prod/others/products"
	w.expect(200, others)
	for _, authorization := range []string{"Bearer x", "Bearer " + w.token(map[string]any{"exp": 1})} {
		open := w.bearer(authorization)
		open.target = "/prod/open/products"
		w.expect(200, open)
	}
}

// TestTokenOfTheAuthorizer changes the authorizer and the route by hand. The changes
// apply to the next request.
func TestTokenOfTheAuthorizer(t *testing.T) {
	w := newWorld(t, nil)
	authorizer := w.authorize(issuer, "GET /customers/products")
	m := w.bearer("Bearer " + w.token(map[string]any{"scope": nil}))
	w.expect(200, m)
	settings := authorizer.AuthorizerSettings
	for _, change := range []cloud.JWTConfiguration{
		{Issuer: "https://issuer.example.com", Audience: []string{"shop"}}, {Issuer: issuer + "/", Audience: []string{"shop"}},
		{Issuer: issuer, Audience: []string{"Shop"}},
	} {
		settings.JWT = &change
		sandboxtest.OK(w.region.UpdateAuthorizer(w.api.APIID, authorizer.AuthorizerID, settings))
		w.expect(401, m)
	}
	sandboxtest.OK(w.region.UpdateAuthorizer(w.api.APIID, authorizer.AuthorizerID, authorizer.AuthorizerSettings))
	w.expect(200, m)
	for _, route := range sandboxtest.Must(w.region.GetRoutes(w.api.APIID)) {
		if route.AuthorizerID != "" {
			route.AuthorizationScopes = []string{"catalog.read"}
			sandboxtest.OK(w.region.UpdateRoute(w.api.APIID, route.RouteID, route.RouteSettings))
		}
	}
	w.expect(403, m)
	assert.Equal(t, 2, w.invoked())
}

// TestChallenges checks the WWW-Authenticate header and the access log. Known
// descriptions are those that AWS was seen to send: developer guide, "Troubleshooting
// issues with HTTP API JWT authorizers", and logs that others published.
func TestChallenges(t *testing.T) {
	w := newWorld(t, nil)
	bearing(w)
	w.authorize("https://nobody.example.com", "GET /unknown/products")
	unknown := w.bearer("Bearer " + w.token(nil))
	unknown.target = "/prod/unknown/products"
	const scope = `Bearer scope="catalog.read catalog.write" `
	for i, row := range []struct {
		m                    *message
		status               int
		body, challenge, why string
	}{
		{w.message(w.request("GET", "/prod/customers/products", ""), ""), 401, unauthorized, "Bearer", "missing: token not provided"},
		{w.bearer("Bearer " + w.token(map[string]any{"exp": w.now().Add(-time.Hour).Unix()})), 401, unauthorized,
			scope + `error="invalid_token" error_description="the token has expired"`, "invalid_token: the token has expired"},
		{w.bearer("Bearer " + w.token(map[string]any{"aud": "x"})), 401, unauthorized,
			scope + `error="invalid_token" error_description="the token does not have a valid audience"`,
			"invalid_token: the token does not have a valid audience"},
		{w.bearer("Bearer " + w.token(map[string]any{"scope": "openid"})), 403, forbidden,
			scope + `error="insufficient_scope" error_description="the token does not contain required scopes"`,
			"insufficient_scope: the token does not contain required scopes"},
		{w.bearer("Bearer " + w.token(map[string]any{"iss": "https://other.example.com"})), 401, unauthorized,
			scope + `error="invalid_token" error_description="iss must be '` + issuer + `'"`, "invalid_token: iss must be '" + issuer + "'"},
		{unknown, 401, unauthorized, `Bearer scope="" error="invalid_token" error_description="OIDC discovery endpoint communication error"`,
			"invalid_token: OIDC discovery endpoint communication error"},
	} {
		response, body := w.exchange(row.m.text())
		assert.Equal(t, row.status, response.StatusCode)
		assert.Equal(t, row.body, body)
		assert.Equal(t, []string{row.challenge}, response.Header["Www-Authenticate"])
		assert.Equal(t, row.why, w.logged()[i]["why"])
		assert.Equal(t, row.why, w.calls[i].Reason)
	}
	response, _ := w.exchange(w.signed(w.john, "POST", "/prod/products", tea).text())
	assert.Equal(t, 403, response.StatusCode)
	assert.Empty(t, response.Header["Www-Authenticate"], "the route requires a signature")
	assert.Zero(t, w.invoked())
}

func TestPayloadOfABearer(t *testing.T) {
	w := newWorld(t, nil)
	w.setClock(time.Unix(1_800_000_000, 0))
	bearing(w)
	w.authorize(issuer, "GET /unscoped/products")
	changes := map[string]any{
		"aud": []string{"shop", "cart"}, "jti": "1", "admin": true, "level": 1.5,
		"cognito:groups": []any{"a", "b", 3, []any{true}}, "address": map[string]any{"city": "Bonn"}, "none": []any{}, "nothing": null,
	}
	m := w.bearer("Bearer " + w.token(changes))
	_, event := w.payload(m)
	authorizer := event.RequestContext.Authorizer
	require.NotNil(t, authorizer)
	assert.Nil(t, authorizer.IAM)
	assert.Equal(t, &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{
		Claims: map[string]string{
			"iss": issuer, "sub": "alice", "aud": "[shop cart]", "iat": "1800000000", "nbf": "1800000000", "exp": "1800003600",
			"jti": "1", "scope": "openid catalog.read", "admin": "true", "level": "1.5", "cognito:groups": "[a b 3 [true]]",
			"address": `{"city":"Bonn"}`, "none": "[]",
		},
		Scopes: []string{"openid", "catalog.read"},
	}, authorizer.JWT)
	assert.Equal(t, m.get("Authorization"), event.Headers["authorization"])

	m.target = "/prod/unscoped/products"
	_, event = w.payload(m)
	assert.Nil(t, event.RequestContext.Authorizer.JWT.Scopes, "the route requires none")
	_, event = w.payload(w.signed(w.john, "GET", "/prod/products", ""))
	assert.Nil(t, event.RequestContext.Authorizer.JWT)
}

// TestClaimsInTheAccessLog logs values that could break the format of a line.
func TestClaimsInTheAccessLog(t *testing.T) {
	w := newWorld(t, nil)
	settings := w.settings()
	settings.AccessLog.Format = `{"id":"$context.requestId","sub":"$context.authorizer.claims.sub",` +
		`"client":"$context.authorizer.claims.client_id","aud":"$context.authorizer.claims.aud",` +
		`"arn":"$context.identity.userArn","why":"$context.authorizer.error"}`
	sandboxtest.OK(w.region.UpdateStage(w.api.APIID, "prod", settings))
	bearing(w)
	sub := "a\",\"arn\":\"x\n"
	m := w.bearer("Bearer " + w.token(map[string]any{"sub": sub, "client_id": "web", "aud": []string{"cart"}}))
	w.expect(200, m)
	w.list(200)
	w.expect(401, w.bearer("Bearer "+w.token(map[string]any{"exp": 1})))
	lines := w.logged()
	require.Len(t, lines, 3)
	assert.Equal(t, map[string]string{
		"id": w.calls[0].ID, "sub": sub, "client": "web", "aud": "[cart]", "arn": "-", "why": "-",
	}, lines[0])
	assert.Equal(t, "-", lines[1]["sub"], "a signed request has no claims")
	assert.Equal(t, "-", lines[2]["sub"], "a rejected token has none either")
	assert.NotContains(t, strings.Join(w.lines(), ""), strings.TrimPrefix(m.get("Authorization"), "Bearer ")[:40])
}
