package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/prepare"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/metadata"
)

const (
	ecsTasks = "ecs-tasks"
	// sandboxName names sessions, pods and users of the sandbox.
	sandboxName = "sandbox"
	// loginIssuer issues the tokens that users sign in to identity pools with.
	loginIssuer = "login.sandbox.example"
	// shownLast is how long the tokens and sessions that `serve` prints are valid.
	shownLast = 12 * time.Hour
)

// errNoPrincipal is the error for a role that trusts no principal of the sandbox.
var errNoPrincipal = errors.New("the sandbox has no principal that the role trusts")

// roleCredentials returns credentials of a role, from the endpoint where the principals
// that it trusts get them on AWS. It sets what `serve` prints.
func (a *assembly) roleCredentials(trust access.Trust, name string, shown *shownPrincipal) (aws.CredentialsProvider, error) {
	switch trust := trust.(type) {
	case access.ServiceTrust:
		switch trust.Service {
		case access.EC2:
			shown.MetadataEndpoint = a.endpoints.Metadata[name]
			return a.instanceCredentials(shown.MetadataEndpoint), nil
		case ecsTasks:
			shown.ContainerCredentials = a.endpoints.Containers + a.endpoints.Agents.Task(name)
			return a.containerCredentials(shown.ContainerCredentials, nil), nil
		}
		return a.serviceCredentials(cloud.APIAccount, trust, name, shown)
	case access.PodIdentityTrust:
		return a.podCredentials(trust, name, shown)
	case access.OidcTrust:
		return a.tokenCredentials(trust, shown)
	case access.IdentityPoolTrust:
		return a.poolCredentials(trust, shown)
	case access.AccountTrust:
		who, err := a.trusted(trust)
		if err != nil {
			return nil, err
		}
		return a.assumedCredentials(who, trust, name, shown)
	case access.OrganizationTrust:
		who, err := a.helperOf(prepare.MemberOf(prepare.Organizations(a.plan), trust.ID))
		if err != nil {
			return nil, err
		}
		return a.assumedCredentials(who, access.AccountTrust{}, name, shown)
	}
	return nil, fmt.Errorf("the sandbox cannot assume a role that trusts %s", trust)
}

// instanceCredentials reads the credentials of an instance from its metadata, as the
// SDKs do.
func (a *assembly) instanceCredentials(endpoint string) aws.CredentialsProvider {
	return ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.New(imds.Options{
			Endpoint: endpoint, HTTPClient: a.client, EnableFallback: aws.FalseTernary,
			ClientEnableState: imds.ClientEnabled, // even if the environment disables other metadata
		})
	})
}

// containerCredentials reads the credentials of a container, which may need a token.
func (a *assembly) containerCredentials(url string, token func() (string, error)) aws.CredentialsProvider {
	return endpointcreds.New(url, func(o *endpointcreds.Options) {
		o.HTTPClient = a.client
		if token != nil {
			o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(token)
		}
	})
}

// serviceCredentials assumes a role as a service does before it runs, for example, a
// function with the role. The function gets the credentials in its environment.
func (a *assembly) serviceCredentials(
	account string, trust access.ServiceTrust, role string, shown *shownPrincipal,
) (aws.CredentialsProvider, error) {
	s, err := a.aws.Account(account).ServiceCredentials(trust.Principal(), role, sandboxName, int(shownLast/time.Second), time.Now())
	shown.AccessKeyID, shown.SecretAccessKey, shown.SessionToken = s.AccessKeyID, s.SecretAccessKey, s.SessionToken
	return credentials.NewStaticCredentialsProvider(s.AccessKeyID, s.SecretAccessKey, s.SessionToken), err
}

// podCredentials reads the credentials of a pod with EKS Pod Identity. A service account
// has one role at a time: the first of the roles that trust it, except while the
// credentials of another one are read.
func (a *assembly) podCredentials(trust access.PodIdentityTrust, role string, shown *shownPrincipal) (aws.CredentialsProvider, error) {
	account := metadata.ServiceAccount{Cluster: trust.Cluster, Namespace: trust.Namespace, Name: trust.ServiceAccount}
	token := a.tokens(a.endpoints.Agents.Issuer(trust.Cluster), account.Claims(sandboxName))
	first, taken := a.pods[account]
	if !taken {
		first, a.pods[account] = role, role
	}
	path := a.endpoints.Agents.Associate(account, first)
	var err error
	if !taken {
		shown.ContainerCredentials = a.endpoints.Containers + path
		shown.AuthorizationToken, err = token(shownLast)
	}
	get := a.containerCredentials(a.endpoints.Containers+path, func() (string, error) { return token(time.Hour) })
	associate := func(role string) func() { return func() { a.endpoints.Agents.Associate(account, role) } }
	return a.inTurn(associate(role), get, associate(first)), err
}

