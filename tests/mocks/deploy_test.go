// Package mocks tests each component alone, and the whole program, on mocks: what
// is registered in an update and in a preview.
package mocks

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// object and list are types of decoded JSON.
type (
	object = map[string]any
	list   = []any
)

// with returns m with more entries, which replace those of m.
func with(m, more object) object {
	m = maps.Clone(m)
	maps.Copy(m, more)
	return m
}

// inputs returns the inputs of a resource as plain values, without descriptions and
// what TestComponentsKeepTheRules checks: tags and boundaries.
func inputs(r recorder.Resource) object {
	all := recorder.Plain(r.Inputs)
	for _, name := range []string{"description", "tags", "permissionsBoundary"} {
		delete(all, name)
	}
	return all
}

// find returns the specimen with a name.
func find(name string) specimen {
	return specimens[slices.IndexFunc(specimens, func(s specimen) bool { return s.name == name })]
}

// isGiven reports whether the program around a component registered r.
func isGiven(r recorder.Resource) bool { return r.Custom && r.OfStack() }

// deploy runs a program that creates instances of a specimen and exports the
// outputs of each.
func (s specimen) deploy(t *testing.T, run recorder.Run, names ...string) recorder.Recording {
	t.Helper()
	return run.Must(t, func(ctx *pulumi.Context) error {
		g, err := give(ctx)
		if err != nil {
			return err
		}
		for _, name := range names {
			component, err := s.create(ctx, name, s.args(g, name))
			if err != nil {
				return err
			}
			export(ctx, component)
		}
		return nil
	})
}

// each runs a test for every component alone, as an update and as a preview.
func each(t *testing.T, test func(t *testing.T, s specimen, run recorder.Run)) {
	for _, s := range specimens {
		t.Run(s.name, func(t *testing.T) {
			recorder.Both(t, func(t *testing.T, run recorder.Run) { test(t, s, run) })
		})
	}
}

// deployWith runs a program that creates one component with these arguments.
func deployWith[A any, C pulumi.Resource](
	t *testing.T, run recorder.Run,
	create func(*pulumi.Context, string, *A, ...pulumi.ResourceOption) (C, error),
	args func(given) *A,
) recorder.Recording {
	t.Helper()
	return run.Must(t, func(ctx *pulumi.Context) error {
		g, err := give(ctx)
		if err != nil {
			return err
		}
		component, err := create(ctx, "one", args(g))
		if err != nil {
			return err
		}
		export(ctx, component)
		return nil
	})
}

// export exports a component's outputs, including those of a policy's parts and those
// that depend on a role's trust.
func export(ctx *pulumi.Context, component pulumi.Resource) {
	recorder.Export(ctx, component)
	if role, ok := component.(*components.Role); ok {
		for name, output := range role.Outputs {
			ctx.Export(name, output)
		}
	}
	policy, ok := component.(*components.InvokePolicy)
	if !ok {
		return
	}
	var names, arns, documents pulumi.StringArray
	for _, part := range policy.Parts {
		names = append(names, pulumi.String(part.Name))
		arns, documents = append(arns, part.Arn), append(documents, part.Document)
	}
	ctx.Export("names", names)
	ctx.Export("arns", arns)
	ctx.Export("documents", documents)
}

// only returns the only resource of a type that a component registered.
func only(t *testing.T, recording recorder.Recording, typ string) recorder.Resource {
	t.Helper()
	return recorder.Recording{Resources: ofComponents(recording)}.One(t, typ)
}

// ofComponents returns what the components registered.
func ofComponents(recording recorder.Recording) []recorder.Resource {
	return slices.DeleteFunc(slices.Clone(recording.Resources), isGiven)
}

// idOf returns a resource's id, which is unknown in a preview.
func idOf(r recorder.Resource) any {
	if r.ID == "" {
		return recorder.Unknown
	}
	return r.ID
}

// deployStack runs the whole program.
func deployStack(t *testing.T, run recorder.Run, settings recorder.Settings) recorder.Recording {
	t.Helper()
	run.Settings = settings
	return run.Must(t, deployProgram)
}

// deployProgram runs the whole program.
var deployProgram pulumi.RunFunc = program.Deploy
