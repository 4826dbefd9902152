package gateway_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"iam-secured-api/internal/sandbox/sandboxtest"
)

// attacker is a key that is not the issuer's.
var attacker = sync.OnceValue(func() *rsa.PrivateKey { return sandboxtest.Must(rsa.GenerateKey(rand.Reader, 2048)) })

// published returns the RSA key of the issuer.
func published(w *world) jose.JSONWebKey {
	w.token(nil)
	response := sandboxtest.Must(http.Get(keyServer.URL + "/issuer.example.com/shop/.well-known/jwks.json"))
	defer response.Body.Close()
	var set jose.JSONWebKeySet
	sandboxtest.OK(json.Unmarshal(sandboxtest.Must(io.ReadAll(response.Body)), &set))
	for _, key := range set.Keys {
		if key.Algorithm == "RS256" {
			return key
		}
	}
	panic("the issuer has no RSA key")
}

// forged returns a token with the issuer's claims that another key signed.
func (w *world) forged(algorithm jose.SignatureAlgorithm, key any, headers map[jose.HeaderKey]any) string {
	claims := w.claims(map[string]any{"iss": issuer})
	signer := sandboxtest.Must(jose.NewSigner(
		jose.SigningKey{Algorithm: algorithm, Key: key}, &jose.SignerOptions{ExtraHeaders: headers}))
	return sandboxtest.Must(sandboxtest.Must(signer.Sign(sandboxtest.Must(json.Marshal(claims)))).CompactSerialize())
}

