package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/pulumicli"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// Orphan is something that exists on AWS and that the stack's state does not
// know.
type Orphan struct {
	Type string // Pulumi's
	ID   string // Pulumi's
	Of   string // the API, function or user that it is a part of, empty for what stands alone
}

// FindOrphan finds the one orphan that there is.
func FindOrphan(t testing.TB, run *harness.Run) Orphan {
	orphans := FindOrphans(t, run)
	require.Len(t, orphans, 1, "one thing exists that the stack does not list")
	return orphans[0]
}

// FindOrphans finds what is in the account and not in `pulumi stack export`.
// `pulumi stack --show-ids` would not do: of two resources with one name, such as
// an old one that is yet to be deleted and its replacement, it lists one alone.
func FindOrphans(t testing.TB, run *harness.Run) []Orphan {
	account := run.Cloud.Account(cloud.APIAccount)
	known := map[string]bool{}
	for _, resource := range deployed(t, run).Resources {
		known[resource.Type+" "+resource.ID] = true
	}
	there := append(inIAM(t, account), inRegion(t, account.Region("us-east-1"))...)
	return slices.DeleteFunc(there, func(o Orphan) bool { return known[o.Type+" "+o.ID] })
}

// inIAM lists what has an id of its own in the account.
func inIAM(t testing.TB, a *cloud.Account) (list []Orphan) {
	users, err := a.ListUsers()
	require.NoError(t, err)
	for _, user := range users {
		list = append(list, Orphan{Type: "aws:iam/user:User", ID: user.UserName})
		keys, err := a.ListAccessKeys(user.UserName)
		require.NoError(t, err)
		for _, key := range keys {
			list = append(list, Orphan{Type: "aws:iam/accessKey:AccessKey", ID: key.AccessKeyID, Of: user.UserName})
		}
	}
	groups, err := a.ListGroups()
	require.NoError(t, err)
	for _, group := range groups {
		list = append(list, Orphan{Type: "aws:iam/group:Group", ID: group.GroupName})
	}
	policies, err := a.ListPolicies()
	require.NoError(t, err)
	for _, policy := range policies {
		list = append(list, Orphan{Type: "aws:iam/policy:Policy", ID: policy.ARN})
	}
	roles, err := a.ListRoles()
	require.NoError(t, err)
	for _, role := range roles {
		list = append(list, Orphan{Type: "aws:iam/role:Role", ID: role.RoleName})
		if profile, err := a.GetInstanceProfile(role.RoleName); err == nil { // they share their name
			list = append(list, Orphan{Type: "aws:iam/instanceProfile:InstanceProfile", ID: profile.InstanceProfileName})
		}
	}
	return list
}

// inRegion lists what has an id of its own in a region.
func inRegion(t testing.TB, r *cloud.Region) (list []Orphan) {
	groups, err := r.DescribeLogGroups()
	require.NoError(t, err)
	for _, group := range groups {
		list = append(list, Orphan{Type: "aws:cloudwatch/logGroup:LogGroup", ID: group.LogGroupName})
	}
	return slices.Concat(list, service(t, r), inAPIs(t, r))
}

// service lists what products are kept with.
func service(t testing.TB, r *cloud.Region) (list []Orphan) {
	tables, err := r.ListTables()
	require.NoError(t, err)
	for _, table := range tables {
		list = append(list, Orphan{Type: "aws:dynamodb/table:Table", ID: table})
	}
	functions, err := r.ListFunctions()
	require.NoError(t, err)
	for _, function := range functions {
		list = append(list, Orphan{Type: "aws:lambda/function:Function", ID: function.FunctionName})
		for _, id := range statements(t, r, function.FunctionName) {
			list = append(list, Orphan{Type: "aws:lambda/permission:Permission", ID: id, Of: function.FunctionName})
		}
	}
	return list
}

// statements lists the ids of what a function's resource policy permits.
func statements(t testing.TB, r *cloud.Region, function string) (ids []string) {
	text, err := r.GetPolicy(function)
	if cloud.IsNotFound(err) {
		return nil
	}
	require.NoError(t, err)
	var policy struct{ Statement []struct{ Sid string } }
	require.NoError(t, json.Unmarshal([]byte(text), &policy))
	for _, statement := range policy.Statement {
		ids = append(ids, statement.Sid)
	}
	return ids
}

