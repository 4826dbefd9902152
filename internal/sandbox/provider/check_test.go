package provider_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "iam-secured-api/internal/sandbox/sandboxtest"
)

func TestUnknownType(t *testing.T) {
	e := start(t)
	_, err := e.checkRPC("aws:s3/bucket:Bucket", nil, props{})
	require.ErrorContains(t, err, "aws:s3/bucket:Bucket")
	_, err = e.rpc.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn("aws:s3/bucket:Bucket")})
	require.ErrorContains(t, err, "aws:s3/bucket:Bucket")
	_, err = e.rpc.Check(context.Background(), &pulumirpc.CheckRequest{Urn: "x"})
	require.Error(t, err)
}

func TestCheckFailures(t *testing.T) {
	stage := func(key string, v any) props { return props{"apiId": "x", key: v} }
	authorizer := func(key string, v any) props { return props{"apiId": "x", "authorizerType": "JWT", key: v} }
	for name, row := range map[string]struct {
		token    string
		in       props
		property string
	}{
		"unknown property":         {tokenUser, props{"nmae": "x"}, "nmae"},
		"unmodelled property":      {tokenAPI, props{"protocolType": "HTTP", "body": "{}"}, "body"},
		"unmodelled list":          {tokenRole, props{"assumeRolePolicy": "{}", "managedPolicyArns": list("x")}, "managedPolicyArns"},
		"missing property":         {tokenAPI, props{}, "protocolType"},
		"missing list":             {tokenMembership, props{"group": "g"}, "users"},
		"string that is a number":  {tokenUser, props{"name": 1}, "name"},
		"boolean that is a string": {tokenUser, props{"forceDestroy": "true"}, "forceDestroy"},
		"integer with a fraction":  {tokenLogGroup, props{"retentionInDays": 1.5}, "retentionInDays"},
		"integer that is a string": {tokenLogGroup, props{"retentionInDays": "1"}, "retentionInDays"},
		"map that is a list":       {tokenUser, props{"tags": list("a")}, "tags"},
		"map of numbers":           {tokenUser, props{"tags": props{"a": 1}}, "tags"},
		"list that is a string":    {tokenMembership, props{"group": "g", "users": "john"}, "users"},
		"list in order of numbers": {tokenOIDC, with(oidcProvider, "thumbprintLists", []any{1}), "thumbprintLists"},
		"audiences that are one":   {tokenAuthorizer, authorizer("jwtConfiguration", props{"audiences": "shop"}), "jwtConfiguration"},
		"Lambda authorizer":        {tokenAuthorizer, authorizer("authorizerUri", "arn:aws:lambda:x"), "authorizerUri"},
		"cached authorizer":        {tokenAuthorizer, authorizer("authorizerResultTtlInSeconds", 300), "authorizerResultTtlInSeconds"},
		"issuer that is a number":  {tokenOIDC, with(oidcProvider, "url", 1), "url"},
		"no issuer":                {tokenOIDC, with(oidcProvider, "url", nil), "url"},
		"no audiences":             {tokenOIDC, with(oidcProvider, "clientIdLists", nil), "clientIdLists"},
		"list of numbers":          {tokenMembership, props{"group": "g", "users": []any{1}}, "users"},
		"object that is a string":  {tokenStage, stage("accessLogSettings", "x"), "accessLogSettings"},
		"unknown field":            {tokenStage, stage("accessLogSettings", props{"destinationArn": "a", "format": "b", "c": "d"}), "accessLogSettings"},
		"missing field":            {tokenStage, stage("accessLogSettings", props{"destinationArn": "a"}), "accessLogSettings"},
		"field of a wrong type":    {tokenStage, stage("defaultRouteSettings", props{"throttlingRateLimit": "1"}), "defaultRouteSettings"},
		"objects that are one":     {tokenStage, stage("routeSettings", props{"routeKey": "GET /x"}), "routeSettings"},
		"object without its key":   {tokenStage, stage("routeSettings", []any{props{"throttlingRateLimit": 1}}), "routeSettings"},
		"document that is a list":  {tokenPolicy, props{"policy": list("x")}, "policy"},
		"archive that is a string": {tokenFunction, props{"role": "r", "code": "code.zip"}, "code"},
		"archive of texts":         {tokenFunction, props{"role": "r", "code": archiveOf(map[string]any{"bootstrap": Must(asset.FromText("x"))}, "")}, "code"},
		"archive from afar":        {tokenFunction, props{"role": "r", "code": archiveOf(nil, "https://example.com/code.zip")}, "code"},
		"other than its default":   {tokenFunction, props{"role": "r", "publish": true}, "publish"},
		"an image":                 {tokenFunction, props{"role": "r", "packageType": "Image"}, "packageType"},
		"unmodelled string":        {tokenFunction, props{"role": "r", "layers": "x"}, "layers"},
		"unmodelled field":         {tokenFunction, props{"role": "r", "loggingConfig": props{"logFormat": "JSON", "logGroup": "x", "systemLogLevel": "WARN"}}, "loggingConfig"},
		"statement id and prefix":  {tokenPermission, props{"action": "*", "function": "f", "principal": "p", "statementId": "x", "statementIdPrefix": "y"}, "statementIdPrefix"},
		"index of a table":         {tokenTable, props{"globalSecondaryIndexes": []any{props{"name": "x"}}}, "globalSecondaryIndexes"},
		"name and prefix":          {tokenPolicy, props{"policy": readOnly, "name": "x", "namePrefix": "y"}, "namePrefix"},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			resp, err := e.checkRPC(row.token, nil, row.in)
			require.NoError(t, err)
			require.Len(t, resp.GetFailures(), 1)
			f := resp.GetFailures()[0]
			assert.Equal(t, row.property, f.GetProperty())
			assert.Contains(t, f.GetReason(), row.token)
			assert.Contains(t, f.GetReason(), row.property)
		})
	}
}

