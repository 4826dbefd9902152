package provider

const (
	propGroup = "group"
	propUsers = "users"
)

// groupMembershipType sets the members of a group. AWS does not know its name.
// But a change of the name replaces the membership, and the deletion of the old
// one then removes the members that the new one has just added.
var groupMembershipType = &resourceType{
	token:    "aws:iam/groupMembership:GroupMembership",
	autoname: 255,
	inputs: []property{
		{name: propGroup, kind: aString, required: true, replaces: true, local: true},
		{name: propName, kind: aString, field: "Name", replaces: true, local: true},
		{name: propUsers, kind: aSet, field: "Users", required: true},
	},
	calls: []string{"AddUserToGroup", "RemoveUserFromGroup"},
	create: func(c *client, ch *change) (string, error) {
		// The membership is in the state once all users are added. A creation
		// that fails half-way leaves nothing in the state.
		if err := addMembers(c, ch.new.str(propGroup), ch.new.strings(propUsers)); err != nil {
			return "", err
		}
		return ch.name(), nil
	},
	read: func(c *client, id string, prior values) (any, error) {
		_, users, err := c.account.GetGroup(prior.str(propGroup))
		return found(membership{id, users}, err)
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

// membership is a group membership as read from the group.
type membership struct {
	Name  string
	Users []string
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
