package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestReplacedMembershipEmptiesTheGroup shows that the deletion of the old
// membership removes the members that the new one has added.
func TestReplacedMembershipEmptiesTheGroup(t *testing.T) {
	e := start(t)
	prepare(e)
	old := e.create(tokenMembership, props{"group": "readers", "users": list("john", "jane")})
	e.create(tokenMembership, props{"name": "other", "group": "readers", "users": list("john", "jane")})
	e.delete(old)
	_, members, err := e.account.GetGroup("readers")
	require.NoError(t, err)
	assert.Empty(t, members)
}

// TestRenameInPlaceLosesTheResource shows that the engine keeps the id, which
// is the old name.
func TestRenameInPlaceLosesTheResource(t *testing.T) {
	e := start(t)
	for _, token := range []string{tokenGroup, tokenUser} {
		r := e.update(e.create(token, props{"name": "old"}), props{"name": "new"})
		assert.Equal(t, "old", r.id)
		assert.Equal(t, "new", r.state["name"])
		assert.Contains(t, r.state["arn"], "/new")
		r = e.update(r, props{"name": "newer"})
		assert.Equal(t, "newer", r.state["name"], "but it can be renamed again")
		_, found := e.refresh(r)
		assert.False(t, found)
		e.delete(r)
	}
	assert.Len(t, Must(e.account.ListGroups()), 1, "left behind")
	assert.Len(t, Must(e.account.ListUsers()), 1, "left behind")
}

func TestDeletedExclusiveListsChangeNothing(t *testing.T) {
	e := start(t)
	prepare(e)
	arns := e.create(tokenGroupArns, props{"groupName": "readers", "policyArns": list(arnReadOnly)})
	names := e.create(tokenGroupInline, props{"groupName": "readers", "policyNames": list()})
	OK(e.account.GroupPolicies().Put("readers", cloud.InlinePolicy{PolicyName: "p", PolicyDocument: readOnly}))
	e.delete(arns)
	e.delete(names)
	assert.Equal(t, []string{arnReadOnly}, Must(e.account.GroupPolicies().Attached("readers")))
	assert.Equal(t, []string{"p"}, Must(e.account.GroupPolicies().Names("readers")))
}

func TestOmittedLimitIsSentAsZero(t *testing.T) {
	e := start(t)
	g := prepare(e)
	e.create(tokenStage, props{"apiId": g.api, "name": "prod", "autoDeploy": true, "defaultRouteSettings": props{"throttlingRateLimit": 100}})
	s := Must(e.region.GetStage(g.api, "prod"))
	assert.Equal(t, 100.0, *s.DefaultRouteSettings.RateLimit)
	assert.Zero(t, *s.DefaultRouteSettings.BurstLimit)
	e.create(tokenStage, props{"apiId": g.api, "name": "free", "autoDeploy": true})
	assert.Nil(t, Must(e.region.GetStage(g.api, "free")).DefaultRouteSettings.BurstLimit)
}

// TestOmittedInputsStay omits an input that AWS then leaves as it is.
func TestOmittedInputsStay(t *testing.T) {
	e := start(t)
	g := prepare(e)
	for token, row := range map[string]struct {
		in      props
		omitted string
		value   props
		update  string
	}{
		tokenStage: {props{"apiId": g.api, "name": "prod", "autoDeploy": true},
			"defaultRouteSettings", props{"throttlingRateLimit": 100.0, "throttlingBurstLimit": 200.0}, "description"},
		tokenFunction: {functionOf(g.code), "loggingConfig", props{"logFormat": "JSON", "logGroup": "calls"}, "description"},
		tokenTable:    {tableOf("id"), "pointInTimeRecovery", props{"enabled": true}, ""},
	} {
		r := e.create(token, with(row.in, row.omitted, row.value))
		assert.Equal(t, none, e.diff(r, e.check(token, r.inputs, row.in)).GetChanges())
		change := with(row.in, "tags", props{"a": "b"})
		if row.update != "" {
			change = with(change, row.update, "x")
		}
		r = e.update(r, change)
		for key, v := range row.value {
			assert.Equal(t, v, r.state[row.omitted].(props)[key], key)
		}
		e.steady(r)
	}
}

func TestDeploymentChangesWithTheAPI(t *testing.T) {
	e := start(t)
	g := prepare(e)
	r := e.create(tokenStage, props{"apiId": g.api, "name": "prod", "autoDeploy": true})
	e.create(tokenRoute, props{"apiId": g.api, "routeKey": "GET /x"})
	read, _ := e.refresh(r)
	assert.NotEqual(t, r.state["deploymentId"], read.state["deploymentId"])
	assert.Equal(t, none, e.diff(read, r.inputs).GetChanges())
}

func TestAccessLogDestinationWithAWildcard(t *testing.T) {
	e := start(t)
	g := prepare(e)
	e.create(tokenStage, props{"apiId": g.api, "name": "prod", "autoDeploy": true,
		"accessLogSettings": props{"destinationArn": g.logGroup + ":*", "format": logFormat}})
	assert.Equal(t, g.logGroup, Must(e.region.GetStage(g.api, "prod")).AccessLog.DestinationARN)
}