// archiveOf returns an archive that is not a file.
func archiveOf(assets map[string]any, uri string) *archive.Archive {
	return &archive.Archive{Sig: archive.ArchiveSig, Assets: assets, URI: uri, Hash: "0"}
}

func TestDefaultOfAnUnmodelledProperty(t *testing.T) {
	in := start(t).check(tokenFunction, nil, props{"role": "r", "publish": false, "packageType": "Zip", "reservedConcurrentExecutions": -1})
	assert.Equal(t, false, in["publish"])
	assert.Equal(t, "Zip", in["packageType"])
	assert.Equal(t, -1.0, in["reservedConcurrentExecutions"])
}

func TestCheckReportsAllFailures(t *testing.T) {
	resp, err := start(t).checkRPC(tokenStage, nil, props{"nmae": "x", "autoDeploy": "yes"})
	require.NoError(t, err)
	assert.Len(t, resp.GetFailures(), 3)
}

func TestEmptyValueOfAnUnmodelledProperty(t *testing.T) {
	in := start(t).check(tokenRoute, nil, props{"apiId": "a", "routeKey": "GET /x", "requestParameters": list(), "modelSelectionExpression": ""})
	assert.NotContains(t, in, "requestParameters")
	assert.NotContains(t, in, "modelSelectionExpression")
}

func TestCheckAcceptsUnknownValues(t *testing.T) {
	e := start(t)
	for _, s := range samples() {
		in := props{}
		for k := range s.in(ground{}) {
			in[k] = unknown
		}
		resp, err := e.checkRPC(s.token, nil, in)
		require.NoError(t, err)
		assert.Emptyf(t, resp.GetFailures(), "%s", s.token)
	}
	resp, err := e.checkRPC(tokenStage, nil, props{"apiId": "x", "accessLogSettings": props{"destinationArn": unknown, "format": "x"},
		"routeSettings": []any{props{"routeKey": unknown}}, "tags": props{"a": unknown}})
	require.NoError(t, err)
	assert.Empty(t, resp.GetFailures())
	in := e.check(tokenPolicy, nil, props{"policy": props{"Version": "2012-10-17", "Statement": unknown}})
	assert.True(t, resource.NewPropertyValue(in["policy"]).IsComputed())
}

func TestDefaults(t *testing.T) {
	e := start(t)
	in := e.check(tokenRole, nil, props{"assumeRolePolicy": trustEC2, "path": "/x/"})
	assert.Equal(t, float64(3600), in["maxSessionDuration"])
	assert.Equal(t, false, in["forceDetachPolicies"])
	assert.Equal(t, "/x/", in["path"])
	assert.Equal(t, list("forceDetachPolicies", "maxSessionDuration", "name"), in["__defaults"])
	route := e.check(tokenRoute, nil, props{"apiId": "a", "routeKey": "GET /x"})
	assert.Equal(t, "NONE", route["authorizationType"])
}