// inAPIs lists the APIs and their parts.
func inAPIs(t testing.TB, r *cloud.Region) (list []Orphan) {
	apis, err := r.GetApis()
	require.NoError(t, err)
	for _, api := range apis {
		list = append(list, Orphan{Type: "aws:apigatewayv2/api:Api", ID: api.APIID})
		integrations, err := r.GetIntegrations(api.APIID)
		require.NoError(t, err)
		for _, integration := range integrations {
			list = append(list, Orphan{Type: "aws:apigatewayv2/integration:Integration", ID: integration.IntegrationID, Of: api.APIID})
		}
		routes, err := r.GetRoutes(api.APIID)
		require.NoError(t, err)
		for _, route := range routes {
			list = append(list, Orphan{Type: "aws:apigatewayv2/route:Route", ID: route.RouteID, Of: api.APIID})
		}
		stages, err := r.GetStages(api.APIID)
		require.NoError(t, err)
		for _, stage := range stages {
			list = append(list, Orphan{Type: "aws:apigatewayv2/stage:Stage", ID: stage.StageName, Of: api.APIID})
		}
	}
	return list
}

// Delete deletes the orphan by hand.
func (o Orphan) Delete(t testing.TB, run *harness.Run) {
	account := run.Cloud.Account(cloud.APIAccount)
	region := account.Region("us-east-1")
	var err error
	switch o.Type {
	case "aws:iam/user:User":
		err = account.DeleteUser(o.ID)
	case "aws:iam/accessKey:AccessKey":
		err = account.DeleteAccessKey(o.Of, o.ID)
	case "aws:iam/group:Group":
		err = account.DeleteGroup(o.ID)
	case "aws:iam/policy:Policy":
		err = account.DeletePolicy(o.ID)
	case "aws:iam/role:Role":
		err = account.DeleteRole(o.ID)
	case "aws:iam/instanceProfile:InstanceProfile":
		err = account.DeleteInstanceProfile(o.ID)
	case "aws:cloudwatch/logGroup:LogGroup":
		err = region.DeleteLogGroup(o.ID)
	case "aws:dynamodb/table:Table":
		err = region.DeleteTable(o.ID)
	case "aws:lambda/function:Function":
		err = region.DeleteFunction(o.ID)
	case "aws:lambda/permission:Permission":
		err = region.RemovePermission(o.Of, o.ID)
	case "aws:apigatewayv2/api:Api":
		err = region.DeleteApi(o.ID)
	case "aws:apigatewayv2/integration:Integration":
		err = region.DeleteIntegration(o.Of, o.ID)
	case "aws:apigatewayv2/route:Route":
		err = region.DeleteRoute(o.Of, o.ID)
	case "aws:apigatewayv2/stage:Stage":
		err = region.DeleteStage(o.Of, o.ID)
	default:
		err = fmt.Errorf("%s: no way to delete it by hand", o.Type)
	}
	require.NoError(t, err)
}

// Adopt imports the orphan as the resource of that name, a child of the
// component.
func (o Orphan) Adopt(t testing.TB, run *harness.Run, name, component string) {
	id := o.ID
	if o.Of != "" {
		id = o.Of + "/" + o.ID
	}
	reURN := regexp.MustCompile(`URN: (urn:\S*::iam-secured-api:components:\w+::` + regexp.QuoteMeta(component) + `)\n`)
	parent := reURN.FindStringSubmatch(run.Pulumi(t, "stack", "--show-urns"))
	require.NotNil(t, parent, "the component is in the state")
	host, err := pulumicli.LanguageHost(context.Background(), os.Stderr) // the official CLI has one
	require.NoError(t, err)
	run.Stack.Workspace().SetEnvVar("PATH", os.Getenv("PATH")+string(os.PathListSeparator)+host)
	run.Pulumi(t, "import", o.Type, name, id, "--parent", "component="+parent[1],
		"--protect=false", "--generate-code=false", "--yes", "--skip-preview")
}
