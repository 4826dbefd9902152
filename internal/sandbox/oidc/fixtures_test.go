package oidc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	issuer   = "https://token.actions.example.com/acme"
	attacker = "https://attacker.example.com"
)

// world is the issuers on loopback and a verifier for their tokens.
type world struct {
	issuers  *oidc.Issuers
	verifier *oidc.Verifier
	clock    *sandboxtest.Clock
	server   *httptest.Server
	requests atomic.Int32
}

func open(t testing.TB, options oidc.Options) *world {
	w := &world{clock: sandboxtest.NewClock(time.Unix(1_800_000_000, 0))}
	w.issuers = oidc.NewIssuers(w.clock.Now)
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.requests.Add(1)
		w.issuers.ServeHTTP(rw, r)
	}))
	t.Cleanup(w.server.Close)
	options.Now = w.clock.Now
	w.verifier = oidc.NewVerifier(w.server.URL, options)
	return w
}

func (w *world) token(claims map[string]any) string {
	return sandboxtest.Must(w.issuers.Token(issuer, claims))
}

func (w *world) verify(token string) (map[string]any, error) {
	return w.verifier.Verify(context.Background(), issuer, token)
}

// keys returns the keys that an issuer publishes.
func (w *world) keys(t testing.TB, of string) jose.JSONWebKeySet {
	t.Helper()
	response, err := http.Get(w.server.URL + "/" + of[len("https://"):] + "/.well-known/jwks.json")
	require.NoError(t, err)
	defer response.Body.Close()
	var set jose.JSONWebKeySet
	require.NoError(t, json.NewDecoder(response.Body).Decode(&set))
	return set
}

func newKey(id string) *jose.JSONWebKey {
	key := sandboxtest.Must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return &jose.JSONWebKey{Key: key, KeyID: id, Algorithm: "ES256", Use: "sig"}
}

// sign signs a payload with a key that is not the issuer's.
func sign(algorithm jose.SignatureAlgorithm, key any, payload string, headers map[jose.HeaderKey]any) *jose.JSONWebSignature {
	signer := sandboxtest.Must(jose.NewSigner(
		jose.SigningKey{Algorithm: algorithm, Key: key}, &jose.SignerOptions{ExtraHeaders: headers}))
	return sandboxtest.Must(signer.Sign([]byte(payload)))
}

func compact(signed *jose.JSONWebSignature) string {
	return sandboxtest.Must(signed.CompactSerialize())
}

// encode encodes a part of a token.
func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