func TestAutonaming(t *testing.T) {
	e := start(t)
	in := props{"policy": readOnly}
	first := e.check(tokenPolicy, nil, in)
	assert.Regexp(t, `^thing-[0-9a-f]{7}$`, first["name"])
	assert.Equal(t, first["name"], e.check(tokenPolicy, nil, in)["name"], "it depends only on the seed")
	assert.Contains(t, first["__defaults"], "name")

	old := with(first, "name", "thing-kept")
	assert.Equal(t, "thing-kept", e.check(tokenPolicy, old, in)["name"])
	explicit := e.check(tokenPolicy, old, with(in, "name", "mine"))
	assert.Equal(t, "mine", explicit["name"])
	assert.NotContains(t, explicit["__defaults"], "name")
	assert.Regexp(t, `^thing-[0-9a-f]{7}$`, e.check(tokenPolicy, explicit, in)["name"], "an explicit name is not kept")
	assert.NotContains(t, e.check(tokenPolicy, nil, with(in, "namePrefix", "p-")), "name")

	var named []string
	for _, s := range samples() {
		if s.token == tokenRecord { // its name is required
			continue
		}
		if e.check(s.token, nil, with(s.in(ground{api: "a"}), "name", nil))["name"] != nil {
			named = append(named, s.token)
		}
	}
	assert.ElementsMatch(t, []string{
		tokenAPI, tokenStage, tokenLogGroup, tokenPolicy, tokenGroup, tokenMembership, tokenUser, tokenRole, tokenProfile,
		tokenFunction, tokenTable, tokenAuthorizer, tokenFilter, tokenAlarm, tokenQuery, tokenFirewall,
	}, named)
}

func TestAutonamingOfTheProject(t *testing.T) {
	e := start(t)
	check := func(mode pulumirpc.CheckRequest_AutonamingOptions_Mode, name string) props {
		resp, err := e.rpc.Check(context.Background(), &pulumirpc.CheckRequest{
			Urn: urn(tokenPolicy), News: e.encode(props{"policy": readOnly}),
			Autonaming: &pulumirpc.CheckRequest_AutonamingOptions{Mode: mode, ProposedName: name},
		})
		require.NoError(t, err)
		return e.decode(resp.GetInputs())
	}
	assert.Equal(t, "proposed", check(pulumirpc.CheckRequest_AutonamingOptions_PROPOSE, "proposed")["name"])
	assert.Equal(t, "enforced", check(pulumirpc.CheckRequest_AutonamingOptions_ENFORCE, "enforced")["name"])
	in := check(pulumirpc.CheckRequest_AutonamingOptions_DISABLE, "")
	assert.NotContains(t, in, "name")
	resp, err := e.rpc.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn(tokenPolicy), Properties: e.encode(in)})
	require.NoError(t, err)
	assert.Regexp(t, `:policy/terraform-[0-9]{18}[0-9a-f]{8}$`, resp.GetId())
}

func TestAutonameThatIsTooLong(t *testing.T) {
	e := start(t)
	_, err := e.rpc.Check(context.Background(), &pulumirpc.CheckRequest{
		Urn:  "urn:pulumi:dev::shop::aws:iam/user:User::a-logical-name-that-is-as-long-as-a-user-may-be-called-by-aws-itself",
		News: e.encode(props{}),
	})
	require.Error(t, err)
}

func TestNamePrefix(t *testing.T) {
	e := start(t)
	prepare(e)
	permission := props{"action": "lambda:InvokeFunction", "function": "ground", "principal": "apigateway.amazonaws.com", "sourceArn": anyCall}
	for token, row := range map[string]struct {
		name string // property
		in   props
	}{
		tokenPolicy:     {"name", props{"policy": readOnly}},
		tokenRole:       {"name", props{"assumeRolePolicy": trustEC2}},
		tokenLogGroup:   {"name", props{}},
		tokenProfile:    {"name", props{}},
		tokenPermission: {"statementId", permission},
	} {
		auto := e.create(token, row.in)
		assert.Regexp(t, `^thing-[0-9a-f]{7}$`, auto.state[row.name])
		assert.NotContains(t, auto.state, row.name+"Prefix")
		assert.Contains(t, auto.inputs["__defaults"], row.name)
		e.steady(auto)
		e.delete(auto)

		r := e.create(token, with(row.in, row.name+"Prefix", "x-"))
		assert.Regexp(t, `^x-[0-9]{18}[0-9a-f]{8}$`, r.state[row.name])
		assert.Equal(t, "x-", r.state[row.name+"Prefix"])
		e.steady(r)
		d := e.diff(r, e.check(token, r.inputs, with(row.in, row.name+"Prefix", "y-")))
		assert.Equal(t, []string{row.name + "Prefix"}, d.GetReplaces())
		assert.False(t, d.GetDeleteBeforeReplace())
	}
}

