package harness

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/sandbox/cloud"
)

// BuildSandbox builds cmd/sandbox and returns the program's path.
func BuildSandbox(t testing.TB) string {
	path := filepath.Join(t.TempDir(), "sandbox")
	_, err := gotool.Run(t.Context(), Root(t), os.Environ(), "build", "-o", path, "./cmd/sandbox")
	require.NoError(t, err)
	return path
}

// PublicAddresses returns addresses of this machine on which only a process that
// listens on all of them answers.
func PublicAddresses(t testing.TB) []string {
	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	public := []string{"127.0.0.2", "::1"}
	for _, address := range addresses {
		if ip, ok := address.(*net.IPNet); ok && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
			public = append(public, ip.IP.String())
		}
	}
	return public
}

// Secrets returns the secrets of all keys of these users in the API's account.
func Secrets(t testing.TB, c *cloud.Cloud, users ...string) []string {
	account := c.Account(cloud.APIAccount)
	var secrets []string
	for _, user := range users {
		keys, err := account.ListAccessKeys(user)
		require.NoError(t, err)
		for _, key := range keys {
			credential, err := account.Credential(key.AccessKeyID)
			require.NoError(t, err)
			require.NotEmpty(t, credential.SecretAccessKey)
			secrets = append(secrets, credential.SecretAccessKey)
		}
	}
	return secrets
}
