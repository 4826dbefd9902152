package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

func TestMayInvoke(t *testing.T) {
	const gateway = "apigateway.amazonaws.com"
	with := func(action, source string) cloud.FunctionPermission {
		return cloud.FunctionPermission{StatementID: "an_id-1", Action: action, Principal: gateway, SourceARN: source}
	}
	for name, test := range map[string]struct {
		permission    cloud.FunctionPermission
		service, from string
		want          bool
	}{
		"the route":       {with("lambda:InvokeFunction", products), gateway, products, true},
		"another route":   {with("lambda:InvokeFunction", products), gateway, creates, false},
		"the whole stage": {with("lambda:InvokeFunction", anyCall), gateway, creates, true},
		"another stage":   {with("lambda:InvokeFunction", anyCall), gateway, "arn:aws:execute-api:us-east-1:111122223333:abc/dev/GET/products", false},
		"another account": {with("lambda:InvokeFunction", anyCall), gateway, "arn:aws:execute-api:us-east-1:444455556666:abc/prod/GET/products", false},
		"any source":      {with("lambda:InvokeFunction", ""), gateway, creates, true},
		"all of Lambda":   {with("lambda:*", anyCall), gateway, products, true},
		"another action":  {with("lambda:GetFunction", anyCall), gateway, products, false},
		"another service": {with("lambda:InvokeFunction", anyCall), "events.amazonaws.com", products, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, r := withFunction()
			assert.False(t, Must(r.MayInvoke("worker", test.service, test.from)), "without a policy")
			OK(r.AddPermission("worker", test.permission))
			assert.Equal(t, test.want, Must(r.MayInvoke("worker", test.service, test.from)))
			assert.Equal(t, test.want, Must(r.MayInvoke(Must(r.GetFunction("worker")).ARN, test.service, test.from)))
			OK(r.RemovePermission("worker", test.permission.StatementID))
			assert.False(t, Must(r.MayInvoke("worker", test.service, test.from)))
		})
	}
	_, r := withFunction()
	WantCode(t, cloud.CodeResourceNotFound, failed(r.MayInvoke("missing", gateway, products)))
}
