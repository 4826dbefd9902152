// Package table prints tables of text, such as an access matrix, and shortens lists of
// principals.
package table

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

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

// MostNamed is the largest number of principals that People names.
const MostNamed = 3

// People returns the names of the first principals of a group, and counts the others.
func People(names []string) string {
	if len(names) <= MostNamed {
		return Listed(names)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:MostNamed], ", "), len(names)-MostNamed)
}

// Listed joins words with commas and "and".
func Listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
