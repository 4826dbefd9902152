package engine_test

import (
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
	before func(hand) // prepares what exists before, and stays
	by     func(hand)
	// found are the changes that a refresh reports: "update" for resources that
	// differ, "delete" for those that do not exist.
	found harness.Changes
	// repair are the changes that the next up makes, nil if they equal found.
	repair harness.Changes
}

// baseConfig sets the options that add to resources.
const baseConfig = `{tags: {team: shop}, permissionsBoundary: "arn:aws:iam::aws:policy/PowerUserAccess"}`

// TestDrift shows that a refresh reports what was changed by hand, and that the
// next up repairs it.
func TestDrift(t *testing.T) {
	base := harness.New(t, harness.Merge(t, harness.Config(t), baseConfig))
	base.Up(t)
	for _, d := range slices.Concat(groupDrifts, userDrifts, roleDrifts, policyDrifts, apiDrifts, serviceDrifts, functionRoleDrifts) {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.run(t, base.Branch())
		})
	}
	t.Run("not seen without a refresh", func(t *testing.T) {
		t.Parallel()
		testUnseen(t, base.Branch())
	})
	t.Run("not seen at all", func(t *testing.T) {
		t.Parallel()
		testUnseenForEver(t, base.Branch())
	})
	t.Run("tags are changed, added and taken away", func(t *testing.T) {
		t.Parallel()
		testTags(t, base.Branch())
	})
	t.Run("the table's protection is turned off", func(t *testing.T) {
		t.Parallel()
		testProtection(t, base.Branch())
	})
	t.Run("destroyed all the same", func(t *testing.T) {
		t.Parallel()
		testDestroy(t, base.Branch())
	})
	t.Run("destroyed after a repair", func(t *testing.T) {
		t.Parallel()
		testDestroyRefused(t, base.Branch())
	})
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

// testUnseen shows that an update without a refresh trusts the state, as with
// AWS.
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

// testDestroy shows which additions by hand do not prevent a destroy.
func testDestroy(t *testing.T, run *harness.Run) {
	h := handOn(t, run.Cloud)
	Must(h.api.CreateAccessKey("john-readonly"))
	h.do(h.api.RolePolicies().Attach("products-reader", administrator))
	h.do(h.api.RolePolicies().Put("products-reader", backDoor))
	Must(h.api.CreatePolicyVersion(h.policyOf("Admin-Group"), backDoor.PolicyDocument, false))
	run.Destroy(t)
	assert.Equal(t, cloud.New().Describe(), run.Cloud.Describe())
}

// testDestroyRefused shows which additions do: policies of users and groups,
// and members of groups. AWS does not delete users and groups that have any,
// and the provider removes only those in the state.
func testDestroyRefused(t *testing.T, run *harness.Run) {
	h := handOn(t, run.Cloud)
	makeMallory(h)
	before := run.Cloud.Clone()
	h.do(h.api.AddUserToGroup("Admin-Group", mallory))
	h.do(h.api.UserPolicies().Attach("john-readonly", administrator))
	h.do(h.api.GroupPolicies().Put("ReadOnly-Group", backDoor))
	// One step at a time: Pulumi has a data race when several steps fail at
	// once.
	_, err := run.TryDestroy(engine.Options{Parallel: 1})
	require.ErrorContains(t, err, "DeleteConflict")
	run.Up(t, engine.Options{Refresh: true})
	assert.Equal(t, harness.Changes{"update iam/groupMembership:GroupMembership Admin-Group-members"}, run.Up(t),
		"a membership that is made adds members and takes none out")
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

func (h hand) apiID() string {
	apis := Must(h.region.GetApis())
	require.Len(h, apis, 1)
	return apis[0].APIID
}

func (h hand) route(key string) cloud.Route {
	routes := Must(h.region.GetRoutes(h.apiID()))
	i := slices.IndexFunc(routes, func(r cloud.Route) bool { return r.RouteKey == key })
	require.GreaterOrEqual(h, i, 0, key)
	return routes[i]
}

func (h hand) integration() cloud.Integration {
	integrations := Must(h.region.GetIntegrations(h.apiID()))
	require.Len(h, integrations, 1)
	return integrations[0]
}

func (h hand) stage() cloud.Stage {
	return Must(h.region.GetStage(h.apiID(), "prod"))
}

// accessLog is the log group of the stage.
func (h hand) accessLog() string { return h.logGroup("/aws/vendedlogs/") }

// logGroup is the one log group whose name begins like this.
func (h hand) logGroup(prefix string) string {
	groups := Must(h.region.DescribeLogGroups())
	groups = slices.DeleteFunc(groups, func(g cloud.LogGroup) bool { return !strings.HasPrefix(g.LogGroupName, prefix) })
	require.Len(h, groups, 1)
	return groups[0].LogGroupName
}

// policyOf is the policy that a group has.
func (h hand) policyOf(group string) string {
	arns := Must(h.api.GroupPolicies().Attached(group))
	require.Len(h, arns, 1)
	return arns[0]
}

func (h hand) keyOf(user string) string {
	keys := Must(h.api.ListAccessKeys(user))
	require.Len(h, keys, 1)
	return keys[0].AccessKeyID
}
