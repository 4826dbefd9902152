package provider_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestWhatReplaces shows that the inputs that a sample lists replace the
// resource if they change, and that all others are updated in place.
func TestWhatReplaces(t *testing.T) {
	e := start(t)
	for _, s := range samples() {
		properties := s.in(ground{})
		if s.change != nil {
			maps.Copy(properties, s.change(ground{}))
		}
		want := strings.Fields(s.replaces)
		for _, property := range want {
			properties[property] = nil
		}
		for property := range properties {
			d := e.diff(res{token: s.token, id: "x", state: settled(s.token, props{property: "old"})}, props{property: unknown})
			kind := d.GetDetailedDiff()[property].GetKind()
			if slices.Contains(want, property) {
				assert.Equalf(t, []string{property}, d.GetReplaces(), "%s of %s", property, s.token)
				assert.Equal(t, pulumirpc.PropertyDiff_UPDATE_REPLACE, kind)
			} else {
				assert.Emptyf(t, d.GetReplaces(), "%s of %s", property, s.token)
				assert.Equalf(t, pulumirpc.PropertyDiff_UPDATE, kind, "%s of %s", property, s.token)
				assert.False(t, d.GetDeleteBeforeReplace())
			}
		}
	}
}

// TestDeleteBeforeReplace shows which replacements delete first: two resources
// with the same explicit name cannot exist.
func TestDeleteBeforeReplace(t *testing.T) {
	e := start(t)
	g := prepare(e)
	for name, row := range map[string]struct {
		token      string
		in         props
		key        string
		value      any
		beforehand bool
	}{
		"explicit name, kept":     {tokenPolicy, props{"name": "a", "policy": readOnly}, "description", "x", true},
		"explicit name, changed":  {tokenPolicy, props{"name": "b", "policy": readOnly}, "name", "c", true},
		"explicit name, moved":    {tokenPolicy, props{"name": "d", "policy": readOnly}, "path", "/x/", true},
		"autoname":                {tokenPolicy, props{"policy": readOnly}, "description", "x", false},
		"prefix, moved":           {tokenPolicy, props{"namePrefix": "y-", "policy": readOnly}, "path", "/x/", false},
		"prefix, changed":         {tokenPolicy, props{"namePrefix": "z-", "policy": readOnly}, "namePrefix", "x-", false},
		"issuer":                  {tokenOIDC, oidcProvider, "url", "https://other.example.com", false},
		"prefix":                  {tokenPolicy, props{"namePrefix": "x-", "policy": readOnly}, "description", "x", false},
		"from autoname to a name": {tokenRole, props{"assumeRolePolicy": trustEC2}, "name", "r", true},
		"stage":                   {tokenStage, props{"apiId": g.api, "name": "s", "autoDeploy": true}, "name", "t", true},
		"log group":               {tokenLogGroup, props{"name": "l"}, "name", "m", true},
		"instance profile":        {tokenProfile, props{"name": "p"}, "path", "/x/", true},
		"named membership":        {tokenMembership, props{"name": "m", "group": "readers", "users": list("john")}, "group", "admins", true},
		"autonamed membership":    {tokenMembership, props{"group": "readers", "users": list("john")}, "group", "admins", false},
		"function":                {tokenFunction, functionOf(g.code), "name", "g", true},
		"autonamed function":      {tokenFunction, with(functionOf(g.code), "name", nil), "name", "g", true},
		"table":                   {tokenTable, tableOf("id"), "hashKey", "sku", true},
		"autonamed table":         {tokenTable, with(tableOf("id"), "name", nil), "rangeKey", "at", false},
		"statement":               {tokenPermission, props{"statementId": "s", "function": "ground", "action": "lambda:*", "principal": "s3.amazonaws.com"}, "sourceArn", anyCall, true},
		"autonamed statement":     {tokenPermission, props{"function": "ground", "action": "lambda:*", "principal": "s3.amazonaws.com"}, "sourceArn", anyCall, false},
		"never autonamed":         {tokenKey, props{"user": "john"}, "user", "jane", false},
		"attachment":              {tokenGroupAttach, props{"group": "readers", "policyArn": arnReadOnly}, "policyArn", arnAdmin, false},
		"exclusive list":          {tokenGroupArns, props{"groupName": "admins", "policyArns": list()}, "groupName", "readers", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := e.create(row.token, row.in)
			d := e.diff(r, e.check(row.token, r.inputs, with(row.in, row.key, row.value)))
			assert.Equal(t, []string{row.key}, d.GetReplaces())
			assert.Equal(t, row.beforehand, d.GetDeleteBeforeReplace())
		})
	}
	user := e.create(tokenUser, props{"name": "jill"})
	assert.False(t, e.diff(user, e.check(tokenUser, user.inputs, props{"name": "Jill"})).GetDeleteBeforeReplace(), "renamed in place")
}

