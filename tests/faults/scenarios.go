package faults

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/harness"
)

// Scenario is an operation whose points of failure can be tried.
type Scenario struct {
	Name    string
	Command Command
	// Start is the run before the operation, deployed and configured for the
	// operation.
	Start  *harness.Run
	Config map[string]any
	// Want is the description of the Cloud after the operation.
	Want string
}

// Small returns scenarios of a small stack: the first up, an up that creates,
// updates, replaces and deletes, and a destroy.
func Small(t testing.TB) []Scenario {
	config := harness.Merge(t, Alone(t), URL)
	config = harness.Merge(t, config, `
routes: {POST /products: null}
policies: {readOnly: {allow: [GET /products]}}
groups: {Readers: {policies: [readOnly]}}
users: {john: {groups: [Readers], accessKey: true}}
`)
	return []Scenario{
		create(t, "small, first up", config),
		update(t, "small, update", config, harness.Merge(t, config, `
stageName: live
routes: {PUT /products: {}}
policies: {readOnly: {allow: [PUT /products]}}
groups: {Readers: null, Writers: {policies: [readOnly]}}
users: {john: {groups: [Writers], accessKey: false}}
tags: {team: shop}
`)),
		destroy(t, "small, destroy", config),
	}
}

// Large returns scenarios of the sandbox stack.
func Large(t testing.TB) []Scenario {
	config, service := harness.Config(t), Alone(t)
	edited := harness.Merge(t, config, beforeEdit)
	inPlace := harness.Merge(t, service, beforeInPlace)
	all := update(t, "update", edited, harness.Merge(t, edited, edit))
	fillVersions(t, all.Start.Cloud)
	return []Scenario{
		FirstUp(t),
		all,
		update(t, "update in place", inPlace, harness.Merge(t, inPlace, editInPlace)),
		update(t, "switch to the service", harness.Merge(t, service, URL), service),
		newCode(t),
		destroy(t, "destroy", edited),
	}
}

// EveryKind returns scenarios of a stack with a role of each kind: the first up, an up
// that changes each kind to the next, and a destroy.
func EveryKind(t testing.TB) []Scenario {
	config := harness.Merge(t, harness.Merge(t, Alone(t), URL), harness.EveryKind)
	return []Scenario{
		create(t, "every kind, first up", config),
		update(t, "every kind, update", config, harness.Merge(t, config, nextKind)),
		destroy(t, "every kind, destroy", config),
	}
}

// Tokens returns scenarios of an API with authorizers: the first up, an up that changes
// one, replaces the other and moves each route to another authorization, and a destroy.
func Tokens(t testing.TB) []Scenario {
	config := harness.Merge(t, harness.Merge(t, Alone(t), URL), `
authorizers:
  customers: {issuer: "https://issuer.example.com", audiences: [shop]}
  partners: {issuer: "https://partners.example.com", audiences: [shop]}
routes:
  GET /products: {authorization: customers, scopes: [read]}
  GET /catalog: {authorization: partners}
  GET /health: {authorization: none}
`)
	return []Scenario{
		create(t, "tokens, first up", config),
		update(t, "tokens, update", config, harness.Merge(t, config, `
authorizers:
  customers: {audiences: [shop, app]}
  partners: null
  staff: {issuer: "https://staff.example.com", audiences: [shop]}
routes:
  GET /products: {authorization: iam, scopes: null}
  POST /products: {authorization: customers, scopes: [write]}
  GET /catalog: {authorization: staff}
  GET /health: {authorization: staff}
`)),
		destroy(t, "tokens, destroy", config),
	}
}

// Backends returns scenarios of an API with a domain, and with routes that have limits and
// backends of their own: the first up, an up that gives each route another backend or other
// limits and the API another domain, and a destroy.
func Backends(t testing.TB) []Scenario {
	config := harness.Merge(t, harness.Merge(t, Alone(t), URL), harness.Domain)
	config = harness.Merge(t, config, "backend: {headers: {x-origin-verify: a-secret}}"+harness.Backends(t))
	return []Scenario{
		create(t, "backends, first up", config),
		update(t, "backends, update", config, harness.Merge(t, config, nextBackends)),
		destroy(t, "backends, destroy", config),
	}
}

// Samples returns the scenarios of which `go test` tries only some points. The sweep
// tries all points.
func Samples(t testing.TB) []Scenario {
	return slices.Concat(Large(t), EveryKind(t), Tokens(t), Backends(t))
}

// nextBackends changes harness.Backends and harness.Domain.
const nextBackends = `
backend: {headers: {x-origin-verify: another-secret}}
routes:
  GET /products: {throttle: {rateLimit: 1, burstLimit: 2}}
  POST /products: {throttle: null}
  GET /orders: {backend: {url: null, functionArn: "arn:aws:lambda:us-east-1:111122223333:function:billing"}}
  GET /bills: {backend: {functionArn: "arn:aws:lambda:us-east-1:111122223333:function:billing:test"}}
  GET /stock: {throttle: {rateLimit: 5, burstLimit: 10}, backend: {archive: null, url: https://orders.example.com}}
domain:
  name: shop.example.com
  certificateArn: arn:aws:acm:us-east-1:111122223333:certificate/ffffffff-0000-4000-8000-0a1b2c3d4e5f
  mutualTls: null
  keepEndpoint: true
`

