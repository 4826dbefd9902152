package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// TestForgedTokens tries tokens that are not signed by the issuer's key.
func TestForgedTokens(t *testing.T) {
	w := open(t, oidc.Options{})
	valid := w.token(nil)
	require.NoError(t, errorOf(w.verify(valid)))
	parts := strings.Split(valid, ".")
	payload := fmt.Sprintf(`{"iss":%q,"iat":%d,"exp":%d}`, issuer, w.clock.Now().Unix(), w.clock.Now().Unix()+60)
	published := w.keys(t, issuer).Keys[0]
	id := published.KeyID
	public := sandboxtest.Must(x509.MarshalPKIXPublicKey(published.Key))
	pemText := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	foreign := *newKey(id)
	sandboxtest.Must(w.issuers.Token(attacker, nil))
	kid := map[jose.HeaderKey]any{"kid": id}
	header := func(name jose.HeaderKey, value any) string {
		return compact(sign(jose.ES256, foreign.Key, payload, map[jose.HeaderKey]any{"kid": id, name: value}))
	}
	unsigned := func(header string) string { return encode(header) + "." + encode(payload) + "." }

	for name, token := range map[string]string{
		"alg none":                  unsigned(`{"alg":"none","kid":"` + id + `"}`),
		"alg is empty":              unsigned(`{"alg":"","kid":"`+id+`"}`) + parts[2],
		"no signature":              unsigned(`{"alg":"ES256","kid":"` + id + `"}`),
		"HS256 with the public key": compact(sign(jose.HS256, pemText, payload, kid)),
		"foreign key, right kid":    compact(sign(jose.ES256, foreign, payload, nil)),
		"foreign key, unknown kid":  compact(sign(jose.ES256, *newKey("unknown"), payload, nil)),
		"foreign key, no kid":       compact(sign(jose.ES256, foreign.Key, payload, nil)),
		"kid is a number":           encode(`{"alg":"ES256","kid":1}`) + "." + parts[1] + "." + parts[2],
		"two kids":                  encode(`{"alg":"ES256","kid":"`+id+`","kid":"`+id+`"}`) + "." + parts[1] + "." + parts[2],
		"jwk header":                header("jwk", foreign.Public()),
		"jku header":                header("jku", attacker+"/.well-known/jwks.json"),
		"crit header":               header("crit", []string{"exp"}),
		"another's token":           sandboxtest.Must(w.issuers.Token(attacker, map[string]any{"iss": issuer})),
		"another's payload":         parts[0] + "." + encode(payload) + "." + parts[2],
		"JSON serialization":        sign(jose.ES256, foreign, payload, nil).FullSerialize(),
		"two parts":                 parts[0] + "." + parts[1],
		"five parts, as encrypted":  "a.b.c.d.e",
		"padding":                   valid + "=",
		"line end":                  valid + "\n",
		"space before":              " " + valid,
		"empty":                     "",
		"payload is not JSON":       parts[0] + "." + encode("hello") + "." + parts[2],
		"oversized":                 w.token(map[string]any{"much": strings.Repeat("a", 20_000)}),
		"deep":                      parts[0] + "." + encode(strings.Repeat("[", 10_000)) + "." + parts[2],
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.verify(token)
			refused(t, oidc.ErrInvalid, err, token)
		})
	}
}

