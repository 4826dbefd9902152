//go:build cli && unix

package cli_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/checkout"
	"iam-secured-api/tests/harness"
)

// TestSecrets checks that the CLI prints and writes no secret access key in plain text,
// except on request.
func TestSecrets(t *testing.T) {
	t.Parallel()
	c, config := cloud.New(), harness.Config(t)
	s := &logged{shell: newCompiled(t, config, attach(t, c), "PULUMI_DEBUG_COMMANDS=true"), events: t.TempDir()}
	s.operate("preview", "--diff")
	s.operate("up", "--yes", "--diff")
	secrets := harness.Secrets(t, c, "john-readonly", "jane-admin")
	assert.Equal(t, "[secret]", s.outputs()["secretAccessKeys"])
	s.testShown(secrets)
	s.operate("preview", "--diff")
	s.operate("refresh", "--yes", "--diff")
	s.checkHidden(secrets)

	merge := func(patch string) {
		config = harness.Merge(t, config, patch)
		s.configure(config)
	}
	merge(`{tags: {team: shop}, users: {john-readonly: {accessKey: false}}}`)
	s.operate("up", "--yes", "--diff")
	merge(`{users: {john-readonly: {accessKey: true}}}`) // another key
	s.operate("up", "--yes")
	secrets = append(secrets, harness.Secrets(t, c, "john-readonly")...)
	require.Len(t, secrets, 3)
	assert.NotEqual(t, secrets[0], secrets[2])

	merge(`{users: {joe-admin: {groups: [Admin-Group], accessKey: true}}, roles: {api-gateway-executor-role: {trust: {principals: [user/nobody]}}}}`)
	_, err := s.tryOperate("up", "--yes", "--diff")
	require.ErrorContains(t, err, "MalformedPolicyDocument")
	secrets = append(secrets, harness.Secrets(t, c, "joe-admin")...)
	require.Len(t, secrets, 4)
	s.checkHidden(secrets)

	s.operate("destroy", "--yes", "--diff")
	s.checkHidden(secrets)
}

// logged is a shell that keeps the events of operations.
type logged struct {
	*shell
	events string // their folder
	count  int
}

// operate runs an operation, which must succeed.
func (s *logged) operate(args ...string) {
	s.Helper()
	_, err := s.tryOperate(args...)
	require.NoError(s, err)
}

func (s *logged) tryOperate(args ...string) (string, error) {
	s.count++
	return s.try(append(args, "--event-log", filepath.Join(s.events, fmt.Sprint(s.count)))...)
}

// testShown requests the secrets. What these commands print is not recorded.
func (s *logged) testShown(secrets []string) {
	shown := *s.shell
	shown.printed = &strings.Builder{}
	for _, secret := range secrets {
		assert.Contains(s, shown.run("stack", "output", "--json", "--show-secrets"), secret)
		assert.Contains(s, shown.run("stack", "export", "--show-secrets"), secret)
	}
}

// checkHidden searches what commands printed, the events, the outputs, the history, the
// exported state and all files of the CLI for the secrets.
func (s *logged) checkHidden(secrets []string) {
	s.Helper()
	texts := map[string]string{
		"the outputs":        s.run("stack", "output"),
		"the outputs (JSON)": s.run("stack", "output", "--json"),
		"the history":        s.run("stack", "history"),
		"the history (JSON)": s.run("stack", "history", "--json"),
		"the exported state": s.run("stack", "export"),
		"what was printed":   s.printed.String(),
	}
	for _, folder := range []string{s.backend, filepath.Join(s.home, "logs"), s.events} {
		files := checkout.Files(s, folder)
		assert.NotEmpty(s, files, folder)
		for path, file := range files {
			texts[filepath.Join(folder, path)] = unzipped(s, file.Content)
		}
	}
	for where, text := range texts {
		for i, secret := range secrets {
			assert.False(s, strings.Contains(text, secret), "secret %d is in %s", i, where) // which is not printed here
		}
	}
}

// unzipped returns the text of a file, which may be compressed, as logs are.
func unzipped(t testing.TB, text string) string {
	reader, err := gzip.NewReader(strings.NewReader(text))
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.EOF) {
		return text
	}
	require.NoError(t, err)
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	return string(content)
}
