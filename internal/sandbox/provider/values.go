package provider

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
)

// values are a resource's properties without marks of secrets. A value that is
// not known yet is computed.
type values map[string]resource.PropertyValue

// marshalOptions keep unknown and secret values.
var marshalOptions = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, SkipNulls: true}

// decode reads properties and removes the marks of secrets.
func decode(s *structpb.Struct) (values, error) {
	m, err := decodeMap(s)
	if err != nil {
		return nil, err
	}
	return plain(m), nil
}

// decodeBoth decodes old and new properties.
func decodeBoth(old, now *structpb.Struct) (values, values, error) {
	olds, err := decode(old)
	if err != nil {
		return nil, nil, err
	}
	news, err := decode(now)
	return olds, news, err
}

// decodeMap reads properties.
func decodeMap(s *structpb.Struct) (resource.PropertyMap, error) {
	m, err := plugin.UnmarshalProperties(s, marshalOptions)
	if err != nil {
		return nil, fmt.Errorf("malformed properties: %w", err)
	}
	return m, nil
}

// encode writes properties and marks those named in secret as secrets.
func encode(v values, secret []string) (*structpb.Struct, error) {
	m := resource.PropertyMap{}
	for k, x := range v {
		if slices.Contains(secret, k) {
			x = resource.MakeSecret(x)
		}
		m[resource.PropertyKey(k)] = x
	}
	return plugin.MarshalProperties(m, marshalOptions)
}

// plain removes the marks of secrets.
func plain(m resource.PropertyMap) values {
	out := values{}
	for k, v := range m {
		if v = plainValue(v); !v.IsNull() {
			out[string(k)] = v
		}
	}
	return out
}

func plainValue(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsSecret():
		return plainValue(v.SecretValue().Element)
	case v.IsOutput():
		if !v.OutputValue().Known {
			return unknown()
		}
		return plainValue(v.OutputValue().Element)
	case v.IsArray():
		out := make([]resource.PropertyValue, 0, len(v.ArrayValue()))
		for _, x := range v.ArrayValue() {
			out = append(out, plainValue(x))
		}
		return resource.NewProperty(out)
	case v.IsObject():
		return objectValue(plain(v.ObjectValue()))
	}
	return v
}

func unknown() resource.PropertyValue { return resource.MakeComputed(resource.NewProperty("")) }

// objectValue converts values to a property value.
func objectValue(v values) resource.PropertyValue {
	m := resource.PropertyMap{}
	for k, x := range v {
		m[resource.PropertyKey(k)] = x
	}
	return resource.NewProperty(m)
}

func (v values) keys() []string { return slices.Sorted(maps.Keys(v)) }

// overlaid returns a copy in which the values of over replace others.
func (v values) overlaid(over values) values {
	out := values{}
	maps.Copy(out, v)
	maps.Copy(out, over)
	return out
}

func (v values) has(key string) bool { _, ok := v[key]; return ok }

func (v values) unknown(key string) bool { return v[key].IsComputed() }

// The methods below return a zero value if the value is absent, unknown or of
// another type. Check rejects values of another type.

func (v values) str(key string) string {
	if x := v[key]; x.IsString() {
		return x.StringValue()
	}
	return ""
}

func (v values) boolean(key string) bool { return v[key].IsBool() && v[key].BoolValue() }

func (v values) integer(key string) int { return int(v.number(key)) }

func (v values) number(key string) float64 {
	if x := v[key]; x.IsNumber() {
		return x.NumberValue()
	}
	return 0
}

func (v values) strings(key string) []string {
	if !v[key].IsArray() {
		return nil
	}
	var out []string
	for _, x := range v[key].ArrayValue() {
		if x.IsString() {
			out = append(out, x.StringValue())
		}
	}
	return out
}

func (v values) stringMap(key string) map[string]string {
	if !v[key].IsObject() {
		return nil
	}
	out := map[string]string{}
	for k, x := range v[key].ObjectValue() {
		if x.IsString() {
			out[string(k)] = x.StringValue()
		}
	}
	return out
}

func (v values) object(key string) values {
	if !v[key].IsObject() {
		return nil
	}
	return plain(v[key].ObjectValue())
}

func (v values) objects(key string) []values {
	if !v[key].IsArray() {
		return nil
	}
	var out []values
	for _, x := range v[key].ArrayValue() {
		if x.IsObject() {
			out = append(out, plain(x.ObjectValue()))
		}
	}
	return out
}

// setString sets a text unless it is empty.
func (v values) setString(key, x string) {
	if x != "" {
		v[key] = resource.NewProperty(x)
	}
}

func (v values) setStrings(key string, list []string) { v[key] = listValue(list) }

// textValues returns values for pairs of names and texts. Empty texts are
// omitted.
func textValues(pairs ...string) values {
	out := values{}
	for i := 0; i < len(pairs); i += 2 {
		out.setString(pairs[i], pairs[i+1])
	}
	return out
}

func listValue(list []string) resource.PropertyValue {
	out := make([]resource.PropertyValue, 0, len(list))
	for _, x := range list {
		out = append(out, resource.NewProperty(x))
	}
	return resource.NewProperty(out)
}

func mapValue(m map[string]string) resource.PropertyValue {
	out := resource.PropertyMap{}
	for k, x := range m {
		out[resource.PropertyKey(k)] = resource.NewProperty(x)
	}
	return resource.NewProperty(out)
}

// isZero reports whether a value is absent, zero or empty.
func isZero(v resource.PropertyValue) bool {
	switch {
	case v.IsNull():
		return true
	case v.IsString():
		return v.StringValue() == ""
	case v.IsBool():
		return !v.BoolValue()
	case v.IsNumber():
		return v.NumberValue() == 0
	case v.IsArray():
		return len(v.ArrayValue()) == 0
	case v.IsObject():
		for _, x := range v.ObjectValue() {
			if !isZero(x) {
				return false
			}
		}
		return true
	case v.IsSecret():
		return isZero(v.SecretValue().Element)
	}
	return false
}
