package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// generated is a generated name.
type generated struct {
	raw   string
	scope string // labels need only be unique within it
	base  string
	rank  int // distinguishes names of one scope and base, from 0
}

func (m generated) label() string {
	if m.rank == 0 {
		return m.base
	}
	end := ""
	base := m.base
	if strings.HasSuffix(base, ")") {
		base, end = strings.TrimSuffix(base, ")"), ")"
	}
	return fmt.Sprintf("%s #%d%s", base, m.rank+1, end)
}

// description describes a state. It collects the generated names.
type description struct {
	state *state
	names []generated
}

// generated adds a generated name. Its replacement must not break a document.
func (d *description) generated(raw, scope, base string) {
	if raw == "" {
		return
	}
	base = strings.NewReplacer(`"`, "'", `\`, "/").Replace(base)
	d.names = append(d.names, generated{raw: raw, scope: scope, base: base})
}

var (
	reAutoName   = regexp.MustCompile(`-[0-9a-f]{7}$`)
	rePrefixName = regexp.MustCompile(`[0-9]{18}[0-9a-f]{8}$`)
)

// stableName replaces the end of a name if it may be generated.
func stableName(raw string) string {
	if rePrefixName.MatchString(raw) {
		return rePrefixName.ReplaceAllString(raw, "(auto)")
	}
	return reAutoName.ReplaceAllString(raw, "-(auto)")
}

// name adds a name whose end may be generated and returns its stable form.
func (d *description) name(raw, scope string) string {
	base := stableName(raw)
	if base != raw {
		d.generated(raw, scope, base)
	}
	return base
}

// labels returns the replacer of all generated names. If self is not nil, it is
// replaced by a mark of its own.
func (d *description) labels(self *generated) *strings.Replacer {
	names := slices.Clone(d.names)
	slices.SortStableFunc(names, func(a, b generated) int { return len(b.raw) - len(a.raw) })
	pairs := make([]string, 0, 2*len(names))
	for _, m := range names {
		label := m.label()
		if self != nil && m.raw == self.raw {
			label = "(self)"
		}
		pairs = append(pairs, m.raw, label)
	}
	return strings.NewReplacer(pairs...)
}

// settle ranks generated names that share a label by where they occur in the
// description, until no more names can be distinguished. Names that remain tied
// are equivalent, so any order will do.
func (d *description) settle(root *node) {
	for {
		groups := d.ties()
		if len(groups) == 0 {
			return
		}
		if d.refine(root, groups) {
			continue
		}
		last := groups[0][len(groups[0])-1]
		d.names[last].rank += len(groups[0]) - 1
	}
}

// ties returns the indexes of the names that share scope, base and rank.
func (d *description) ties() [][]int {
	byLabel := map[string][]int{}
	for i, m := range d.names {
		k := m.scope + "\x00" + m.base + "\x00" + strconv.Itoa(m.rank)
		byLabel[k] = append(byLabel[k], i)
	}
	var out [][]int
	for _, k := range sortedKeys(byLabel) {
		if len(byLabel[k]) > 1 {
			out = append(out, byLabel[k])
		}
	}
	return out
}

// refine ranks tied names by the text in which each is marked. It reports
// whether it could distinguish any.
func (d *description) refine(root *node, groups [][]int) bool {
	texts := map[int]string{}
	for _, g := range groups {
		for _, i := range g {
			self := d.names[i]
			texts[i] = root.render(d.labels(&self), -1)
		}
	}
	split := false
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b int) int { return strings.Compare(texts[a], texts[b]) })
		rank := d.names[g[0]].rank
		for k, i := range g {
			if k > 0 && texts[i] != texts[g[k-1]] {
				rank = d.names[g[0]].rank + k
				split = true
			}
			d.names[i].rank = rank
		}
	}
	return split
}
