package products_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
)

// TestDynamoDBRequests checks the requests: what the function's role must allow, and
// what is in the table.
func TestDynamoDBRequests(t *testing.T) {
	w := newWire(t)
	p := products.Product{
		ID: "0198c2a4-0000-7000-8000-000000000001", Name: "Kettle", Description: "1.7 l", Price: aws.Int64(2599), Currency: "EUR",
		CreatedBy: "arn:aws:iam::111122223333:user/jane-admin", CreatedAt: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
	}
	require.NoError(t, w.store().Add(t.Context(), p))
	p.ID, p.Description, p.Price = "0198c2a4-0000-7000-8000-000000000002", "", aws.Int64(0)
	require.NoError(t, w.store().Add(t.Context(), p))
	p.ID, p.Price, p.Currency = "0198c2a4-0000-7000-8000-000000000003", nil, ""
	require.NoError(t, w.store().Add(t.Context(), p))
	_, err := w.store().List(t.Context(), 20, "")
	require.NoError(t, err)
	_, err = w.store().List(t.Context(), 1, p.ID)
	require.NoError(t, err)

	text := func(s string) map[string]any { return map[string]any{"S": s} }
	put := func(item map[string]any) exchange {
		return exchange{"DynamoDB_20120810.PutItem", map[string]any{
			"TableName":                           tableName,
			"Item":                                item,
			"ConditionExpression":                 "attribute_not_exists(id)",
			"ReturnValuesOnConditionCheckFailure": "ALL_OLD",
		}, http.StatusOK}
	}
	assert.Equal(t, []exchange{
		put(map[string]any{
			"id":          text("0198c2a4-0000-7000-8000-000000000001"),
			"name":        text("Kettle"),
			"description": text("1.7 l"),
			"price":       map[string]any{"N": "2599"},
			"currency":    text("EUR"),
			"createdBy":   text("arn:aws:iam::111122223333:user/jane-admin"),
			"createdAt":   text("2026-02-03T04:05:06Z"),
		}),
		put(map[string]any{
			"id":        text("0198c2a4-0000-7000-8000-000000000002"),
			"name":      text("Kettle"),
			"price":     map[string]any{"N": "0"},
			"currency":  text("EUR"),
			"createdBy": text("arn:aws:iam::111122223333:user/jane-admin"),
			"createdAt": text("2026-02-03T04:05:06Z"),
		}),
		put(map[string]any{
			"id":        text("0198c2a4-0000-7000-8000-000000000003"),
			"name":      text("Kettle"),
			"createdBy": text("arn:aws:iam::111122223333:user/jane-admin"),
			"createdAt": text("2026-02-03T04:05:06Z"),
		}),
		{"DynamoDB_20120810.Scan", map[string]any{
			"TableName": tableName, "Limit": 20.0, "ConsistentRead": true,
		}, http.StatusOK},
		{"DynamoDB_20120810.Scan", map[string]any{
			"TableName": tableName, "Limit": 1.0, "ConsistentRead": true,
			"ExclusiveStartKey": map[string]any{"id": text("0198c2a4-0000-7000-8000-000000000003")},
		}, http.StatusOK},
	}, w.seen())
}

func TestDynamoDBThrottledNowAndThen(t *testing.T) {
	w := newWire(t)
	p := newProduct(t)
	w.meet(throttled, throttled)
	require.NoError(t, w.store().Add(t.Context(), p))
	requireStatuses(t, w, 400, 400, 200)
	w.meet(throttled)
	page, err := w.store().List(t.Context(), 5, "")
	require.NoError(t, err)
	assert.Equal(t, []products.Product{p}, page.Products)
	requireStatuses(t, w, 400, 200)
}

// TestDynamoDBReplyLost adds a product whose first request took effect, but had no
// response.
func TestDynamoDBReplyLost(t *testing.T) {
	w := newWire(t)
	p := newProduct(t)
	w.meet(replyLost)
	require.NoError(t, w.store().Add(t.Context(), p))
	requireStatuses(t, w, 0, 400)
	assert.Equal(t, []products.Product{p}, all(t, w.store(), 5))
}

