package provider

import "iam-secured-api/internal/sandbox/cloud"

// ruleFields are the fields of a rule of a security group.
var ruleFields = []property{
	{name: "cidrBlocks", kind: aList, field: "CidrBlocks"},
	{name: "description", kind: aString, field: "Description"},
	{name: "fromPort", kind: anInteger, field: "FromPort", required: true},
	{name: "protocol", kind: aString, field: "Protocol", required: true},
	{name: "toPort", kind: anInteger, field: "ToPort", required: true},
	{name: "ipv6CidrBlocks", kind: aList, unmodelled: true},
	{name: "prefixListIds", kind: aList, unmodelled: true},
	{name: "securityGroups", kind: aSet, unmodelled: true},
	{name: "self", kind: aBoolean, unmodelled: true},
}

// securityGroupType removes AWS's own rule of a new group, which allows all packets out.
// The lists of rules are exclusive, also an empty one. An omitted list is left alone.
var securityGroupType = &resourceType{
	token:    "aws:ec2/securityGroup:SecurityGroup",
	autoname: 255,
	inputs: []property{
		{name: "description", kind: aString, field: "Description", replaces: true, byDefault: "Managed by Pulumi"},
		{name: "egress", kind: anObjects, field: "Egress", keeps: true, fields: ruleFields},
		{name: "ingress", kind: anObjects, field: "Ingress", keeps: true, fields: ruleFields},
		{name: propName, kind: aString, field: "Name", replaces: true},
		{name: propNamePrefix, kind: aString, replaces: true},
		{name: propVpcID, kind: aString, field: "VpcID", required: true, replaces: true},
		tagsInput,
	},
	outputs: arnOutput,
	unique:  propName,
	creates: "CreateSecurityGroup",
	calls: []string{
		"AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "DeleteSecurityGroup",
		"RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress",
	},
	tags: tagsResource,
	create: func(c *client, ch *change) (string, error) {
		v, err := c.region.CreateSecurityGroup(
			ch.name(), ch.new.str("description"), ch.new.str(propVpcID), ch.new.stringMap(propTags))
		if err != nil {
			return "", err
		}
		if err := c.region.RevokeSecurityGroup("Egress", v.ID, v.Egress); err != nil {
			return v.ID, err
		}
		return v.ID, setRules(c, v.ID, cloud.SecurityGroup{}, filled[cloud.SecurityGroup](ch))
	},
	read: func(c *client, id string, _ values) (any, error) { return found(c.region.DescribeSecurityGroup(id)) },
	update: func(c *client, ch *change) error {
		return setRules(c, ch.id, filled[cloud.SecurityGroup](&change{kind: ch.kind, new: ch.old}), filled[cloud.SecurityGroup](ch))
	},
	delete: func(c *client, id string, _ values) error { return c.region.DeleteSecurityGroup(id) },
	locate: byID,
}

// setRules revokes the old rules that are not wanted now, and authorizes the new ones.
func setRules(c *client, id string, old, now cloud.SecurityGroup) error {
	for _, list := range []struct {
		direction string
		old, now  []cloud.SecurityRule
	}{{"Ingress", old.Ingress, now.Ingress}, {"Egress", old.Egress, now.Egress}} {
		if gone := cloud.RulesWithout(list.old, list.now); len(gone) > 0 {
			if err := c.region.RevokeSecurityGroup(list.direction, id, gone); err != nil {
				return err
			}
		}
		if more := cloud.RulesWithout(list.now, list.old); len(more) > 0 {
			if err := c.region.AuthorizeSecurityGroup(list.direction, id, more); err != nil {
				return err
			}
		}
	}
	return nil
}
