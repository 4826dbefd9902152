package cloud

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Describe returns everything that exists in all accounts as readable text, one
// fact a line. What AWS or a provider makes up (ids, keys, random ends of
// names, version numbers, times) is replaced by stable names wherever it
// occurs, so that two Clouds describe equally if, and only if, they are
// equivalent, whatever their histories. A name that ends in a hyphen and seven
// hex digits, or in the 26 digits of a name prefix, counts as made up. Versions
// of policies that are not the default are left out. No secret is in it.
func (c *Cloud) Describe() string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	d := &description{}
	root := &node{}
	for _, id := range sortedKeys(c.state.Accounts) {
		root.children = append(root.children, d.account(&c.state, c.state.Accounts[id]))
	}
	d.settle(root)
	return root.render(d.labels(nil), -1)
}

// node is a line and what is indented below it.
type node struct {
	line     string
	document string // a policy document, printed after the line
	trust    bool   // the document is a trust policy
	children []*node
}

func (n *node) add(children ...*node) { n.children = append(n.children, children...) }

// fact adds a line "name: value" unless the value is its type's zero value.
func (n *node) fact(name string, value any) {
	if v := reflect.ValueOf(value); !v.IsZero() {
		n.add(&node{line: fmt.Sprint(name, ": ", value)})
	}
}

// text adds a line with a text that people wrote, in quotes.
func (n *node) text(name, value string) {
	if value != "" {
		n.fact(name, strconv.Quote(value))
	}
}

// each adds a line per value, all with the same name.
func (n *node) each(name string, values []string) {
	for _, v := range values {
		n.add(&node{line: name + ": " + v})
	}
}

// keyed adds a line per entry of a map.
func (n *node) keyed(name string, values map[string]string) {
	for _, k := range sortedKeys(values) {
		n.add(&node{line: name + " " + strconv.Quote(k) + ": " + strconv.Quote(values[k])})
	}
}

// render returns the text in which made-up names are replaced and what has no
// order of its own is sorted.
func (n *node) render(labels *strings.Replacer, depth int) string {
	var b strings.Builder
	if depth >= 0 {
		b.WriteString(strings.Repeat("  ", depth) + labels.Replace(n.line))
		if n.document != "" {
			text := canonicalOr(labels.Replace(canonicalOr(n.document)))
			if n.trust {
				text = reGoneID.ReplaceAllString(text, "(deleted principal)")
			}
			b.WriteString(": " + text)
		}
		b.WriteByte('\n')
	}
	parts := make([]string, 0, len(n.children))
	for _, c := range n.children {
		parts = append(parts, c.render(labels, depth+1))
	}
	slices.Sort(parts)
	for _, p := range parts {
		b.WriteString(p)
	}
	return b.String()
}

// canonicalOr returns the canonical form of a document, or text as it is.
func canonicalOr(text string) string {
	if canonical, ok := CanonicalDocument(text); ok {
		return canonical
	}
	return text
}

// reGoneID matches the unique ids that are left in a trust policy when those of
// all that exist have been replaced.
var reGoneID = regexp.MustCompile(`\b(AIDA|AROA)[A-Z0-9]{12,17}\b`)

// made is a made-up name.
type made struct {
	raw   string
	scope string // labels need only be unique within it
	base  string
	rank  int // tells those of one scope and base apart, from 0
}

func (m made) label() string {
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

// description collects the made-up names of a Cloud.
type description struct{ names []made }

// made notes a made-up name: what stands for it must not break a document.
func (d *description) made(raw, scope, base string) {
	base = strings.NewReplacer(`"`, "'", `\`, "/").Replace(base)
	d.names = append(d.names, made{raw: raw, scope: scope, base: base})
}

var (
	reAutoName   = regexp.MustCompile(`-[0-9a-f]{7}$`)
	rePrefixName = regexp.MustCompile(`[0-9]{18}[0-9a-f]{8}$`)
)

// stableName replaces the end of a name if it may be made up.
func stableName(raw string) string {
	if rePrefixName.MatchString(raw) {
		return rePrefixName.ReplaceAllString(raw, "(auto)")
	}
	return reAutoName.ReplaceAllString(raw, "-(auto)")
}

// name notes a name whose end may be made up and returns its stable form.
func (d *description) name(raw, scope string) string {
	base := stableName(raw)
	if base != raw {
		d.made(raw, scope, base)
	}
	return base
}

// labels returns the replacer of all made-up names; self, if not nil, is
// replaced by a mark of its own.
func (d *description) labels(self *made) *strings.Replacer {
	names := slices.Clone(d.names)
	slices.SortStableFunc(names, func(a, b made) int { return len(b.raw) - len(a.raw) })
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

// settle ranks the made-up names that share a label by what the description
// says of each, until nothing more can be told apart. What is left is the same
// from every side, so one is picked.
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

// refine tells tied names apart by the text in which each is marked; false if
// none could be.
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
