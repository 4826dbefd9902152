package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/go-jose/go-jose/v4"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/prepare"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/cognito"
	"iam-secured-api/internal/sandbox/metadata"
)

// principal sends requests to the API.
type principal struct {
	name string
	// row is the row of the matrix that says what the principal may do. The other
	// account's user has the row of anyone: policies of that account do not allow
	// requests to the API.
	row string
	// user is the user's name, empty for others.
	user string
	// credentials are nil for requests without a signature.
	credentials aws.CredentialsProvider
	// scope is the scope of a bearer's token, empty for a token without a scope.
	scope string
	// mfa is the MFA device of a user whose policies require one.
	mfa *mfaDevice
	// session is set for another principal's session, which `serve` does not list.
	session bool
	// helper is set for a principal that only assumes roles of the stack and sends
	// nothing to the API.
	helper bool
	// shown is what `serve` prints.
	shown shownPrincipal
}

// shownPrincipal is what one needs to send requests as a principal.
type shownPrincipal struct {
	AccessKeyID      string    `json:"accessKeyId,omitempty"`
	SecretAccessKey  string    `json:"secretAccessKey,omitempty"`
	SessionToken     string    `json:"sessionToken,omitempty"` // of a service that has the role
	RoleARN          string    `json:"roleArn,omitempty"`
	ExternalID       string    `json:"externalId,omitempty"`
	AssumedBy        string    `json:"assumedBy,omitempty"`        // a principal that may assume the role
	MetadataEndpoint string    `json:"metadataEndpoint,omitempty"` // of an instance with the role
	MFA              *mfaShown `json:"mfa,omitempty"`              // required by the role's trust, or by a policy of the user

	ContainerCredentials string        `json:"containerCredentials,omitempty"` // URL of an ECS task's, or of a pod's
	AuthorizationToken   string        `json:"authorizationToken,omitempty"`   // of the pod
	WebIdentityToken     string        `json:"webIdentityToken,omitempty"`
	BearerToken          string        `json:"bearerToken,omitempty"` // for routes of an authorizer
	IdentityPool         *identityPool `json:"identityPool,omitempty"`
}

type identityPool struct {
	Endpoint string            `json:"endpoint"` // of Cognito
	ID       string            `json:"identityPoolId"`
	Logins   map[string]string `json:"logins,omitempty"` // of an identity that signed in
}

type mfaShown struct {
	SerialNumber string `json:"serialNumber"`
	Seed         string `json:"seed"` // of the device's codes, in base 32
}

const callerName = "caller/" + cloud.CallerUser

// retrieve returns a principal's credentials, which may take a request. They are
// empty for requests without a signature.
func (p principal) retrieve(ctx context.Context) (aws.Credentials, error) {
	if p.credentials == nil {
		return aws.Credentials{}, nil
	}
	c, err := p.credentials.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("no credentials for %s: %w", p.name, err)
	}
	return c, nil
}

// static returns a principal with a long-lived key.
func static(name, user, keyID, secret string) principal {
	return principal{
		name: name, row: name, user: user, credentials: credentials.NewStaticCredentialsProvider(keyID, secret, ""),
		shown: shownPrincipal{AccessKeyID: keyID, SecretAccessKey: secret},
	}
}

// assembly collects the principals of a deployed stack.
type assembly struct {
	*deployment
	borrowed *borrowed
	client   *http.Client
	found    map[string]principal               // by name
	helpers  map[string]principal               // that are not of the stack, by account or by name
	pools    map[string]cognito.Pool            // by id
	pods     map[metadata.ServiceAccount]string // role of each
	turn     sync.Mutex
}

