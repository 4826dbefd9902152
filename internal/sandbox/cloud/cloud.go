package cloud

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/cache"
)

const (
	// APIAccount owns the API.
	APIAccount = "111122223333"
	// CallerAccount is the other account, whose user [CallerUser] calls the API
	// through a role.
	CallerAccount = "444455556666"
	// CallerUser exists in [CallerAccount] from the start, with one access key.
	CallerUser = "my-user"

	// APIOperatorKey is the access key id for deployments to [APIAccount]. It
	// has the form of AWS's key ids and exists in the sandbox only.
	APIOperatorKey = "AKIASANDBOXOPERATORA"
	// CallerOperatorKey is the same for [CallerAccount].
	CallerOperatorKey = "AKIASANDBOXOPERATORB"
)

// Cloud is a set of AWS accounts in one partition (aws). The zero value is not
// usable. Use [New].
type Cloud struct {
	mu      sync.RWMutex
	state   state
	version atomic.Uint64 // another one after each change

	compiled cache.Cache[*iam.IdentityPolicy] // by document
	patterns cache.Cache[filterPattern]       // of metric filters, by text

	hookMu sync.Mutex
	hook   func(Mutation) Fault
	seq    int
}

// state is everything that a Cloud remembers. Its fields are exported so that
// it survives encoding/json, which is how it is copied.
type state struct {
	Accounts map[string]*account `state:"account"`
	// Organization is the id of the organization that accounts belong to by default.
	Organization string `state:"organization"`
	// Open is set by [Cloud.AcceptUnknown].
	Open bool `state:"-"`
	// ImageRelease counts the calls of [Cloud.PublishImage].
	ImageRelease int `state:"-"`
}

type account struct {
	ID               string                      `state:",title"`
	OperatorKey      string                      `state:"-"` // empty if there is none
	Organization     string                      `state:"organization,omitempty"`
	Users            map[string]*user            `state:"user"`
	Groups           map[string]*group           `state:"group"`
	Policies         map[string]*policy          `state:"policy"` // by ARN
	Roles            map[string]*role            `state:"role"`
	InstanceProfiles map[string]*instanceProfile `state:"instance profile"`
	OIDCProviders    map[string]*OIDCProvider    `state:"OIDC provider"` // by ARN
	HostedZones      map[string]*hostedZone      `state:"hosted zone"`   // by id
	Sessions         map[string]*session         `state:",secret"`       // by access key id
	Regions          map[string]*region          `state:"region,omitempty"`
}

// iamTagged are the kinds of things in an account that have tags, by their names
// in IAM's actions. Tags of things in a region are changed by their ARNs.
var iamTagged = map[string]tagged[*account]{
	"User": users, "Role": roles, "Policy": policies, "InstanceProfile": instanceProfiles,
	"OpenIDConnectProvider": oidcProviders,
}

type region struct {
	APIs      map[string]*api      `state:"api"`
	LogGroups map[string]*logGroup `state:"log group"`
	Functions map[string]*function `state:"function"`
	Tables    map[string]*table    `state:"table"`

	Alarms           map[string]*Alarm           `state:"alarm"`
	QueryDefinitions map[string]*QueryDefinition `state:"query definition"` // by id
	Analyzers        map[string]*Analyzer        `state:"analyzer"`
	Topics           map[string]*topic           `state:"topic"`
	Metrics          map[string]*metricData      `state:"-,omitempty"` // by [Metric.key]
	DomainNames      map[string]*domainName      `state:"domain name"`
	Certificates     map[string]*Certificate     `state:"certificate"` // by ARN
	Truststores      map[string]*truststore      `state:"truststore"`  // by their addresses in S3
	VPCs             map[string]*VPC             `state:"vpc"`
	Subnets          map[string]*Subnet          `state:"subnet"`
	InternetGateways map[string]*InternetGateway `state:"internet gateway"`
	RouteTables      map[string]*RouteTable      `state:"route table"`
	SecurityGroups   map[string]*SecurityGroup   `state:"security group"`
	Instances        map[string]*Instance        `state:"instance"`
	Buckets          map[string]*bucket          `state:"bucket"`
}

