package provider_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestDrift changes something by hand: refresh shows it, and the next update
// repairs it.
func TestDrift(t *testing.T) {
	const otherDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	inline := cloud.InlinePolicy{PolicyName: "by-hand", PolicyDocument: otherDocument}
	for name, row := range map[string]struct {
		token string
		hand  func(e *engine, g ground, r res) error
		shows string // the property that differs
	}{
		"a member":             {tokenMembership, func(e *engine, _ ground, _ res) error { return e.account.AddUserToGroup("readers", "jane") }, "users"},
		"a member less":        {tokenMembership, func(e *engine, _ ground, _ res) error { return e.account.RemoveUserFromGroup("readers", "john") }, "users"},
		"a group's policy":     {tokenGroupArns, func(e *engine, _ ground, _ res) error { return e.account.AttachGroupPolicy("readers", arnAdmin) }, "policyArns"},
		"a role's policy":      {tokenRoleArns, func(e *engine, _ ground, _ res) error { return e.account.AttachRolePolicy("reader", arnAdmin) }, "policyArns"},
		"a user's policy":      {tokenUserArns, func(e *engine, _ ground, _ res) error { return e.account.AttachUserPolicy("john", arnAdmin) }, "policyArns"},
		"a policy less":        {tokenGroupArns, func(e *engine, _ ground, _ res) error { return e.account.DetachGroupPolicy("readers", arnReadOnly) }, "policyArns"},
		"a group's own policy": {tokenGroupInline, func(e *engine, _ ground, _ res) error { return e.account.PutGroupPolicy("readers", inline) }, "policyNames"},
		"a role's own policy":  {tokenRoleInline, func(e *engine, _ ground, _ res) error { return e.account.PutRolePolicy("reader", inline) }, "policyNames"},
		"a user's own policy":  {tokenUserInline, func(e *engine, _ ground, _ res) error { return e.account.PutUserPolicy("john", inline) }, "policyNames"},
		"a document": {tokenPolicy, func(e *engine, _ ground, r res) error {
			_, err := e.account.CreatePolicyVersion(r.id, otherDocument, true)
			return err
		}, "policy"},
		"a route's authorization": {tokenRoute, func(e *engine, g ground, r res) error {
			s := Must(e.region.GetRoute(g.api, r.id)).RouteSettings
			s.AuthorizationType = cloud.AuthNone
			return e.region.UpdateRoute(g.api, r.id, s)
		}, "authorizationType"},
		"a backend": {tokenIntegration, func(e *engine, g ground, r res) error {
			s := Must(e.region.GetIntegration(g.api, r.id)).IntegrationSettings
			s.IntegrationURI = "https://example.net"
			return e.region.UpdateIntegration(g.api, r.id, s)
		}, "integrationUri"},
		"a throttle": {tokenStage, func(e *engine, g ground, r res) error {
			s := Must(e.region.GetStage(g.api, r.id)).StageSettings
			*s.DefaultRouteSettings.RateLimit = 1
			return e.region.UpdateStage(g.api, r.id, s)
		}, "defaultRouteSettings"},
		"no access log": {tokenStage, func(e *engine, g ground, r res) error {
			s := Must(e.region.GetStage(g.api, r.id)).StageSettings
			s.AccessLog = nil
			return e.region.UpdateStage(g.api, r.id, s)
		}, "accessLogSettings"},
		"retention":          {tokenLogGroup, func(e *engine, _ ground, r res) error { return e.region.PutRetentionPolicy(r.id, 1) }, "retentionInDays"},
		"an API's tag":       {tokenAPI, func(e *engine, _ ground, r res) error { return e.region.UntagApi(r.id, []string{"team"}) }, "tags"},
		"a tag too many":     {tokenRole, func(e *engine, _ ground, r res) error { return e.account.TagRole(r.id, map[string]string{"x": "y"}) }, "tags"},
		"a trust policy":     {tokenRole, func(e *engine, _ ground, r res) error { return e.account.UpdateAssumeRolePolicy(r.id, trustEC2) }, "assumeRolePolicy"},
		"no boundary":        {tokenRole, func(e *engine, _ ground, r res) error { return e.account.DeleteRolePermissionsBoundary(r.id) }, "permissionsBoundary"},
		"another boundary":   {tokenUser, func(e *engine, _ ground, r res) error { return e.account.PutUserPermissionsBoundary(r.id, arnAdmin) }, "permissionsBoundary"},
		"a session":          {tokenRole, func(e *engine, _ ground, r res) error { return e.account.UpdateRole(r.id, 3600) }, "maxSessionDuration"},
		"a key switched off": {tokenKey, func(e *engine, _ ground, r res) error { return e.account.UpdateAccessKey("john", r.id, "Inactive") }, "status"},
		"a profile's role":   {tokenProfile, func(e *engine, _ ground, r res) error { return e.account.RemoveRoleFromInstanceProfile(r.id, "reader") }, "role"},
		"a group's path":     {tokenGroup, func(e *engine, _ ground, r res) error { return e.account.UpdateGroup(r.id, "", "/hand/") }, "path"},
		"an API's name":      {tokenAPI, renameAPI, "name"},
		"a policy's tag": {tokenPolicy, func(e *engine, _ ground, r res) error {
			return e.account.TagPolicy(r.id, map[string]string{"team": "x"})
		}, "tags"},
		"a log group's tag":   {tokenLogGroup, func(e *engine, _ ground, r res) error { return e.region.UntagLogGroup(r.id, []string{"env"}) }, "tags"},
		"a stage's tag":       {tokenStage, func(e *engine, g ground, r res) error { return e.region.UntagStage(g.api, r.id, []string{"env"}) }, "tags"},
		"an instance's tag":   {tokenProfile, func(e *engine, _ ground, r res) error { return e.account.UntagInstanceProfile(r.id, []string{"env"}) }, "tags"},
		"a function's memory": {tokenFunction, configure(func(s *cloud.FunctionSettings) { s.MemorySize = 512 }), "memorySize"},
		"a function's text":   {tokenFunction, configure(func(s *cloud.FunctionSettings) { s.Description = "" }), "description"},
		"a function's logs":   {tokenFunction, configure(func(s *cloud.FunctionSettings) { s.Logging.Group = "hand" }), "loggingConfig"},
		"a variable":          {tokenFunction, configure(func(s *cloud.FunctionSettings) { s.Environment["HAND"] = "x" }), "environment"},
		"no variable":         {tokenFunction, configure(func(s *cloud.FunctionSettings) { s.Environment = nil }), "environment"},
		"a function's role":   {tokenFunction, configure(func(s *cloud.FunctionSettings) { s.Role = roleOther }), "role"},
		"a function's tag":    {tokenFunction, func(e *engine, _ ground, r res) error { return e.region.UntagFunction(r.id, []string{"env"}) }, "tags"},
		"a processor": {tokenFunction, func(e *engine, g ground, r res) error {
			return e.region.UpdateFunctionCode(r.id, Must(os.ReadFile(g.code)), []string{"x86_64"})
		}, "architectures"},
		"a protected table": {tokenTable, func(e *engine, _ ground, r res) error {
			return e.region.UpdateTable(r.id, cloud.BillingPerRequest, true)
		}, "deletionProtectionEnabled"},
		"no recovery":   {tokenTable, func(e *engine, _ ground, r res) error { return e.region.UpdateContinuousBackups(r.id, false) }, "pointInTimeRecovery"},
		"a table's tag": {tokenTable, func(e *engine, _ ground, r res) error { return e.region.UntagTable(r.id, []string{"env"}) }, "tags"},
		"a setting of a route": {tokenStage, func(e *engine, g ground, r res) error {
			return e.region.DeleteRouteSettings(g.api, r.id, "GET /ground")
		}, "routeSettings"},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			g := prepare(e)
			s := sampleOf(row.token)
			r := e.create(s.token, s.in(g))
			before := e.cloud.Describe()
			require.NoError(t, row.hand(e, g, r))
			require.NotEqual(t, before, e.cloud.Describe())

			read, found := e.refresh(r)
			require.True(t, found)
			assert.NotEqual(t, r.state[row.shows], read.state[row.shows])
			assert.NotEqual(t, r.inputs[row.shows], read.inputs[row.shows])
			assert.Equal(t, []string{row.shows}, e.diff(read, r.inputs).GetDiffs())

			repaired := e.update(read, s.in(g))
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

// configure changes the settings of a function by hand.
func configure(change func(*cloud.FunctionSettings)) func(*engine, ground, res) error {
	return func(e *engine, _ ground, r res) error {
		s := Must(e.region.GetFunction(r.id)).FunctionSettings
		change(&s)
		return e.region.UpdateFunctionConfiguration(r.id, s)
	}
}

func renameAPI(e *engine, _ ground, r res) error {
	s := Must(e.region.GetApi(r.id)).APISettings
	s.Name = "by hand"
	return e.region.UpdateApi(r.id, s)
}

// TestDriftOfWhatTheProgramLeavesOut: it shows in the state, and the next
// update takes it away.
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

// remove takes away what a resource is, or belongs to, by hand.
func remove(e *engine, r res) {
	switch r.token {
	case tokenAPI:
		OK(e.region.DeleteApi(r.id))
	case tokenIntegration, tokenRoute, tokenStage:
		OK(e.region.DeleteApi(r.state["apiId"].(string)))
	case tokenLogGroup:
		OK(e.region.DeleteLogGroup(r.id))
	case tokenFunction:
		OK(e.region.DeleteFunction(r.id))
	case tokenPermission:
		OK(e.region.RemovePermission("ground", r.id))
	case tokenTable:
		OK(e.region.DeleteTable(r.id))
	case tokenPolicy:
		OK(e.account.DeletePolicy(r.id))
	case tokenGroup:
		OK(e.account.DeleteGroup(r.id))
	case tokenUser:
		OK(e.account.DeleteUser(r.id))
	case tokenKey:
		OK(e.account.DeleteAccessKey("john", r.id))
	case tokenRole:
		OK(e.account.DeleteRole(r.id))
	case tokenProfile:
		OK(e.account.RemoveRoleFromInstanceProfile(r.id, "reader"))
		OK(e.account.DeleteInstanceProfile(r.id))
	case tokenGroupAttach:
		OK(e.account.DetachGroupPolicy("readers", arnReadOnly))
	case tokenRoleAttach:
		OK(e.account.DetachRolePolicy("reader", arnReadOnly))
	case tokenMembership:
		OK(e.account.RemoveUserFromGroup("readers", "john"))
		OK(e.account.DeleteGroup("readers"))
	case tokenGroupArns, tokenGroupInline:
		OK(e.account.UpdateGroup("readers", "renamed", ""))
	case tokenUserArns, tokenUserInline:
		OK(e.account.UpdateUser("john", "renamed", ""))
	case tokenRoleArns:
		OK(e.account.DetachRolePolicy("reader", arnReadOnly))
		OK(e.account.DetachRolePolicy("reader", arnPower))
		OK(e.account.DeleteRole("reader"))
	case tokenRoleInline:
		OK(e.account.DeleteRole("reader"))
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
