//go:build unix

package sandbox_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/tests/harness"
)

// TestImports checks that the sandbox does not depend on the programs that it runs.
func TestImports(t *testing.T) {
	const own = `{{if .Module}}{{if .Module.Main}}{{slice .ImportPath (len .Module.Path)}}{{end}}{{end}}`
	paths, err := gotool.Run(t.Context(), harness.Root(t), os.Environ(), "list", "-deps", "-test", "-f", own, "./internal/sandbox/...")
	require.NoError(t, err)
	for path := range strings.FieldsSeq(paths) {
		allowed := strings.HasPrefix(path, "/internal/sandbox/") || strings.HasPrefix(path, "/components/access") || slices.Contains([]string{"/internal/cache", "/internal/config", "/internal/prove", "/internal/strictjson"}, path)
		assert.True(t, allowed || !strings.HasPrefix(path, "/"), "%s is imported", path)
	}
	assert.Contains(t, paths, "/internal/sandbox/gateway\n")
}
