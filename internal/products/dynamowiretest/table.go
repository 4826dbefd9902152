// Package dynamowiretest is DynamoDB for tests: one table in memory, behind the JSON
// format that DynamoDB's clients speak. It supports the two actions that the product
// service uses, PutItem of a new item and Scan. It refuses every other action,
// parameter, expression and type of attribute by name.
package dynamowiretest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"iam-secured-api/internal/products"
)

const (
	contentType  = "application/x-amz-json-1.0"
	targetPrefix = "DynamoDB_20120810."

	// The namespaces that DynamoDB writes before the names of errors.
	modelled = "com.amazonaws.dynamodb.v20120810#"
	service  = "com.amazon.coral.service#"
	validate = "com.amazon.coral.validate#"

	// maxItem is DynamoDB's limit of an item, in bytes. DynamoDB counts names and
	// values; here it is their JSON.
	maxItem = 400 << 10
	// maxPage is how much of a table DynamoDB reads for one page, in bytes.
	maxPage = 1 << 20
)

// Table is an [http.Handler] for requests to one table.
type Table struct {
	Name string
	// HashKey is the name of its only key, a string.
	HashKey string
	// Rows are the items in DynamoDB's JSON. Their order does not follow the keys.
	Rows products.Rows
	// KeyID and Region are those that requests must be signed for. The signature
	// itself is not verified.
	KeyID, Region string
}

// Error is an error as DynamoDB writes it.
type Error struct {
	Status  int
	Type    string // with its namespace
	Message string

	item item // that made a condition fail
}

// Throttled returns the error of a table that is used faster than its capacity allows.
func Throttled() *Error {
	return &Error{Status: http.StatusBadRequest, Type: modelled + "ProvisionedThroughputExceededException", Message: "too fast"}
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// Write writes the error as a response.
func (e *Error) Write(w http.ResponseWriter) {
	write(w, e.Status, struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
		Item    item   `json:",omitempty"`
	}{e.Type, e.Message, e.item})
}

func refuse(name, format string, args ...any) error {
	return &Error{Status: http.StatusBadRequest, Type: name, Message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return refuse(validate+"ValidationException", format, args...)
}

// attribute is a value with its type. DynamoDB has more types than these.
type attribute struct {
	S *string `json:",omitempty"`
	N *string `json:",omitempty"`
}

type item map[string]attribute

// input holds the parameters of both actions.
type input struct {
	TableName string

	Item                                item
	ConditionExpression                 string
	ReturnValuesOnConditionCheckFailure string

	Limit             *int
	ExclusiveStartKey item
	ConsistentRead    bool // every read is
}

// ServeHTTP implements [http.Handler].
func (t *Table) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply, err := t.serve(r)
	if err == nil {
		write(w, http.StatusOK, reply)
		return
	}
	refusal := (*Error)(nil)
	if !errors.As(err, &refusal) {
		refusal = &Error{Status: http.StatusInternalServerError, Type: modelled + "InternalServerError", Message: err.Error()}
	}
	refusal.Write(w)
}

// write writes a response with the checksum that DynamoDB's clients compare.
func write(w http.ResponseWriter, status int, reply any) {
	body, err := json.Marshal(reply)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a write error means that the client is gone
}

func (t *Table) serve(r *http.Request) (any, error) {
	scope := "/" + t.Region + "/dynamodb/aws4_request"
	if authorization := r.Header.Get("Authorization"); !strings.Contains(authorization, "Credential="+t.KeyID+"/") ||
		!strings.Contains(authorization, scope) {
		return nil, refuse(service+"UnrecognizedClientException", "must be signed with %s for %s", t.KeyID, scope)
	}
	var in input
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return nil, invalid("not supported here: %s", err)
	}
	if in.TableName != t.Name {
		return nil, refuse(modelled+"ResourceNotFoundException", "Requested resource not found")
	}
	switch action := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), targetPrefix); action {
	case "PutItem":
		return t.putItem(in)
	case "Scan":
		return t.scan(in)
	default:
		return nil, refuse(service+"UnknownOperationException", "action %q is not supported here; PutItem and Scan are", action)
	}
}

// putItem adds an item that is new.
func (t *Table) putItem(in input) (any, error) {
	if want := "attribute_not_exists(" + t.HashKey + ")"; in.ConditionExpression != want {
		return nil, invalid("not supported here: ConditionExpression %q; %q is", in.ConditionExpression, want)
	}
	key, err := t.key(in.Item)
	if err != nil {
		return nil, err
	}
	row, err := json.Marshal(in.Item)
	if err != nil {
		return nil, err
	}
	if len(row) > maxItem {
		return nil, invalid("Item size has exceeded the maximum allowed size")
	}
	existing, err := t.Rows.Insert(key, row)
	if err != nil || existing == nil {
		return struct{}{}, err
	}
	refusal := &Error{Status: http.StatusBadRequest, Type: modelled + "ConditionalCheckFailedException",
		Message: "The conditional request failed"}
	if in.ReturnValuesOnConditionCheckFailure == "ALL_OLD" {
		err = json.Unmarshal(existing, &refusal.item)
	}
	return nil, errors.Join(err, refusal)
}

// scan returns a page, which ends at the limit or before it would be too large. As in
// DynamoDB, a page that ends at the limit has a LastEvaluatedKey even if it is the
// last.
func (t *Table) scan(in input) (any, error) {
	limit, after := math.MaxInt, ""
	if in.Limit != nil {
		limit = *in.Limit
	}
	if limit < 1 {
		return nil, invalid("limit is %d: must be at least 1", limit)
	}
	var err error
	if in.ExclusiveStartKey != nil {
		if after, err = t.key(in.ExclusiveStartKey); err != nil {
			return nil, err
		}
	}
	rows, err := t.Rows.After(after, limit)
	if err != nil {
		return nil, err
	}
	out := struct {
		Items            []item
		Count            int
		LastEvaluatedKey item `json:",omitempty"`
	}{Items: []item{}}
	size := 0
	for _, row := range rows {
		if size += len(row); size > maxPage && len(out.Items) > 0 {
			break
		}
		var i item
		if err := json.Unmarshal(row, &i); err != nil {
			return nil, err
		}
		out.Items = append(out.Items, i)
	}
	if out.Count = len(out.Items); out.Count > 0 && (out.Count < len(rows) || out.Count == limit) {
		out.LastEvaluatedKey = item{t.HashKey: out.Items[out.Count-1][t.HashKey]}
	}
	return out, nil
}

// wholeNumber matches a number of DynamoDB without a fraction. It has 38 digits at
// most.
var wholeNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,37})$`)

// key checks an item and returns the key of its row. As in DynamoDB, a hash decides
// the order, so that no test can rely on one.
func (t *Table) key(i item) (string, error) {
	for name, value := range i {
		if (value.S == nil) == (value.N == nil) || value.N != nil && !wholeNumber.MatchString(*value.N) {
			return "", invalid("not supported here: attribute %s must be a string or a whole number", name)
		}
	}
	key := i[t.HashKey].S
	if key == nil || *key == "" {
		return "", invalid("One or more parameter values were invalid: the key %s must be a string that is not empty", t.HashKey)
	}
	sum := sha256.Sum256([]byte(*key))
	return hex.EncodeToString(sum[:8]) + *key, nil
}