// tokenCredentials assumes a role with a token that meets its trust.
func (a *assembly) tokenCredentials(trust access.OidcTrust, shown *shownPrincipal) (aws.CredentialsProvider, error) {
	claims := map[string]any{"aud": trust.Audiences[0], "sub": sandboxName}
	for claim, values := range trust.Claims {
		claims[claim] = strings.NewReplacer("*", "x", "?", "x").Replace(values[0])
	}
	token := a.tokens(trust.Issuer, claims)
	var err error
	shown.WebIdentityToken, err = token(shownLast)
	return stscreds.NewWebIdentityRoleProvider(a.sts(aws.AnonymousCredentials{}), shown.RoleARN, tokenFunc(token),
		func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = sandboxName }), err
}

// tokenFunc makes tokens for requests.
type tokenFunc func(lasting time.Duration) (string, error)

// GetIdentityToken implements [stscreds.IdentityTokenRetriever].
func (f tokenFunc) GetIdentityToken() ([]byte, error) {
	token, err := f(time.Hour)
	return []byte(token), err
}

// tokens returns a function that returns tokens of an issuer.
func (a *assembly) tokens(issuer string, claims map[string]any) tokenFunc {
	return func(lasting time.Duration) (string, error) {
		all := maps.Clone(claims)
		all["exp"] = time.Now().Add(lasting).Unix()
		return a.endpoints.Issuers.Token(issuer, all)
	}
}

// poolCredentials gets the credentials of an identity of an identity pool. A pool has one
// role at a time for each kind of identity: the first of the roles that trust it, except
// while the credentials of another one are read.
func (a *assembly) poolCredentials(trust access.IdentityPoolTrust, shown *shownPrincipal) (aws.CredentialsProvider, error) {
	pool := a.pools[trust.ID]
	pool.ID, pool.Logins = trust.ID, map[string][]string{loginIssuer: {sandboxName}}
	own := pool
	first, mine := &pool.Unauthenticated, &own.Unauthenticated
	logins := func(time.Duration) (map[string]string, error) { return nil, nil }
	if trust.Authenticated {
		first, mine = &pool.Authenticated, &own.Authenticated
		token := a.tokens("https://"+loginIssuer, map[string]any{"aud": sandboxName, "sub": sandboxName})
		logins = func(lasting time.Duration) (map[string]string, error) {
			text, err := token(lasting)
			return map[string]string{loginIssuer: text}, err
		}
	}
	*mine = shown.RoleARN
	var err error
	if *first == "" {
		*first = shown.RoleARN
		shown.IdentityPool = &identityPool{Endpoint: a.endpoints.Cognito, ID: trust.ID}
		shown.IdentityPool.Logins, err = logins(shownLast)
	}
	a.pools[trust.ID] = pool
	a.endpoints.Pools.Put(pool)
	client := cognitoidentity.New(cognitoidentity.Options{
		Region: a.region, BaseEndpoint: aws.String(a.endpoints.Cognito), HTTPClient: a.client,
	})
	get := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		in, err := logins(time.Hour)
		if err != nil {
			return aws.Credentials{}, err
		}
		identity, err := client.GetId(ctx, &cognitoidentity.GetIdInput{IdentityPoolId: &trust.ID, Logins: in})
		if err != nil {
			return aws.Credentials{}, err
		}
		out, err := client.GetCredentialsForIdentity(ctx,
			&cognitoidentity.GetCredentialsForIdentityInput{IdentityId: identity.IdentityId, Logins: in})
		if err != nil {
			return aws.Credentials{}, err
		}
		c := out.Credentials
		return aws.Credentials{
			AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretKey, SessionToken: *c.SessionToken, CanExpire: true, Expires: *c.Expiration,
		}, nil
	})
	return a.inTurn(func() { a.endpoints.Pools.Put(own) }, get, func() { a.endpoints.Pools.Put(a.pools[trust.ID]) }), err
}

// inTurn returns a provider that calls one function before it gets credentials and one
// after that. Only one of these providers runs at a time.
func (a *assembly) inTurn(before func(), get aws.CredentialsProvider, after func()) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		a.turn.Lock()
		defer a.turn.Unlock()
		before()
		defer after()
		return get.Retrieve(ctx)
	})
}

