package provider_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestTypesListTheirRequests compares the actions that a type's row
// lists with the mutations of its operations. Other tests rely on the rows.
func TestTypesListTheirRequests(t *testing.T) {
	for _, kind := range slices.Concat(provider.Types(), provider.InstanceTypes()) {
		t.Run(kind.Token(), func(t *testing.T) {
			seen := map[string]bool{}
			note := func(prepared func(*engine, ground) func()) {
				e := start(t)
				do := prepared(e, prepare(e))
				e.cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
					seen[m.Action] = true
					return cloud.NoFault
				})
				do()
			}
			sampled := false
			for _, s := range samples() {
				if s.token == kind.Token() {
					sampled = true
					note(func(e *engine, g ground) func() { return func() { e.live(s, g) } })
				}
			}
			require.True(t, sampled, "there is a sample")
			if prepared := seldom[kind.Token()]; prepared != nil {
				note(prepared)
			}
			assert.ElementsMatch(t, kind.Calls(), slices.Collect(maps.Keys(seen)))
			assert.Equal(t, kind.TakesTags(), kind.Takes("tags"))
			if kind.Unique() != "" {
				assert.True(t, kind.Takes(kind.Unique()), kind.Unique())
			}
		})
	}
}

// live creates a resource, changes what can be changed, omits what can be
// omitted, and deletes it.
func (e *engine) live(s sample, g ground) {
	e.t.Helper()
	in := s.in(g)
	r := e.create(s.token, in)
	if s.change != nil {
		for k, v := range s.change(g) {
			r = e.update(e.update(r, with(in, k, v)), in)
		}
	}
	for k := range in {
		less := with(in, k, nil)
		checked := Must(e.checkRPC(s.token, r.inputs, less))
		if k == "name" || len(checked.GetFailures()) > 0 || len(e.diff(r, e.decode(checked.GetInputs())).GetReplaces()) > 0 {
			continue
		}
		if changed, err := e.tryUpdate(r, less); err == nil { // otherwise AWS requires it
			r = e.update(changed, in)
		}
	}
	e.delete(r)
}

// seldom prepares operations that send requests which a type sends rarely.
var seldom = map[string]func(e *engine, g ground) func(){
	tokenGroupInline: func(e *engine, _ ground) func() {
		r := e.create(tokenGroupInline, props{"groupName": "readers", "policyNames": list()})
		OK(e.account.GroupPolicies().Put("readers", embedded))
		return func() { e.update(r, r.inputs) }
	},
	tokenRoleInline: func(e *engine, _ ground) func() {
		r := e.create(tokenRoleInline, props{"roleName": "reader", "policyNames": list()})
		OK(e.account.RolePolicies().Put("reader", embedded))
		return func() { e.update(r, r.inputs) }
	},
	tokenUserInline: func(e *engine, _ ground) func() {
		r := e.create(tokenUserInline, props{"userName": "john", "policyNames": list()})
		OK(e.account.UserPolicies().Put("john", embedded))
		return func() { e.update(r, r.inputs) }
	},
	tokenRole: func(e *engine, _ ground) func() {
		r := e.create(tokenRole, props{"name": "r", "assumeRolePolicy": trustEC2, "forceDetachPolicies": true})
		Must(e.account.CreateInstanceProfile("p", "", nil))
		OK(e.account.AddRoleToInstanceProfile("p", "r"))
		OK(e.account.RolePolicies().Attach("r", arnReadOnly))
		OK(e.account.RolePolicies().Put("r", embedded))
		return func() { e.delete(r) }
	},
	tokenTable: func(e *engine, _ ground) func() {
		in := tableOf("id")
		r := e.create(tokenTable, in)
		return func() { e.update(r, with(in, "deletionProtectionEnabled", true)) }
	},
	tokenUser: func(e *engine, _ ground) func() {
		r := e.create(tokenUser, props{"name": "u", "forceDestroy": true})
		OK(e.account.AddUserToGroup("readers", "u"))
		Must(e.account.CreateAccessKey("u"))
		Must(e.account.EnableMFADevice("u", "phone"))
		return func() { e.delete(r) }
	},
}

var embedded = cloud.InlinePolicy{PolicyName: "by-hand", PolicyDocument: readOnly}
