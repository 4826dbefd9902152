package access

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// mostUnfolded is the largest number of principals that are shown one by one, not
// counting Anyone.
const mostUnfolded = 100

// mostListed is the largest number of items that are named one by one.
const mostListed = 3

// Folded returns the text of each cell by principal and route key, as the stack's
// output has it. If there are more than 100 principals, not counting Anyone, those
// with the same row share it. Its key then has the first three names, the number of
// the others, and a hash of all names.
func (m Matrix) Folded() map[string]map[string]string {
	folded := map[string]map[string]string{}
	if len(m) <= mostUnfolded+1 {
		for name, row := range m {
			folded[name] = row.texts()
		}
		return folded
	}
	folded[Anyone] = m[Anyone].texts()
	for _, names := range m.Alike() {
		folded[foldedNames(names)] = m[names[0]].texts()
	}
	return folded
}

// Alike returns the principals other than Anyone, grouped by the text of their rows.
// Groups and names are sorted.
func (m Matrix) Alike() [][]string {
	together := map[string][]string{} // by the text of the row
	texts := map[*Row]string{}
	var routes []string // the same in all rows
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if name == Anyone {
			continue
		}
		row := m[name]
		if routes == nil {
			routes = slices.Sorted(maps.Keys(row.Cells))
		}
		if _, known := texts[row]; !known {
			texts[row] = row.text(routes)
		}
		together[texts[row]] = append(together[texts[row]], name)
	}
	return slices.SortedFunc(maps.Values(together), func(a, b []string) int { return strings.Compare(a[0], b[0]) })
}

// texts returns the texts of the cells by route key.
func (r *Row) texts() map[string]string {
	texts := make(map[string]string, len(r.Cells))
	for key, cell := range r.Cells {
		texts[key] = cell.String()
	}
	return texts
}

// text returns the texts of the cells in the order of the routes, one per line.
func (r *Row) text(routes []string) string {
	var text strings.Builder
	for _, key := range routes {
		text.WriteString(r.Cells[key].String() + "\n")
	}
	return text.String()
}

// foldedNames names the first principals of a list and counts the others.
func foldedNames(names []string) string {
	if len(names) <= mostListed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more (%s)", strings.Join(names[:mostListed], ", "), len(names)-mostListed, code(names))
}

// folded names the items of a short list, and counts those of a longer one.
func folded(items []string, conjunction, noun string) string {
	switch {
	case len(items) == 0:
		return "no " + noun
	case len(items) <= mostListed:
		return strings.Join(items, conjunction)
	}
	return fmt.Sprintf("%d %s (%s)", len(items), noun, code(items))
}

// code returns a short hash of a list.
func code(items []string) string {
	sum := sha256.Sum256([]byte(strings.Join(items, "\n")))
	return fmt.Sprintf("#%x", sum[:6])
}
