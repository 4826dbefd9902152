package oidc

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// Kinds of errors. Their messages have one line and contain no part of the token.
var (
	// ErrExpired is the error for a token whose exp has passed.
	ErrExpired = errors.New("expired token")
	// ErrInvalid is the error for a token that is invalid for another reason.
	ErrInvalid = errors.New("invalid token")
	// ErrUnreachable is the error if the issuer's keys cannot be fetched.
	ErrUnreachable = errors.New("no keys of the issuer")
)

const (
	// STSTolerance is the difference of clocks that STS tolerates.
	STSTolerance = 5 * time.Minute

	maxToken = 20_000 // characters
)

// RSA lists the algorithms that API Gateway accepts.
var RSA = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512}

// allAlgorithms lists the algorithms that STS accepts.
var allAlgorithms = append([]jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.ES512}, RSA...)

// The parts are base64 without padding and without line ends.
var reCompact = regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+$`)

// Options are the differences between services that verify tokens.
type Options struct {
	// Algorithms are the accepted algorithms; nil means those of STS.
	Algorithms []jose.SignatureAlgorithm
	// Tolerance is the accepted difference from the issuer's clock.
	Tolerance time.Duration
	// Now returns the time; nil means time.Now.
	Now func() time.Time
}

// Verifier verifies tokens with the keys of their issuers.
type Verifier struct {
	options Options
	base    string

	mu   sync.Mutex
	sets map[string]*keySet // by issuer
}

// NewVerifier returns a verifier. Base is the URL of [Issuers].
func NewVerifier(base string, options Options) *Verifier {
	if options.Algorithms == nil {
		options.Algorithms = allAlgorithms
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Verifier{options: options, base: base, sets: map[string]*keySet{}}
}

// Verify returns the claims of a token that the issuer signed and that is valid now. It
// does not check the audience, the subject and other claims. Numbers are float64.
func (v *Verifier) Verify(ctx context.Context, issuer, token string) (map[string]any, error) {
	signed, err := parse(token, v.options.Algorithms)
	if err != nil {
		return nil, err
	}
	header := signed.Signatures[0].Protected
	if header.KeyID == "" {
		return nil, invalid("the header has no kid")
	}
	key, err := v.key(ctx, issuer, header.KeyID)
	if err != nil {
		return nil, err
	}
	if key.Algorithm != "" && key.Algorithm != header.Algorithm {
		return nil, invalid("the key is for %s", key.Algorithm)
	}
	payload, err := signed.Verify(key.Key)
	if err != nil {
		return nil, invalid("the signature is not by the issuer's key")
	}
	claims, err := claimsOf(payload)
	if err != nil {
		return nil, err
	}
	if claims["iss"] != issuer {
		return nil, invalid("iss must be %q", issuer)
	}
	if err := v.checkTimes(claims); err != nil {
		return nil, err
	}
	return claims, nil
}

// Issuer returns the iss claim of a token without verifying the token. Use it only to
// choose the issuer for Verify.
func Issuer(token string) (string, error) {
	signed, err := parse(token, allAlgorithms)
	if err != nil {
		return "", err
	}
	claims, err := claimsOf(signed.UnsafePayloadWithoutVerification())
	if err != nil {
		return "", err
	}
	issuer, _ := claims["iss"].(string)
	if issuer == "" {
		return "", invalid("it has no iss")
	}
	return issuer, nil
}

// parse reads a token in compact serialization. The library ignores line ends and the
// unused bits of a part's last character, and so would accept a changed token.
func parse(token string, algorithms []jose.SignatureAlgorithm) (*jose.JSONWebSignature, error) {
	if len(token) > maxToken {
		return nil, invalid("it has %d characters, must have at most %d", len(token), maxToken)
	}
	notCompact := invalid("it must be a JWS in compact serialization")
	if !reCompact.MatchString(token) {
		return nil, notCompact
	}
	for part := range strings.SplitSeq(token, ".") {
		if _, err := base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return nil, notCompact
		}
	}
	signed, err := jose.ParseSignedCompact(token, algorithms)
	if unexpected := (*jose.ErrUnexpectedSignatureAlgorithm)(nil); errors.As(err, &unexpected) {
		return nil, invalid("its algorithm must be one of %s", algorithms)
	}
	if err != nil {
		return nil, notCompact
	}
	return signed, nil
}

// claimsOf decodes claims. The library's decoder rejects duplicate names.
func claimsOf(payload []byte) (map[string]any, error) {
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil || claims == nil {
		return nil, invalid("its claims must be a JSON object whose names are unique")
	}
	return claims, nil
}

func (v *Verifier) checkTimes(claims map[string]any) error {
	now, tolerance := v.options.Now(), v.options.Tolerance
	expires, err := timeOf(claims, "exp")
	if err != nil {
		return err
	}
	if !now.Before(expires.Add(tolerance)) {
		return fmt.Errorf("%w: its exp is %s", ErrExpired, expires.Format(time.RFC3339))
	}
	for _, name := range []string{"iat", "nbf"} {
		if name == "nbf" && claims[name] == nil {
			continue
		}
		begins, err := timeOf(claims, name)
		if err != nil {
			return err
		}
		if now.Add(tolerance).Before(begins) {
			return invalid("its %s is %s, in the future", name, begins.Format(time.RFC3339))
		}
	}
	return nil
}

// timeOf reads a time, which must be whole seconds.
func timeOf(claims map[string]any, name string) (time.Time, error) {
	const year9999 = 253402300799
	seconds, ok := claims[name].(float64)
	if !ok || seconds != math.Trunc(seconds) || seconds < 0 || seconds > year9999 {
		return time.Time{}, invalid("its %s must be a whole number of seconds since 1970", name)
	}
	return time.Unix(int64(seconds), 0).UTC(), nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}
