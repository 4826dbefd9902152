// Package cognito implements the sandbox's identity pools of Amazon Cognito: GetId,
// GetOpenIdToken and GetCredentialsForIdentity, in the unsigned JSON 1.1 protocol that
// the SDKs use. It gets credentials from STS, by AssumeRoleWithWebIdentity with the
// identity's token (the enhanced flow).
//
// Logins are tokens of OpenID Connect issuers, including Cognito user pools. The package
// does not model linked logins, developer identities, or roles chosen by rules or by the
// client, and rejects requests with them.
//
// Source: Amazon Cognito Federated Identities API Reference; Amazon Cognito Developer
// Guide, "Using identity pools" and "IAM roles".
package cognito

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/uuid"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/loopback"
	"iam-secured-api/internal/sandbox/oidc"
)

const (
	// Issuer is the issuer of the tokens of all identities.
	Issuer = "https://" + access.IdentityPoolPrincipal

	tokensLast    = 10 * time.Minute
	maxBody       = 64 << 10
	maxIdentities = 10_000
	sessionName   = "CognitoIdentityCredentials"

	// guestPolicy is the part of Cognito's session policy for guests that concerns
	// services of the sandbox.
	guestPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*",` +
		`"Action":["execute-api:*","dynamodb:*","logs:*","lambda:*"]}]}`
)

// Pool is an identity pool.
type Pool struct {
	ID string // REGION:UUID
	// The ARNs of roles. Unauthenticated is empty if the pool accepts no guests.
	Authenticated, Unauthenticated string
	// Logins maps issuers, without https://, to the accepted audiences of their tokens.
	Logins map[string][]string
}

// Pools is the [http.Handler] of the identity pools of a region.
type Pools struct {
	region   string
	issuers  *oidc.Issuers
	verifier *oidc.Verifier
	sts      *sts.Client
	now      func() time.Time

	mu         sync.Mutex
	pools      map[string]Pool
	identities map[string]identity
}

// identity is an issuer's user in a pool. A guest has no issuer and no subject.
type identity struct{ pool, issuer, subject string }

// New returns the service of a region, without pools. It signs tokens as [Issuer],
// verifies logins, and gets credentials from the STS endpoint. Now returns the time; nil
// means time.Now.
func New(region, endpoint string, issuers *oidc.Issuers, verifier *oidc.Verifier, now func() time.Time) *Pools {
	if now == nil {
		now = time.Now
	}
	return &Pools{
		region: region, issuers: issuers, verifier: verifier, now: now,
		sts:   sts.New(sts.Options{Region: region, BaseEndpoint: &endpoint, Credentials: aws.AnonymousCredentials{}}),
		pools: map[string]Pool{}, identities: map[string]identity{},
	}
}

// Put adds a pool, or replaces the one with its id.
func (p *Pools) Put(pool Pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pools[pool.ID] = pool
}

// input has the parameters of all actions.
type input struct {
	IdentityPoolID string `json:"IdentityPoolId"`
	IdentityID     string `json:"IdentityId"`
	Logins         map[string]string
}

type credentials struct {
	AccessKeyID  string `json:"AccessKeyId"`
	SecretKey    string
	SessionToken string
	Expiration   int64
}

type output struct {
	IdentityID  string       `json:"IdentityId"`
	Token       string       `json:",omitempty"`
	Credentials *credentials `json:",omitempty"`
}

var actions = map[string]func(*Pools, context.Context, input) (output, error){
	"AWSCognitoIdentityService.GetId":                     (*Pools).getID,
	"AWSCognitoIdentityService.GetOpenIdToken":            (*Pools).getOpenIDToken,
	"AWSCognitoIdentityService.GetCredentialsForIdentity": (*Pools).getCredentials,
}

func refuse(code, format string, args ...any) error {
	return &cloud.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// ServeHTTP implements [http.Handler].
func (p *Pools) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var reply any
	reply, err := p.serve(w, r)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		refused := &cloud.Error{Code: "InternalErrorException", Message: "the sandbox cannot serve this request"}
		errors.As(err, &refused)
		w.WriteHeader(http.StatusBadRequest)
		reply = map[string]string{"__type": refused.Code, "message": refused.Message}
	}
	_ = json.NewEncoder(w).Encode(reply) // a write error means that the client is gone
}

func (p *Pools) serve(w http.ResponseWriter, r *http.Request) (output, error) {
	act := actions[r.Header.Get("X-Amz-Target")]
	switch {
	case !loopback.IsOwn(r.Host):
		return output{}, refuse("MisdirectedRequest", "the Host must be 127.0.0.1, localhost or [::1]")
	case r.Method != http.MethodPost || act == nil:
		return output{}, refuse("UnknownOperationException",
			"must be a POST of GetId, GetOpenIdToken or GetCredentialsForIdentity; the sandbox does not model others")
	}
	var in input
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return output{}, refuse("InvalidParameterException",
			"the body must have at most %d bytes of JSON, with no other parameters than IdentityPoolId, IdentityId and Logins", maxBody)
	}
	return act(p, r.Context(), in)
}

