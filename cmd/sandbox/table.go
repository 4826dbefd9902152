package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/table"
)

// maxWidth is the largest width of a table. Cells of a wider one are listed.
const maxWidth = 120

// shown returns the cell in a few words: what was expected, the statuses, and what was
// observed if that does not follow from the other two. Condition is the number of the
// cell's condition, 0 if it has none.
func (c *cell) shown(condition int, f format) table.Cell {
	expected, observed := c.Expected.String(), c.statuses()
	if condition > 0 {
		expected = fmt.Sprintf("if [%d]", condition)
	}
	if condition > 0 || !c.Agrees || observed == "" {
		observed = strings.TrimSuffix(c.Observed+" "+observed, " ")
	}
	out := table.Cell{Text: expected + " -> " + observed}
	colour := "2" // faint
	if slices.ContainsFunc(c.Calls, func(o observation) bool { return o.Observed == prove.Allow }) {
		colour = "32" // green
	}
	if !c.Agrees {
		out.Text += " WRONG"
		colour = "1;31" // bold red
	}
	if f.colour {
		out.Colour = colour
	}
	return out
}

// writeMatrix prints who can call what.
func writeMatrix(out io.Writer, found cells, f format) {
	var conditions table.Notes
	rows := rowsOf(found)
	shown := table.Of(slices.Sorted(maps.Keys(found[access.Anyone])), rows, func(name, route string) table.Cell {
		c, condition := found[name][route], 0
		if c.conditional() {
			condition = conditions.Number(c.Expected.String())
		}
		return c.shown(condition, f)
	})
	shown[1][0].Text += " (unsigned)"
	fmt.Fprint(out, "Who can call what: as the policies say -> as requests found\n"+table.Scope+"\n\n")
	if shown.Width() <= maxWidth {
		shown.Write(out)
	} else {
		shown.WriteList(out, rows)
	}
	for i, condition := range conditions {
		fmt.Fprintf(out, "\n[%d] %s", i+1, condition)
	}
	if len(conditions) > 0 {
		fmt.Fprint(out, "\n    Decided for these calls: from 127.0.0.1, now, with these credentials and tokens.\n")
	}
	if f.reasons {
		writeReasons(out, found)
	}
	summary := "every one as expected"
	requests, disagreeing := found.count()
	if disagreeing > 0 {
		summary = fmt.Sprintf("%d cells are NOT as expected", disagreeing)
	}
	fmt.Fprintf(out, "\n%d calls by %d principals: %s.\n", requests, len(found), summary)
}

// rowsOf are the principals of each row, anyone first.
func rowsOf(found cells) [][]string {
	rows := [][]string{{access.Anyone}}
	same := map[string]int{} // what a row says -> its index
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if name == access.Anyone {
			continue
		}
		var says strings.Builder
		for _, route := range slices.Sorted(maps.Keys(found[name])) {
			c := found[name][route]
			fmt.Fprintln(&says, c.Expected, c.shown(0, format{}))
		}
		if i, known := same[says.String()]; known && len(found) > table.MostRows+1 { // with Anyone
			rows[i] = append(rows[i], name)
			continue
		}
		same[says.String()] = len(rows)
		rows = append(rows, []string{name})
	}
	return rows
}

// writeReasons prints every request with the reason of its decision.
func writeReasons(out io.Writer, found cells) {
	fmt.Fprintln(out)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		fmt.Fprintln(out, name)
		for _, route := range slices.Sorted(maps.Keys(found[name])) {
			for _, o := range found[name][route].Calls {
				fmt.Fprintf(out, "  %s: %s %d, %s\n", o.Request, o.Observed, o.Status, o.Reason)
			}
		}
	}
}
