package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestPoliciesOfPrincipals shows that users, groups and roles have the same
// actions.
func TestPoliciesOfPrincipals(t *testing.T) {
	type calls struct {
		attach, detach, remove func(*cloud.Account, string, string) error
		put                    func(*cloud.Account, string, cloud.InlinePolicy) error
		get                    func(*cloud.Account, string, string) (cloud.InlinePolicy, error)
		attached, inline       func(*cloud.Account, string) ([]string, error)
	}
	for kind, c := range map[string]calls{
		"user": {(*cloud.Account).AttachUserPolicy, (*cloud.Account).DetachUserPolicy, (*cloud.Account).DeleteUserPolicy, (*cloud.Account).PutUserPolicy,
			(*cloud.Account).GetUserPolicy, (*cloud.Account).ListAttachedUserPolicies, (*cloud.Account).ListUserPolicies},
		"group": {(*cloud.Account).AttachGroupPolicy, (*cloud.Account).DetachGroupPolicy, (*cloud.Account).DeleteGroupPolicy, (*cloud.Account).PutGroupPolicy,
			(*cloud.Account).GetGroupPolicy, (*cloud.Account).ListAttachedGroupPolicies, (*cloud.Account).ListGroupPolicies},
		"role": {(*cloud.Account).AttachRolePolicy, (*cloud.Account).DetachRolePolicy, (*cloud.Account).DeleteRolePolicy, (*cloud.Account).PutRolePolicy,
			(*cloud.Account).GetRolePolicy, (*cloud.Account).ListAttachedRolePolicies, (*cloud.Account).ListRolePolicies},
	} {
		t.Run(kind, func(t *testing.T) {
			_, a := account()
			newUser(a, "x")
			Must(a.CreateGroup("x", ""))
			newRole(a, "x", trustEC2)
			first, second := newPolicy(a, "a").ARN, newPolicy(a, "b").ARN
			OK(c.attach(a, "x", second))
			OK(c.attach(a, "x", first))
			assert.Equal(t, []string{first, second}, Must(c.attached(a, "x")))
			OK(c.detach(a, "x", first))
			assert.Equal(t, []string{second}, Must(c.attached(a, "x")))

			OK(c.put(a, "x", inline("one")))
			OK(c.put(a, "x", cloud.InlinePolicy{PolicyName: "one", PolicyDocument: allowOther}))
			OK(c.put(a, "x", inline("two")))
			assert.Equal(t, []string{"one", "two"}, Must(c.inline(a, "x")))
			assert.Equal(t, allowOther, Must(c.get(a, "x", "one")).PolicyDocument)
			OK(c.remove(a, "x", "one"))
			assert.Equal(t, []string{"two"}, Must(c.inline(a, "x")))

			for _, list := range []func(*cloud.Account, string) ([]string, error){c.attached, c.inline} {
				_, err := list(a, "missing")
				assert.True(t, cloud.IsNotFound(err))
			}
			WantCode(t, cloud.CodeNoSuchEntity, c.put(a, "missing", inline("one")))
			WantCode(t, cloud.CodeMalformedPolicy, c.put(a, "x", cloud.InlinePolicy{PolicyName: "p", PolicyDocument: trustEC2}))
		})
	}
}

func TestInstanceProfileHoldsOneRole(t *testing.T) {
	_, a := account()
	newRole(a, "r", trustEC2)
	newRole(a, "s", trustEC2)
	p := Must(a.CreateInstanceProfile("p", "/team/", map[string]string{"a": "b", "c": "d"}))
	assert.Equal(t, "arn:aws:iam::111122223333:instance-profile/team/p", p.ARN)
	OK(a.AddRoleToInstanceProfile("p", "r"))
	assert.Equal(t, "r", Must(a.GetInstanceProfile("p")).RoleName)
	require.Len(t, Must(a.ListInstanceProfilesForRole("r")), 1)
	assert.Empty(t, Must(a.ListInstanceProfilesForRole("s")))
	OK(a.RemoveRoleFromInstanceProfile("p", "r"))
	OK(a.AddRoleToInstanceProfile("p", "s"))
	OK(a.UntagInstanceProfile("p", []string{"a"}))
	assert.Equal(t, map[string]string{"c": "d"}, Must(a.GetInstanceProfile("p")).Tags)
	OK(a.RemoveRoleFromInstanceProfile("p", "s"))
	OK(a.DeleteInstanceProfile("p"))
	OK(a.DeleteRole("s"))
	_, err := a.ListInstanceProfilesForRole("s")
	WantCode(t, cloud.CodeNoSuchEntity, err)
}

