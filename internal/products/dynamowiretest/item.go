package dynamowiretest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
)

const (
	// maxItem is DynamoDB's limit of an item, in bytes. DynamoDB counts names and
	// values; here it is their JSON.
	maxItem = 400 << 10
	// maxKey is DynamoDB's limit of a partition key, in bytes.
	maxKey = 2048
)

// attribute is a value with its type. DynamoDB has more types than these; they
// are refused as fields that are not known.
type attribute struct {
	S *string `json:",omitempty"`
	N *string `json:",omitempty"`
}

type item map[string]attribute

// wholeNumber is how DynamoDB writes a whole number, of which it keeps 38 digits.
var wholeNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,37})$`)

func (i item) check() error {
	for name, value := range i {
		switch {
		case (value.S == nil) == (value.N == nil):
			return invalid("Supplied AttributeValue has more than one datatypes set, or none: attribute %s", name)
		case value.N != nil && !wholeNumber.MatchString(*value.N):
			return invalid("not known here: attribute %s is the number %q; whole numbers are known", name, *value.N)
		}
	}
	return nil
}

// key is the value of an item's hash key.
func (t Table) key(i item) (string, error) {
	key, ok := i[t.HashKey]
	switch {
	case !ok:
		return "", invalid("One or more parameter values were invalid: Missing the key %s in the item", t.HashKey)
	case key.S == nil:
		return "", invalid("One or more parameter values were invalid: Type mismatch for key %s expected: S actual: N", t.HashKey)
	case *key.S == "":
		return "", invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "+
			"empty string value. Key: %s", t.HashKey)
	case len(*key.S) > maxKey:
		return "", invalid("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes")
	}
	return *key.S, nil
}

// rowKey says where the row with a key is. As in DynamoDB, that is decided by a
// hash: nobody gets to rely on an order.
func rowKey(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:8]) + key
}

func parseItem(row []byte) (i item, err error) {
	err = json.Unmarshal(row, &i)
	return i, err
}
