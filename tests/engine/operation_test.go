package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// open opens a stack of a small program on a new Cloud.
func open(t *testing.T, config map[string]any, program pulumi.RunFunc) (*engine.Stack, *cloud.Cloud) {
	c := cloud.New()
	stack, err := engine.Open(c, engine.Project{
		File: harness.ProjectFile(t), Stack: "small", Config: config, Program: program,
	})
	require.NoError(t, err)
	return stack, c
}

// regionOnly returns the minimal configuration.
func regionOnly() map[string]any {
	return map[string]any{"aws:region": harness.Region, "routes": map[string]any{}}
}

// users returns a program that declares users with these names.
func users(names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := iam.NewUser(ctx, name, &iam.UserArgs{Name: pulumi.String(name)}); err != nil {
				return err
			}
		}
		return nil
	}
}

// userNames returns the names of all users.
func userNames(t *testing.T, c *cloud.Cloud) []string {
	list := Must(c.Account(cloud.APIAccount).ListUsers())
	names := []string{}
	for _, user := range list {
		names = append(names, user.UserName)
	}
	return names
}

// TestCancelled cancels an up during a request. The request is completed and in
// the state, no other follows, and the next up does the rest.
func TestCancelled(t *testing.T) {
	t.Parallel()
	stack, c := open(t, regionOnly(), users("ann", "bob", "cid", "dan"))
	ctx, cancel := context.WithCancel(t.Context())
	c.OnMutation(func(m cloud.Mutation) cloud.Fault {
		if m.Seq == 2 {
			cancel()
		}
		return cloud.NoFault
	})
	require.ErrorIs(t, stack.Up(ctx, engine.Options{Parallel: 1}), context.Canceled)
	made := userNames(t, c)
	assert.Len(t, made, 2)
	deployment, err := stack.Deployment()
	require.NoError(t, err)
	var known []string
	for _, r := range deployment.Resources {
		if r.Type == "aws:iam/user:User" {
			known = append(known, string(r.ID))
		}
	}
	slices.Sort(known)
	assert.Equal(t, made, known)
	require.ErrorIs(t, stack.Up(ctx, engine.Options{}), context.Canceled, "it does not begin")
	require.NoError(t, stack.Up(t.Context(), engine.Options{}))
	assert.Len(t, userNames(t, c), 4)
}

// TestCancelledProgram cancels a preview while the program waits. The program's context
// is cancelled, and the preview waits for the program's end.
func TestCancelledProgram(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	ended := false
	stack, _ := open(t, regionOnly(), func(program *pulumi.Context) error {
		cancel()
		<-program.Context().Done()
		ended = true
		return program.Context().Err()
	})
	require.ErrorIs(t, stack.Preview(ctx, engine.Options{}), context.Canceled)
	assert.True(t, ended)
}

// TestProgramFails shows that the error of a program is reported.
func TestProgramFails(t *testing.T) {
	t.Parallel()
	for name, program := range map[string]pulumi.RunFunc{
		"error": func(*pulumi.Context) error { return errors.New("out of tea") },
		"panic": func(*pulumi.Context) error { panic("out of tea") },
	} {
		stack, c := open(t, regionOnly(), program)
		for _, run := range []func(context.Context, engine.Options) error{stack.Preview, stack.Up} {
			err := run(t.Context(), engine.Options{})
			var failure *engine.Failure
			require.ErrorAs(t, err, &failure, name)
			assert.ErrorContains(t, err, "out of tea", name)
		}
		assert.Equal(t, cloud.New().Describe(), c.Describe())
	}
}

// TestProjectFile shows that the configuration is checked against the types in
// the project file, and that its defaults are added.
func TestProjectFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config map[string]any
		want   string
	}{
		"a required key is missing": {map[string]any{"aws:region": harness.Region}, "missing configuration value 'routes'"},
		"a secret":                  {harness.Merge(t, regionOnly(), `{apiName: {secure: "v1:abc"}}`), "holds a secret"},
		"another type":              {harness.Merge(t, regionOnly(), `{stageName: {a: b}}`), "'stageName' must be of type 'string'"},
	} {
		_, err := engine.Open(cloud.New(), engine.Project{File: harness.ProjectFile(t), Stack: "small", Config: test.config})
		assert.ErrorContains(t, err, test.want, name)
	}
	_, err := engine.Open(cloud.New(), engine.Project{File: t.TempDir() + "/Pulumi.yaml", Stack: "small"})
	assert.ErrorContains(t, err, "Pulumi.yaml")

	var stage string
	stack, _ := open(t, regionOnly(), func(ctx *pulumi.Context) error {
		stage, _ = ctx.GetConfig("iam-secured-api:stageName")
		return nil
	})
	require.NoError(t, stack.Preview(t.Context(), engine.Options{}))
	assert.Equal(t, "prod", stage)
}

// TestAutonaming shows that resources are named according to pulumi:autonaming.
func TestAutonaming(t *testing.T) {
	t.Parallel()
	config := harness.Merge(t, regionOnly(), `{"pulumi:autonaming": {pattern: "${project}-${name}-${stack}"}}`)
	stack, c := open(t, config, func(ctx *pulumi.Context) error {
		_, err := iam.NewUser(ctx, "ann", nil)
		return err
	})
	require.NoError(t, stack.Up(t.Context(), engine.Options{}))
	assert.Equal(t, []string{"iam-secured-api-ann-small"}, userNames(t, c))
}

// TestOtherProvider shows that other providers are rejected.
func TestOtherProvider(t *testing.T) {
	t.Parallel()
	stack, _ := open(t, regionOnly(), func(ctx *pulumi.Context) error {
		var other pulumi.CustomResourceState
		return ctx.RegisterResource("other:index:Thing", "thing", pulumi.Map{}, &other)
	})
	assert.ErrorContains(t, stack.Up(t.Context(), engine.Options{}), "the sandbox does not model provider other")
}

// TestDestroyPreviewsFirst shows that a destroy finds protected resources
// before it deletes anything, unless it skips the preview.
func TestDestroyPreviewsFirst(t *testing.T) {
	t.Parallel()
	stack, c := open(t, regionOnly(), func(ctx *pulumi.Context) error {
		_, err := iam.NewUser(ctx, "ann", &iam.UserArgs{Name: pulumi.String("ann")}, pulumi.Protect(true))
		return errors.Join(err, users("bob")(ctx))
	})
	require.NoError(t, stack.Up(t.Context(), engine.Options{}))
	err := stack.Destroy(t.Context(), engine.Options{})
	assert.ErrorContains(t, err, "protected")
	assert.Equal(t, []string{"ann", "bob"}, userNames(t, c))
	require.Error(t, stack.Destroy(t.Context(), engine.Options{SkipPreview: true}))
	assert.Contains(t, userNames(t, c), "ann")
}

// TestOutput shows that a preview prints its steps.
func TestOutput(t *testing.T) {
	t.Parallel()
	stack, _ := open(t, regionOnly(), users("ann"))
	var screen strings.Builder
	require.NoError(t, stack.Preview(t.Context(), engine.Options{Output: &screen}))
	assert.Contains(t, screen.String(), "+ aws:iam/user:User: (create)")
	assert.Contains(t, screen.String(), "+ 2 to create")
}
