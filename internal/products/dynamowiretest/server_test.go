package dynamowiretest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products"
	"iam-secured-api/internal/products/dynamowiretest"
)

const region = "us-east-1"

var key = aws.Credentials{AccessKeyID: "a-key-of-the-tests", SecretAccessKey: "a-secret-of-the-tests", SessionToken: "a-token"}

func newServer() *dynamowiretest.Server {
	rows := &products.MemoryRows{}
	return &dynamowiretest.Server{
		Tables: func(name string) (dynamowiretest.Table, bool) {
			return dynamowiretest.Table{HashKey: "id", Rows: rows}, name == "products"
		},
		Verify: dynamowiretest.SignedBy(key, region),
	}
}

// start serves a table, and returns a client that does not repeat its calls.
func start(t *testing.T, change func(*dynamodb.Options)) *dynamodb.Client {
	t.Helper()
	server := httptest.NewServer(newServer())
	t.Cleanup(server.Close)
	return dynamodb.New(dynamodb.Options{
		BaseEndpoint: &server.URL,
		Region:       region,
		Credentials:  aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return key, nil }),
		HTTPClient:   server.Client(),
		Retryer:      aws.NopRetryer{},
	}, change)
}

func unchanged(*dynamodb.Options) {}

func itemOf(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}
}

func put(id string) *dynamodb.PutItemInput {
	return &dynamodb.PutItemInput{
		TableName:           aws.String("products"),
		Item:                itemOf(id),
		ConditionExpression: aws.String("attribute_not_exists(id)"),
	}
}

func requireCode(t *testing.T, want string, err error) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	assert.Equal(t, want, api.ErrorCode())
}

func TestPutItemRefuses(t *testing.T) {
	client := start(t, unchanged)
	for name, change := range map[string]func(*dynamodb.PutItemInput){
		"no condition":        func(in *dynamodb.PutItemInput) { in.ConditionExpression = nil },
		"another condition":   func(in *dynamodb.PutItemInput) { in.ConditionExpression = aws.String("attribute_exists(id)") },
		"condition on a name": func(in *dynamodb.PutItemInput) { in.ConditionExpression = aws.String("attribute_not_exists(sku)") },
		"names":               func(in *dynamodb.PutItemInput) { in.ExpressionAttributeNames = map[string]string{"#i": "id"} },
		"values":              func(in *dynamodb.PutItemInput) { in.ExpressionAttributeValues = itemOf("x") },
		"return values":       func(in *dynamodb.PutItemInput) { in.ReturnValues = types.ReturnValueAllOld },
		"capacity":            func(in *dynamodb.PutItemInput) { in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal },
		"no key":              func(in *dynamodb.PutItemInput) { delete(in.Item, "id") },
		"empty key":           func(in *dynamodb.PutItemInput) { in.Item = itemOf("") },
		"key too long":        func(in *dynamodb.PutItemInput) { in.Item = itemOf(strings.Repeat("k", 2049)) },
		"key is a number":     func(in *dynamodb.PutItemInput) { in.Item["id"] = &types.AttributeValueMemberN{Value: "1"} },
		"fraction":            func(in *dynamodb.PutItemInput) { in.Item["n"] = &types.AttributeValueMemberN{Value: "1.5"} },
		"no number":           func(in *dynamodb.PutItemInput) { in.Item["n"] = &types.AttributeValueMemberN{Value: "one"} },
		"39 digits": func(in *dynamodb.PutItemInput) {
			in.Item["n"] = &types.AttributeValueMemberN{Value: strings.Repeat("1", 39)}
		},
		"truth": func(in *dynamodb.PutItemInput) { in.Item["b"] = &types.AttributeValueMemberBOOL{Value: true} },
		"list":  func(in *dynamodb.PutItemInput) { in.Item["l"] = &types.AttributeValueMemberL{} },
		"item too large": func(in *dynamodb.PutItemInput) {
			in.Item["s"] = &types.AttributeValueMemberS{Value: strings.Repeat("s", 400<<10)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := put("one")
			change(in)
			_, err := client.PutItem(t.Context(), in)
			requireCode(t, "ValidationException", err)
		})
	}
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("products")})
	require.NoError(t, err)
	assert.Empty(t, out.Items)
}

