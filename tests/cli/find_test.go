// Package cli finds the real Pulumi CLI, which may mean to build it. That takes minutes, and `go test` stops a package after
// ten: so this one does nothing else, and others find the CLI built.
package cli

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/semver"

	"iam-secured-api/internal/pulumicli"
)

func TestFindTheRealCLI(t *testing.T) {
	found, err := pulumicli.Find(t.Context(), t.Output())
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), found.Path, "version").Output()
	require.NoError(t, err)
	version := strings.TrimSpace(string(out))
	assert.Equal(t, found.Version, version)
	assert.GreaterOrEqual(t, semver.Compare(version, "v"+sdk.Version.String()), 0, "%s is older than the SDK", version)

	command, err := found.Command()
	require.NoError(t, err)
	assert.Equal(t, version, "v"+command.Version().String())

	var log bytes.Buffer
	again, err := pulumicli.Find(t.Context(), &log)
	require.NoError(t, err)
	assert.Equal(t, found, again)
	assert.Empty(t, log.String(), "the second time there is nothing to build")
}
