package oidc_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/oidc"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// liar serves the issuer's documents, which tests can falsify.
type liar struct {
	key       *jose.JSONWebKey
	keys      []jose.JSONWebKey
	discovery map[string]any
	serve     func(w http.ResponseWriter, r *http.Request) (done bool) // if set, runs first

	clock    *sandboxtest.Clock
	verifier *oidc.Verifier
}

func lie(t *testing.T, change func(*liar)) *liar {
	key := newKey("a")
	l := &liar{
		key: key, keys: []jose.JSONWebKey{key.Public()}, clock: sandboxtest.NewClock(time.Unix(1_800_000_000, 0)),
		discovery: map[string]any{"issuer": issuer, "jwks_uri": issuer + "/keys"},
	}
	change(l)
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	l.verifier = oidc.NewVerifier(server.URL, oidc.Options{Now: l.clock.Now})
	return l
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case l.serve != nil && l.serve(w, r):
	case strings.HasSuffix(r.URL.Path, "/keys") || r.URL.Path == "/mirror":
		l.writeKeys(w)
	default:
		_ = json.NewEncoder(w).Encode(l.discovery)
	}
}

func (l *liar) writeKeys(w io.Writer) {
	_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: l.keys})
}

func (l *liar) payload() string {
	return fmt.Sprintf(`{"iss":%q,"iat":%d,"exp":%d}`, issuer, l.clock.Now().Unix(), l.clock.Now().Unix()+3600)
}

