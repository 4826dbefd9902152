package provider_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestDrift adds or removes something by hand. A refresh shows it, and the next
// update repairs it. TestLifecycle does the same with a change of every input.
func TestDrift(t *testing.T) {
	for name, row := range map[string]struct {
		token string
		hand  func(e *engine, g ground, r res) error
		shows string // the property that differs
	}{
		"a member more": {tokenMembership, func(e *engine, _ ground, _ res) error {
			return e.account.AddUserToGroup("readers", "jane")
		}, "users"},
		"a policy more": {tokenGroupArns, func(e *engine, _ ground, _ res) error {
			return e.account.AttachGroupPolicy("readers", arnAdmin)
		}, "policyArns"},
		"a policy less": {tokenGroupArns, func(e *engine, _ ground, _ res) error {
			return e.account.DetachGroupPolicy("readers", arnReadOnly)
		}, "policyArns"},
		"a group's inline policy": {tokenGroupInline, func(e *engine, _ ground, _ res) error {
			return e.account.PutGroupPolicy("readers", embedded)
		}, "policyNames"},
		"a role's inline policy": {tokenRoleInline, func(e *engine, _ ground, _ res) error {
			return e.account.PutRolePolicy("reader", embedded)
		}, "policyNames"},
		"a user's inline policy": {tokenUserInline, func(e *engine, _ ground, _ res) error {
			return e.account.PutUserPolicy("john", embedded)
		}, "policyNames"},
		"no access log": {tokenStage, func(e *engine, g ground, r res) error {
			s := Must(e.region.GetStage(g.api, r.id)).StageSettings
			s.AccessLog = nil
			return e.region.UpdateStage(g.api, r.id, s)
		}, "accessLogSettings"},
		"no settings of a route": {tokenStage, func(e *engine, g ground, r res) error {
			return e.region.DeleteRouteSettings(g.api, r.id, "GET /ground")
		}, "routeSettings"},
		"a tag more": {tokenRole, func(e *engine, _ ground, r res) error {
			return e.account.TagRole(r.id, map[string]string{"x": "y"})
		}, "tags"},
		"a tag less": {tokenAPI, func(e *engine, _ ground, r res) error {
			return e.region.UntagApi(r.id, []string{"team"})
		}, "tags"},
		"no boundary": {tokenRole, func(e *engine, _ ground, r res) error {
			return e.account.DeleteRolePermissionsBoundary(r.id)
		}, "permissionsBoundary"},
		"an inactive key": {tokenKey, func(e *engine, _ ground, r res) error {
			return e.account.UpdateAccessKey("john", r.id, cloud.KeyInactive)
		}, "status"},
		"no role": {tokenProfile, func(e *engine, _ ground, r res) error {
			return e.account.RemoveRoleFromInstanceProfile(r.id, "reader")
		}, "role"},
		"no variables": {tokenFunction, func(e *engine, _ ground, r res) error {
			s := Must(e.region.GetFunction(r.id)).FunctionSettings
			s.Environment = nil
			return e.region.UpdateFunctionConfiguration(r.id, s)
		}, "environment"},
		"a protected table": {tokenTable, func(e *engine, _ ground, r res) error {
			return e.region.UpdateTable(r.id, cloud.BillingPerRequest, true)
		}, "deletionProtectionEnabled"},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			g := prepare(e)
			s := sampleOf(row.token)
			r := e.create(s.token, s.in(g))
			before := e.cloud.Describe()
			require.NoError(t, row.hand(e, g, r))
			require.NotEqual(t, before, e.cloud.Describe())

			repaired := e.update(e.drifted(r, row.shows), s.in(g))
			assert.Equal(t, before, e.cloud.Describe())
			e.steady(repaired)
		})
	}
}

func sampleOf(token string) sample {
	for _, s := range samples() {
		if s.token == token {
			return s
		}
	}
	panic("no sample of " + token)
}

// TestDriftOfWhatTheProgramLeavesOut shows that additions by hand are in the
// state after a refresh, and that the next update removes them.
func TestDriftOfWhatTheProgramLeavesOut(t *testing.T) {
	e := start(t)
	r := e.create(tokenUser, props{"name": "jill"})
	OK(e.account.TagUser("jill", map[string]string{"by": "hand"}))
	OK(e.account.PutUserPermissionsBoundary("jill", arnPower))
	read, _ := e.refresh(r)
	assert.Equal(t, r.inputs, read.inputs)
	assert.Equal(t, []string{"permissionsBoundary", "tags"}, e.diff(read, r.inputs).GetDiffs())
	e.update(read, props{"name": "jill"})
	got := Must(e.account.GetUser("jill"))
	assert.Empty(t, got.Tags)
	assert.Empty(t, got.PermissionsBoundary)
}

func TestWhatIsGoneIsReadAsGone(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.token, func(t *testing.T) {
			e := start(t)
			g := prepare(e)
			r := e.create(s.token, s.in(g))
			remove(e, r)
			_, found := e.refresh(r)
			assert.False(t, found)
			e.delete(r)
		})
	}
}

// remove deletes a resource, or renames or deletes its principal if the
// deletion of the resource would change nothing.
func remove(e *engine, r res) {
	switch r.token {
	case tokenMembership, tokenGroupArns, tokenGroupInline:
		OK(e.account.UpdateGroup("readers", "renamed", ""))
	case tokenUserArns, tokenUserInline:
		OK(e.account.UpdateUser("john", "renamed", ""))
	case tokenRoleArns, tokenRoleInline:
		for _, arn := range Must(e.account.ListAttachedRolePolicies("reader")) {
			OK(e.account.DetachRolePolicy("reader", arn))
		}
		OK(e.account.DeleteRole("reader"))
	default:
		e.delete(r)
	}
}

func TestImportsThatFail(t *testing.T) {
	e := start(t)
	prepare(e)
	for token, id := range map[string]string{
		tokenAPI: "missing", tokenIntegration: "missing/x", tokenRoute: "missing/x", tokenStage: "missing/x", tokenLogGroup: "missing",
		tokenPolicy: "arn:aws:iam::111122223333:policy/missing", tokenGroup: "missing", tokenUser: "missing", tokenRole: "missing",
		tokenProfile: "missing", tokenKey: "AKIAXXXXXXXXXXXXXXXX", tokenGroupAttach: "readers/" + arnReadOnly,
		tokenFunction: "missing", tokenPermission: "ground/missing", tokenTable: "missing", tokenRoleAttach: "missing/" + arnReadOnly, tokenGroupArns: "missing", tokenRoleInline: "missing",
	} {
		resp, err := e.readRPC(token, id)
		require.NoError(t, err, token)
		assert.Empty(t, resp.GetId(), token)
	}
	for token, id := range map[string]string{
		tokenRoute: "no-slash", tokenStage: "a/b/c", tokenIntegration: "/x", tokenGroupAttach: "readers", tokenMembership: "members",
		tokenPermission: "ground",
	} {
		_, err := e.readRPC(token, id)
		require.Error(t, err, fmt.Sprint(token, " ", id))
	}
}
