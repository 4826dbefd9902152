package faults

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/provider"
)

// callers returns the types whose operations send a request. They come from the
// provider's registry, which the provider's tests compare with the requests
// that it sends.
func callers(action string) []string {
	var tokens []string
	for _, t := range provider.Types() {
		if slices.Contains(t.Calls(), action) {
			tokens = append(tokens, t.Token())
		}
	}
	return tokens
}

// reFailure matches a line about a request that failed.
var reFailure = regexp.MustCompile(`(?:creating|updating|deleting) (\S+) (.+): (?:ServiceUnavailable|RequestTimeout): (.+)$`)

// CheckMessage asserts that the operation's error names the resource and the
// error of the one request that failed, and nothing else. It returns the
// resource.
func CheckMessage(t testing.TB, err error, call Call, failed cloud.Mutation) resource.URN {
	t.Helper()
	var failure *engine.Failure
	require.ErrorAs(t, err, &failure)
	var blamed []resource.URN
	for _, d := range failure.Diagnostics {
		for line := range strings.Lines(d.Message) {
			m := reFailure.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil {
				assert.Regexp(t, `^((update|destroy|refresh) failed|1 error occurred:|)\s*$`, line, "another failure")
				continue
			}
			blamed = append(blamed, d.URN)
			assert.Contains(t, callers(call.Action), m[1], "type of the resource that is named")
			assert.Equal(t, d.URN.Name(), m[2], "name of the resource")
			assert.Contains(t, m[3], failed.Action+" of "+failed.Target)
		}
	}
	require.Len(t, blamed, 1, "messages about the call in:\n%v", err)
	return blamed[0]
}

// Secrets returns the secret access keys of all users.
func Secrets(t testing.TB, c *cloud.Cloud) []string {
	var secrets []string
	for _, id := range []string{cloud.APIAccount, cloud.CallerAccount} {
		account := c.Account(id)
		users, err := account.ListUsers()
		require.NoError(t, err)
		for _, user := range users {
			keys, err := account.ListAccessKeys(user.UserName)
			require.NoError(t, err)
			for _, key := range keys {
				credential, err := account.Credential(key.AccessKeyID)
				require.NoError(t, err)
				secrets = append(secrets, credential.SecretAccessKey)
			}
		}
	}
	return secrets
}

// CheckNoSecret asserts that the output of a run contains no secrets.
func CheckNoSecret(t testing.TB, printed string, secrets []string) {
	leaks := slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(printed, secret) })
	assert.False(t, leaks, "a secret access key was printed") // not printed here
}
