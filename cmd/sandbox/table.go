package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"iam-secured-api/components/access"
)

const (
	gap = 3 // columns between those of a table
	// maxWidth is how wide a table may be; beyond it, cells are listed.
	maxWidth = 120
	// maxRows is how many principals are shown one by one; of more, those with the
	// same row share one.
	maxRows = 30
)

// shownCell is a cell as it is printed.
type shownCell struct {
	text string
	kind string // allow, deny, or broken where it is not as expected
}

// shown is the cell in a few words: what was expected, and the statuses observed;
// what was observed, too, where that does not follow. Condition is the number of
// the cell's condition, 0 if it has none.
func (c *cell) shown(condition int) shownCell {
	expected, observed, kind := c.Expected, c.statuses(), deny
	if condition > 0 {
		expected = fmt.Sprintf("if [%d]", condition)
	}
	if condition > 0 || !c.Agrees || observed == "" {
		observed = strings.TrimSuffix(c.Observed+" "+observed, " ")
	}
	if strings.HasPrefix(c.Observed, allow) {
		kind = allow
	}
	if !c.Agrees {
		observed, kind = observed+" WRONG", broken
	}
	return shownCell{expected + " -> " + observed, kind}
}

// writeMatrix prints who can call what.
func writeMatrix(out io.Writer, found cells, f format) {
	names := rowsOf(found)
	routes := sortedKeys(found[access.Anyone])
	table := [][]shownCell{{{}}}
	for _, route := range routes {
		table[0] = append(table[0], shownCell{text: route})
	}
	var conditions []string
	for _, group := range names {
		row := []shownCell{{text: people(group)}}
		for _, route := range routes {
			c, condition := found[group[0]][route], 0
			if c.conditional() {
				condition = numbered(&conditions, c.Expected)
			}
			row = append(row, c.shown(condition))
		}
		table = append(table, row)
	}
	fmt.Fprint(out, "Who can call what: as the policies say -> as requests found, signed but for anyone's\n\n")
	if widths := widthsOf(table); total(widths) <= maxWidth {
		writeTable(out, table, widths, f)
	} else {
		writeList(out, table, f)
	}
	for i, condition := range conditions {
		fmt.Fprintf(out, "\n[%d] %s", i+1, condition)
	}
	if len(conditions) > 0 {
		fmt.Fprint(out, "\n    Decided for these calls: from 127.0.0.1, now, with these credentials.\n")
	}
	if f.reasons {
		writeReasons(out, found)
	}
	wrong := found.disagreeing()
	if wrong == 0 {
		fmt.Fprintf(out, "\n%d calls by %d principals: every one as expected.\n", found.calls(), len(found))
		return
	}
	fmt.Fprintf(out, "\n%d calls by %d principals: %d cells are NOT as expected.\n", found.calls(), len(found), wrong)
}

// numbered is a condition's number, from 1.
func numbered(conditions *[]string, condition string) int {
	i := slices.Index(*conditions, condition)
	if i < 0 {
		i = len(*conditions)
		*conditions = append(*conditions, condition)
	}
	return i + 1
}

// rowsOf are the principals of each row, anyone first.
func rowsOf(found cells) [][]string {
	rows := [][]string{{access.Anyone}}
	same := map[string]int{} // what a row says -> its index
	for _, name := range sortedKeys(found) {
		if name == access.Anyone {
			continue
		}
		var says strings.Builder
		for _, route := range sortedKeys(found[name]) {
			c := found[name][route]
			fmt.Fprintln(&says, c.Expected, c.shown(0))
		}
		if i, known := same[says.String()]; known && len(found) > maxRows {
			rows[i] = append(rows[i], name)
			continue
		}
		same[says.String()] = len(rows)
		rows = append(rows, []string{name})
	}
	return rows
}

// people names the first of many.
func people(names []string) string {
	const most = 3
	if names[0] == access.Anyone {
		return "anyone (unsigned)"
	}
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func widthsOf(table [][]shownCell) []int {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell.text))
		}
	}
	return widths
}

func total(widths []int) int {
	sum := -gap
	for _, width := range widths {
		sum += width + gap
	}
	return sum
}

func writeTable(out io.Writer, table [][]shownCell, widths []int, f format) {
	for _, row := range table {
		var line strings.Builder
		for i, cell := range row {
			pad := widths[i] + gap - utf8.RuneCountInString(cell.text)
			if i == len(row)-1 {
				pad = 0
			}
			line.WriteString(f.coloured(cell) + strings.Repeat(" ", pad))
		}
		fmt.Fprintln(out, line.String())
	}
}

// mostListed is how many routes of one kind of cell are named.
const mostListed = 5

// writeList prints below each principal its kinds of cells, those of most routes
// last, with the routes.
func writeList(out io.Writer, table [][]shownCell, f format) {
	for _, row := range table[1:] {
		fmt.Fprintln(out, row[0].text)
		routes := map[shownCell][]string{}
		for i, cell := range row[1:] {
			routes[cell] = append(routes[cell], table[0][i+1].text)
		}
		kinds := slices.SortedFunc(maps.Keys(routes), func(a, b shownCell) int {
			return cmp.Or(cmp.Compare(len(routes[a]), len(routes[b])), strings.Compare(a.text, b.text))
		})
		for _, kind := range kinds {
			named, more := routes[kind], ""
			if n := len(named) - mostListed; n > 1 && kind.kind != broken {
				named, more = named[:mostListed], fmt.Sprintf(" and %d more", n)
			}
			fmt.Fprintf(out, "  %s: %s%s\n", f.coloured(kind), strings.Join(named, ", "), more)
		}
	}
}

func (f format) coloured(c shownCell) string {
	code := map[string]string{allow: "32", deny: "2", broken: "1;31"}[c.kind]
	if !f.colour || code == "" {
		return c.text
	}
	return "\x1b[" + code + "m" + c.text + "\x1b[0m"
}

// writeReasons prints every call with the reason of its decision.
func writeReasons(out io.Writer, found cells) {
	fmt.Fprintln(out)
	for _, name := range sortedKeys(found) {
		fmt.Fprintln(out, name)
		for _, route := range sortedKeys(found[name]) {
			for _, o := range found[name][route].Calls {
				fmt.Fprintf(out, "  %s: %s %d, %s\n", o.Request, o.Observed, o.Status, o.Reason)
			}
		}
	}
}
