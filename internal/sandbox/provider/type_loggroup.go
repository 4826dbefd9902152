package provider

import "iam-secured-api/internal/sandbox/cloud"

var logGroupType = &resourceType{
	token:    "aws:cloudwatch/logGroup:LogGroup",
	autoname: 512,
	inputs: []property{
		{name: "logGroupClass", kind: aString, field: "LogGroupClass", replaces: true, keeps: true},
		{name: propName, kind: aString, field: "LogGroupName", replaces: true},
		{name: propNamePrefix, kind: aString, replaces: true},
		{name: "retentionInDays", kind: anInteger, field: "RetentionInDays", byDefault: 0},
		{name: propSkipDestroy, kind: aBoolean, byDefault: false, local: true},
		tagsInput,
	},
	unmodelled: []string{"kmsKeyId"},
	outputs:    []property{{name: "arn", field: "ARN"}},
	unique:     propName,
	creates:    "CreateLogGroup",
	calls:      []string{"DeleteLogGroup", "DeleteRetentionPolicy", "PutRetentionPolicy"},
	tags:       tagsResource,
	create: func(c *client, ch *change) (string, error) {
		name := ch.name()
		if err := c.region.CreateLogGroup(name, ch.new.str("logGroupClass"), ch.new.stringMap(propTags)); err != nil {
			return "", err
		}
		if days := ch.new.integer("retentionInDays"); days != 0 {
			return name, c.region.PutRetentionPolicy(name, days)
		}
		return name, nil
	},
	read: func(c *client, id string, _ values) (any, error) { return found(c.region.DescribeLogGroup(id)) },
	update: func(c *client, ch *change) error {
		if !ch.of("retentionInDays") {
			return nil
		}
		if days := ch.new.integer("retentionInDays"); days != 0 {
			return c.region.PutRetentionPolicy(ch.id, days)
		}
		return c.region.DeleteRetentionPolicy(ch.id)
	},
	delete: func(c *client, id string, _ values) error { return c.region.DeleteLogGroup(id) },
	locate: byID,
	list:   inRegion((*cloud.Region).DescribeLogGroups, func(g cloud.LogGroup) string { return g.LogGroupName }),
}
