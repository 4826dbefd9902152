package cloud_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestQualifiers requires that a function and each of its aliases have policies of their
// own.
func TestQualifiers(t *testing.T) {
	const gateway = "apigateway.amazonaws.com"
	c, r := withFunction()
	before := c.Describe()
	WantCode(t, cloud.CodeResourceNotFound, r.AddPermission("worker:live", invokedBy("api", anyCall)))
	OK(r.AddQualifier("worker", "live"))
	OK(r.AddQualifier("worker", "1"))
	assert.NotEqual(t, before, c.Describe())
	WantCode(t, cloud.CodeResourceConflict, r.AddQualifier("worker", "live"))
	WantCode(t, cloud.CodeValidationException, r.AddQualifier("worker", "a.b"))
	WantCode(t, cloud.CodeResourceNotFound, r.AddQualifier("missing", "live"))
	assert.Equal(t, []string{"live", "1"}, Must(r.Qualifiers("worker")))
	OK(r.HasQualifier("worker", "1"))
	WantCode(t, cloud.CodeResourceNotFound, r.HasQualifier("worker", "2"))

	arn := Must(r.GetFunction("worker")).ARN
	OK(r.AddPermission(arn+":live", invokedBy("api", anyCall)))
	OK(r.AddPermission("worker:1", invokedBy("api", ""))) // the same id in another policy
	WantCode(t, cloud.CodeResourceConflict, r.AddPermission("worker:live", invokedBy("api", "")))
	err := r.AddPermission("worker:$LATEST", invokedBy("api", anyCall))
	WantCode(t, cloud.CodeInvalidParameterValue, err)
	require.ErrorContains(t, err, "We currently do not support adding policies for $LATEST.")
	for name, want := range map[string]bool{"worker": false, arn: false, "worker:live": true, arn + ":live": true, arn + ":1": true} {
		assert.Equal(t, want, Must(r.MayInvoke(name, gateway, products)), name)
	}
	WantCode(t, cloud.CodeResourceNotFound, failed(r.MayInvoke("worker:2", gateway, products)))
	WantCode(t, cloud.CodeResourceNotFound, failed(r.GetPolicy("worker")))
	var policy struct{ Statement []struct{ Resource string } }
	require.NoError(t, json.Unmarshal([]byte(Must(r.GetPolicy("worker:live"))), &policy))
	require.Len(t, policy.Statement, 1)
	assert.Equal(t, arn+":live", policy.Statement[0].Resource)

	WantCode(t, cloud.CodeResourceNotFound, r.RemovePermission("worker", "api"))
	OK(r.RemovePermission("worker:live", "api"))
	assert.False(t, Must(r.MayInvoke("worker:live", gateway, products)))
	assert.True(t, Must(r.MayInvoke("worker:1", gateway, products)))
}

func TestQualifiedIntegrations(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	const arn = "arn:aws:lambda:us-east-1:111122223333:function:worker:live"
	i := Must(r.CreateIntegration(newAPI(r), cloud.IntegrationSettings{
		IntegrationType: "AWS_PROXY", IntegrationURI: cloud.InvokeARN(arn), PayloadFormatVersion: "2.0"}))
	assert.Equal(t, arn, i.FunctionARN())
}
