package recorder

import (
	"fmt"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// Unknown is what Plain returns for an unknown value.
const Unknown = "<unknown>"

// Plain returns properties as plain Go values, without the marks of secrets.
func Plain(m resource.PropertyMap) map[string]any {
	return plain(resource.NewProperty(m)).(map[string]any)
}

func plain(v resource.PropertyValue) any {
	return v.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		switch {
		case v.IsSecret():
			return plain(v.SecretValue().Element), true
		case v.IsComputed():
			return Unknown, true
		}
		return nil, false
	})
}

// Export exports every output of a component: the fields with a pulumi tag.
func Export(ctx *pulumi.Context, component pulumi.Resource) {
	v := reflect.ValueOf(component).Elem()
	for i := range v.NumField() {
		if name, tagged := v.Type().Field(i).Tag.Lookup("pulumi"); tagged {
			ctx.Export(name, v.Field(i).Interface().(pulumi.Input))
		}
	}
}

// await resolves outputs at any depth, each on its own, because a known part may be
// next to an unknown one.
func await(ctx *pulumi.Context, v reflect.Value) (resource.PropertyValue, error) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return resource.NewNullProperty(), nil
	}
	if output, ok := v.Interface().(pulumi.Output); ok {
		return awaitOutput(ctx, output)
	}
	switch v.Kind() {
	case reflect.Map:
		parts := resource.PropertyMap{}
		for entries := v.MapRange(); entries.Next(); {
			part, err := await(ctx, entries.Value())
			if err != nil {
				return part, err
			}
			parts[resource.PropertyKey(entries.Key().String())] = part
		}
		return resource.NewProperty(parts), nil
	case reflect.Slice:
		list := make([]resource.PropertyValue, v.Len())
		for i := range list {
			var err error
			if list[i], err = await(ctx, v.Index(i)); err != nil {
				return list[i], err
			}
		}
		return resource.NewProperty(list), nil
	case reflect.String:
		return resource.NewProperty(v.String()), nil
	}
	return resource.NewNullProperty(), fmt.Errorf("an output has the unexpected type %s", v.Type())
}

func awaitOutput(ctx *pulumi.Context, output pulumi.Output) (resource.PropertyValue, error) {
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), output)
	if err != nil {
		return resource.NewNullProperty(), err
	}
	value := resource.MakeComputed(resource.NewProperty(""))
	if result.Known {
		if value, err = await(ctx, reflect.ValueOf(result.Value)); err != nil {
			return value, err
		}
	}
	if result.Secret {
		value = resource.MakeSecret(value)
	}
	return value, nil
}
