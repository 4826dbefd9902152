package engine_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/harness"
)

// otherFunction does not exist.
const otherFunction = "arn:aws:lambda:us-east-1:111122223333:function:other"

func (h hand) function() cloud.Function {
	functions := Must(h.region.ListFunctions())
	require.Len(h, functions, 1)
	return functions[0]
}

// table returns the name of the only table.
func (h hand) table() string {
	tables := Must(h.region.ListTables())
	require.Len(h, tables, 1)
	return tables[0]
}

// setIntegration changes the integration's settings.
func setIntegration(change func(*cloud.IntegrationSettings)) func(hand) {
	return func(h hand) {
		integration := h.integration()
		change(&integration.IntegrationSettings)
		h.do(h.region.UpdateIntegration(h.apiID(), integration.IntegrationID, integration.IntegrationSettings))
	}
}

// setFunction changes the function's settings.
func setFunction(change func(*cloud.FunctionSettings)) func(hand) {
	return func(h hand) {
		function := h.function()
		change(&function.FunctionSettings)
		h.do(h.region.UpdateFunctionConfiguration(function.FunctionName, function.FunctionSettings))
	}
}

// all runs one function after the other.
func all(by ...func(hand)) func(hand) {
	return func(h hand) {
		for _, do := range by {
			do(h)
		}
	}
}

// setPermission changes the source of the function's only permission.
func setPermission(h hand, source string) {
	id := h.permission()
	h.do(h.region.RemovePermission(h.function().FunctionName, id))
	h.do(h.region.AddPermission(h.function().FunctionName, permission(id, source)))
}

func permission(id, source string) cloud.FunctionPermission {
	return cloud.FunctionPermission{
		StatementID: id, Action: "lambda:InvokeFunction", Principal: "apigateway.amazonaws.com", SourceARN: source,
	}
}

// program returns a program that differs from the stack's.
func program(t testing.TB) []byte {
	content, err := os.ReadFile(archive.Make(t, "by hand"))
	require.NoError(t, err)
	return content
}

var (
	changedFunction    = harness.Changes{"update lambda/function:Function products-function"}
	changedIntegration = harness.Changes{"update apigatewayv2/integration:Integration api-backend"}
	changedFunctionLog = harness.Changes{"update cloudwatch/logGroup:LogGroup products-log"}
	changedTable       = harness.Changes{"update dynamodb/table:Table products-table"}
)

