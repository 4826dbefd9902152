package mocks

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/products/bundle"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/mocks/recorder"
)

func TestProgramConfiguresTheService(t *testing.T) {
	path := archive.Make(t, "")
	for _, protected := range []bool{false, true} {
		settings := rich(t).With(recorder.ParseStack(t, fmt.Sprintf("config: {backend: {archive: %q, deletionProtection: %t}}", path, protected)))
		recorder.Both(t, func(t *testing.T, run recorder.Run) {
			recording := deployStack(t, run, settings)
			function := recording.One(t, recorder.Function)
			require.Equal(t, path, function.Archive(t, "code"))
			table := recording.One(t, recorder.Table)
			require.Equal(t, protected, table.Input("deletionProtectionEnabled"))
			require.Equal(t, protected, table.Protected)
			require.Equal(t, boundaryArn, recording.Named(t, recorder.Role, "products-role").Input("permissionsBoundary"))

			require.Equal(t, function.Output("invokeArn"), recording.One(t, recorder.Integration).Input("integrationUri"))
			permission := recording.One(t, recorder.Permission)
			require.Equal(t, function.Output("name"), permission.Input("function"))
			if !run.Preview {
				arn := recording.One(t, recorder.Api).Output("executionArn").(string)
				require.Equal(t, arn+"/$default/*", permission.Input("sourceArn"))
			}
		})
	}
}

// TestProgramOfAUrl requires that no product service is deployed.
func TestProgramOfAUrl(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, rich(t).With(elsewhere(t)))
		for _, integration := range recording.All(recorder.Integration) {
			require.Equal(t, "HTTP_PROXY", integration.Input("integrationType"))
			require.Equal(t, "https://backend.example.com/v2", integration.Input("integrationUri"))
		}
		require.Len(t, recording.All(recorder.Integration), 3, "one for each kind of authorization")
		for _, typ := range []string{components.TypeProductService, recorder.Function, recorder.Permission, recorder.Table} {
			require.Empty(t, recording.All(typ))
		}
	})
}

// TestProgramWithARoleOfTheServicesName configures names that the product service's
// parts have.
func TestProgramWithARoleOfTheServicesName(t *testing.T) {
	settings := rich(t).With(recorder.ParseStack(t, `
config:
  policies: {service: {allow: ["*"]}, products: {allow: ["*"]}}
  groups: {products: {policies: [service]}}
  users: {products: {groups: [products]}}
  roles: {products: {trust: {service: ec2}, policies: [service]}, api: {trust: {service: ec2}}}
  existingRoles: {}`))
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, settings)
		requireUniqueURNs(t, recording)
		requireDescent(t, recording, recording.Resources)
		var roles []string
		for _, r := range recording.All(recorder.Role) {
			roles = append(roles, string(r.URN.QualifiedType())+"::"+r.Name)
		}
		require.ElementsMatch(t, []string{
			"iam-secured-api:components:ProductService$aws:iam/role:Role::products-role",
			"iam-secured-api:components:Role$aws:iam/role:Role::products-role",
			"iam-secured-api:components:Role$aws:iam/role:Role::api-role",
		}, roles)
	})
}

// TestProgramBuildsTheProductService runs the unchanged sandbox stack with a cache
// of its own. What is built is registered, and is the same at each run.
func TestProgramBuildsTheProductService(t *testing.T) {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	buildCache, err := gotool.Run(t.Context(), root, os.Environ(), "env", "GOCACHE")
	require.NoError(t, err)
	t.Setenv("GOCACHE", strings.TrimSpace(buildCache))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	cache, err := gotool.CacheDir()
	require.NoError(t, err)

	settings := recorder.ReadStack(t, "sandbox")
	require.Equal(t, "{}", settings.Values[recorder.Project+":backend"])
	run := func(run recorder.Run) (path string, content []byte) {
		recording := deployStack(t, run, settings)
		require.ElementsMatch(t, sandboxNames, recording.Names())
		require.Equal(t, false, recording.One(t, recorder.Table).Input("deletionProtectionEnabled"))
		path = recording.One(t, recorder.Function).Archive(t, "code")
		require.NoError(t, bundle.Check(path))
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		return path, content
	}
	path, content := run(recorder.Run{Preview: true})
	inCache, err := filepath.Rel(cache, path)
	require.NoError(t, err)
	require.Regexp(t, `^products-[0-9a-f]{12}/products\.zip$`, filepath.ToSlash(inCache))
	again, same := run(recorder.Run{})
	require.Equal(t, path, again, "at the same place")
	require.Equal(t, content, same, "and with the same bytes, so that a preview without a change shows none")
}

// TestProgramThatCannotBuildRegistersNothing runs without the Go toolchain.
func TestProgramThatCannotBuildRegistersNothing(t *testing.T) {
	settings := recorder.ReadStack(t, "sandbox")
	t.Setenv("PATH", t.TempDir())
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Settings = settings
		recording, err := run.Do(deployProgram)
		require.Empty(t, recording.Resources)
		require.ErrorContains(t, err, "install Go")
		require.ErrorContains(t, err, "or set backend.archive, backend.url or backend.functionArn")
		_, message, _ := strings.Cut(strings.TrimSpace(err.Error()), "* ")
		require.NotContains(t, message, "\n")
	})
	for name, instead := range map[string]recorder.Settings{"an archive": service(t, ""), "a URL": elsewhere(t)} {
		require.NotEmpty(t, deployStack(t, recorder.Run{}, settings.With(instead)).Resources, "with %s, nothing is built", name)
	}
}
