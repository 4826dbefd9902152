package access_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// matrixOf returns the matrix of users u000, u001 and so on. They have these policies
// in turn, none for "".
func matrixOf(t *testing.T, count int, policies ...string) access.Matrix {
	t.Helper()
	a := api(t, "open GET /health", "GET /products", "POST /products")
	documents := map[string][]string{}
	for _, policy := range policies {
		if policy != "" {
			_, text := granting(t, a, access.Conditions{}, policy)
			documents[policy] = []string{text}
		}
	}
	principals := make([]access.Principal, count)
	for i := range principals {
		principals[i].Name = fmt.Sprintf("user/u%03d", i)
		if policy := policies[i%len(policies)]; policy != "" {
			principals[i].Policies = []string{policy}
		}
	}
	matrix, err := access.NewMatrix(a, documents, principals)
	require.NoError(t, err)
	return matrix
}

// TestFoldedBeyondAHundredPrincipals has the largest matrix that is not folded and
// the smallest that is.
func TestFoldedBeyondAHundredPrincipals(t *testing.T) {
	matrix := matrixOf(t, 100, "GET *", "")
	require.Len(t, matrix, 101, "with Anyone")
	require.Equal(t, texts(matrix), matrix.Folded())

	matrix = matrixOf(t, 101, "GET *", "")
	folded := matrix.Folded()
	require.Len(t, folded, 3)
	require.Equal(t, texts(matrix)["anyone"], folded["anyone"])
	require.Regexp(t, `^user/u000, user/u002, user/u004 and 48 more \(#[0-9a-f]{12}\)$`, nameOf(t, folded, texts(matrix)["user/u000"]))
	require.Regexp(t, `^user/u001, user/u003, user/u005 and 47 more \(#[0-9a-f]{12}\)$`, nameOf(t, folded, texts(matrix)["user/u001"]))
}

// texts returns the texts of all cells.
func texts(m access.Matrix) map[string]map[string]string {
	all := map[string]map[string]string{}
	for name, row := range m {
		all[name] = map[string]string{}
		for key, cell := range row.Cells {
			all[name][key] = cell.String()
		}
	}
	return all
}

// nameOf returns the name of the only row with these cells, other than Anyone's.
func nameOf(t *testing.T, folded map[string]map[string]string, row map[string]string) string {
	t.Helper()
	var names []string
	for name, cells := range folded {
		if name != access.Anyone && maps.Equal(cells, row) {
			names = append(names, name)
		}
	}
	require.Len(t, names, 1)
	return names[0]
}

// TestFoldedNames has a row of few principals, which are named, and rows of many,
// whose name stays the same only if the principals do.
func TestFoldedNames(t *testing.T) {
	matrix := matrixOf(t, 120, "GET *")
	alone := map[string]map[string]string{}
	for i, grant := range []string{"POST *", "POST *", "*", "*", "*"} {
		name := fmt.Sprintf("role/r%d", i)
		matrix[name] = matrixOf(t, 1, grant)["user/u000"]
		alone[name] = texts(matrix)[name]
	}
	names := slices.Sorted(maps.Keys(matrix.Folded()))
	require.Len(t, names, 4)
	assert.Equal(t, []string{"anyone", "role/r0, role/r1", "role/r2, role/r3, role/r4"}, names[:3])
	assert.Equal(t, alone["role/r0"], matrix.Folded()[names[1]])

	again := matrixOf(t, 120, "GET *")
	again["user/u050"] = matrix["role/r0"]
	without := nameOf(t, again.Folded(), texts(matrix)["user/u000"])
	assert.NotEqual(t, names[3], without, "another principal")
	assert.Contains(t, without, "user/u000, user/u001, user/u002 and 116 more (#")
	again["user/u120"] = matrix["user/u000"]
	assert.NotEqual(t, names[3], nameOf(t, again.Folded(), texts(matrix)["user/u000"]), "the same number of other principals")
	assert.Contains(t, nameOf(t, again.Folded(), texts(matrix)["user/u000"]), "117 more (#")
	again["user/u050"] = matrix["user/u000"]
	delete(again, "user/u120")
	assert.Equal(t, names[3], nameOf(t, again.Folded(), texts(matrix)["user/u000"]), "the same principals again")
}

func TestAlike(t *testing.T) {
	require.Equal(t, [][]string{{"user/u000", "user/u002"}, {"user/u001", "user/u003"}}, matrixOf(t, 4, "*", "").Alike())
	require.Empty(t, matrixOf(t, 0, "*").Alike(), "without Anyone")
}
