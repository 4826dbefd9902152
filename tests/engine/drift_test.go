package engine_test

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// drift is a change by hand.
type drift struct {
	name   string
	before func(hand) // prepares what stays
	by     func(hand)
	// found are the changes that a refresh reports: "update" for resources that
	// differ, "delete" for those that do not exist.
	found harness.Changes
	// repair are the changes of the next up, nil if they equal found.
	repair harness.Changes
}

// baseConfig sets the options that add to resources, and adds a token route.
const baseConfig = `
tags: {team: shop}
permissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess
authorizers: {customers: {issuer: "https://issuer.example.com", audiences: [shop]}}
routes: {GET /catalog: {authorization: customers, scopes: [read]}}
cors: {allowOrigins: [https://app.example.com], exposeHeaders: [etag]}
`

// TestDrift shows that a refresh reports what was changed by hand, and that the
// next up repairs it.
func TestDrift(t *testing.T) {
	base := harness.New(t, harness.Merge(t, harness.Config(t), baseConfig))
	base.Up(t)
	for _, d := range slices.Concat(principalDrifts, apiDrifts, serviceDrifts) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.run(t, base.Branch())
		})
	}
	for name, test := range map[string]func(*testing.T, *harness.Run){
		"not seen without a refresh":          testUnseen,
		"not seen at all":                     testNeverSeen,
		"tags are changed, added and removed": testTags,
		"the table's protection is disabled":  testProtection,
		"destroyed all the same":              testDestroy,
		"destroyed after a repair":            testDestroyRefused,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, base.Branch())
		})
	}
}

func (d drift) run(t *testing.T, run *harness.Run) {
	h := handOn(t, run.Cloud)
	if d.before != nil {
		d.before(h)
	}
	want := run.Cloud.Describe()
	d.by(h)
	require.NotEqual(t, want, run.Cloud.Describe(), "nothing was done")
	assert.Equal(t, d.found, run.Refresh(t))
	repair := d.repair
	if repair == nil {
		repair = d.found
	}
	assert.Equal(t, repair, run.Up(t))
	require.Equal(t, want, run.Cloud.Describe())
	require.Empty(t, run.Preview(t))
}

// testUnseen shows that an update without a refresh trusts the state.
func testUnseen(t *testing.T, run *harness.Run) {
	want := run.Cloud.Describe()
	openRoute(handOn(t, run.Cloud))
	drifted := run.Cloud.Describe()
	assert.Empty(t, run.Preview(t))
	assert.Empty(t, run.Up(t))
	assert.Equal(t, drifted, run.Cloud.Describe())
	run.Up(t, engine.Options{Refresh: true})
	assert.Equal(t, want, run.Cloud.Describe())
}

// testNeverSeen shows what no refresh finds: changed code, because AWS returns only its
// hash, and permissions of the function that are not in the stack.
func testNeverSeen(t *testing.T, run *harness.Run) {
	h := handOn(t, run.Cloud)
	function := h.function()
	h.do(h.region.AddPermission(function.FunctionName, permission("mallory", "")))
	h.do(h.region.UpdateFunctionCode(function.FunctionName, program(t), nil))
	assert.NotEqual(t, function.CodeSha256, h.function().CodeSha256)
	drifted := run.Cloud.Describe()
	assert.Empty(t, run.Refresh(t))
	assert.Empty(t, run.Preview(t))
	assert.Empty(t, run.Up(t, engine.Options{Refresh: true}))
	assert.Equal(t, drifted, run.Cloud.Describe())
}

// testProtection disables the table's protection, which the stack enables.
func testProtection(t *testing.T, run *harness.Run) {
	config := harness.Merge(t, harness.Config(t), baseConfig)
	run.Configure(t, harness.Merge(t, config, `{backend: {deletionProtection: true}}`))
	assert.Equal(t, update(theTable), run.Up(t))
	drift{
		by:    func(h hand) { h.do(h.region.UpdateTable(h.table(), cloud.BillingPerRequest, false)) },
		found: update(theTable),
	}.run(t, run)
}

// testDestroy makes additions by hand that do not prevent a destroy.
func testDestroy(t *testing.T, run *harness.Run) {
	h := handOn(t, run.Cloud)
	Must(h.api.CreateAccessKey("john-readonly"))
	h.do(h.api.RolePolicies().Attach("products-reader", administrator))
	h.do(h.api.RolePolicies().Put("products-reader", backDoor))
	Must(h.api.CreatePolicyVersion(h.policyOf("Admin-Group"), backDoor.PolicyDocument, false))
	run.Destroy(t)
	assert.Equal(t, cloud.New().Describe(), run.Cloud.Describe())
}