var serviceDrifts = []drift{
	{
		name: "settings of the function, its role, its table, its log group and its integration are changed",
		by: all(
			setFunction(func(s *cloud.FunctionSettings) {
				s.MemorySize, s.Timeout, s.Handler, s.Runtime, s.Description = 10240, 1, "mallory", "provided.al2", ""
				s.Environment["TABLE_NAME"], s.Environment["PROXY"] = "mallory", "mallory"
				s.Logging = cloud.FunctionLogging{Format: "Text", Group: "/mallory"}
			}),
			setIntegration(func(s *cloud.IntegrationSettings) { s.PayloadFormatVersion = "1.0" }),
			func(h hand) {
				h.do(h.api.DeleteRolePermissionsBoundary(h.functionRole()))
				h.do(h.region.UpdateContinuousBackups(h.table(), false))
				h.do(h.region.UpdateTable(h.table(), cloud.BillingPerRequest, true))
				h.do(h.region.PutRetentionPolicy(h.functionLog(), 1))
			},
		),
		found: harness.Join(changedFunction, changedFunctionRole, changedTable, changedFunctionLog, changedIntegration),
	},
	{
		name: "the function loses its variables, its role's policy is edited, and its log group is kept for ever",
		by: all(
			setFunction(func(s *cloud.FunctionSettings) { s.Environment = nil }),
			func(h hand) {
				Must(h.api.CreatePolicyVersion(h.functionPolicy(), backDoor.PolicyDocument, true))
				h.do(h.region.DeleteRetentionPolicy(h.functionLog()))
			},
		),
		found: harness.Join(changedFunction, changedFunctionLog, harness.Changes{"update iam/policy:Policy products-service"}),
	},
	{
		name:   "everybody's APIs may invoke the function",
		by:     func(h hand) { setPermission(h, "") },
		found:  harness.Changes{"update lambda/permission:Permission api-permission"},
		repair: replacedPermission,
	},
	{
		name: "another stage may invoke the function",
		by: func(h hand) {
			setPermission(h, "arn:aws:execute-api:us-east-1:111122223333:"+h.apiID()+"/live/*")
		},
		found:  harness.Changes{"update lambda/permission:Permission api-permission"},
		repair: replacedPermission,
	},
	{
		name: "the function runs on other processors",
		by: func(h hand) {
			h.do(h.region.UpdateFunctionCode(h.function().FunctionName, program(h), []string{"x86_64"}))
		},
		found: changedFunction, // also uploads the stack's program
	},
	{
		name: "the function is deleted",
		by:   func(h hand) { h.do(h.region.DeleteFunction(h.function().FunctionName)) },
		found: harness.Changes{
			"delete lambda/function:Function products-function",
			"delete lambda/permission:Permission api-permission",
		},
		repair: harness.Changes{
			"create lambda/function:Function products-function",
			"create lambda/permission:Permission api-permission",
			"update apigatewayv2/integration:Integration api-backend",
		},
	},
	{
		name:   "the function's permission is removed",
		by:     func(h hand) { h.do(h.region.RemovePermission(h.function().FunctionName, h.permission())) },
		found:  harness.Changes{"delete lambda/permission:Permission api-permission"},
		repair: harness.Changes{"create lambda/permission:Permission api-permission"},
	},
	{
		name: "calls are passed on to a URL",
		by: setIntegration(func(s *cloud.IntegrationSettings) {
			*s = cloud.IntegrationSettings{IntegrationType: "HTTP_PROXY", IntegrationMethod: "ANY", IntegrationURI: "https://mallory.example.com"}
		}),
		found: changedIntegration,
		repair: harness.Changes{
			"create-replacement apigatewayv2/integration:Integration api-backend",
			"delete-replaced apigatewayv2/integration:Integration api-backend",
			"update apigatewayv2/route:Route api-GET /products",
			"update apigatewayv2/route:Route api-POST /products",
		},
	},
	{
		name:  "the table is deleted",
		by:    func(h hand) { h.do(h.region.DeleteTable(h.table())) },
		found: harness.Changes{"delete dynamodb/table:Table products-table"},
		repair: harness.Changes{
			"create dynamodb/table:Table products-table",
			"update iam/policy:Policy products-service",
			"update lambda/function:Function products-function",
		},
	},
	{
		name:  "the function's log group is deleted",
		by:    func(h hand) { h.do(h.region.DeleteLogGroup(h.functionLog())) },
		found: harness.Changes{"delete cloudwatch/logGroup:LogGroup products-log"},
		repair: harness.Changes{
			"create cloudwatch/logGroup:LogGroup products-log",
			"update iam/policy:Policy products-service",
			"update lambda/function:Function products-function",
		},
	},
}

var replacedPermission = harness.Changes{
	"create-replacement lambda/permission:Permission api-permission",
	"delete-replaced lambda/permission:Permission api-permission",
}

// testUnseenForEver shows what no refresh finds: changed code, as AWS returns
// only its hash, and permissions of the function that are not in the
// stack.
func testUnseenForEver(t *testing.T, run *harness.Run) {
	h := handOn(t, run.Cloud)
	function := h.function()
	h.do(h.region.AddPermission(function.FunctionName, permission("mallory", "")))
	h.do(h.region.UpdateFunctionCode(function.FunctionName, program(t), nil))
	assert.NotEqual(t, function.CodeSha256, h.function().CodeSha256)
	drifted := run.Cloud.Describe()
	assert.Empty(t, run.Refresh(t))
	assert.Empty(t, run.Preview(t))
	assert.Empty(t, run.Up(t, engine.Options{Refresh: true}))
	assert.Equal(t, drifted, run.Cloud.Describe())
}

// testProtection disables the table's protection, which the stack enables.
func testProtection(t *testing.T, run *harness.Run) {
	config := harness.Merge(t, harness.Config(t), baseConfig)
	run.Configure(t, harness.Merge(t, config, `{backend: {deletionProtection: true}}`))
	assert.Equal(t, changedTable, run.Up(t))
	drift{
		by:    func(h hand) { h.do(h.region.UpdateTable(h.table(), cloud.BillingPerRequest, false)) },
		found: changedTable,
	}.run(t, run)
}
