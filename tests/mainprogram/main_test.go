// Package mainprogram_test runs the programs as their users do, with plain
// pulumi commands that run main.go, on simulated AWS.
package mainprogram_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/products/bundle"
	"iam-secured-api/internal/pulumicli"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/tests/harness"
)

// shell runs pulumi commands in a folder.
type shell struct {
	testing.TB
	cloud  *cloud.Cloud
	pulumi string
	dir    string
	env    []string
}

// newShell is in a copy of the checkout, attached to a new Cloud.
func newShell(t testing.TB) *shell {
	c := cloud.New()
	workspace, err := engine.New(context.Background(), c, os.Stderr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, workspace.Close()) })
	cli, err := pulumicli.Find(context.Background(), os.Stderr)
	require.NoError(t, err)
	host, err := pulumicli.LanguageHost(context.Background(), os.Stderr)
	require.NoError(t, err)
	return &shell{
		TB: t, cloud: c, pulumi: cli.Path, dir: harness.Checkout(t),
		env: slices.Concat(os.Environ(), workspace.Environment(), harness.OwnCache(t),
			[]string{"PATH=" + host + string(os.PathListSeparator) + os.Getenv("PATH")}),
	}
}

// in is the shell in another folder.
func (s *shell) in(folder string) *shell {
	other := *s
	other.dir = filepath.Join(s.dir, folder)
	return &other
}

// run runs a command, which must succeed, and returns its standard output.
func (s *shell) run(args ...string) string {
	s.Helper()
	out, errs, err := s.try(args...)
	require.NoError(s, err, "pulumi %s\n%s%s", strings.Join(args, " "), out, errs)
	return out
}

func (s *shell) try(args ...string) (stdout, stderr string, err error) {
	var out, errs strings.Builder
	cmd := exec.Command(s.pulumi, append(args, "--non-interactive")...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = s.dir, s.env, &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// outputs are the stack's outputs.
func (s *shell) outputs() map[string]any {
	var outputs map[string]any
	require.NoError(s, json.Unmarshal([]byte(s.run("stack", "output", "--json")), &outputs))
	return outputs
}

func TestProgram(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	empty, before := s.cloud.Describe(), harness.Files(t, s.dir)

	s.run("stack", "init", "dev")
	s.run("preview")
	require.Equal(t, empty, s.cloud.Describe())
	s.run("up", "--yes")
	s.run("preview", "--expect-no-changes")
	testMoved(t, s)
	s.run("refresh", "--yes", "--expect-no-changes")
	outputs := s.outputs()
	assert.ElementsMatch(t, []string{
		"accessMatrix", "invokeUrl", "apiId", "executionArn", "stageName", "policyArns", "policyDocuments", "users", "secretAccessKeys",
		"instanceProfiles", "crossAccountRoles",
	}, slices.Collect(maps.Keys(outputs)))
	assert.Equal(t, "[secret]", outputs["secretAccessKeys"])
	users, err := s.cloud.Account(cloud.APIAccount).ListUsers()
	require.NoError(t, err)
	assert.Len(t, users, 2)

	// The CLI makes a number of the account's id, and puts the project's name
	// before keys.
	s.run("config", "set", "--path", "crossAccountRoles.executor.accountId", cloud.CallerAccount)
	s.run("config", "set", "--path", "crossAccountRoles.executor.principals[0]", "user/"+cloud.CallerUser)
	s.run("config", "set", "--path", "crossAccountRoles.executor.policies[0]", "readOnly")
	s.run("config", "set", "iam-secured-api:apiName", "Orders")
	s.run("up", "--yes", "--skip-preview")
	executor := s.outputs()["crossAccountRoles"].(map[string]any)["executor"].(map[string]any)
	assert.Equal(t, "arn:aws:iam::111122223333:role/executor", executor["roleArn"])
	apis, err := s.cloud.Account(cloud.APIAccount).Region("us-east-1").GetApis()
	require.NoError(t, err)
	require.Len(t, apis, 1)
	assert.Equal(t, "Orders", apis[0].Name)

	testCaller(t, s.in("examples/caller-account"), executor["roleArn"].(string))

	s.run("destroy", "--yes")
	assert.Equal(t, empty, s.cloud.Describe())
	assert.Equal(t, []string{"Pulumi.dev.yaml", "examples/caller-account/Pulumi.prod.yaml"}, changed(before, harness.Files(t, s.dir)))
}

// changed are the files that differ, sorted.
func changed(before, after map[string]string) []string {
	maps.DeleteFunc(after, func(path, content string) bool {
		old, was := before[path]
		return was && old == content
	})
	return slices.Sorted(maps.Keys(after))
}

// testMoved moves the checkout, and then runs the program from outside it: it
// builds the same product service there, beside the first one.
func testMoved(t *testing.T, s *shell) {
	built := s.archive()
	assert.NotContains(t, built, s.dir, "it is in the user's cache folder")
	require.NoError(t, bundle.Check(built))

	moved := filepath.Join(t.TempDir(), "some where", "else")
	require.NoError(t, os.MkdirAll(filepath.Dir(moved), 0o700))
	require.NoError(t, os.Rename(s.dir, moved))
	s.dir = moved
	s.run("stack", "select", "dev") // which the CLI keeps by folder
	outside := *s
	outside.dir = t.TempDir()
	outside.run("--cwd", moved, "preview", "--expect-no-changes")
	archives, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(built)), "products-*", bundle.ArchiveName))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(archives), 2, "a checkout does not build over another's archive")
}

