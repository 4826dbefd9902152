package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"golang.org/x/time/rate"
)

const (
	keysLast     = 2 * time.Hour
	fetchTimeout = 2 * time.Second
	maxDocument  = 256 << 10 // 100 RSA keys and 100 of elliptic curves fit
	minRSABits   = 2048

	// An unknown key id causes a new fetch of the issuer's keys, but only a few in a row
	// and then rarely. Otherwise, tokens with invented key ids could flood the issuer
	// with requests.
	fetchesInARow = 5
	fetchAgain    = 10 * time.Second
)

// keySet holds an issuer's keys as of the last fetch.
type keySet struct {
	fetching sync.Mutex // held during a fetch; tokens with known keys do not wait for it
	fetches  *rate.Limiter

	mu      sync.Mutex
	keys    map[string]jose.JSONWebKey // by key id
	fetched time.Time
}

// get returns the key with an id. It also reports whether the keys are recent enough to
// conclude that an unknown key does not exist.
func (s *keySet) get(id string, now time.Time) (key jose.JSONWebKey, known, recent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil || now.Sub(s.fetched) >= keysLast {
		return jose.JSONWebKey{}, false, false
	}
	key, known = s.keys[id]
	return key, known, true
}

func (s *keySet) put(keys map[string]jose.JSONWebKey, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.fetched = keys, now
}

func (v *Verifier) keySet(issuer string) *keySet {
	v.mu.Lock()
	defer v.mu.Unlock()
	set := v.sets[issuer]
	if set == nil {
		set = &keySet{fetches: rate.NewLimiter(rate.Every(fetchAgain), fetchesInARow)}
		v.sets[issuer] = set
	}
	return set
}

// key returns an issuer's key by its id.
func (v *Verifier) key(ctx context.Context, issuer, id string) (jose.JSONWebKey, error) {
	set, now := v.keySet(issuer), v.options.Now()
	if key, known, _ := set.get(id, now); known {
		return key, nil
	}
	set.fetching.Lock()
	defer set.fetching.Unlock()
	key, known, recent := set.get(id, now) // another request may have fetched it
	switch {
	case known:
		return key, nil
	case set.fetches.AllowN(now, 1):
		// Other requests wait for the fetch, too, so it continues if this request is
		// canceled.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		keys, err := v.fetch(ctx, issuer)
		if err != nil {
			return key, unreachable(issuer, err)
		}
		set.put(keys, now)
		key, known = keys[id]
	case !recent:
		return key, unreachable(issuer, errors.New("too many failed fetches"))
	}
	if !known {
		return key, invalid("its kid is unknown to the issuer")
	}
	return key, nil
}

// fetch returns the keys of an issuer that can verify signatures.
func (v *Verifier) fetch(ctx context.Context, issuer string) (map[string]jose.JSONWebKey, error) {
	if !reIssuer.MatchString(issuer) {
		return nil, errors.New("must be https://HOST or https://HOST/PATH, without query")
	}
	var discovery struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := v.get(ctx, address(issuer)+pathDiscovery, &discovery); err != nil {
		return nil, err
	}
	if discovery.Issuer != issuer {
		return nil, fmt.Errorf("its discovery document is of the issuer %.100q", discovery.Issuer)
	}
	var published jose.JSONWebKeySet
	if err := v.get(ctx, discovery.JWKSURI, &published); err != nil {
		return nil, err
	}
	keys := map[string]jose.JSONWebKey{}
	for _, key := range published.Keys {
		if _, twice := keys[key.KeyID]; twice {
			return nil, errors.New("two of its keys have the same kid")
		}
		keys[key.KeyID] = key
	}
	for id, key := range keys {
		if !canVerify(key) {
			delete(keys, id)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("it publishes no key for signatures by RSA of 2048 bits or more, or by an elliptic curve")
	}
	return keys, nil
}

func canVerify(key jose.JSONWebKey) bool {
	if key.Use != "" && key.Use != "sig" {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey:
		return true
	}
	return false
}

var client = http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
	return errors.New("redirects are not followed")
}}

// get decodes the JSON document at a URL, which it fetches from loopback.
func (v *Verifier) get(ctx context.Context, url string, into any) error {
	rest, secure := strings.CutPrefix(url, "https://")
	if !secure {
		return fmt.Errorf("%.100q: must be an https URL", url)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+"/"+rest, nil)
	if err != nil {
		return fmt.Errorf("%.100q: not a URL", url)
	}
	response, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("%.100q: %w", url, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%.100q: status %d", url, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	switch {
	case err != nil:
		return fmt.Errorf("%.100q: %w", url, err)
	case len(body) > maxDocument:
		return fmt.Errorf("%.100q: more than %d bytes", url, maxDocument)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%.100q: not the expected JSON document", url)
	}
	return nil
}

func unreachable(issuer string, err error) error {
	return fmt.Errorf("%w: %q: %w", ErrUnreachable, issuer, err)
}
