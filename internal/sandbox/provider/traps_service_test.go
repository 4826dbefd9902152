package provider_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// functionOf returns the inputs of a function whose code is at the path.
func functionOf(code string) props {
	return props{"name": "worker", "runtime": "provided.al2023", "architectures": list("arm64"), "handler": "bootstrap",
		"code": fileArchive(code), "role": roleRunner}
}

// tableOf returns the inputs of a table with the key.
func tableOf(key string) props {
	return props{"name": "shop", "billingMode": "PAY_PER_REQUEST", "hashKey": key, "attributes": []any{props{"name": key, "type": "S"}}}
}

// calls records the mutations from now on.
func (e *engine) calls() *[]string {
	out := &[]string{}
	e.cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		*out = append(*out, m.Action)
		return cloud.NoFault
	})
	return out
}

func TestOutputsOfAFunction(t *testing.T) {
	e := start(t)
	g := prepare(e)
	r := e.create(tokenFunction, functionOf(g.code))
	const arn = "arn:aws:lambda:us-east-1:111122223333:function:worker"
	const invoke = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
	f := Must(e.region.GetFunction("worker"))
	want := props{
		"arn": arn, "invokeArn": invoke + arn + "/invocations", "qualifiedArn": arn + ":$LATEST", "version": "$LATEST",
		"qualifiedInvokeArn": invoke + arn + ":$LATEST/invocations", "codeSha256": f.CodeSha256, "sourceCodeSize": float64(f.CodeSize),
		"packageType": "Zip", "publish": false, "reservedConcurrentExecutions": -1.0, "memorySize": 128.0, "timeout": 3.0,
	}
	for output, v := range want {
		assert.Equal(t, v, r.state[output], output)
	}
	assert.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$`, r.state["lastModified"])
	assert.Equal(t, props{"logFormat": "Text", "logGroup": "/aws/lambda/worker"}, r.state["loggingConfig"])
	e.steady(r)
}

func TestCodeIsComparedByHash(t *testing.T) {
	e := start(t)
	g := prepare(e)
	r := e.create(tokenFunction, functionOf(g.code))
	moved := filepath.Join(t.TempDir(), "elsewhere.zip")
	OK(os.WriteFile(moved, Must(os.ReadFile(g.code)), 0o600))
	assert.Equal(t, none, e.diff(r, e.check(tokenFunction, r.inputs, functionOf(moved))).GetChanges())
	e.steady(r)

	in := e.check(tokenFunction, r.inputs, functionOf(g.otherCode))
	d := e.diff(r, in)
	assert.Equal(t, []string{"code"}, d.GetDiffs())
	assert.Equal(t, pulumirpc.PropertyDiff_UPDATE, d.GetDetailedDiff()["code"].GetKind())
	planned, err := e.rpc.Update(context.Background(), &pulumirpc.UpdateRequest{
		Urn: urn(tokenFunction), Id: r.id, Olds: e.encode(r.state), News: e.encode(in), Preview: true})
	require.NoError(t, err)
	outputs := e.unmarshal(planned.GetProperties())
	assert.True(t, outputs["lastModified"].IsComputed())
	assert.Equal(t, r.state["arn"], outputs["arn"].StringValue())

	calls := e.calls()
	updated := e.update(r, functionOf(g.otherCode))
	assert.Equal(t, []string{"UpdateFunctionCode"}, *calls)
	assert.NotEqual(t, r.state["codeSha256"], updated.state["codeSha256"])
	e.steady(updated)
}

// TestCodeWithoutContent shows what happens to code without content, as the
// engine sends it from the state and for ignored changes.
func TestCodeWithoutContent(t *testing.T) {
	e := start(t)
	g := prepare(e)
	r := e.create(tokenFunction, functionOf(g.code))
	elided := func(path string) *archive.Archive {
		return &archive.Archive{Sig: archive.ArchiveSig, Hash: fileArchive(path).Hash}
	}
	r.state["code"] = elided(g.code)
	assert.Equal(t, none, e.diff(r, e.check(tokenFunction, r.inputs, functionOf(g.code))).GetChanges())
	r = e.update(r, with(with(functionOf(g.code), "code", elided(g.code)), "description", "x"))
	assert.Equal(t, "x", Must(e.region.GetFunction("worker")).Description)
	_, err := e.tryUpdate(r, with(functionOf(g.code), "code", elided(g.otherCode)))
	require.ErrorContains(t, err, "code has no content here")
}

func TestCodeIsReadWhenItIsUploaded(t *testing.T) {
	e := start(t)
	g := prepare(e)
	gone := fileArchive(g.code)
	in := e.check(tokenFunction, nil, with(functionOf(g.code), "code", gone))
	OK(os.Remove(g.code))
	preview, err := e.rpc.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn(tokenFunction), Properties: e.encode(in), Preview: true})
	require.NoError(t, err)
	assert.True(t, e.unmarshal(preview.GetProperties())["code"].IsArchive())

	before := e.cloud.Describe()
	_, err = e.tryCreate(tokenFunction, with(functionOf(g.otherCode), "code", gone))
	require.ErrorContains(t, err, "code cannot be read")
	require.NoError(t, os.WriteFile(g.code, Must(os.ReadFile(g.otherCode)), 0o600))
	_, err = e.tryCreate(tokenFunction, with(functionOf(g.otherCode), "code", gone))
	require.ErrorContains(t, err, "has changed since it was hashed")
	_, err = e.tryCreate(tokenFunction, with(functionOf(g.otherCode), "code", nil))
	require.ErrorContains(t, err, "InvalidParameterValueException")
	assert.Equal(t, before, e.cloud.Describe())
}

func TestCodeInAFolder(t *testing.T) {
	e := start(t)
	g := prepare(e)
	folder := filepath.Dir(g.code)
	OK(os.Rename(g.code, filepath.Join(folder, "bootstrap")))
	e.steady(e.create(tokenFunction, functionOf(folder)))
	assert.Positive(t, Must(e.region.GetFunction("worker")).CodeSize)
}

// TestCodeChangedByHandStays shows that the outputs change, but that the
// next update does not repair the code.
func TestCodeChangedByHandStays(t *testing.T) {
	e := start(t)
	g := prepare(e)
	r := e.create(tokenFunction, functionOf(g.code))
	OK(e.region.UpdateFunctionCode("worker", Must(os.ReadFile(g.otherCode)), nil))
	read, _ := e.refresh(r)
	assert.NotEqual(t, r.state["codeSha256"], read.state["codeSha256"])
	assert.Equal(t, r.state["code"], read.state["code"])
	assert.Equal(t, r.inputs, read.inputs)
	assert.Equal(t, none, e.diff(read, r.inputs).GetChanges())
	e.update(read, functionOf(g.code))
	assert.Equal(t, read.state["codeSha256"], Must(e.region.GetFunction("worker")).CodeSha256)
}

// TestFailedUploadIsNotRepeated shows that the state has the new code, also after
// a refresh, so that the next update sees no change. Code that changes again is uploaded.
func TestFailedUploadIsNotRepeated(t *testing.T) {
	for name, change := range map[string]struct {
		in  props
		nth int
	}{
		"the upload":         {props{}, 1},
		"the request before": {props{"description": "x"}, 1},
		"the request after":  {props{"description": "x"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			g := prepare(e)
			old := e.create(tokenFunction, functionOf(g.code))
			in := functionOf(g.otherCode)
			for k, v := range change.in {
				in[k] = v
			}
			e.failNth(change.nth)
			r, err := e.tryUpdate(old, in)
			e.cloud.OnMutation(nil)
			require.ErrorContains(t, err, "injected fault")
			r, _ = e.refresh(r)
			r = e.update(r, in)
			assert.Equal(t, old.state["codeSha256"], r.state["codeSha256"])
			assert.Equal(t, none, e.diff(r, r.inputs).GetChanges())
			r = e.update(r, with(in, "code", fileArchive(zipFile(t, "three"))))
			assert.NotEqual(t, old.state["codeSha256"], r.state["codeSha256"])
		})
	}
}

func TestPermissionWithAFunctionARN(t *testing.T) {
	e := start(t)
	g := prepare(e)
	in := props{"statementId": "api", "action": "lambda:InvokeFunction", "function": g.function, "principal": "apigateway.amazonaws.com"}
	r := e.create(tokenPermission, in)
	assert.Equal(t, g.function, r.state["function"])
	e.steady(r)
	OK(e.region.DeleteFunction("ground"))
	_, found := e.refresh(r)
	assert.False(t, found, "it was deleted with the function")
	e.delete(r)
}

func TestProtectedTable(t *testing.T) {
	e := start(t)
	in := with(tableOf("id"), "deletionProtectionEnabled", true)
	r := e.create(tokenTable, in)
	e.steady(r)
	err := e.tryDelete(r)
	require.ErrorContains(t, err, "ValidationException: Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	r = e.update(r, with(in, "deletionProtectionEnabled", nil))
	e.steady(r)
	e.delete(r)
}

func TestTableRefusals(t *testing.T) {
	e := start(t)
	in := tableOf("id")
	_, err := e.tryCreate(tokenTable, with(in, "billingMode", nil))
	require.ErrorContains(t, err, "NotModelled", "provisioned throughput is the provider's default")
	r := e.create(tokenTable, in)
	changes := props{"billingMode": "PROVISIONED", "attributes": []any{props{"name": "id", "type": "N"}}}
	for key, v := range changes {
		kept, err := e.tryUpdate(r, with(in, key, v))
		require.Error(t, err, key)
		read, _ := e.refresh(kept)
		assert.Equal(t, r.state, read.state)
	}
}

// TestSwitchOfTheBackend shows that a switch between a URL and a function
// replaces the integration.
func TestSwitchOfTheBackend(t *testing.T) {
	e := start(t)
	g := prepare(e)
	url := props{"apiId": g.api, "integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": "https://example.com"}
	function := props{"apiId": g.api, "integrationType": "AWS_PROXY", "integrationMethod": "POST", "payloadFormatVersion": "2.0",
		"integrationUri": cloud.InvokeARN(g.function)}
	for _, way := range [][2]props{{url, function}, {function, url}} {
		r := e.create(tokenIntegration, way[0])
		d := e.diff(r, e.check(tokenIntegration, r.inputs, way[1]))
		assert.Equal(t, []string{"integrationType"}, d.GetReplaces())
		assert.False(t, d.GetDeleteBeforeReplace())
		e.steady(e.create(tokenIntegration, way[1]))
		e.delete(r)
	}
}

// TestAuthorizationOfARoute changes a route between all kinds of authorization. Inputs
// that the new kind does not have are omitted, and the route must not keep their old
// values. The authorizer can be deleted once no route uses it.
func TestAuthorizationOfARoute(t *testing.T) {
	e := start(t)
	g := prepare(e)
	of := func(authorization string) props {
		return props{"apiId": g.api, "routeKey": "GET /catalog", "authorizationType": authorization}
	}
	tokens := with(with(of("JWT"), "authorizerId", g.authorizers[0]), "authorizationScopes", list("catalog.read"))
	r := e.create(tokenRoute, of("AWS_IAM"))
	for _, in := range []props{tokens, of("AWS_IAM"), tokens, of("NONE"), tokens, with(tokens, "authorizationScopes", nil), of("AWS_IAM")} {
		require.Empty(t, e.diff(r, in).GetReplaces())
		r = e.update(r, in)
		e.steady(r)
		live := Must(e.region.GetRoute(g.api, r.id))
		assert.Equal(t, in["authorizationType"], live.AuthorizationType)
		assert.Equal(t, in["authorizerId"] != nil, live.AuthorizerID != "")
		assert.Equal(t, in["authorizationScopes"] != nil, len(live.AuthorizationScopes) > 0)
		if live.AuthorizerID != "" {
			WantCode(t, cloud.CodeConflict, e.region.DeleteAuthorizer(g.api, g.authorizers[0]))
		}
	}
	OK(e.region.DeleteAuthorizer(g.api, g.authorizers[0]))
}
