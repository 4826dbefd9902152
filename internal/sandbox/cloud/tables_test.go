package cloud_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// onDemand describes a valid table.
func onDemand(name string) cloud.CreateTableInput {
	return cloud.CreateTableInput{TableName: name, BillingMode: cloud.BillingPerRequest, HashKey: "id", Attributes: map[string]string{"id": "S"}}
}

func TestTable(t *testing.T) {
	c, a := account()
	r := a.Region(Region)
	before := c.Describe()
	in := onDemand("shop.products_1-a")
	in.RangeKey, in.Attributes["at"], in.Tags = "at", "N", map[string]string{"team": "shop"}
	table := Must(r.CreateTable(in))
	assert.Equal(t, "arn:aws:dynamodb:us-east-1:111122223333:table/shop.products_1-a", table.ARN)
	assert.Equal(t, table, Must(r.DescribeTable(in.TableName)))

	assert.False(t, Must(r.DescribeContinuousBackups(in.TableName)))
	OK(r.UpdateContinuousBackups(in.TableName, true))
	assert.True(t, Must(r.DescribeContinuousBackups(in.TableName)))

	OK(r.UpdateTable(in.TableName, cloud.BillingPerRequest, true))
	err := r.DeleteTable(in.TableName)
	WantCode(t, cloud.CodeValidationException, err)
	assert.ErrorContains(t, err, "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	OK(r.UpdateTable(in.TableName, cloud.BillingPerRequest, false))
	require.NoError(t, r.DeleteTable(in.TableName))
	assert.Empty(t, Must(r.ListTables()))
	assert.Equal(t, before, c.Describe())
}

func TestTableRefusals(t *testing.T) {
	c, a := account()
	r := a.Region(Region)
	Must(r.CreateTable(onDemand("there")))
	before := c.Describe()
	for name, row := range map[string]struct {
		change func(*cloud.CreateTableInput)
		code   string
	}{
		"exists":          {func(in *cloud.CreateTableInput) { in.TableName = "there" }, cloud.CodeResourceInUse},
		"short name":      {func(in *cloud.CreateTableInput) { in.TableName = "ab" }, cloud.CodeValidationException},
		"long name":       {func(in *cloud.CreateTableInput) { in.TableName = long(256) }, cloud.CodeValidationException},
		"name":            {func(in *cloud.CreateTableInput) { in.TableName = "a/b" }, cloud.CodeValidationException},
		"no billing mode": {func(in *cloud.CreateTableInput) { in.BillingMode = "" }, "NotModelled"},
		"provisioned":     {func(in *cloud.CreateTableInput) { in.BillingMode = "PROVISIONED" }, "NotModelled"},
		"billing mode":    {func(in *cloud.CreateTableInput) { in.BillingMode = "FREE" }, cloud.CodeValidationException},
		"no key":          {func(in *cloud.CreateTableInput) { in.HashKey = "" }, cloud.CodeValidationException},
		"long key": {func(in *cloud.CreateTableInput) {
			in.HashKey, in.Attributes = long(256), map[string]string{long(256): "S"}
		}, cloud.CodeValidationException},
		"undeclared key":       {func(in *cloud.CreateTableInput) { in.Attributes = nil }, cloud.CodeValidationException},
		"undeclared range key": {func(in *cloud.CreateTableInput) { in.RangeKey = "at" }, cloud.CodeValidationException},
		"one key twice":        {func(in *cloud.CreateTableInput) { in.RangeKey = "id" }, cloud.CodeValidationException},
		"no key of it":         {func(in *cloud.CreateTableInput) { in.Attributes["name"] = "S" }, cloud.CodeValidationException},
		"type":                 {func(in *cloud.CreateTableInput) { in.Attributes["id"] = "SS" }, cloud.CodeValidationException},
		"tag":                  {func(in *cloud.CreateTableInput) { in.Tags = map[string]string{"aws:x": ""} }, cloud.CodeValidationException},
	} {
		t.Run(name, func(t *testing.T) {
			in := onDemand("shop")
			row.change(&in)
			WantCode(t, row.code, failed(r.CreateTable(in)))
		})
	}
	assert.Equal(t, before, c.Describe())
	for _, err := range []error{
		failed(r.DescribeTable("missing")), failed(r.DescribeContinuousBackups("missing")), r.DeleteTable("missing"),
		r.UpdateTable("missing", cloud.BillingPerRequest, true), r.UpdateContinuousBackups("missing", true),
	} {
		WantCode(t, cloud.CodeResourceNotFound, err)
	}
	WantCode(t, "NotModelled", r.UpdateTable("there", "PROVISIONED", false))
	for i := range 2499 {
		Must(r.CreateTable(onDemand(fmt.Sprintf("table%d", i))))
	}
	WantCode(t, cloud.CodeLimitExceededException, failed(r.CreateTable(onDemand("one-more"))))
	require.NoError(t, failed(a.Region("eu-west-1").CreateTable(onDemand("one-more"))), "each region has the quota")
}
