package products

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// hashKey is the name of the table's partition key, a string.
const hashKey = "id"

// DynamoDB is a [Store] over a DynamoDB table whose only key is the string `id`.
// It uses PutItem and Scan only.
type DynamoDB struct {
	client *dynamodb.Client
	table  string
}

// NewDynamoDB returns a store over the table with this name.
func NewDynamoDB(client *dynamodb.Client, table string) *DynamoDB {
	return &DynamoDB{client: client, table: table}
}

// Add implements [Store]. The SDK repeats a request whose response was lost. The
// condition then fails because of the product itself, and not because another
// product has its id.
func (d *DynamoDB) Add(ctx context.Context, p Product) error {
	item, err := attributevalue.MarshalMap(p)
	if err != nil {
		return fmt.Errorf("add product %s: %w", p.ID, err)
	}
	_, err = d.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &d.table,
		Item:                                item,
		ConditionExpression:                 aws.String("attribute_not_exists(" + hashKey + ")"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if existing := (*types.ConditionalCheckFailedException)(nil); errors.As(err, &existing) {
		var other Product
		if err := attributevalue.UnmarshalMap(existing.Item, &other); err == nil && p.same(other) {
			return nil
		}
		return fmt.Errorf("add product %s: %w", p.ID, ErrTaken)
	}
	if err != nil {
		return fmt.Errorf("add product %s: %w", p.ID, err)
	}
	return nil
}

// List implements [Store]. It reads consistently, so that a product is listed as soon
// as it was added.
func (d *DynamoDB) List(ctx context.Context, limit int, after string) (Page, error) {
	input := &dynamodb.ScanInput{
		TableName:      &d.table,
		Limit:          aws.Int32(int32(limit)),
		ConsistentRead: aws.Bool(true),
	}
	if after != "" {
		input.ExclusiveStartKey = map[string]types.AttributeValue{hashKey: &types.AttributeValueMemberS{Value: after}}
	}
	out, err := d.client.Scan(ctx, input)
	if err != nil {
		return Page{}, fmt.Errorf("list products: %w", err)
	}
	page := Page{Products: make([]Product, 0, len(out.Items))}
	if err := attributevalue.UnmarshalListOfMaps(out.Items, &page.Products); err != nil {
		return Page{}, fmt.Errorf("list products: an item is not a product: %w", err)
	}
	if out.LastEvaluatedKey == nil {
		return page, nil
	}
	last, ok := out.LastEvaluatedKey[hashKey].(*types.AttributeValueMemberS)
	if !ok {
		return Page{}, fmt.Errorf("list products: the key of table %s is not the string %s", d.table, hashKey)
	}
	page.Next = last.Value
	return page, nil
}
