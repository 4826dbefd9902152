package provider

import (
	"errors"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

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
		{name: "attributes", kind: anObjects, keeps: true, fields: []property{
			{name: propName, kind: aString, required: true},
			{name: "type", kind: aString, required: true},
		}},
		{name: "billingMode", kind: aString, byDefault: "PROVISIONED"},
		{name: propProtection, kind: aBoolean},
		{name: "hashKey", kind: aString, replaces: true, keeps: true},
		{name: propName, kind: aString, replaces: true},
		{name: propRecovery, kind: anObject, keeps: true, fields: []property{
			{name: "enabled", kind: aBoolean, required: true},
			{name: "recoveryPeriodInDays", kind: anInteger, unmodelled: true},
		}},
		{name: "rangeKey", kind: aString, replaces: true},
		tagsInput,
		{name: "tableClass", kind: aString, byDefault: "STANDARD", unmodelled: true},
		{name: "globalSecondaryIndexes", kind: anObjects, unmodelled: true},
		{name: "importTable", kind: anObject, unmodelled: true},
		{name: "localSecondaryIndexes", kind: anObjects, replaces: true, unmodelled: true},
		{name: "onDemandThroughput", kind: anObject, unmodelled: true},
		{name: "readCapacity", kind: anInteger, keeps: true, unmodelled: true},
		{name: "replicas", kind: anObjects, unmodelled: true},
		{name: "restoreDateTime", kind: aString, replaces: true, unmodelled: true},
		{name: "restoreSourceName", kind: aString, unmodelled: true},
		{name: "restoreSourceTableArn", kind: aString, unmodelled: true},
		{name: "restoreToLatestTime", kind: aBoolean, replaces: true, unmodelled: true},
		{name: "serverSideEncryption", kind: anObject, keeps: true, unmodelled: true},
		{name: "streamEnabled", kind: aBoolean, unmodelled: true},
		{name: "streamViewType", kind: aString, keeps: true, unmodelled: true},
		{name: "ttl", kind: anObject, keeps: true, unmodelled: true},
		{name: "writeCapacity", kind: anInteger, keeps: true, unmodelled: true},
	},
	outputs: []string{"arn", "streamArn", "streamLabel", propTagsAll},
	unique:  propName,
	creates: "CreateTable",
	calls:   []string{"DeleteTable", "UpdateContinuousBackups", "UpdateTable"},
	tags:    resourceTags((*cloud.Region).TagTable, (*cloud.Region).UntagTable),
	create:  createTable,
	read:    readTable,
	update:  updateTable,
	delete:  func(c *client, id string, _ values) error { return c.region.DeleteTable(id) },
	locate:  byID,
	list:    inRegion((*cloud.Region).ListTables, func(name string) string { return name }),
}

// createTable turns point-in-time recovery on when the table is there: if that
// fails, the table is left, and the next update does it.
func createTable(c *client, in values) (string, values, error) {
	t, err := c.region.CreateTable(cloud.CreateTableInput{
		TableName: physicalName(in), BillingMode: in.str("billingMode"), HashKey: in.str("hashKey"), RangeKey: in.str("rangeKey"),
		Attributes: tableAttributes(in), DeletionProtectionEnabled: in.boolean(propProtection), Tags: in.stringMap(propTags),
	})
	if err != nil {
		return "", nil, err
	}
	if in.object(propRecovery).boolean("enabled") {
		err = c.region.UpdateContinuousBackups(t.TableName, true)
	}
	return t.TableName, nil, err
}

func tableAttributes(in values) map[string]string {
	out := map[string]string{}
	for _, a := range in.objects("attributes") {
		out[a.str(propName)] = a.str("type")
	}
	return out
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

func readTable(c *client, id string, _ values) (values, error) {
	t, err := c.region.DescribeTable(id)
	if err != nil {
		return absent(err)
	}
	recovery, err := c.region.DescribeContinuousBackups(id)
	if err != nil {
		return absent(err)
	}
	out := values{}
	var attributes []resource.PropertyValue
	for _, name := range slices.Sorted(maps.Keys(t.Attributes)) {
		a := values{}
		a.setString(propName, name)
		a.setString("type", t.Attributes[name])
		attributes = append(attributes, objectValue(a))
	}
	out["attributes"] = resource.NewProperty(attributes)
	out.setString("billingMode", t.BillingMode)
	out.setBool(propProtection, t.DeletionProtectionEnabled)
	out.setString("hashKey", t.HashKey)
	out.setString(propName, t.TableName)
	enabled := values{}
	enabled.setBool("enabled", recovery)
	out[propRecovery] = objectValue(enabled)
	out.setString("rangeKey", t.RangeKey)
	out.setMap(propTags, t.Tags)
	out.setString("tableClass", "STANDARD")
	out.setString("arn", t.ARN)
	out["streamArn"], out["streamLabel"] = resource.NewProperty(""), resource.NewProperty("") // no stream
	return out, nil
}
