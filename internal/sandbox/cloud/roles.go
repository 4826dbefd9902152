package cloud

import (
	"cmp"
	"fmt"
	"time"

	"iam-secured-api/components/access"
)

// CreateRoleInput describes a role to create.
type CreateRoleInput struct {
	RoleName string `state:",name"`
	Path     string // / if empty
	// AssumeRolePolicyDocument is the trust policy. AWS returns it with unique
	// ids in place of users and roles that were deleted.
	AssumeRolePolicyDocument string
	Description              string
	MaxSessionDuration       int    // seconds, 0 for 3600
	PermissionsBoundary      string // ARN, empty for none
	Tags                     map[string]string
}

// Role is an IAM role.
type Role struct {
	CreateRoleInput
	RoleID     string `state:",id"`
	ARN        string `state:"-"`
	CreateDate time.Time
}

type role struct {
	Role // without the trust policy
	permissions
	Trust trustPolicy `state:"trust"`
}

var roles = named("Role", "role", access.MaxAccountRoles,
	func(a *account) *map[string]*role { return &a.Roles },
	func(r *role) *map[string]string { return &r.Tags })

func (r *role) view(s *state) Role {
	out := r.Role
	out.AssumeRolePolicyDocument = r.Trust.render(s)
	return out
}

func checkSessionDuration(seconds int) error {
	if err := access.CheckSessionSeconds(seconds); err != nil {
		return errorf(CodeValidation, "maxSessionDuration %d is invalid: %s", seconds, err)
	}
	return nil
}

func (in CreateRoleInput) check() error {
	return cmp.Or(
		checkName("roleName", in.RoleName, maxRoleName), checkPath(in.Path), checkDescription(in.Description),
		checkSessionDuration(in.MaxSessionDuration), checkTags(in.Tags),
	)
}

// CreateRole creates a role.
func (a *Account) CreateRole(in CreateRoleInput) (Role, error) {
	in.Path = defaultPath(in.Path)
	if isProtectedPath(in.Path) {
		return Role{}, errorf(CodeInvalidInput, "the path %s is reserved for AWS", in.Path)
	}
	return a.createRole("CreateRole", in)
}

func (a *Account) createRole(action string, in CreateRoleInput) (Role, error) {
	in.MaxSessionDuration = cmp.Or(in.MaxSessionDuration, defaultSessionSeconds)
	return roles.create(a, action, in.RoleName, func(st *account) (string, *role, error) {
		if err := cmp.Or(in.check(), a.world().checkBoundary(st, in.PermissionsBoundary)); err != nil {
			return "", nil, err
		}
		trust, err := a.world().checkTrustDocument(st, in.AssumeRolePolicyDocument)
		if err != nil {
			return "", nil, err
		}
		in.AssumeRolePolicyDocument = "" // follows from trust
		arn := fmt.Sprintf("arn:aws:iam::%s:role%s%s", a.id, in.Path, in.RoleName)
		return in.RoleName, &role{
			Role:  Role{CreateRoleInput: in, RoleID: uniqueID(prefixRole), ARN: arn, CreateDate: now()},
			Trust: trust,
		}, nil
	})
}

// GetRole returns a role.
func (a *Account) GetRole(name string) (Role, error) { return roles.get(a, name) }

// ListRoles returns the account's roles, by name.
func (a *Account) ListRoles() ([]Role, error) { return roles.list(a, nil) }

// UpdateAssumeRolePolicy replaces the trust policy and resolves its principals
// again.
func (a *Account) UpdateAssumeRolePolicy(name, document string) error {
	return roles.change(a, "UpdateAssumeRolePolicy", name, func(st *account, r *role) error {
		trust, err := a.world().checkTrustDocument(st, document)
		if err != nil {
			return err
		}
		r.Trust = trust
		return nil
	})
}

// UpdateRoleDescription replaces the description.
func (a *Account) UpdateRoleDescription(name, description string) error {
	return roles.change(a, "UpdateRoleDescription", name, func(_ *account, r *role) error {
		if err := checkDescription(description); err != nil {
			return err
		}
		r.Description = description
		return nil
	})
}

// UpdateRole sets the longest session, in seconds: 3600 to 43200.
func (a *Account) UpdateRole(name string, maxSessionDuration int) error {
	return roles.change(a, "UpdateRole", name, func(_ *account, r *role) error {
		if err := checkSessionDuration(maxSessionDuration); err != nil {
			return err
		}
		r.MaxSessionDuration = maxSessionDuration
		return nil
	})
}

// PutRolePermissionsBoundary sets a role's boundary to an existing policy.
func (a *Account) PutRolePermissionsBoundary(name, policyARN string) error {
	return roles.change(a, "PutRolePermissionsBoundary", name, func(st *account, r *role) error {
		return a.world().putBoundary(st, policyARN, &r.PermissionsBoundary)
	})
}

// DeleteRolePermissionsBoundary removes a role's boundary.
func (a *Account) DeleteRolePermissionsBoundary(name string) error {
	return roles.change(a, "DeleteRolePermissionsBoundary", name, func(_ *account, r *role) error {
		r.PermissionsBoundary = ""
		return nil
	})
}

// DeleteRole deletes a role that has no policies and is in no instance profile.
func (a *Account) DeleteRole(name string) error {
	return roles.remove(a, "DeleteRole", name, func(st *account, r *role) error {
		for _, n := range sortedKeys(st.InstanceProfiles) {
			if st.InstanceProfiles[n].RoleName == name {
				return errorf(CodeDeleteConflict,
					"cannot delete entity, must remove role %s from instance profile %s first", name, n)
			}
		}
		return r.conflict()
	})
}
