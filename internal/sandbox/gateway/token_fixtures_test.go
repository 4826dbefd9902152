package gateway_test

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	issuer       = "https://issuer.example.com/shop"
	unauthorized = `{"message":"Unauthorized"}`
)

// The issuers are shared, because generating an RSA key takes a tenth of a second.
var (
	issuers   = oidc.NewIssuers(nil)
	keyServer = httptest.NewServer(issuers)
)

// null is a claim with the value null. A nil claim is left out.
var null = json.RawMessage("null")

// claims returns the claims of a token that the authorizer accepts, with changes. A claim
// that is nil is left out.
func (w *world) claims(changes map[string]any) map[string]any {
	now := w.now()
	claims := map[string]any{
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "sub": "alice", "aud": "shop",
		"scope": "openid catalog.read",
	}
	maps.Copy(claims, changes)
	return claims
}

func (w *world) token(changes map[string]any) string {
	return sandboxtest.Must(issuers.Sign(issuer, jose.RS256, w.claims(changes)))
}

// authorize creates the authorizer of an issuer, and a route that requires its tokens.
func (w *world) authorize(issuer, route string, scopes ...string) cloud.Authorizer {
	authorizer := sandboxtest.Must(w.region.CreateAuthorizer(w.api.APIID, sandboxtest.Authorizer("for "+route, issuer, "shop", "cart")))
	sandboxtest.Must(w.region.CreateRoute(w.api.APIID, cloud.RouteSettings{
		RouteKey: route, AuthorizationType: cloud.AuthJWT, AuthorizerID: authorizer.AuthorizerID,
		AuthorizationScopes: scopes, Target: w.integration.Target(),
	}))
	return authorizer
}

// bearing creates a route for tokens with a scope and returns a request with one.
func bearing(w *world) *message {
	w.authorize(issuer, "GET /customers/products", "catalog.read", "catalog.write")
	return w.bearer("Bearer " + w.token(nil))
}

func (w *world) bearer(authorization string) *message {
	m := w.message(w.request("GET", "/prod/customers/products", ""), "")
	m.add("Authorization", authorization)
	return m
}
