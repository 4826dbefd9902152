package endtoend_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	shop = "https://login.example.com/shop"
	gone = "https://gone.example.com"
	evil = "https://evil.example.com"
)

// mixed has open, IAM and token routes with overlapping paths, and three authorizers. Two
// have the same issuer. The third's issuer does not exist.
const mixed = `{
	routes: {
		GET /open: {authorization: none},
		GET /items: {authorization: customers, scopes: [catalog.read, catalog.write]},
		ANY /items: {authorization: partners},
		"GET /items/{id}": {},
		"ANY /items/{rest+}": {authorization: customers},
		GET /items/new: {authorization: none},
		GET /gone: {authorization: gone}
	},
	authorizers: {
		customers: {issuer: "` + shop + `", audiences: [shop, cart]},
		partners: {issuer: "` + shop + `", audiences: [partners]},
		gone: {issuer: "` + gone + `", audiences: [shop]}
	},
	policies: {readOnly: {allow: [GET /products, "GET /items/{id}"]}}
}`

// TestTokens deploys once and runs each test on its own branch.
func TestTokens(t *testing.T) {
	base := harness.New(t, harness.Merge(t, harness.Config(t), mixed))
	base.Up(t)
	for name, test := range map[string]func(*testing.T, *bearers){
		"matrix": testTokenMatrix, "attacks": testTokenAttacks, "rotated": testRotated, "issuer gone": testIssuerGone,
		"live": testLiveTokens,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &bearers{base.Branch().Open(t)})
		})
	}
}

// bearers are the endpoints of a stack with token routes.
type bearers struct{ *harness.Endpoints }

// claims returns the claims of a token that the authorizer customers accepts, with
// changes.
func (b *bearers) claims(changes map[string]any) map[string]any {
	claims := map[string]any{"aud": "shop", "sub": "ann", "scope": "openid catalog.read", "exp": b.Now().Add(24 * time.Hour).Unix()}
	maps.Copy(claims, changes)
	return claims
}

func (b *bearers) token(issuer string, changes map[string]any) string {
	return sandboxtest.Must(b.Issuers.Sign(issuer, jose.RS256, b.claims(changes)))
}

// get sends GET with Authorization headers. It returns the status, the WWW-Authenticate
// header and the body.
func (b *bearers) get(t *testing.T, path string, authorizations ...string) (status int, challenge, body string) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.InvokeURL+path, nil)
	require.NoError(t, err)
	request.Header["Authorization"] = authorizations
	response, err := b.Client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, response.Header.Get("Www-Authenticate"), string(text)
}

// testTokenMatrix compares the statuses of requests with the stack's matrix. 404 comes
// from the product service.
func testTokenMatrix(t *testing.T, b *bearers) {
	john := sandboxtest.Must(b.User("john-readonly").Retrieve(t.Context()))
	columns := []struct {
		row   string
		key   aws.Credentials
		token string
	}{
		{row: "anyone"},
		{row: "user/john-readonly", key: john},
		{row: "token/customers", token: b.token(shop, map[string]any{"scope": nil})},
		{row: "token/customers", token: b.token(shop, map[string]any{"aud": nil, "client_id": "cart"})},
		{row: "token/partners", token: b.token(shop, map[string]any{"aud": []string{"partners"}})},
	}
	const scoped = 3 // the column whose token has a scope of GET /items
	matrix := b.Outputs["accessMatrix"].(map[string]any)
	client := prove.Client{HTTP: b.Client, URL: b.InvokeURL, Region: harness.Region, Now: b.Now}
	for _, row := range []struct {
		request, route string
		want           []int
	}{
		{"GET /open", "GET /open", []int{404, 404, 404, 404, 404}},
		{"GET /products", "GET /products", []int{403, 200, 403, 403, 403}},
		{"POST /products", "POST /products", []int{403, 403, 403, 403, 403}},
		{"GET /items", "GET /items", []int{401, 401, 403, 404, 401}},
		{"HEAD /items", "ANY /items", []int{401, 401, 401, 401, 404}},
		{"PUT /items", "ANY /items", []int{401, 401, 401, 401, 404}},
		{"GET /items/1", "GET /items/{id}", []int{403, 404, 403, 403, 403}},
		{"PUT /items/1", "ANY /items/{rest+}", []int{401, 401, 404, 404, 401}},
		{"GET /items/1/2", "ANY /items/{rest+}", []int{401, 401, 404, 404, 401}},
		{"GET /items/new", "GET /items/new", []int{404, 404, 404, 404, 404}},
		{"DELETE /items/new", "ANY /items/{rest+}", []int{401, 401, 404, 404, 401}},
	} {
		method, path, _ := strings.Cut(row.request, " ")
		for i, as := range columns {
			send := func() (prove.Response, error) { return client.Send(t.Context(), as.key, method, path, "") }
			if as.token != "" {
				send = func() (prove.Response, error) { return client.SendToken(t.Context(), as.token, method, path, "") }
			}
			before := b.Invoked()
			response, err := send()
			require.NoError(t, err)
			assert.Equal(t, row.want[i], response.Status, "%s as %s (%d)", row.request, as.row, i)
			want := prove.Deny
			switch says := matrix[as.row].(map[string]any)[row.route]; says {
			case "allow":
				want = prove.Allow
			case "allow if the token has scope catalog.read or catalog.write":
				if i == scoped {
					want = prove.Allow
				}
			default:
				assert.Equal(t, "deny", says)
			}
			assert.Equal(t, want, response.Outcome(), "%s as %s (%d)", row.request, as.row, i)
			assert.Equal(t, want == prove.Allow, b.Invoked() > before, "%s as %s (%d)", row.request, as.row, i)
		}
	}
}

