package provider

import "iam-secured-api/internal/sandbox/cloud"

// groupType is a group. The engine keeps the id of a resource, which is the
// group's first name. After a rename in place, a refresh does not find the
// group and a destroy does not delete it, as with pulumi-aws. Users behave the
// same.
var groupType = &resourceType{
	token:    "aws:iam/group:Group",
	autoname: 128,
	inputs: []property{
		{name: propName, kind: aString, field: "GroupName"},
		{name: propPath, kind: aString, field: "Path", byDefault: "/"},
	},
	outputs: []property{
		{name: "arn", field: "ARN"},
		{name: "uniqueId", field: "GroupID"},
	},
	moves:   map[string][]string{"arn": {propName, propPath}},
	unique:  propName,
	creates: "CreateGroup",
	calls:   []string{"DeleteGroup", "UpdateGroup"},
	create: func(c *client, ch *change) (string, error) {
		g, err := c.account.CreateGroup(ch.name(), ch.new.str(propPath))
		return g.GroupName, err
	},
	read: func(c *client, id string, _ values) (any, error) {
		g, _, err := c.account.GetGroup(id)
		return found(g, err)
	},
	update: func(c *client, ch *change) error {
		var g cloud.Group
		if !ch.fill(&g) {
			return nil
		}
		if err := c.account.UpdateGroup(ch.old.str(propName), g.GroupName, g.Path); err != nil {
			return err
		}
		ch.id = g.GroupName
		return nil
	},
	delete: func(c *client, id string, _ values) error { return c.account.DeleteGroup(id) },
	locate: byID,
	list:   inAccount((*cloud.Account).ListGroups, func(g cloud.Group) string { return g.GroupName }),
}
