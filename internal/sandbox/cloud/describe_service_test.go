package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// deployService adds a function that an API invokes, its table and its role.
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

// TestDescribeTellsTwinFunctionsApart shows that the description says which of
// two functions with the same name and different roles an API invokes.
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
