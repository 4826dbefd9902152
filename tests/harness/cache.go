package harness

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
)

// OwnCache is an environment (KEY=VALUE) in which programs put what they build
// into a temporary folder in place of the user's cache folder, where the system
// lets one choose, so that checkouts that go leave nothing there. What Go compiles
// stays in its own cache.
func OwnCache(t testing.TB) []string {
	values, err := gotool.Run(t.Context(), Root(t), os.Environ(), "env", "GOCACHE")
	require.NoError(t, err)
	return []string{"XDG_CACHE_HOME=" + t.TempDir(), "GOCACHE=" + strings.TrimSpace(values)}
}
