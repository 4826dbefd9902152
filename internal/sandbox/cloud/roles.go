package cloud

import (
	"fmt"
	"time"
)

const (
	maxRoles        = 1000
	quotaRoleInline = 10240

	minSessionSeconds     = 3600
	maxSessionSeconds     = 43200
	defaultSessionSeconds = 3600
)

// Role is an IAM role.
type Role struct {
	RoleName string `state:",name"`
	RoleID   string `state:",id"`
	ARN      string `state:"-"`
	Path     string
	// AssumeRolePolicyDocument is the trust policy as AWS reads it back: users
	// and roles that it named and that are gone are unique ids.
	AssumeRolePolicyDocument string
	Description              string
	MaxSessionDuration       int    // seconds
	PermissionsBoundary      string // ARN, empty for none
	CreateDate               time.Time
	Tags                     map[string]string
}

type role struct {
	Role
	permissions
	Trust trustPolicy `state:"trust"`
}

// CreateRoleInput describes a role to create. Path is / if empty,
// MaxSessionDuration 3600 if 0.
type CreateRoleInput struct {
	RoleName                 string
	Path                     string
	AssumeRolePolicyDocument string
	Description              string
	MaxSessionDuration       int
	PermissionsBoundary      string
	Tags                     map[string]string
}

func (a *account) role(name string) (*role, error) {
	if r := a.Roles[name]; r != nil {
		return r, nil
	}
	return nil, errorf(CodeNoSuchEntity, "the role with name %s cannot be found", name)
}

func (r *role) view(s *state) Role {
	out := r.Role
	out.Tags = cloneTags(r.Tags)
	out.AssumeRolePolicyDocument = r.Trust.render(s)
	return out
}

func checkSessionDuration(seconds int) error {
	if seconds < minSessionSeconds || seconds > maxSessionSeconds {
		return errorf(CodeValidation, "maxSessionDuration %d is invalid: %d to %d seconds", seconds, minSessionSeconds, maxSessionSeconds)
	}
	return nil
}

func (in CreateRoleInput) check(s *state, a *account) error {
	if err := checkName("roleName", in.RoleName, maxRoleName); err != nil {
		return err
	}
	if err := checkPath(in.Path); err != nil {
		return err
	}
	if err := checkDescription(in.Description); err != nil {
		return err
	}
	if err := checkSessionDuration(in.MaxSessionDuration); err != nil {
		return err
	}
	if err := checkTags(in.Tags); err != nil {
		return err
	}
	if hasFold(a.Roles, in.RoleName, "") {
		return errorf(CodeEntityAlreadyExists, "role with name %s already exists", in.RoleName)
	}
	if err := s.checkBoundary(a, in.PermissionsBoundary); err != nil {
		return err
	}
	if len(a.Roles) >= maxRoles {
		return errorf(CodeLimitExceeded, "cannot exceed quota for RolesPerAccount: %d", maxRoles)
	}
	return nil
}

// CreateRole creates a role.
func (a *Account) CreateRole(in CreateRoleInput) (Role, error) {
	in.Path = defaultPath(in.Path)
	if in.MaxSessionDuration == 0 {
		in.MaxSessionDuration = defaultSessionSeconds
	}
	var out Role
	err := a.mutate("CreateRole", in.RoleName, func(st *account) error {
		if err := in.check(&a.cloud.state, st); err != nil {
			return err
		}
		trust, err := a.cloud.state.checkTrustDocument(in.AssumeRolePolicyDocument)
		if err != nil {
			return err
		}
		r := &role{
			Role: Role{
				RoleName: in.RoleName, RoleID: uniqueID(prefixRole), Path: in.Path, Description: in.Description,
				ARN:                fmt.Sprintf("arn:aws:iam::%s:role%s%s", a.id, in.Path, in.RoleName),
				MaxSessionDuration: in.MaxSessionDuration, PermissionsBoundary: in.PermissionsBoundary,
				CreateDate: now(), Tags: cloneTags(in.Tags),
			},
			Trust: trust,
		}
		st.Roles[in.RoleName] = r
		out = r.view(&a.cloud.state)
		return nil
	})
	return reply(out, err)
}

