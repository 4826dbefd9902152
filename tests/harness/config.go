package harness

import (
	"maps"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/sandbox/engine"
)

// Root is the checkout's folder.
func Root(t testing.TB) string {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	return root
}

// Config is the configuration of Pulumi.sandbox.yaml, a new copy at each call,
// but with an archive for the product service, which it would build every time.
func Config(t testing.TB) map[string]any {
	config := SandboxConfig(t)
	config["backend"] = map[string]any{"archive": Archive(t, "")}
	return config
}

// SandboxConfig is the configuration of Pulumi.sandbox.yaml as it stands.
func SandboxConfig(t testing.TB) map[string]any {
	config, err := engine.ReadConfig(filepath.Join(Root(t), "Pulumi.sandbox.yaml"))
	require.NoError(t, err)
	return config
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