// login returns the identity of a request's login, or a guest for a request without one.
func (p *Pools) login(ctx context.Context, pool Pool, logins map[string]string) (identity, error) {
	if len(logins) > 1 {
		return identity{}, refuse("InvalidParameterException", "the sandbox does not model several Logins of an identity")
	}
	for issuer, token := range logins {
		audiences, known := pool.Logins[issuer]
		if !known {
			return identity{}, refuse("NotAuthorizedException", "Token is not from a supported provider of this identity pool.")
		}
		claims, err := p.verifier.Verify(ctx, "https://"+issuer, token)
		if err != nil {
			return identity{}, refuse("NotAuthorizedException", "Invalid login token. %s", err)
		}
		audience, _ := claims["aud"].(string)
		subject, _ := claims["sub"].(string)
		if subject == "" || !slices.Contains(audiences, audience) {
			return identity{}, refuse("NotAuthorizedException", "Invalid login token. Its audience is not accepted, or it has no subject.")
		}
		return identity{pool.ID, issuer, subject}, nil
	}
	if pool.Unauthenticated == "" {
		return identity{}, refuse("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.")
	}
	return identity{pool: pool.ID}, nil
}

// getID returns the id of a login's identity, or of a new guest.
func (p *Pools) getID(ctx context.Context, in input) (output, error) {
	p.mu.Lock()
	pool, exists := p.pools[in.IdentityPoolID]
	p.mu.Unlock()
	if !exists {
		return output{}, refuse("ResourceNotFoundException", "IdentityPool '%.100s' not found.", in.IdentityPoolID)
	}
	who, err := p.login(ctx, pool, in.Logins)
	if err != nil {
		return output{}, err
	}
	id := uuid.New()
	if who.issuer != "" {
		id = uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.Join([]string{who.pool, who.issuer, who.subject}, " ")))
	}
	out := output{IdentityID: p.region + ":" + id.String()}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.identities[out.IdentityID]; !known && len(p.identities) >= maxIdentities {
		return output{}, refuse("LimitExceededException", "the sandbox has %d identities", maxIdentities)
	}
	p.identities[out.IdentityID] = who
	return out, nil
}

// token returns an identity's token. The request must have the identity's login.
func (p *Pools) token(ctx context.Context, in input) (token string, who identity, err error) {
	p.mu.Lock()
	known, exists := p.identities[in.IdentityID]
	pool := p.pools[known.pool]
	p.mu.Unlock()
	if !exists {
		return "", who, refuse("ResourceNotFoundException", "Identity '%.100s' not found.", in.IdentityID)
	}
	if who, err = p.login(ctx, pool, in.Logins); err != nil {
		return "", who, err
	}
	if who != known {
		return "", who, refuse("NotAuthorizedException",
			"Logins don't match. Please include at least one valid login for this identity or identity pool.")
	}
	amr := []string{"unauthenticated"}
	if who.issuer != "" {
		amr = []string{"authenticated", who.issuer}
	}
	token, err = p.issuers.Token(Issuer, map[string]any{
		"aud": who.pool, "sub": in.IdentityID, "amr": amr, "exp": p.now().Add(tokensLast).Unix(),
	})
	return token, who, err
}

func (p *Pools) getOpenIDToken(ctx context.Context, in input) (output, error) {
	token, _, err := p.token(ctx, in)
	return output{IdentityID: in.IdentityID, Token: token}, err
}

func (p *Pools) getCredentials(ctx context.Context, in input) (output, error) {
	token, who, err := p.token(ctx, in)
	if err != nil {
		return output{}, err
	}
	p.mu.Lock()
	pool := p.pools[who.pool]
	p.mu.Unlock()
	request := &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: &pool.Authenticated, RoleSessionName: aws.String(sessionName), WebIdentityToken: &token,
	}
	if who.issuer == "" {
		request.RoleArn, request.Policy = &pool.Unauthenticated, aws.String(guestPolicy)
	}
	got, err := p.sts.AssumeRoleWithWebIdentity(ctx, request)
	if err != nil {
		return output{}, refuse("InvalidIdentityPoolConfigurationException",
			"Invalid identity pool configuration. Check assigned IAM roles for this pool.")
	}
	c := got.Credentials
	return output{IdentityID: in.IdentityID, Credentials: &credentials{
		*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken, c.Expiration.Unix(),
	}}, nil
}
