package engine_test

import (
	"encoding/json"
	"path"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// functionRole is the name of the function's role.
func (h hand) functionRole() string { return path.Base(h.function().Role) }

// functionPolicy is the policy that the function's role has.
func (h hand) functionPolicy() string {
	arns := Must(h.api.RolePolicies().Attached(h.functionRole()))
	require.Len(h, arns, 1)
	return arns[0]
}

// functionLog is the log group of the function.
func (h hand) functionLog() string { return h.logGroup("/aws/lambda/") }

// permission is the id of the function's only permission.
func (h hand) permission() string {
	text := Must(h.region.GetPolicy(h.function().FunctionName))
	var policy struct{ Statement []struct{ Sid string } }
	h.do(json.Unmarshal([]byte(text), &policy))
	require.Len(h, policy.Statement, 1)
	return policy.Statement[0].Sid
}

// otherRole is another role that Lambda may assume.
var otherRole = cloud.CreateRoleInput{RoleName: "other", AssumeRolePolicyDocument: TrustService("lambda")}

var changedFunctionRole = harness.Changes{"update iam/role:Role products-role"}

var functionRoleDrifts = []drift{
	{
		name: "the function has another role",
		before: func(h hand) {
			Must(h.api.CreateRole(otherRole))
		},
		by:    setFunction(func(s *cloud.FunctionSettings) { s.Role = "arn:aws:iam::111122223333:role/other" }),
		found: changedFunction,
	},
	{
		name: "the trust policy of the function's role is edited",
		by: func(h hand) {
			h.do(h.api.UpdateAssumeRolePolicy(h.functionRole(), `{"Version": "2012-10-17",
				"Statement": {"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}, "Action": "sts:AssumeRole"}}`))
		},
		found: changedFunctionRole,
	},
	{
		name: "tags of the function's role, policy and log group are changed",
		by: func(h hand) {
			h.do(h.api.Untag("Role", h.functionRole(), []string{"team"}))
			h.do(h.api.Tag("Policy", h.functionPolicy(), map[string]string{"owner": "me"}))
			h.do(h.region.TagResource(Must(h.region.DescribeLogGroup(h.functionLog())).ARN, map[string]string{"team": "mine"}))
		},
		found: harness.Changes{
			"update cloudwatch/logGroup:LogGroup products-log",
			"update iam/policy:Policy products-service",
			"update iam/role:Role products-role",
		},
	},
	{
		name: "a policy is attached to the function's role and another embedded",
		by: func(h hand) {
			h.do(h.api.RolePolicies().Attach(h.functionRole(), administrator))
			h.do(h.api.RolePolicies().Put(h.functionRole(), backDoor))
		},
		found: harness.Changes{
			"update iam/rolePoliciesExclusive:RolePoliciesExclusive products-inline-policies",
			"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-policies",
		},
	},
	{
		name:   "the policy is detached from the function's role",
		by:     func(h hand) { h.do(h.api.RolePolicies().Detach(h.functionRole(), h.functionPolicy())) },
		found:  detachedService("delete"),
		repair: detachedService("create"),
	},
	{
		name: "the function's role is deleted",
		by: func(h hand) {
			role := h.functionRole()
			h.do(h.api.RolePolicies().Detach(role, h.functionPolicy()))
			h.do(h.api.DeleteRole(role))
		},
		found:  harness.Join(harness.RoleChanges("delete", "products", "service")),
		repair: harness.Join(harness.RoleChanges("create", "products", "service"), changedFunction),
	},
}

func detachedService(op string) harness.Changes {
	return harness.Changes{
		op + " iam/rolePolicyAttachment:RolePolicyAttachment products-service",
		"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-policies",
	}
}
