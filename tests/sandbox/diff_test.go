//go:build unix

package sandbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/harness"
)

// sourcePath is where a program registered a resource. It depends on the folder
// that the program was built in, and may have a secret's shape.
var sourcePath = regexp.MustCompile(`"project:///[^"]*"`)

// testDiff compares stack files, and one with a snapshot of another. The tests of
// cmd/sandbox check what a comparison finds; these check exit codes and streams.
func testDiff(t *testing.T, path string) {
	snapshot := ""
	prepare := func(checkout string) {
		for name, patch := range map[string]string{
			"old":     `{}`,
			"new":     `{stageName: live, users: {jane-admin: null}, roles: {products-reader: {policies: [admin]}}}`,
			"refused": `{stageNmae: live}`,
		} {
			text, err := json.Marshal(map[string]any{"config": harness.Merge(t, harness.SandboxConfig(t), patch)}) // JSON is YAML
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(checkout, "Pulumi."+name+".yaml"), text, 0o644))
		}
		require.NoError(t, os.WriteFile(filepath.Join(checkout, "snapshot.json"), []byte(snapshot), 0o644))
	}
	run := func(code int, args ...string) (out, errs string) {
		p := startIn(t, path, prepare, nil, args...)
		require.Equal(t, code, p.wait(t), "%v: %s", args, p.errs.String())
		return p.out.String(), p.errs.String()
	}
	snapshot, errs := run(0, "snapshot", "Pulumi.old.yaml")
	assert.Empty(t, errs)
	assert.NotRegexp(t, secretShape, sourcePath.ReplaceAllString(snapshot, ""))
	for _, old := range []string{"Pulumi.old.yaml", "snapshot.json"} {
		out, errs := run(11, "diff", old, "Pulumi.new.yaml")
		assert.Empty(t, errs)
		for _, text := range []string{"+-aws:apigatewayv2/stage:Stage: (replace)", "\nDeleted:\n", "\nGains:\n", "\nLosses:\n"} {
			assert.Contains(t, out, text)
		}
	}
	out, _ := run(0, "diff", "Pulumi.old.yaml", "Pulumi.old.yaml", "-json")
	assert.Contains(t, out, `"resources": [],`)
	out, errs = run(1, "diff", "Pulumi.refused.yaml", "Pulumi.refused.yaml")
	assert.Empty(t, out)
	assert.Equal(t, 2, strings.Count(errs, "Pulumi.refused.yaml: 1 problem in the stack's configuration:\n  stageNmae: "), errs)
}
