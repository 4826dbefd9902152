package engine_test

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products/bundle"
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

// TestDefaultBackend shows that each run of the program builds the product service.
func TestDefaultBackend(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.SandboxConfig(t)).Logged()
	empty := run.Cloud.Describe()
	assert.Equal(t, create(names.Sandbox()...), run.Up(t))
	assert.Empty(t, run.Preview(t))
	assert.NotContains(t, run.Printed(), "backend.archive", "this advice is for programs that cannot build")

	built := codePath(t, run)
	require.NoError(t, bundle.Check(built))
	assert.Equal(t, codeHash(t, built), function(t, run).CodeSha256)
	elsewhere, err := bundle.Build(t.Context(), harness.Root(t), t.TempDir())
	require.NoError(t, err)
	assert.Equal(t, codeHash(t, elsewhere), function(t, run).CodeSha256)

	require.NoError(t, os.Remove(built)) // as if the cache was emptied
	assert.Empty(t, run.Refresh(t))
	assert.Empty(t, run.Preview(t))
	assert.FileExists(t, built)

	// A prebuilt archive is the same program.
	run.Configure(t, harness.Merge(t, harness.SandboxConfig(t), `{backend: {archive: `+elsewhere+`}}`))
	assert.Empty(t, run.Preview(t))
	assert.Equal(t, remove(names.Sandbox()...), run.Destroy(t))
	assert.Equal(t, empty, run.Cloud.Describe())
}

// TestArchiveGone shows that refresh and destroy do not need the archive that
// was deployed.
func TestArchiveGone(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Config(t))
	empty := run.Cloud.Describe()
	run.Up(t)
	archive := codePath(t, run)
	require.NoError(t, os.Remove(archive))
	assert.Empty(t, run.Refresh(t))
	_, err := run.TryUp()
	require.ErrorContains(t, err, archive)
	assert.ErrorContains(t, err, "backend.archive")
	assert.Equal(t, remove(names.Sandbox()...), run.Destroy(t))
	assert.Equal(t, empty, run.Cloud.Describe())
}

func resources(t *testing.T, run *harness.Run) []apitype.ResourceV3 {
	deployment, err := run.Stack.Deployment()
	require.NoError(t, err)
	require.NotEmpty(t, deployment.Resources)
	return deployment.Resources
}

// codePath returns the path of the function's archive in the state.
func codePath(t *testing.T, run *harness.Run) string {
	for _, r := range resources(t, run) {
		if code, is := r.Inputs["code"].(map[string]any); is {
			return code["path"].(string)
		}
	}
	require.Fail(t, "no resource has code")
	return ""
}

// codeHash returns Lambda's hash of an archive.
func codeHash(t *testing.T, path string) string {
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(content)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func function(t *testing.T, run *harness.Run) cloud.Function {
	functions := Must(region(run).ListFunctions())
	require.Len(t, functions, 1)
	return functions[0]
}
