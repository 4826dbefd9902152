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

// readStack reads a stack config file, with the defaults of the Pulumi.yaml in its
// folder. It logs warnings about what it does not read.
func readStack(path string, in io.Reader, log io.Writer) (stackdiff.Stack, error) {
	file, err := stackdiff.Open(path, in)
	if err != nil {
		return stackdiff.Stack{}, err
	}
	for _, warning := range file.Warnings() {
		fmt.Fprintf(log, "access: %s\n", warning)
	}
	return file.Stack()
}

// showDiff runs the subcommand diff and returns its exit code.
func showDiff(args arguments, in io.Reader, out, log io.Writer) (int, error) {
	var stacks [2]stackdiff.Stack
	for i, file := range args.files {
		var err error
		if stacks[i], err = readStack(file, in, log); err != nil {
			return 0, err
		}
	}
	d := stackdiff.Compare(stacks[0], stacks[1])
	if args.asJSON {
		return d.ExitCode(), stackdiff.WriteJSON(out, d)
	}
	_, err := io.WriteString(out, d.Text())
	return d.ExitCode(), err
}

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
	_, err = io.WriteString(out, matrixText(s.Plan.Matrix, s.Plan.Warnings, s.Plan.Notes))
	return err
}

// rowsOf returns the principals of each row, Anyone first.
func rowsOf(m access.Matrix) [][]string {
	rows := m.Alike()
	if len(m) <= table.MostRows+1 { // with Anyone
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
// warnings and notes below.
func matrixText(m access.Matrix, warnings, notes []string) string {
	rows := rowsOf(m)
	routes := slices.Sorted(maps.Keys(m[access.Anyone].Cells))
	var conditions table.Notes
	numbered := table.Of(routes, rows, func(name, route string) table.Cell {
		cell := m[name].Cells[route]
		if condition := cell.Condition(); condition != "" {
			return table.Cell{Text: fmt.Sprintf("allow [%d]", conditions.Number(condition))}
		}
		return table.Cell{Text: cell.String()}
	})
	var out strings.Builder
	out.WriteString(table.Scope + "\n\n")
	if numbered.Width() <= table.PageWidth {
		numbered.Write(&out)
	} else {
		conditions = nil
		table.Of(routes, rows, func(name, route string) table.Cell {
			return table.Cell{Text: m[name].Cells[route].String()}
		}).WriteList(&out, rows)
	}
	if len(conditions)+len(warnings)+len(notes) > 0 {
		out.WriteString("\n")
	}
	for i, condition := range conditions {
		table.Wrap(&out, fmt.Sprintf("[%d] ", i+1), "    ", strings.Fields(condition))
	}
	for _, warning := range warnings {
		table.Wrap(&out, "Warning: ", "         ", strings.Fields(warning))
	}
	for _, note := range notes {
		table.Wrap(&out, "Note: ", "      ", strings.Fields(note))
	}
	return out.String()
}
