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
	tags: iamTags("User", (*cloud.Account).TagUser, (*cloud.Account).UntagUser),
	create: func(c *client, ch *change) (string, error) {
		var in cloud.CreateUserInput
		ch.fill(&in)
		in.UserName = ch.name()
		u, err := c.account.CreateUser(in)
		return u.UserName, err
	},
	read:   func(c *client, id string, _ values) (any, error) { return found(c.account.GetUser(id)) },
	update: updateUser,
	delete: func(c *client, id string, state values) error {
		groups, err := c.account.ListGroupsForUser(id)
		if err != nil {
			return err
		}
		for _, g := range groups {
			if err := tolerate(c.account.RemoveUserFromGroup(g.GroupName, id)); err != nil {
				return err
			}
		}
		if state.boolean("forceDestroy") {
			if err := deleteKeys(c, id); err != nil {
				return err
			}
			if err := deactivateDevices(c, id); err != nil {
				return err
			}
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
	if !ch.of(propBoundary) {
		return nil
	}
	if arn := ch.new.str(propBoundary); arn != "" {
		return c.account.PutUserPermissionsBoundary(ch.id, arn)
	}
	return c.account.DeleteUserPermissionsBoundary(ch.id)
}

func deactivateDevices(c *client, user string) error {
	devices, err := c.account.ListMFADevices(user)
	if err != nil {
		return err
	}
	for _, d := range devices {
		if err := tolerate(c.account.DeactivateMFADevice(user, d.SerialNumber)); err != nil {
			return err
		}
	}
	return nil
}

func deleteKeys(c *client, user string) error {
	keys, err := c.account.ListAccessKeys(user)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if err := tolerate(c.account.DeleteAccessKey(user, k.AccessKeyID)); err != nil {
			return err
		}
	}
	return nil
}
