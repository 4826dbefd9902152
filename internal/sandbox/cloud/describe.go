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
// fact per line. Generated values (ids, keys, random ends of names, version
// numbers, times) are left out or replaced by stable names wherever they occur.
// So two Clouds have the same description if and only if they are equivalent,
// even if their histories differ. The end of a name counts as generated if it
// is a hyphen and seven hex digits, or the 26 digits after a name prefix. The
// text contains no secrets.
//
// Describe walks the state and shows every field unless a tag says otherwise,
// see [rule].
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
//	`state:"user"`           it, or each thing in it, has the name user
//	`state:",name"`          it is the name of its struct; its end may be generated
//	`state:",title"`         it is the name of its struct; nothing of it is generated
//	`state:",id"`            it is the generated id of its struct, which others refer to
//	`state:",document"`      it is a policy document, or a map from names to documents
//	`state:",omitempty"`     things in it that are empty are left out
//	`state:",secret"`        it is left out here and by MarshalJSON
//
// A field without a name has its name in Go. Times are left out.
type rule struct{ name, option string }

func ruleOf(f reflect.StructField) rule {
	name, option, _ := strings.Cut(f.Tag.Get("state"), ",")
	return rule{cmp.Or(name, f.Name), option}
}

func (r rule) leavesOut() bool { return r.name == "-" || r.option == "secret" }

// thing is the thing that fields belong to.
type thing struct {
	scope  string // of the names of things in it
	within string // the scope that it is in itself
	label  string // stands for its id
}

// fields adds the fields of a struct.
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

// value adds a value, unless it is the zero value of its type.
func (d *description) value(n *node, of thing, r rule, v reflect.Value) {
	switch x := v.Interface().(type) {
	case time.Time:
		return
	case trustPolicy:
		n.add(&node{line: r.name, document: x.render(d.state), trust: true})
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
			n.fact(r.name, v.Elem())
		}
	case reflect.Struct:
		d.group(n, of, r, v, false)
	default:
		if v.IsZero() || r.option == "name" || r.option == "title" { // part of the line above the fields
			return
		}
		switch r.option {
		case "id":
			d.generated(v.String(), of.within, of.label)
		case "document":
			n.add(&node{line: r.name, document: v.String()})
			return
		}
		n.fact(r.name, v)
	}
}

// group adds the fields of a struct below a line of their own.
func (d *description) group(n *node, of thing, r rule, v reflect.Value, evenEmpty bool) {
	x := &node{line: r.name}
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
		panic(fmt.Sprintf("cloud: no way to describe %s, a %s", r.name, v.Type()))
	case r.option == "document":
		n.add(&node{line: r.name + " " + plainly(key), document: v.String()})
	case key == "":
		n.fact(r.name, v)
	default:
		n.fact(r.name+" "+strconv.Quote(key), v)
	}
}

// partial is implemented by things that are not always described.
type partial interface{ described() bool }

// thing adds something that has a name, or at least a key.
func (d *description) thing(n *node, in thing, r rule, key string, v reflect.Value) {
	if p, ok := v.Interface().(partial); ok && !p.described() {
		return
	}
	within := in.scope + "/" + r.name
	title, option := titleOf(v)
	stable := title
	if option == "name" {
		stable = d.name(title, within)
	}
	x := &node{line: strings.TrimSpace(r.name + " " + plainly(cmp.Or(title, key)))}
	d.fields(x, thing{
		scope: within + "/" + cmp.Or(key, title), within: within, label: "(id of " + strings.TrimSpace(r.name+" "+stable) + ")",
	}, v)
	if len(x.children) > 0 || r.option != "omitempty" {
		n.add(x)
	}
}

// titleOf returns the name of a thing and the option of its field, or nothing.
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
	return slices.SortedFunc(slices.Values(m.MapKeys()),
		func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
}

// node is a line and the lines that are indented below it.
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

// plainly returns a text, in quotes if it has special characters.
func plainly(text string) string {
	if quoted := strconv.Quote(text); quoted != `"`+text+`"` {
		return quoted
	}
	return text
}

// render returns the text with generated names replaced. Lines are sorted,
// because the order of the state's maps and lists does not matter.
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
	if canonical, ok := canonicalDocument(text); ok {
		return canonical
	}
	return text
}

// reGoneID matches the unique ids of deleted principals in a trust policy:
// those that remain after the ids of existing ones have been replaced.
var reGoneID = regexp.MustCompile(`\b(AIDA|AROA)[A-Z0-9]{12,17}\b`)
