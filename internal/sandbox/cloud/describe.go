package cloud

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Describe returns everything that exists in all accounts as readable text, one
// fact a line. What AWS or a provider makes up (ids, keys, random ends of
// names, version numbers, times) is left out, or replaced by stable names wherever
// it occurs, so that two Clouds describe equally if, and only if, they are
// equivalent, whatever their histories. A name that ends in a hyphen and seven
// hex digits, or in the 26 digits of a name prefix, counts as made up. No secret is
// in it.
//
// Describe walks the state, so that it shows whatever has no tag that says
// otherwise: see [rule].
func (c *Cloud) Describe() string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	d := &description{state: &c.state}
	root := &node{}
	d.fields(root, thing{}, reflect.ValueOf(c.state))
	d.settle(root)
	return root.render(d.labels(nil), -1)
}

// rule says how a field of the state is described. It stands in the field's tag
// "state", as a name and an option:
//
//	`state:"-"`              the field is left out
//	`state:"user"`           it, or each thing in it, is called a user
//	`state:",name"`          it names the thing that it is a field of, and its end may be made up
//	`state:",title"`         it names the thing, and nothing of it is made up
//	`state:",id"`            it is a made-up id of the thing, which others refer to
//	`state:",document"`      it is a policy document, or holds some by their names
//	`state:",omitempty"`     its things are left out that have nothing in them
//	`state:",secret"`        it is left out, and MarshalJSON leaves it out, too
//
// A field without a name is called as in Go. Times are left out.
type rule struct{ called, option string }

func ruleOf(f reflect.StructField) rule {
	called, option, _ := strings.Cut(f.Tag.Get("state"), ",")
	return rule{cmp.Or(called, f.Name), option}
}

func (r rule) leavesOut() bool { return r.called == "-" || r.option == "secret" }

// thing is what fields belong to.
type thing struct {
	scope  string // of the names of things in it
	within string // the scope that it is in itself
	label  string // stands for its id
}

// fields adds what the fields of a struct say.
func (d *description) fields(n *node, of thing, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch r := ruleOf(f); {
		case f.Anonymous:
			d.fields(n, of, v.Field(i))
		case !r.leavesOut():
			d.value(n, of, r, v.Field(i))
		}
	}
}

// value adds what a value says, unless it is its type's zero value.
func (d *description) value(n *node, of thing, r rule, v reflect.Value) {
	switch x := v.Interface().(type) {
	case time.Time:
		return
	case trustPolicy:
		n.add(&node{line: r.called, document: x.render(d.state), trust: true})
		return
	}
	switch v.Kind() {
	case reflect.Map:
		for _, key := range sortedKeysOf(v) {
			d.entry(n, of, r, key.String(), v.MapIndex(key))
		}
	case reflect.Slice:
		for i := range v.Len() {
			d.entry(n, of, r, "", v.Index(i))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.Elem().Kind() == reflect.Struct {
			d.group(n, of, r, v.Elem(), true)
		} else {
			n.fact(r.called, v.Elem())
		}
	case reflect.Struct:
		d.group(n, of, r, v, false)
	default:
		if v.IsZero() || r.option == "name" || r.option == "title" { // these stand before the fields
			return
		}
		switch r.option {
		case "id":
			d.made(v.String(), of.within, of.label)
		case "document":
			n.add(&node{line: r.called, document: v.String()})
			return
		}
		n.fact(r.called, v)
	}
}

// group adds the fields of a struct below a line of their own.
func (d *description) group(n *node, of thing, r rule, v reflect.Value, evenEmpty bool) {
	x := &node{line: r.called}
	d.fields(x, of, v)
	if evenEmpty || len(x.children) > 0 {
		n.add(x)
	}
}

// entry adds an entry of a map, or an element of a list, which has no key.
func (d *description) entry(n *node, of thing, r rule, key string, v reflect.Value) {
	v = reflect.Indirect(v)
	switch {
	case v.Kind() == reflect.Struct:
		d.thing(n, of, r, key, v)
	case v.Kind() != reflect.String:
		panic(fmt.Sprintf("cloud: no way to describe %s, a %s", r.called, v.Type()))
	case r.option == "document":
		n.add(&node{line: r.called + " " + plainly(key), document: v.String()})
	case key == "":
		n.fact(r.called, v)
	default:
		n.fact(r.called+" "+strconv.Quote(key), v)
	}
}

// partial is implemented by things of which some are not described.
type partial interface{ described() bool }

// thing adds something that has a name, or at least a key.
func (d *description) thing(n *node, in thing, r rule, key string, v reflect.Value) {
	if p, ok := v.Interface().(partial); ok && !p.described() {
		return
	}
	within := in.scope + "/" + r.called
	title, option := titleOf(v)
	stable := title
	if option == "name" {
		stable = d.name(title, within)
	}
	x := &node{line: strings.TrimSpace(r.called + " " + plainly(cmp.Or(title, key)))}
	d.fields(x, thing{
		scope: within + "/" + cmp.Or(key, title), within: within, label: "(id of " + strings.TrimSpace(r.called+" "+stable) + ")",
	}, v)
	if len(x.children) > 0 || r.option != "omitempty" {
		n.add(x)
	}
}

// titleOf returns what names a thing, and the option of the field, or nothing.
func titleOf(v reflect.Value) (title, option string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			if title, option = titleOf(v.Field(i)); option != "" {
				return title, option
			}
		}
		if o := ruleOf(f).option; o == "name" || o == "title" {
			return v.Field(i).String(), o
		}
	}
	return "", ""
}

func sortedKeysOf(m reflect.Value) []reflect.Value {
	return slices.SortedFunc(slices.Values(m.MapKeys()), func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
}

// node is a line and what is indented below it.
type node struct {
	line     string
	document string // a policy document, printed after the line
	trust    bool   // the document is a trust policy
	children []*node
}

func (n *node) add(child *node) { n.children = append(n.children, child) }

// fact adds a line "name: value".
func (n *node) fact(name string, v reflect.Value) {
	text := fmt.Sprint(v.Interface())
	if v.Kind() == reflect.String {
		text = plainly(text)
	}
	n.add(&node{line: name + ": " + text})
}

// plainly returns a text in quotes if it is not plain.
func plainly(text string) string {
	if quoted := strconv.Quote(text); quoted != `"`+text+`"` {
		return quoted
	}
	return text
}

// render returns the text in which made-up names are replaced. The order of the
// state's maps and lists means nothing: lines are sorted.
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
