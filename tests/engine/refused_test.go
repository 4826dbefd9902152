package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// TestRefused previews and deploys a configuration with several problems. Both fail with
// all problems, before anything is registered or sent. tests/config checks all problems.
func TestRefused(t *testing.T) {
	t.Parallel()
	outside := harness.Merge(t, harness.Config(t), `
routes: {"GET /a//b": {}}
users: {"j n": {}}
policies: {readOnly: {conditions: {hours: 9-17}}, admin: {conditions: {sourceCidrs: [192.168.0.0/16]}}}
accessLog: {retentionDays: 2}`)
	problems := []string{
		"routes: ", `users["j n"]: `, "policies.readOnly.conditions.hours: ",
		"policies.admin.conditions.sourceCidrs[0]: ", "accessLog.retentionDays: 2",
	}
	empty := harness.New(t, harness.Config(t))
	deployed := empty.Branch()
	deployed.Up(t)
	before, state := deployed.Cloud.Describe(), resources(t, deployed)
	deployed.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		t.Errorf("sent %s of %s", m.Action, m.Target)
		return cloud.NoFault
	})
	for name, operation := range map[string]func() (harness.Changes, error){
		"preview": func() (harness.Changes, error) { return empty.TryPreview() },
		"up":      func() (harness.Changes, error) { return deployed.TryUp() },
	} {
		empty.Configure(t, outside)
		deployed.Configure(t, outside)
		changes, err := operation()
		assert.Empty(t, changes, name)
		require.Error(t, err, name)
		_, list, found := strings.Cut(err.Error(), "5 problems in the stack's configuration:\n")
		require.True(t, found, "%s: %v", name, err)
		for _, problem := range problems {
			assert.Contains(t, list, "      "+problem, name)
		}
	}
	assert.Equal(t, before, deployed.Cloud.Describe())
	assert.Equal(t, state, resources(t, deployed))
}
