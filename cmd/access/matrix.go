package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/stackdiff"
	"iam-secured-api/internal/table"
)

// showMatrix runs the subcommand matrix.
func showMatrix(args arguments, in io.Reader, out, log io.Writer) error {
	file := "Pulumi.dev.yaml"
	if len(args.files) > 0 {
		file = args.files[0]
	}
	s, err := readStack(file, in, log)
	if err != nil {
		return err
	}
	if args.asJSON {
		return stackdiff.WriteJSON(out, s.Plan.Matrix.Folded())
	}
	_, err = io.WriteString(out, matrixText(s.Plan.Matrix, s.Plan.Notes))
	return err
}

// mostRows is the largest number of principals that have rows of their own. If there
// are more, principals with equal rows share one.
const mostRows = 30

// rowsOf returns the principals of each row, Anyone first.
func rowsOf(m access.Matrix) [][]string {
	rows := m.Alike()
	if len(m) <= mostRows+1 { // with Anyone
		rows = nil
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if name != access.Anyone {
				rows = append(rows, []string{name})
			}
		}
	}
	return slices.Insert(rows, 0, []string{access.Anyone})
}

// matrixText returns the matrix as a table, or as lists if the table is too wide, with
// notes below.
func matrixText(m access.Matrix, notes []string) string {
	rows := rowsOf(m)
	routes := slices.Sorted(maps.Keys(m[access.Anyone].Cells))
	var out strings.Builder
	cells, conditions := tabulate(m, rows, routes)
	if cells.Width() <= stackdiff.PageWidth {
		cells.Write(&out)
	} else {
		conditions = nil
		for _, names := range rows {
			writeList(&out, names, m[names[0]], routes)
		}
	}
	if len(conditions)+len(notes) > 0 {
		out.WriteString("\n")
	}
	for i, condition := range conditions {
		stackdiff.Wrap(&out, fmt.Sprintf("[%d] ", i+1), "    ", strings.Fields(condition))
	}
	for _, note := range notes {
		stackdiff.Wrap(&out, "Note: ", "      ", strings.Fields(note))
	}
	return out.String()
}

// tabulate returns a table with a row for each group of principals and a column for
// each route. A cell with a condition has the number of the condition.
func tabulate(m access.Matrix, rows [][]string, routes []string) (all table.Table, conditions table.Notes) {
	all = table.Of(routes, rows, func(name, route string) table.Cell {
		cell := m[name].Cells[route]
		if condition := cell.Condition(); condition != "" {
			return table.Cell{Text: fmt.Sprintf("allow [%d]", conditions.Number(condition))}
		}
		return table.Cell{Text: cell.String()}
	})
	return all, conditions
}

// writeList writes a row as a list of routes for each cell. The cell of most routes has
// only their number.
func writeList(out *strings.Builder, names []string, row *access.Row, routes []string) {
	by := map[string][]string{} // text of the cell -> route keys
	for _, route := range routes {
		text := row.Cells[route].String()
		by[text] = append(by[text], route)
	}
	cells := slices.Sorted(maps.Keys(by)) // allow, allow if …, deny
	rest := slices.MaxFunc(cells, func(a, b string) int { return len(by[a]) - len(by[b]) })
	of := ""
	if len(names) > table.MostNamed {
		of = fmt.Sprintf(" (%d principals)", len(names))
	}
	fmt.Fprintf(out, "%s%s\n", table.People(names), of)
	if len(cells) == 1 {
		fmt.Fprintf(out, "  %s: all %s\n", rest, stackdiff.Plural(len(routes), "route"))
		return
	}
	for _, cell := range cells {
		pieces := stackdiff.Enumerate(by[cell])
		if cell == rest {
			pieces = []string{"the other " + stackdiff.Plural(len(by[rest]), "route")}
		}
		stackdiff.Wrap(out, "  ", "    ", append(strings.Fields(cell+":"), pieces...))
	}
}
