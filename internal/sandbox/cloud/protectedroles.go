package cloud

import "strings"

// Paths of roles that only AWS can change: service-linked roles, and roles that IAM
// Identity Center creates.
const (
	serviceLinkedPath = "/aws-service-role/"
	reservedPath      = "/aws-reserved/"
)

// trustsNobody is a trust policy for roles that cannot be assumed in the Cloud.
const trustsNobody = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`

func isProtectedPath(path string) bool {
	return strings.HasPrefix(path, serviceLinkedPath) || strings.HasPrefix(path, reservedPath)
}

// modifiable implements [protected] with the error of AWS.
func (r *role) modifiable() error {
	if isProtectedPath(r.Path) {
		return errorf(CodeUnmodifiableEntity,
			"Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", r.RoleName)
	}
	return nil
}

// CreateProtectedRole creates a role that only AWS can change. The path must begin with
// /aws-service-role/ or /aws-reserved/. The role cannot be assumed.
func (a *Account) CreateProtectedRole(name, path string) (Role, error) {
	if !isProtectedPath(path) {
		return Role{}, errorf(CodeInvalidInput, "the path %q does not begin with %s or %s", path, serviceLinkedPath, reservedPath)
	}
	return a.createRole("CreateServiceLinkedRole", CreateRoleInput{RoleName: name, Path: path, AssumeRolePolicyDocument: trustsNobody})
}
