package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

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

// FindOrphans finds what is in the account and not among these resources of a
// state, such as `pulumi stack export` prints. `pulumi stack --show-ids` would not
// do: of two resources with one name, such as an old one that is yet to be deleted
// and its replacement, it lists one alone.
func FindOrphans(t testing.TB, c *cloud.Cloud, known []apitype.ResourceV3) []Orphan {
	account := c.Account(cloud.APIAccount)
	there := append(inIAM(t, account), inRegion(t, account.Region("us-east-1"))...)
	return slices.DeleteFunc(there, func(o Orphan) bool {
		return slices.ContainsFunc(known, func(r apitype.ResourceV3) bool { return string(r.Type) == o.Type && string(r.ID) == o.ID })
	})
}

// orphans finds those of a run.
func orphans(t testing.TB, run *harness.Run) []Orphan {
	return FindOrphans(t, run.Cloud, deployment(t, run).Resources)
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
func (o Orphan) Delete(t testing.TB, c *cloud.Cloud) {
	account := c.Account(cloud.APIAccount)
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
	case "aws:iam/instanceProfile:InstanceProfile": // which may hold its role
		var profile cloud.InstanceProfile
		profile, err = account.GetInstanceProfile(o.ID)
		if err == nil && profile.RoleName != "" {
			err = account.RemoveRoleFromInstanceProfile(o.ID, profile.RoleName)
		}
		err = errors.Join(err, account.DeleteInstanceProfile(o.ID))
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

// ImportID is the id that `pulumi import` takes.
func (o Orphan) ImportID() string {
	if o.Of == "" {
		return o.ID
	}
	return o.Of + "/" + o.ID
}

// Named reports whether its name is in the configuration: the orphan has the name
// that the next up wants. It can be adopted.
func (o Orphan) Named() bool {
	switch o.Type {
	case "aws:iam/user:User", "aws:iam/group:Group", "aws:iam/role:Role", "aws:iam/instanceProfile:InstanceProfile",
		"aws:apigatewayv2/route:Route", "aws:apigatewayv2/stage:Stage":
		return true
	}
	return false
}

// deployment is the run's state.
func deployment(t testing.TB, run *harness.Run) apitype.DeploymentV3 {
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	return state
}