// assumedCredentials assumes a role as a principal that the role trusts.
func (a *assembly) assumedCredentials(who principal, trust access.AccountTrust, name string,
	shown *shownPrincipal) (aws.CredentialsProvider, error) {
	var device *mfaDevice
	if trust.RequireMFA {
		var err error
		if device, err = a.borrowed.device(trust.AccountID, who.user, name); err != nil {
			return nil, err
		}
		shown.MFA = device.shown()
	}
	shown.AssumedBy = who.name
	get := stscreds.NewAssumeRoleProvider(a.sts(who.credentials), shown.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sandboxName
		if shown.ExternalID != "" {
			o.ExternalID = aws.String(shown.ExternalID)
		}
		if device != nil {
			o.SerialNumber, o.TokenProvider = aws.String(device.SerialNumber), device.code
		}
		if trust.SessionTags {
			o.Tags = []types.Tag{{Key: aws.String("caller"), Value: aws.String(sandboxName)}}
		}
		// Principals of the stack have no policy that allows a source identity. A session
		// that has one cannot assume roles that do not allow it.
		if trust.SourceIdentity && trust.AccountID != cloud.APIAccount && !a.isTrusted("role/"+name) {
			o.SourceIdentity = aws.String(sandboxName)
		}
	})
	if device != nil {
		return device.inTurn(get), nil
	}
	return get, nil
}

// isTrusted reports whether a role of the stack names the principal in its trust.
func (a *assembly) isTrusted(principal string) bool {
	for _, role := range a.plan.Roles {
		trust, is := role.Trust.(access.AccountTrust)
		if is && trust.AccountID == cloud.APIAccount && slices.Contains(trust.Principals, principal) {
			return true
		}
	}
	return false
}

// trusted returns a principal that the trust names and that can meet it. The session of a
// role never has MFA. If the trust names only roles whose sessions cannot assume the role,
// trusted returns the last of them, whose request shows why.
func (a *assembly) trusted(trust access.AccountTrust) (principal, error) {
	own, unable := trust.AccountID == cloud.APIAccount, ""
	for _, named := range trust.Principals {
		kind, _, _ := strings.Cut(named, "/")
		name := path.Base(named)
		role, ours := a.plan.Roles[name]
		switch ours = ours && own && kind == "role"; {
		case named == access.WholeAccount:
			return a.helperOf(trust.AccountID)
		case kind == "role" && trust.RequireMFA:
		case ours && !canAssume(role.Trust, trust):
			unable = named
		case ours:
			err := a.addRole(name)
			return a.found[named], err
		case own && a.found[named].credentials != nil:
			return a.found[named], nil
		default:
			return a.borrow(trust.AccountID, kind, name)
		}
	}
	if unable != "" {
		err := a.addRole(path.Base(unable))
		return a.found[unable], err
	}
	return principal{}, fmt.Errorf("%w: %s of account %s", errNoPrincipal, strings.Join(trust.Principals, ", "), trust.AccountID)
}

// canAssume reports whether sessions of a role with one trust can assume a role with
// another. Sessions of pods have transitive tags, and those of unauthenticated identities
// have a session policy.
func canAssume(from access.Trust, to access.AccountTrust) bool {
	switch from := from.(type) {
	case access.PodIdentityTrust:
		return to.SessionTags
	case access.IdentityPoolTrust:
		return from.Authenticated
	}
	return true
}

// helperOf returns a user of an account who may assume every role that trusts the whole
// account. In the caller's account it is the existing user, elsewhere a new one.
func (a *assembly) helperOf(account string) (principal, error) {
	if account == cloud.CallerAccount {
		return a.found[callerName], nil
	}
	if _, has := a.helpers[account]; !has {
		name := sandboxName + "-" + rand.Text()[:8] // not a user of the stack
		key, err := a.borrowed.user(account, name)
		if err != nil {
			return principal{}, err
		}
		a.helpers[account] = static("user/"+name+" of account "+account, name, key.AccessKeyID, key.SecretAccessKey)
	}
	return a.helpers[account], nil
}

// borrow returns a user that was made elsewhere, or a session of such a role. In the API's
// account, the trust of the stack's role is enough to assume that role. In the caller's
// account, the caller's program allows it, and in other accounts a borrowed permission.
func (a *assembly) borrow(account, kind, name string) (principal, error) {
	if account == cloud.CallerAccount && kind == "user" && name == cloud.CallerUser {
		return a.found[callerName], nil
	}
	id := kind + "/" + name + " of account " + account
	if who, has := a.helpers[id]; has {
		return who, nil
	}
	home := a.aws.Account(account)
	who, policies := principal{name: id}, home.RolePolicies()
	var err error
	if kind == "role" {
		who.credentials, err = a.serviceCredentials(account, prepare.ExistingTrust, name, &who.shown)
	} else {
		var key cloud.AccessKey
		key, err = a.borrowed.key(account, name)
		who, policies = static(id, name, key.AccessKeyID, key.SecretAccessKey), home.UserPolicies()
	}
	if err == nil && account != cloud.APIAccount && account != cloud.CallerAccount {
		err = a.borrowed.permission(policies, name)
	}
	a.helpers[id] = who
	return who, err
}
