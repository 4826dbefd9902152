package provider

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// change describes a creation or an update.
type change struct {
	kind *resourceType
	id   string
	old  values // the state, nil for a creation
	new  values // the inputs
	// known are the properties that only the creation returns.
	known values
}

// of reports whether any of the named inputs changes.
func (c *change) of(names ...string) bool {
	for _, n := range names {
		if p := c.kind.input(n); c.kind.changes(p, c.old, c.new) {
			return true
		}
	}
	return false
}

// changes reports whether a property of the state differs from the inputs.
func (t *resourceType) changes(p *property, state, inputs values) bool {
	if !inputs.has(p.name) && t.leavesAlone(p) {
		return false
	}
	return !p.equal(state[p.name], p.wantedOver(state, inputs))
}

// wantedOver is like wanted. An object keeps the fields of the state that the inputs omit
// and that keep their values.
func (p *property) wantedOver(state, inputs values) resource.PropertyValue {
	wanted := p.wanted(inputs)
	if p.kind != anObject || !wanted.IsObject() || !state[p.name].IsObject() {
		return wanted
	}
	object, old := inputs.object(p.name), state.object(p.name)
	for i := range p.fields {
		if f := &p.fields[i]; f.keeps && !object.has(f.name) && old.has(f.name) {
			object[f.name] = old[f.name]
		}
	}
	return objectValue(object)
}

// wanted returns the value of a property in the inputs, or the provider's
// default.
func (p *property) wanted(inputs values) resource.PropertyValue {
	if v, ok := inputs[p.name]; ok || p.byDefault == nil {
		return v
	}
	return resource.NewPropertyValue(p.byDefault)
}

// leavesAlone reports whether a property keeps its value if the program omits
// it. An omitted name is one that was autonamed or that has a prefix.
func (t *resourceType) leavesAlone(p *property) bool {
	return p.keeps || t.autoname > 0 && (p.name == t.nameProperty() || p.name == t.prefixProperty())
}

// diff compares a resource's state with a program's inputs. It returns the
// changes by property path.
func (t *resourceType) diff(state, inputs values) map[string]*pulumirpc.PropertyDiff {
	out := map[string]*pulumirpc.PropertyDiff{}
	for i := range t.inputs {
		p := &t.inputs[i]
		if !t.changes(p, state, inputs) {
			continue
		}
		paths := map[string]pulumirpc.PropertyDiff_Kind{}
		p.diff(p.name, state[p.name], p.wantedOver(state, inputs), paths)
		for path, k := range paths {
			if p.replaces {
				k++ // each kind is followed by the one that replaces
			}
			out[path] = &pulumirpc.PropertyDiff{Kind: k}
		}
	}
	return out
}

// diff adds the paths at which two values differ. The values must differ.
func (p *property) diff(path string, a, b resource.PropertyValue, out map[string]pulumirpc.PropertyDiff_Kind) {
	switch {
	case isZero(a) || a.IsNull():
		out[path] = pulumirpc.PropertyDiff_ADD
	case isZero(b) && !b.IsComputed():
		out[path] = pulumirpc.PropertyDiff_DELETE
	case b.IsComputed():
		out[path] = pulumirpc.PropertyDiff_UPDATE
	case p.kind == aSet || p.kind == anObjects:
		p.diffElements(path, a, b, out)
	case p.kind == aList:
		diffIndexes(path, a.ArrayValue(), b.ArrayValue(), out)
	case p.kind == aMap:
		diffKeys(path, a, b, out, func(string) *property { return &property{kind: aString} })
	case p.kind == anObject:
		diffKeys(path, a, b, out, func(k string) *property { return lookup(p.fields, k) })
	default:
		out[path] = pulumirpc.PropertyDiff_UPDATE
	}
}

func diffKeys(path string, a, b resource.PropertyValue, out map[string]pulumirpc.PropertyDiff_Kind, kindOf func(string) *property) {
	old, now := plain(a.ObjectValue()), plain(b.ObjectValue())
	keys := slices.Sorted(maps.Keys(old))
	for _, k := range now.keys() {
		if !old.has(k) {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if p := kindOf(k); p != nil && !p.equal(old[k], now[k]) {
			p.diff(joinPath(path, k), old[k], now[k], out)
		}
	}
}

var reSimpleKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func joinPath(path, key string) string {
	if reSimpleKey.MatchString(key) {
		return path + "." + key
	}
	return fmt.Sprintf("%s[%q]", path, key)
}

// diffIndexes adds the indexes where two lists of strings differ.
func diffIndexes(path string, old, now []resource.PropertyValue, out map[string]pulumirpc.PropertyDiff_Kind) {
	for i := range max(len(old), len(now)) {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case i >= len(old):
			out[at] = pulumirpc.PropertyDiff_ADD
		case i >= len(now):
			out[at] = pulumirpc.PropertyDiff_DELETE
		case !old[i].DeepEquals(now[i]):
			out[at] = pulumirpc.PropertyDiff_UPDATE
		}
	}
}

// diffElements adds the elements that a set gains, at their index in the new
// list, and the elements that it loses, at their index in the old list.
func (p *property) diffElements(path string, a, b resource.PropertyValue, out map[string]pulumirpc.PropertyDiff_Kind) {
	old, now := p.elements(a), p.elements(b)
	for i, x := range old {
		if !slices.Contains(now, x) {
			out[fmt.Sprintf("%s[%d]", path, i)] = pulumirpc.PropertyDiff_DELETE
		}
	}
	for i, x := range now {
		if slices.Contains(old, x) && !strings.Contains(x, unknownMark) {
			continue
		}
		at := fmt.Sprintf("%s[%d]", path, i)
		if _, both := out[at]; both {
			out[at] = pulumirpc.PropertyDiff_UPDATE
		} else {
			out[at] = pulumirpc.PropertyDiff_ADD
		}
	}
}

// elements returns a text for each element of a list, in order.
func (p *property) elements(v resource.PropertyValue) []string {
	if !v.IsArray() {
		return nil
	}
	out := make([]string, 0, len(v.ArrayValue()))
	for _, x := range v.ArrayValue() {
		out = append(out, p.element().canonical(x))
	}
	return out
}

const unknownMark = "\x00unknown"

// canonical returns a text that is the same for values that mean the same.
func (p *property) canonical(v resource.PropertyValue) string {
	switch {
	case v.IsComputed():
		return unknownMark
	case v.IsObject() && p.kind == anObject:
		var b strings.Builder
		fields := plain(v.ObjectValue())
		for _, k := range fields.keys() {
			if f := lookup(p.fields, k); f != nil && !isZero(fields[k]) {
				fmt.Fprintf(&b, "%q:%s;", k, f.canonical(fields[k]))
			}
		}
		return b.String()
	case v.IsArray():
		return strings.Join(slices.Sorted(slices.Values(p.elements(v))), ",")
	case v.IsString():
		return v.StringValue()
	}
	return fmt.Sprint(v.Mappable())
}

// sameElements compares two sets.
func sameElements(a, b []string) bool {
	return slices.Equal(uniqueSorted(a), uniqueSorted(b))
}

func uniqueSorted(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

// ignored reports whether a property path is at or below a path that the
// program ignores.
func ignored(path string, ignore []string) bool {
	for _, i := range ignore {
		if rest, ok := strings.CutPrefix(path, i); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// topLevel returns the property that a path begins with.
func topLevel(path string) string {
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return path
}
