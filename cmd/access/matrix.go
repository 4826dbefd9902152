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

// row is one of the matrix as it is shown: principals whose cells are the same.
type row struct {
	names []string
	cells map[string]string // by route key
}

// mostRows is how many principals are shown one by one. Those of more share a
// row where theirs are the same.
const mostRows = 30

// rowsOf are the rows to show, whoever calls without a signature first.
func rowsOf(m access.Matrix) []row {
	rows := []row{{[]string{access.Anyone}, m[access.Anyone]}}
	for _, names := range m.Alike() {
		if len(m) > mostRows {
			rows = append(rows, row{names, m[names[0]]})
			continue
		}
		for _, name := range names {
			rows = append(rows, row{[]string{name}, m[name]})
		}
	}
	if len(m) <= mostRows {
		slices.SortFunc(rows[1:], func(a, b row) int { return strings.Compare(a.names[0], b.names[0]) })
	}
	return rows
}

// matrixText shows the matrix as a table, or as a list where that gets too wide,
// with notes below.
func matrixText(m access.Matrix, notes []string) string {
	rows := rowsOf(m)
	routes := slices.Sorted(maps.Keys(m[access.Anyone]))
	var out strings.Builder
	cells, conditions := tabulate(rows, routes)
	if cells.Width() <= stackdiff.PageWidth {
		cells.Write(&out)
	} else {
		conditions = nil
		for _, row := range rows {
			writeList(&out, row, routes)
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

// tabulate makes a table with a heading: principals down, routes across. What
// must hold for a cell is a note: the cell has its number.
func tabulate(rows []row, routes []string) (all table.Table, conditions []string) {
	heading := []table.Cell{{}}
	for _, route := range routes {
		heading = append(heading, table.Cell{Text: route})
	}
	all = table.Table{heading}
	for _, row := range rows {
		cells := []table.Cell{{Text: table.People(row.names)}}
		for _, route := range routes {
			cell := row.cells[route]
			if condition, conditional := strings.CutPrefix(cell, "allow "); conditional {
				i := slices.Index(conditions, condition)
				if i < 0 {
					i = len(conditions)
					conditions = append(conditions, condition)
				}
				cell = fmt.Sprintf("allow [%d]", i+1)
			}
			cells = append(cells, table.Cell{Text: cell})
		}
		all = append(all, cells)
	}
	return all, conditions
}

// writeList shows a row as a list of routes for each kind of cell. That of most
// routes does without.
func writeList(out *strings.Builder, row row, routes []string) {
	by := map[string][]string{} // cell -> route keys
	for _, route := range routes {
		by[row.cells[route]] = append(by[row.cells[route]], route)
	}
	cells := slices.Sorted(maps.Keys(by)) // allow, allow if …, deny
	rest := slices.MaxFunc(cells, func(a, b string) int { return len(by[a]) - len(by[b]) })
	of := ""
	if len(row.names) > table.MostNamed {
		of = fmt.Sprintf(" (%d principals)", len(row.names))
	}
	fmt.Fprintf(out, "%s%s\n", table.People(row.names), of)
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
