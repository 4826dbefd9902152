package cloud

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDescribeShowsEveryKindOfThing adds one thing of each type to an empty
// account or region. Tests compare descriptions to find out whether anything is
// left.
func TestDescribeShowsEveryKindOfThing(t *testing.T) {
	empty := New().Describe()
	in := map[string]func(*Cloud) reflect.Value{
		"account": func(c *Cloud) reflect.Value { return reflect.ValueOf(c.state.Accounts[APIAccount]).Elem() },
		"region": func(c *Cloud) reflect.Value {
			r := &region{}
			c.state.Accounts[APIAccount].Regions = map[string]*region{"us-east-1": r}
			return reflect.ValueOf(r).Elem()
		},
	}
	for place, at := range in {
		kind := at(New()).Type()
		for i := range kind.NumField() {
			f := kind.Field(i)
			if option := ruleOf(f).option; f.Type.Kind() != reflect.Map || option == "secret" || option == "omitempty" {
				continue
			}
			c := New()
			field := at(c).Field(i)
			field.Set(reflect.MakeMap(f.Type))
			field.SetMapIndex(reflect.ValueOf("new"), reflect.New(f.Type.Elem().Elem()))
			assert.NotEqual(t, empty, c.Describe(), "%s: %s", place, f.Name)
		}
	}
	c := New()
	c.state.Accounts[APIAccount].Regions = map[string]*region{"us-east-1": {}}
	assert.Equal(t, empty, c.Describe(), "a region where nothing is left")
}

// TestDescribeShowsEveryField fills every field of the state and empties one
// after the other. The description changes unless the field's rule leaves it
// out.
func TestDescribeShowsEveryField(t *testing.T) {
	c := New()
	f := filler{}
	f.fill(reflect.ValueOf(&c.state).Elem())
	full := c.Describe()
	require.Equal(t, full, c.Clone().Describe(), "what is described survives a copy")
	fields := 0
	eachField(reflect.ValueOf(&c.state).Elem(), func(parent reflect.Value, i int) {
		field := parent.Type().Field(i)
		value := parent.Field(i)
		filled := reflect.New(value.Type()).Elem()
		filled.Set(value)
		require.False(t, filled.IsZero(), "%s.%s is filled", parent.Type(), field.Name)
		value.SetZero()
		text := c.Describe()
		value.Set(filled)
		fields++
		partly := parent.Type().Implements(reflect.TypeFor[partial]())
		switch {
		case value.Type() == reflect.TypeFor[time.Time](), ruleOf(field).leavesOut() && !partly:
			assert.Equal(t, full, text, "%s.%s is left out", parent.Type(), field.Name)
		case !ruleOf(field).leavesOut():
			assert.NotEqual(t, full, text, "%s.%s is described", parent.Type(), field.Name)
		}
	})
	require.Equal(t, full, c.Describe())
	assert.Greater(t, fields, 100)
}

// filler creates values that differ.
type filler struct{ made int }

// fill sets a value and everything in it to something other than zero.
func (f *filler) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		f.made++
		v.SetString(fmt.Sprintf("x%03d", f.made))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		f.fill(v.Index(0))
	case reflect.Map:
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(elem)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, elem)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0).UTC()))
			return
		}
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	default:
		panic("no way to fill " + v.Type().String())
	}
}

// eachField calls visit for each field of each struct in a value. It skips the
// content of fields that are left out and structs that cannot be changed in
// place.
func eachField(v reflect.Value, visit func(parent reflect.Value, i int)) {
	switch v.Kind() {
	case reflect.Pointer:
		eachField(v.Elem(), visit)
	case reflect.Slice:
		for i := range v.Len() {
			eachField(v.Index(i), visit)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			eachField(v.MapIndex(key), visit)
		}
	case reflect.Struct:
		if !v.CanAddr() || v.Type() == reflect.TypeFor[time.Time]() || v.Type() == reflect.TypeFor[trustPolicy]() {
			return
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.Anonymous {
				visit(v, i)
			}
			if !ruleOf(f).leavesOut() {
				eachField(v.Field(i), visit)
			}
		}
	}
}
