// Package several_test deploys examples/several-apis to three accounts of simulated AWS
// and calls both of its APIs.
package several_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/examples/several-apis/several"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	apis       = cloud.APIAccount
	partner    = cloud.CallerAccount // deployed by a role that the program assumes
	warehouse  = "777788889999"      // deployed with a profile
	deployRole = "arn:aws:iam::" + partner + ":role/Deployer"
	packer     = "packer" // the role that calls from the warehouse
	externalID = "shop-7"
)

// shop is the example on a Cloud of its own.
type shop struct {
	*harness.Run
	design *several.Design // that the next operation deploys
	key    string          // of the user who deploys
	packer string          // key of the profile
}

// accounts returns three accounts with what exists before: who deploys, and who calls.
func accounts() (c *cloud.Cloud, deployer, profile string) {
	c = cloud.New()
	c.AddAccount(warehouse, "")
	ours, theirs, third := c.Account(apis), c.Account(partner), c.Account(warehouse)
	user := Must(ours.CreateUser(cloud.CreateUserInput{UserName: "deployer"}))
	OK(ours.UserPolicies().Put("deployer", Allow("assume", "sts:AssumeRole", deployRole)))
	Must(theirs.CreateRole(cloud.CreateRoleInput{RoleName: "Deployer", AssumeRolePolicyDocument: TrustAWS(user.ARN)}))
	Must(third.CreateUser(cloud.CreateUserInput{UserName: "deployer"}))
	Must(third.CreateRole(cloud.CreateRoleInput{RoleName: packer, AssumeRolePolicyDocument: TrustService("ecs-tasks")}))
	return c, Must(ours.CreateAccessKey("deployer")).AccessKeyID, Must(third.CreateAccessKey("deployer")).AccessKeyID
}

func configuration() map[string]any {
	return map[string]any{
		"aws:region": harness.Region, "catalogUrl": "https://catalog.example.com", "ordersUrl": "https://orders.example.com/v1", "account": apis,
		"partner": map[string]any{
			"account": partner, "deployRole": deployRole, "externalId": externalID, "users": []string{cloud.CallerUser}, "region": "eu-central-1",
		},
		"warehouse": map[string]any{"account": warehouse, "profile": "warehouse", "roles": []string{packer}},
	}
}

func newShop(t *testing.T) shop {
	c, deployer, profile := accounts()
	return open(t, c, deployer, profile)
}

func open(t *testing.T, c *cloud.Cloud, key, profile string) shop {
	design := clone(several.Shop)
	run := harness.ExampleOn(t, c, "several-apis", engine.Project{
		Config: configuration(), AccessKeyID: key, Profiles: map[string]string{"warehouse": profile},
		Program: func(ctx *pulumi.Context) error { return design.Deploy(ctx) },
	})
	return shop{run, design, key, profile}
}

// fork returns an independent copy of the shop.
func (s shop) fork(t *testing.T) shop {
	copied := open(t, s.Cloud.Clone(), s.key, s.packer)
	copied.Stack.SetState(s.Stack.State())
	return copied
}

func clone(d several.Design) *several.Design {
	copied := several.Design{Routes: map[string]map[string]access.RouteArgs{}, Policies: map[string]map[string][]string{}}
	for api, routes := range d.Routes {
		copied.Routes[api] = maps.Clone(routes)
	}
	for policy, grants := range d.Policies {
		copied.Policies[policy] = maps.Clone(grants)
	}
	return &copied
}

// TestSeveralApis deploys, checks the matrix and the documents, and leaves nothing behind.
func TestSeveralApis(t *testing.T) {
	s := newShop(t)
	empty := s.Cloud.Describe()
	assert.NotEmpty(t, s.Preview(t))
	assert.Equal(t, empty, s.Cloud.Describe())
	s.Up(t)
	assert.Equal(t, printed(t), s.Outputs(t)["accessMatrix"].Value, "README.md prints the matrices")
	assert.Equal(t, s.Outputs(t)["accessMatrix"].Value, texts(deployed(s.Cloud)))
	assert.Len(t, Must(s.Cloud.Account(apis).ListPolicies()), 2, "one managed policy spans both APIs")
	for _, account := range []string{partner, warehouse} {
		policies := Must(s.Cloud.Account(account).ListPolicies())
		require.Len(t, policies, 1)
		assert.Contains(t, policies[0].ARN, account)
		assert.Empty(t, Must(s.Cloud.Account(account).Region(harness.Region).GetApis()))
	}
	assert.Empty(t, s.Preview(t))
	assert.Empty(t, s.Refresh(t))
	s.Destroy(t)
	assert.Equal(t, empty, s.Cloud.Describe(), "nothing is left in any account")
}

