package dynamowiretest

import (
	"encoding/json"
	"net/http"
)

type putItemInput struct {
	TableName                           string
	Item                                item
	ConditionExpression                 string
	ReturnValuesOnConditionCheckFailure string
}

func (in putItemInput) table() string { return in.TableName }

// putItem keeps an item that is new. An item that replaces another is not known here.
func (s *Server) putItem(t Table, in putItemInput) (any, error) {
	if want := "attribute_not_exists(" + t.HashKey + ")"; in.ConditionExpression != want {
		return nil, invalid("not known here: ConditionExpression %q; %q is", in.ConditionExpression, want)
	}
	if err := in.Item.check(); err != nil {
		return nil, err
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
	existing, err := t.Rows.Insert(rowKey(key), row)
	if err != nil {
		return nil, err
	}
	if existing == nil {
		return struct{}{}, nil
	}
	refusal := &Error{http.StatusBadRequest, modelled + "ConditionalCheckFailedException", "The conditional request failed", nil}
	switch in.ReturnValuesOnConditionCheckFailure {
	case "", "NONE":
	case "ALL_OLD":
		if refusal.item, err = parseItem(existing); err != nil {
			return nil, err
		}
	default:
		return nil, invalid("not known here: ReturnValuesOnConditionCheckFailure %q", in.ReturnValuesOnConditionCheckFailure)
	}
	return nil, refusal
}
