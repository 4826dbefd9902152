package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
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
	// mfa is the MFA device of a user whose policies require one.
	mfa *mfaDevice
	// session is set for another principal's session, which `serve` does not list.
	session bool
	// shown is what `serve` prints.
	shown shownPrincipal
}

// shownPrincipal is what one needs to send requests as a principal.
type shownPrincipal struct {
	AccessKeyID      string    `json:"accessKeyId,omitempty"`
	SecretAccessKey  string    `json:"secretAccessKey,omitempty"`
	RoleARN          string    `json:"roleArn,omitempty"`
	ExternalID       string    `json:"externalId,omitempty"`
	MetadataEndpoint string    `json:"metadataEndpoint,omitempty"` // of an instance with the role
	MFA              *mfaShown `json:"mfa,omitempty"`              // required by the role's trust, or by a policy of the user
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
	found    map[string]principal // by name
	helper   *principal
}

// assemble returns the principals, sorted by name, [access.Anyone] first. What the
// stacks do not create for them, such as access keys of users without one, they
// borrow.
func (d *deployment) assemble(b *borrowed, client *http.Client) ([]principal, error) {
	a := &assembly{deployment: d, borrowed: b, client: client, found: map[string]principal{}}
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
	// The sessions of roles that services assume may assume other roles.
	names := slices.Sorted(maps.Keys(d.plan.Roles))
	slices.SortStableFunc(names, func(x, y string) int { return cmp.Compare(d.order(x), d.order(y)) })
	for _, name := range names {
		if err := a.addRole(name); err != nil {
			return nil, fmt.Errorf("role %s: %w", name, err)
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
	return all, nil
}

// order sorts the roles that accounts assume after the roles that services assume.
func (d *deployment) order(role string) int {
	if _, is := d.plan.Roles[role].Trust.(access.AccountTrust); is {
		return 1
	}
	return 0
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

// addRole adds a session of a role, which is assumed as its trust says. If no
// principal here can assume it, the others can still send requests.
func (a *assembly) addRole(name string) error {
	output := a.outputs.Roles[name]
	p := principal{name: "role/" + name, row: "role/" + name,
		shown: shownPrincipal{RoleARN: output.ARN, ExternalID: output.ExternalID}}
	var get aws.CredentialsProvider
	var err error
	switch trust := a.plan.Roles[name].Trust.(type) {
	case access.ServiceTrust:
		if trust.Service == access.EC2 {
			p.shown.MetadataEndpoint = a.endpoints.Metadata[name]
			get = a.instanceCredentials(p.shown.MetadataEndpoint)
		} else {
			get = a.serviceCredentials(trust, name)
		}
	case access.AccountTrust:
		get, err = a.assumedCredentials(trust, name, &p.shown)
	default:
		err = fmt.Errorf("the sandbox cannot assume a role that trusts %s", trust)
	}
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

// serviceCredentials assumes a role as a service does before it runs what has the
// role.
func (a *assembly) serviceCredentials(trust access.ServiceTrust, role string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		s, err := a.aws.Account(cloud.APIAccount).ServiceCredentials(trust.Principal(), role, "sandbox",
			access.MinSessionSeconds, time.Now())
		return aws.Credentials{
			AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken, CanExpire: true, Expires: s.Expiration,
		}, err
	})
}

// assumedCredentials assumes a role as a principal that the role trusts. The error
// is errNoPrincipal if the sandbox has none.
func (a *assembly) assumedCredentials(trust access.AccountTrust, name string,
	shown *shownPrincipal) (aws.CredentialsProvider, error) {
	who, err := a.trusted(trust)
	if err != nil {
		return nil, err
	}
	var device *mfaDevice
	if trust.RequireMFA {
		if device, err = a.borrowed.device(trust.AccountID, who.user, name); err != nil {
			return nil, err
		}
		shown.MFA = device.shown()
	}
	get := stscreds.NewAssumeRoleProvider(a.sts(who.credentials), shown.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "sandbox"
		if shown.ExternalID != "" {
			o.ExternalID = aws.String(shown.ExternalID)
		}
		if device != nil {
			o.SerialNumber, o.TokenProvider = aws.String(device.SerialNumber), device.code
		}
	})
	if device != nil {
		return device.inTurn(get), nil
	}
	return get, nil
}

// errNoPrincipal is for a role that trusts no principal of the sandbox.
var errNoPrincipal = errors.New("the sandbox has no principal that the role trusts")

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
		name := "sandbox-" + rand.Text()[:8] // not a user of the stack
		key, err := a.borrowed.user(cloud.APIAccount, name)
		if err != nil {
			return principal{}, err
		}
		helper := static("user/"+name, name, key.AccessKeyID, key.SecretAccessKey)
		a.helper = &helper
	}
	return *a.helper, nil
}