// TestEdits makes edits that need a change of policies or routes only. At no moment does a
// principal lose what it may call before and after.
func TestEdits(t *testing.T) {
	start := newShop(t)
	start.Up(t)
	before := start.Cloud.Describe()
	const team, packing = "update iam/policy:Policy team-invoke", "update iam/policy:Policy packing-invoke"
	for name, edit := range map[string]struct {
		change func(*several.Design)
		want   harness.Changes
	}{
		"a grant on one API": {
			func(d *several.Design) {
				d.Policies["team"]["orders"] = append(d.Policies["team"]["orders"], "GET /orders")
			},
			harness.Changes{team},
		},
		"a grant moves to the other API": {
			func(d *several.Design) {
				d.Policies["team"] = map[string][]string{"catalog": {"GET *", "PUT /items/{id}"}, "orders": {"PUT /orders/{id}"}}
			},
			harness.Changes{team},
		},
		"no grant on one of the APIs": {
			func(d *several.Design) { delete(d.Policies["packing"], "catalog") }, harness.Changes{packing},
		},
		"another route": {
			func(d *several.Design) { d.Routes["catalog"]["GET /categories"] = access.RouteArgs{} },
			harness.Changes{"create apigatewayv2/route:Route catalog-GET /categories", team},
		},
		"a policy of one API": {
			func(d *several.Design) { d.Policies["packing"] = map[string][]string{"orders": {"GET *"}} }, harness.Changes{packing},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start.fork(t)
			edit.change(s.design)
			assert.Equal(t, edit.want, s.Preview(t))
			assert.Equal(t, edit.want, s.kept(t))
			assert.Equal(t, s.Outputs(t)["accessMatrix"].Value, texts(deployed(s.Cloud)))
			assert.NotEqual(t, before, s.Cloud.Describe())
			assert.Empty(t, s.Preview(t))
			*s.design = *clone(several.Shop)
			s.kept(t)
			assert.Equal(t, before, s.Cloud.Describe())
		})
	}
}

// kept deploys. Before each request, it checks that every principal that may call a route
// before and after the update may call it at that moment.
func (s shop) kept(t *testing.T) harness.Changes {
	t.Helper()
	var moments []map[string]access.Matrix
	moments = append(moments, deployed(s.Cloud))
	s.Cloud.OnMutation(func(cloud.Mutation) cloud.Fault {
		moments = append(moments, deployed(s.Cloud))
		return cloud.NoFault
	})
	changes := s.Up(t, engine.Options{Parallel: 1})
	s.Cloud.OnMutation(nil)
	after := deployed(s.Cloud)
	for api, matrix := range after {
		for principal, row := range matrix {
			for route, cell := range row.Cells {
				if was := moments[0][api][principal].Cells[route]; !was.Allows() || !cell.Allows() {
					continue
				}
				for i, moment := range moments {
					assert.True(t, moment[api][principal].Cells[route].Allows(), "%s loses %s of %s before request %d", principal, route, api, i)
				}
			}
		}
	}
	return changes
}

