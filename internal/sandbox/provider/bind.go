package provider

import (
	"fmt"
	"reflect"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// fill sets the fields of dst, a pointer to a struct of package cloud, that
// inputs are bound to. An input that the program omits and that keeps its value
// has its old value. fill reports whether one of these inputs changes. Tags do
// not count, because other actions change them.
func (ch *change) fill(dst any) bool {
	into, in, changed := reflect.ValueOf(dst).Elem(), ch.new.overlaid(nil), false
	for i := range ch.kind.inputs {
		p := &ch.kind.inputs[i]
		if !p.boundTo(into) {
			continue
		}
		switch {
		case !ch.old.has(p.name):
		case !in.has(p.name) && ch.kind.leavesAlone(p):
			in[p.name] = ch.old[p.name]
		case in.has(p.name) && p.kind == anObject:
			in[p.name] = p.wantedOver(ch.old, in)
		}
		changed = changed || p.name != propTags && ch.kind.changes(p, ch.old, ch.new)
	}
	setFields(into, ch.kind.inputs, in)
	return changed
}

// filled returns a struct whose fields are set as [change.fill] sets them.
func filled[T any](ch *change) T {
	var out T
	ch.fill(&out)
	return out
}

// boundTo reports whether a property is bound to a field of a struct. An object
// without a field of its own is bound if one of its fields is.
func (p *property) boundTo(v reflect.Value) bool {
	if p.field != "" {
		return v.FieldByName(p.field).IsValid()
	}
	for i := range p.fields {
		if p.fields[i].boundTo(v) {
			return true
		}
	}
	return false
}

// setFields sets the fields of a struct that the properties are bound to.
func setFields(into reflect.Value, properties []property, in values) {
	for i := range properties {
		p := &properties[i]
		switch {
		case !p.boundTo(into):
		case p.field != "":
			p.set(into.FieldByName(p.field), in)
		default:
			setFields(into, p.fields, in.object(p.name))
		}
	}
}

// set sets a field to the property's value. A pointer to an object stays nil if
// the value is absent; a pointer to a number does not.
func (p *property) set(field reflect.Value, in values) {
	switch field.Kind() {
	case reflect.String:
		field.SetString(in.str(p.name))
	case reflect.Bool:
		field.SetBool(in.boolean(p.name))
	case reflect.Int:
		field.SetInt(int64(in.integer(p.name)))
	case reflect.Float64:
		field.SetFloat(in.number(p.name))
	case reflect.Map:
		field.Set(reflect.ValueOf(in.stringMap(p.name)))
	case reflect.Struct:
		if in.has(p.name) {
			setFields(field, p.fields, in.object(p.name))
		}
	case reflect.Pointer:
		if p.kind != anObject || in.has(p.name) {
			field.Set(reflect.New(field.Type().Elem()))
			p.set(field.Elem(), in)
		}
	case reflect.Slice:
		if p.kind == aSet || p.kind == aList {
			field.Set(reflect.ValueOf(in.strings(p.name)))
			return
		}
		for _, fields := range in.objects(p.name) {
			element := reflect.New(field.Type().Elem()).Elem()
			setFields(element, p.fields, fields)
			field.Set(reflect.Append(field, element))
		}
	default:
		panic(fmt.Sprintf("provider: property %s is bound to a field of type %s", p.name, field.Type()))
	}
}

// bound returns the values of the fields of a struct that the properties are
// bound to. Empty values are omitted, as AWS does, except for numbers, booleans
// and lists of strings.
func bound(properties []property, from reflect.Value) values {
	out := values{}
	for i := range properties {
		p := &properties[i]
		if p.field != "" {
			field := from.FieldByName(p.field)
			if !field.IsValid() {
				panic(fmt.Sprintf("provider: property %s is bound to field %s, which %s does not have",
					p.name, p.field, from.Type()))
			}
			if v, ok := fieldValue(field, p.fields); ok {
				out[p.name] = v
			}
			continue
		}
		if object := bound(p.fields, from); len(object) > 0 {
			out[p.name] = objectValue(object)
		}
	}
	return out
}

// fieldValue returns the value of a field of a struct, and false if it is to be
// omitted. fields are the fields of the objects in it.
func fieldValue(v reflect.Value, fields []property) (resource.PropertyValue, bool) {
	switch x := v.Interface().(type) {
	case string:
		return resource.NewProperty(x), x != ""
	case bool:
		return resource.NewProperty(x), true
	case int:
		return resource.NewProperty(float64(x)), true
	case float64:
		return resource.NewProperty(x), true
	case time.Time:
		return resource.NewProperty(timestamp(x)), true
	case []string:
		return listValue(x), true
	case map[string]string:
		return mapValue(x), len(x) > 0
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return resource.PropertyValue{}, false
		}
		return fieldValue(v.Elem(), fields)
	case reflect.Struct:
		return objectValue(bound(fields, v)), true
	case reflect.Slice:
		list := make([]resource.PropertyValue, 0, v.Len())
		for i := range v.Len() {
			list = append(list, objectValue(bound(fields, v.Index(i))))
		}
		return resource.NewProperty(list), len(list) > 0
	}
	panic(fmt.Sprintf("provider: no property can be bound to a field of type %s", v.Type()))
}

// timestamp formats a time as pulumi-aws does.
func timestamp(t time.Time) string { return t.Format(time.RFC3339) }

// found returns the struct that a method of the cloud returned, or nil if the
// error says that it does not exist.
func found[T any](thing T, err error) (any, error) {
	if err != nil {
		return nil, tolerate(err)
	}
	return thing, nil
}
