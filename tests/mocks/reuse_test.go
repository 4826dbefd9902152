package mocks

import (
	"reflect"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

// TestArgumentsAreTheCallers checks that a component does not change its arguments,
// and does not see later changes of them.
func TestArgumentsAreTheCallers(t *testing.T) {
	each(t, func(t *testing.T, s specimen, run recorder.Run) {
		var same bool
		reused := run.Must(t, func(ctx *pulumi.Context) error {
			g, err := give(ctx)
			if err != nil {
				return err
			}
			late, resolve, _ := ctx.NewOutput()
			g = g.after(late)
			args := s.args(g, "one")
			component, err := s.create(ctx, "one", args)
			if err != nil {
				return err
			}
			same = reflect.DeepEqual(s.args(g, "one"), args)
			scribble(reflect.ValueOf(args).Elem())
			resolve(true)
			export(ctx, component)
			return nil
		})
		require.True(t, same, "the arguments were changed")
		require.Equal(t, s.deploy(t, run, "one"), reused)
	})
}

// after delays what is given until an output is resolved.
func (g given) after(late pulumi.Output) given {
	wait := func(o pulumi.StringOutput) pulumi.StringOutput {
		return pulumi.All(late, o).ApplyT(func(both []any) string { return both[1].(string) }).(pulumi.StringOutput)
	}
	return given{
		wait(g.executionArn), wait(g.policyArn), wait(g.roleArn), wait(g.userName),
		wait(g.functionName), wait(g.invokeArn), wait(g.apiId), wait(g.topicArn),
	}
}

// scribble overwrites a value and everything in it.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0)))
			return
		}
		for i := range v.NumField() {
			scribble(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribble(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			scribble(value)
			v.SetMapIndex(key, value)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			scribble(v.Elem())
		}
	case reflect.Interface:
		if v.Type() == reflect.TypeFor[access.Trust]() {
			for i := range v.Elem().NumField() { // copies, except for lists and maps
				if field := v.Elem().Field(i); field.Kind() == reflect.Slice || field.Kind() == reflect.Map {
					scribble(field)
				}
			}
			v.Set(reflect.ValueOf(access.ServiceTrust{Service: "scribbled"}))
			return
		}
		if v.Type() == reflect.TypeFor[pulumi.Resource]() {
			v.SetZero()
			return
		}
		v.Set(reflect.ValueOf(pulumi.String("scribbled")))
	case reflect.Func:
		v.SetZero()
	case reflect.String:
		v.SetString("scribbled")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int:
		v.SetInt(-1)
	case reflect.Float64:
		v.SetFloat(-1)
	default:
		panic("scribble over a " + v.Kind().String())
	}
}