// TestSignedTokens tries tokens of the issuer's own key that are not valid.
func TestSignedTokens(t *testing.T) {
	w := open(t, oidc.Options{})
	now := w.clock.Now().Unix()
	for name, test := range map[string]struct {
		claims map[string]any
		kind   error
	}{
		"expires now":          {map[string]any{"exp": now}, oidc.ErrExpired},
		"expired long ago":     {map[string]any{"exp": 0}, oidc.ErrExpired},
		"not yet valid":        {map[string]any{"nbf": now + 1}, oidc.ErrInvalid},
		"issued in the future": {map[string]any{"iat": now + 1}, oidc.ErrInvalid},
		"no exp":               {map[string]any{"exp": nil}, oidc.ErrInvalid},
		"no iat":               {map[string]any{"iat": nil}, oidc.ErrInvalid},
		"exp is text":          {map[string]any{"exp": fmt.Sprint(now + 60)}, oidc.ErrInvalid},
		"exp is a fraction":    {map[string]any{"exp": float64(now) + 60.5}, oidc.ErrInvalid},
		"exp is enormous":      {map[string]any{"exp": 1e300}, oidc.ErrInvalid},
		"nbf is text":          {map[string]any{"nbf": "now"}, oidc.ErrInvalid},
		"no iss":               {map[string]any{"iss": nil}, oidc.ErrInvalid},
		"iss of another":       {map[string]any{"iss": attacker}, oidc.ErrInvalid},
		"iss in another case":  {map[string]any{"iss": strings.Replace(issuer, "acme", "Acme", 1)}, oidc.ErrInvalid},
		"iss with a slash":     {map[string]any{"iss": issuer + "/"}, oidc.ErrInvalid},
		"iss without scheme":   {map[string]any{"iss": strings.TrimPrefix(issuer, "https://")}, oidc.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			token := w.token(test.claims)
			_, err := w.verify(token)
			refused(t, test.kind, err, token)
		})
	}
}

func TestPayloads(t *testing.T) {
	w := open(t, oidc.Options{})
	times := fmt.Sprintf(`"iat":%d,"exp":%d`, w.clock.Now().Unix(), w.clock.Now().Unix()+60)
	for name, payload := range map[string]string{
		"iss twice":         fmt.Sprintf(`{"iss":%q,"iss":%q,%s}`, attacker, issuer, times),
		"sub twice":         fmt.Sprintf(`{"iss":%q,"sub":"me","sub":"you",%s}`, issuer, times),
		"sub twice, hidden": fmt.Sprintf(`{"iss":%q,"sub":"me","\u0073ub":"you",%s}`, issuer, times),
		"twice within":      fmt.Sprintf(`{"iss":%q,"a":{"b":1,"b":2},%s}`, issuer, times),
		"ISS":               fmt.Sprintf(`{"ISS":%q,%s}`, issuer, times),
		"a list":            fmt.Sprintf(`[{"iss":%q,%s}]`, issuer, times),
		"null":              `null`,
		"two objects":       fmt.Sprintf(`{"iss":%q,%s}{}`, issuer, times),
	} {
		t.Run(name, func(t *testing.T) {
			token := sandboxtest.Must(w.issuers.SignPayload(issuer, payload, nil))
			_, err := w.verify(token)
			refused(t, oidc.ErrInvalid, err, token)
		})
	}
	token := sandboxtest.Must(w.issuers.SignPayload(issuer, fmt.Sprintf(`{"iss":%q,%s}`, issuer, times), map[jose.HeaderKey]any{
		"jku": attacker, "x5u": attacker,
	}))
	assert.NoError(t, errorOf(w.verify(token)), "headers that name other keys have no effect")
}

// TestTolerance verifies tokens as STS does: clocks may differ by less than five minutes.
func TestTolerance(t *testing.T) {
	w := open(t, oidc.Options{Tolerance: oidc.STSTolerance})
	now := w.clock.Now().Unix()
	for name, claims := range map[string]map[string]any{
		"exp": {"exp": now - 299}, "nbf": {"nbf": now + 300}, "iat": {"iat": now + 300},
	} {
		assert.NoError(t, errorOf(w.verify(w.token(claims))), name)
	}
	refused(t, oidc.ErrExpired, errorOf(w.verify(w.token(map[string]any{"exp": now - 300}))), "")
	refused(t, oidc.ErrInvalid, errorOf(w.verify(w.token(map[string]any{"nbf": now + 301}))), "")
	refused(t, oidc.ErrInvalid, errorOf(w.verify(w.token(map[string]any{"iat": now + 301}))), "")
}

// TestRSAAlone uses a verifier for API Gateway, which does not accept elliptic curves.
func TestRSAAlone(t *testing.T) {
	w := open(t, oidc.Options{Algorithms: oidc.RSA})
	token := w.token(nil)
	refused(t, oidc.ErrInvalid, errorOf(w.verify(token)), token)
	assert.NoError(t, errorOf(w.verify(sandboxtest.Must(w.issuers.Sign(issuer, jose.RS256, nil)))))
}

