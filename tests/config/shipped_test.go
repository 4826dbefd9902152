package config

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// TestShippedStacksDeploy checks that the stack files at the top of the checkout, which a
// fork edits, deploy.
func TestShippedStacksDeploy(t *testing.T) {
	recorder.EachShipped(t, func(t *testing.T, _ string, shipped recorder.Run) {
		recorder.Both(t, func(t *testing.T, run recorder.Run) {
			shipped.Preview = run.Preview
			require.NotEmpty(t, shipped.Must(t, program.Deploy).All(recorder.Route))
		})
	})
}

// chosen lists the keys whose defaults a fork chooses.
var chosen = []string{"apiName", "stageName", "permissionsBoundary", "tags"}

// TestShippedProjectDeclaresWhatTheTestsDo compares the project file at the top of
// the checkout with the one that the other tests use: the keys, their types and,
// unless a fork chooses them, their defaults.
func TestShippedProjectDeclaresWhatTheTestsDo(t *testing.T) {
	shipped, ours := recorder.LoadShipped(t).Config, recorder.LoadProject(t).Config
	for key := range shipped {
		if strings.Contains(key, ":") { // the CLI's, and other packages'
			delete(shipped, key)
		}
	}
	require.Equal(t, slices.Sorted(maps.Keys(ours)), slices.Sorted(maps.Keys(shipped)))
	for key, declaration := range shipped {
		require.NotEmpty(t, declaration.Description, "the description of %s", key)
		require.Equal(t, ours[key].Type, declaration.Type, "the type of %s", key)
		if !slices.Contains(chosen, key) {
			require.Equal(t, ours[key].Default, declaration.Default, "the default of %s", key)
		}
	}
}
