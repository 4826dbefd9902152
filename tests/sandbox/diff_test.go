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

// testDiff compares stack files, and one with a snapshot of another.
func testDiff(t *testing.T, path string) {
	snapshot := ""
	prepare := func(checkout string) {
		write := func(name, text string) {
			require.NoError(t, os.WriteFile(filepath.Join(checkout, name), []byte(text), 0o644))
		}
		stack := func(patch string) string {
			text, err := json.Marshal(map[string]any{"config": harness.Merge(t, harness.SandboxConfig(t), patch)}) // JSON is YAML
			require.NoError(t, err)
			return string(text)
		}
		write("Pulumi.old.yaml", stack(`{}`))
		write("Pulumi.new.yaml", stack(`{stageName: live, users: {jane-admin: null},
			roles: {partner: {trust: {account: "999988887777", principals: [user/eve]}, policies: [readOnly]}}}`))
		write("Pulumi.refused.yaml", stack(`{stageNmae: live}`))
		write("snapshot.json", snapshot)
	}
	p := startIn(t, path, prepare, nil, "snapshot", "Pulumi.old.yaml")
	require.Zero(t, p.wait(t), p.errs.String())
	assert.Empty(t, p.errs.String())
	snapshot = p.out.String()
	assert.NotRegexp(t, secretShape, sourcePath.ReplaceAllString(snapshot, ""))

	for _, old := range []string{"Pulumi.old.yaml", "snapshot.json"} {
		p := startIn(t, path, prepare, nil, "diff", old, "Pulumi.new.yaml")
		assert.Equal(t, 11, p.wait(t), p.errs.String())
		assert.Empty(t, p.errs.String())
		for _, says := range []string{
			"+-aws:apigatewayv2/stage:Stage: (replace)", "Resources:\n", "\nReplaced:\n  aws:apigatewayv2/stage:Stage api-stage (name)\n",
			"\nDeleted:\n", "  aws:iam/user:User jane-admin-user\n", "\nGains:\n", "  + role/partner may now be assumed by user/eve of account 999988887777\n",
			"\nLosses:\n", "  - user/jane-admin loses the access key\n",
		} {
			assert.Contains(t, p.out.String(), says)
		}
	}

	p = startIn(t, path, prepare, nil, "diff", "Pulumi.old.yaml", "Pulumi.old.yaml", "-json")
	require.Zero(t, p.wait(t), p.errs.String())
	var same struct {
		Resources []any
		Access    struct{ Result string }
	}
	require.NoError(t, json.Unmarshal([]byte(p.out.String()), &same))
	assert.Empty(t, same.Resources)
	assert.Equal(t, "none", same.Access.Result)

	p = startIn(t, path, prepare, nil, "diff", "Pulumi.refused.yaml", "Pulumi.refused.yaml")
	assert.Equal(t, 1, p.wait(t))
	assert.Empty(t, p.out.String())
	assert.Equal(t, 2, strings.Count(p.errs.String(), "Pulumi.refused.yaml: 1 problem in the stack's configuration:\n  stageNmae: "), p.errs.String())
}
