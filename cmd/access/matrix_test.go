package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/table"
)

// texts are the cells of a matrix: principal -> route -> text.
type texts = map[string]map[string]string

var withMFA = access.AllowIf(access.Alternative{Conditions: access.Conditions{RequireMFA: true}})

// parseTable reads a table back, with conditions instead of their numbers.
func parseTable(t *testing.T, text string) texts {
	t.Helper()
	table, notes, _ := strings.Cut(body(t, text), "\n\n")
	conditions := map[string]string{}
	for line := range strings.Lines(notes) {
		number, condition, _ := strings.Cut(strings.TrimSpace(line), " ")
		conditions[number] = condition
	}
	lines := strings.Split(strings.TrimRight(table, "\n"), "\n")
	split := func(line string) (cells []string) {
		for cell := range strings.SplitSeq(line, "   ") {
			if cell = strings.TrimSpace(cell); cell != "" {
				cells = append(cells, cell)
			}
		}
		return cells
	}
	routes := split(lines[0])
	m := texts{}
	for _, line := range lines[1:] {
		cells := split(line)
		require.Len(t, cells, len(routes)+1, line)
		m[cells[0]] = map[string]string{}
		for i, route := range routes {
			cell, number, numbered := strings.Cut(cells[i+1], " ")
			if numbered {
				require.Contains(t, conditions, number)
				cell += " " + conditions[number]
			}
			m[cells[0]][route] = cell
		}
	}
	return m
}

// body returns what follows the heading.
func body(t *testing.T, text string) string {
	t.Helper()
	heading, body, found := strings.Cut(text, "\n\n")
	require.True(t, found, text)
	require.Equal(t, table.Scope, heading)
	return body
}

// TestTable requires a row for each principal and a column for each route.
func TestTable(t *testing.T) {
	office := access.AllowIf(access.Alternative{Conditions: access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}}})
	row := func(a access.Cell) *access.Row {
		return &access.Row{Cells: map[string]access.Cell{"GET /a": a, "$default": access.Allow()}}
	}
	m := access.Matrix{
		"anyone": row(access.Cell{}), "user/zoe": row(withMFA), "user/ann": row(access.Cell{}), "role/jobs": row(office.Or(withMFA)), "user/bob": row(withMFA),
	}
	text := matrixText(m, nil, nil)
	assert.Equal(t, m.Folded(), parseTable(t, text), text)
	assert.Equal(t, "allow if from 203.0.113.0/24, or if with MFA", parseTable(t, text)["role/jobs"]["GET /a"])
	var names []string
	for _, line := range strings.Split(strings.Split(body(t, text), "\n\n")[0], "\n")[1:] {
		names = append(names, strings.Fields(line)[0])
	}
	assert.Equal(t, []string{"anyone", "role/jobs", "user/ann", "user/bob", "user/zoe"}, names)
	text = matrixText(m, []string{"anyone may call /a"}, []string{"policy reaches far"})
	assert.Contains(t, text, "\nWarning: anyone may call /a\nNote: policy reaches far\n")
}

// many returns a matrix of principals in groups. Each group may call some of the
// routes.
func many(principals, groups, routes int) access.Matrix {
	newRow := func() *access.Row { return &access.Row{Cells: map[string]access.Cell{}} }
	m := access.Matrix{"anyone": newRow()}
	rows := make([]*access.Row, groups)
	for g := range rows {
		rows[g] = newRow()
		for r := range routes {
			key := fmt.Sprintf("GET /service%d/thing%d/{id}", r%7, r)
			m["anyone"].Cells[key], rows[g].Cells[key] = access.Cell{}, access.Cell{}
			switch (r + g) % groups {
			case 0:
				rows[g].Cells[key] = access.Allow()
			case 1:
				rows[g].Cells[key] = withMFA
			}
		}
	}
	for p := range principals {
		m[fmt.Sprintf("user/u%05d", p)] = rows[p%groups]
	}
	return m
}

// TestLargeMatrix requires short lines, a length that depends on the number of
// different rows only, and all cells.
func TestLargeMatrix(t *testing.T) {
	const principals, groups, routes = 5000, 20, 300
	m := many(principals, groups, routes)
	text := body(t, matrixText(m, nil, nil))
	assert.Less(t, strings.Count(text, "\n"), 20*groups)
	cells := map[string]map[string]string{} // first principal of a row -> route -> cell
	var names, cellText string
	for line := range strings.Lines(text) {
		require.LessOrEqual(t, len(line), table.PageWidth+1, line)
		if !strings.HasPrefix(line, " ") {
			names, _, _ = strings.Cut(strings.TrimSpace(line), ",")
			cells[names] = map[string]string{}
			continue
		}
		list := strings.TrimSpace(line)
		if !strings.HasPrefix(line, "    ") {
			cellText, list, _ = strings.Cut(list, ": ")
		}
		for route := range strings.SplitSeq(list, ", ") {
			if route = strings.TrimSuffix(route, ","); strings.HasPrefix(route, "GET ") {
				cells[names][route] = cellText
			} else {
				cells[names]["others"] = cellText
			}
		}
	}
	require.Len(t, cells, groups+1)
	for name, row := range cells {
		for route := range m["anyone"].Cells {
			cell, listed := row[route]
			if !listed {
				cell = row["others"]
			}
			require.Equal(t, m[name].Cells[route].String(), cell, "%s %s", name, route)
		}
	}
	assert.Equal(t, groups, strings.Count(text, fmt.Sprintf("and %d more (%d principals)", principals/groups-3, principals/groups)))
}

// TestFewPrincipalsManyRoutes requires a list with a row for each principal.
func TestFewPrincipalsManyRoutes(t *testing.T) {
	m := many(4, 2, 40)
	text := matrixText(m, nil, nil)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		assert.Contains(t, text, name+"\n")
	}
	assert.Contains(t, text, "anyone\n  deny: all 40 routes\n")
}