func TestListsAreSorted(t *testing.T) {
	_, a := account()
	for _, name := range []string{"b", "a", "c"} {
		newUser(a, name)
		Must(a.CreateGroup(name, ""))
		newRole(a, name, trustEC2)
		newPolicy(a, name)
		OK(a.Region(Region).CreateLogGroup(name, "", nil))
	}
	var users, groups, roles, policies, logs []string
	for _, x := range Must(a.ListUsers()) {
		users = append(users, x.UserName)
	}
	for _, x := range Must(a.ListGroups()) {
		groups = append(groups, x.GroupName)
	}
	for _, x := range Must(a.ListRoles()) {
		roles = append(roles, x.RoleName)
	}
	for _, x := range Must(a.ListPolicies()) {
		policies = append(policies, x.PolicyName)
	}
	for _, x := range Must(a.Region(Region).DescribeLogGroups()) {
		logs = append(logs, x.LogGroupName)
	}
	for _, got := range [][]string{users, groups, roles, policies, logs} {
		assert.Equal(t, []string{"a", "b", "c"}, got)
	}
}

func TestTagsAndBoundariesComeOff(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	arn := newPolicy(a, "p").ARN
	newUser(a, "x")
	OK(a.TagUser("x", map[string]string{"a": "b"}))
	OK(a.UntagUser("x", []string{"a", "never-there"}))
	OK(a.PutUserPermissionsBoundary("x", arn))
	OK(a.DeleteUserPermissionsBoundary("x"))
	assert.Empty(t, Must(a.GetUser("x")).Tags)
	assert.Empty(t, Must(a.GetUser("x")).PermissionsBoundary)
	OK(a.TagPolicy(arn, map[string]string{"a": "b"}))
	OK(a.UntagPolicy(arn, []string{"a"}))
	assert.Empty(t, Must(a.GetPolicy(arn)).Tags)

	api := Must(r.CreateApi(cloud.APISettings{Name: "x", ProtocolType: "HTTP", Tags: map[string]string{"a": "b"},
		CORS: &cloud.CORS{AllowMethods: []string{"GET"}}}))
	api.CORS.AllowMethods[0] = "POST"
	assert.Equal(t, []string{"GET"}, Must(r.GetApi(api.APIID)).CORS.AllowMethods)
	OK(r.UntagApi(api.APIID, []string{"a"}))
	assert.Empty(t, Must(r.GetApi(api.APIID)).Tags)
	Must(r.CreateRoute(api.APIID, cloud.RouteSettings{RouteKey: "GET /x"}))
	Must(r.CreateStage(api.APIID, "prod", cloud.StageSettings{AutoDeploy: true, Tags: map[string]string{"a": "b"},
		RouteSettings: map[string]cloud.Throttle{"GET /x": {BurstLimit: ptr(1), RateLimit: ptr(1.0)}}}))
	OK(r.UntagStage(api.APIID, "prod", []string{"a"}))
	OK(r.DeleteRouteSettings(api.APIID, "prod", "GET /x"))
	WantCode(t, cloud.CodeNotFound, r.DeleteRouteSettings(api.APIID, "prod", "GET /x"))
	assert.Empty(t, Must(r.GetStage(api.APIID, "prod")).Tags)
	assert.Empty(t, Must(r.GetStage(api.APIID, "prod")).RouteSettings)
	for name, err := range map[string]error{
		"role":      a.TagRole("missing", map[string]string{"a": "b"}),
		"policy":    a.TagPolicy("arn:aws:iam::111122223333:policy/missing", nil),
		"log group": r.TagLogGroup("missing", nil),
		"stage":     r.TagStage(api.APIID, "missing", nil),
		"api":       r.TagApi("missing", nil),
		"profile":   a.TagInstanceProfile("missing", nil),
	} {
		assert.Truef(t, cloud.IsNotFound(err), "%s: %v", name, err)
	}
}
