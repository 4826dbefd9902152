package gateway_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"iam-secured-api/internal/sandbox/sandboxtest"
)

// TestTokenAttacks sends requests without a valid token to a route that requires one.
// The tests of oidc have forged tokens.
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

		{name: "another issuer's", spoil: bearer(func(w *world) string {
			return sandboxtest.Must(issuers.Sign("https://other.example.com", jose.RS256, w.claims(nil)))
		})},
		{name: "another issuer's, in the name of the right one", spoil: bearer(func(w *world) string {
			return sandboxtest.Must(issuers.Sign("https://other.example.com", jose.RS256, w.claims(map[string]any{"iss": issuer})))
		})},
		{name: "expired", spoil: claiming(map[string]any{"exp": 1})},
		{name: "expired while in use", spoil: func(w *world, _ *message) { w.setClock(w.now().Add(time.Hour + time.Second)) }},

		{name: "audience", spoil: claiming(map[string]any{"aud": "other"})},
		{name: "audience in another case", spoil: claiming(map[string]any{"aud": "SHOP"})},
		{name: "audiences", spoil: claiming(map[string]any{"aud": []string{"other", "shopping"}})},
		{name: "audiences as one text", spoil: claiming(map[string]any{"aud": "shop cart"})},
		{name: "an audience that is not text", spoil: claiming(map[string]any{"aud": map[string]any{"shop": true}, "client_id": "shop"})},
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
