//go:build cli && unix

// Package cli_test runs the programs with plain pulumi commands on simulated AWS. It uses
// the Pulumi CLI and its language host for Go that are on PATH: .ci/cli builds them and
// runs these tests.
package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/semver"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	"iam-secured-api/tests/checkout"
	"iam-secured-api/tests/stacks"
)

// passphrase encrypts the secrets of all stacks.
const passphrase = "test"

func TestMain(m *testing.M) {
	for _, program := range []string{"pulumi", "pulumi-language-go"} {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Fprintf(os.Stderr, "no %s on PATH: run .ci/cli, which builds it and then runs these tests\n", program)
			os.Exit(1)
		}
	}
	os.Exit(runAll(m))
}

// scratch is a folder for what tests share.
var scratch string

func runAll(m *testing.M) (code int) {
	var err error
	if scratch, err = os.MkdirTemp("", "cli-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	return m.Run()
}

// TestVersion checks that the CLI is not older than the SDK that the programs are
// built with.
func TestVersion(t *testing.T) {
	version := strings.TrimSpace(newShell(t, t.TempDir()).run("version"))
	assert.GreaterOrEqual(t, semver.Compare(version, "v"+sdk.Version.String()), 0, "pulumi is %s, the SDK is v%s", version, sdk.Version)
}

// shell runs pulumi commands in a folder, with settings and state in temporary folders.
// It reads none of the user's settings.
type shell struct {
	testing.TB
	dir     string
	home    string // PULUMI_HOME
	backend string // where the state is
	env     []string
	printed *strings.Builder // all that the commands have printed
}

// newShell returns a shell in a folder. Variables (KEY=VALUE) are added to its
// environment.
func newShell(t testing.TB, dir string, variables ...string) *shell {
	t.Helper()
	s := &shell{TB: t, dir: dir, home: t.TempDir(), backend: t.TempDir(), printed: &strings.Builder{}}
	theirs := os.Environ()
	// What Go compiles stays in its own cache.
	compiled, err := gotool.Run(t.Context(), ".", theirs, "env", "GOCACHE")
	require.NoError(t, err)
	s.env = slices.Concat(slices.DeleteFunc(theirs, isSetting), []string{
		"PULUMI_HOME=" + s.home, "PULUMI_BACKEND_URL=file://" + s.backend, "PULUMI_CONFIG_PASSPHRASE=" + passphrase,
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true", "PULUMI_SKIP_UPDATE_CHECK=true",
		"XDG_CACHE_HOME=" + t.TempDir(), "GOCACHE=" + strings.TrimSpace(compiled), "GOFLAGS=-ldflags=-w", // which links faster
	}, variables)
	return s
}

// isSetting reports whether a variable is a setting of Pulumi, AWS or a GitHub job.
func isSetting(variable string) bool {
	return strings.HasPrefix(variable, "PULUMI_") || strings.HasPrefix(variable, "AWS_") || strings.HasPrefix(variable, "GITHUB_")
}

// attach serves the provider on a Cloud until the test ends, and returns the variable
// that directs commands to it.
func attach(t testing.TB, c *cloud.Cloud) string {
	t.Helper()
	server, err := provider.Serve(t.Context(), c)
	require.NoError(t, err)
	return fmt.Sprintf("PULUMI_DEBUG_PROVIDERS=aws:%d", server.Port())
}

// ownCheckout copies the checkout, with the tests' own project and stacks.
func ownCheckout(t testing.TB) string {
	t.Helper()
	dir := checkout.Copy(t)
	stacks.Replace(t, dir)
	return dir
}

// in returns the shell in another folder, which is relative to its own.
func (s *shell) in(folder string) *shell {
	other := *s
	other.dir = filepath.Join(s.dir, folder)
	return &other
}

// command prepares a pulumi command.
func (s *shell) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "pulumi", append(args, "--non-interactive")...)
	cmd.Dir, cmd.Env = s.dir, s.env
	return cmd
}

// try runs a pulumi command and returns its standard output.
func (s *shell) try(args ...string) (string, error) {
	var out, errs strings.Builder
	cmd := s.command(s.Context(), args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	s.printed.WriteString(out.String() + errs.String())
	if err != nil {
		err = fmt.Errorf("pulumi %s: %w\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String(), err
}

// run runs a pulumi command, which must succeed, and returns its standard output.
func (s *shell) run(args ...string) string {
	s.Helper()
	out, err := s.try(args...)
	require.NoError(s, err)
	return out
}

// outputs returns the stack's outputs, as pulumi prints them.
func (s *shell) outputs() map[string]any {
	s.Helper()
	var outputs map[string]any
	require.NoError(s, json.Unmarshal([]byte(s.run("stack", "output", "--json")), &outputs))
	return outputs
}

// export returns the stack's state.
func (s *shell) export() apitype.DeploymentV3 {
	s.Helper()
	var state struct{ Deployment apitype.DeploymentV3 }
	require.NoError(s, json.Unmarshal([]byte(s.run("stack", "export")), &state))
	return state.Deployment
}
