package engine_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiprogram "iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

// TestExistingRoleIsOnlyAttachedTo requires that the stack changes only its own
// attachments of a role made elsewhere. Other attachments are not drift, and are kept.
func TestExistingRoleIsOnlyAttachedTo(t *testing.T) {
	t.Parallel()
	run := harness.New(t, kindsConfig(t))
	h := handOn(t, run.Cloud)
	run.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		if m.Target == "task" {
			assert.Contains(t, []string{"AttachRolePolicy", "DetachRolePolicy"}, m.Action)
		}
		return cloud.NoFault
	})
	run.Up(t)
	run.Cloud.OnMutation(nil)
	h.do(h.api.RolePolicies().Attach("task", administrator))
	h.do(h.api.RolePolicies().Put("task", backDoor))
	h.do(h.api.UpdateAssumeRolePolicy("task", TrustService("lambda")))
	h.do(h.api.UpdateRoleDescription("task", "mine"))
	assert.Empty(t, run.Refresh(t))
	assert.Empty(t, run.Up(t))
	attached := Must(h.api.RolePolicies().Attached("task"))
	assert.Len(t, attached, 4)
	assert.Contains(t, attached, administrator)

	run.Destroy(t)
	assert.Equal(t, []string{administrator}, Must(h.api.RolePolicies().Attached("task")))
	assert.Equal(t, []string{backDoor.PolicyName}, Must(h.api.RolePolicies().Names("task")))
	role := Must(h.api.GetRole("task"))
	assert.Equal(t, "mine", role.Description)
	assert.JSONEq(t, TrustService("lambda"), role.AssumeRolePolicyDocument)
}

// TestExistingRolesAreLookedUp deploys to accounts that do not have the role. Package
// mocks tests the other problems.
func TestExistingRolesAreLookedUp(t *testing.T) {
	t.Parallel()
	run := harness.New(t, kindsConfig(t))
	h := handOn(t, run.Cloud)
	h.do(h.api.DeleteRole("task"))
	before := run.Cloud.Describe()
	const problem = `existingRoles["` + taskRole + `"]: must be a role of the account: `
	_, err := run.TryPreview()
	require.ErrorContains(t, err, problem)
	require.ErrorContains(t, err, "NoSuchEntity")
	_, err = run.TryUp()
	require.ErrorContains(t, err, problem)
	assert.Equal(t, before, run.Cloud.Describe())
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	assert.LessOrEqual(t, len(state.Resources), 2, "the stack and the provider")

	stack, err := engine.Open(run.Cloud, engine.Project{
		File: harness.ProjectFile(t), Stack: "sandbox", Config: kindsConfig(t), AccessKeyID: cloud.CallerOperatorKey, Program: apiprogram.Deploy,
	})
	require.NoError(t, err)
	_, err = (&harness.Run{Cloud: run.Cloud, Stack: stack}).TryPreview()
	require.ErrorContains(t, err, "the credentials are of the account 444455556666, and the stack's configuration has ARNs of the account 111122223333")

	run.Cloud.AcceptUnknown()
	run.Configure(t, harness.Merge(t, kindsConfig(t), `{existingRoles: {"`+taskRole+`": null, nobody: {policies: [readOnly]}}}`))
	run.Up(t)
	assert.Equal(t, map[string]any{"nobody": map[string]any{"arn": "arn:aws:iam::111122223333:role/nobody"}}, run.Outputs(t)["existingRoles"].Value)
	run.Destroy(t)
}

// TestNameOfAPermissionSetsPolicy renames a policy that something outside the stack has
// attached. IAM rejects the deletion of the old one. The old configuration restores the
// stack.
func TestNameOfAPermissionSetsPolicy(t *testing.T) {
	t.Parallel()
	run := harness.New(t, kindsConfig(t))
	run.Up(t)
	h := handOn(t, run.Cloud)
	Must(h.api.CreateRole(cloud.CreateRoleInput{RoleName: "set", AssumeRolePolicyDocument: TrustService("ec2")}))
	h.do(h.api.RolePolicies().Attach("set", staffArn))
	before := run.Cloud.Describe()
	run.Configure(t, harness.Merge(t, kindsConfig(t), `{policies: {staff: {name: Team}}}`))
	_, err := run.TryUp(engine.Options{Parallel: 1})
	require.ErrorContains(t, err, "DeleteConflict")
	assert.Contains(t, Must(h.api.RolePolicies().Attached("set")), staffArn)
	run.Configure(t, kindsConfig(t))
	run.Up(t)
	assert.Equal(t, before, run.Cloud.Describe())
	assert.Empty(t, run.Preview(t))
}