// testDestroyRefused makes additions that do: policies of users and groups, and members
// of groups. AWS does not delete users and groups that have any, and the provider
// removes only those in the state.
func testDestroyRefused(t *testing.T, run *harness.Run) {
	h := handOn(t, run.Cloud)
	createMallory(h)
	before := run.Cloud.Clone()
	h.do(h.api.AddUserToGroup("Admin-Group", mallory))
	h.do(h.api.UserPolicies().Attach("john-readonly", administrator))
	h.do(h.api.GroupPolicies().Put("ReadOnly-Group", backDoor))
	// One step at a time: Pulumi has a data race when several steps fail at
	// once.
	_, err := run.TryDestroy(engine.Options{Parallel: 1})
	require.ErrorContains(t, err, "DeleteConflict")
	members := func() []string {
		_, names, err := h.api.GetGroup("Admin-Group")
		h.do(err)
		return names
	}
	run.Up(t, engine.Options{Refresh: true})
	assert.ElementsMatch(t, []string{"jane-admin", mallory}, members(), "a new membership adds members and removes none")
	assert.Empty(t, run.Preview(t), "its state has the program's members")
	run.Up(t, engine.Options{Refresh: true})
	assert.Equal(t, []string{"jane-admin"}, members())
	assert.Equal(t, before.Describe(), run.Cloud.Describe())
	run.Destroy(t)
	h.do(h.api.DeleteUser(mallory))
	assert.Equal(t, cloud.New().Describe(), run.Cloud.Describe())
}

// hand changes accounts by hand.
type hand struct {
	testing.TB
	api    *cloud.Account // the API's
	caller *cloud.Account // the other
	region *cloud.Region  // the API's
}

func handOn(t testing.TB, c *cloud.Cloud) hand {
	account := c.Account(cloud.APIAccount)
	return hand{TB: t, api: account, caller: c.Account(cloud.CallerAccount), region: account.Region("us-east-1")}
}

// do requires that an action succeeded.
func (h hand) do(err error) {
	h.Helper()
	require.NoError(h, err)
}

// one returns the only element of a list.
func one[T any](t testing.TB, list []T) T {
	t.Helper()
	require.Len(t, list, 1)
	return list[0]
}

func (h hand) apiID() string { return one(h, Must(h.region.GetApis())).APIID }

func (h hand) route(key string) cloud.Route {
	routes := Must(h.region.GetRoutes(h.apiID()))
	i := slices.IndexFunc(routes, func(r cloud.Route) bool { return r.RouteKey == key })
	require.GreaterOrEqual(h, i, 0, key)
	return routes[i]
}

// setRoute changes a route's settings.
func (h hand) setRoute(key string, change func(*cloud.RouteSettings)) {
	route := h.route(key)
	change(&route.RouteSettings)
	h.do(h.region.UpdateRoute(h.apiID(), route.RouteID, route.RouteSettings))
}

// authorizer returns the only authorizer.
func (h hand) authorizer() cloud.Authorizer { return one(h, Must(h.region.GetAuthorizers(h.apiID()))) }

// setAuthorizer changes its settings.
func (h hand) setAuthorizer(change func(*cloud.AuthorizerSettings)) {
	authorizer := h.authorizer()
	change(&authorizer.AuthorizerSettings)
	h.do(h.region.UpdateAuthorizer(h.apiID(), authorizer.AuthorizerID, authorizer.AuthorizerSettings))
}

func (h hand) function() cloud.Function { return one(h, Must(h.region.ListFunctions())) }

// permission returns the id of the function's only permission.
func (h hand) permission() string {
	text := Must(h.region.GetPolicy(h.function().FunctionName))
	var policy struct{ Statement []struct{ Sid string } }
	h.do(json.Unmarshal([]byte(text), &policy))
	return one(h, policy.Statement).Sid
}

// functionRole returns the name of the function's role.
func (h hand) functionRole() string { return path.Base(h.function().Role) }

// functionPolicy returns the policy of the function's role.
func (h hand) functionPolicy() string {
	return one(h, Must(h.api.RolePolicies().Attached(h.functionRole())))
}

// table returns the name of the only table.
func (h hand) table() string { return one(h, Must(h.region.ListTables())) }

// accessLog returns the log group of the stage.
func (h hand) accessLog() string { return h.logGroup("/aws/vendedlogs/") }

// functionLog returns the log group of the function.
func (h hand) functionLog() string { return h.logGroup("/aws/lambda/") }

// logGroup returns the only log group with a prefix.
func (h hand) logGroup(prefix string) string {
	groups := slices.DeleteFunc(Must(h.region.DescribeLogGroups()), func(g cloud.LogGroup) bool {
		return !strings.HasPrefix(g.LogGroupName, prefix)
	})
	return one(h, groups).LogGroupName
}

// policyOf returns the only policy of a group.
func (h hand) policyOf(group string) string {
	return one(h, Must(h.api.GroupPolicies().Attached(group)))
}

// keyOf returns the id of a user's only access key.
func (h hand) keyOf(user string) string { return one(h, Must(h.api.ListAccessKeys(user))).AccessKeyID }
