package provider_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	tokenFunction   = "aws:lambda/function:Function"
	tokenPermission = "aws:lambda/permission:Permission"
	tokenTable      = "aws:dynamodb/table:Table"

	roleRunner = "arn:aws:iam::111122223333:role/runner"
	roleOther  = "arn:aws:iam::111122223333:role/runner2"
	anyCall    = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/*"
)

// prepareService creates two roles for functions, a function, and the zip files
// of two programs.
func prepareService(e *engine, g *ground) {
	e.t.Helper()
	for _, name := range []string{"runner", "runner2"} {
		Must(e.account.CreateRole(cloud.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trustLambda}))
	}
	g.code, g.otherCode = zipFile(e.t, "one"), zipFile(e.t, "two")
	g.function = Must(e.region.CreateFunction(cloud.CreateFunctionInput{
		FunctionName: "ground", ZipFile: Must(os.ReadFile(g.code)),
		FunctionSettings: cloud.FunctionSettings{Role: roleRunner, Runtime: "provided.al2023", Handler: "bootstrap"},
	})).ARN
	OK(e.region.AddQualifier("ground", "live"))
}

// zipFile writes a zip file of one program and returns its path.
func zipFile(t *testing.T, program string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "code.zip")
	OK(os.WriteFile(path, Zip("bootstrap", program), 0o600))
	return path
}

// fileArchive returns an archive as the engine sends it, with its path and its
// hash.
func fileArchive(path string) *archive.Archive {
	if path == "" {
		return &archive.Archive{Sig: archive.ArchiveSig, Path: "/nowhere/code.zip", Hash: "0"}
	}
	return Must(archive.FromPath(path))
}

func serviceSamples() []sample {
	tags, otherTags := props{"team": "shop", "env": "dev"}, props{"team": "books", "zone": "a"}
	return []sample{
		{tokenFunction, "name", func(g ground) props {
			return props{"name": "worker", "runtime": "provided.al2023", "architectures": list("arm64"), "handler": "bootstrap",
				"code": fileArchive(g.code), "role": roleRunner, "memorySize": 256, "timeout": 10, "description": "a", "tags": tags,
				"environment":   props{"variables": props{"TABLE_NAME": "shop"}},
				"loggingConfig": props{"logFormat": "JSON", "logGroup": "calls"}}
		}, func(g ground) props {
			return props{"runtime": "provided.al2", "architectures": list("x86_64"), "handler": "main", "code": fileArchive(g.otherCode),
				"role": roleOther, "memorySize": 128, "timeout": 3, "description": "b", "tags": otherTags, "sourceCodeHash": "x",
				"environment":   props{"variables": props{"TABLE_NAME": "books", "MORE": "x"}},
				"loggingConfig": props{"logFormat": "Text", "logGroup": "calls"}}
		}, id},
		{tokenPermission, "action function principal qualifier sourceArn statementId statementIdPrefix", func(g ground) props {
			return props{"statementId": "api", "action": "lambda:InvokeFunction", "function": "ground", "principal": "apigateway.amazonaws.com",
				"sourceArn": anyCall}
		}, nil, func(r res) string { return "ground/" + r.id }},
		{tokenPermission, "action function principal qualifier sourceArn statementId statementIdPrefix", func(g ground) props {
			return props{"statementId": "api", "action": "lambda:InvokeFunction", "function": "ground", "principal": "apigateway.amazonaws.com",
				"sourceArn": anyCall, "qualifier": "live"}
		}, nil, func(r res) string { return "ground:live/" + r.id }},
		{tokenTable, "hashKey name rangeKey", func(ground) props {
			return props{"name": "shop", "billingMode": "PAY_PER_REQUEST", "hashKey": "id", "rangeKey": "at", "tags": tags,
				"attributes":          []any{props{"name": "at", "type": "N"}, props{"name": "id", "type": "S"}},
				"pointInTimeRecovery": props{"enabled": true}, "deletionProtectionEnabled": false}
		}, func(ground) props {
			return props{"tags": otherTags, "pointInTimeRecovery": props{"enabled": false}}
		}, id},
		{tokenIntegration, "apiId integrationType", func(g ground) props {
			return props{"apiId": g.api, "integrationType": "AWS_PROXY", "integrationMethod": "POST", "payloadFormatVersion": "2.0",
				"integrationUri": cloud.InvokeARN("arn:aws:lambda:us-east-1:111122223333:function:ground"), "timeoutMilliseconds": 10000}
		}, func(g ground) props {
			return props{"payloadFormatVersion": "1.0", "timeoutMilliseconds": 2000,
				"integrationUri": cloud.InvokeARN("arn:aws:lambda:us-east-1:111122223333:function:not-there")}
		}, inAPI},
	}
}
