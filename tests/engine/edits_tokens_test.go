package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	customers    = "apigatewayv2/authorizer:Authorizer api-authorizer-customers"
	partners     = "apigatewayv2/authorizer:Authorizer api-authorizer-partners"
	clients      = "apigatewayv2/authorizer:Authorizer api-authorizer-clients"
	catalogRoute = "apigatewayv2/route:Route api-GET /catalog"
)

// tokensConfig returns the configuration of a stack with two authorizers, without users,
// groups and roles.
func tokensConfig(t testing.TB) map[string]any {
	return harness.Merge(t, harness.Config(t), `
policies: null
groups: null
users: null
roles: null
authorizers:
  customers: {issuer: "https://issuer.example.com", audiences: [shop]}
  partners: {issuer: "https://partners.example.com/tokens", audiences: [shop]}
routes:
  GET /products: {authorization: partners}
  GET /catalog: {authorization: customers, scopes: [read]}
`)
}

// TestEachAuthorizationToEachOther changes the authorization and the scopes of one route.
// The route is updated, never replaced.
func TestEachAuthorizationToEachOther(t *testing.T) {
	t.Parallel()
	authorizations := []string{
		`{authorization: iam}`,
		`{authorization: none}`,
		`{authorization: customers}`,
		`{authorization: customers, scopes: [read, write]}`,
		`{authorization: partners, scopes: [write]}`,
	}
	empty := harness.New(t, tokensConfig(t))
	var configs []map[string]any
	var fresh []string
	for _, authorization := range authorizations {
		config := harness.Merge(t, tokensConfig(t), `{routes: {GET /catalog: null}}`)
		config = harness.Merge(t, config, `{routes: {GET /catalog: `+authorization+`}}`)
		configs, fresh = append(configs, config), append(fresh, describeFresh(t, empty, config))
	}
	run := empty.Branch()
	run.Configure(t, configs[0])
	run.Up(t)
	walk := eachToEachOther(len(authorizations))
	for i, to := range walk[1:] {
		what := fmt.Sprintf("from %s to %s", authorizations[walk[i]], authorizations[to])
		run.Configure(t, configs[to])
		stop := serves(t, run.Cloud, configs[to])
		require.Equal(t, update(catalogRoute), run.Up(t), what)
		stop()
		require.Equal(t, fresh[to], run.Cloud.Describe(), what)
		if slices.Index(walk[1:], to) == i { // the next update would show what is left of other resources
			require.Empty(t, run.Preview(t), what)
		}
	}
}

// tokenEdits edit the stack with two authorizers. The API does not delete an authorizer
// that a route uses, so an update changes the routes first.
var tokenEdits = []edit{
	{name: "change an authorizer's audiences and issuer", previews: true, steps: []step{
		{`{authorizers: {customers: {audiences: [shop, app]}}}`, update(customers)},
		{`{authorizers: {customers: {audiences: [app, shop]}}}`, harness.Changes{}},
		{`{authorizers: {customers: {issuer: "https://login.example.com/"}}}`, update(customers)},
		{"", update(customers)},
	}},
	{name: "rename an authorizer", previews: true, steps: []step{
		{`
authorizers: {customers: null, clients: {issuer: "https://issuer.example.com", audiences: [shop]}}
routes: {GET /catalog: {authorization: clients}}`, harness.Join(create(clients), update(catalogRoute), remove(customers))},
		{"", harness.Join(create(customers), update(catalogRoute), remove(clients))},
	}},
	{name: "remove an authorizer with its routes", steps: []step{
		{`{authorizers: {customers: null}, routes: {GET /catalog: null}}`, remove(customers, catalogRoute)},
		{"", create(customers, catalogRoute)},
	}},
	{name: "remove an authorizer and move its routes to IAM, and back", previews: true, steps: []step{
		{`{authorizers: {customers: null}, routes: {GET /catalog: {authorization: iam, scopes: null}}}`,
			harness.Join(update(catalogRoute), remove(customers))},
		{"", harness.Join(update(catalogRoute), create(customers))},
	}},
	{name: "remove all authorizers, and open a route", steps: []step{
		{`
authorizers: null
routes: {GET /catalog: {authorization: none, scopes: null}, GET /products: {authorization: iam}}`,
			harness.Join(update(catalogRoute, getRoute, theStage), remove(customers, partners))}, // no claims in the stage's log
		{"", harness.Join(update(catalogRoute, getRoute, theStage), create(customers, partners))},
	}},
}

// TestEditsOfTokens is like TestEdits, with a stack that has authorizers.
func TestEditsOfTokens(t *testing.T) {
	runEdits(t, tokensConfig(t), tokenEdits)
}

// TestAuthorizersAtTheQuota deploys as many authorizers as an API may have. They can be
// changed. Renaming one takes two updates, see docs/configuration.md.
func TestAuthorizersAtTheQuota(t *testing.T) {
	t.Parallel()
	config := tokensConfig(t)
	for i := range 8 {
		config = harness.Merge(t, config, fmt.Sprintf(
			`{authorizers: {a%[1]d: {issuer: "https://issuer.example.com", audiences: [a%[1]d]}}}`, i))
	}
	run := harness.New(t, config)
	run.Up(t)
	config = harness.Merge(t, config, `{authorizers: {customers: {audiences: [app]}}}`)
	run.Configure(t, config)
	assert.Equal(t, update(customers), run.Up(t))

	without := harness.Merge(t, config, `
authorizers: {customers: null}
routes: {GET /catalog: {authorization: iam, scopes: null}}`)
	renamed := harness.Merge(t, without, `
authorizers: {clients: {issuer: "https://issuer.example.com", audiences: [app]}}
routes: {GET /catalog: {authorization: clients, scopes: [read]}}`)
	run.Configure(t, renamed)
	before := run.Cloud.Describe()
	_, err := run.TryUp()
	require.ErrorContains(t, err, "TooManyRequestsException")
	require.Equal(t, before, run.Cloud.Describe())
	run.Configure(t, without)
	assert.Equal(t, harness.Join(update(catalogRoute), remove(customers)), run.Up(t))
	run.Configure(t, renamed)
	assert.Equal(t, harness.Join(update(catalogRoute), create(clients)), run.Up(t))
	assert.Empty(t, run.Preview(t))
}

// TestAuthorizerOfAnotherRoute adds a route by hand that uses an authorizer. The
// authorizer cannot be deleted until that route is.
func TestAuthorizerOfAnotherRoute(t *testing.T) {
	t.Parallel()
	run := harness.New(t, tokensConfig(t))
	run.Up(t)
	h := handOn(t, run.Cloud)
	settings := h.route("GET /catalog").RouteSettings
	settings.RouteKey = "GET /mine"
	mine := sandboxtest.Must(h.region.CreateRoute(h.apiID(), settings))
	run.Configure(t, harness.Merge(t, tokensConfig(t), `{authorizers: {customers: null}, routes: {GET /catalog: null}}`))
	_, err := run.TryUp()
	require.ErrorContains(t, err, "ConflictException: Cannot delete authorizer 'customers'")
	h.do(h.region.DeleteRoute(h.apiID(), mine.RouteID))
	assert.Equal(t, remove(customers), run.Up(t))
	assert.Empty(t, run.Preview(t))
}
