package cloud_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const anyCall = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/*"

// invokedBy returns a permission for API Gateway.
func invokedBy(id, source string) cloud.FunctionPermission {
	return cloud.FunctionPermission{StatementID: id, Action: "lambda:InvokeFunction", Principal: "apigateway.amazonaws.com", SourceARN: source}
}

// withFunction returns a region with the function worker.
func withFunction() (*cloud.Cloud, *cloud.Region) {
	c, a := account()
	Must(a.Region(Region).CreateFunction(worker(newRole(a, "r", trustLambda).ARN)))
	return c, a.Region(Region)
}

func TestFunctionPolicy(t *testing.T) {
	c, r := withFunction()
	before := c.Describe()
	WantCode(t, cloud.CodeResourceNotFound, failed(r.GetPolicy("worker")))
	OK(r.AddPermission("worker", invokedBy("api", anyCall)))
	OK(r.AddPermission(Must(r.GetFunction("worker")).ARN, invokedBy("any", "")))
	var got any
	require.NoError(t, json.Unmarshal([]byte(Must(r.GetPolicy("worker"))), &got))
	statement := map[string]any{"Sid": "api", "Effect": "Allow", "Principal": map[string]any{"Service": "apigateway.amazonaws.com"},
		"Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:worker",
		"Condition": map[string]any{"ArnLike": map[string]any{"AWS:SourceArn": anyCall}}}
	open := map[string]any{"Sid": "any", "Effect": "Allow", "Principal": statement["Principal"], "Action": statement["Action"], "Resource": statement["Resource"]}
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Id": "default", "Statement": []any{statement, open}}, got)

	OK(r.RemovePermission("worker", "api"))
	OK(r.RemovePermission("worker", "any"))
	assert.Equal(t, before, c.Describe())
	OK(r.AddPermission("worker", invokedBy("api", anyCall)))
	in := worker(Must(r.GetFunction("worker")).Role)
	OK(r.DeleteFunction("worker"))
	Must(r.CreateFunction(in))
	assert.Equal(t, before, c.Describe(), "the policy goes with the function")
}

func TestPermissionRefusals(t *testing.T) {
	c, r := withFunction()
	OK(r.AddPermission("worker", invokedBy("there", "")))
	before := c.Describe()
	with := func(change func(*cloud.FunctionPermission)) cloud.FunctionPermission {
		p := invokedBy("api", anyCall)
		change(&p)
		return p
	}
	for name, row := range map[string]struct {
		in   cloud.FunctionPermission
		code string
	}{
		"exists":           {invokedBy("there", anyCall), cloud.CodeResourceConflict},
		"no id":            {invokedBy("", anyCall), cloud.CodeValidationException},
		"long id":          {invokedBy(long(101), anyCall), cloud.CodeValidationException},
		"id with a dot":    {invokedBy("a.b", anyCall), cloud.CodeValidationException},
		"source":           {invokedBy("api", "abc/prod/*"), cloud.CodeValidationException},
		"source's region":  {invokedBy("api", "arn:aws:execute-api:everywhere:111122223333:abc"), cloud.CodeValidationException},
		"source's account": {invokedBy("api", "arn:aws:execute-api:us-east-1:1:abc"), cloud.CodeValidationException},
		"action":           {with(func(p *cloud.FunctionPermission) { p.Action = "execute-api:Invoke" }), cloud.CodeValidationException},
		"no principal":     {with(func(p *cloud.FunctionPermission) { p.Principal = "" }), cloud.CodeInvalidParameterValue},
		"principal":        {with(func(p *cloud.FunctionPermission) { p.Principal = "amazonaws.com" }), cloud.CodeInvalidParameterValue},
		"unknown service":  {with(func(p *cloud.FunctionPermission) { p.Principal = "new.us-east-1.amazonaws.com" }), "NotModelled"},
		"Alexa":            {with(func(p *cloud.FunctionPermission) { p.Principal = "alexa-appkit.amazon.com" }), "NotModelled"},
		"an account":       {with(func(p *cloud.FunctionPermission) { p.Principal = "444455556666" }), "NotModelled"},
		"a user":           {with(func(p *cloud.FunctionPermission) { p.Principal = "arn:aws:iam::444455556666:user/my-user" }), "NotModelled"},
		"anyone":           {with(func(p *cloud.FunctionPermission) { p.Principal = "*" }), "NotModelled"},
	} {
		t.Run(name, func(t *testing.T) { WantCode(t, row.code, r.AddPermission("worker", row.in)) })
	}
	assert.Equal(t, before, c.Describe())
	WantCode(t, cloud.CodeResourceNotFound, r.AddPermission("missing", invokedBy("api", anyCall)))
	WantCode(t, cloud.CodeResourceNotFound, r.RemovePermission("worker", "api"))
	WantCode(t, cloud.CodeResourceNotFound, r.RemovePermission("missing", "api"))
	WantCode(t, cloud.CodeResourceNotFound, failed(r.GetPolicy("missing")))
}

func TestSizeOfAFunctionPolicy(t *testing.T) {
	_, r := withFunction()
	var err error
	for i := 0; err == nil; i++ {
		require.Less(t, i, 1000)
		err = r.AddPermission("worker", invokedBy(fmt.Sprintf("s%d", i), anyCall))
	}
	WantCode(t, cloud.CodePolicyLengthExceeded, err)
	size := len(Must(r.GetPolicy("worker")))
	assert.LessOrEqual(t, size, 20480)
	assert.Greater(t, size, 20000)
}

func TestFunctionIntegrations(t *testing.T) {
	_, a := account()
	r := a.Region(Region)
	api := newAPI(r)
	const arn = "arn:aws:lambda:us-east-1:111122223333:function:not-there"
	good := cloud.IntegrationSettings{IntegrationType: "AWS_PROXY", IntegrationMethod: "POST", IntegrationURI: cloud.InvokeARN(arn), PayloadFormatVersion: "2.0"}
	assert.Equal(t, "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"+arn+"/invocations", good.IntegrationURI)
	for name, change := range map[string]func(*cloud.IntegrationSettings){
		"as it is":      func(*cloud.IntegrationSettings) {},
		"function ARN":  func(s *cloud.IntegrationSettings) { s.IntegrationURI = arn },
		"older payload": func(s *cloud.IntegrationSettings) { s.PayloadFormatVersion = "1.0" },
		"no method":     func(s *cloud.IntegrationSettings) { s.IntegrationMethod = "" },
	} {
		in := good
		change(&in)
		i, err := r.CreateIntegration(api, in)
		require.NoError(t, err, name)
		assert.Equal(t, "POST", i.IntegrationMethod)
		assert.Equal(t, arn, i.FunctionARN())
	}
	assert.Empty(t, proxy.FunctionARN())
	for name, row := range map[string]struct {
		change func(*cloud.IntegrationSettings)
		code   string
	}{
		"URL":          {func(s *cloud.IntegrationSettings) { s.IntegrationURI = "https://example.com" }, cloud.CodeBadRequest},
		"half":         {func(s *cloud.IntegrationSettings) { s.IntegrationURI += "/x" }, cloud.CodeBadRequest},
		"name":         {func(s *cloud.IntegrationSettings) { s.IntegrationURI = "not-there" }, cloud.CodeBadRequest},
		"payload":      {func(s *cloud.IntegrationSettings) { s.PayloadFormatVersion = "3.0" }, cloud.CodeBadRequest},
		"method":       {func(s *cloud.IntegrationSettings) { s.IntegrationMethod = "GET" }, "NotModelled"},
		"parameters":   {func(s *cloud.IntegrationSettings) { s.RequestParameters = map[string]string{"a": "b"} }, "NotModelled"},
		"private link": {func(s *cloud.IntegrationSettings) { s.ConnectionType = "VPC_LINK" }, "NotModelled"},
		"timeout":      {func(s *cloud.IntegrationSettings) { s.TimeoutMillis = 1 }, cloud.CodeBadRequest},
	} {
		in := good
		row.change(&in)
		t.Run(name, func(t *testing.T) { WantCode(t, row.code, failed(r.CreateIntegration(api, in))) })
	}
}
