package dynamowiretest

import "math"

// maxPage is how much of a table DynamoDB reads for one page, in bytes.
const maxPage = 1 << 20

type scanInput struct {
	TableName         string
	Limit             *int
	ExclusiveStartKey item
	ConsistentRead    bool // every read is
}

func (in scanInput) table() string { return in.TableName }

type scanOutput struct {
	Items            []item
	Count            int
	ScannedCount     int
	LastEvaluatedKey item `json:",omitempty"`
}

// scan answers with a page: it ends at the limit, or before a page would be too
// large. As in DynamoDB, one that ends at the limit has a LastEvaluatedKey even
// where nothing follows.
func (s *Server) scan(t Table, in scanInput) (any, error) {
	limit := math.MaxInt
	if in.Limit != nil {
		limit = *in.Limit
	}
	if limit < 1 {
		return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have "+
			"value greater than or equal to 1", limit)
	}
	after, err := t.start(in.ExclusiveStartKey)
	if err != nil {
		return nil, err
	}
	rows, err := t.Rows.After(after, limit)
	if err != nil {
		return nil, err
	}
	fitting := fit(rows)
	out := scanOutput{Items: make([]item, fitting), Count: fitting, ScannedCount: fitting}
	for n, row := range rows[:fitting] {
		if out.Items[n], err = parseItem(row); err != nil {
			return nil, err
		}
	}
	if fitting < len(rows) || fitting == limit {
		last := out.Items[fitting-1]
		out.LastEvaluatedKey = item{t.HashKey: last[t.HashKey]}
	}
	return out, nil
}

// start is the row key that a scan begins after.
func (t Table) start(from item) (string, error) {
	if from == nil {
		return "", nil
	}
	if err := from.check(); err != nil {
		return "", err
	}
	key, err := t.key(from)
	if err != nil || len(from) != 1 {
		return "", invalid("The provided starting key is invalid")
	}
	return rowKey(key), nil
}

// fit is how many rows are on one page, at least one.
func fit(rows [][]byte) int {
	size := 0
	for n, row := range rows {
		if size += len(row); size > maxPage && n > 0 {
			return n
		}
	}
	return len(rows)
}