// testTokenAttacks sends requests that must be rejected before they reach the backend.
// The tests of the gateway try more.
func testTokenAttacks(t *testing.T, b *bearers) {
	good := b.token(shop, nil)
	status, _, _ := b.get(t, "/items", "Bearer "+good)
	require.Equal(t, 404, status)
	reached := b.Invoked()
	parsed := sandboxtest.Must(jose.ParseSignedCompact(good, []jose.SignatureAlgorithm{jose.RS256}))
	kid := parsed.Signatures[0].Header.KeyID
	published := sandboxtest.Must(b.Client.Get(b.OIDC + strings.TrimPrefix(shop, "https:/") + "/.well-known/jwks.json"))
	public := sandboxtest.Must(io.ReadAll(published.Body))
	sandboxtest.OK(published.Body.Close())
	require.Contains(t, string(public), kid)
	foreign := sandboxtest.Must(rsa.GenerateKey(rand.Reader, 2048))
	now := b.Now().Unix()
	payload := fmt.Sprintf(`{"iss":%q,"aud":"shop","scope":"catalog.read","iat":%d,"exp":%d}`, shop, now, now+3600)
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	claiming := func(claim string, value any) string { return "Bearer " + b.token(shop, map[string]any{claim: value}) }
	jane := sandboxtest.Must(b.User("jane-admin").Retrieve(t.Context()))
	signature, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.InvokeURL+"/items", nil)
	require.NoError(t, err)
	sandboxtest.OK(prove.Sign(signature, jane, "", harness.Region, b.Now()))

	const scope = `Bearer scope="catalog.read catalog.write" error=`
	const invalid, insufficient = scope + `"invalid_token"`, scope + `"insufficient_scope"`
	for name, attack := range map[string]struct {
		authorizations []string
		status         int
		challenge      string // the beginning of WWW-Authenticate
	}{
		"no token":                  {nil, 401, "Bearer"},
		"a token without a dot":     {[]string{"Bearer nonsense"}, 401, invalid},
		"alg none":                  {[]string{"Bearer " + encode(`{"alg":"none","kid":"`+kid+`"}`) + "." + encode(payload) + "."}, 401, invalid},
		"the public key as HMAC":    {[]string{"Bearer " + signed(t, jose.HS256, public, kid, payload)}, 401, invalid},
		"a foreign key":             {[]string{"Bearer " + signed(t, jose.RS256, foreign, kid, payload)}, 401, invalid},
		"an unknown kid":            {[]string{"Bearer " + signed(t, jose.RS256, foreign, "unknown", payload)}, 401, invalid},
		"no RSA key":                {[]string{"Bearer " + sandboxtest.Must(b.Issuers.Token(shop, b.claims(nil)))}, 401, invalid},
		"expired":                   {[]string{claiming("exp", now-600)}, 401, invalid + ` error_description="the token has expired"`},
		"not yet valid":             {[]string{claiming("nbf", now+600)}, 401, invalid},
		"another issuer's":          {[]string{"Bearer " + b.token(evil, nil)}, 401, invalid},
		"another issuer's, forged":  {[]string{"Bearer " + b.token(evil, map[string]any{"iss": shop})}, 401, invalid},
		"another iss":               {[]string{claiming("iss", shop+"/")}, 401, invalid},
		"another audience":          {[]string{claiming("aud", "other")}, 401, invalid},
		"another authorizer's":      {[]string{claiming("aud", "partners")}, 401, invalid},
		"no audience":               {[]string{claiming("aud", nil)}, 401, invalid},
		"no scope":                  {[]string{claiming("scope", nil)}, 403, insufficient},
		"another scope":             {[]string{claiming("scope", "catalog")}, 403, insufficient},
		"two headers":               {[]string{"Bearer " + good, "Bearer " + good}, 401, invalid},
		"a signature":               {[]string{signature.Header.Get("Authorization")}, 401, invalid},
		"a token after a signature": {[]string{signature.Header.Get("Authorization"), "Bearer " + good}, 401, invalid},
		"much too large":            {[]string{claiming("much", strings.Repeat("a", 8_000))}, 431, ""},
	} {
		status, challenge, _ := b.get(t, "/items", attack.authorizations...)
		assert.Equal(t, attack.status, status, name)
		assert.True(t, strings.HasPrefix(challenge, attack.challenge), "%s: %s", name, challenge)
	}
	status, challenge, body := b.get(t, "/products", "Bearer "+b.token(shop, map[string]any{"sub": b.Output("users", "jane-admin", "arn")}))
	assert.Equal(t, []any{403, "", forbidden}, []any{status, challenge, body}, "a token where a signature is required")
	assert.Equal(t, reached, b.Invoked())
}

