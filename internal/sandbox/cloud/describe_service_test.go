package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// deployService adds a function that an API calls, its table and its role.
func deployService(a *cloud.Account, api cloud.API, log string) cloud.Integration {
	r := a.Region(Region)
	table := Must(r.CreateTable(onDemand(autoname("shop"))))
	OK(r.UpdateContinuousBackups(table.TableName, true))
	in := worker(newRole(a, autoname("service"), trustLambda).ARN)
	in.FunctionName, in.Environment, in.Logging.Group = autoname("shop"), map[string]string{"TABLE_NAME": table.TableName}, log
	f := Must(r.CreateFunction(in))
	OK(r.AddPermission(f.FunctionName, invokedBy(autoname("invoke"), api.ExecutionARN+"/prod/*")))
	return Must(r.CreateIntegration(api.APIID, cloud.IntegrationSettings{
		IntegrationType: "AWS_PROXY", IntegrationURI: cloud.InvokeARN(f.ARN), PayloadFormatVersion: "2.0"}))
}

// serviceChanges are changes of what deployService adds, all of which a description shows.
func serviceChanges() map[string]func(a *cloud.Account) {
	r := func(a *cloud.Account) *cloud.Region { return a.Region(Region) }
	function := func(a *cloud.Account) cloud.Function { return Must(r(a).ListFunctions())[0] }
	configure := func(a *cloud.Account, change func(*cloud.FunctionSettings)) {
		s := function(a).FunctionSettings
		change(&s)
		OK(r(a).UpdateFunctionConfiguration(function(a).FunctionName, s))
	}
	table := func(a *cloud.Account) string { return Must(r(a).ListTables())[0] }
	return map[string]func(a *cloud.Account){
		"a function": func(a *cloud.Account) {
			in := worker(function(a).Role)
			in.FunctionName = "x"
			Must(r(a).CreateFunction(in))
		},
		"no function":           func(a *cloud.Account) { OK(r(a).DeleteFunction(function(a).FunctionName)) },
		"a function's text":     func(a *cloud.Account) { configure(a, func(s *cloud.FunctionSettings) { s.Description = "x" }) },
		"a function's memory":   func(a *cloud.Account) { configure(a, func(s *cloud.FunctionSettings) { s.MemorySize = 256 }) },
		"a function's timeout":  func(a *cloud.Account) { configure(a, func(s *cloud.FunctionSettings) { s.Timeout = 9 }) },
		"a function's handler":  func(a *cloud.Account) { configure(a, func(s *cloud.FunctionSettings) { s.Handler = "x" }) },
		"a function's runtime":  func(a *cloud.Account) { configure(a, func(s *cloud.FunctionSettings) { s.Runtime = "java21" }) },
		"a function's logs":     func(a *cloud.Account) { configure(a, func(s *cloud.FunctionSettings) { s.Logging.Group = "x" }) },
		"a function's format":   func(a *cloud.Account) { configure(a, func(s *cloud.FunctionSettings) { s.Logging.Format = "Text" }) },
		"a function's variable": func(a *cloud.Account) { configure(a, func(s *cloud.FunctionSettings) { s.Environment["AB"] = "x" }) },
		"a function's role": func(a *cloud.Account) {
			configure(a, func(s *cloud.FunctionSettings) { s.Role = newRole(a, "other", trustLambda).ARN })
		},
		"a function's tag": func(a *cloud.Account) { OK(r(a).TagFunction(function(a).FunctionName, map[string]string{"a": "b"})) },
		"a function's code": func(a *cloud.Account) {
			OK(r(a).UpdateFunctionCode(function(a).FunctionName, Zip("bootstrap", "other"), nil))
		},
		"a function's processor": func(a *cloud.Account) {
			OK(r(a).UpdateFunctionCode(function(a).FunctionName, Zip("bootstrap", "code"), []string{"x86_64"}))
		},
		"a permission": func(a *cloud.Account) {
			OK(r(a).AddPermission(function(a).FunctionName, invokedBy("x", "")))
		},
		"a permission of another API": func(a *cloud.Account) {
			OK(r(a).AddPermission(function(a).FunctionName, invokedBy("x", Must(r(a).GetApi(newAPI(r(a)))).ExecutionARN)))
		},
		"a table":              func(a *cloud.Account) { Must(r(a).CreateTable(onDemand("other"))) },
		"no table":             func(a *cloud.Account) { OK(r(a).DeleteTable(table(a))) },
		"a table's protection": func(a *cloud.Account) { OK(r(a).UpdateTable(table(a), cloud.BillingPerRequest, true)) },
		"a table's recovery":   func(a *cloud.Account) { OK(r(a).UpdateContinuousBackups(table(a), false)) },
		"a table's tag":        func(a *cloud.Account) { OK(r(a).TagTable(table(a), map[string]string{"a": "b"})) },
		"a table elsewhere":    func(a *cloud.Account) { Must(a.Region("eu-west-1").CreateTable(onDemand("other"))) },
	}
}

// TestDescribeTellsTwinFunctionsApart: an API calls the function that may read the table, or
// the one that may not.
func TestDescribeTellsTwinFunctionsApart(t *testing.T) {
	build := func(called int) string {
		c := cloud.New()
		a := c.Account(cloud.APIAccount)
		r := a.Region(Region)
		var functions []cloud.Function
		for _, role := range []string{"reads", "writes"} {
			in := worker(newRole(a, role, trustLambda).ARN)
			in.FunctionName = autoname("twin")
			functions = append(functions, Must(r.CreateFunction(in)))
		}
		Must(r.CreateIntegration(newAPI(r), cloud.IntegrationSettings{
			IntegrationType: "AWS_PROXY", IntegrationURI: functions[called].ARN, PayloadFormatVersion: "2.0"}))
		return c.Describe()
	}
	same, other := build(0), build(1)
	assert.NotEqual(t, same, other)
	for range 10 {
		require.Equal(t, same, build(0))
		require.Equal(t, other, build(1))
	}
}

func TestDescribeOfNamesMadeFromAPrefix(t *testing.T) {
	build := func(end string) string {
		c, a := account()
		OK(a.Region(Region).CreateLogGroup("/aws/lambda/shop-"+end, "", nil))
		return c.Describe()
	}
	text := build("202611230812345678deadbeef")
	assert.Contains(t, text, "log group /aws/lambda/shop-(auto)")
	assert.Equal(t, text, build("202701010000000001cafe0123"))
}
