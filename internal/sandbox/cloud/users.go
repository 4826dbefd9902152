package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"iam-secured-api/components/access"
)

// CreateUserInput describes a user to create.
type CreateUserInput struct {
	UserName            string `state:",name"`
	Path                string // / if empty
	PermissionsBoundary string // ARN, empty for none
	Tags                map[string]string
}

// User is an IAM user.
type User struct {
	CreateUserInput
	UserID     string `state:",id"`
	ARN        string `state:"-"`
	CreateDate time.Time
}

type user struct {
	User
	permissions
	Groups     []string     `state:"group"` // GroupIDs
	Keys       []*AccessKey `state:"access key"`
	MFADevices []*MFADevice `state:"MFA device"`
}

func userARN(account, path, name string) string {
	return fmt.Sprintf("arn:aws:iam::%s:user%s%s", account, path, name)
}

func newUser(account string, in CreateUserInput) *user {
	return &user{User: User{
		CreateUserInput: in, UserID: uniqueID(prefixUser), ARN: userARN(account, in.Path, in.UserName), CreateDate: now(),
	}}
}

func (u *user) view(*state) User { return u.User }

var users = named("User", "user", access.MaxAccountUsers,
	func(a *account) *map[string]*user { return &a.Users },
	func(u *user) *map[string]string { return &u.Tags })

// CreateUser creates a user.
func (a *Account) CreateUser(in CreateUserInput) (User, error) {
	in.Path = defaultPath(in.Path)
	return users.create(a, "CreateUser", in.UserName, func(st *account) (string, *user, error) {
		err := cmp.Or(
			checkName("userName", in.UserName, maxUserName), checkPath(in.Path), checkTags(in.Tags),
			a.world().checkBoundary(st, in.PermissionsBoundary),
		)
		return in.UserName, newUser(a.id, in), err
	})
}

// GetUser returns a user.
func (a *Account) GetUser(name string) (User, error) { return users.get(a, name) }

// ListUsers returns the account's users, by name.
func (a *Account) ListUsers() ([]User, error) { return users.list(a, nil) }

// UpdateUser changes a user's name or path. Empty arguments change nothing. The
// user keeps its unique id, groups, policies and keys.
func (a *Account) UpdateUser(name, newName, newPath string) error {
	return users.change(a, "UpdateUser", name, func(st *account, u *user) error {
		to, path := cmp.Or(newName, u.UserName), cmp.Or(newPath, u.Path)
		if err := cmp.Or(checkName("newUserName", to, maxUserName), checkPath(path), users.free(st, to, name)); err != nil {
			return err
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

// DeleteUser deletes a user that has no groups, policies, access keys or MFA
// devices.
func (a *Account) DeleteUser(name string) error {
	return users.remove(a, "DeleteUser", name, func(_ *account, u *user) error {
		if len(u.Groups) > 0 {
			return errorf(CodeDeleteConflict, "cannot delete entity, must remove user %s from all groups first", name)
		}
		if len(u.Keys) > 0 {
			return errorf(CodeDeleteConflict, "cannot delete entity, must delete access keys of user %s first", name)
		}
		if len(u.MFADevices) > 0 {
			return errorf(CodeDeleteConflict, "cannot delete entity, must deactivate MFA devices of user %s first", name)
		}
		return u.conflict()
	})
}

// PutUserPermissionsBoundary sets a user's boundary to an existing policy.
func (a *Account) PutUserPermissionsBoundary(name, policyARN string) error {
	return users.change(a, "PutUserPermissionsBoundary", name, func(st *account, u *user) error {
		return a.world().putBoundary(st, policyARN, &u.PermissionsBoundary)
	})
}

// DeleteUserPermissionsBoundary removes a user's boundary.
func (a *Account) DeleteUserPermissionsBoundary(name string) error {
	return users.change(a, "DeleteUserPermissionsBoundary", name, func(_ *account, u *user) error {
		u.PermissionsBoundary = ""
		return nil
	})
}

// ListGroupsForUser returns the groups that a user is in, by name.
func (a *Account) ListGroupsForUser(name string) ([]Group, error) {
	ids, err := query(users, a, name, func(u *user) ([]string, error) { return slices.Clone(u.Groups), nil })
	if err != nil {
		return nil, err
	}
	return groups.list(a, func(g *group) bool { return slices.Contains(ids, g.GroupID) })
}
