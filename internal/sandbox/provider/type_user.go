package provider

import "iam-secured-api/internal/sandbox/cloud"

const propBoundary = "permissionsBoundary"

var userType = &resourceType{
	token:    "aws:iam/user:User",
	autoname: 64,
	inputs: []property{
		{name: "forceDestroy", kind: aBoolean, byDefault: false, local: true},
		{name: propName, kind: aString, field: "UserName"},
		{name: propPath, kind: aString, field: "Path", byDefault: "/"},
		{name: propBoundary, kind: aString, field: "PermissionsBoundary"},
		tagsInput,
	},
	outputs: []property{
		{name: "arn", field: "ARN"},
		{name: "uniqueId", field: "UserID"},
	},
	unique:  propName,
	creates: "CreateUser",
	calls: []string{
		"DeactivateMFADevice", "DeleteAccessKey", "DeleteUser", "DeleteUserPermissionsBoundary", "PutUserPermissionsBoundary",
		"RemoveUserFromGroup", "UpdateUser",
	},
	tags: "User",
	create: func(c *client, ch *change) (string, error) {
		in := filled[cloud.CreateUserInput](ch)
		in.UserName = ch.name()
		u, err := c.account.CreateUser(in)
		return u.UserName, err
	},
	read:   func(c *client, id string, _ values) (any, error) { return found(c.account.GetUser(id)) },
	update: updateUser,
	delete: func(c *client, id string, state values) error {
		err := forEach(c.account.ListGroupsForUser, id, func(g cloud.Group) error {
			return c.account.RemoveUserFromGroup(g.GroupName, id)
		})
		if err == nil && state.boolean("forceDestroy") {
			err = deleteCredentials(c, id)
		}
		if err != nil {
			return err
		}
		return c.account.DeleteUser(id)
	},
	locate: byID,
	list:   inAccount((*cloud.Account).ListUsers, func(u cloud.User) string { return u.UserName }),
}

func updateUser(c *client, ch *change) error {
	if ch.of(propName, propPath) {
		name := ch.old.overlaid(ch.new).str(propName)
		if err := c.account.UpdateUser(ch.old.str(propName), name, ch.new.str(propPath)); err != nil {
			return err
		}
		ch.id = name
	}
	return ch.setBoundary(c.account.PutUserPermissionsBoundary, c.account.DeleteUserPermissionsBoundary)
}

// deleteCredentials deletes the access keys and the MFA devices of a user.
func deleteCredentials(c *client, user string) error {
	err := forEach(c.account.ListAccessKeys, user, func(k cloud.AccessKey) error {
		return c.account.DeleteAccessKey(user, k.AccessKeyID)
	})
	if err != nil {
		return err
	}
	return forEach(c.account.ListMFADevices, user, func(d cloud.MFADevice) error {
		return c.account.DeactivateMFADevice(user, d.SerialNumber)
	})
}
