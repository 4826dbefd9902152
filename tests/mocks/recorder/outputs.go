package recorder

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// Output is a stack's output as the engine gets it: a scalar, or a map or list of
// outputs.
type Output struct {
	// Value is a scalar, a map[string]Output or an []Output, or nil if unknown.
	Value any
	// Unknown and Secret describe this value alone, not its parts.
	Unknown, Secret bool
}

// Unknown is what Plain returns for an unknown value.
const Unknown = "<unknown>"

// Plain returns the value as plain maps, lists and scalars.
func (o Output) Plain() any {
	switch value := o.Value.(type) {
	case map[string]Output:
		return Plain(value)
	case []Output:
		list := make([]any, len(value))
		for i, element := range value {
			list[i] = element.Plain()
		}
		return list
	}
	if o.Unknown {
		return Unknown
	}
	return o.Value
}

// Plain returns outputs as plain maps, lists and scalars.
func Plain(outputs map[string]Output) map[string]any {
	values := map[string]any{}
	for name, output := range outputs {
		values[name] = output.Plain()
	}
	return values
}

// Secrets returns the paths of all secrets in an output. Its own path is "".
func (o Output) Secrets() []string {
	var paths []string
	if o.Secret {
		paths = append(paths, "")
	}
	if parts, ok := o.Value.(map[string]Output); ok {
		for name, part := range parts {
			for _, path := range part.Secrets() {
				paths = append(paths, "."+name+path)
			}
		}
	}
	return paths
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

func await(ctx *pulumi.Context, inputs map[string]pulumi.Input) (map[string]Output, error) {
	outputs := map[string]Output{}
	for name, input := range inputs {
		output, err := awaitOne(ctx, reflect.ValueOf(input))
		if err != nil {
			return nil, err
		}
		outputs[name] = output
	}
	return outputs, nil
}

// awaitOne resolves outputs at any depth, each on its own, because a known part may
// be next to an unknown one.
func awaitOne(ctx *pulumi.Context, v reflect.Value) (Output, error) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return Output{}, nil
	}
	if output, ok := v.Interface().(pulumi.Output); ok {
		result, err := internals.UnsafeAwaitOutput(ctx.Context(), output)
		if err != nil || !result.Known {
			return Output{Unknown: true, Secret: result.Secret}, err
		}
		resolved, err := awaitOne(ctx, reflect.ValueOf(result.Value))
		resolved.Secret = resolved.Secret || result.Secret
		return resolved, err
	}
	switch v.Kind() {
	case reflect.Map:
		parts := map[string]Output{}
		for entries := v.MapRange(); entries.Next(); {
			part, err := awaitOne(ctx, entries.Value())
			if err != nil {
				return Output{}, err
			}
			parts[entries.Key().String()] = part
		}
		return Output{Value: parts}, nil
	case reflect.Slice:
		if v.IsNil() {
			return Output{}, nil
		}
		list := make([]Output, v.Len())
		for i := range list {
			var err error
			if list[i], err = awaitOne(ctx, v.Index(i)); err != nil {
				return Output{}, err
			}
		}
		return Output{Value: list}, nil
	case reflect.String:
		return Output{Value: v.String()}, nil
	}
	return Output{Value: v.Interface()}, nil
}
