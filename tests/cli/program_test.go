//go:build cli && unix

package cli_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products/bundle"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/checkout"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

// TestProgram deploys main.go of a checkout, and the example for the other
// account.
func TestProgram(t *testing.T) {
	t.Parallel()
	c := cloud.New()
	s := newShell(t, ownCheckout(t), attach(t, c))
	empty, before := c.Describe(), checkout.Files(t, s.dir)

	s.run("stack", "init", "dev")
	s.run("preview")
	require.Equal(t, empty, c.Describe())
	s.run("up", "--yes")
	s.run("preview", "--expect-no-changes")
	testMoved(t, s)
	s.run("refresh", "--yes", "--expect-no-changes")
	outputs := s.outputs()
	assert.ElementsMatch(t, names.Outputs, slices.Collect(maps.Keys(outputs)))
	assert.Equal(t, "[secret]", outputs["secretAccessKeys"])
	users, err := c.Account(cloud.APIAccount).ListUsers()
	require.NoError(t, err)
	assert.Len(t, users, 2)

	// The CLI turns the account's id into a number, and adds the project's name to
	// keys.
	s.run("config", "set", "--path", "roles.executor.trust.account", cloud.CallerAccount)
	s.run("config", "set", "--path", "roles.executor.trust.principals[0]", "user/"+cloud.CallerUser)
	s.run("config", "set", "--path", "roles.executor.policies[0]", "readOnly")
	s.run("config", "set", "iam-secured-api:apiName", "Orders")
	s.run("up", "--yes", "--skip-preview")
	executor := s.outputs()["roles"].(map[string]any)["executor"].(map[string]any)
	assert.Equal(t, "arn:aws:iam::111122223333:role/executor", executor["arn"])
	apis, err := c.Account(cloud.APIAccount).Region("us-east-1").GetApis()
	require.NoError(t, err)
	require.Len(t, apis, 1)
	assert.Equal(t, "Orders", apis[0].Name)

	testCaller(t, s.in("examples/caller-account"), c, executor["arn"].(string))

	s.run("destroy", "--yes")
	assert.Equal(t, empty, c.Describe())
	assert.Equal(t, []string{"Pulumi.dev.yaml", "examples/caller-account/Pulumi.prod.yaml"}, changed(before, checkout.Files(t, s.dir)))
}

// changed returns the paths of files that are new or differ, sorted, without the
// program, which language hosts newer than the pinned one build in bin.
func changed(before, after map[string]checkout.File) []string {
	maps.DeleteFunc(after, func(path string, file checkout.File) bool {
		old, was := before[path]
		return was && old == file || strings.HasPrefix(path, "bin/")
	})
	return slices.Sorted(maps.Keys(after))
}

// testMoved moves the checkout, and then runs the program from outside it: the
// program builds the same product service there, and keeps the first one.
func testMoved(t *testing.T, s *shell) {
	archive := s.archive()
	assert.NotContains(t, archive, s.dir, "it is in the user's cache folder")
	require.NoError(t, bundle.Check(archive))

	moved := filepath.Join(t.TempDir(), "some where", "else")
	require.NoError(t, os.MkdirAll(filepath.Dir(moved), 0o700))
	require.NoError(t, os.Rename(s.dir, moved))
	s.dir = moved
	s.run("stack", "select", "dev") // the CLI keeps the selection by folder
	outside := *s
	outside.dir = t.TempDir()
	outside.run("--cwd", moved, "preview", "--expect-no-changes")
	archives, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(archive)), "products-*", bundle.ArchiveName))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(archives), 2, "a checkout does not overwrite another's archive")
}

// archive returns the path of the deployed product service's archive.
func (s *shell) archive() string {
	for _, r := range s.export().Resources {
		if code, is := r.Inputs["code"].(map[string]any); is {
			return code["path"].(string)
		}
	}
	require.Fail(s, "no resource has code")
	return ""
}

// testCaller runs the other account's program as its README says, with an
// access key of that account.
func testCaller(t *testing.T, s *shell, c *cloud.Cloud, roleArn string) {
	before := c.Describe()
	s.run("stack", "init", "prod")
	s.run("config", "set", "aws:region", "us-east-1")
	s.run("config", "set", "aws:accessKey", cloud.CallerOperatorKey)
	s.run("config", "set", "--path", "roleArns[0]", roleArn)
	s.run("config", "set", "--path", "members[0]", cloud.CallerUser)
	s.run("up", "--yes", "--skip-preview")
	_, members, err := c.Account(cloud.CallerAccount).GetGroup("ProductApi-Callers")
	require.NoError(t, err)
	assert.Equal(t, []string{cloud.CallerUser}, members)
	assert.Contains(t, s.outputs()["policyDocument"], roleArn)
	s.run("destroy", "--yes")
	assert.Equal(t, before, c.Describe())
}

// TestBadConfig checks that a bad configuration is refused before anything is
// registered, in a message that names every problem.
func TestBadConfig(t *testing.T) {
	t.Parallel()
	c := cloud.New()
	s := newCompiled(t, harness.Config(t), attach(t, c))
	empty := c.Describe()
	s.run("config", "set", "stageNmae", "prod")
	s.run("config", "set", "--path", "routes.GET /products.authorization", "jwt")
	out, err := s.try("up", "--yes", "--skip-preview")
	require.Error(t, err)
	for _, line := range []string{
		`(?m)^ *routes\["GET /products"\]\.authorization: "jwt" must be "iam"`,
		`(?m)^ *stageNmae: "prod" is under an unknown key \(did you mean stageName\?\)`,
	} {
		assert.Regexp(t, line, out)
	}
	assert.Equal(t, empty, c.Describe())
	for _, resource := range s.export().Resources {
		assert.EqualValues(t, "pulumi:pulumi:Stack", resource.Type)
	}
}
