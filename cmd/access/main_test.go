package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/stacks"
)

// asCommand is the environment variable that makes the test binary run the command.
const asCommand = "ACCESS_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process returns the command as a process. Its environment has no credentials, home
// or PATH.
func process(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = dir
	cmd.Env = []string{asCommand + "=1", "GOCOVERDIR=" + t.TempDir()} // the latter where coverage is counted
	return cmd
}

// result is the output and exit code of a process.
type result struct {
	out, log string
	code     int
}

func run(t *testing.T, dir, in string, args ...string) result {
	t.Helper()
	cmd := process(t, dir, args...)
	var out, log bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &log
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); !exited {
		require.NoError(t, err)
	}
	return result{out.String(), log.String(), cmd.ProcessState.ExitCode()}
}

// folder returns a new folder with the tests' Pulumi.yaml and these files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, stacks.Project), stacks.Read(t, stacks.Project), 0o600))
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"help"}, {"matrix", "-h"}, {"diff", "--help"}, {"who", "-h"}, {"decide", "-help"}} {
		r := run(t, t.TempDir(), "", args...)
		assert.Equal(t, result{out: usage}, r, "%v", args)
	}
}

func TestWrongUse(t *testing.T) {
	dir := folder(t, map[string]string{"Pulumi.dev.yaml": small})
	for _, args := range [][]string{
		{}, {"show"}, {"-json"}, {"matrix", "-colour"}, {"matrix", "a", "b"}, {"matrix", "Pulumi.none.yaml"}, {"matrix", "."},
		{"diff"}, {"diff", "Pulumi.dev.yaml"}, {"diff", "a", "b", "c"}, {"diff", "-", "-"}, {"diff", "Pulumi.dev.yaml", "Pulumi.none.yaml"},
		{"documents"}, {"documents", "Pulumi.dev.yaml"}, {"documents", "Pulumi.none.yaml", "new"}, {"documents", "-api", "x", "Pulumi.dev.yaml", "new"},
		{"decide", "-json"}, {"decide", "file"},
	} {
		r := run(t, dir, "", args...)
		assert.Equal(t, 1, r.code, "%v", args)
		assert.Empty(t, r.out, "%v", args)
		assert.Regexp(t, `^access: .+\n$`, r.log, "%v", args)
		assert.Equal(t, 1, strings.Count(r.log, "\n"), "%v", args)
	}
}

// TestFlagOrder has flags before and after the files.
func TestFlagOrder(t *testing.T) {
	dir := folder(t, map[string]string{"Pulumi.dev.yaml": small, "Pulumi.other.yaml": small})
	for _, args := range [][]string{
		{"diff", "-json", "Pulumi.dev.yaml", "Pulumi.other.yaml"},
		{"diff", "Pulumi.dev.yaml", "-json", "Pulumi.other.yaml"},
		{"diff", "Pulumi.dev.yaml", "Pulumi.other.yaml", "-json"},
	} {
		r := run(t, dir, "", args...)
		assert.Zero(t, r.code, r.log)
		assert.True(t, strings.HasPrefix(r.out, "{"), r.out)
	}
}

// failing is a writer that fails.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestFailingOutput requires an error in place of the exit code of a comparison.
func TestFailingOutput(t *testing.T) {
	dir := folder(t, map[string]string{"Pulumi.a.yaml": small, "Pulumi.b.yaml": strings.Replace(small, "readOnly, admin", "admin", 1)})
	a, b := filepath.Join(dir, "Pulumi.a.yaml"), filepath.Join(dir, "Pulumi.b.yaml")
	for _, args := range [][]string{{"matrix", a}, {"matrix", "-json", a}, {"diff", a, b}, {"diff", "-json", a, b}, {"decide"}, {"-h"}} {
		_, err := command(args, strings.NewReader("{}\n"), failing{}, io.Discard)
		assert.ErrorIs(t, err, io.ErrClosedPipe, "%v", args)
	}
}
