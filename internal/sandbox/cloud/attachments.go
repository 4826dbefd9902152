package cloud

// principal is a user, a group or a role, as a shelf keeps it.
type principal[V any] interface {
	stored[V]
	policies() *permissions
}

func (p *permissions) policies() *permissions { return p }

// The functions below are calls on the policies of users, groups or roles. AWS has
// one of each for each kind.

func attach[T principal[V], V any](a *Account, s *shelf[*account, T, V], name, policyARN string) error {
	return s.change(a, "Attach"+s.kind+"Policy", name, func(st *account, x T) error { return x.policies().attach(st, policyARN) })
}

func detach[T principal[V], V any](a *Account, s *shelf[*account, T, V], name, policyARN string) error {
	return s.change(a, "Detach"+s.kind+"Policy", name, func(_ *account, x T) error { return x.policies().detach(policyARN) })
}

func put[T principal[V], V any](a *Account, s *shelf[*account, T, V], name string, in InlinePolicy, quota int) error {
	return s.change(a, "Put"+s.kind+"Policy", name, func(_ *account, x T) error { return x.policies().put(in, quota) })
}

func remove[T principal[V], V any](a *Account, s *shelf[*account, T, V], name, policyName string) error {
	return s.change(a, "Delete"+s.kind+"Policy", name, func(_ *account, x T) error { return x.policies().remove(policyName) })
}

func inline[T principal[V], V any](a *Account, s *shelf[*account, T, V], name, policyName string) (InlinePolicy, error) {
	var out InlinePolicy
	err := s.read(a, name, func(_ *account, x T) (err error) { out, err = x.policies().inline(policyName); return err })
	return reply(out, err)
}

func namesOf[T principal[V], V any](a *Account, s *shelf[*account, T, V], name string, which func(*permissions) []string) ([]string, error) {
	var out []string
	err := s.read(a, name, func(_ *account, x T) error { out = which(x.policies()); return nil })
	return reply(out, err)
}

// AttachUserPolicy attaches a managed policy to a user, at most 10; attaching one
// again changes nothing.
func (a *Account) AttachUserPolicy(name, policyARN string) error {
	return attach(a, users, name, policyARN)
}

// DetachUserPolicy detaches a managed policy from a user.
func (a *Account) DetachUserPolicy(name, policyARN string) error {
	return detach(a, users, name, policyARN)
}

// ListAttachedUserPolicies returns the ARNs of a user's managed policies, sorted.
func (a *Account) ListAttachedUserPolicies(name string) ([]string, error) {
	return namesOf(a, users, name, (*permissions).attached)
}

// PutUserPolicy embeds a policy in a user, or replaces it.
func (a *Account) PutUserPolicy(name string, in InlinePolicy) error {
	return put(a, users, name, in, quotaUserInline)
}

// DeleteUserPolicy deletes a policy embedded in a user.
func (a *Account) DeleteUserPolicy(name, policyName string) error {
	return remove(a, users, name, policyName)
}

// GetUserPolicy returns a policy embedded in a user.
func (a *Account) GetUserPolicy(name, policyName string) (InlinePolicy, error) {
	return inline(a, users, name, policyName)
}

// ListUserPolicies returns the names of the policies embedded in a user, sorted.
func (a *Account) ListUserPolicies(name string) ([]string, error) {
	return namesOf(a, users, name, (*permissions).inlineNames)
}

// AttachGroupPolicy attaches a managed policy to a group, at most 10; attaching one
// again changes nothing.
func (a *Account) AttachGroupPolicy(name, policyARN string) error {
	return attach(a, groups, name, policyARN)
}

// DetachGroupPolicy detaches a managed policy from a group.
func (a *Account) DetachGroupPolicy(name, policyARN string) error {
	return detach(a, groups, name, policyARN)
}

// ListAttachedGroupPolicies returns the ARNs of a group's managed policies, sorted.
func (a *Account) ListAttachedGroupPolicies(name string) ([]string, error) {
	return namesOf(a, groups, name, (*permissions).attached)
}

// PutGroupPolicy embeds a policy in a group, or replaces it.
func (a *Account) PutGroupPolicy(name string, in InlinePolicy) error {
	return put(a, groups, name, in, quotaGroupInline)
}

// DeleteGroupPolicy deletes a policy embedded in a group.
func (a *Account) DeleteGroupPolicy(name, policyName string) error {
	return remove(a, groups, name, policyName)
}

// GetGroupPolicy returns a policy embedded in a group.
func (a *Account) GetGroupPolicy(name, policyName string) (InlinePolicy, error) {
	return inline(a, groups, name, policyName)
}

// ListGroupPolicies returns the names of the policies embedded in a group, sorted.
func (a *Account) ListGroupPolicies(name string) ([]string, error) {
	return namesOf(a, groups, name, (*permissions).inlineNames)
}

// AttachRolePolicy attaches a managed policy to a role, at most 10; attaching one
// again changes nothing.
func (a *Account) AttachRolePolicy(name, policyARN string) error {
	return attach(a, roles, name, policyARN)
}

// DetachRolePolicy detaches a managed policy from a role.
func (a *Account) DetachRolePolicy(name, policyARN string) error {
	return detach(a, roles, name, policyARN)
}

// ListAttachedRolePolicies returns the ARNs of a role's managed policies, sorted.
func (a *Account) ListAttachedRolePolicies(name string) ([]string, error) {
	return namesOf(a, roles, name, (*permissions).attached)
}

// PutRolePolicy embeds a policy in a role, or replaces it.
func (a *Account) PutRolePolicy(name string, in InlinePolicy) error {
	return put(a, roles, name, in, quotaRoleInline)
}

// DeleteRolePolicy deletes a policy embedded in a role.
func (a *Account) DeleteRolePolicy(name, policyName string) error {
	return remove(a, roles, name, policyName)
}

// GetRolePolicy returns a policy embedded in a role.
func (a *Account) GetRolePolicy(name, policyName string) (InlinePolicy, error) {
	return inline(a, roles, name, policyName)
}

// ListRolePolicies returns the names of the policies embedded in a role, sorted.
func (a *Account) ListRolePolicies(name string) ([]string, error) {
	return namesOf(a, roles, name, (*permissions).inlineNames)
}
