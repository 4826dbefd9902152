package provider_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestDrift adds or removes something by hand. A refresh shows it, and the next
// update repairs it. TestLifecycle does the same with changes of values.
func TestDrift(t *testing.T) {
	for name, row := range map[string]struct {
		token string
		shows string // the property that differs
		hand  func(e *engine, g ground, id string) error
	}{
		"inline policy of a group": {tokenGroupInline, "policyNames", func(e *engine, _ ground, _ string) error { return e.account.GroupPolicies().Put("readers", embedded) }},
		"inline policy of a role":  {tokenRoleInline, "policyNames", func(e *engine, _ ground, _ string) error { return e.account.RolePolicies().Put("reader", embedded) }},
		"inline policy of a user":  {tokenUserInline, "policyNames", func(e *engine, _ ground, _ string) error { return e.account.UserPolicies().Put("john", embedded) }},
		"policy attached": {tokenRoleArns, "policyArns", func(e *engine, _ ground, _ string) error {
			return e.account.RolePolicies().Attach("reader", "arn:aws:iam::aws:policy/SecurityAudit")
		}},
		"policy detached": {tokenRoleArns, "policyArns", func(e *engine, _ ground, _ string) error {
			return e.account.RolePolicies().Detach("reader", arnSSM)
		}},
		"access log removed": {tokenStage, "accessLogSettings", func(e *engine, g ground, id string) error {
			s := Must(e.region.GetStage(g.api, id)).StageSettings
			s.AccessLog = nil
			return e.region.UpdateStage(g.api, id, s)
		}},
		"settings of a route removed": {tokenStage, "routeSettings", func(e *engine, g ground, id string) error {
			return e.region.DeleteRouteSettings(g.api, id, "GET /ground")
		}},
		"boundary removed": {tokenRole, "permissionsBoundary", func(e *engine, _ ground, id string) error { return e.account.DeleteRolePermissionsBoundary(id) }},
		"inactive key": {tokenKey, "status", func(e *engine, _ ground, id string) error {
			return e.account.UpdateAccessKey("john", id, cloud.KeyInactive)
		}},
		"audience added": {tokenOIDC, "clientIdLists", func(e *engine, _ ground, id string) error {
			return e.account.AddClientIDToOpenIDConnectProvider(id, "by-hand")
		}},
		"thumbprint added": {tokenOIDC, "thumbprintLists", func(e *engine, _ ground, id string) error {
			list := Must(e.account.GetOpenIDConnectProvider(id)).ThumbprintList
			return e.account.UpdateOpenIDConnectProviderThumbprint(id, append(list, thumbprint))
		}},
		"role removed": {tokenProfile, "role", func(e *engine, _ ground, id string) error {
			return e.account.RemoveRoleFromInstanceProfile(id, "reader")
		}},
		"variables removed": {tokenFunction, "environment", func(e *engine, _ ground, id string) error {
			s := Must(e.region.GetFunction(id)).FunctionSettings
			s.Environment = nil
			return e.region.UpdateFunctionConfiguration(id, s)
		}},
		"protected table": {tokenTable, "deletionProtectionEnabled", func(e *engine, _ ground, id string) error {
			return e.region.UpdateTable(id, cloud.BillingPerRequest, true)
		}},
		"gateway detached": {tokenGateway, "vpcId", func(e *engine, g ground, id string) error { return e.region.DetachInternetGateway(id, g.otherVPC) }},
		"route removed":    {tokenRouteTable, "routes", func(e *engine, _ ground, id string) error { return e.region.DeleteVpcRoute(id, "0.0.0.0/0") }},
		"rules removed": {tokenFirewall, "egress", func(e *engine, _ ground, id string) error {
			return e.region.RevokeSecurityGroup("Egress", id, Must(e.region.DescribeSecurityGroup(id)).Egress)
		}},
		"another type": {tokenInstance, "instanceType", func(e *engine, _ ground, id string) error {
			return e.region.ModifyInstance("ModifyInstanceAttribute", id, func(s *cloud.InstanceSettings) { s.InstanceType = "t4g.large" })
		}},
		"public access": {tokenBlock, "blockPublicAcls", func(e *engine, _ ground, id string) error {
			return e.region.PutPublicAccessBlock(id, &cloud.PublicAccessBlock{BlockPublicPolicy: true, IgnorePublicAcls: true})
		}},
		"another policy": {tokenBucketRule, "policy", func(e *engine, _ ground, id string) error {
			return e.region.PutBucketPolicy(id, bucketDocument("s3:PutObject"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			g := prepare(e)
			s := sampleOf(row.token)
			r := e.create(s.token, s.in(g))
			before := e.cloud.Describe()
			require.NoError(t, row.hand(e, g, r.id))
			require.NotEqual(t, before, e.cloud.Describe())

			repaired := e.update(e.drifted(r, row.shows), s.in(g))
			assert.Equal(t, before, e.cloud.Describe())
			e.steady(repaired)
		})
	}
}

// TestSetsAreRecordedAsApplied adds an element to a set by hand and then creates
// or updates the resource. The state has the program's elements, and only a
// refresh finds the other one, so that an update removes it.
func TestSetsAreRecordedAsApplied(t *testing.T) {
	for name, row := range map[string]struct {
		token  string
		shows  string // the property that differs
		before func(e *engine)
		hand   func(e *engine, g ground, id string) error
		change props
	}{
		"members, at the creation": {token: tokenMembership, shows: "users",
			before: func(e *engine) { OK(e.account.AddUserToGroup("readers", "jane")) }},
		"members, at an update": {token: tokenMembership, shows: "users",
			hand:   func(e *engine, _ ground, _ string) error { return e.account.AddUserToGroup("readers", "jane") },
			change: props{"users": list()}},
		"origins": {token: tokenAPI, shows: "corsConfiguration",
			hand: func(e *engine, _ ground, id string) error {
				s := Must(e.region.GetApi(id)).APISettings
				s.CORS.AllowOrigins = append(s.CORS.AllowOrigins, "https://example.net")
				return e.region.UpdateApi(id, s)
			},
			change: props{"tags": props{"a": "b"}}},
		"settings of routes": {token: tokenStage, shows: "routeSettings",
			hand: func(e *engine, g ground, id string) error {
				Must(e.region.CreateRoute(g.api, cloud.RouteSettings{RouteKey: "GET /more"}))
				s := Must(e.region.GetStage(g.api, id)).StageSettings
				s.RouteSettings["GET /more"] = s.RouteSettings["GET /ground"]
				return e.region.UpdateStage(g.api, id, s)
			},
			change: props{"tags": props{"a": "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			g := prepare(e)
			if row.before != nil {
				row.before(e)
			}
			in := sampleOf(row.token).in(g)
			r := e.create(row.token, in)
			if row.hand != nil {
				require.NoError(t, row.hand(e, g, r.id))
				maps.Copy(in, row.change)
				r = e.update(r, in)
			}
			assert.Equal(t, normal(in[row.shows]), normal(r.state[row.shows]))
			e.steady(e.update(e.drifted(r, row.shows), in))
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

// TestDriftOfOmittedInputs shows that additions by hand are in the
// state after a refresh, and that the next update removes them.
func TestDriftOfOmittedInputs(t *testing.T) {
	e := start(t)
	r := e.create(tokenUser, props{"name": "jill"})
	OK(e.account.Tag("User", "jill", map[string]string{"by": "hand"}))
	OK(e.account.PutUserPermissionsBoundary("jill", arnPower))
	read, _ := e.refresh(r)
	assert.Equal(t, r.inputs, read.inputs)
	assert.Equal(t, []string{"permissionsBoundary", "tags"}, e.diff(read, r.inputs).GetDiffs())
	e.update(read, props{"name": "jill"})
	got := Must(e.account.GetUser("jill"))
	assert.Empty(t, got.Tags)
	assert.Empty(t, got.PermissionsBoundary)
}

func TestReadOfMissingResources(t *testing.T) {
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
		for _, arn := range Must(e.account.RolePolicies().Attached("reader")) {
			OK(e.account.RolePolicies().Detach("reader", arn))
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
		tokenAPI: "missing", tokenIntegration: "missing/x", tokenRoute: "missing/x", tokenAuthorizer: "missing/x", tokenStage: "missing/x", tokenLogGroup: "missing",
		tokenPolicy: "arn:aws:iam::111122223333:policy/missing", tokenGroup: "missing", tokenUser: "missing", tokenRole: "missing",
		tokenProfile: "missing", tokenKey: "AKIAXXXXXXXXXXXXXXXX", tokenGroupAttach: "readers/" + arnReadOnly,
		tokenVPC: "missing", tokenSubnet: "missing", tokenGateway: "missing", tokenRouteTable: "missing", tokenFirewall: "missing",
		tokenInstance: "missing", tokenAssociation: "missing/x", tokenBucket: "missing", tokenBlock: "missing", tokenBucketRule: "ground", tokenObject: "ground/missing",
		tokenOIDC: "arn:aws:iam::111122223333:oidc-provider/missing", tokenFunction: "missing", tokenPermission: "ground/missing", tokenTable: "missing", tokenRoleAttach: "missing/" + arnReadOnly, tokenGroupArns: "missing", tokenRoleInline: "missing",
	} {
		resp, err := e.readRPC(token, id)
		require.NoError(t, err, token)
		assert.Empty(t, resp.GetId(), token)
	}
	for token, id := range map[string]string{
		tokenRoute: "no-slash", tokenStage: "a/b/c", tokenIntegration: "/x", tokenGroupAttach: "readers", tokenMembership: "members",
		tokenPermission: "ground", tokenAssociation: "subnet", tokenObject: "ground",
	} {
		_, err := e.readRPC(token, id)
		require.Error(t, err, fmt.Sprint(token, " ", id))
	}
}