// TestWrongAccounts checks that nothing is created if credentials are those of another
// account, or if a role cannot be assumed.
func TestWrongAccounts(t *testing.T) {
	for name, test := range map[string]struct {
		change func(c *cloud.Cloud, config map[string]any)
		want   string
	}{
		"the APIs' account": {func(_ *cloud.Cloud, config map[string]any) { config["account"] = "000000000001" },
			`account: "000000000001" must be the account of the credentials, which is ` + apis},
		"the profile's account": {func(c *cloud.Cloud, config map[string]any) {
			config["warehouse"].(map[string]any)["account"] = "000000000002"
		}, "AWS account ID not allowed: " + warehouse},
		"a role that is not there": {func(c *cloud.Cloud, _ map[string]any) { OK(c.Account(partner).DeleteRole("Deployer")) },
			"cannot assume IAM Role (" + deployRole + ")"},
		"a role that does not trust": {func(c *cloud.Cloud, _ map[string]any) {
			OK(c.Account(partner).UpdateAssumeRolePolicy("Deployer", TrustService("ec2")))
		}, "is not authorized to perform: sts:AssumeRole on resource: " + deployRole},
		"a user who may not assume it": {func(c *cloud.Cloud, _ map[string]any) {
			OK(c.Account(apis).UserPolicies().Delete("deployer", "assume"))
		}, "is not authorized to perform: sts:AssumeRole"},
		"a profile that is not there": {func(_ *cloud.Cloud, config map[string]any) {
			config["warehouse"].(map[string]any)["profile"] = "x"
		}, `aws:profile "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			config := configuration()
			test.change(s.Cloud, config)
			s.Configure(t, config)
			empty := s.Cloud.Describe()
			for _, operate := range []func(...engine.Options) (harness.Changes, error){s.TryPreview, s.TryUp} {
				_, err := operate()
				require.ErrorContains(t, err, test.want)
				assert.Equal(t, empty, s.Cloud.Describe())
			}
		})
	}
}

// deployed evaluates the routes and policies that are in the APIs' account, by the names
// of the APIs.
func deployed(c *cloud.Cloud) map[string]access.Matrix {
	account := c.Account(apis)
	documents := map[string][]string{}
	for _, policy := range Must(account.ListPolicies()) {
		documents[policy.ARN] = []string{Must(account.GetPolicyVersion(policy.ARN, policy.DefaultVersionID)).Document}
	}
	principals := []access.Principal{{Name: "user/ana", Policies: Must(account.GroupPolicies().Attached("Shop-Team"))}}
	for _, role := range []string{"shop-worker", "shop-partner", "shop-warehouse"} {
		principals = append(principals, access.Principal{Name: "role/" + role, Policies: Must(account.RolePolicies().Attached(role))})
	}
	matrices := map[string]access.Matrix{}
	for _, api := range Must(account.Region(harness.Region).GetApis()) {
		declared := map[string]access.RouteArgs{}
		for _, route := range Must(account.Region(harness.Region).GetRoutes(api.APIID)) {
			declared[route.RouteKey] = access.RouteArgs{Authorization: access.Authorization(route.AuthorizationType)}
		}
		routes, errs := access.NewRoutes(declared)
		if len(errs) > 0 {
			panic(errs[0])
		}
		matrices[strings.TrimPrefix(api.Name, "Shop-")] = Must(access.NewMatrix(
			access.Api{ExecutionArn: api.ExecutionARN, Stage: "prod", Routes: routes}, documents, principals))
	}
	return matrices
}

// texts returns the matrices in the format of the output.
func texts(matrices map[string]access.Matrix) map[string]any {
	all := map[string]any{}
	for api, matrix := range matrices {
		rows := map[string]any{}
		for name, row := range matrix {
			cells := map[string]any{}
			for route, cell := range row.Cells {
				cells[route] = cell.String()
			}
			rows[name] = cells
		}
		all[api] = rows
	}
	return all
}

// printed returns the matrices in the example's README. The first column of its tables has
// the API and the route, and the others are the principals'.
func printed(t *testing.T) map[string]any {
	var names []string
	all := map[string]any{}
	for line := range strings.Lines(readme(t)) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.ReplaceAll(line, "`", ""), "|\n"), "|")
		for i, cell := range cells {
			cells[i] = strings.TrimSpace(cell)
		}
		if names == nil && slices.Contains(cells, "user/ana") {
			names = cells[1:]
			continue
		}
		api, route, found := strings.Cut(cells[0], ": ")
		if names == nil || !found || len(cells) != len(names)+1 {
			continue
		}
		for i, name := range names {
			rows, _ := all[api].(map[string]any)
			if rows == nil {
				rows = map[string]any{}
				all[api] = rows
			}
			row, _ := rows[name].(map[string]any)
			if row == nil {
				row = map[string]any{}
				rows[name] = row
			}
			row[route] = cells[i+1]
		}
	}
	return all
}
