package dynamowiretest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
	"iam-secured-api/internal/products/dynamowiretest"
)

const invalid = "ValidationException"

// start serves a table and returns a client that does not repeat its requests.
func start(t *testing.T, rows products.Rows) *dynamodb.Client {
	t.Helper()
	server := httptest.NewServer(&dynamowiretest.Table{Name: "products", HashKey: "id", Rows: rows, KeyID: "a-key", Region: "us-east-1"})
	t.Cleanup(server.Close)
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: &server.URL, Region: "us-east-1", HTTPClient: server.Client(), Retryer: aws.NopRetryer{},
		Credentials: keyOf("a-key"),
	})
}

func keyOf(id string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: "a-secret"}, nil
	})
}

func text(value string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: value} }
func number(value string) types.AttributeValue { return &types.AttributeValueMemberN{Value: value} }

func itemOf(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": text(id)}
}

func put(id string) *dynamodb.PutItemInput {
	return &dynamodb.PutItemInput{TableName: aws.String("products"), Item: itemOf(id), ConditionExpression: aws.String("attribute_not_exists(id)")}
}

func requireCode(t *testing.T, want string, err error) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	assert.Equal(t, want, api.ErrorCode())
}

func TestPutItemRefuses(t *testing.T) {
	client := start(t, &products.MemoryRows{})
	for name, change := range map[string]func(*dynamodb.PutItemInput){
		"no condition":      func(in *dynamodb.PutItemInput) { in.ConditionExpression = nil },
		"another condition": func(in *dynamodb.PutItemInput) { in.ConditionExpression = aws.String("attribute_exists(id)") },
		"another parameter": func(in *dynamodb.PutItemInput) { in.ReturnValues = types.ReturnValueAllOld },
		"no key":            func(in *dynamodb.PutItemInput) { delete(in.Item, "id") },
		"empty key":         func(in *dynamodb.PutItemInput) { in.Item = itemOf("") },
		"key is a number":   func(in *dynamodb.PutItemInput) { in.Item["id"] = number("1") },
		"fraction":          func(in *dynamodb.PutItemInput) { in.Item["n"] = number("1.5") },
		"39 digits":         func(in *dynamodb.PutItemInput) { in.Item["n"] = number(strings.Repeat("1", 39)) },
		"another type":      func(in *dynamodb.PutItemInput) { in.Item["b"] = &types.AttributeValueMemberBOOL{Value: true} },
		"item too large":    func(in *dynamodb.PutItemInput) { in.Item["s"] = text(strings.Repeat("s", 400<<10)) },
	} {
		t.Run(name, func(t *testing.T) {
			in := put("one")
			change(in)
			_, err := client.PutItem(t.Context(), in)
			requireCode(t, invalid, err)
		})
	}
}

func TestScanRefuses(t *testing.T) {
	client := start(t, &products.MemoryRows{})
	for name, in := range map[string]dynamodb.ScanInput{
		"limit 0":           {Limit: aws.Int32(0)},
		"another parameter": {FilterExpression: aws.String("price > :p")},
		"empty start":       {ExclusiveStartKey: itemOf("")},
		"start of another":  {ExclusiveStartKey: map[string]types.AttributeValue{"sku": text("x")}},
	} {
		t.Run(name, func(t *testing.T) {
			in.TableName = aws.String("products")
			_, err := client.Scan(t.Context(), &in)
			requireCode(t, invalid, err)
		})
	}
}

func TestPutItemTwice(t *testing.T) {
	client := start(t, &products.MemoryRows{})
	_, err := client.PutItem(t.Context(), put("one"))
	require.NoError(t, err)
	for returned, want := range map[types.ReturnValuesOnConditionCheckFailure]map[string]types.AttributeValue{"": nil, "ALL_OLD": itemOf("one")} {
		in := put("one")
		in.Item["name"], in.ReturnValuesOnConditionCheckFailure = text("another"), returned
		_, err := client.PutItem(t.Context(), in)
		var failed *types.ConditionalCheckFailedException
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, want, failed.Item, returned)
	}
}

// TestScanEndsAtTheLimit: a page that ends at its limit has a key to go on after, even
// if nothing follows.
func TestScanEndsAtTheLimit(t *testing.T) {
	client := start(t, &products.MemoryRows{})
	for n := range 4 {
		_, err := client.PutItem(t.Context(), put(fmt.Sprint("item-", n)))
		require.NoError(t, err)
	}
	for limit, more := range map[int32]bool{1: true, 4: true, 5: false} {
		out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("products"), Limit: &limit})
		require.NoError(t, err)
		assert.Len(t, out.Items, int(min(limit, 4)))
		assert.Equal(t, more, out.LastEvaluatedKey != nil, "limit %d", limit)
	}
}

func TestOtherRequests(t *testing.T) {
	client := start(t, &products.MemoryRows{})
	_, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("products"), Key: itemOf("x")})
	requireCode(t, invalid, err)
	_, err = client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("products")})
	requireCode(t, "UnknownOperationException", err)
	in := dynamodb.ScanInput{TableName: aws.String("other")}
	_, err = client.Scan(t.Context(), &in)
	requireCode(t, "ResourceNotFoundException", err)
	_, err = client.Scan(t.Context(), &in, func(o *dynamodb.Options) { o.Region = "eu-west-1" })
	requireCode(t, "UnrecognizedClientException", err)
	_, err = client.Scan(t.Context(), &in, func(o *dynamodb.Options) { o.Credentials = keyOf("another-key") })
	requireCode(t, "UnrecognizedClientException", err)
}

type broken struct{}

func (broken) Insert(string, []byte) ([]byte, error) { return nil, errors.New("broken") }
func (broken) After(string, int) ([][]byte, error)   { return nil, errors.New("broken") }

// TestRowsFail: a failure of the rows is an internal error.
func TestRowsFail(t *testing.T) {
	client := start(t, broken{})
	_, err := client.PutItem(t.Context(), put("one"))
	requireCode(t, "InternalServerError", err)
	_, err = client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("products")})
	requireCode(t, "InternalServerError", err)
}