// nextKind changes harness.EveryKind: each kind of trust becomes the next, and the
// settings for things made elsewhere change.
const nextKind = `
policies:
  readOnly: {allow: [GET *, POST *]}
  staff: {name: Team, documents: 3}
roles:
  products-reader: {trust: {service: ecs-tasks}, managedPolicies: [arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy]}
  checkout: {trust: {service: null, account: "444455556666", principals: [user/my-user]}}
  partner:
    trust: {account: null, principals: null, externalId: null, sessionTags: null, sourceIdentity: null, organization: o-a1b2c3d4e5}
  sisters:
    trust: {organization: null, oidc: {issuer: "https://gitlab.com", audiences: [shop], claims: {sub: "project_path:acme/shop:*"}}}
  ci: {trust: {oidc: null, podIdentity: {cluster: main, namespace: shop, serviceAccount: ci}}}
  catalog:
    trust: {podIdentity: null, identityPool: {id: "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", authenticated: true}}
  shoppers: {trust: {identityPool: null, service: ec2}}
cors: {allowOrigins: ["*"], maxAgeSeconds: 5}
existingRoles:
  arn:aws:iam::111122223333:role/task: {policies: [admin, staff]}
  other: {policies: [readOnly]}
oidcProviders:
  https://token.actions.githubusercontent.com: {audiences: [other]}
  https://gitlab.com: {audiences: [shop]}
alarms: {topicArn: arn:aws:sns:us-east-1:111122223333:others, thresholds: {refused: 1}}
accessAnalyzer: false
apiName: Shop
`

// FirstUp is the first up of the sandbox stack.
func FirstUp(t testing.TB) Scenario { return create(t, "first up", harness.Config(t)) }

// newCode is the up of a stack whose product service has a new program.
func newCode(t testing.TB) Scenario {
	config := Alone(t)
	return update(t, "new code", config, harness.Merge(t, config, "backend: {archive: "+archive.Make(t, "2")+"}"))
}

func create(t testing.TB, name string, config map[string]any) Scenario {
	start := harness.New(t, config).Logged()
	faultless := start.Branch()
	faultless.Up(t)
	return Scenario{Name: name, Command: Up, Start: start, Config: config, Want: faultless.Cloud.Describe()}
}

func destroy(t testing.TB, name string, config map[string]any) Scenario {
	start := harness.New(t, config).Logged()
	empty := start.Cloud.Describe()
	start.Up(t)
	return Scenario{Name: name, Command: Destroy, Start: start, Config: config, Want: empty}
}

// update leads to the same result as a fresh deployment of the changed
// configuration.
func update(t testing.TB, name string, config, changed map[string]any) Scenario {
	start, fresh := harness.New(t, config).Logged(), harness.New(t, changed)
	start.Prepare(t, changed)
	fresh.Prepare(t, config)
	start.Up(t)
	start.Configure(t, changed)
	fresh.Up(t)
	return Scenario{Name: name, Command: Up, Start: start, Config: changed, Want: fresh.Cloud.Describe()}
}

// URL configures a backend URL in place of the product service.
const URL = "backend: {archive: null, url: https://shop.example.com}"

// Alone is the configuration of the sandbox stack with only the API and its
// backend.
func Alone(t testing.TB) map[string]any {
	return harness.Merge(t, harness.Config(t), `
policies: null
groups: null
users: null
roles: null
`)
}

// beforeEdit adds to the sandbox stack what an edit can remove.
const beforeEdit = `
tags: {team: shop, phase: trial}
users:
  sam-support: {groups: [ReadOnly-Group]}
`

// edit creates, updates, replaces and deletes as much as possible at once.
const edit = `
apiName: ShopAPI
stageName: live
routes:
  GET /products: {authorization: none}
  POST /products: null
  PUT /products: {}
  GET /orders: {}
backend: {archive: null, url: https://shop.example.com}
policies:
  readOnly: {allow: [GET /orders]}
  admin: null
  writer: {allow: [PUT /products]}
groups:
  ReadOnly-Group: {policies: [readOnly, writer]}
  Admin-Group: null
  Writers-Group: {policies: [writer]}
users:
  john-readonly: {groups: [ReadOnly-Group], accessKey: false}
  jane-admin: null
  sam-support: {groups: [Writers-Group], accessKey: true}
  max-orders: {groups: [ReadOnly-Group], accessKey: true}
roles:
  products-reader: {policies: [readOnly, writer]}
  orders-reader: {trust: {service: ec2}, policies: [readOnly]}
  api-gateway-executor-role:
    trust: {principals: ["*"], externalId: shop-42}
    policies: [writer]
    maxSessionSeconds: 7200
accessLog: {retentionDays: 30}
permissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess
tags: {team: store, phase: null, owner: sales}
`

const beforeInPlace = `
cors: {allowOrigins: [https://app.example.com]}
users: {john: {}}
roles: {executor: {trust: {account: "444455556666", principals: [user/my-user]}}}
permissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess
tags: {team: shop, phase: trial}
`

// editInPlace updates in place what edit replaces, adds, keeps or deletes.
const editInPlace = `
apiName: Orders
cors: null
roles: {executor: {trust: {account: "111122223333", principals: ["*"]}}}
backend: {deletionProtection: true}
accessLog: {retentionDays: 30}
permissionsBoundary: null
tags: {team: store, phase: null}
throttle: {rateLimit: 5, burstLimit: 10}
`

// fillVersions adds versions to a policy up to AWS's limit, so that the next
// update must delete one.
func fillVersions(t testing.TB, c *cloud.Cloud) {
	account := c.Account(cloud.APIAccount)
	policies, err := account.ListPolicies()
	require.NoError(t, err)
	i := slices.IndexFunc(policies, func(p cloud.Policy) bool { return strings.HasPrefix(p.PolicyName, "readOnly-") })
	require.GreaterOrEqual(t, i, 0)
	first, err := account.GetPolicyVersion(policies[i].ARN, "v1")
	require.NoError(t, err)
	for range 4 {
		_, err := account.CreatePolicyVersion(policies[i].ARN, first.Document, false)
		require.NoError(t, err)
	}
}
