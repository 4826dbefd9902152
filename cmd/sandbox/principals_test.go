package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/endpoints"
)

// TestTrusted selects a principal that a role trusts. Only users have MFA, the tags of a
// pod's session need permission, and unauthenticated identities cannot assume roles.
func TestTrusted(t *testing.T) {
	a := &assembly{deployment: &deployment{aws: cloud.New()}, found: map[string]principal{}, helpers: map[string]principal{}}
	a.plan = &program.Plan{Roles: map[string]program.Role{
		"worker": {}, "pod": {Trust: access.PodIdentityTrust{Cluster: "main", Namespace: "shop", ServiceAccount: "a"}},
		"guest": {Trust: access.IdentityPoolTrust{}},
	}}
	for _, name := range []string{"role/worker", "role/pod", "role/guest", "user/ann", callerName} {
		a.found[name] = static(name, name, "AKIA", "")
	}
	both := []string{"role/worker", "user/ann"}
	for name, test := range map[string]struct {
		trust access.AccountTrust
		want  string
	}{
		"the first":            {access.AccountTrust{Principals: both}, "role/worker"},
		"the first with MFA":   {access.AccountTrust{Principals: both, RequireMFA: true}, "user/ann"},
		"none with MFA":        {access.AccountTrust{Principals: both[:1], RequireMFA: true}, ""},
		"not a pod":            {access.AccountTrust{Principals: []string{"role/pod", "role/guest", "user/ann"}}, "user/ann"},
		"only a pod":           {access.AccountTrust{Principals: []string{"role/pod"}}, "role/pod"},
		"a pod":                {access.AccountTrust{Principals: []string{"role/pod"}, SessionTags: true}, "role/pod"},
		"the caller's account": {access.AccountTrust{AccountID: cloud.CallerAccount, Principals: []string{"*"}}, callerName},
		"the caller":           {access.AccountTrust{AccountID: cloud.CallerAccount, Principals: []string{"user/my-user"}}, callerName},
	} {
		if test.trust.AccountID == "" {
			test.trust.AccountID = cloud.APIAccount
		}
		who, err := a.trusted(test.trust)
		if test.want == "" {
			assert.ErrorIs(t, err, errNoPrincipal, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, test.want, who.name, name)
	}
}

// TestRoleWithoutPrincipal has a role that no principal here can assume: it is not an
// error before its credentials are needed.
func TestRoleWithoutPrincipal(t *testing.T) {
	d := &deployment{endpoints: &endpoints.Endpoints{}}
	d.plan = &program.Plan{Roles: map[string]program.Role{
		"far": {Trust: access.AccountTrust{AccountID: cloud.CallerAccount, Principals: []string{"role/batch"}, RequireMFA: true}},
	}}
	a := &assembly{deployment: d, found: map[string]principal{}}
	require.NoError(t, a.addRole("far"))
	_, err := a.found["role/far"].retrieve(t.Context())
	assert.ErrorIs(t, err, errNoPrincipal)
	assert.ErrorContains(t, err, "role/batch")
}

func TestCellWithoutCalls(t *testing.T) {
	never, always := access.Cell{}, access.Allow()
	office := access.AllowIf(access.Alternative{Conditions: access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}}})
	for agrees, cells := range map[bool][]access.Cell{true: {never}, false: {always, office}} {
		for _, expected := range cells {
			c := cell{Expected: expected}
			c.conclude()
			assert.Equal(t, agrees, c.Agrees, expected)
		}
	}
}