// New returns the accounts [APIAccount], which is empty, and [CallerAccount],
// which holds [CallerUser] with one active access key. Both belong to the
// organization [Organization].
func New() *Cloud {
	u := newUser(CallerAccount, CreateUserInput{UserName: CallerUser, Path: "/"})
	u.Keys = append(u.Keys, newAccessKey(CallerUser))
	return &Cloud{state: state{Organization: Organization, Accounts: map[string]*account{
		APIAccount:    {ID: APIAccount, OperatorKey: APIOperatorKey},
		CallerAccount: {ID: CallerAccount, OperatorKey: CallerOperatorKey, Users: map[string]*user{CallerUser: u}},
	}}}
}

// Identity is what GetCallerIdentity returns.
type Identity struct{ Account, ARN, UserID string }

// Identity returns the principal that an access key belongs to. For an operator's key, it
// is the account's root user. The error is InvalidClientTokenId for keys that are
// unknown, deleted or inactive, and for keys of sessions.
func (c *Cloud) Identity(accessKeyID string) (Identity, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, a := range c.state.Accounts {
		if a.OperatorKey == accessKeyID && accessKeyID != "" {
			return Identity{a.ID, rootARN(a.ID), a.ID}, nil
		}
		for _, u := range a.Users {
			if k := u.key(accessKeyID); k != nil && k.Status == KeyActive {
				return Identity{a.ID, u.ARN, u.UserID}, nil
			}
		}
	}
	return Identity{}, invalidKey()
}

// Account is the handle of one account. IAM's actions are its methods.
type Account struct {
	cloud *Cloud
	id    string
	ctx   context.Context
}

// Account returns the handle of the account with the 12-digit id. If the
// account does not exist, all methods of the handle fail with
// InvalidClientTokenId.
func (c *Cloud) Account(id string) *Account { return &Account{cloud: c, id: id} }

// WithContext returns a handle whose mutations fail once ctx is done, like
// requests of a process that was killed.
func (a *Account) WithContext(ctx context.Context) *Account {
	return &Account{cloud: a.cloud, id: a.id, ctx: ctx}
}

// Region returns the handle of a region of the account. The actions of API
// Gateway, CloudWatch Logs, Lambda and DynamoDB are its methods.
func (a *Account) Region(name string) *Region { return &Region{account: a, name: name} }

// Region is the handle of one region of one account.
type Region struct {
	account *Account
	name    string
}

// Name returns the region's name.
func (r *Region) Name() string { return r.name }

func (a *Account) unknown() error {
	return errorf(CodeInvalidClientTokenID, "the security token included in the request is invalid: no account %s", a.id)
}

// view runs an action that only reads.
func (a *Account) view(f func(*account) error) error {
	a.cloud.mu.RLock()
	defer a.cloud.mu.RUnlock()
	st := a.cloud.state.Accounts[a.id]
	if st == nil {
		return a.unknown()
	}
	return f(st)
}

func (r *Region) view(f func(*region) error) error {
	return r.account.view(func(a *account) error {
		if st := a.Regions[r.name]; st != nil {
			return f(st)
		}
		return f(&region{})
	})
}

func (a *Account) world() *state { return &a.cloud.state }

func (r *Region) mutate(action, target string, f func(*region) error) error {
	return r.account.mutate(action, target, func(a *account) error {
		st := a.Regions[r.name]
		if st == nil {
			st = &region{}
			if a.Regions == nil {
				a.Regions = map[string]*region{}
			}
			a.Regions[r.name] = st
		}
		return f(st)
	})
}

func (r *Region) world() *state { return r.account.world() }

// now returns the time of a creation, with AWS's precision.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }
