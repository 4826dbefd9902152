package engine_test

import (
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// TestSecrets shows that no secret access key is in the clear in anything that
// is printed or written, and that it is there for who asks.
func TestSecrets(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Config(t))
	run.Up(t, optup.Diff())
	secrets := secretsOf(t, run.Cloud, "john-readonly", "jane-admin")

	shown := run.Outputs(t)["secretAccessKeys"]
	assert.True(t, shown.Secret)
	assert.Equal(t, map[string]any{"john-readonly": secrets[0], "jane-admin": secrets[1]}, shown.Value)
	for _, secret := range secrets {
		assert.Contains(t, run.Pulumi(t, "stack", "output", "--json", "--show-secrets"), secret)
		assert.Contains(t, run.Pulumi(t, "stack", "export", "--show-secrets"), secret)
	}

	run.Preview(t)
	run.Refresh(t)
	hidden(t, run, secrets)
	for _, patch := range []string{
		`{tags: {team: shop}}`, // an update of the users
		`{users: {john-readonly: {accessKey: false}}}`,
		`{users: {john-readonly: {accessKey: true}}}`, // another key
		protected,
		released,
		toURL,
	} {
		run.Configure(t, harness.Merge(t, harness.Config(t), patch))
		run.Up(t, optup.Diff())
	}
	secrets = append(secrets, secretsOf(t, run.Cloud, "john-readonly")...)
	assert.NotEqual(t, secrets[0], secrets[2])

	run.Configure(t, harness.Merge(t, harness.Config(t), `
users: {joe-admin: {groups: [Admin-Group], accessKey: true}}
crossAccountRoles: {api-gateway-executor-role: {principals: [user/nobody]}}`))
	_, err := run.TryUp()
	require.ErrorContains(t, err, "MalformedPolicyDocument")
	secrets = append(secrets, secretsOf(t, run.Cloud, "joe-admin")...)
	hidden(t, run, secrets)

	run.Destroy(t)
	hidden(t, run, secrets)
}

// secretsOf are the secrets of the users' keys, of which each has one.
func secretsOf(t *testing.T, c *cloud.Cloud, users ...string) []string {
	account := c.Account(cloud.APIAccount)
	var secrets []string
	for _, user := range users {
		keys, err := account.ListAccessKeys(user)
		require.NoError(t, err)
		require.Len(t, keys, 1)
		key, err := account.Credential(keys[0].AccessKeyID)
		require.NoError(t, err)
		require.NotEmpty(t, key.SecretAccessKey)
		secrets = append(secrets, key.SecretAccessKey)
	}
	return secrets
}

// hidden looks for the secrets in what the run's commands have printed, errors
// and events too, in the outputs, the exported state and all files that the
// engine keeps.
func hidden(t *testing.T, run *harness.Run, secrets []string) {
	texts := map[string]string{
		"what was printed":   run.Printed(),
		"the outputs":        run.Pulumi(t, "stack", "output"),
		"the outputs (JSON)": run.Pulumi(t, "stack", "output", "--json"),
		"the history":        run.Pulumi(t, "stack", "history"),
		"the exported state": run.State(t),
	}
	env := run.Stack.Workspace().GetEnvVars()
	state := harness.Files(t, strings.TrimPrefix(env["PULUMI_BACKEND_URL"], "file://"))
	logs := harness.Files(t, filepath.Join(env["PULUMI_HOME"], "logs"))
	assert.NotEmpty(t, state)
	assert.NotEmpty(t, logs)
	for path, content := range logs {
		logs[path] = unzipped(t, content)
	}
	maps.Copy(texts, state)
	maps.Copy(texts, logs)
	for where, text := range texts {
		for i, secret := range secrets {
			assert.False(t, strings.Contains(text, secret), "secret %d is in %s", i, where) // which is not printed here
		}
	}
}

// unzipped is the text of a log, which the engine compresses, or encrypts if it
// may hold secrets.
func unzipped(t *testing.T, log string) string {
	reader, err := gzip.NewReader(strings.NewReader(log))
	if errors.Is(err, gzip.ErrHeader) {
		return log
	}
	require.NoError(t, err)
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	return string(text)
}