// TestAlgorithmOfTheKey signs with an algorithm other than the key's.
func TestAlgorithmOfTheKey(t *testing.T) {
	private := sandboxtest.Must(rsa.GenerateKey(rand.Reader, 2048))
	key := jose.JSONWebKey{Key: private, KeyID: "a", Algorithm: "RS256", Use: "sig"}
	w := lie(t, func(l *liar) { l.keys = []jose.JSONWebKey{key.Public()} })
	for algorithm, accepted := range map[jose.SignatureAlgorithm]bool{jose.RS256: true, jose.RS512: false, jose.PS256: false} {
		token := compact(sign(algorithm, private, w.payload(), map[jose.HeaderKey]any{"kid": "a"}))
		_, err := w.verifier.Verify(t.Context(), issuer, token)
		if accepted {
			assert.NoError(t, err)
		} else {
			refused(t, oidc.ErrInvalid, err, token)
		}
	}
}

// TestEveryChangedCharacter replaces each character of a valid token, one at a time, and
// requires that the changed token is rejected.
func TestEveryChangedCharacter(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=\n"
	w := open(t, oidc.Options{})
	token := sandboxtest.Must(w.issuers.SignPayload(issuer,
		fmt.Sprintf(`{"iss":%q,"iat":1800000000,"exp":1800000060}`, issuer), nil))
	require.NoError(t, errorOf(w.verify(token)))
	for i := range len(token) {
		for _, c := range []byte(alphabet) {
			// Try all characters at the ends of parts, which have unused bits, and a few
			// elsewhere.
			atEnd := i+1 == len(token) || token[i+1] == '.'
			if c == token[i] || !atEnd && (int(c)+i)%13 != 0 {
				continue
			}
			changed := token[:i] + string(c) + token[i+1:]
			if err := errorOf(w.verify(changed)); err == nil {
				t.Fatalf("accepted with %q at %d", c, i)
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	w := open(f, oidc.Options{})
	valid := w.token(map[string]any{"sub": "me"})
	for _, seed := range []string{
		valid, "", "..", "a.b.c", encode(`{"alg":"none"}`) + "." + encode(`{"iss":"x"}`) + ".", encode(`{"alg":"ES256","jwk":{"kty":"EC"}}`) + ".e30.AA",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		_, err := w.verify(token)
		if token != valid && err == nil {
			t.Fatal("an invalid token was accepted")
		}
		if err != nil {
			refused(t, oidc.ErrInvalid, err, token)
		}
		if _, err := oidc.Issuer(token); err != nil {
			refused(t, oidc.ErrInvalid, err, token)
		}
	})
}

func TestIssuerRefuses(t *testing.T) {
	for name, token := range map[string]string{
		"garbage":   "a.b.c",
		"no iss":    encode(`{"alg":"ES256"}`) + "." + encode(`{}`) + ".AA",
		"iss twice": encode(`{"alg":"ES256"}`) + "." + encode(`{"iss":"a","iss":"b"}`) + ".AA",
		"alg none":  encode(`{"alg":"none"}`) + "." + encode(`{"iss":"a"}`) + ".AA",
	} {
		_, err := oidc.Issuer(token)
		t.Run(name, func(t *testing.T) { refused(t, oidc.ErrInvalid, err, token) })
	}
}

// refused checks that an error is of a kind, has one line, and contains no part of the
// token.
func refused(t *testing.T, kind, err error, token string) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	for _, other := range []error{oidc.ErrExpired, oidc.ErrInvalid, oidc.ErrUnreachable} {
		assert.Equal(t, other == kind, errors.Is(err, other))
	}
	assert.NotContains(t, err.Error(), "\n")
	for part := range strings.SplitSeq(token, ".") {
		if len(part) >= 40 {
			assert.NotContains(t, err.Error(), part)
		}
	}
	assert.Less(t, len(err.Error()), 400)
}

func errorOf(_ map[string]any, err error) error { return err }
