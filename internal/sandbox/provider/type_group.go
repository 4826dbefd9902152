package provider

import "iam-secured-api/internal/sandbox/cloud"

// groupType is a group. The engine keeps the id that a resource was created
// with, a group's name: after a rename in place, refresh finds the group gone
// and destroy leaves it behind, as with the real provider. Users are the same.
var groupType = &resourceType{
	token:    "aws:iam/group:Group",
	autoname: 128,
	inputs: []property{
		{name: propName, kind: aString},
		{name: propPath, kind: aString, byDefault: "/"},
	},
	outputs: []string{"arn", "uniqueId"},
	moves:   map[string][]string{"arn": {propName, propPath}},
	unique:  propName,
	creates: "CreateGroup",
	calls:   []string{"DeleteGroup", "UpdateGroup"},
	create: func(c *client, in values) (string, values, error) {
		g, err := c.account.CreateGroup(physicalName(in), in.str(propPath))
		return g.GroupName, nil, err
	},
	read: func(c *client, id string, _ values) (values, error) {
		g, _, err := c.account.GetGroup(id)
		if err != nil {
			return absent(err)
		}
		out := values{}
		out.setString(propName, g.GroupName)
		out.setString(propPath, g.Path)
		out.setString("arn", g.ARN)
		out.setString("uniqueId", g.GroupID)
		return out, nil
	},
	update: func(c *client, ch *change) error {
		if !ch.of(propName, propPath) {
			return nil
		}
		name := ch.old.overlaid(ch.new).str(propName)
		if err := c.account.UpdateGroup(ch.old.str(propName), name, ch.new.str(propPath)); err != nil {
			return err
		}
		ch.id = name
		return nil
	},
	delete: func(c *client, id string, _ values) error { return c.account.DeleteGroup(id) },
	locate: byID,
	list:   inAccount((*cloud.Account).ListGroups, func(g cloud.Group) string { return g.GroupName }),
}
