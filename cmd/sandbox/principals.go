package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/sandbox/cloud"
)

// principal is somebody who calls the API.
type principal struct {
	// name is how the principal is shown.
	name string
	// row is the matrix's row that says what the principal may. The other account's
	// user, caller/NAME, is as anyone: whatever that account allows, its own calls are
	// denied.
	row string
	// user is the user's name, empty for others.
	user string
	// credentials are nil for calls without a signature.
	credentials aws.CredentialsProvider
	// session is set for another principal's session, which `serve` does not list.
	session bool
	// shown is what `serve` tells of the principal.
	shown shownPrincipal
}

// shownPrincipal is what one needs to call as a principal.
type shownPrincipal struct {
	AccessKeyID      string    `json:"accessKeyId,omitempty"`
	SecretAccessKey  string    `json:"secretAccessKey,omitempty"`
	RoleARN          string    `json:"roleArn,omitempty"`
	ExternalID       string    `json:"externalId,omitempty"`
	MetadataEndpoint string    `json:"metadataEndpoint,omitempty"` // of an instance with the role
	MFA              *mfaShown `json:"mfa,omitempty"`              // asked for when the role is assumed, or by a policy of the user
}

type mfaShown struct {
	SerialNumber string `json:"serialNumber"`
	Seed         string `json:"seed"` // of the device's codes, in base 32
}

const callerName = "caller/" + cloud.CallerUser

// assembly makes the principals of a deployed stack.
type assembly struct {
	*deployment
	borrowed *borrowed
	client   *http.Client
	made     map[string]principal // by name
	helper   *principal
	factors  factors
	sessions map[string]*factor // of users whose policies ask for one, by name
}

// assemble makes the principals, sorted by name, [access.Anyone] first. What they
// need beside what the stacks give them, such as access keys of users without
// one, they borrow.
func (d *deployment) assemble(b *borrowed, client *http.Client) ([]principal, error) {
	a := &assembly{deployment: d, borrowed: b, client: client, made: map[string]principal{}, factors: factors{}, sessions: map[string]*factor{}}
	key, err := b.borrowKey(cloud.CallerAccount, cloud.CallerUser)
	if err != nil {
		return nil, err
	}
	a.made[callerName] = static(callerName, cloud.CallerUser, key.AccessKeyID, key.SecretAccessKey)
	for _, name := range sortedKeys(d.plan.Users) {
		if err := a.addUser(name); err != nil {
			return nil, err
		}
	}
	// The sessions of some roles assume others.
	var services, accounts []string
	for _, name := range sortedKeys(d.plan.Roles) {
		if _, is := d.plan.Roles[name].Trust.(access.AccountTrust); is {
			accounts = append(accounts, name)
		} else {
			services = append(services, name)
		}
	}
	for _, name := range slices.Concat(services, accounts) {
		if err := a.addRole(name); err != nil {
			return nil, fmt.Errorf("role %s: %w", name, err)
		}
	}
	all := []principal{{name: access.Anyone, row: access.Anyone}}
	for _, name := range sortedKeys(a.made) {
		p := a.made[name]
		if p.row = name; name == callerName {
			p.row = access.Anyone
		}
		all = append(all, p)
		if p.shown.MFA != nil && p.user != "" {
			all = append(all, a.withFactor(p))
		}
	}
	return all, nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// static is a principal with a long-lived key.
func static(name, user, keyID, secret string) principal {
	return principal{
		name: name, row: name, user: user, credentials: credentials.NewStaticCredentialsProvider(keyID, secret, ""),
		shown: shownPrincipal{AccessKeyID: keyID, SecretAccessKey: secret},
	}
}

func (a *assembly) addUser(name string) error {
	keyID, secret := a.outputs.Users[name].AccessKeyID, a.outputs.SecretAccessKeys[name]
	if secret == "" {
		key, err := a.borrowed.borrowKey(cloud.APIAccount, name)
		if err != nil {
			return err
		}
		keyID, secret = key.AccessKeyID, key.SecretAccessKey
	}
	made := static("user/"+name, name, keyID, secret)
	if a.asksForFactor(name) {
		factor, err := a.factors.next(a.borrowed, cloud.APIAccount, name, "user-"+name)
		if err != nil {
			return err
		}
		made.shown.MFA = &mfaShown{factor.device.SerialNumber, factor.device.Seed}
		a.sessions[made.name] = factor
	}
	a.made[made.name] = made
	return nil
}

// asksForFactor reports whether a policy of the user asks for a second factor.
func (d *deployment) asksForFactor(user string) bool {
	for _, group := range d.plan.Users[user].Groups {
		for _, policy := range d.plan.Groups[group].Policies {
			if d.plan.Policies[policy].Conditions.RequireMFA {
				return true
			}
		}
	}
	return false
}

// withFactor is a user in a session with a second factor.
func (a *assembly) withFactor(user principal) principal {
	client := sts.New(sts.Options{
		Region: a.region, BaseEndpoint: aws.String(a.endpoints.STS), HTTPClient: a.client, Credentials: user.credentials,
	})
	factor := a.sessions[user.name]
	get := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		code, err := factor.code()
		if err != nil {
			return aws.Credentials{}, err
		}
		out, err := client.GetSessionToken(ctx, &sts.GetSessionTokenInput{SerialNumber: &factor.device.SerialNumber, TokenCode: &code})
		if err != nil {
			return aws.Credentials{}, err
		}
		c := out.Credentials
		return aws.Credentials{
			AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken, CanExpire: true, Expires: *c.Expiration,
		}, nil
	})
	return principal{name: user.name + " with MFA", row: user.row, session: true, credentials: aws.NewCredentialsCache(factor.with(get))}
}

