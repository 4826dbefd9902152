package provider

import "iam-secured-api/internal/sandbox/cloud"

const propRole = "role"

var instanceProfileType = &resourceType{
	token:    "aws:iam/instanceProfile:InstanceProfile",
	autoname: 128,
	inputs: []property{
		{name: propName, kind: aString, field: "InstanceProfileName", replaces: true},
		{name: propNamePrefix, kind: aString, replaces: true},
		{name: propPath, kind: aString, field: "Path", replaces: true, byDefault: "/"},
		{name: propRole, kind: aString, field: "RoleName"},
		tagsInput,
	},
	outputs: []property{
		{name: "arn", field: "ARN"},
		{name: "createDate", field: "CreateDate"},
		{name: "uniqueId", field: "InstanceProfileID"},
	},
	unique:  propName,
	creates: "CreateInstanceProfile",
	calls:   []string{"AddRoleToInstanceProfile", "DeleteInstanceProfile", "RemoveRoleFromInstanceProfile"},
	tags:    "InstanceProfile",
	create: func(c *client, ch *change) (string, error) {
		p, err := c.account.CreateInstanceProfile(ch.name(), ch.new.str(propPath), ch.new.stringMap(propTags))
		if err != nil {
			return "", err
		}
		if role := ch.new.str(propRole); role != "" {
			err = c.account.AddRoleToInstanceProfile(p.InstanceProfileName, role)
		}
		return p.InstanceProfileName, err
	},
	read: func(c *client, id string, _ values) (any, error) { return found(c.account.GetInstanceProfile(id)) },
	update: func(c *client, ch *change) error {
		if !ch.of(propRole) {
			return nil
		}
		if role := ch.old.str(propRole); role != "" {
			if err := tolerate(c.account.RemoveRoleFromInstanceProfile(ch.id, role)); err != nil {
				return err
			}
		}
		if role := ch.new.str(propRole); role != "" {
			return c.account.AddRoleToInstanceProfile(ch.id, role)
		}
		return nil
	},
	delete: func(c *client, id string, state values) error {
		if role := state.str(propRole); role != "" {
			if err := tolerate(c.account.RemoveRoleFromInstanceProfile(id, role)); err != nil {
				return err
			}
		}
		return c.account.DeleteInstanceProfile(id)
	},
	locate: byID,
	list:   inAccount((*cloud.Account).ListInstanceProfiles, func(p cloud.InstanceProfile) string { return p.InstanceProfileName }),
}