// TestTokenAttacks sends requests without a valid token to a route that requires one.
// The tests of oidc have more of them.
func TestTokenAttacks(t *testing.T) {
	with := func(authorization func(w *world) string) func(*world, *message) {
		return func(w *world, m *message) { m.set("Authorization", authorization(w)) }
	}
	bearer := func(token func(w *world) string) func(*world, *message) {
		return with(func(w *world) string { return "Bearer " + token(w) })
	}
	claiming := func(changes map[string]any) func(*world, *message) {
		return bearer(func(w *world) string { return w.token(changes) })
	}
	at := func(name string, offset time.Duration) func(*world, *message) {
		return bearer(func(w *world) string { return w.token(map[string]any{name: w.now().Add(offset).Unix()}) })
	}
	forged := func(
		algorithm jose.SignatureAlgorithm, key func(own jose.JSONWebKey) any, headers map[jose.HeaderKey]any,
	) func(*world, *message) {
		return bearer(func(w *world) string {
			own := published(w)
			all := map[jose.HeaderKey]any{"kid": own.KeyID}
			for name, value := range headers {
				all[name] = value
			}
			return w.forged(algorithm, key(own), all)
		})
	}
	foreign := func(jose.JSONWebKey) any { return attacker() }
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	attacks := []attack{
		{name: "no token", spoil: func(_ *world, m *message) { m.drop("Authorization") }},
		{name: "empty", spoil: with(func(*world) string { return "" })},
		{name: "Bearer alone", spoil: with(func(*world) string { return "Bearer" })},
		{name: "nonsense", spoil: with(func(*world) string { return "Bearer nonsense" })},
		{name: "bearer in another case", spoil: with(func(w *world) string { return "BEARER " + w.token(nil) })},
		{name: "two spaces", spoil: with(func(w *world) string { return "Bearer  " + w.token(nil) })},
		{name: "Bearer twice", spoil: with(func(w *world) string { return "Bearer Bearer " + w.token(nil) })},
		{name: "Basic", spoil: with(func(w *world) string { return "Basic " + w.token(nil) })},
		{name: "DPoP", spoil: with(func(w *world) string { return "DPoP " + w.token(nil) })},
		{name: "two headers", spoil: func(_ *world, m *message) { m.add("Authorization", m.get("Authorization")) }},
		{name: "two headers, the first wrong", spoil: func(_ *world, m *message) {
			m.lines = append([]string{"Authorization: Bearer x"}, m.lines...)
		}},
		{name: "two headers, one empty", spoil: func(_ *world, m *message) { m.add("Authorization", "") }},
		{name: "two tokens in one header", spoil: with(func(w *world) string { return "Bearer " + w.token(nil) + ", Bearer " + w.token(nil) })},
		{name: "token in the query", spoil: func(_ *world, m *message) {
			m.target += "?access_token=" + strings.TrimPrefix(m.get("Authorization"), "Bearer ")
			m.drop("Authorization")
		}},
		{name: "token in another header", spoil: func(_ *world, m *message) {
			m.add("X-Authorization", m.get("Authorization"))
			m.drop("Authorization")
		}},

		{name: "alg none", spoil: bearer(func(w *world) string {
			return part(`{"alg":"none","kid":"`+published(w).KeyID+`"}`) + "." + strings.Split(w.token(nil), ".")[1] + "."
		})},
		{name: "HS256 with the public key", spoil: forged(jose.HS256, func(own jose.JSONWebKey) any {
			return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: sandboxtest.Must(x509.MarshalPKIXPublicKey(own.Key))})
		}, nil)},
		{name: "ES256, of the issuer", spoil: bearer(func(w *world) string {
			return sandboxtest.Must(issuers.Token(issuer, w.claims(nil)))
		})},
		{name: "PS256 with a foreign key", spoil: forged(jose.PS256, foreign, nil)},
		{name: "foreign key", spoil: forged(jose.RS256, foreign, nil)},
		{name: "unknown key", spoil: forged(jose.RS256, foreign, map[jose.HeaderKey]any{"kid": "unknown"})},
		{name: "no kid", spoil: bearer(func(w *world) string { return w.forged(jose.RS256, attacker(), nil) })},
		{name: "its own key in the header", spoil: forged(jose.RS256, foreign, map[jose.HeaderKey]any{
			"jwk": jose.JSONWebKey{Key: attacker().Public(), KeyID: "own", Algorithm: "RS256"},
		})},
		{name: "another issuer's", spoil: bearer(func(w *world) string {
			return sandboxtest.Must(issuers.Sign("https://other.example.com", jose.RS256, w.claims(nil)))
		})},
		{name: "another issuer's, in the name of the right one", spoil: bearer(func(w *world) string {
			return sandboxtest.Must(issuers.Sign("https://other.example.com", jose.RS256, w.claims(map[string]any{"iss": issuer})))
		})},
		{name: "changed", spoil: bearer(func(w *world) string {
			parts := strings.Split(w.token(nil), ".")
			return parts[0] + "." + part(`{"iss":"`+issuer+`","aud":"shop","scope":"catalog.read"}`) + "." + parts[2]
		})},

		{name: "expired", spoil: at("exp", -time.Hour)},
		{name: "expired while in use", spoil: func(w *world, _ *message) { w.setClock(w.now().Add(time.Hour + time.Second)) }},
		{name: "not yet valid", spoil: at("nbf", time.Minute)},
		{name: "issued in the future", spoil: at("iat", time.Minute)},
		{name: "no exp", spoil: claiming(map[string]any{"exp": nil})},
		{name: "no iat", spoil: claiming(map[string]any{"iat": nil})},
		{name: "no iss", spoil: claiming(map[string]any{"iss": nil})},
		{name: "iss with a slash", spoil: claiming(map[string]any{"iss": issuer + "/"})},

		{name: "audience", spoil: claiming(map[string]any{"aud": "other"})},
		{name: "audience in another case", spoil: claiming(map[string]any{"aud": "SHOP"})},
		{name: "audiences", spoil: claiming(map[string]any{"aud": []string{"other", "shopping"}})},
		{name: "audiences as one text", spoil: claiming(map[string]any{"aud": "shop cart"})},
		{name: "audience is no text", spoil: claiming(map[string]any{"aud": map[string]any{"shop": true}, "client_id": "shop"})},
		{name: "no audience", spoil: claiming(map[string]any{"aud": nil})},
		{name: "empty audiences", spoil: claiming(map[string]any{"aud": []string{}, "client_id": "shop"})},
		{name: "null as audience", spoil: claiming(map[string]any{"aud": null, "client_id": "shop"})},
		{name: "audience, with the right client", spoil: claiming(map[string]any{"aud": "other", "client_id": "shop"})},
		{name: "client", spoil: claiming(map[string]any{"aud": nil, "client_id": "other"})},

		{name: "no scope", spoil: claiming(map[string]any{"scope": nil}), status: 403, body: forbidden},
		{name: "scope", spoil: claiming(map[string]any{"scope": "openid catalog"}), status: 403, body: forbidden},
		{name: "scope in another case", spoil: claiming(map[string]any{"scope": "Catalog.Read"}), status: 403, body: forbidden},
		{name: "scopes with commas", spoil: claiming(map[string]any{"scope": "openid,catalog.read"}), status: 403, body: forbidden},
		{name: "scope as a name", spoil: claiming(map[string]any{"scope": map[string]any{"catalog.read": true}}), status: 403, body: forbidden},
		{name: "list of scopes in one", spoil: claiming(map[string]any{"scope": []string{"openid catalog.read"}}), status: 403, body: forbidden},
		{name: "star", spoil: claiming(map[string]any{"scope": "*"}), status: 403, body: forbidden},

		{name: "signed", spoil: func(w *world, m *message) { *m = *w.signed(w.jane, "GET", m.target, "") }},
		{name: "presigned", spoil: func(w *world, m *message) { *m = *w.presigned(w.jane, "GET", m.target, "", 60) }},
		{name: "signed, with a second header", spoil: func(w *world, m *message) {
			token := m.get("Authorization")
			*m = *w.signed(w.jane, "GET", m.target, "")
			m.add("Authorization", token)
		}},
		{name: "large", spoil: claiming(map[string]any{"much": strings.Repeat("a", 8_000)}), status: 431,
			body: `{"message":"Request Header Fields Too Large"}`},
	}
	for i := range attacks {
		attacks[i].call = bearing
		if attacks[i].status == 0 {
			attacks[i].status, attacks[i].body = 401, unauthorized
		}
	}
	runAttacks(t, append(attacks, attack{name: "a token where a signature is required", spoil: func(w *world, m *message) {
		m.set("Authorization", "Bearer "+w.token(map[string]any{"sub": "arn:aws:iam::111122223333:user/jane"}))
	}}, attack{name: "a token and a signature", spoil: func(w *world, m *message) { m.add("Authorization", "Bearer "+w.token(nil)) }}))
}
