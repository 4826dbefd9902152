//go:build unix

package sandbox_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/tests/checkout"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/stacks"
)

// process is a run of the command in a checkout of its own.
type process struct {
	cmd         *exec.Cmd
	out, errs   buffer
	checkout    string
	temp        string        // its folder for temporary files
	descendants chan struct{} // closed when it and all that it started have ended
}

// buffer is what a process has written so far.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// start starts the command with arguments, and with env added to the environment.
func start(t *testing.T, path string, env []string, args ...string) *process {
	return startIn(t, path, func(string) {}, env, args...)
}

// startIn is like start, in a checkout that prepare changes first.
func startIn(t *testing.T, path string, prepare func(checkout string), env []string, args ...string) *process {
	p := &process{cmd: exec.Command(path, args...), checkout: checkout.Copy(t), temp: t.TempDir(), descendants: make(chan struct{})}
	p.cmd.Dir = p.checkout
	p.cmd.Env = slices.Concat(os.Environ(), ownCache(t), env, []string{"TMPDIR=" + p.temp})
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	// Descendants inherit the pipe, which is closed once all of them have ended.
	read, write, err := os.Pipe()
	require.NoError(t, err)
	p.cmd.ExtraFiles = []*os.File{write}
	stacks.Replace(t, p.checkout)
	prepare(p.checkout)
	before := checkout.Files(t, p.checkout)
	require.NoError(t, p.cmd.Start())
	require.NoError(t, write.Close())
	go func() {
		_, _ = io.ReadAll(read)
		_ = read.Close()
		close(p.descendants)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // which has ended, unless the test failed
		assert.Equal(t, before, checkout.Files(t, p.checkout), "the checkout")
	})
	return p
}

// ownCache returns variables with which programs keep what they build in a temporary
// folder and not in the user's cache. Go's own cache stays.
func ownCache(t *testing.T) []string {
	values, err := gotool.Run(t.Context(), harness.Root(t), os.Environ(), "env", "GOCACHE")
	require.NoError(t, err)
	return []string{"XDG_CACHE_HOME=" + t.TempDir(), "GOCACHE=" + strings.TrimSpace(values)}
}

// wait waits for the end and returns the exit code. No process or temporary file may be
// left.
func (p *process) wait(t *testing.T) int {
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	select {
	case <-p.descendants:
	case <-time.After(time.Minute):
		t.Error("a process that it started still runs")
	}
	left, err := os.ReadDir(p.temp)
	require.NoError(t, err)
	assert.Empty(t, left, "temporary files")
	return p.cmd.ProcessState.ExitCode()
}

// until waits until a condition holds, while the process runs.
func until(t *testing.T, p *process, what string, holds func() bool) {
	for !holds() {
		select {
		case <-p.descendants:
			require.FailNow(t, "it ended before "+what, "%s%s", p.out.String(), p.errs.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
