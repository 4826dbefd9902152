package oidc_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

func TestTokenHasDefaults(t *testing.T) {
	w := open(t, oidc.Options{})
	for _, algorithm := range []jose.SignatureAlgorithm{jose.ES256, jose.RS256} {
		token, err := w.issuers.Sign(issuer, algorithm, map[string]any{"sub": "me", "aud": []string{"a", "b"}, "nbf": nil})
		require.NoError(t, err)
		claims, err := w.verify(token)
		require.NoError(t, err)
		now := float64(w.clock.Now().Unix())
		assert.Equal(t, issuer, claims["iss"])
		assert.Equal(t, []any{"a", "b"}, claims["aud"])
		assert.Equal(t, now, claims["iat"])
		assert.Equal(t, now+3600, claims["exp"])
		assert.NotEmpty(t, claims["jti"])
		assert.NotContains(t, claims, "nbf")
		named, err := oidc.Issuer(token)
		require.NoError(t, err)
		assert.Equal(t, issuer, named)
	}
}

func TestDiscovery(t *testing.T) {
	w := open(t, oidc.Options{})
	w.token(nil)
	response, err := http.Get(w.server.URL + "/token.actions.example.com/acme/.well-known/openid-configuration")
	require.NoError(t, err)
	defer response.Body.Close()
	var document map[string]any
	require.NoError(t, json.NewDecoder(response.Body).Decode(&document))
	assert.Equal(t, issuer, document["issuer"])
	assert.Equal(t, issuer+"/.well-known/jwks.json", document["jwks_uri"])
	keys := w.keys(t, issuer).Keys
	require.Len(t, keys, 1)
	assert.True(t, keys[0].IsPublic())
}

// TestRequestsCreateNoIssuer sends requests that the handler rejects.
func TestRequestsCreateNoIssuer(t *testing.T) {
	w := open(t, oidc.Options{})
	w.token(nil)
	for name, test := range map[string]struct {
		method, host, path string
		status             int
	}{
		"unknown issuer":          {"GET", "localhost", "/other.example.com/.well-known/openid-configuration", 404},
		"another path":            {"GET", "localhost", "/token.actions.example.com/.well-known/openid-configuration", 404},
		"path in capitals":        {"GET", "localhost", "/token.actions.example.com/ACME/.well-known/openid-configuration", 404},
		"slash at the end":        {"GET", "localhost", "/token.actions.example.com/acme//.well-known/openid-configuration", 404},
		"parent folder":           {"GET", "localhost", "/x/../token.actions.example.com/acme/.well-known/openid-configuration", 404},
		"encoded":                 {"GET", "localhost", "/token.actions.example.com%2Facme/.well-known/openid-configuration", 404},
		"method":                  {"POST", "localhost", "/token.actions.example.com/acme/.well-known/openid-configuration", 405},
		"name of another":         {"GET", "example.com", "/token.actions.example.com/acme/.well-known/openid-configuration", 421},
		"key of the issuer table": {"GET", "localhost", "/token.actions.example.com/acme/.well-known/openid-configuration", 200},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(test.method, test.path, nil)
			r.Host = test.host
			out := httptest.NewRecorder()
			w.issuers.ServeHTTP(out, r)
			assert.Equal(t, test.status, out.Code)
		})
	}
}

func TestIssuersThatAreRefused(t *testing.T) {
	w := open(t, oidc.Options{})
	for _, url := range []string{
		"", "example.com", "http://example.com", "https://", "https://example.com:", "https://example.com?a=b", "https://example.com#a",
		"https://user@example.com", "https://example.com//", "https://example.com/a b", "HTTPS://example.com", "https://example.com/\n",
	} {
		_, err := w.issuers.Token(url, nil)
		assert.ErrorContains(t, err, "must be https://HOST", url)
	}
	_, err := w.issuers.Token("https://tenant.example.com/", nil)
	require.NoError(t, err)
	_, err = w.issuers.Token("https://tenant.example.com", nil)
	assert.ErrorContains(t, err, "has the same discovery document")
	_, err = w.issuers.Sign(issuer, jose.HS256, nil)
	assert.ErrorContains(t, err, "must be ES256 or RS256")
	_, err = w.issuers.Token(issuer, map[string]any{"f": func() {}})
	assert.Error(t, err)
}

// TestIssuerWithPort verifies a token of an issuer with a port, which JWT authorizers
// accept.
func TestIssuerWithPort(t *testing.T) {
	w := open(t, oidc.Options{})
	const port = "https://login.example.com:8443/realms/shop"
	_, err := w.verifier.Verify(t.Context(), port, sandboxtest.Must(w.issuers.Token(port, nil)))
	require.NoError(t, err)
}

// TestIssuerWithSlash verifies a token of an issuer whose URL ends with a slash.
func TestIssuerWithSlash(t *testing.T) {
	w := open(t, oidc.Options{})
	const slash = "https://tenant.example.com/"
	token, err := w.issuers.Token(slash, nil)
	require.NoError(t, err)
	_, err = w.verifier.Verify(t.Context(), slash, token)
	require.NoError(t, err)
	_, err = w.verifier.Verify(t.Context(), slash[:len(slash)-1], token)
	assert.ErrorIs(t, err, oidc.ErrUnreachable)
}

// TestRotate verifies tokens after their issuer has replaced its key, and after it has
// removed the old keys.
func TestRotate(t *testing.T) {
	w := open(t, oidc.Options{})
	old := w.token(map[string]any{"exp": w.clock.Now().Add(24 * time.Hour).Unix()})
	w.issuers.Rotate(issuer, true)
	for _, token := range []string{w.token(nil), old} {
		require.NoError(t, errorOf(w.verify(token)))
	}
	assert.Len(t, w.keys(t, issuer).Keys, 2)

	w.issuers.Rotate(issuer, false)
	require.NoError(t, errorOf(w.verify(old)), "its key is cached")
	w.clock.Forward(2 * time.Hour)
	require.NoError(t, errorOf(w.verify(w.token(nil))))
	assert.ErrorIs(t, errorOf(w.verify(old)), oidc.ErrInvalid)
	assert.Len(t, w.keys(t, issuer).Keys, 1)
}
