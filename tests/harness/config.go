package harness

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/tests/stacks"
)

// Root is the checkout's folder.
func Root(t testing.TB) string {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	return root
}

// ProjectFile is the path of the tests' own project file.
func ProjectFile(t testing.TB) string {
	return filepath.Join(Root(t), "tests", "stacks", stacks.Project)
}

// Config is the configuration of the tests' own sandbox stack, a new copy at each
// call, but with an archive for the product service, which it would build every
// time.
func Config(t testing.TB) map[string]any {
	config := SandboxConfig(t)
	config["backend"] = map[string]any{"archive": Archive(t, "")}
	return config
}

// SandboxConfig is that configuration as it stands in the file.
func SandboxConfig(t testing.TB) map[string]any {
	var file struct{ Config map[string]any }
	require.NoError(t, yaml.Unmarshal(stacks.Read(t, stacks.File("sandbox")), &file))
	return file.Config
}

// Merge returns the configuration with a YAML patch merged into it: maps key by
// key, null taking a key away.
func Merge(t testing.TB, config map[string]any, patch string) map[string]any {
	var changes map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(patch), &changes))
	return merge(config, changes)
}

func merge(old, changes map[string]any) map[string]any {
	merged := maps.Clone(old)
	if merged == nil {
		merged = map[string]any{}
	}
	for key, value := range changes {
		switch value := value.(type) {
		case nil:
			delete(merged, key)
		case map[string]any:
			inner, _ := merged[key].(map[string]any)
			merged[key] = merge(inner, value)
		default:
			merged[key] = value
		}
	}
	return merged
}
