package cloud

import (
	"fmt"
	"slices"
	"time"
)

const (
	maxUsers         = 5000
	maxGroupsPerUser = 10
	quotaUserInline  = 2048
)

// User is an IAM user.
type User struct {
	UserName            string `state:",name"`
	UserID              string `state:",id"`
	ARN                 string `state:"-"`
	Path                string
	PermissionsBoundary string // ARN, empty for none
	CreateDate          time.Time
	Tags                map[string]string
}

type user struct {
	User
	permissions
	Groups     []string     `state:"group"` // GroupIDs
	Keys       []*AccessKey `state:"access key"`
	MFADevices []*MFADevice `state:"MFA device"`
}

// CreateUserInput describes a user to create. Path is / if empty.
type CreateUserInput struct {
	UserName            string
	Path                string
	PermissionsBoundary string
	Tags                map[string]string
}

func userARN(account, path, name string) string {
	return fmt.Sprintf("arn:aws:iam::%s:user%s%s", account, path, name)
}

func newUser(account string, in CreateUserInput) *user {
	return &user{User: User{
		UserName: in.UserName, UserID: uniqueID(prefixUser), ARN: userARN(account, in.Path, in.UserName), Path: in.Path,
		PermissionsBoundary: in.PermissionsBoundary, CreateDate: now(), Tags: cloneTags(in.Tags),
	}}
}

func (u *user) view() User {
	out := u.User
	out.Tags = cloneTags(u.Tags)
	return out
}

func (a *account) user(name string) (*user, error) {
	if u := a.Users[name]; u != nil {
		return u, nil
	}
	return nil, errorf(CodeNoSuchEntity, "the user with name %s cannot be found", name)
}

// CreateUser creates a user.
func (a *Account) CreateUser(in CreateUserInput) (User, error) {
	in.Path = defaultPath(in.Path)
	var out User
	err := a.mutate("CreateUser", in.UserName, func(st *account) error {
		if err := checkName("userName", in.UserName, maxUserName); err != nil {
			return err
		}
		if err := checkPath(in.Path); err != nil {
			return err
		}
		if err := checkTags(in.Tags); err != nil {
			return err
		}
		if hasFold(st.Users, in.UserName, "") {
			return errorf(CodeEntityAlreadyExists, "user with name %s already exists", in.UserName)
		}
		if err := a.cloud.state.checkBoundary(st, in.PermissionsBoundary); err != nil {
			return err
		}
		if len(st.Users) >= maxUsers {
			return errorf(CodeLimitExceeded, "cannot exceed quota for UsersPerAccount: %d", maxUsers)
		}
		u := newUser(a.id, in)
		st.Users[in.UserName] = u
		out = u.view()
		return nil
	})
	return reply(out, err)
}

// GetUser returns a user.
func (a *Account) GetUser(name string) (User, error) {
	var out User
	err := a.view(func(st *account) error {
		u, err := st.user(name)
		if err != nil {
			return err
		}
		out = u.view()
		return nil
	})
	return reply(out, err)
}

// ListUsers returns the account's users, by name.
func (a *Account) ListUsers() ([]User, error) {
	var out []User
	err := a.view(func(st *account) error {
		for _, n := range sortedKeys(st.Users) {
			out = append(out, st.Users[n].view())
		}
		return nil
	})
	return reply(out, err)
}

// UpdateUser renames or moves a user; what is empty stays. Its unique id, its
// groups, policies and keys stay its own.
func (a *Account) UpdateUser(name, newName, newPath string) error {
	return a.mutate("UpdateUser", name, func(st *account) error {
		u, err := st.user(name)
		if err != nil {
			return err
		}
		to, path := u.UserName, u.Path
		if newName != "" {
			to = newName
		}
		if newPath != "" {
			path = newPath
		}
		if err := checkName("newUserName", to, maxUserName); err != nil {
			return err
		}
		if err := checkPath(path); err != nil {
			return err
		}
		if hasFold(st.Users, to, name) {
			return errorf(CodeEntityAlreadyExists, "user with name %s already exists", to)
		}
		delete(st.Users, name)
		u.UserName, u.Path, u.ARN = to, path, userARN(a.id, path, to)
		for _, k := range u.Keys {
			k.UserName = to
		}
		st.Users[to] = u
		return nil
	})
}

// DeleteUser deletes a user that has no groups, policies, access
// keys or MFA devices left.
func (a *Account) DeleteUser(name string) error {
	return a.mutate("DeleteUser", name, func(st *account) error {
		u, err := st.user(name)
		if err != nil {
			return err
		}
		if len(u.Groups) > 0 {
			return errorf(CodeDeleteConflict, "cannot delete entity, must remove user %s from all groups first", name)
		}
		if len(u.Keys) > 0 {
			return errorf(CodeDeleteConflict, "cannot delete entity, must delete access keys of user %s first", name)
		}
		if len(u.MFADevices) > 0 {
			return errorf(CodeDeleteConflict, "cannot delete entity, must deactivate MFA devices of user %s first", name)
		}
		if err := u.conflict(); err != nil {
			return err
		}
		delete(st.Users, name)
		return nil
	})
}

// onUser runs a mutation of one user.
func (a *Account) onUser(action, name string, f func(*account, *user) error) error {
	return a.mutate(action, name, func(st *account) error {
		u, err := st.user(name)
		if err != nil {
			return err
		}
		return f(st, u)
	})
}

// PutUserPermissionsBoundary sets a user's boundary to an existing policy.
func (a *Account) PutUserPermissionsBoundary(name, policyARN string) error {
	return a.onUser("PutUserPermissionsBoundary", name, func(st *account, u *user) error {
		if policyARN == "" {
			return errorf(CodeInvalidInput, "permissions boundary is empty, must be the ARN of a managed policy")
		}
		if err := a.cloud.state.checkBoundary(st, policyARN); err != nil {
			return err
		}
		u.PermissionsBoundary = policyARN
		return nil
	})
}

// DeleteUserPermissionsBoundary removes a user's boundary.
func (a *Account) DeleteUserPermissionsBoundary(name string) error {
	return a.onUser("DeleteUserPermissionsBoundary", name, func(_ *account, u *user) error {
		u.PermissionsBoundary = ""
		return nil
	})
}

// TagUser adds tags to a user, or changes them.
func (a *Account) TagUser(name string, tags map[string]string) error {
	return a.retagUser("TagUser", name, tags, nil)
}

// UntagUser removes tags from a user.
func (a *Account) UntagUser(name string, keys []string) error {
	return a.retagUser("UntagUser", name, nil, keys)
}

func (a *Account) retagUser(action, name string, add map[string]string, remove []string) error {
	return a.onUser(action, name, func(_ *account, u *user) error {
		tags := mergeTags(u.Tags, add, remove)
		if err := checkTags(tags); err != nil {
			return err
		}
		u.Tags = tags
		return nil
	})
}

// ListGroupsForUser returns the groups that a user is in, by name.
func (a *Account) ListGroupsForUser(name string) ([]Group, error) {
	var out []Group
	err := a.view(func(st *account) error {
		u, err := st.user(name)
		if err != nil {
			return err
		}
		for _, n := range sortedKeys(st.Groups) {
			if slices.Contains(u.Groups, st.Groups[n].GroupID) {
				out = append(out, st.Groups[n].Group)
			}
		}
		return nil
	})
	return reply(out, err)
}
