package cloud

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// BillingPerRequest is the billing mode of tables on demand.
const BillingPerRequest = "PAY_PER_REQUEST"

var reTableName = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`)

// CreateTableInput describes a table to create.
type CreateTableInput struct {
	TableName                 string `state:",name"`
	BillingMode               string // must be PAY_PER_REQUEST: no other mode is modelled
	HashKey                   string
	RangeKey                  string            // empty for none
	Attributes                map[string]string // the keys' names -> S, N or B
	DeletionProtectionEnabled bool
	Tags                      map[string]string
}

// Table is a DynamoDB table.
type Table struct {
	CreateTableInput
	ARN              string `state:"-"`
	CreationDateTime time.Time
}

// table is a table with its content.
type table struct {
	Table
	Rows                rows `state:"-"`
	PointInTimeRecovery bool
}

func (in CreateTableInput) check() error {
	if !reTableName.MatchString(in.TableName) {
		return errorf(CodeValidationException, "table name %q is invalid: 3 to 255 letters, digits and _.-", in.TableName)
	}
	return cmp.Or(checkBillingMode(in.BillingMode), in.checkKeys(), regionTags(in.Tags, CodeValidationException))
}

func checkBillingMode(mode string) error {
	switch mode {
	case BillingPerRequest:
		return nil
	case "", "PROVISIONED":
		return notModelled("tables with provisioned throughput")
	}
	return errorf(CodeValidationException, "billing mode %q is invalid: PROVISIONED or PAY_PER_REQUEST", mode)
}

// checkKeys applies DynamoDB's rule that the declared attributes are exactly
// the keys.
func (in CreateTableInput) checkKeys() error {
	invalid := func(format string, args ...any) error {
		return errorf(CodeValidationException, "one or more parameter values were invalid: "+format, args...)
	}
	keys := []string{in.HashKey}
	if in.RangeKey != "" {
		keys = append(keys, in.RangeKey)
	}
	for _, k := range keys {
		if len(k) < 1 || len(k) > 255 {
			return invalid("key %q must have 1 to 255 bytes", k)
		}
		if _, ok := in.Attributes[k]; !ok {
			return invalid("some index key attributes are not defined in AttributeDefinitions: %s", k)
		}
	}
	if in.HashKey == in.RangeKey {
		return invalid("both the hash key and the range key are %s", in.HashKey)
	}
	for _, name := range sortedKeys(in.Attributes) {
		if !slices.Contains(keys, name) {
			return invalid("number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions: %s is not a key", name)
		}
		if !slices.Contains([]string{"S", "N", "B"}, in.Attributes[name]) {
			return errorf(CodeValidationException,
				"type %q of attribute %s is invalid: S, N or B", in.Attributes[name], name)
		}
	}
	return nil
}

func (t *table) view(*state) Table { return t.Table }

var tables = &shelf[*region, *table, Table]{
	things:  func(r *region) *map[string]*table { return &r.Tables },
	missing: missing[*region](CodeResourceNotFound, "requested resource not found: table: %s not found"),
	taken:   refusal{CodeResourceInUse, "table already exists: %s"},
	quota:   quota{maxTables, CodeLimitExceededException, "tables"},
	tags:    func(t *table) *map[string]string { return &t.Tags },
	tagCode: CodeValidationException,
}

func (r *Region) tableARN(name string) string {
	return fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/%s", r.name, r.account.id, name)
}

// CreateTable creates a table on demand, without point-in-time recovery.
func (r *Region) CreateTable(in CreateTableInput) (Table, error) {
	return tables.create(r, "CreateTable", in.TableName, func(*region) (string, *table, error) {
		if err := in.check(); err != nil {
			return "", nil, err
		}
		return in.TableName, &table{Table: Table{
			CreateTableInput: in, CreationDateTime: now(),
			ARN: r.tableARN(in.TableName),
		}}, nil
	})
}

// DescribeTable returns a table.
func (r *Region) DescribeTable(name string) (Table, error) { return tables.get(r, name) }

// ListTables returns the names of the region's tables, sorted.
func (r *Region) ListTables() ([]string, error) {
	var out []string
	err := r.view(func(st *region) error { out = sortedKeys(st.Tables); return nil })
	return reply(out, err)
}

// UpdateTable sets a table's billing mode and whether it is protected against
// deletion.
func (r *Region) UpdateTable(name, billingMode string, deletionProtectionEnabled bool) error {
	return tables.change(r, "UpdateTable", name, func(_ *region, t *table) error {
		if err := checkBillingMode(billingMode); err != nil {
			return err
		}
		t.BillingMode, t.DeletionProtectionEnabled = billingMode, deletionProtectionEnabled
		return nil
	})
}

// UpdateContinuousBackups sets whether a table can be restored to any point in
// time of the last 35 days.
func (r *Region) UpdateContinuousBackups(name string, pointInTimeRecovery bool) error {
	return tables.change(r, "UpdateContinuousBackups", name, func(_ *region, t *table) error {
		t.PointInTimeRecovery = pointInTimeRecovery
		return nil
	})
}

// DescribeContinuousBackups reports whether a table has point-in-time recovery.
func (r *Region) DescribeContinuousBackups(name string) (bool, error) {
	return query(tables, r, name, func(t *table) (bool, error) { return t.PointInTimeRecovery, nil })
}

// DeleteTable deletes a table and its content, unless the table is protected
// against deletion.
func (r *Region) DeleteTable(name string) error {
	return tables.remove(r, "DeleteTable", name, func(_ *region, t *table) error {
		if t.DeletionProtectionEnabled {
			return errorf(CodeValidationException,
				"Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
		}
		return nil
	})
}