// GetRole returns a role.
func (a *Account) GetRole(name string) (Role, error) {
	var out Role
	err := a.view(func(st *account) error {
		r, err := st.role(name)
		if err != nil {
			return err
		}
		out = r.view(&a.cloud.state)
		return nil
	})
	return reply(out, err)
}

// ListRoles returns the account's roles, by name.
func (a *Account) ListRoles() ([]Role, error) {
	var out []Role
	err := a.view(func(st *account) error {
		for _, n := range sortedKeys(st.Roles) {
			out = append(out, st.Roles[n].view(&a.cloud.state))
		}
		return nil
	})
	return reply(out, err)
}

// onRole runs a mutation of one role.
func (a *Account) onRole(action, name string, f func(*account, *role) error) error {
	return a.mutate(action, name, func(st *account) error {
		r, err := st.role(name)
		if err != nil {
			return err
		}
		return f(st, r)
	})
}

// UpdateAssumeRolePolicy replaces the trust policy; its principals are resolved
// anew.
func (a *Account) UpdateAssumeRolePolicy(name, document string) error {
	return a.onRole("UpdateAssumeRolePolicy", name, func(_ *account, r *role) error {
		trust, err := a.cloud.state.checkTrustDocument(document)
		if err != nil {
			return err
		}
		r.Trust = trust
		return nil
	})
}

// UpdateRoleDescription replaces the description.
func (a *Account) UpdateRoleDescription(name, description string) error {
	return a.onRole("UpdateRoleDescription", name, func(_ *account, r *role) error {
		if err := checkDescription(description); err != nil {
			return err
		}
		r.Description = description
		return nil
	})
}

// UpdateRole sets the longest session, in seconds: 3600 to 43200.
func (a *Account) UpdateRole(name string, maxSessionDuration int) error {
	return a.onRole("UpdateRole", name, func(_ *account, r *role) error {
		if err := checkSessionDuration(maxSessionDuration); err != nil {
			return err
		}
		r.MaxSessionDuration = maxSessionDuration
		return nil
	})
}

// PutRolePermissionsBoundary sets a role's boundary to an existing policy.
func (a *Account) PutRolePermissionsBoundary(name, policyARN string) error {
	return a.onRole("PutRolePermissionsBoundary", name, func(st *account, r *role) error {
		if policyARN == "" {
			return errorf(CodeInvalidInput, "permissions boundary is empty, must be the ARN of a managed policy")
		}
		if err := a.cloud.state.checkBoundary(st, policyARN); err != nil {
			return err
		}
		r.PermissionsBoundary = policyARN
		return nil
	})
}

// DeleteRolePermissionsBoundary removes a role's boundary.
func (a *Account) DeleteRolePermissionsBoundary(name string) error {
	return a.onRole("DeleteRolePermissionsBoundary", name, func(_ *account, r *role) error {
		r.PermissionsBoundary = ""
		return nil
	})
}

// TagRole adds tags to a role, or changes them.
func (a *Account) TagRole(name string, tags map[string]string) error {
	return a.retagRole("TagRole", name, tags, nil)
}

// UntagRole removes tags from a role.
func (a *Account) UntagRole(name string, keys []string) error {
	return a.retagRole("UntagRole", name, nil, keys)
}

func (a *Account) retagRole(action, name string, add map[string]string, remove []string) error {
	return a.onRole(action, name, func(_ *account, r *role) error {
		tags := mergeTags(r.Tags, add, remove)
		if err := checkTags(tags); err != nil {
			return err
		}
		r.Tags = tags
		return nil
	})
}

// DeleteRole deletes a role that has no policies and is in no instance profile.
func (a *Account) DeleteRole(name string) error {
	return a.onRole("DeleteRole", name, func(st *account, r *role) error {
		for _, n := range sortedKeys(st.InstanceProfiles) {
			if st.InstanceProfiles[n].RoleName == name {
				return errorf(CodeDeleteConflict, "cannot delete entity, must remove role %s from instance profile %s first", name, n)
			}
		}
		if err := r.conflict(); err != nil {
			return err
		}
		delete(st.Roles, name)
		return nil
	})
}
