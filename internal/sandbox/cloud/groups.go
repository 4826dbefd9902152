package cloud

import (
	"fmt"
	"slices"
	"time"
)

const (
	maxGroups        = 300
	quotaGroupInline = 5120
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

func (a *account) group(name string) (*group, error) {
	if g := a.Groups[name]; g != nil {
		return g, nil
	}
	return nil, errorf(CodeNoSuchEntity, "the group with name %s cannot be found", name)
}

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
	var out Group
	err := a.mutate("CreateGroup", name, func(st *account) error {
		if err := checkName("groupName", name, maxLongName); err != nil {
			return err
		}
		if err := checkPath(path); err != nil {
			return err
		}
		if hasFold(st.Groups, name, "") {
			return errorf(CodeEntityAlreadyExists, "group with name %s already exists", name)
		}
		if len(st.Groups) >= maxGroups {
			return errorf(CodeLimitExceeded, "cannot exceed quota for GroupsPerAccount: %d", maxGroups)
		}
		out = Group{GroupName: name, GroupID: uniqueID(prefixGroup), ARN: groupARN(a.id, path, name), Path: path, CreateDate: now()}
		st.Groups[name] = &group{Group: out}
		return nil
	})
	return reply(out, err)
}

// GetGroup returns a group and the names of its members, sorted.
func (a *Account) GetGroup(name string) (Group, []string, error) {
	var out Group
	var members []string
	err := a.view(func(st *account) error {
		g, err := st.group(name)
		if err != nil {
			return err
		}
		out, members = g.Group, st.members(g)
		return nil
	})
	return out, members, err
}

// ListGroups returns the account's groups, by name.
func (a *Account) ListGroups() ([]Group, error) {
	var out []Group
	err := a.view(func(st *account) error {
		for _, n := range sortedKeys(st.Groups) {
			out = append(out, st.Groups[n].Group)
		}
		return nil
	})
	return reply(out, err)
}

// UpdateGroup renames or moves a group; what is empty stays. Members and
// policies stay its own.
func (a *Account) UpdateGroup(name, newName, newPath string) error {
	return a.mutate("UpdateGroup", name, func(st *account) error {
		g, err := st.group(name)
		if err != nil {
			return err
		}
		to, path := g.GroupName, g.Path
		if newName != "" {
			to = newName
		}
		if newPath != "" {
			path = newPath
		}
		if err := checkName("newGroupName", to, maxLongName); err != nil {
			return err
		}
		if err := checkPath(path); err != nil {
			return err
		}
		if hasFold(st.Groups, to, name) {
			return errorf(CodeEntityAlreadyExists, "group with name %s already exists", to)
		}
		delete(st.Groups, name)
		g.GroupName, g.Path, g.ARN = to, path, groupARN(a.id, path, to)
		st.Groups[to] = g
		return nil
	})
}

// DeleteGroup deletes a group without members and policies.
func (a *Account) DeleteGroup(name string) error {
	return a.mutate("DeleteGroup", name, func(st *account) error {
		g, err := st.group(name)
		if err != nil {
			return err
		}
		if members := st.members(g); len(members) > 0 {
			return errorf(CodeDeleteConflict, "cannot delete entity, must remove users from group %s first: %v", name, members)
		}
		if err := g.conflict(); err != nil {
			return err
		}
		delete(st.Groups, name)
		return nil
	})
}

// AddUserToGroup makes a user a member of a group, at most of 10; adding a
// member again changes nothing.
func (a *Account) AddUserToGroup(groupName, userName string) error {
	return a.mutate("AddUserToGroup", groupName+"/"+userName, func(st *account) error {
		g, err := st.group(groupName)
		if err != nil {
			return err
		}
		u, err := st.user(userName)
		if err != nil {
			return err
		}
		if slices.Contains(u.Groups, g.GroupID) {
			return nil
		}
		if len(u.Groups) >= maxGroupsPerUser {
			return errorf(CodeLimitExceeded, "cannot exceed quota for GroupsPerUser: %d", maxGroupsPerUser)
		}
		u.Groups = append(u.Groups, g.GroupID)
		return nil
	})
}

// RemoveUserFromGroup takes a user out of a group; taking out who is no member
// changes nothing.
func (a *Account) RemoveUserFromGroup(groupName, userName string) error {
	return a.mutate("RemoveUserFromGroup", groupName+"/"+userName, func(st *account) error {
		g, err := st.group(groupName)
		if err != nil {
			return err
		}
		u, err := st.user(userName)
		if err != nil {
			return err
		}
		u.Groups = without(u.Groups, g.GroupID)
		return nil
	})
}
