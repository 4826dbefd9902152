package engine_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/harness"
)

// TestUpgradeOfRoles previews a stack whose state was exported by a version that had
// the keys instanceRoles and crossAccountRoles, and a component for each: nothing is
// created, replaced or deleted. The URL backend gets headers that identify the principal.
// Otherwise only components change.
func TestUpgradeOfRoles(t *testing.T) {
	state, err := os.ReadFile("testdata/state-of-two-kinds-of-roles.json")
	require.NoError(t, err)
	run := harness.New(t, harness.Merge(t, harness.SandboxConfig(t), `
users: {john-readonly: {accessKey: false}, jane-admin: {accessKey: false}}
roles: {api-gateway-executor-role: {trust: {externalId: shop-1, requireMfa: true}, maxSessionSeconds: 7200}}
backend: {archive: null, url: "https://backend.example.com"}`)).Logged()
	require.NoError(t, run.Stack.Load(state, "test"))
	assert.Equal(t, harness.Changes{"update apigatewayv2/integration:Integration api-backend"}, run.Preview(t))

	ops := map[string]bool{}
	roles := 0
	for _, step := range reStep.FindAllStringSubmatch(run.Printed(), -1) {
		ops[step[1]] = true
		if strings.HasPrefix(step[2], "iam-secured-api:components:Role::") {
			roles++
		}
	}
	assert.Equal(t, map[string]bool{"same": true, "update": true}, ops, "components note other inputs")
	assert.Positive(t, roles, "the roles' components have their new type")
}

// reStep matches a step in the engine's JSON output: its operation, and the
// type and name of the resource.
var reStep = regexp.MustCompile(`"op":"([a-z-]+)","urn":"urn:pulumi:sandbox::iam-secured-api::([^"]*)"`)