func TestDocumentAsAnObject(t *testing.T) {
	e := start(t)
	var doc props
	OK(json.Unmarshal([]byte(readOnly), &doc))
	in := e.check(tokenPolicy, nil, props{"policy": doc})
	assert.JSONEq(t, readOnly, in["policy"].(string))
}

func TestSecretsStaySecret(t *testing.T) {
	e := start(t)
	ctx := context.Background()
	news := e.marshal(resource.PropertyMap{
		"name":   resource.NewProperty("grant"),
		"policy": resource.MakeSecret(resource.NewProperty(readOnly)),
		"tags": resource.NewProperty(resource.PropertyMap{
			"token": resource.MakeSecret(resource.NewProperty("hidden")),
		}),
	})
	checked, err := e.rpc.Check(ctx, &pulumirpc.CheckRequest{Urn: urn(tokenPolicy), News: news})
	require.NoError(t, err)
	require.Empty(t, checked.GetFailures())
	in := e.unmarshal(checked.GetInputs())
	assert.True(t, in["policy"].IsSecret())
	assert.True(t, in["tags"].ContainsSecrets())

	made, err := e.rpc.Create(ctx, &pulumirpc.CreateRequest{Urn: urn(tokenPolicy), Properties: checked.GetInputs()})
	require.NoError(t, err)
	read, err := e.rpc.Read(ctx, &pulumirpc.ReadRequest{
		Urn: urn(tokenPolicy), Id: made.GetId(), Properties: made.GetProperties(), Inputs: checked.GetInputs()})
	require.NoError(t, err)
	updated, err := e.rpc.Update(ctx, &pulumirpc.UpdateRequest{
		Urn: urn(tokenPolicy), Id: made.GetId(), Olds: read.GetProperties(), News: checked.GetInputs()})
	require.NoError(t, err)
	for _, s := range []resource.PropertyMap{e.unmarshal(made.GetProperties()), e.unmarshal(read.GetProperties()), e.unmarshal(updated.GetProperties())} {
		for _, key := range []resource.PropertyKey{"policy", "tags", "tagsAll"} {
			assert.Truef(t, s[key].ContainsSecrets(), "%s", key)
		}
		assert.False(t, s["name"].ContainsSecrets())
	}
	assert.True(t, e.unmarshal(read.GetInputs())["tags"].ContainsSecrets())
	d, err := e.rpc.Diff(ctx, &pulumirpc.DiffRequest{Urn: urn(tokenPolicy), Id: made.GetId(), Olds: made.GetProperties(), News: checked.GetInputs()})
	require.NoError(t, err)
	assert.Equal(t, none, d.GetChanges())
}

func TestSecretOfAnAccessKey(t *testing.T) {
	e := start(t)
	prepare(e)
	ctx := context.Background()
	in := e.encode(e.check(tokenKey, nil, props{"user": "john"}))
	made, err := e.rpc.Create(ctx, &pulumirpc.CreateRequest{Urn: urn(tokenKey), Properties: in})
	require.NoError(t, err)
	state := e.unmarshal(made.GetProperties())
	require.True(t, state["secret"].IsSecret())
	want := Must(e.account.Credential(made.GetId())).SecretAccessKey
	assert.Equal(t, want, state["secret"].SecretValue().Element.StringValue())

	read, err := e.rpc.Read(ctx, &pulumirpc.ReadRequest{Urn: urn(tokenKey), Id: made.GetId(), Properties: made.GetProperties(), Inputs: in})
	require.NoError(t, err)
	assert.Equal(t, state["secret"], e.unmarshal(read.GetProperties())["secret"], "kept, because AWS returns it once")
	imported, err := e.readRPC(tokenKey, made.GetId())
	require.NoError(t, err)
	assert.NotContains(t, e.unmarshal(imported.GetProperties()), resource.PropertyKey("secret"))
}
