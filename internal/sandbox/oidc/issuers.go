package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"iam-secured-api/internal/sandbox/loopback"
)

const (
	pathDiscovery = "/.well-known/openid-configuration"
	pathKeys      = "/.well-known/jwks.json"

	// tokensLast is how long tokens are valid unless their claims say otherwise.
	tokensLast = time.Hour
	rsaBits    = 2048
)

var reIssuer = regexp.MustCompile(`^https://[A-Za-z0-9.-]+(:\d+)?(/[\w.~%-]+)*/?$`)

// Issuers is the [http.Handler] for the discovery documents and the keys of all issuers.
// An issuer is created with its first token, never by a request.
type Issuers struct {
	now func() time.Time

	mu      sync.Mutex
	issuers map[string]*issuer // by address
}

type issuer struct {
	url       string
	current   map[jose.SignatureAlgorithm]jose.JSONWebKey
	published []jose.JSONWebKey // public keys
}

// NewIssuers returns an empty set of issuers. Now returns the time; nil means time.Now.
func NewIssuers(now func() time.Time) *Issuers {
	if now == nil {
		now = time.Now
	}
	return &Issuers{now: now, issuers: map[string]*issuer{}}
}

// Token returns a token of an issuer such as https://HOST/PATH, signed with ES256. It
// adds iss, iat, nbf, exp and jti if the claims do not have them, and leaves out claims
// that are nil.
func (s *Issuers) Token(issuer string, claims map[string]any) (string, error) {
	return s.Sign(issuer, jose.ES256, claims)
}

// Sign returns a token as Token does, signed with ES256 or RS256. API Gateway accepts RSA
// only. Generating an RSA key takes a tenth of a second, once per issuer.
func (s *Issuers) Sign(issuer string, algorithm jose.SignatureAlgorithm, claims map[string]any) (string, error) {
	now := s.now()
	all := map[string]any{
		"iss": issuer, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(tokensLast).Unix(), "jti": uuid.NewString(),
	}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	payload, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("claims of %s: %w", issuer, err)
	}
	return s.sign(issuer, algorithm, payload, nil)
}

func (s *Issuers) sign(
	issuer string, algorithm jose.SignatureAlgorithm, payload []byte, headers map[jose.HeaderKey]any,
) (string, error) {
	key, err := s.key(issuer, algorithm)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{ExtraHeaders: headers}).WithType("JWT")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// Rotate replaces the keys that an issuer signs with. The old ones stay published only
// if keep is true. The issuer must exist.
func (s *Issuers) Rotate(issuer string, keep bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.issuers[address(issuer)]
	clear(i.current)
	if !keep {
		i.published = nil
	}
}

// key returns the issuer's key for an algorithm. It generates the key if necessary.
func (s *Issuers) key(issuer string, algorithm jose.SignatureAlgorithm) (jose.JSONWebKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.issuer(issuer)
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	return i.key(algorithm)
}

// issuer returns an issuer. It creates the issuer if necessary.
func (s *Issuers) issuer(url string) (*issuer, error) {
	if !reIssuer.MatchString(url) {
		return nil, fmt.Errorf("issuer %q: must be https://HOST or https://HOST/PATH, without query", url)
	}
	i := s.issuers[address(url)]
	if i == nil {
		i = &issuer{url: url, current: map[jose.SignatureAlgorithm]jose.JSONWebKey{}}
		s.issuers[address(url)] = i
	}
	if i.url != url {
		return nil, fmt.Errorf("issuer %q: %q has the same discovery document", url, i.url)
	}
	return i, nil
}

// address returns the beginning of the URLs of an issuer's documents. As in OpenID
// Connect Discovery, it is the issuer's URL without a trailing slash.
func address(issuer string) string { return strings.TrimSuffix(issuer, "/") }

func (i *issuer) key(algorithm jose.SignatureAlgorithm) (jose.JSONWebKey, error) {
	if key, exists := i.current[algorithm]; exists {
		return key, nil
	}
	var private crypto.PrivateKey
	var err error
	switch algorithm {
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.RS256:
		private, err = rsa.GenerateKey(rand.Reader, rsaBits)
	default:
		err = fmt.Errorf("algorithm %q: must be ES256 or RS256", algorithm)
	}
	if err != nil {
		return jose.JSONWebKey{}, err
	}
	key := jose.JSONWebKey{Key: private, KeyID: uuid.NewString(), Algorithm: string(algorithm), Use: "sig"}
	i.current[algorithm] = key
	i.published = append(i.published, key.Public())
	return key, nil
}

// ServeHTTP implements [http.Handler].
func (s *Issuers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !loopback.IsOwn(r.Host):
		http.Error(w, "the Host must be 127.0.0.1, localhost or [::1]", http.StatusMisdirectedRequest)
		return
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "the method must be GET", http.StatusMethodNotAllowed)
		return
	}
	document, err := s.document("https:/" + r.URL.EscapedPath())
	switch {
	case err != nil:
		http.Error(w, "the document cannot be created", http.StatusInternalServerError)
	case document == nil:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document) // a write error means that the client is gone
	}
}

// document returns the document at a URL of an issuer, or nil if it does not exist.
func (s *Issuers) document(url string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if base, ok := strings.CutSuffix(url, pathDiscovery); ok && s.issuers[base] != nil {
		i := s.issuers[base]
		return json.Marshal(map[string]any{
			"issuer":                                i.url,
			"jwks_uri":                              address(i.url) + pathKeys,
			"response_types_supported":              []string{"id_token"},
			"subject_types_supported":               []string{"public"},
			"id_token_signing_alg_values_supported": []jose.SignatureAlgorithm{jose.RS256, jose.ES256},
			"claims_supported":                      []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"},
		})
	}
	if base, ok := strings.CutSuffix(url, pathKeys); ok && s.issuers[base] != nil {
		keys := append([]jose.JSONWebKey{}, s.issuers[base].published...) // an empty list, never null
		return json.Marshal(jose.JSONWebKeySet{Keys: keys})
	}
	return nil, nil
}
