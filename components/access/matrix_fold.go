package access

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// mostUnfolded is how many principals, Anyone besides, a matrix shows one by one.
const mostUnfolded = 100

// Folded is the matrix as a stack's output shows it. In one of more than 100
// principals besides Anyone, those with the same row share it, under the names of
// the first three, the number of the others and a code that changes with who they
// are.
func (m Matrix) Folded() map[string]map[string]string {
	if len(m) <= mostUnfolded+1 {
		return m
	}
	folded := map[string]map[string]string{Anyone: m[Anyone]}
	for _, names := range m.Alike() {
		folded[foldedNames(names)] = m[names[0]]
	}
	return folded
}

// Alike gives the principals but Anyone, together where their rows are the same,
// sorted by the first of each.
func (m Matrix) Alike() [][]string {
	together := map[string][]string{} // row, as text
	texts := map[uintptr]string{}     // of maps that several principals share
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if name == Anyone {
			continue
		}
		shared := reflect.ValueOf(m[name]).Pointer()
		if _, known := texts[shared]; !known {
			texts[shared] = rowText(m[name])
		}
		together[texts[shared]] = append(together[texts[shared]], name)
	}
	return slices.SortedFunc(maps.Values(together), func(a, b []string) int { return strings.Compare(a[0], b[0]) })
}

func rowText(row map[string]string) string {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(row)) {
		fmt.Fprintf(&text, "%s\n%s\n", key, row[key])
	}
	return text.String()
}

// foldedNames names the first principals of a list and counts the others.
func foldedNames(names []string) string {
	if len(names) <= mostListed {
		return strings.Join(names, ", ")
	}
	sum := sha256.Sum256([]byte(strings.Join(names, "\n")))
	return fmt.Sprintf("%s and %d more (#%x)", strings.Join(names[:mostListed], ", "), len(names)-mostListed, sum[:6])
}
