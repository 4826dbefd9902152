package provider

import "iam-secured-api/internal/sandbox/cloud"

const propBoundary = "permissionsBoundary"

var userType = &resourceType{
	token:    "aws:iam/user:User",
	autoname: 64,
	inputs: []property{
		{name: "forceDestroy", kind: aBoolean, byDefault: false, local: true},
		{name: propName, kind: aString},
		{name: propPath, kind: aString, byDefault: "/"},
		{name: propBoundary, kind: aString},
		tagsInput,
	},
	outputs: []string{"arn", propTagsAll, "uniqueId"},
	unique:  propName,
	creates: "CreateUser",
	calls: []string{
		"DeactivateMFADevice", "DeleteAccessKey", "DeleteUser", "DeleteUserPermissionsBoundary", "PutUserPermissionsBoundary",
		"RemoveUserFromGroup", "UpdateUser",
	},
	tags: iamTags("User", (*cloud.Account).TagUser, (*cloud.Account).UntagUser),
	create: func(c *client, in values) (string, values, error) {
		u, err := c.account.CreateUser(cloud.CreateUserInput{
			UserName: physicalName(in), Path: in.str(propPath), PermissionsBoundary: in.str(propBoundary), Tags: in.stringMap(propTags),
		})
		return u.UserName, nil, err
	},
	read: func(c *client, id string, _ values) (values, error) {
		u, err := c.account.GetUser(id)
		if err != nil {
			return absent(err)
		}
		out := values{}
		out.setString(propName, u.UserName)
		out.setString(propPath, u.Path)
		out.setString(propBoundary, u.PermissionsBoundary)
		out.setMap(propTags, u.Tags)
		out.setString("arn", u.ARN)
		out.setString("uniqueId", u.UserID)
		return out, nil
	},
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
