package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"iam-secured-api/components/access"
)

// Group is an IAM group.
type Group struct {
	GroupName  string `state:",name"`
	GroupID    string `state:",id"`
	ARN        string `state:"-"`
	Path       string
	CreateDate time.Time
}

type group struct {
	Group
	permissions
}

func groupARN(account, path, name string) string {
	return fmt.Sprintf("arn:aws:iam::%s:group%s%s", account, path, name)
}

func (g *group) view(*state) Group { return g.Group }

var groups = named("Group", "group", access.MaxAccountGroups,
	func(a *account) *map[string]*group { return &a.Groups },
	nil)

// members returns the names of the users in a group, sorted.
func (a *account) members(g *group) []string {
	var out []string
	for _, n := range sortedKeys(a.Users) {
		if slices.Contains(a.Users[n].Groups, g.GroupID) {
			out = append(out, n)
		}
	}
	return out
}

// CreateGroup creates a group. Path is / if empty.
func (a *Account) CreateGroup(name, path string) (Group, error) {
	path = defaultPath(path)
	return groups.create(a, "CreateGroup", name, func(*account) (string, *group, error) {
		if err := cmp.Or(checkName("groupName", name, maxLongName), checkPath(path)); err != nil {
			return "", nil, err
		}
		return name, &group{Group: Group{
			GroupName: name, GroupID: uniqueID(prefixGroup), ARN: groupARN(a.id, path, name), Path: path, CreateDate: now(),
		}}, nil
	})
}

// GetGroup returns a group and the names of its members, sorted.
func (a *Account) GetGroup(name string) (Group, []string, error) {
	var out Group
	var members []string
	err := groups.read(a, name, func(st *account, g *group) error {
		out, members = g.Group, st.members(g)
		return nil
	})
	return out, members, err
}

// ListGroups returns the account's groups, by name.
func (a *Account) ListGroups() ([]Group, error) { return groups.list(a, nil) }

// UpdateGroup changes a group's name or path. Empty arguments change nothing.
// The group keeps its members and policies.
func (a *Account) UpdateGroup(name, newName, newPath string) error {
	return groups.change(a, "UpdateGroup", name, func(st *account, g *group) error {
		to, path := cmp.Or(newName, g.GroupName), cmp.Or(newPath, g.Path)
		if err := cmp.Or(checkName("newGroupName", to, maxLongName), checkPath(path), groups.free(st, to, name)); err != nil {
			return err
		}
		delete(st.Groups, name)
		g.GroupName, g.Path, g.ARN = to, path, groupARN(a.id, path, to)
		st.Groups[to] = g
		return nil
	})
}

// DeleteGroup deletes a group without members and policies.
func (a *Account) DeleteGroup(name string) error {
	return groups.remove(a, "DeleteGroup", name, func(st *account, g *group) error {
		if members := st.members(g); len(members) > 0 {
			return errorf(CodeDeleteConflict,
				"cannot delete entity, must remove users from group %s first: %v", name, members)
		}
		return g.conflict()
	})
}

// AddUserToGroup adds a user to a group. A user may be in 10 groups. Adding a
// member again changes nothing.
func (a *Account) AddUserToGroup(groupName, userName string) error {
	return a.onMembership("AddUserToGroup", groupName, userName, func(g *group, u *user) error {
		if slices.Contains(u.Groups, g.GroupID) {
			return nil
		}
		if len(u.Groups) >= access.MaxGroups {
			return quota{access.MaxGroups, CodeLimitExceeded, "GroupsPerUser"}.exceeded()
		}
		u.Groups = append(u.Groups, g.GroupID)
		return nil
	})
}

// RemoveUserFromGroup removes a user from a group. If the user is not a member,
// it changes nothing.
func (a *Account) RemoveUserFromGroup(groupName, userName string) error {
	return a.onMembership("RemoveUserFromGroup", groupName, userName, func(g *group, u *user) error {
		u.Groups = without(u.Groups, g.GroupID)
		return nil
	})
}

// onMembership runs an action that changes whether a user is in a group.
func (a *Account) onMembership(action, groupName, userName string, f func(*group, *user) error) error {
	return a.mutate(action, groupName+"/"+userName, func(st *account) error {
		g, err := groups.find(a, st, groupName)
		if err != nil {
			return err
		}
		u, err := users.find(a, st, userName)
		if err != nil {
			return err
		}
		return f(g, u)
	})
}
