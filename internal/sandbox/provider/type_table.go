package provider

import (
	"errors"
	"maps"
	"slices"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	propProtection = "deletionProtectionEnabled"
	propRecovery   = "pointInTimeRecovery"
)

var tableType = &resourceType{
	token:    "aws:dynamodb/table:Table",
	autoname: 255,
	inputs: []property{
		{name: "attributes", kind: anObjects, field: "KeyAttributes", keeps: true, fields: []property{
			{name: propName, kind: aString, field: "Name", required: true},
			{name: "type", kind: aString, field: "Type", required: true},
		}},
		{name: "billingMode", kind: aString, field: "BillingMode", byDefault: "PROVISIONED"},
		{name: propProtection, kind: aBoolean, field: "DeletionProtectionEnabled"},
		{name: "hashKey", kind: aString, field: "HashKey", replaces: true, keeps: true},
		{name: propName, kind: aString, field: "TableName", replaces: true},
		{name: propRecovery, kind: anObject, keeps: true, fields: []property{
			{name: "enabled", kind: aBoolean, field: "PointInTimeRecovery", required: true},
			{name: "recoveryPeriodInDays", kind: anInteger, unmodelled: true},
		}},
		{name: "rangeKey", kind: aString, field: "RangeKey", replaces: true},
		tagsInput,
		{name: "tableClass", kind: aString, byDefault: "STANDARD", unmodelled: true},
	},
	unmodelled: []string{
		"globalSecondaryIndexes", "importTable", "localSecondaryIndexes", "onDemandThroughput", "readCapacity",
		"replicas", "restoreDateTime", "restoreSourceName", "restoreSourceTableArn", "restoreToLatestTime",
		"serverSideEncryption", "streamEnabled", "streamViewType", "ttl", "writeCapacity",
	},
	outputs: []property{
		{name: "arn", field: "ARN"},
		{name: "streamArn", unmodelled: true, byDefault: ""},
		{name: "streamLabel", unmodelled: true, byDefault: ""},
	},
	unique:  propName,
	creates: "CreateTable",
	calls:   []string{"DeleteTable", "UpdateContinuousBackups", "UpdateTable"},
	tags:    tagsResource,
	create:  createTable,
	read:    readTable,
	update:  updateTable,
	delete:  func(c *client, id string, _ values) error { return c.region.DeleteTable(id) },
	locate:  byID,
	list:    inRegion((*cloud.Region).ListTables, func(name string) string { return name }),
}

// keyAttribute is an attribute of a table's keys. Pulumi has a list of them,
// the cloud a map.
type keyAttribute struct{ Name, Type string }

// createTable enables point-in-time recovery once the table exists. If that
// fails, the table stays and the next update after a refresh enables it.
func createTable(c *client, ch *change) (string, error) {
	var in struct {
		cloud.CreateTableInput
		KeyAttributes       []keyAttribute
		PointInTimeRecovery bool
	}
	ch.fill(&in)
	in.TableName, in.Attributes = ch.name(), map[string]string{}
	for _, a := range in.KeyAttributes {
		in.Attributes[a.Name] = a.Type
	}
	t, err := c.region.CreateTable(in.CreateTableInput)
	if err == nil && in.PointInTimeRecovery {
		err = c.region.UpdateContinuousBackups(t.TableName, true)
	}
	return t.TableName, err
}

func updateTable(c *client, ch *change) error {
	if ch.of("attributes") {
		return errors.New("the sandbox does not model a change of attributes without one of the table's keys")
	}
	if ch.of("billingMode", propProtection) {
		if err := c.region.UpdateTable(ch.id, ch.new.str("billingMode"), ch.new.boolean(propProtection)); err != nil {
			return err
		}
	}
	if !ch.of(propRecovery) {
		return nil
	}
	return c.region.UpdateContinuousBackups(ch.id, ch.new.object(propRecovery).boolean("enabled"))
}

func readTable(c *client, id string, _ values) (any, error) {
	t, err := c.region.DescribeTable(id)
	if err != nil {
		return nil, tolerate(err)
	}
	recovery, err := c.region.DescribeContinuousBackups(id)
	var attributes []keyAttribute
	for _, name := range slices.Sorted(maps.Keys(t.Attributes)) {
		attributes = append(attributes, keyAttribute{name, t.Attributes[name]})
	}
	return found(struct {
		cloud.Table
		KeyAttributes       []keyAttribute
		PointInTimeRecovery bool
	}{t, attributes, recovery}, err)
}
