package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
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
	// shownTokensLast is how long the tokens that `serve` prints are valid.
	shownTokensLast = 12 * time.Hour
)

// errNoPrincipal is for a role that trusts no principal of the sandbox.
var errNoPrincipal = errors.New("the sandbox has no principal that the role trusts")

// roleCredentials returns credentials of a role, from the endpoint where those who
// are trusted get them on AWS. It sets what `serve` prints.
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
		return a.serviceCredentials(trust, name), nil
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
		if trust.ID != prepare.Organization(a.plan) {
			return nil, fmt.Errorf("%w: %s", errNoPrincipal, trust)
		}
		return a.assumedCredentials(a.found[callerName], access.AccountTrust{}, name, shown)
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

// serviceCredentials assumes a role as a service does before it runs what has the
// role.
func (a *assembly) serviceCredentials(trust access.ServiceTrust, role string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		s, err := a.aws.Account(cloud.APIAccount).ServiceCredentials(trust.Principal(), role, sandboxName,
			access.MinSessionSeconds, time.Now())
		return aws.Credentials{
			AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken, CanExpire: true, Expires: s.Expiration,
		}, err
	})
}

// podCredentials reads the credentials of a pod with EKS Pod Identity. A service
// account has one role at a time, so it is associated with this one meanwhile.
func (a *assembly) podCredentials(trust access.PodIdentityTrust, role string, shown *shownPrincipal) (aws.CredentialsProvider, error) {
	account := metadata.ServiceAccount{Cluster: trust.Cluster, Namespace: trust.Namespace, Name: trust.ServiceAccount}
	token := a.tokens(a.endpoints.Agents.Issuer(trust.Cluster), account.Claims(sandboxName))
	shown.ContainerCredentials = a.endpoints.Containers + a.endpoints.Agents.Associate(account, role)
	var err error
	shown.AuthorizationToken, err = token(shownTokensLast)
	get := a.containerCredentials(shown.ContainerCredentials, func() (string, error) { return token(time.Hour) })
	return a.inTurn(func() { a.endpoints.Agents.Associate(account, role) }, get), err
}

// tokenCredentials assumes a role with a token that meets its trust.
func (a *assembly) tokenCredentials(trust access.OidcTrust, shown *shownPrincipal) (aws.CredentialsProvider, error) {
	claims := map[string]any{"aud": trust.Audiences[0], "sub": sandboxName}
	for claim, values := range trust.Claims {
		claims[claim] = strings.NewReplacer("*", sandboxName, "?", "x").Replace(values[0])
	}
	token := a.tokens(trust.Issuer, claims)
	var err error
	shown.WebIdentityToken, err = token(shownTokensLast)
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

// poolCredentials gets the credentials of an identity of an identity pool. A pool has
// one role for each kind of identity at a time, so it has this one meanwhile.
func (a *assembly) poolCredentials(trust access.IdentityPoolTrust, shown *shownPrincipal) (aws.CredentialsProvider, error) {
	pool := a.pools[trust.ID]
	pool.ID, pool.Logins = trust.ID, map[string][]string{loginIssuer: {sandboxName}}
	token := a.tokens("https://"+loginIssuer, map[string]any{"aud": sandboxName, "sub": sandboxName})
	shown.IdentityPool = &identityPool{Endpoint: a.endpoints.Cognito, ID: trust.ID}
	logins := func(time.Duration) (map[string]string, error) { return nil, nil }
	if trust.Authenticated {
		pool.Authenticated = shown.RoleARN
		logins = func(lasting time.Duration) (map[string]string, error) {
			text, err := token(lasting)
			return map[string]string{loginIssuer: text}, err
		}
	} else {
		pool.Unauthenticated = shown.RoleARN
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
	var err error
	shown.IdentityPool.Logins, err = logins(shownTokensLast)
	return a.inTurn(func() { a.endpoints.Pools.Put(pool) }, get), err
}

// inTurn returns a provider that calls a function first. Nothing else is called in
// turn meanwhile.
func (a *assembly) inTurn(before func(), get aws.CredentialsProvider) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		a.turn.Lock()
		defer a.turn.Unlock()
		before()
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
		if trust.SourceIdentity {
			o.SourceIdentity = aws.String(sandboxName)
		}
	})
	if device != nil {
		return device.inTurn(get), nil
	}
	return get, nil
}

// trusted returns a principal that the trust names. The session of a role never has
// MFA.
func (a *assembly) trusted(trust access.AccountTrust) (principal, error) {
	for _, named := range trust.Principals {
		kind, _, _ := strings.Cut(named, "/")
		who, whole := kind+"/"+path.Base(named), named == access.WholeAccount
		switch {
		case trust.AccountID == cloud.CallerAccount && (whole || who == "user/"+cloud.CallerUser):
			return a.found[callerName], nil
		case trust.AccountID == cloud.APIAccount && whole:
			return a.borrowHelper()
		case trust.AccountID == cloud.APIAccount && a.found[who].credentials != nil &&
			(a.found[who].user != "" || !trust.RequireMFA):
			return a.found[who], nil
		}
	}
	return principal{}, fmt.Errorf("%w: %s of account %s", errNoPrincipal, strings.Join(trust.Principals, ", "), trust.AccountID)
}

// borrowHelper returns a user who assumes roles that trust all of the API's own
// account.
func (a *assembly) borrowHelper() (principal, error) {
	if a.helper == nil {
		name := sandboxName + "-" + rand.Text()[:8] // not a user of the stack
		key, err := a.borrowed.user(cloud.APIAccount, name)
		if err != nil {
			return principal{}, err
		}
		helper := static("user/"+name, name, key.AccessKeyID, key.SecretAccessKey)
		a.helper = &helper
	}
	return *a.helper, nil
}
