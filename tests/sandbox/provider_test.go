//go:build unix

package sandbox_test

import (
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

	"iam-secured-api/internal/pulumicli"
	"iam-secured-api/tests/harness"
)

// testProvider serves plain pulumi commands, which run main.go.
func testProvider(t *testing.T, path string) {
	p := start(t, path, nil, "provider")
	until(t, p, "its first line", func() bool { return strings.Contains(p.out.String(), "\n") })
	line := strings.TrimSuffix(p.out.String(), "\n")
	attached := regexp.MustCompile(`^PULUMI_DEBUG_PROVIDERS=aws:(\d+)$`).FindStringSubmatch(line)
	require.NotNil(t, attached, line)
	port := attached[1]
	for _, address := range otherAddresses(t) {
		_, err := net.DialTimeout("tcp", net.JoinHostPort(address, port), time.Second)
		assert.Error(t, err, "it listens on %s", address)
	}

	pulumi := plainPulumi(t, line)
	pulumi("stack", "init", "dev")
	pulumi("up", "--yes", "--skip-preview")
	assert.Contains(t, pulumi("stack", "output", "--json"), "https://")
	pulumi("refresh", "--yes", "--expect-no-changes")
	pulumi("destroy", "--yes")

	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	assert.Zero(t, p.wait(t), p.errs.String())
	_, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
}

// otherAddresses are those of this machine that only a process which listens on
// all of them answers on.
func otherAddresses(t *testing.T) []string {
	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	others := []string{"127.0.0.2", "::1"}
	for _, address := range addresses {
		if ip, ok := address.(*net.IPNet); ok && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
			others = append(others, ip.IP.String())
		}
	}
	return others
}

// plainPulumi runs pulumi commands as the sandbox tells the user to, in a
// checkout and with a home and a state of their own.
func plainPulumi(t *testing.T, attach string) func(args ...string) string {
	cli, err := pulumicli.Find(t.Context(), os.Stderr)
	require.NoError(t, err)
	host, err := pulumicli.LanguageHost(t.Context(), os.Stderr)
	require.NoError(t, err)
	checkout := harness.Checkout(t)
	env := append(append(os.Environ(), harness.OwnCache(t)...), attach, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true", "PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_HOME="+t.TempDir(), "PULUMI_BACKEND_URL=file://"+t.TempDir(), "PULUMI_CONFIG_PASSPHRASE=test",
		"PATH="+host+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func(args ...string) string {
		cmd := exec.Command(cli.Path, append(args, "--non-interactive")...)
		cmd.Dir, cmd.Env = checkout, env
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "pulumi %s\n%s", strings.Join(args, " "), out)
		return string(out)
	}
}
