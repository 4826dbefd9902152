//go:build cli && unix

package cli_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/checkout"
	"iam-secured-api/tests/harness"
)

// TestSandboxProvider runs plain pulumi commands with the variable that
// `go run ./cmd/sandbox provider` prints.
func TestSandboxProvider(t *testing.T) {
	t.Parallel()
	path := harness.BuildSandbox(t)
	dir, temp := ownCheckout(t), t.TempDir()
	before := checkout.Files(t, dir)
	cmd := exec.CommandContext(t.Context(), path, "provider")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+temp, "XDG_CACHE_HOME="+t.TempDir())
	var errs strings.Builder
	cmd.Stderr = &errs
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	out := bufio.NewReader(pipe)
	line, err := out.ReadString('\n')
	require.NoError(t, err)
	attached := regexp.MustCompile(`^PULUMI_DEBUG_PROVIDERS=aws:(\d+)\n$`).FindStringSubmatch(line)
	require.NotNil(t, attached, line)
	port := attached[1]
	for _, address := range harness.PublicAddresses(t) {
		_, err := net.DialTimeout("tcp", net.JoinHostPort(address, port), time.Second)
		assert.Error(t, err, "it listens on %s", address)
	}

	s := newCompiled(t, harness.Config(t), strings.TrimSpace(line))
	s.run("up", "--yes", "--skip-preview")
	assert.Contains(t, s.outputs()["invokeUrl"], "https://")
	s.run("refresh", "--yes", "--expect-no-changes")
	s.run("destroy", "--yes")

	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(out) // until it and all that it has started have ended
	require.NoError(t, err)
	assert.Empty(t, rest)
	assert.NoError(t, cmd.Wait(), errs.String())
	_, err = net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	assert.Empty(t, checkout.Files(t, temp), "temporary files")
	assert.Equal(t, before, checkout.Files(t, dir), "the checkout")
}