func TestDetailedDiff(t *testing.T) {
	const (
		add    = pulumirpc.PropertyDiff_ADD
		remove = pulumirpc.PropertyDiff_DELETE
		update = pulumirpc.PropertyDiff_UPDATE
	)
	type kinds = map[string]pulumirpc.PropertyDiff_Kind
	throttle := props{"throttlingRateLimit": 1, "throttlingBurstLimit": 2}
	for name, row := range map[string]struct {
		token      string
		state, new props
		want       kinds
	}{
		"tags": {tokenUser, props{"tags": props{"a": "1", "b": "2", "with.dot": "x"}}, props{"tags": props{"a": "2", "c": "3"}},
			kinds{"tags.a": update, "tags.b": remove, "tags.c": add, `tags["with.dot"]`: remove}},
		"first tags":                {tokenUser, props{}, props{"tags": props{"a": "1"}}, kinds{"tags": add}},
		"omitted tags":              {tokenUser, props{"tags": props{"a": "1"}}, props{}, kinds{"tags": remove}},
		"tags that are empty":       {tokenUser, props{"tags": props{"a": "1"}}, props{"tags": props{}}, kinds{"tags": remove}},
		"no tags before and after":  {tokenUser, props{}, props{"tags": props{}}, kinds{}},
		"a boundary that was added": {tokenUser, props{"permissionsBoundary": arnPower}, props{}, kinds{"permissionsBoundary": remove}},
		"members in another order":  {tokenMembership, props{"users": list("a", "b")}, props{"users": list("b", "a")}, kinds{}},
		"a member that was added":   {tokenMembership, props{"users": list("a", "b", "c")}, props{"users": list("c", "a")}, kinds{"users[1]": remove}},
		"a member that is new":      {tokenMembership, props{"users": list("a")}, props{"users": list("b", "a")}, kinds{"users[0]": add}},
		"a member for another":      {tokenMembership, props{"users": list("a")}, props{"users": list("b")}, kinds{"users[0]": update}},
		"a member not known yet":    {tokenMembership, props{"users": list("a")}, props{"users": []any{"a", unknown}}, kinds{"users[1]": add}},
		"members not known yet":     {tokenMembership, props{"users": list("a")}, props{"users": unknown}, kinds{"users": update}},
		"a URL as AWS returns it":   {tokenOIDC, props{"url": "x.example.com"}, props{"url": "https://x.example.com"}, kinds{}},
		"a URL with a slash":        {tokenOIDC, props{"url": "x.example.com"}, props{"url": "https://x.example.com/"}, kinds{"url": pulumirpc.PropertyDiff_UPDATE_REPLACE}},
		"omitted thumbprints":       {tokenOIDC, props{"thumbprintLists": list("a")}, props{}, kinds{}},
		"thumbprints in order":      {tokenOIDC, props{"thumbprintLists": list("a", "b", "c")}, props{"thumbprintLists": list("a", "c")}, kinds{"thumbprintLists[1]": update, "thumbprintLists[2]": remove}},
		"one more thumbprint":       {tokenOIDC, props{"thumbprintLists": list("a")}, props{"thumbprintLists": list("a", "b")}, kinds{"thumbprintLists[1]": add}},
		"audiences in any order":    {tokenOIDC, props{"clientIdLists": list("a", "b")}, props{"clientIdLists": list("b", "a")}, kinds{}},
		"a document in other words": {tokenPolicy, props{"policy": readOnly}, props{"policy": strings.Replace(readOnly, `"execute-api:Invoke"`, `["execute-api:Invoke"]`, 1)}, kinds{}},
		"another document":          {tokenPolicy, props{"policy": readOnly}, props{"policy": admin}, kinds{"policy": update}},
		"a throttle":                {tokenStage, props{"defaultRouteSettings": throttle}, props{"defaultRouteSettings": with(throttle, "throttlingRateLimit", 3)}, kinds{"defaultRouteSettings.throttlingRateLimit": update}},
		"one limit omitted":         {tokenStage, props{"defaultRouteSettings": throttle}, props{"defaultRouteSettings": with(throttle, "throttlingRateLimit", nil)}, kinds{"defaultRouteSettings.throttlingRateLimit": remove}},
		"omitted throttle":          {tokenStage, props{"defaultRouteSettings": throttle}, props{}, kinds{}},
		"false is like no value":    {tokenStage, props{"defaultRouteSettings": with(throttle, "dataTraceEnabled", false)}, props{"defaultRouteSettings": throttle}, kinds{}},
		"omitted access log":        {tokenStage, props{"accessLogSettings": props{"format": "x"}}, props{}, kinds{"accessLogSettings": remove}},
		"route settings": {tokenStage, props{"routeSettings": []any{with(throttle, "routeKey", "GET /a"), with(throttle, "routeKey", "GET /b")}},
			props{"routeSettings": []any{with(throttle, "routeKey", "GET /b"), with(throttle, "routeKey", "GET /c")}},
			kinds{"routeSettings[0]": remove, "routeSettings[1]": add}},
		"default of an omitted input": {tokenRole, props{"maxSessionDuration": 7200, "path": "/"}, props{}, kinds{"maxSessionDuration": update}},
		"value from AWS":              {tokenAPI, props{"ipAddressType": "ipv4", "arn": "x"}, props{}, kinds{}},
		"omitted name":                {tokenLogGroup, props{"name": "x", "namePrefix": "x"}, props{}, kinds{}},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			d := e.diff(res{token: row.token, id: "x", state: settled(row.token, row.state)}, row.new)
			got := kinds{}
			for path, p := range d.GetDetailedDiff() {
				got[path] = p.GetKind()
				assert.False(t, p.GetInputDiff())
			}
			assert.Equal(t, row.want, got)
		})
	}
}

