//go:build unix

// Package template_test makes a project of the checkout with `pulumi new`, as
// its users do, and previews it on simulated AWS.
package template_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/pulumicli"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/tests/checkout"
	"iam-secured-api/tests/stacks"
)

// shell runs pulumi commands in a folder.
type shell struct {
	testing.TB
	pulumi string
	dir    string
	env    []string
}

// newShell is in an empty folder, attached to a Cloud.
func newShell(t testing.TB, c *cloud.Cloud) shell {
	w, err := engine.New(context.Background(), c, os.Stderr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	cli, err := pulumicli.Find(context.Background(), os.Stderr)
	require.NoError(t, err)
	host, err := pulumicli.LanguageHost(context.Background(), os.Stderr)
	require.NoError(t, err)
	return shell{
		TB: t, pulumi: cli.Path, dir: t.TempDir(),
		env: append(append(os.Environ(), w.Environment()...),
			"PULUMI_HOME="+homeWithProvider(t), "PULUMI_STACK=dev", "GITHUB_STEP_SUMMARY=",
			"PATH="+filepath.Dir(cli.Path)+":"+host+":"+os.Getenv("PATH")),
	}
}

// homeWithProvider is a home of Pulumi's in which the AWS provider seems to be
// installed: `pulumi new` installs it, and then it is not used.
func homeWithProvider(t testing.TB) string {
	version, err := gotool.Run(t.Context(), ".", os.Environ(), "list", "-m", "-f", "{{.Version}}", "github.com/pulumi/pulumi-aws/sdk/v6")
	require.NoError(t, err)
	home := t.TempDir()
	folder := filepath.Join(home, "plugins", "resource-aws-"+strings.TrimSpace(version))
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pulumi-resource-aws"), nil, 0o700))
	return home
}

// run runs a command, which must succeed, and returns what it prints.
func (s shell) run(name string, args ...string) string {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	require.NoError(s, err, "%s %s\n%s", name, strings.Join(args, " "), out)
	return string(out)
}

// template is a copy of the checkout with a stack that nobody has worked with: into
// its file the CLI writes a salt, which goes with a passphrase, and the project's
// name before keys.
func template(t *testing.T) string {
	dir := checkout.Copy(t)
	dev := stacks.File("dev")
	require.NoError(t, os.WriteFile(filepath.Join(dir, dev), stacks.Read(t, dev), 0o600))
	return dir
}

// TestNew gives a project that previews as it is, with the script that previews
// on pull requests, too.
func TestNew(t *testing.T) {
	c := cloud.New()
	s, source := newShell(t, c), template(t)
	empty := c.Describe()
	out := s.run(s.pulumi, "new", source, "--yes", "--name", "keeper-api",
		"--config", "aws:region=eu-central-1", "--config", "apiName=Keepers", "--config", "stageName=live")
	assert.Contains(t, out, "Your new project is ready to go!")
	testFiles(t, source, s.dir)

	preview := s.run(filepath.Join(s.dir, ".ci", "preview"))
	assert.Regexp(t, `pulumi:dev::keeper-api::pulumi:pulumi:Stack::keeper-api-dev`, preview)
	assert.Regexp(t, `name *: "Keepers"`, preview)
	assert.Regexp(t, `name *: "live"`, preview)
	assert.Equal(t, empty, c.Describe())
}

// testFiles compares a new project with its template: all is as it was, scripts
// executable and dependencies complete, but for the project's and stack's files.
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
