package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const arnReadOnlyAccess = "arn:aws:iam::aws:policy/ReadOnlyAccess"

// TestAWSManagedPolicies attaches AWS managed policies to a user that may call one
// route, and sets them as its boundary.
func TestAWSManagedPolicies(t *testing.T) {
	for arn, row := range map[string]struct{ calls, keeps, bounded bool }{
		"arn:aws:iam::aws:policy/AdministratorAccess":                      {true, true, true},
		"arn:aws:iam::aws:policy/PowerUserAccess":                          {true, true, true},
		"arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess":         {true, true, true},
		"arn:aws:iam::aws:policy/AWSDenyAll":                               {false, false, false},
		arnReadOnlyAccess:                                                  {false, true, false},
		"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": {false, true, false},
	} {
		t.Run(arn, func(t *testing.T) {
			c, a := account()
			key := withKey(a, "jane")
			calls := func() bool { return may(t, Must(c.Caller(key.AccessKeyID, noon)), invoke, products) }
			OK(a.UserPolicies().Attach("jane", arn))
			assert.Equal(t, row.calls, calls(), "alone")
			OK(a.UserPolicies().Put("jane", Allow("p", invoke, products)))
			assert.Equal(t, row.keeps, calls(), "with a policy that allows")
			OK(a.UserPolicies().Detach("jane", arn))
			OK(a.PutUserPermissionsBoundary("jane", arn))
			assert.Equal(t, row.bounded, calls(), "as the boundary")
		})
	}
}

// TestPoliciesThatAreAttached checks which managed policies can be attached to each kind
// of principal.
func TestPoliciesThatAreAttached(t *testing.T) {
	c, a := account()
	newUser(a, "x")
	Must(a.CreateGroup("x", ""))
	newRole(a, "x", trustEC2)
	own := newPolicy(a, "own").ARN
	other := newPolicy(c.Account(cloud.CallerAccount), "own").ARN
	for arn, code := range map[string]string{
		own:               "",
		arnReadOnlyAccess: "",
		"arn:aws:iam::aws:policy/service-role/AmazonEC2RoleforSSM": "",
		other:                                  cloud.CodeNoSuchEntity,
		"arn:aws:iam::111122223333:policy/Own": cloud.CodeNoSuchEntity,
		"arn:aws:iam::aws:policy/administratoraccess": cloud.CodeNoSuchEntity,
		"arn:aws:iam::aws:policy/x/PowerUserAccess":   cloud.CodeNoSuchEntity,
		"arn:aws:iam::aws:policy/x//y":                cloud.CodeInvalidInput,
		"arn:aws:iam::aws:policy/" + long(129):        cloud.CodeInvalidInput,
		"arn:aws-cn:iam::aws:policy/ReadOnlyAccess":   cloud.CodeInvalidInput,
		"": cloud.CodeInvalidInput,
		"arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy": cloud.CodePolicyNotAttachable,
	} {
		for kind, p := range map[string]cloud.PrincipalPolicies{
			"user": a.UserPolicies(), "group": a.GroupPolicies(), "role": a.RolePolicies(),
		} {
			t.Run(kind+" "+arn, func(t *testing.T) {
				err := p.Attach("x", arn)
				if code != "" {
					WantCode(t, code, err)
					return
				}
				OK(err)
				assert.Contains(t, Must(p.Attached("x")), arn)
			})
		}
	}
	assert.Equal(t, 3, Must(a.GetPolicy(arnReadOnlyAccess)).AttachmentCount)
}

// TestAWSManagedPoliciesAreNotChanged also checks which actions can read them.
func TestAWSManagedPoliciesAreNotChanged(t *testing.T) {
	_, a := account()
	const arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
	p := Must(a.GetPolicy(arn))
	assert.Equal(t, []string{arn, "AWSLambdaBasicExecutionRole", "/service-role/"}, []string{p.ARN, p.PolicyName, p.Path})
	WantCode(t, "NotModelled", failed(a.GetPolicyVersion(arn, p.DefaultVersionID)))
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.GetPolicyVersion(arn, "v0")))
	WantCode(t, "AccessDenied", a.DeletePolicy(arn))
	WantCode(t, "AccessDenied", failed(a.CreatePolicyVersion(arn, allowInvoke, true)))
	WantCode(t, "AccessDenied", a.Tag("Policy", arn, map[string]string{"a": "b"}))
	assert.Empty(t, Must(a.ListPolicies()))
}