func TestDeletionOfAUser(t *testing.T) {
	e := start(t)
	prepare(e)
	r := e.create(tokenUser, props{"name": "jill"})
	OK(e.account.AddUserToGroup("readers", "jill"))
	Must(e.account.CreateAccessKey("jill"))
	require.ErrorContains(t, e.tryDelete(r), "DeleteConflict")
	assert.Empty(t, Must(e.account.ListGroupsForUser("jill")), "it leaves its groups in any case")
	r = e.update(r, props{"name": "jill", "forceDestroy": true})
	e.delete(r)
	_, err := e.account.GetUser("jill")
	assert.True(t, cloud.IsNotFound(err))

	r = e.create(tokenUser, props{"name": "jill", "forceDestroy": true})
	OK(e.account.UserPolicies().Attach("jill", arnReadOnly))
	require.ErrorContains(t, e.tryDelete(r), "DeleteConflict", "the provider does not detach policies that were attached by hand")
}

func TestDeletionOfARole(t *testing.T) {
	e := start(t)
	prepare(e)
	in := props{"name": "r", "assumeRolePolicy": trustEC2}
	r := e.create(tokenRole, in)
	Must(e.account.CreateInstanceProfile("p", "", nil))
	OK(e.account.AddRoleToInstanceProfile("p", "r"))
	OK(e.account.RolePolicies().Attach("r", arnReadOnly))
	OK(e.account.RolePolicies().Put("r", cloud.InlinePolicy{PolicyName: "i", PolicyDocument: readOnly}))
	require.ErrorContains(t, e.tryDelete(r), "DeleteConflict")
	assert.Empty(t, Must(e.account.GetInstanceProfile("p")).RoleName, "removed in any case")
	e.delete(e.update(r, with(in, "forceDetachPolicies", true)))
	_, err := e.account.GetRole("r")
	assert.True(t, cloud.IsNotFound(err))
}

func TestPolicyHasAtMostFiveVersions(t *testing.T) {
	e := start(t)
	in := props{"name": "p", "policy": readOnly}
	r := e.create(tokenPolicy, in)
	for i := range 7 {
		text := strings.ReplaceAll(readOnly, "/prod/", fmt.Sprintf("/stage%d/", i))
		r = e.update(r, with(in, "policy", text))
		p := Must(e.account.GetPolicy(r.id))
		assert.Equal(t, text, Must(e.account.GetPolicyVersion(r.id, p.DefaultVersionID)).Document)
	}
	assert.Len(t, Must(e.account.ListPolicyVersions(r.id)), 5)
	e.delete(r)
	assert.Empty(t, Must(e.account.ListPolicies()))
}

func TestPolicyWhoseFirstVersionIsTheDefault(t *testing.T) {
	e := start(t)
	in := props{"name": "p", "policy": readOnly}
	r := e.create(tokenPolicy, in)
	for range 4 {
		Must(e.account.CreatePolicyVersion(r.id, admin, false))
	}
	r = e.update(r, with(in, "policy", admin))
	assert.Len(t, Must(e.account.ListPolicyVersions(r.id)), 5)
	e.delete(r)
}

func TestSkipDestroy(t *testing.T) {
	e := start(t)
	g := prepare(e)
	e.delete(e.create(tokenLogGroup, props{"name": "calls", "skipDestroy": true}))
	Must(e.region.DescribeLogGroup("calls"))
	e.delete(e.create(tokenFunction, with(functionOf(g.code), "skipDestroy", true)))
	Must(e.region.GetFunction("worker"))
}

func TestTrustInARecreatedUserIsDrift(t *testing.T) {
	e := start(t)
	caller := e.cloud.Account(cloud.CallerAccount)
	r := e.create(tokenRole, props{"name": "r", "assumeRolePolicy": trustB})
	OK(caller.DeleteAccessKey(cloud.CallerUser, Must(caller.ListAccessKeys(cloud.CallerUser))[0].AccessKeyID))
	OK(caller.DeleteUser(cloud.CallerUser))
	Must(caller.CreateUser(cloud.CreateUserInput{UserName: cloud.CallerUser}))
	read, _ := e.refresh(r)
	assert.Contains(t, read.state["assumeRolePolicy"], "AIDA")
	assert.Equal(t, []string{"assumeRolePolicy"}, e.diff(read, r.inputs).GetDiffs())
	e.steady(e.update(read, props{"name": "r", "assumeRolePolicy": trustB}))
}

func TestMembersAddedAndRemoved(t *testing.T) {
	e := start(t)
	prepare(e)
	Must(e.account.CreateUser(cloud.CreateUserInput{UserName: "jill"}))
	in := props{"name": "m", "group": "readers", "users": list("john", "jane")}
	r := e.create(tokenMembership, in)
	var calls []string
	e.cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		calls = append(calls, m.Action+" "+m.Target)
		return cloud.NoFault
	})
	e.update(r, with(in, "users", list("jane", "jill")))
	assert.Equal(t, []string{"RemoveUserFromGroup readers/john", "AddUserToGroup readers/jill"}, calls)
}
