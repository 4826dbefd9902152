package harness

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/stacks"
)

// Root returns the checkout's folder.
func Root(t testing.TB) string {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	return root
}

// ProjectFile returns the path of the tests' own project file.
func ProjectFile(t testing.TB) string {
	return filepath.Join(Root(t), "tests", "stacks", stacks.Project)
}

// Config returns the configuration of the tests' own sandbox stack, with an archive, so
// that no product service is built.
func Config(t testing.TB) map[string]any {
	config := SandboxConfig(t)
	config["backend"] = map[string]any{"archive": archive.Make(t, "")}
	return config
}

// SandboxConfig returns the configuration as it is in the file.
func SandboxConfig(t testing.TB) map[string]any {
	var file struct{ Config map[string]any }
	require.NoError(t, yaml.Unmarshal(stacks.Read(t, stacks.File("sandbox")), &file))
	return file.Config
}

// EveryKind is a patch for [Config] with a role of each kind.
const EveryKind = stacks.EveryKind

// Domain is a patch for [Config] with a domain, its record and mutual TLS.
const Domain = stacks.Domain

// Backends returns a patch for [Config] with [stacks.Backends] and, for one route, a
// function from an archive.
func Backends(t testing.TB) string {
	return stacks.Backends + fmt.Sprintf("  GET /stock: {backend: {archive: %q}}\n", archive.Make(t, "stock"))
}

// Merge returns the configuration with a YAML patch merged into it. Maps are merged key
// by key, and null removes a key.
func Merge(t testing.TB, config map[string]any, patch string) map[string]any {
	var changes map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(patch), &changes))
	return merge(config, changes)
}

// planOf returns the plan of a configuration, without reading the function's archive.
func planOf(t testing.TB, configuration map[string]any) *program.Plan {
	values := map[string]string{}
	for key, value := range configuration {
		if text, is := value.(string); is {
			values[key] = text
		} else {
			encoded, err := json.Marshal(value)
			require.NoError(t, err)
			values[key] = string(encoded)
		}
		if strings.Contains(key, ":") { // not the program's
			delete(values, key)
		}
	}
	plan, err := program.ParseWith(config.Settings{Values: values}, func(path string) (string, error) { return path, nil })
	require.NoError(t, err)
	return plan
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
