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
	"iam-secured-api/tests/harness"
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
	require.Len(t, blamed, 1, "messages about the request in:\n%v", err)
	return blamed[0]
}

// secretsOf returns the secret access keys of all users in the API's account.
func secretsOf(t testing.TB, c *cloud.Cloud) []string {
	users, err := c.Account(cloud.APIAccount).ListUsers()
	require.NoError(t, err)
	var names []string
	for _, user := range users {
		names = append(names, user.UserName)
	}
	return harness.Secrets(t, c, names...)
}