// TestProviderIsRemoved removes a provider while a role trusts its tokens, see
// docs/configuration.md. The role cannot be assumed then, and creating another one fails.
func TestProviderIsRemoved(t *testing.T) {
	t.Parallel()
	run := harness.New(t, kindsConfig(t))
	run.Up(t)
	run.Configure(t, harness.Merge(t, kindsConfig(t), `{oidcProviders: null}`))
	assert.Equal(t, remove(gitHubProvider), run.Up(t))
	assert.Empty(t, run.Preview(t))
	run.Configure(t, harness.Merge(t, kindsConfig(t), `{oidcProviders: null, roles: {ci: null}}`))
	run.Up(t)
	run.Configure(t, harness.Merge(t, kindsConfig(t), `{oidcProviders: null}`))
	_, err := run.TryUp()
	require.ErrorContains(t, err, "MalformedPolicyDocument")
	run.Configure(t, kindsConfig(t))
	assert.Equal(t, create(append(names.Role("ci", "admin"), gitHubProvider)...), run.Up(t))
}

// TestIssuerChanges requires that the provider of a role's issuer exists at every
// moment.
func TestIssuerChanges(t *testing.T) {
	t.Parallel()
	run := harness.New(t, kindsConfig(t))
	run.Up(t)
	run.Configure(t, harness.Merge(t, kindsConfig(t), `
oidcProviders: {"`+gitHub+`": null, "https://gitlab.com": {audiences: [shop]}}
roles: {ci: {trust: {oidc: {issuer: "https://gitlab.com", audiences: [shop], claims: {sub: "project_path:acme/shop:*"}}}}}`))
	var sent []string
	run.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		sent = append(sent, m.Action)
		return cloud.NoFault
	})
	assert.Equal(t, harness.Join(create(gitLabProvider), update(ciRole), remove(gitHubProvider)), run.Up(t, engine.Options{Parallel: 1}))
	assert.Equal(t, []string{
		"CreateOpenIDConnectProvider", "UpdateAssumeRolePolicy", "UpdateRoleDescription", "DeleteOpenIDConnectProvider",
	}, sent)
}

// TestRoleIsMoved moves a role from roles to existingRoles and back. The first move must
// fail, as it would delete the role. docs/configuration.md says what to do instead.
func TestRoleIsMoved(t *testing.T) {
	t.Parallel()
	config := kindsConfig(t)
	moved := harness.Merge(t, config, `{roles: {catalog: null}, existingRoles: {catalog: {policies: [readOnly]}}}`)
	run := harness.New(t, config)
	h := handOn(t, run.Cloud)
	run.Up(t)
	before := run.Cloud.Describe()
	run.Configure(t, moved)
	_, err := run.TryUp()
	require.ErrorContains(t, err, `existingRoles["catalog"]: is a role that this program created`)
	assert.Equal(t, before, run.Cloud.Describe())

	run.Configure(t, harness.Merge(t, config, `{roles: {catalog: {policies: []}}}`))
	run.Up(t)
	forget(t, run, names.Role("catalog")...)
	h.do(h.api.UpdateRoleDescription("catalog", "mine"))
	run.Configure(t, moved)
	assert.Equal(t, create(rolePolicy("catalog", "readOnly")), run.Up(t))
	assert.Empty(t, run.Preview(t))

	run.Configure(t, harness.Merge(t, config, `{roles: {catalog: null}}`))
	assert.Equal(t, remove(rolePolicy("catalog", "readOnly")), run.Up(t))
	run.Configure(t, config)
	_, err = run.TryUp(engine.Options{Parallel: 1})
	require.ErrorContains(t, err, "EntityAlreadyExists")
	parent := one(t, slices.DeleteFunc(deployed(t, run, "iam-secured-api:components:Role"), func(r apitype.ResourceV3) bool {
		return r.URN.Name() != "catalog"
	}))
	require.NoError(t, run.Stack.Import(t.Context(), engine.Options{}, engine.Adoption{
		Type: "aws:iam/role:Role", Name: "catalog-role", ID: "catalog", Parent: string(parent.URN),
	}))
	run.Up(t)
	assert.Empty(t, run.Preview(t))
	assert.Equal(t, before, run.Cloud.Describe())
}

// forget takes resources out of the state, as `pulumi state delete` does.
func forget(t *testing.T, run *harness.Run, resources ...string) {
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	all := len(state.Resources)
	state.Resources = slices.DeleteFunc(state.Resources, func(r apitype.ResourceV3) bool {
		return slices.Contains(resources, strings.TrimPrefix(string(r.Type), "aws:")+" "+r.URN.Name())
	})
	require.Len(t, state.Resources, all-len(resources))
	text, err := json.Marshal(state)
	require.NoError(t, err)
	run.Stack.SetState(&apitype.UntypedDeployment{Version: run.Stack.State().Version, Deployment: text})
}
