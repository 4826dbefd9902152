package cloud

import (
	"slices"

	"iam-secured-api/components/access/iam"
)

// rows are the items of a table by their keys, in order.
type rows struct {
	Keys   []string
	Values map[string][]byte
}

// TableRows accesses a table as a given role and enforces the role's policies.
type TableRows struct {
	region *Region
	name   string
	role   string // ARN
}

// TableRows returns access to a table as the role with this ARN. The role's
// policies must allow dynamodb:PutItem and dynamodb:Scan on the table.
func (r *Region) TableRows(name, roleARN string) *TableRows {
	return &TableRows{region: r, name: name, role: roleARN}
}

// Insert stores a value unless the key already has one, which it then returns.
// It is PutItem on the condition that the key does not exist.
func (t *TableRows) Insert(key string, value []byte) (existing []byte, err error) {
	if err := t.authorize("dynamodb:PutItem"); err != nil {
		return nil, err
	}
	c := t.region.account.cloud
	c.mu.Lock()
	defer c.mu.Unlock()
	table, err := t.table()
	if err != nil {
		return nil, err
	}
	at, taken := slices.BinarySearch(table.Rows.Keys, key)
	if taken {
		return slices.Clone(table.Rows.Values[key]), nil
	}
	if table.Rows.Values == nil {
		table.Rows.Values = map[string][]byte{}
	}
	table.Rows.Keys = slices.Insert(table.Rows.Keys, at, key)
	table.Rows.Values[key] = slices.Clone(value)
	return nil, nil
}

// After returns the values of up to limit keys greater than after, ordered by
// key. It is Scan.
func (t *TableRows) After(after string, limit int) ([][]byte, error) {
	if err := t.authorize("dynamodb:Scan"); err != nil {
		return nil, err
	}
	c := t.region.account.cloud
	c.mu.RLock()
	defer c.mu.RUnlock()
	table, err := t.table()
	if err != nil {
		return nil, err
	}
	from, found := slices.BinarySearch(table.Rows.Keys, after)
	if found {
		from++
	}
	keys := table.Rows.Keys[from:]
	keys = keys[:min(limit, len(keys))]
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = slices.Clone(table.Rows.Values[key])
	}
	return values, nil
}

// table finds the table. The Cloud is locked.
func (t *TableRows) table() (*table, error) {
	in := &region{}
	if a := t.region.world().Accounts[t.region.account.id]; a != nil && a.Regions[t.region.name] != nil {
		in = a.Regions[t.region.name]
	}
	return tables.find(t.region, in, t.name)
}

func (t *TableRows) authorize(action string) error {
	table, err := t.region.DescribeTable(t.name)
	if err != nil {
		return err
	}
	return t.region.account.authorizeRole(t.role, action, table.ARN)
}

// authorizeRole evaluates the policies of a role of the account.
func (a *Account) authorizeRole(roleARN, action, resource string) error {
	policies, err := a.rolePolicies(roleARN)
	if err != nil {
		return err
	}
	allowed, err := decide(policies, iam.RequestInput{Principal: roleARN, Action: action, Resource: resource})
	if err != nil {
		return err
	}
	if !allowed {
		return errorf(CodeAccessDenied, "%s is not authorized to perform: %s on resource: %s", roleARN, action, resource)
	}
	return nil
}

// rolePolicies compiles the policies of a role's sessions.
func (a *Account) rolePolicies(arn string) (*iam.Policies, error) {
	var out *iam.Policies
	err := a.view(func(st *account) error {
		r := st.roleOfARN(arn)
		if r == nil {
			return errorf(CodeNoSuchEntity, "the role %s cannot be found", arn)
		}
		var err error
		out, err = a.cloud.policiesOf(st, []permissions{r.permissions}, r.PermissionsBoundary, "")
		return err
	})
	return out, err
}