// testRotated replaces the key of an issuer, as after a leak.
func testRotated(t *testing.T, b *bearers) {
	old := b.token(shop, nil)
	status := func(token string) int {
		status, _, _ := b.get(t, "/items", "Bearer "+token)
		return status
	}
	assert.Equal(t, 404, status(old))
	b.Issuers.Rotate(shop, true)
	assert.Equal(t, []int{404, 404}, []int{status(b.token(shop, nil)), status(old)}, "both keys are published")
	b.Issuers.Rotate(shop, false)
	assert.Equal(t, []int{404, 401}, []int{status(b.token(shop, nil)), status(old)}, "the old key is not published any more")
}

// testIssuerGone sends tokens of an issuer that never existed, and of one that stops
// serving its keys. Keys are cached for two hours.
func testIssuerGone(t *testing.T, b *bearers) {
	token := b.token(shop, nil)
	statuses := []int{}
	get := func(path, token string) (challenge string) {
		status, challenge, _ := b.get(t, path, "Bearer "+token)
		statuses = append(statuses, status)
		return challenge
	}
	assert.Contains(t, get("/gone", b.token(evil, map[string]any{"iss": gone})), "OIDC discovery endpoint communication error")
	get("/items", token)
	b.Issuers.Rotate(shop, false)
	get("/items", token)
	b.Advance(2 * time.Hour)
	assert.Contains(t, get("/items", token), "OIDC discovery endpoint communication error")
	assert.Equal(t, []int{401, 404, 404, 401}, statuses)
	assert.Equal(t, 2, b.Invoked())
}

// testLiveTokens runs the proof for stacks on AWS. It has no valid tokens, so requests to
// token routes must be denied with the statuses of those routes.
func testLiveTokens(t *testing.T, b *bearers) {
	found, err := liveOutputs(t, b.Endpoints).Prove(t.Context(), b.Client, 0)
	require.NoError(t, err)
	assert.Empty(t, found.Wrong)
	assert.Empty(t, found.LeftOut)
	assert.Greater(t, found.Calls, 3*9, "anyone and two users, at each route")
}
