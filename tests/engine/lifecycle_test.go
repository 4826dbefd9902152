// Package engine_test runs both programs with the real engine on simulated AWS.
package engine_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

func TestLifecycle(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Config(t))
	empty := run.Cloud.Describe()
	live(t, run, create(names.Sandbox()...))
	deployed := run.Cloud.Describe()

	batch := cloud.CreateRoleInput{RoleName: "batch", AssumeRolePolicyDocument: TrustService("ec2")}
	other := run.Cloud.Account(cloud.CallerAccount)
	_, err := other.CreateRole(batch)
	require.NoError(t, err)
	executor := run.Outputs(t)["roles"].Value.(map[string]any)["api-gateway-executor-role"].(map[string]any)
	caller := run.Caller(t, map[string]any{
		"aws:region": "us-east-1",
		"roleArns":   []any{executor["arn"]},
		"members":    []any{cloud.CallerUser},
		"roles":      []any{batch.RoleName},
	})
	resources := append(names.Caller(), rolePolicy("api", "batch"))
	live(t, caller, create(resources...))
	assert.Equal(t, remove(resources...), caller.Destroy(t))
	require.NoError(t, other.DeleteRole(batch.RoleName))
	assert.Equal(t, deployed, run.Cloud.Describe())

	branch := run.Branch()
	assert.Equal(t, remove(names.Sandbox()...), branch.Destroy(t))
	assert.Equal(t, empty, branch.Cloud.Describe())
	assert.Empty(t, run.Refresh(t), "a branch changes nothing here")
	run.Destroy(t)
	assert.Equal(t, empty, run.Cloud.Describe())
}

// live takes a stack through its whole life. Its first deployment must create
// exactly the given resources.
func live(t *testing.T, run *harness.Run, want harness.Changes) {
	before := run.Cloud.Describe()
	assert.Equal(t, want, run.Preview(t))
	require.Equal(t, before, run.Cloud.Describe(), "a preview creates nothing")
	assert.Equal(t, want, run.Up(t))
	deployed := run.Cloud.Describe()
	assert.NotEqual(t, before, deployed)
	assert.Empty(t, run.Preview(t))
	assert.Empty(t, run.Refresh(t))
	assert.Empty(t, run.Up(t))
	assert.Equal(t, deployed, run.Cloud.Describe())
}
