package pulumicli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"golang.org/x/mod/semver"
	"iam-secured-api/internal/gotool"
)

// TestPinsOfThisProject reads the tools' real modules. The CLI is of the same version as the SDK that the programs are built
// with, which is how they are known to work together.
func TestPinsOfThisProject(t *testing.T) {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	cli, err := pulumiTool.pinned(root)
	require.NoError(t, err)
	assert.Equal(t, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", cli.pkg)
	assert.Equal(t, "v"+sdk.Version.String(), cli.version)

	host, err := languageHostTool.pinned(root)
	require.NoError(t, err)
	assert.Equal(t, "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go", host.pkg)
	assert.True(t, semver.IsValid(host.version))
}

func TestPinned(t *testing.T) {
	root := newCheckout(t)
	p, err := pulumiTool.pinned(root)
	require.NoError(t, err)
	assert.Equal(t, testPin, p.version, "the module with the longest path holds the package")
	assert.Contains(t, p.flags(), "-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.100.0")
	again, err := pulumiTool.pinned(root)
	require.NoError(t, err)
	assert.Equal(t, p, again)
}

func TestPinnedRefuses(t *testing.T) {
	for name, test := range map[string]struct{ goMod, want string }{
		"no tool":      {"module m\n", "0 tool directives"},
		"two tools":    {"module m\ntool a.com/x\ntool a.com/y\n", "2 tool directives"},
		"no require":   {"module m\ntool a.com/x/cmd\nrequire a.com/xy v1.0.0\n", "a.com/x/cmd"},
		"not a go.mod": {"<html>\n", "go.mod:1"},
	} {
		t.Run(name, func(t *testing.T) {
			root := newCheckout(t)
			writeFile(t, filepath.Join(root, "tools", "pulumi", "go.mod"), test.goMod)
			_, err := pulumiTool.pinned(root)
			assert.ErrorContains(t, err, test.want)
		})
	}
	for _, missing := range []string{"go.mod", "go.sum"} {
		root := newCheckout(t)
		require.NoError(t, os.Remove(filepath.Join(root, "tools", "pulumi", missing)))
		_, err := pulumiTool.pinned(root)
		assert.ErrorIs(t, err, os.ErrNotExist)
	}
}