// TestLies verifies tokens of an issuer whose documents are wrong.
func TestLies(t *testing.T) {
	weak := jose.JSONWebKey{Key: &sandboxtest.Must(rsa.GenerateKey(rand.Reader, 1024)).PublicKey, KeyID: "a", Use: "sig"}
	onKeys := func(do func(l *liar, w http.ResponseWriter, r *http.Request)) func(*liar) {
		return func(l *liar) {
			l.serve = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/keys") {
					return false
				}
				do(l, w, r)
				return true
			}
		}
	}
	text := func(text string) func(*liar) {
		return onKeys(func(_ *liar, w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	}
	redirect := onKeys(func(_ *liar, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/mirror", http.StatusFound)
	})
	created := onKeys(func(l *liar, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		l.writeKeys(w)
	})
	huge := onKeys(func(l *liar, w http.ResponseWriter, _ *http.Request) {
		l.writeKeys(w)
		_, _ = w.Write(bytes.Repeat([]byte(" "), 300<<10))
	})
	abort := onKeys(func(*liar, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for name, test := range map[string]struct {
		change func(*liar)
		kind   error
	}{
		"truth":                     {func(*liar) {}, nil},
		"another issuer":            {func(l *liar) { l.discovery["issuer"] = attacker }, oidc.ErrUnreachable},
		"issuer with a slash":       {func(l *liar) { l.discovery["issuer"] = issuer + "/" }, oidc.ErrUnreachable},
		"no issuer":                 {func(l *liar) { delete(l.discovery, "issuer") }, oidc.ErrUnreachable},
		"no jwks_uri":               {func(l *liar) { delete(l.discovery, "jwks_uri") }, oidc.ErrUnreachable},
		"jwks_uri is http":          {func(l *liar) { l.discovery["jwks_uri"] = "http://127.0.0.1/keys" }, oidc.ErrUnreachable},
		"jwks_uri is not a URL":     {func(l *liar) { l.discovery["jwks_uri"] = "https://a b\x7f%zz" }, oidc.ErrUnreachable},
		"keys elsewhere":            {func(l *liar) { l.discovery["jwks_uri"] = "https://cdn.example.com/keys" }, nil}, // as with Google
		"redirect to a mirror":      {redirect, oidc.ErrUnreachable},
		"status 201":                {created, oidc.ErrUnreachable},
		"not JSON":                  {text("<html>"), oidc.ErrUnreachable},
		"null":                      {text("null"), oidc.ErrUnreachable},
		"keys twice":                {text(`{"keys":[],"keys":[]}`), oidc.ErrUnreachable},
		"no keys":                   {func(l *liar) { l.keys = nil }, oidc.ErrUnreachable},
		"huge":                      {huge, oidc.ErrUnreachable},
		"the token's kid twice":     {func(l *liar) { l.keys = append(l.keys, newKey("a").Public()) }, oidc.ErrUnreachable},
		"RSA of 1024 bits":          {func(l *liar) { l.keys = []jose.JSONWebKey{weak} }, oidc.ErrUnreachable},
		"symmetric key":             {func(l *liar) { l.keys = []jose.JSONWebKey{{Key: []byte("secret"), KeyID: "a"}} }, oidc.ErrUnreachable},
		"private key":               {func(l *liar) { l.keys = []jose.JSONWebKey{*l.key} }, oidc.ErrUnreachable},
		"key for encryption":        {func(l *liar) { l.keys[0].Use = "enc" }, oidc.ErrUnreachable},
		"only another's key":        {func(l *liar) { l.keys = []jose.JSONWebKey{newKey("a").Public()} }, oidc.ErrInvalid},
		"connection closed at once": {abort, oidc.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			l := lie(t, test.change)
			token := compact(sign(jose.ES256, *l.key, l.payload(), nil))
			_, err := l.verifier.Verify(t.Context(), issuer, token)
			if test.kind == nil {
				assert.NoError(t, err)
				return
			}
			refused(t, test.kind, err, token)
		})
	}
}

// TestNoKeyID verifies a token without a key id, signed by a key without an id.
func TestNoKeyID(t *testing.T) {
	l := lie(t, func(l *liar) { l.keys[0].KeyID = "" })
	token := compact(sign(jose.ES256, l.key.Key, l.payload(), nil))
	_, err := l.verifier.Verify(t.Context(), issuer, token)
	refused(t, oidc.ErrInvalid, err, token)
}

// TestSlowIssuer verifies a token whose issuer never replies.
func TestSlowIssuer(t *testing.T) {
	t.Parallel()
	l := lie(t, func(l *liar) {
		l.serve = func(_ http.ResponseWriter, r *http.Request) bool {
			<-r.Context().Done()
			return true
		}
	})
	token := compact(sign(jose.ES256, *l.key, l.payload(), nil))
	start := time.Now()
	_, err := l.verifier.Verify(t.Context(), issuer, token)
	refused(t, oidc.ErrUnreachable, err, token)
	assert.Less(t, time.Since(start), 10*time.Second)
}

// TestKnownKeysDoNotWait verifies a token with a known key, during a fetch for another
// key that the issuer delays.
func TestKnownKeysDoNotWait(t *testing.T) {
	t.Parallel()
	requests := make(chan struct{})
	var slow atomic.Bool
	l := lie(t, func(l *liar) {
		l.serve = func(_ http.ResponseWriter, r *http.Request) bool {
			if slow.Load() {
				requests <- struct{}{}
				<-r.Context().Done()
			}
			return slow.Load()
		}
	})
	valid := compact(sign(jose.ES256, *l.key, l.payload(), nil))
	require.NoError(t, errorOf(l.verifier.Verify(t.Context(), issuer, valid)))
	slow.Store(true)
	refusal := make(chan error)
	go func() {
		unknown := compact(sign(jose.ES256, *newKey("unknown"), l.payload(), nil))
		refusal <- errorOf(l.verifier.Verify(context.Background(), issuer, unknown))
	}()
	<-requests
	for range 10 {
		assert.NoError(t, errorOf(l.verifier.Verify(t.Context(), issuer, valid)))
	}
	select {
	case err := <-refusal:
		t.Fatalf("the other request has ended: %v", err)
	default:
	}
	refused(t, oidc.ErrUnreachable, <-refusal, "")
}

func TestIssuerThatIsGone(t *testing.T) {
	w := open(t, oidc.Options{})
	cached, other := w.token(nil), sandboxtest.Must(w.issuers.Token(attacker, nil))
	require.NoError(t, errorOf(w.verify(cached)))
	w.server.Close()
	assert.NoError(t, errorOf(w.verify(cached)), "its keys are cached")
	_, err := w.verifier.Verify(t.Context(), attacker, other)
	refused(t, oidc.ErrUnreachable, err, other)
	w.clock.Forward(2 * time.Hour)
	refused(t, oidc.ErrUnreachable, errorOf(w.verify(cached)), cached)
}

func TestIssuersThatAreNoURL(t *testing.T) {
	w := open(t, oidc.Options{})
	for _, name := range []string{"", "http://example.com", "https://example.com:", "https://example.com/../x?y", issuer + "\n"} {
		token := w.token(map[string]any{"iss": name})
		_, err := w.verifier.Verify(t.Context(), name, token)
		refused(t, oidc.ErrUnreachable, err, token)
	}
	assert.Zero(t, w.requests.Load())
}

// TestOneFetchForAll verifies many tokens at once, before the first fetch of the keys.
func TestOneFetchForAll(t *testing.T) {
	w := open(t, oidc.Options{})
	valid := w.token(nil)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { assert.NoError(t, errorOf(w.verify(valid))) })
	}
	all.Wait()
	assert.Equal(t, int32(2), w.requests.Load(), "for the discovery document and the keys")
}

// TestFloodOfUnknownKeys sends tokens with invented key ids. The issuer must get few
// requests, and valid tokens must be accepted all the time.
func TestFloodOfUnknownKeys(t *testing.T) {
	w := open(t, oidc.Options{})
	valid := w.token(nil)
	require.NoError(t, errorOf(w.verify(valid)))
	var all sync.WaitGroup
	for n := range 100 {
		all.Go(func() {
			token := compact(sign(jose.ES256, *newKey(fmt.Sprint("invented-", n)), fmt.Sprintf(`{"iss":%q}`, issuer), nil))
			assert.ErrorIs(t, errorOf(w.verify(token)), oidc.ErrInvalid)
			assert.NoError(t, errorOf(w.verify(valid)))
		})
	}
	all.Wait()
	assert.LessOrEqual(t, w.requests.Load(), int32(10), "two for each fetch")

	// A new key of the issuer is found after a while.
	w.issuers.Rotate(issuer, true)
	rotated := w.token(nil)
	refused(t, oidc.ErrInvalid, errorOf(w.verify(rotated)), rotated)
	w.clock.Forward(10 * time.Second)
	assert.NoError(t, errorOf(w.verify(rotated)))
}
