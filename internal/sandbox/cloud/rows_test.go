package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const tableARN = "arn:aws:dynamodb:us-east-1:111122223333:table/shop"

// withRows returns a table's rows as a role that may read and add to them.
func withRows() (*cloud.Cloud, *cloud.Account, *cloud.TableRows) {
	c, a := account()
	role := newRole(a, "worker", trustLambda)
	OK(a.RolePolicies().Put("worker", Allow("put", "dynamodb:PutItem", tableARN)))
	OK(a.RolePolicies().Put("worker", Allow("scan", "dynamodb:Scan", tableARN)))
	Must(a.Region(Region).CreateTable(onDemand("shop")))
	return c, a, a.Region(Region).TableRows("shop", role.ARN)
}

func texts(rows [][]byte) []string {
	out := []string{}
	for _, row := range rows {
		out = append(out, string(row))
	}
	return out
}

func TestRows(t *testing.T) {
	_, _, rows := withRows()
	assert.Empty(t, Must(rows.After("", 10)))
	for _, key := range []string{"b", "d", "a", "c"} {
		assert.Nil(t, Must(rows.Insert(key, []byte("row "+key))))
	}
	assert.Equal(t, "row b", string(Must(rows.Insert("b", []byte("another")))), "the first value stays")
	for _, test := range []struct {
		after string
		limit int
		want  []string
	}{
		{"", 10, []string{"row a", "row b", "row c", "row d"}}, {"", 2, []string{"row a", "row b"}}, {"b", 2, []string{"row c", "row d"}},
		{"bb", 1, []string{"row c"}}, {"d", 2, []string{}}, {"e", 2, []string{}}, {"", 0, []string{}},
	} {
		assert.Equal(t, test.want, texts(Must(rows.After(test.after, test.limit))))
	}
}

func TestRowsAreCopied(t *testing.T) {
	_, _, rows := withRows()
	value := []byte("row")
	Must(rows.Insert("a", value))
	value[0] = 'x'
	Must(rows.After("", 1))[0][1] = 'x'
	Must(rows.Insert("a", nil))[2] = 'x'
	assert.Equal(t, []string{"row"}, texts(Must(rows.After("", 1))))
}

// TestRowsEnforceTheRolesPolicies shows that the role's current policies are enforced.
func TestRowsEnforceTheRolesPolicies(t *testing.T) {
	_, a, rows := withRows()
	Must(rows.Insert("a", []byte("row")))
	OK(a.RolePolicies().Delete("worker", "put"))
	_, err := rows.Insert("b", []byte("row"))
	WantCode(t, cloud.CodeAccessDenied, err)
	assert.ErrorContains(t, err, "arn:aws:iam::111122223333:role/worker is not authorized to perform: dynamodb:PutItem on resource: "+tableARN)
	assert.Len(t, Must(rows.After("", 10)), 1)
	OK(a.RolePolicies().Put("worker", cloud.InlinePolicy{PolicyName: "no", PolicyDocument: Document("Deny", "dynamodb:Scan", "*")}))
	WantCode(t, cloud.CodeAccessDenied, failed(rows.After("", 10)))
	OK(a.RolePolicies().Delete("worker", "no"))
	OK(a.RolePolicies().Put("worker", Allow("put", "dynamodb:PutItem", tableARN)))
	OK(a.PutRolePermissionsBoundary("worker", newPolicy(a, "boundary").ARN))
	WantCode(t, cloud.CodeAccessDenied, failed(rows.Insert("b", []byte("row"))))
	for _, other := range []string{"arn:aws:iam::111122223333:role/missing", "arn:aws:iam::111122223333:role/x/worker", ""} {
		WantCode(t, cloud.CodeNoSuchEntity, failed(a.Region(Region).TableRows("shop", other).After("", 1)))
	}
}

func TestRowsAreDeletedWithTheTable(t *testing.T) {
	_, a, rows := withRows()
	Must(rows.Insert("a", []byte("row")))
	OK(a.Region(Region).DeleteTable("shop"))
	_, err := rows.After("", 10)
	WantCode(t, cloud.CodeResourceNotFound, err)
	WantCode(t, cloud.CodeResourceNotFound, failed(rows.Insert("b", []byte("row"))))
	Must(a.Region(Region).CreateTable(onDemand("shop")))
	assert.Empty(t, Must(rows.After("", 10)))
	WantCode(t, cloud.CodeResourceNotFound, failed(a.Region("eu-west-1").TableRows("shop", "arn:aws:iam::111122223333:role/worker").After("", 10)))
}

func TestCloneHasItsOwnRows(t *testing.T) {
	c, _, rows := withRows()
	Must(rows.Insert("b", []byte("row b")))
	copied := c.Clone()
	there := copied.Account(cloud.APIAccount).Region(Region).TableRows("shop", "arn:aws:iam::111122223333:role/worker")
	Must(there.Insert("a", []byte("row a")))
	Must(rows.Insert("c", []byte("row c")))
	assert.Equal(t, []string{"row b", "row c"}, texts(Must(rows.After("", 10))))
	assert.Equal(t, []string{"row a", "row b"}, texts(Must(there.After("", 10))))
}