// TestDynamoDBTaken: an item that is not the product itself has taken its id.
func TestDynamoDBTaken(t *testing.T) {
	for name, existing := range map[string]string{
		"another product":   `{"id":{"S":"x"},"name":{"S":"other"}}`,
		"not a product":     `{"id":{"S":"x"},"price":{"S":"free"}}`,
		"not told":          `null`,
		"of an unused kind": `{"id":{"S":"x"},"name":{"BOOL":true}}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t)
			w.meet(func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
				rw.WriteHeader(http.StatusBadRequest)
				_, _ = rw.Write([]byte(`{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":` + existing + `}`))
			})
			assert.ErrorIs(t, w.store().Add(t.Context(), newProduct(t)), products.ErrTaken)
		})
	}
}

func TestDynamoDBErrors(t *testing.T) {
	const own = "com.amazonaws.dynamodb.v20120810#"
	w := newWire(t)
	for name, row := range map[string]struct {
		met   func(http.ResponseWriter, *http.Request, http.Handler)
		times int // how often the SDK asks
		code  string
	}{
		"no permission":      {refused(400, own+"AccessDeniedException", "not authorized"), 1, "AccessDeniedException"},
		"no such table":      {refused(400, own+"ResourceNotFoundException", "not found"), 1, "ResourceNotFoundException"},
		"bad parameter":      {refused(400, "com.amazon.coral.validate#ValidationException", "no"), 1, "ValidationException"},
		"always throttled":   {throttled, 3, "ProvisionedThroughputExceededException"},
		"request rate":       {refused(400, "com.amazon.coral.availability#ThrottlingException", "slow"), 3, "ThrottlingException"},
		"internal error":     {refused(500, own+"InternalServerError", "sorry"), 3, "InternalServerError"},
		"no such credential": {refused(400, "com.amazon.coral.service#UnrecognizedClientException", "who"), 1, "UnrecognizedClientException"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := func(call func() error) {
				w.seen()
				w.meet(row.met, row.met, row.met)
				var api smithy.APIError
				require.ErrorAs(t, call(), &api)
				assert.Equal(t, row.code, api.ErrorCode())
				assert.Len(t, w.seen(), row.times)
			}
			asked(func() error { return w.store().Add(t.Context(), newProduct(t)) })
			asked(func() error { _, err := w.store().List(t.Context(), 1, ""); return err })
		})
	}
	w.meet()
	assert.Empty(t, all(t, w.store(), 5))
}

func TestDynamoDBOtherTable(t *testing.T) {
	store := products.NewDynamoDB(newWire(t).client, "another")
	var missing *types.ResourceNotFoundException
	require.ErrorAs(t, store.Add(t.Context(), newProduct(t)), &missing)
	_, err := store.List(t.Context(), 1, "")
	require.ErrorAs(t, err, &missing)
}

// TestDynamoDBForeignItems lists items that the service did not write.
func TestDynamoDBForeignItems(t *testing.T) {
	w := newWire(t)
	for name, body := range map[string]string{
		"price is a word":      `{"Items":[{"id":{"S":"a"},"price":{"S":"free"}}],"Count":1}`,
		"price has a fraction": `{"Items":[{"id":{"S":"a"},"price":{"N":"1.5"}}],"Count":1}`,
		"no such day":          `{"Items":[{"id":{"S":"a"},"createdAt":{"S":"yesterday"}}],"Count":1}`,
		"key is a number":      `{"Items":[],"Count":0,"LastEvaluatedKey":{"id":{"N":"1"}}}`,
		"key is another":       `{"Items":[],"Count":0,"LastEvaluatedKey":{"sku":{"S":"1"}}}`,
		"no JSON":              `<html>`,
	} {
		t.Run(name, func(t *testing.T) {
			w.meet(answered(body), answered(body), answered(body))
			_, err := w.store().List(t.Context(), 5, "")
			assert.Error(t, err)
		})
	}
	w.meet(answered(`{"Items":[{"id":{"S":"a"},"name":{"S":"by hand"},"stock":{"N":"3"}}],"Count":1}`))
	page, err := w.store().List(t.Context(), 5, "")
	require.NoError(t, err)
	assert.Equal(t, []products.Product{{ID: "a", Name: "by hand"}}, page.Products)
	w.meet(answered(`{"Items":[],"Count":0,"LastEvaluatedKey":{"id":{"S":"a"}}}`))
	page, err = w.store().List(t.Context(), 5, "")
	require.NoError(t, err)
	assert.Equal(t, products.Page{Products: []products.Product{}, Next: "a"}, page, "an empty page that is not the last")
}

func TestDynamoDBHangs(t *testing.T) {
	w := newWire(t)
	w.meet(hang, hang)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.store().Add(ctx, newProduct(t)), context.DeadlineExceeded)
}
