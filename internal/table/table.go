// Package table prints access matrices, and lists of principals and routes.
package table

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Scope says whose access a matrix shows. It goes above each matrix.
const Scope = "Principals of this stack only: others in the account with a wide allow on execute-api can call, too."

// MostRows is the largest number of principals that have rows of their own. If there
// are more, principals with equal rows share one.
const MostRows = 30

const gap = 3 // columns between those of a table

// Cell is a cell of a table.
type Cell struct {
	Text string
	// Colour is a parameter of ECMA-48's SGR for terminals, such as 31 for red, or empty.
	Colour string
}

// String returns the text in its colour.
func (c Cell) String() string {
	if c.Colour == "" {
		return c.Text
	}
	return "\x1b[" + c.Colour + "m" + c.Text + "\x1b[0m"
}

// Table is a list of rows with the same number of cells. The first row is the heading.
type Table [][]Cell

// Of returns a table with these columns and a row for each group of names. The members
// of a group have the same cells.
func Of(columns []string, groups [][]string, cell func(name, column string) Cell) Table {
	heading := []Cell{{}}
	for _, column := range columns {
		heading = append(heading, Cell{Text: column})
	}
	t := Table{heading}
	for _, names := range groups {
		row := []Cell{{Text: People(names)}}
		for _, column := range columns {
			row = append(row, cell(names[0], column))
		}
		t = append(t, row)
	}
	return t
}

// Notes are texts that cells refer to by number.
type Notes []string

// Number returns the number of a note, from 1. It adds the note if it is new.
func (n *Notes) Number(text string) int {
	i := slices.Index(*n, text)
	if i < 0 {
		i = len(*n)
		*n = append(*n, text)
	}
	return i + 1
}

func (t Table) widths() []int {
	widths := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell.Text))
		}
	}
	return widths
}

// Width returns the width of the table in characters.
func (t Table) Width() int {
	total := -gap
	for _, width := range t.widths() {
		total += width + gap
	}
	return total
}

// Write writes the table, one row per line, without white space at the ends of lines.
func (t Table) Write(out io.Writer) {
	widths := t.widths()
	for _, row := range t {
		var line strings.Builder
		space := 0
		for i, cell := range row {
			if cell.Text != "" {
				line.WriteString(strings.Repeat(" ", space) + cell.String())
				space = 0
			}
			space += widths[i] + gap - utf8.RuneCountInString(cell.Text)
		}
		fmt.Fprintln(out, line.String())
	}
}

// WriteList writes each row as a list of columns for each cell. The cell of most
// columns, which are routes, has only their number. The groups are those of the rows.
func (t Table) WriteList(out io.Writer, groups [][]string) {
	for i, row := range t[1:] {
		fmt.Fprint(out, row[0].Text)
		if n := len(groups[i]); n > MostNamed {
			fmt.Fprintf(out, " (%d principals)", n)
		}
		fmt.Fprintln(out)
		routes := map[Cell][]string{}
		for j, cell := range row[1:] {
			routes[cell] = append(routes[cell], t[0][j+1].Text)
		}
		cells := slices.SortedFunc(maps.Keys(routes), func(a, b Cell) int { return strings.Compare(a.Text, b.Text) })
		most := slices.MaxFunc(cells, func(a, b Cell) int { return len(routes[a]) - len(routes[b]) })
		for _, cell := range cells {
			pieces := Enumerate(routes[cell])
			if cell == most && len(routes[cell]) > 1 {
				rest := "the other "
				if len(cells) == 1 {
					rest = "all "
				}
				pieces = []string{rest + Plural(len(routes[cell]), "route")}
			}
			Wrap(out, "  ", "    ", append(strings.Fields(cell.String()+":"), pieces...))
		}
	}
}