// addRole adds a session of a role, which is assumed as its trust says.
func (a *assembly) addRole(name string) error {
	output := a.outputs.Roles[name]
	made := principal{name: "role/" + name, shown: shownPrincipal{RoleARN: output.ARN, ExternalID: output.ExternalID}}
	var err error
	switch trust := a.plan.Roles[name].Trust.(type) {
	case access.ServiceTrust:
		if trust.Service == access.EC2 {
			made.shown.MetadataEndpoint = a.endpoints.Metadata[name]
			made.credentials = a.instanceCredentials(made.shown.MetadataEndpoint)
		} else {
			made.credentials = a.serviceCredentials(trust, name)
		}
	case access.AccountTrust:
		made.credentials, err = a.assumedCredentials(trust, name, &made.shown)
	default:
		err = fmt.Errorf("the sandbox cannot assume a role that trusts %s", trust)
	}
	if errors.Is(err, errNobody) { // the other principals can call all the same
		nobody := err
		made.credentials, err = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, nobody }), nil
	}
	a.made[made.name] = made
	return err
}

// instanceCredentials has an instance get its credentials from the metadata, as the
// SDKs do.
func (a *assembly) instanceCredentials(endpoint string) aws.CredentialsProvider {
	return aws.NewCredentialsCache(ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.New(imds.Options{
			Endpoint: endpoint, HTTPClient: a.client, EnableFallback: aws.FalseTernary,
			ClientEnableState: imds.ClientEnabled, // whatever the environment says of other metadata
		})
	}))
}

// serviceCredentials has a service assume a role, as it does before it runs what
// has the role.
func (a *assembly) serviceCredentials(trust access.ServiceTrust, role string) aws.CredentialsProvider {
	return aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		s, err := a.aws.Account(cloud.APIAccount).ServiceCredentials(trust.Principal(), role, "sandbox", access.MinSessionSeconds, time.Now())
		return aws.Credentials{
			AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken, CanExpire: true, Expires: s.Expiration,
		}, err
	}))
}

// assumedCredentials has a principal whom the role trusts assume it. It fails with
// errNobody if the sandbox has none.
func (a *assembly) assumedCredentials(trust access.AccountTrust, name string, shown *shownPrincipal) (aws.CredentialsProvider, error) {
	who, err := a.trusted(trust)
	if err != nil {
		return nil, err
	}
	client := sts.New(sts.Options{
		Region: a.region, BaseEndpoint: aws.String(a.endpoints.STS), HTTPClient: a.client, Credentials: who.credentials,
	})
	terms := func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "sandbox"
		if shown.ExternalID != "" {
			o.ExternalID = aws.String(shown.ExternalID)
		}
	}
	if !trust.RequireMFA {
		return aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(client, shown.RoleARN, terms)), nil
	}
	factor, err := a.factors.next(a.borrowed, trust.AccountID, who.user, name)
	if err != nil {
		return nil, err
	}
	shown.MFA = &mfaShown{factor.device.SerialNumber, factor.device.Seed}
	return aws.NewCredentialsCache(factor.with(stscreds.NewAssumeRoleProvider(client, shown.RoleARN, terms, func(o *stscreds.AssumeRoleOptions) {
		o.SerialNumber, o.TokenProvider = aws.String(factor.device.SerialNumber), factor.code
	}))), nil
}

// trusted finds a principal that the trust names, or makes one. Of a second factor,
// a role's session has none.
func (a *assembly) trusted(trust access.AccountTrust) (principal, error) {
	for _, named := range trust.Principals {
		who, whole := withoutPath(named), named == access.WholeAccount
		switch {
		case trust.AccountID == cloud.CallerAccount && (whole || who == "user/"+cloud.CallerUser):
			return a.made[callerName], nil
		case trust.AccountID == cloud.APIAccount && whole:
			return a.borrowHelper()
		case trust.AccountID == cloud.APIAccount && a.made[who].credentials != nil && (a.made[who].user != "" || !trust.RequireMFA):
			return a.made[who], nil
		}
	}
	return principal{}, fmt.Errorf("%w: %s of account %s", errNobody, strings.Join(trust.Principals, ", "), trust.AccountID)
}

// errNobody is for a role that trusts none of those that the sandbox has.
var errNobody = errors.New("the sandbox can call as nobody whom the role trusts")

// borrowHelper makes a user who assumes roles that trust all of the API's own
// account.
func (a *assembly) borrowHelper() (principal, error) {
	if a.helper == nil {
		name := "sandbox-" + rand.Text()[:8] // nobody of the stack's
		key, err := a.borrowed.borrowUser(cloud.APIAccount, name)
		if err != nil {
			return principal{}, err
		}
		made := static("user/"+name, name, key.AccessKeyID, key.SecretAccessKey)
		a.helper = &made
	}
	return *a.helper, nil
}

// withoutPath takes the IAM path out of user/PATH/NAME.
func withoutPath(principal string) string {
	kind, rest, _ := strings.Cut(principal, "/")
	return kind + "/" + rest[strings.LastIndexByte(rest, '/')+1:]
}

// retrieve gets a principal's credentials, which may take a call.
func (p principal) retrieve(ctx context.Context) (aws.Credentials, error) {
	if p.credentials == nil {
		return aws.Credentials{}, nil
	}
	c, err := p.credentials.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("%s gets no credentials: %w", p.name, err)
	}
	return c, nil
}
