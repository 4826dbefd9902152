package provider

import "iam-secured-api/internal/sandbox/cloud"

var logGroupType = &resourceType{
	token:    "aws:cloudwatch/logGroup:LogGroup",
	autoname: 512,
	inputs: []property{
		{name: "logGroupClass", kind: aString, replaces: true, keeps: true},
		{name: propName, kind: aString, replaces: true},
		{name: propNamePrefix, kind: aString, replaces: true},
		{name: "retentionInDays", kind: anInteger, byDefault: 0},
		{name: "skipDestroy", kind: aBoolean, byDefault: false, local: true},
		tagsInput,
		{name: "kmsKeyId", kind: aString, unmodelled: true},
	},
	outputs: []string{"arn", propTagsAll},
	unique:  propName,
	creates: "CreateLogGroup",
	calls:   []string{"DeleteLogGroup", "DeleteRetentionPolicy", "PutRetentionPolicy"},
	tags:    resourceTags((*cloud.Region).TagLogGroup, (*cloud.Region).UntagLogGroup),
	create: func(c *client, in values) (string, values, error) {
		name := physicalName(in)
		if err := c.region.CreateLogGroup(name, in.str("logGroupClass"), in.stringMap(propTags)); err != nil {
			return "", nil, err
		}
		if days := in.integer("retentionInDays"); days != 0 {
			if err := c.region.PutRetentionPolicy(name, days); err != nil {
				return name, nil, err
			}
		}
		return name, nil, nil
	},
	read: func(c *client, id string, _ values) (values, error) {
		g, err := c.region.DescribeLogGroup(id)
		if err != nil {
			return absent(err)
		}
		out := values{}
		out.setString("logGroupClass", g.LogGroupClass)
		out.setName(g.LogGroupName)
		out.setNumber("retentionInDays", float64(g.RetentionInDays))
		out.setMap(propTags, g.Tags)
		out.setString("arn", g.ARN)
		return out, nil
	},
	update: func(c *client, ch *change) error {
		if !ch.of("retentionInDays") {
			return nil
		}
		if days := ch.new.integer("retentionInDays"); days != 0 {
			return c.region.PutRetentionPolicy(ch.id, days)
		}
		return c.region.DeleteRetentionPolicy(ch.id)
	},
	delete: func(c *client, id string, state values) error {
		if state.boolean("skipDestroy") {
			return nil
		}
		return c.region.DeleteLogGroup(id)
	},
	locate: byID,
	list:   inRegion((*cloud.Region).DescribeLogGroups, func(g cloud.LogGroup) string { return g.LogGroupName }),
}
