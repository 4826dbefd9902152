package provider

import (
	"time"

	"iam-secured-api/internal/sandbox/cloud"
)

const propRole = "role"

var instanceProfileType = &resourceType{
	token:    "aws:iam/instanceProfile:InstanceProfile",
	autoname: 128,
	inputs: []property{
		{name: propName, kind: aString, replaces: true},
		{name: propNamePrefix, kind: aString, replaces: true},
		{name: propPath, kind: aString, replaces: true, byDefault: "/"},
		{name: propRole, kind: aString},
		tagsInput,
	},
	outputs: []string{"arn", "createDate", propTagsAll, "uniqueId"},
	unique:  propName,
	creates: "CreateInstanceProfile",
	calls:   []string{"AddRoleToInstanceProfile", "DeleteInstanceProfile", "RemoveRoleFromInstanceProfile"},
	tags:    iamTags("InstanceProfile", (*cloud.Account).TagInstanceProfile, (*cloud.Account).UntagInstanceProfile),
	create: func(c *client, in values) (string, values, error) {
		p, err := c.account.CreateInstanceProfile(physicalName(in), in.str(propPath), in.stringMap(propTags))
		if err != nil {
			return "", nil, err
		}
		if role := in.str(propRole); role != "" {
			err = c.account.AddRoleToInstanceProfile(p.InstanceProfileName, role)
		}
		return p.InstanceProfileName, nil, err
	},
	read: func(c *client, id string, _ values) (values, error) {
		p, err := c.account.GetInstanceProfile(id)
		if err != nil {
			return absent(err)
		}
		out := values{}
		out.setName(p.InstanceProfileName)
		out.setString(propPath, p.Path)
		out.setString(propRole, p.RoleName)
		out.setMap(propTags, p.Tags)
		out.setString("arn", p.ARN)
		out.setString("createDate", p.CreateDate.Format(time.RFC3339))
		out.setString("uniqueId", p.InstanceProfileID)
		return out, nil
	},
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
