package cloud

// AttachUserPolicy attaches a managed policy to a user, at most 10; attaching one
// again changes nothing.
func (a *Account) AttachUserPolicy(name, policyARN string) error {
	return users.change(a, "AttachUserPolicy", name, func(st *account, u *user) error { return u.attach(st, policyARN) })
}

// DetachUserPolicy detaches a managed policy from a user.
func (a *Account) DetachUserPolicy(name, policyARN string) error {
	return users.change(a, "DetachUserPolicy", name, func(_ *account, u *user) error { return u.detach(policyARN) })
}

// ListAttachedUserPolicies returns the ARNs of a user's managed policies, sorted.
func (a *Account) ListAttachedUserPolicies(name string) ([]string, error) {
	return ask(users, a, name, func(u *user) ([]string, error) { return u.attached(), nil })
}

// PutUserPolicy embeds a policy in a user, or replaces it.
func (a *Account) PutUserPolicy(name string, in InlinePolicy) error {
	return users.change(a, "PutUserPolicy", name, func(_ *account, u *user) error { return u.put(in, quotaUserInline) })
}

// DeleteUserPolicy deletes a policy embedded in a user.
func (a *Account) DeleteUserPolicy(name, policyName string) error {
	return users.change(a, "DeleteUserPolicy", name, func(_ *account, u *user) error { return u.remove(policyName) })
}

// GetUserPolicy returns a policy embedded in a user.
func (a *Account) GetUserPolicy(name, policyName string) (InlinePolicy, error) {
	return ask(users, a, name, func(u *user) (InlinePolicy, error) { return u.inline(policyName) })
}

// ListUserPolicies returns the names of the policies embedded in a user, sorted.
func (a *Account) ListUserPolicies(name string) ([]string, error) {
	return ask(users, a, name, func(u *user) ([]string, error) { return u.inlineNames(), nil })
}

// AttachGroupPolicy attaches a managed policy to a group, at most 10; attaching one
// again changes nothing.
func (a *Account) AttachGroupPolicy(name, policyARN string) error {
	return groups.change(a, "AttachGroupPolicy", name, func(st *account, g *group) error { return g.attach(st, policyARN) })
}

// DetachGroupPolicy detaches a managed policy from a group.
func (a *Account) DetachGroupPolicy(name, policyARN string) error {
	return groups.change(a, "DetachGroupPolicy", name, func(_ *account, g *group) error { return g.detach(policyARN) })
}

// ListAttachedGroupPolicies returns the ARNs of a group's managed policies, sorted.
func (a *Account) ListAttachedGroupPolicies(name string) ([]string, error) {
	return ask(groups, a, name, func(g *group) ([]string, error) { return g.attached(), nil })
}

// PutGroupPolicy embeds a policy in a group, or replaces it.
func (a *Account) PutGroupPolicy(name string, in InlinePolicy) error {
	return groups.change(a, "PutGroupPolicy", name, func(_ *account, g *group) error { return g.put(in, quotaGroupInline) })
}

// DeleteGroupPolicy deletes a policy embedded in a group.
func (a *Account) DeleteGroupPolicy(name, policyName string) error {
	return groups.change(a, "DeleteGroupPolicy", name, func(_ *account, g *group) error { return g.remove(policyName) })
}

// GetGroupPolicy returns a policy embedded in a group.
func (a *Account) GetGroupPolicy(name, policyName string) (InlinePolicy, error) {
	return ask(groups, a, name, func(g *group) (InlinePolicy, error) { return g.inline(policyName) })
}

// ListGroupPolicies returns the names of the policies embedded in a group, sorted.
func (a *Account) ListGroupPolicies(name string) ([]string, error) {
	return ask(groups, a, name, func(g *group) ([]string, error) { return g.inlineNames(), nil })
}

// AttachRolePolicy attaches a managed policy to a role, at most 10; attaching one
// again changes nothing.
func (a *Account) AttachRolePolicy(name, policyARN string) error {
	return roles.change(a, "AttachRolePolicy", name, func(st *account, r *role) error { return r.attach(st, policyARN) })
}

// DetachRolePolicy detaches a managed policy from a role.
func (a *Account) DetachRolePolicy(name, policyARN string) error {
	return roles.change(a, "DetachRolePolicy", name, func(_ *account, r *role) error { return r.detach(policyARN) })
}

// ListAttachedRolePolicies returns the ARNs of a role's managed policies, sorted.
func (a *Account) ListAttachedRolePolicies(name string) ([]string, error) {
	return ask(roles, a, name, func(r *role) ([]string, error) { return r.attached(), nil })
}

// PutRolePolicy embeds a policy in a role, or replaces it.
func (a *Account) PutRolePolicy(name string, in InlinePolicy) error {
	return roles.change(a, "PutRolePolicy", name, func(_ *account, r *role) error { return r.put(in, quotaRoleInline) })
}

// DeleteRolePolicy deletes a policy embedded in a role.
func (a *Account) DeleteRolePolicy(name, policyName string) error {
	return roles.change(a, "DeleteRolePolicy", name, func(_ *account, r *role) error { return r.remove(policyName) })
}

// GetRolePolicy returns a policy embedded in a role.
func (a *Account) GetRolePolicy(name, policyName string) (InlinePolicy, error) {
	return ask(roles, a, name, func(r *role) (InlinePolicy, error) { return r.inline(policyName) })
}

// ListRolePolicies returns the names of the policies embedded in a role, sorted.
func (a *Account) ListRolePolicies(name string) ([]string, error) {
	return ask(roles, a, name, func(r *role) ([]string, error) { return r.inlineNames(), nil })
}
