package cloud

import (
	"fmt"
	"strings"
)

// AcceptUnknown makes the Cloud accept trust policies, permissions boundaries and
// attachments that name accounts, users, roles, OpenID Connect providers and managed
// policies which do not exist in it. The configuration of a stack on AWS can then be
// deployed unchanged. A policy that does not exist in the Cloud has no effect, and as a
// boundary it denies everything.
func (c *Cloud) AcceptUnknown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version.Add(1)
	c.state.Open = true
}

// checkBoundary rejects a permissions boundary that does not exist in the
// account. An empty one means no boundary.
func (s *state) checkBoundary(a *account, arn string) error {
	switch {
	case arn == "" || a.policy(arn) != nil:
		return nil
	case !strings.HasPrefix(arn, "arn:aws:iam::"):
		return errorf(CodeInvalidInput, "permissions boundary %q is not the ARN of a managed policy", arn)
	case s.Open:
		return nil
	}
	return errorf(CodeNoSuchEntity, "scope ARN %s does not exist or is not attachable", arn)
}

// putBoundary sets a boundary, which must not be empty.
func (s *state) putBoundary(a *account, arn string, boundary *string) error {
	if arn == "" {
		return errorf(CodeInvalidInput, "permissions boundary is empty, must be the ARN of a managed policy")
	}
	if err := s.checkBoundary(a, arn); err != nil {
		return err
	}
	*boundary = arn
	return nil
}

// knows reports whether an account exists, or may exist outside of the Cloud.
func (s *state) knows(account string) bool { return s.Open || s.Accounts[account] != nil }

// ExistingRole returns a role, as GetRole does. After [Cloud.AcceptUnknown], it also
// returns a role that does not exist in the Cloud. That role is assumed to have no path.
func (a *Account) ExistingRole(name string) (Role, error) {
	r, err := a.GetRole(name)
	if !IsCode(err, CodeNoSuchEntity) {
		return r, err
	}
	a.cloud.mu.RLock()
	defer a.cloud.mu.RUnlock()
	if a.world().mayHaveRole(name) {
		return assumedRole(a.id, name).view(a.world()), nil
	}
	return r, err
}

// assumeRoleExists adds a role that may exist outside of the Cloud, so that policies can
// be attached to it. AWS does not have this action.
func (a *Account) assumeRoleExists(name string) {
	a.cloud.mu.Lock()
	defer a.cloud.mu.Unlock()
	st := a.world().Accounts[a.id]
	if st == nil || st.Roles[name] != nil || !a.world().mayHaveRole(name) {
		return
	}
	a.cloud.version.Add(1)
	if st.Roles == nil {
		st.Roles = map[string]*role{}
	}
	st.Roles[name] = assumedRole(a.id, name)
}

// mayHaveRole reports whether a role with the name may exist outside of the Cloud.
func (s *state) mayHaveRole(name string) bool {
	return s.Open && checkName("roleName", name, maxRoleName) == nil
}

// assumedRole returns a role that has only a name. It cannot be assumed.
func assumedRole(account, name string) *role {
	return &role{
		Role: Role{
			CreateRoleInput: CreateRoleInput{RoleName: name, Path: "/", MaxSessionDuration: defaultSessionSeconds},
			RoleID:          uniqueID(prefixRole), ARN: fmt.Sprintf("arn:aws:iam::%s:role/%s", account, name), CreateDate: now(),
		},
		Trust: trustPolicy{Text: trustsNobody},
	}
}
