//go:build cli && unix

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/checkout"
	"iam-secured-api/tests/stacks"
)

// TestNew creates a project from the checkout. Without further changes, the script
// for pull requests previews it.
func TestNew(t *testing.T) {
	t.Parallel()
	c := cloud.New()
	s, source := newShell(t, t.TempDir(), attach(t, c), "PULUMI_STACK=dev"), template(t)
	installProvider(t, s.home)
	empty := c.Describe()
	out := s.run("new", source, "--yes", "--name", "keeper-api",
		"--config", "aws:region=eu-central-1", "--config", "apiName=Keepers", "--config", "stageName=live")
	assert.Contains(t, out, "Your new project is ready to go!")
	testFiles(t, source, s.dir)

	cmd := exec.CommandContext(t.Context(), filepath.Join(s.dir, ".ci", "preview"))
	cmd.Dir, cmd.Env = s.dir, s.env
	preview, err := cmd.CombinedOutput()
	require.NoError(t, err, string(preview))
	assert.Regexp(t, `pulumi:dev::keeper-api::pulumi:pulumi:Stack::keeper-api-dev`, string(preview))
	assert.Regexp(t, `name *: "Keepers"`, string(preview))
	assert.Regexp(t, `name *: "live"`, string(preview))
	assert.Equal(t, empty, c.Describe())
}

// template copies the checkout, with a stack file that the CLI has not changed: it
// writes a passphrase's salt and the project's name into the file.
func template(t *testing.T) string {
	dir := checkout.Copy(t)
	dev := stacks.File("dev")
	require.NoError(t, os.WriteFile(filepath.Join(dir, dev), stacks.Read(t, dev), 0o600))
	return dir
}

// installProvider pretends that the AWS provider is installed, because `pulumi new`
// would install it, although it is not used.
func installProvider(t *testing.T, home string) {
	version, err := gotool.Run(t.Context(), ".", os.Environ(), "list", "-m", "-f", "{{.Version}}", "github.com/pulumi/pulumi-aws/sdk/v6")
	require.NoError(t, err)
	folder := filepath.Join(home, "plugins", "resource-aws-"+strings.TrimSpace(version))
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pulumi-resource-aws"), nil, 0o700))
}

// testFiles compares a new project with its template. Only the files of project
// and stack differ; scripts are executable and dependencies complete.
func testFiles(t *testing.T, source, dir string) {
	want, got := checkout.Files(t, source), checkout.Files(t, dir)
	require.Contains(t, want, ".ci/run")
	assert.Len(t, got, len(want))
	for name := range want {
		if name != "Pulumi.yaml" && name != "Pulumi.dev.yaml" {
			assert.True(t, want[name].Content == got[name].Content, "%s differs", name)
			assert.Equal(t, want[name].Mode&0o111, got[name].Mode&0o111, "%s: %s", name, got[name].Mode)
		}
	}
	project, err := workspace.LoadProject(filepath.Join(dir, "Pulumi.yaml"))
	require.NoError(t, err)
	assert.Equal(t, "keeper-api", project.Name.String())
	assert.Nil(t, project.Template)
}