// assemble returns the principals, sorted by name, [access.Anyone] first, helpers last. What the
// stacks do not create for them, such as access keys of users without one, they
// borrow.
func (d *deployment) assemble(b *borrowed, client *http.Client) ([]principal, error) {
	a := &assembly{
		deployment: d, borrowed: b, client: client, found: map[string]principal{}, helpers: map[string]principal{},
		pools: map[string]cognito.Pool{}, pods: map[metadata.ServiceAccount]string{},
	}
	key, err := b.key(cloud.CallerAccount, cloud.CallerUser)
	if err != nil {
		return nil, err
	}
	caller := static(callerName, cloud.CallerUser, key.AccessKeyID, key.SecretAccessKey)
	caller.row = access.Anyone
	a.found[callerName] = caller
	for _, name := range slices.Sorted(maps.Keys(d.plan.Users)) {
		if err := a.addUser(name); err != nil {
			return nil, err
		}
	}
	names := slices.Sorted(maps.Keys(d.plan.Roles))
	for _, name := range slices.AppendSeq(names, maps.Keys(d.plan.ExistingRoles)) {
		if err := a.addRole(name); err != nil {
			return nil, fmt.Errorf("role %s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.plan.Authorizers)) {
		if err := a.addBearers(name); err != nil {
			return nil, fmt.Errorf("authorizer %s: %w", name, err)
		}
	}
	all := []principal{{name: access.Anyone, row: access.Anyone}}
	for _, name := range slices.Sorted(maps.Keys(a.found)) {
		p := a.found[name]
		all = append(all, p)
		if p.mfa != nil {
			all = append(all, a.withMFA(p))
		}
	}
	for _, p := range a.helpers {
		p.helper = true
		all = append(all, p)
	}
	return all, nil
}

func (a *assembly) addUser(name string) error {
	keyID, secret := a.outputs.Users[name].AccessKeyID, a.outputs.SecretAccessKeys[name]
	if secret == "" {
		key, err := a.borrowed.key(cloud.APIAccount, name)
		if err != nil {
			return err
		}
		keyID, secret = key.AccessKeyID, key.SecretAccessKey
	}
	p := static("user/"+name, name, keyID, secret)
	if a.requiresMFA(name) {
		var err error
		if p.mfa, err = a.borrowed.device(cloud.APIAccount, name, "user-"+name); err != nil {
			return err
		}
		p.shown.MFA = p.mfa.shown()
	}
	a.found[p.name] = p
	return nil
}

// requiresMFA reports whether a policy of the user requires MFA.
func (d *deployment) requiresMFA(user string) bool {
	for _, group := range d.plan.Users[user].Groups {
		for _, policy := range d.plan.Groups[group].Policies {
			if d.plan.Policies[policy].Conditions.RequireMFA {
				return true
			}
		}
	}
	return false
}

// sts returns a client of STS that signs with these credentials.
func (a *assembly) sts(credentials aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{
		Region: a.region, BaseEndpoint: aws.String(a.endpoints.STS), HTTPClient: a.client, Credentials: credentials,
	})
}

// withMFA returns a user in a session with MFA.
func (a *assembly) withMFA(user principal) principal {
	client := a.sts(user.credentials)
	get := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		code, err := user.mfa.code()
		if err != nil {
			return aws.Credentials{}, err
		}
		out, err := client.GetSessionToken(ctx, &sts.GetSessionTokenInput{SerialNumber: &user.mfa.SerialNumber, TokenCode: &code})
		if err != nil {
			return aws.Credentials{}, err
		}
		c := out.Credentials
		return aws.Credentials{
			AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken, CanExpire: true, Expires: *c.Expiration,
		}, nil
	})
	return principal{name: user.name + " with MFA", row: user.row, session: true,
		credentials: aws.NewCredentialsCache(user.mfa.inTurn(get))}
}

// addRole adds a session of a role, unless it was added for a role that trusts it. If no
// principal here can assume it, the others can still send requests.
func (a *assembly) addRole(name string) error {
	if _, added := a.found["role/"+name]; added {
		return nil
	}
	output, trust := a.outputs.Roles[name], access.Trust(prepare.ExistingTrust)
	if role, ours := a.plan.Roles[name]; ours {
		trust = role.Trust
	} else {
		output.ARN = a.outputs.ExistingRoles[name].ARN
	}
	p := principal{name: "role/" + name, row: "role/" + name,
		shown: shownPrincipal{RoleARN: output.ARN, ExternalID: output.ExternalID}}
	get, err := a.roleCredentials(trust, name, &p.shown)
	if errors.Is(err, errNoPrincipal) {
		noPrincipal := err
		get, err = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, noPrincipal
		}), nil
	}
	p.credentials = aws.NewCredentialsCache(get)
	a.found[p.name] = p
	return err
}

// addBearers adds bearers of an authorizer's tokens: one without a scope, and one with the
// first scope of each route that requires one.
func (a *assembly) addBearers(authorizer string) error {
	scopes := []string{""}
	for _, route := range a.plan.Routes {
		if route.Authorizer == authorizer && len(route.Scopes) > 0 {
			scopes = append(scopes, slices.Min(route.Scopes))
		}
	}
	for _, scope := range slices.Compact(slices.Sorted(slices.Values(scopes))) {
		p := principal{name: access.Bearer(authorizer).Name, row: access.Bearer(authorizer).Name, scope: scope}
		claims := map[string]any{
			"aud": a.plan.Authorizers[authorizer].Audiences[0], "sub": sandboxName, "exp": time.Now().Add(shownLast).Unix(),
		}
		if scope != "" {
			p.name += " with " + scope
			claims["scope"] = scope
		}
		var err error
		p.shown.BearerToken, err = a.endpoints.Issuers.Sign(a.plan.Authorizers[authorizer].Issuer, jose.RS256, claims)
		if err != nil {
			return err
		}
		a.found[p.name] = p
	}
	return nil
}
