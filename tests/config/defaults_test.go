package config

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// parse calls program.Parse with settings whose keys have the project's prefix.
func parse(t *testing.T, values map[string]string) *program.Plan {
	t.Helper()
	cfg, err := program.Parse(config.Settings{Values: unprefixed(values)})
	require.NoError(t, err)
	return cfg
}

func unprefixed(values map[string]string) map[string]string {
	ours := map[string]string{}
	for full, value := range values {
		if key, found := strings.CutPrefix(full, recorder.Project+":"); found {
			ours[key] = value
		}
	}
	return ours
}

// TestDefaultsAgree deploys the required keys with and without the project file's
// defaults: the code has the same defaults. The backend's is only parsed, because it
// would have to be built.
func TestDefaultsAgree(t *testing.T) {
	required := map[string]string{recorder.Project + ":routes": `{"GET /products":{}}`}
	withDefaults := recorder.Defaults(t)
	require.NotEmpty(t, withDefaults)
	maps.Copy(withDefaults, required)
	require.Contains(t, withDefaults, recorder.Project+":backend")
	require.Equal(t, program.Backend{}, parse(t, withDefaults).Backend, "the product service, built, its table not protected")
	require.Equal(t, program.Backend{}, parse(t, required).Backend)

	backend := settings(t, "").Values[recorder.Project+":backend"] // which need not be built
	for _, values := range []map[string]string{required, withDefaults} {
		values[recorder.Project+":backend"] = backend
	}
	require.Equal(t,
		recorder.Run{Settings: recorder.Settings{Values: withDefaults}}.Must(t, program.Deploy),
		recorder.Run{Settings: recorder.Settings{Values: required}}.Must(t, program.Deploy))
}

// TestKeysAgree compares the keys that the project file declares with those that the
// code accepts.
func TestKeysAgree(t *testing.T) {
	_, err := program.Parse(config.Settings{Values: map[string]string{"no such key": ""}})
	require.Error(t, err)
	_, list, found := strings.Cut(err.Error(), "accepted are ")
	require.True(t, found, "%v", err)
	list, _, _ = strings.Cut(list, "\n")

	declared := recorder.LoadProject(t).Config
	require.Equal(t, slices.Sorted(maps.Keys(declared)), strings.Split(list, ", "))
	for key, declaration := range declared {
		require.NotEmpty(t, declaration.Description, "the description of %s", key)
		require.True(t, declaration.IsExplicitlyTyped(), "the type of %s", key)
	}
}

// TestKeysWithoutDefaultAreRequired checks that the code requires exactly the keys
// without a default in the project file.
func TestKeysWithoutDefaultAreRequired(t *testing.T) {
	var required []string
	for key, declaration := range recorder.LoadProject(t).Config {
		if declaration.Default == nil {
			required = append(required, key)
		}
	}
	_, err := program.Parse(config.Settings{})
	require.Error(t, err)
	for _, key := range required {
		require.ErrorContains(t, err, "  "+key+": must be set")
	}
	require.Equal(t, len(required), strings.Count(err.Error(), "must be set"))
}
