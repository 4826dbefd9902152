package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

const (
	gitHubArn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
	staffArn  = "arn:aws:iam::111122223333:policy/api/Staff"
)

var kindDrifts = []drift{
	{
		name: "trusts of each kind are edited",
		by: func(h hand) {
			for _, role := range []string{"checkout", "partner", "sisters", "ci", "catalog", "shoppers"} {
				h.do(h.api.UpdateAssumeRolePolicy(role, TrustAWS("*")))
			}
		},
		found: update(roleOf("checkout"), roleOf("partner"), roleOf("sisters"), ciRole, roleOf("catalog"), roleOf("shoppers")),
	},
	{
		name:  "an audience is added to a provider",
		by:    func(h hand) { h.do(h.api.AddClientIDToOpenIDConnectProvider(gitHubArn, "mallory")) },
		found: update(gitHubProvider),
	},
	{
		name:  "an audience is removed from a provider",
		by:    func(h hand) { h.do(h.api.RemoveClientIDFromOpenIDConnectProvider(gitHubArn, "sts.amazonaws.com")) },
		found: update(gitHubProvider),
	},
	{
		name:   "a provider is deleted",
		by:     func(h hand) { h.do(h.api.DeleteOpenIDConnectProvider(gitHubArn)) },
		found:  remove(gitHubProvider),
		repair: create(gitHubProvider),
	},
	{
		name:   "a policy is detached from a role made elsewhere",
		by:     func(h hand) { h.do(h.api.RolePolicies().Detach("task", staffArn)) },
		found:  remove(rolePolicy("task", "staff")),
		repair: create(rolePolicy("task", "staff")),
	},
	{
		name: "managed policies of a role are detached, and another is attached",
		by: func(h hand) {
			h.do(h.api.RolePolicies().Detach("products-reader", ssmPolicy))
			h.do(h.api.RolePolicies().Detach("products-reader", ownPolicy))
			h.do(h.api.RolePolicies().Attach("products-reader", administrator))
		},
		found: harness.Join(
			remove(rolePolicy("products-reader", "AmazonSSMManagedInstanceCore"), rolePolicy("products-reader", "own")), update(readerPolicies)),
		repair: harness.Join(
			create(rolePolicy("products-reader", "AmazonSSMManagedInstanceCore"), rolePolicy("products-reader", "own")), update(readerPolicies)),
	},
	{
		name: "a policy with a fixed name is deleted",
		by: func(h hand) {
			h.do(h.api.RolePolicies().Detach("task", staffArn))
			h.do(h.api.DeletePolicy(staffArn))
		},
		found:  remove(staffOfTask("")...),
		repair: create(staffOfTask("")...),
	},
}

// TestDriftOfEveryKind is like TestDrift, with a stack that has a role of each kind.
func TestDriftOfEveryKind(t *testing.T) {
	base := harness.New(t, kindsConfig(t))
	base.Up(t)
	for _, d := range kindDrifts {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.run(t, base.Branch())
		})
	}
	t.Run("a role made elsewhere is deleted", func(t *testing.T) {
		t.Parallel()
		testExistingRoleDeleted(t, base.Branch())
	})
	t.Run("thumbprints of a provider are replaced", func(t *testing.T) {
		t.Parallel()
		testThumbprints(t, base.Branch())
	})
}

// testExistingRoleDeleted deletes a role made elsewhere. Updates succeed again when the
// role exists again, or when the configuration omits it.
func testExistingRoleDeleted(t *testing.T, run *harness.Run) {
	h := handOn(t, run.Cloud)
	before := run.Cloud.Describe()
	for _, arn := range Must(h.api.RolePolicies().Attached("task")) {
		h.do(h.api.RolePolicies().Detach("task", arn))
	}
	h.do(h.api.DeleteRole("task"))
	run.Branch().Destroy(t)
	gone := names.ExistingRole("task", "readOnly", "staff", "staff-1")
	assert.Equal(t, remove(gone...), run.Refresh(t))
	_, err := run.TryUp()
	require.ErrorContains(t, err, "must be a role of the account")

	without := run.Branch()
	without.Configure(t, harness.Merge(t, kindsConfig(t), `{existingRoles: null}`))
	assert.Empty(t, without.Up(t))

	run.Prepare(t, kindsConfig(t))
	assert.Equal(t, create(gone...), run.Up(t))
	assert.Equal(t, before, run.Cloud.Describe())
}

// testThumbprints replaces a provider's thumbprints. That is drift only if the
// configuration sets them. Otherwise, AWS chose them.
func testThumbprints(t *testing.T, run *harness.Run) {
	other := []string{strings.Repeat("f", 40)}
	h := handOn(t, run.Cloud)
	h.do(h.api.UpdateOpenIDConnectProviderThumbprint(gitHubArn, other))
	assert.Empty(t, run.Refresh(t))
	assert.Empty(t, run.Up(t))

	run.Configure(t, harness.Merge(t, kindsConfig(t), `{oidcProviders: {"`+gitHub+`": {thumbprints: [`+thumbprint+`]}}}`))
	assert.Equal(t, update(gitHubProvider), run.Up(t))
	drift{
		by:    func(h hand) { h.do(h.api.UpdateOpenIDConnectProviderThumbprint(gitHubArn, other)) },
		found: update(gitHubProvider),
	}.run(t, run)
}