// archive is where the deployed product service's archive is.
func (s *shell) archive() string {
	var state struct {
		Deployment struct {
			Resources []struct {
				Inputs struct{ Code struct{ Path string } }
			}
		}
	}
	require.NoError(s, json.Unmarshal([]byte(s.run("stack", "export")), &state))
	for _, r := range state.Deployment.Resources {
		if r.Inputs.Code.Path != "" {
			return r.Inputs.Code.Path
		}
	}
	require.Fail(s, "no resource has code")
	return ""
}

// testCaller runs the other account's program as its README says, with an
// access key of that account.
func testCaller(t *testing.T, s *shell, roleArn string) {
	before := s.cloud.Describe()
	s.run("stack", "init", "prod")
	s.run("config", "set", "aws:region", "us-east-1")
	s.run("config", "set", "aws:accessKey", cloud.CallerOperatorKey)
	s.run("config", "set", "--path", "roleArns[0]", roleArn)
	s.run("config", "set", "--path", "members[0]", cloud.CallerUser)
	s.run("up", "--yes", "--skip-preview")
	_, members, err := s.cloud.Account(cloud.CallerAccount).GetGroup("ProductApi-Callers")
	require.NoError(t, err)
	assert.Equal(t, []string{cloud.CallerUser}, members)
	assert.Contains(t, s.outputs()["policyDocument"], roleArn)
	s.run("destroy", "--yes")
	assert.Equal(t, before, s.cloud.Describe())
}

// TestBadConfig is refused before anything is registered, in a message that
// names every problem.
func TestBadConfig(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	empty := s.cloud.Describe()
	s.run("stack", "init", "dev")
	s.run("config", "set", "stageNmae", "prod")
	s.run("config", "set", "--path", "routes.GET /products.authorization", "jwt")
	out, _, err := s.try("up", "--yes", "--skip-preview")
	require.Error(t, err)
	for _, line := range []string{
		`(?m)^ *routes\["GET /products"\]\.authorization: "jwt" must be "iam"`,
		`(?m)^ *stageNmae: "prod" is under an unknown key \(did you mean stageName\?\)`,
	} {
		assert.Regexp(t, line, out)
	}
	assert.Equal(t, empty, s.cloud.Describe())
	var state struct {
		Deployment struct{ Resources []struct{ Type string } }
	}
	require.NoError(t, json.Unmarshal([]byte(s.run("stack", "export")), &state))
	for _, resource := range state.Deployment.Resources {
		assert.Equal(t, "pulumi:pulumi:Stack", resource.Type)
	}
}