func TestPutItemTwice(t *testing.T) {
	client := start(t, unchanged)
	_, err := client.PutItem(t.Context(), put("one"))
	require.NoError(t, err)
	for returned, want := range map[types.ReturnValuesOnConditionCheckFailure]map[string]types.AttributeValue{
		"": nil, "NONE": nil, "ALL_OLD": itemOf("one"),
	} {
		in := put("one")
		in.Item["name"] = &types.AttributeValueMemberS{Value: "another"}
		in.ReturnValuesOnConditionCheckFailure = returned
		_, err := client.PutItem(t.Context(), in)
		var failed *types.ConditionalCheckFailedException
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, want, failed.Item, returned)
	}
}

func TestScanRefuses(t *testing.T) {
	client := start(t, unchanged)
	for name, change := range map[string]func(*dynamodb.ScanInput){
		"limit 0":        func(in *dynamodb.ScanInput) { in.Limit = aws.Int32(0) },
		"negative limit": func(in *dynamodb.ScanInput) { in.Limit = aws.Int32(-1) },
		"filter":         func(in *dynamodb.ScanInput) { in.FilterExpression = aws.String("price > :p") },
		"projection":     func(in *dynamodb.ScanInput) { in.ProjectionExpression = aws.String("id") },
		"index":          func(in *dynamodb.ScanInput) { in.IndexName = aws.String("by-name") },
		"segments":       func(in *dynamodb.ScanInput) { in.TotalSegments, in.Segment = aws.Int32(2), aws.Int32(0) },
		"count":          func(in *dynamodb.ScanInput) { in.Select = types.SelectCount },
		"empty start":    func(in *dynamodb.ScanInput) { in.ExclusiveStartKey = itemOf("") },
		"start of another": func(in *dynamodb.ScanInput) {
			in.ExclusiveStartKey = map[string]types.AttributeValue{"sku": itemOf("x")["id"]}
		},
		"start with more": func(in *dynamodb.ScanInput) {
			in.ExclusiveStartKey = itemOf("x")
			in.ExclusiveStartKey["sku"] = &types.AttributeValueMemberS{Value: "y"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := &dynamodb.ScanInput{TableName: aws.String("products")}
			change(in)
			_, err := client.Scan(t.Context(), in)
			requireCode(t, "ValidationException", err)
		})
	}
}

// TestScanEndsAtTheLimit: a page that ends at its limit names a key to go on
// after, even where nothing follows.
func TestScanEndsAtTheLimit(t *testing.T) {
	client := start(t, unchanged)
	for n := range 4 {
		_, err := client.PutItem(t.Context(), put(fmt.Sprint("item-", n)))
		require.NoError(t, err)
	}
	for limit, last := range map[int32]bool{1: true, 4: true, 5: false} {
		out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("products"), Limit: &limit})
		require.NoError(t, err)
		assert.Len(t, out.Items, int(min(limit, 4)))
		assert.EqualValues(t, len(out.Items), out.Count)
		assert.Equal(t, last, out.LastEvaluatedKey != nil, "limit %d", limit)
	}
}

func TestOtherActionsAndTables(t *testing.T) {
	client := start(t, unchanged)
	_, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("products"), Key: itemOf("x")})
	requireCode(t, "UnknownOperationException", err)
	_, err = client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("other")})
	var missing *types.ResourceNotFoundException
	require.ErrorAs(t, err, &missing)
}

