package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// TestSecrets shows that no secret access key is in anything that is printed or
// written in plain text, and that the output has it.
func TestSecrets(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Config(t)).Logged()
	run.Up(t)
	secrets := harness.Secrets(t, run.Cloud, "john-readonly", "jane-admin")

	shown := run.Outputs(t)["secretAccessKeys"]
	assert.True(t, shown.Secret)
	assert.Equal(t, map[string]any{"john-readonly": secrets[0], "jane-admin": secrets[1]}, shown.Value)
	again := run.Branch()
	exported, err := run.Stack.Export("a passphrase")
	require.NoError(t, err)
	require.Error(t, again.Stack.Load(exported, "another"))
	require.NoError(t, again.Stack.Load(exported, "a passphrase"))
	assert.Equal(t, shown, again.Outputs(t)["secretAccessKeys"])
	assert.Empty(t, again.Preview(t))

	run.Preview(t)
	run.Refresh(t)
	hidden(t, run, secrets)
	for _, patch := range []string{
		`{tags: {team: shop}}`, // an update of the users
		`{users: {john-readonly: {accessKey: false}}}`,
		`{users: {john-readonly: {accessKey: true}}}`, // another key
		toURL,
	} {
		run.Configure(t, harness.Merge(t, harness.Config(t), patch))
		run.Up(t)
	}
	secrets = append(secrets, harness.Secrets(t, run.Cloud, "john-readonly")...)
	require.Len(t, secrets, 3)
	assert.NotEqual(t, secrets[0], secrets[2])

	run.Configure(t, harness.Merge(t, harness.Config(t), `
users: {joe-admin: {groups: [Admin-Group], accessKey: true}}
roles: {api-gateway-executor-role: {trust: {principals: [user/nobody]}}}`))
	_, err = run.TryUp(engine.Options{Parallel: 1}) // or the role may fail before there is a key
	require.ErrorContains(t, err, "MalformedPolicyDocument")
	secrets = append(secrets, harness.Secrets(t, run.Cloud, "joe-admin")...)
	require.Len(t, secrets, 4)
	hidden(t, run, secrets)

	run.Destroy(t)
	hidden(t, run, secrets)
}

// TestSecretHeaders shows that the value of a backend's header is never printed or written in
// plain text. A change of the value updates the integration.
func TestSecretHeaders(t *testing.T) {
	t.Parallel()
	of := func(value string) map[string]any {
		return harness.Merge(t, harness.Config(t), `{backend: {archive: null, url: "https://b.example.com", headers: {x-origin-verify: `+value+`}}}`)
	}
	secrets := []string{"first-hunter2-value", "second-hunter2-value"}
	run := harness.New(t, of(secrets[0])).Logged()
	run.Up(t)
	run.Configure(t, of(secrets[1]))
	assert.Equal(t, update(theIntegration), run.Preview(t))
	assert.Equal(t, update(theIntegration), run.Up(t))
	assert.Contains(t, run.Printed(), "backend.headers is not set as a secret")
	h := handOn(t, run.Cloud)
	assert.Equal(t, secrets[1], one(h, Must(h.region.GetIntegrations(h.apiID()))).RequestParameters["overwrite:header.x-origin-verify"])
	setIntegration(h, func(s *cloud.IntegrationSettings) {
		s.RequestParameters["overwrite:header.x-origin-verify"] = "mallory"
	})
	assert.Equal(t, update(theIntegration), run.Refresh(t))
	assert.Equal(t, update(theIntegration), run.Up(t))
	exported, err := run.Stack.Export("a passphrase")
	require.NoError(t, err)
	for line := range strings.Lines(run.Printed() + string(exported)) {
		for i, secret := range secrets { // the prelude has the configuration, which is not set as a secret here
			assert.False(t, strings.Contains(line, secret) && !strings.Contains(line, `"preludeEvent"`), "secret %d is shown", i)
		}
	}
}

// hidden asserts that the secrets are not in the output, errors and events of
// the run's operations, and not in the exported state.
func hidden(t *testing.T, run *harness.Run, secrets []string) {
	exported, err := run.Stack.Export("a passphrase")
	require.NoError(t, err)
	for where, text := range map[string]string{"what was printed": run.Printed(), "the exported state": string(exported)} {
		for i, secret := range secrets {
			assert.False(t, strings.Contains(text, secret), "secret %d is in %s", i, where) // not printed here
		}
	}
}
