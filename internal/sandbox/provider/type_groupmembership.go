package provider

const (
	propGroup = "group"
	propUsers = "users"
)

// groupMembershipType owns the members of a group. Its name means nothing to
// AWS; but a change of it replaces the membership, and the deletion of the old
// one takes the members out that the new one has just put in.
var groupMembershipType = &resourceType{
	token:    "aws:iam/groupMembership:GroupMembership",
	autoname: 255,
	inputs: []property{
		{name: propGroup, kind: aString, required: true, replaces: true},
		{name: propName, kind: aString, replaces: true, local: true},
		{name: propUsers, kind: aSet, required: true},
	},
	calls: []string{"AddUserToGroup", "RemoveUserFromGroup"},
	create: func(c *client, in values) (string, values, error) {
		// The provider knows the membership when all are in: one that fails half
		// way leaves no trace in the state.
		if err := addMembers(c, in.str(propGroup), in.strings(propUsers)); err != nil {
			return "", nil, err
		}
		return physicalName(in), nil, nil
	},
	read: func(c *client, id string, prior values) (values, error) {
		_, members, err := c.account.GetGroup(prior.str(propGroup))
		if err != nil {
			return absent(err)
		}
		out := values{}
		out.setString(propGroup, prior.str(propGroup))
		out.setString(propName, id)
		out.setStrings(propUsers, members)
		return out, nil
	},
	update: func(c *client, ch *change) error {
		group := ch.new.str(propGroup)
		old, now := ch.old.strings(propUsers), ch.new.strings(propUsers)
		if err := removeMembers(c, group, difference(old, now)); err != nil {
			return err
		}
		return addMembers(c, group, difference(now, old))
	},
	delete: func(c *client, _ string, state values) error {
		return removeMembers(c, state.str(propGroup), state.strings(propUsers))
	},
}

func addMembers(c *client, group string, users []string) error {
	for _, u := range users {
		if err := c.account.AddUserToGroup(group, u); err != nil {
			return err
		}
	}
	return nil
}

func removeMembers(c *client, group string, users []string) error {
	for _, u := range users {
		if err := tolerate(c.account.RemoveUserFromGroup(group, u)); err != nil {
			return err
		}
	}
	return nil
}
