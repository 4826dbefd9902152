package cloud

// AttachUserPolicy attaches a managed policy to a user, at most 10; attaching one
// again changes nothing.
func (a *Account) AttachUserPolicy(name, policyARN string) error {
	return a.onUser("AttachUserPolicy", name, func(st *account, x *user) error { return x.attach(st, policyARN) })
}

// DetachUserPolicy detaches a managed policy from a user.
func (a *Account) DetachUserPolicy(name, policyARN string) error {
	return a.onUser("DetachUserPolicy", name, func(_ *account, x *user) error { return x.detach(policyARN) })
}

// ListAttachedUserPolicies returns the ARNs of a user's managed policies, sorted.
func (a *Account) ListAttachedUserPolicies(name string) ([]string, error) {
	var out []string
	err := a.viewUser(name, func(x *user) error { out = x.attached(); return nil })
	return reply(out, err)
}

// PutUserPolicy embeds a policy in a user, or replaces it.
func (a *Account) PutUserPolicy(name string, in InlinePolicy) error {
	return a.onUser("PutUserPolicy", name, func(_ *account, x *user) error { return x.put(in, quotaUserInline) })
}

// DeleteUserPolicy deletes a policy embedded in a user.
func (a *Account) DeleteUserPolicy(name, policyName string) error {
	return a.onUser("DeleteUserPolicy", name, func(_ *account, x *user) error { return x.remove(policyName) })
}

// GetUserPolicy returns a policy embedded in a user.
func (a *Account) GetUserPolicy(name, policyName string) (InlinePolicy, error) {
	var out InlinePolicy
	err := a.viewUser(name, func(x *user) (err error) { out, err = x.inline(policyName); return err })
	return reply(out, err)
}

// ListUserPolicies returns the names of the policies embedded in a user, sorted.
func (a *Account) ListUserPolicies(name string) ([]string, error) {
	var out []string
	err := a.viewUser(name, func(x *user) error { out = x.inlineNames(); return nil })
	return reply(out, err)
}

// viewUser runs a read-only call on a user.
func (a *Account) viewUser(name string, f func(*user) error) error {
	return a.view(func(st *account) error {
		x, err := st.user(name)
		if err != nil {
			return err
		}
		return f(x)
	})
}

// AttachGroupPolicy attaches a managed policy to a group, at most 10; attaching one
// again changes nothing.
func (a *Account) AttachGroupPolicy(name, policyARN string) error {
	return a.onGroup("AttachGroupPolicy", name, func(st *account, x *group) error { return x.attach(st, policyARN) })
}

// DetachGroupPolicy detaches a managed policy from a group.
func (a *Account) DetachGroupPolicy(name, policyARN string) error {
	return a.onGroup("DetachGroupPolicy", name, func(_ *account, x *group) error { return x.detach(policyARN) })
}

// ListAttachedGroupPolicies returns the ARNs of a group's managed policies, sorted.
func (a *Account) ListAttachedGroupPolicies(name string) ([]string, error) {
	var out []string
	err := a.viewGroup(name, func(x *group) error { out = x.attached(); return nil })
	return reply(out, err)
}

// PutGroupPolicy embeds a policy in a group, or replaces it.
func (a *Account) PutGroupPolicy(name string, in InlinePolicy) error {
	return a.onGroup("PutGroupPolicy", name, func(_ *account, x *group) error { return x.put(in, quotaGroupInline) })
}

// DeleteGroupPolicy deletes a policy embedded in a group.
func (a *Account) DeleteGroupPolicy(name, policyName string) error {
	return a.onGroup("DeleteGroupPolicy", name, func(_ *account, x *group) error { return x.remove(policyName) })
}

// GetGroupPolicy returns a policy embedded in a group.
func (a *Account) GetGroupPolicy(name, policyName string) (InlinePolicy, error) {
	var out InlinePolicy
	err := a.viewGroup(name, func(x *group) (err error) { out, err = x.inline(policyName); return err })
	return reply(out, err)
}

// ListGroupPolicies returns the names of the policies embedded in a group, sorted.
func (a *Account) ListGroupPolicies(name string) ([]string, error) {
	var out []string
	err := a.viewGroup(name, func(x *group) error { out = x.inlineNames(); return nil })
	return reply(out, err)
}

// viewGroup runs a read-only call on a group.
func (a *Account) viewGroup(name string, f func(*group) error) error {
	return a.view(func(st *account) error {
		x, err := st.group(name)
		if err != nil {
			return err
		}
		return f(x)
	})
}

// AttachRolePolicy attaches a managed policy to a role, at most 10; attaching one
// again changes nothing.
func (a *Account) AttachRolePolicy(name, policyARN string) error {
	return a.onRole("AttachRolePolicy", name, func(st *account, x *role) error { return x.attach(st, policyARN) })
}

// DetachRolePolicy detaches a managed policy from a role.
func (a *Account) DetachRolePolicy(name, policyARN string) error {
	return a.onRole("DetachRolePolicy", name, func(_ *account, x *role) error { return x.detach(policyARN) })
}

// ListAttachedRolePolicies returns the ARNs of a role's managed policies, sorted.
func (a *Account) ListAttachedRolePolicies(name string) ([]string, error) {
	var out []string
	err := a.viewRole(name, func(x *role) error { out = x.attached(); return nil })
	return reply(out, err)
}

// PutRolePolicy embeds a policy in a role, or replaces it.
func (a *Account) PutRolePolicy(name string, in InlinePolicy) error {
	return a.onRole("PutRolePolicy", name, func(_ *account, x *role) error { return x.put(in, quotaRoleInline) })
}

// DeleteRolePolicy deletes a policy embedded in a role.
func (a *Account) DeleteRolePolicy(name, policyName string) error {
	return a.onRole("DeleteRolePolicy", name, func(_ *account, x *role) error { return x.remove(policyName) })
}

// GetRolePolicy returns a policy embedded in a role.
func (a *Account) GetRolePolicy(name, policyName string) (InlinePolicy, error) {
	var out InlinePolicy
	err := a.viewRole(name, func(x *role) (err error) { out, err = x.inline(policyName); return err })
	return reply(out, err)
}

// ListRolePolicies returns the names of the policies embedded in a role, sorted.
func (a *Account) ListRolePolicies(name string) ([]string, error) {
	var out []string
	err := a.viewRole(name, func(x *role) error { out = x.inlineNames(); return nil })
	return reply(out, err)
}

// viewRole runs a read-only call on a role.
func (a *Account) viewRole(name string, f func(*role) error) error {
	return a.view(func(st *account) error {
		x, err := st.role(name)
		if err != nil {
			return err
		}
		return f(x)
	})
}

// onGroup runs a mutation of one group.
func (a *Account) onGroup(action, name string, f func(*account, *group) error) error {
	return a.mutate(action, name, func(st *account) error {
		g, err := st.group(name)
		if err != nil {
			return err
		}
		return f(st, g)
	})
}