func TestIgnoreChanges(t *testing.T) {
	e := start(t)
	r := e.create(tokenUser, props{"name": "jill", "tags": props{"a": "1", "b": "2"}})
	news := e.check(tokenUser, r.inputs, props{"name": "jill", "path": "/x/", "tags": props{"a": "2", "b": "3"}})
	diff := func(ignore ...string) []string {
		resp, err := e.rpc.Diff(context.Background(), &pulumirpc.DiffRequest{
			Urn: urn(tokenUser), Id: r.id, Olds: e.encode(r.state), News: e.encode(news), IgnoreChanges: ignore})
		require.NoError(t, err)
		return resp.GetDiffs()
	}
	assert.Equal(t, []string{"path", "tags"}, diff())
	assert.Equal(t, []string{"path"}, diff("tags"))
	assert.Equal(t, []string{"path", "tags"}, diff("tags.a", "ta"))
	assert.Equal(t, []string{"path"}, diff("tags.a", "tags.b"))
	assert.Empty(t, diff("tags", "path"))

	resp, err := e.rpc.Update(context.Background(), &pulumirpc.UpdateRequest{
		Urn: urn(tokenUser), Id: r.id, Olds: e.encode(r.state), News: e.encode(news), IgnoreChanges: []string{"tags", "nothing"}})
	require.NoError(t, err)
	assert.Equal(t, "/x/", e.decode(resp.GetProperties())["path"])
	assert.Equal(t, map[string]string{"a": "1", "b": "2"}, Must(e.account.GetUser("jill")).Tags)
}

func TestPreview(t *testing.T) {
	e := start(t)
	ctx := context.Background()
	created, err := e.rpc.Create(ctx, &pulumirpc.CreateRequest{
		Urn: urn(tokenGroup), Properties: e.encode(e.check(tokenGroup, nil, props{"name": "g"})), Preview: true})
	require.NoError(t, err)
	assert.Empty(t, created.GetId())
	state := e.unmarshal(created.GetProperties())
	assert.Equal(t, "g", state["name"].StringValue())
	assert.True(t, state["arn"].IsComputed())
	assert.True(t, state["uniqueId"].IsComputed())
	assert.NotContains(t, state, "__defaults")
	assert.Empty(t, Must(e.account.ListGroups()), "a preview creates nothing")

	prefixed, err := e.rpc.Create(ctx, &pulumirpc.CreateRequest{
		Urn: urn(tokenPolicy), Properties: e.encode(e.check(tokenPolicy, nil, props{"namePrefix": "x", "policy": readOnly})), Preview: true})
	require.NoError(t, err)
	assert.True(t, e.unmarshal(prefixed.GetProperties())["name"].IsComputed())

	preview := func(r res, in props) props {
		resp, err := e.rpc.Update(ctx, &pulumirpc.UpdateRequest{
			Urn: urn(r.token), Id: r.id, Olds: e.encode(r.state), News: e.encode(e.check(r.token, r.inputs, in)), Preview: true})
		require.NoError(t, err)
		out := props{}
		for k, v := range e.unmarshal(resp.GetProperties()) {
			out[string(k)] = v.Mappable()
			if v.IsComputed() {
				out[string(k)] = "unknown"
			}
		}
		return out
	}
	u := e.create(tokenUser, props{"name": "jill", "tags": props{"a": "b"}, "permissionsBoundary": arnPower})
	planned := preview(u, props{"name": "jill", "path": "/x/"})
	assert.Equal(t, u.state["arn"], planned["arn"])
	assert.Equal(t, "/x/", planned["path"])
	assert.NotContains(t, planned, "tags")
	assert.NotContains(t, planned, "permissionsBoundary")
	g := e.create(tokenGroup, props{"name": "g"})
	assert.Equal(t, "unknown", preview(g, props{"name": "h"})["arn"])
	assert.Equal(t, g.state["arn"], preview(g, props{"name": "g"})["arn"])
	assert.Equal(t, "jill", Must(e.account.GetUser("jill")).UserName)
	assert.Equal(t, "/", Must(e.account.GetUser("jill")).Path)
}