func TestSignatures(t *testing.T) {
	other := func(change func(*aws.Credentials)) func(*dynamodb.Options) {
		return func(o *dynamodb.Options) {
			changed := key
			change(&changed)
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return changed, nil })
		}
	}
	for name, row := range map[string]struct {
		change func(*dynamodb.Options)
		want   string
	}{
		"another key":    {other(func(c *aws.Credentials) { c.AccessKeyID = "another" }), "InvalidSignatureException"},
		"another secret": {other(func(c *aws.Credentials) { c.SecretAccessKey = "another" }), "InvalidSignatureException"},
		"another token":  {other(func(c *aws.Credentials) { c.SessionToken = "another" }), "InvalidSignatureException"},
		"another region": {func(o *dynamodb.Options) { o.Region = "eu-west-1" }, "InvalidSignatureException"},
		"unsigned":       {func(o *dynamodb.Options) { o.Credentials = aws.AnonymousCredentials{} }, "MissingAuthenticationTokenException"},
		"another action": {tampered(func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDB_20120810.Scan") }), "InvalidSignatureException"},
		"another body":   {tampered(func(r *http.Request) { r.Body = bodyOf(strings.Repeat(" ", int(r.ContentLength))) }), "InvalidSignatureException"},
		"another date": {tampered(func(r *http.Request) {
			r.Header.Set("X-Amz-Date", time.Now().UTC().Add(time.Minute).Format("20060102T150405Z"))
		}), "InvalidSignatureException"},
		"long ago": {tampered(func(r *http.Request) { r.Header.Set("X-Amz-Date", "20200101T000000Z") }), "InvalidSignatureException"},
		"no date":  {tampered(func(r *http.Request) { r.Header.Del("X-Amz-Date") }), "InvalidSignatureException"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := start(t, row.change).PutItem(t.Context(), put("one"))
			requireCode(t, row.want, err)
		})
	}
}

// tamper changes requests after they were signed.
type tamper struct{ change func(*http.Request) }

func tampered(change func(*http.Request)) func(*dynamodb.Options) {
	return func(o *dynamodb.Options) { o.HTTPClient = tamper{change} }
}

func (c tamper) Do(r *http.Request) (*http.Response, error) {
	c.change(r)
	return http.DefaultClient.Do(r)
}

// TestOddRequests are such as no SDK sends.
func TestOddRequests(t *testing.T) {
	post := func(change func(*http.Request)) *httptest.ResponseRecorder {
		s := newServer()
		s.Verify = func(*http.Request, []byte) error { return nil }
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"TableName":"products"}`))
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810.Scan")
		r.Header.Set("Authorization", "checked by nobody")
		change(r)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	assert.Equal(t, http.StatusOK, post(func(*http.Request) {}).Code)
	for name, change := range map[string]func(*http.Request){
		"another method":  func(r *http.Request) { r.Method = http.MethodGet },
		"another path":    func(r *http.Request) { r.URL.Path = "/products" },
		"another format":  func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
		"another service": func(r *http.Request) { r.Header.Set("X-Amz-Target", "Other_20120810.Scan") },
		"no target":       func(r *http.Request) { r.Header.Del("X-Amz-Target") },
		"no JSON":         func(r *http.Request) { r.Body = http.NoBody },
		"no table":        func(r *http.Request) { r.Body = bodyOf(`{}`) },
		"wrong type":      func(r *http.Request) { r.Body = bodyOf(`{"TableName":1}`) },
		"null attribute":  func(r *http.Request) { r.Body = bodyOf(`{"TableName":"products","ExclusiveStartKey":{"id":{}}}`) },
		"too large":       func(r *http.Request) { r.Body = bodyOf(strings.Repeat(" ", 16<<20+1)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := post(change)
			assert.GreaterOrEqual(t, w.Code, 400)
			assert.Less(t, w.Code, 500)
			var body struct {
				Type string `json:"__type"`
			}
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
			assert.Contains(t, body.Type, "#")
		})
	}
}

func bodyOf(text string) io.ReadCloser {
	return io.NopCloser(strings.NewReader(text))
}

// TestRowsFail: what goes wrong with the table itself is the server's fault.
func TestRowsFail(t *testing.T) {
	s := newServer()
	s.Verify = func(*http.Request, []byte) error { return nil }
	s.Tables = func(string) (dynamowiretest.Table, bool) {
		return dynamowiretest.Table{HashKey: "id", Rows: broken{}}, true
	}
	for action, body := range map[string]string{
		"Scan":    `{"TableName":"products"}`,
		"PutItem": `{"TableName":"products","Item":{"id":{"S":"x"}},"ConditionExpression":"attribute_not_exists(id)"}`,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810."+action)
		r.Header.Set("Authorization", "checked by nobody")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		assert.Equal(t, http.StatusInternalServerError, w.Code, action)
	}
}

type broken struct{}

func (broken) Insert(string, []byte) ([]byte, error) { return nil, errors.New("broken") }
func (broken) After(string, int) ([][]byte, error)   { return nil, errors.New("broken") }
