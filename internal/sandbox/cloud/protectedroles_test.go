package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestProtectedRoles checks that service-linked roles, and roles of IAM Identity Center,
// cannot be changed.
func TestProtectedRoles(t *testing.T) {
	for name, path := range map[string]string{
		"AWSServiceRoleForECS":        "/aws-service-role/ecs.amazonaws.com/",
		"AWSReservedSSO_Admin_0a1b2c": "/aws-reserved/sso.amazonaws.com/eu-west-1/",
	} {
		t.Run(name, func(t *testing.T) {
			c, a := account()
			policy := newPolicy(a, "p").ARN
			Must(a.CreateInstanceProfile("p", "", nil))
			r := Must(a.CreateProtectedRole(name, path))
			assert.Equal(t, "arn:aws:iam::111122223333:role"+path+name, r.ARN)
			assert.Equal(t, r, Must(a.GetRole(name)))
			before := c.Describe()
			for action, err := range map[string]error{
				"AttachRolePolicy":              a.RolePolicies().Attach(name, policy),
				"DetachRolePolicy":              a.RolePolicies().Detach(name, policy),
				"PutRolePolicy":                 a.RolePolicies().Put(name, inline("i")),
				"DeleteRolePolicy":              a.RolePolicies().Delete(name, "i"),
				"UpdateAssumeRolePolicy":        a.UpdateAssumeRolePolicy(name, trustEC2),
				"UpdateRole":                    a.UpdateRole(name, 7200),
				"UpdateRoleDescription":         a.UpdateRoleDescription(name, "x"),
				"PutRolePermissionsBoundary":    a.PutRolePermissionsBoundary(name, policy),
				"DeleteRolePermissionsBoundary": a.DeleteRolePermissionsBoundary(name),
				"AddRoleToInstanceProfile":      a.AddRoleToInstanceProfile("p", name),
				"DeleteRole":                    a.DeleteRole(name),
			} {
				t.Run(action, func(t *testing.T) { WantCode(t, cloud.CodeUnmodifiableEntity, err) })
			}
			assert.Equal(t, before, c.Describe(), "rejected requests change nothing")
			WantCode(t, cloud.CodeEntityAlreadyExists, failed(a.CreateProtectedRole(name, path)))
			WantCode(t, cloud.CodeInvalidInput, failed(a.CreateRole(cloud.CreateRoleInput{RoleName: "r", Path: path, AssumeRolePolicyDocument: trustEC2})))
		})
	}
	_, a := account()
	WantCode(t, cloud.CodeInvalidInput, failed(a.CreateProtectedRole("r", "/team/")))
	WantCode(t, cloud.CodeValidation, failed(a.CreateProtectedRole("r", "/aws-reserved/x")))
	Must(a.CreateRole(cloud.CreateRoleInput{RoleName: "r", Path: "/aws-reserved-by-me/", AssumeRolePolicyDocument: trustEC2}))
	OK(a.DeleteRole("r"))
}
