package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestAttachmentToAnExistingRole checks that an attachment manages only itself: the
// role's other policies are not drift.
func TestAttachmentToAnExistingRole(t *testing.T) {
	e := start(t)
	prepare(e)
	policies := e.account.RolePolicies()
	OK(policies.Attach("reader", arnSSM))
	in := props{"role": "reader", "policyArn": arnReadOnly}
	r := e.create(tokenRoleAttach, in)
	OK(policies.Attach("reader", arnAdmin))
	OK(policies.Detach("reader", arnSSM))
	e.steady(r)

	OK(policies.Detach("reader", arnReadOnly))
	_, found := e.refresh(r)
	assert.False(t, found, "detached by hand")
	again := e.create(tokenRoleAttach, in)
	e.delete(again)
	assert.Equal(t, []string{arnAdmin}, Must(policies.Attached("reader")))
}

// TestPolicyWithAFixedName creates policies with the same name. Names must be unique in
// the account, regardless of path and case.
func TestPolicyWithAFixedName(t *testing.T) {
	e := start(t)
	in := props{"name": "Staff", "path": "/api/", "policy": readOnly}
	r := e.create(tokenPolicy, in)
	assert.Equal(t, "arn:aws:iam::111122223333:policy/api/Staff", r.id)
	for _, other := range []props{in, with(in, "path", "/"), with(in, "name", "sTAFF")} {
		_, err := e.tryCreate(tokenPolicy, other)
		require.ErrorContains(t, err, "EntityAlreadyExists")
	}
	for _, path := range []string{"api", "/a b/", "/a:b/"} {
		_, err := e.tryCreate(tokenPolicy, props{"name": "x", "path": path, "policy": readOnly})
		require.ErrorContains(t, err, "ValidationError")
	}
	OK(e.account.DeletePolicy(r.id))
	_, found := e.refresh(r)
	assert.False(t, found)
	e.steady(e.create(tokenPolicy, with(in, "path", "/other/")))
}

// TestThumbprintsOfTheIssuer omits thumbprints, so that AWS reads them from the issuer.
func TestThumbprintsOfTheIssuer(t *testing.T) {
	e := start(t)
	for name, in := range map[string]props{"omitted": oidcProvider, "empty": with(oidcProvider, "thumbprintLists", list())} {
		r := e.create(tokenOIDC, in)
		assert.Len(t, r.state["thumbprintLists"], 1, name)
		assert.Equal(t, none, e.diff(r, e.check(tokenOIDC, r.inputs, in)).GetChanges(), name)
		e.steady(r)
		r = e.update(r, with(in, "thumbprintLists", list(thumbprint)))
		r = e.update(r, with(in, "clientIdLists", list("y")))
		assert.Equal(t, []any{thumbprint}, r.state["thumbprintLists"], "what is omitted stays")
		e.steady(r)
		e.delete(r)
	}
	// AWS stores lower case, so capitals are a change in every update.
	r := e.create(tokenOIDC, with(oidcProvider, "thumbprintLists", list(strings.Repeat("A", 40))))
	assert.Equal(t, []string{"thumbprintLists"}, e.diff(r, r.inputs).GetDiffs())
}

func TestRequestsOfAnOIDCProvider(t *testing.T) {
	e := start(t)
	in := with(oidcProvider, "thumbprintLists", list(thumbprint))
	r := e.create(tokenOIDC, in)
	var calls []string
	e.cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		calls = append(calls, m.Action)
		return cloud.NoFault
	})
	in = with(with(in, "clientIdLists", list("y")), "thumbprintLists", list(strings.Repeat("0", 40)))
	r = e.update(r, in)
	assert.Equal(t, []string{"UpdateOpenIDConnectProviderThumbprint", "AddClientIDToOpenIDConnectProvider",
		"RemoveClientIDFromOpenIDConnectProvider"}, calls, "in the order of pulumi-aws")
	_, err := e.tryCreate(tokenOIDC, in)
	require.ErrorContains(t, err, "EntityAlreadyExists")
	_, err = e.tryUpdate(r, with(in, "clientIdLists", list("")))
	require.ErrorContains(t, err, "ValidationError")
}

// TestRoleWaitsForPrincipals creates a user after the role that trusts it.
func TestRoleWaitsForPrincipals(t *testing.T) {
	e := start(t)
	created := time.AfterFunc(50*time.Millisecond, func() { Must(e.account.CreateUser(cloud.CreateUserInput{UserName: "ann"})) })
	defer created.Stop()
	trust := TrustAWS("arn:aws:iam::111122223333:user/ann")
	e.steady(e.create(tokenRole, props{"name": "r", "assumeRolePolicy": trust}))
}
