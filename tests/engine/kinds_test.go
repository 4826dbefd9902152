package engine_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

// kindsConfig returns the configuration of a stack with a role of each kind, without
// users, groups and the product service.
func kindsConfig(t testing.TB) map[string]any {
	config := harness.Merge(t, harness.Config(t), `{groups: null, users: null, roles: null}`)
	return harness.Merge(t, harness.Merge(t, config, toURL), harness.EveryKind)
}

// kindsResources returns the resources of that stack.
func kindsResources() []string {
	return append(names.API("api", "GET /products", "POST /products"), names.EveryKind()...)
}

func TestLifecycleOfEveryKind(t *testing.T) {
	t.Parallel()
	run := harness.New(t, kindsConfig(t))
	before := run.Cloud.Describe()
	live(t, run, create(kindsResources()...))
	assert.Equal(t, remove(kindsResources()...), run.Destroy(t))
	assert.Equal(t, before, run.Cloud.Describe(), "what was made elsewhere is as it was")
}

// trusts are trusts of each kind.
var trusts = []string{
	`{service: ec2}`,
	`{service: ecs-tasks}`,
	`{account: "444455556666", principals: [user/my-user], externalId: shop-1, sessionTags: true}`,
	`{organization: o-a1b2c3d4e5}`,
	`{oidc: {issuer: "https://token.actions.githubusercontent.com", audiences: [sts.amazonaws.com], claims: {sub: "repo:acme/shop:*"}}}`,
	`{podIdentity: {cluster: main, namespace: shop, serviceAccount: web}}`,
	`{identityPool: {id: "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", authenticated: true}}`,
}

// eachToEachOther returns a walk over the numbers 0 to n-1. It begins and ends at 0, and
// has each step from one number to another exactly once.
func eachToEachOther(n int) []int {
	walk := []int{0}
	for k := 1; k < n; k++ {
		walk = append(walk, k)
		for j := 1; j < k; j++ {
			walk = append(walk, j, k)
		}
		walk = append(walk, 0)
	}
	return walk
}

// TestEachKindToEachOther changes the trust of one role. The role is updated, never
// replaced, and keeps its policies. Only a role for EC2 has an instance profile.
func TestEachKindToEachOther(t *testing.T) {
	t.Parallel()
	empty := harness.New(t, kindsConfig(t))
	var configs []map[string]any
	var fresh []string
	for _, trust := range trusts {
		config := harness.Merge(t, kindsConfig(t), `{existingRoles: null, policies: {staff: null}, roles: null}`)
		config = harness.Merge(t, config, `{roles: {products-reader: {trust: `+trust+`, policies: [readOnly]}}}`)
		configs, fresh = append(configs, config), append(fresh, describeFresh(t, empty, config))
	}
	run := empty.Branch()
	run.Configure(t, configs[0])
	run.Up(t)
	walk := eachToEachOther(len(trusts))
	require.Len(t, walk, 1+len(trusts)*(len(trusts)-1))
	for i, to := range walk[1:] {
		from := walk[i]
		want := update(readerRole)
		switch {
		case from == 0:
			want = harness.Join(want, remove(readerProfile))
		case to == 0:
			want = harness.Join(want, create(readerProfile))
		}
		run.Configure(t, configs[to])
		require.Equal(t, want, run.Up(t), "from %s to %s", trusts[from], trusts[to])
		require.Equal(t, fresh[to], run.Cloud.Describe(), "from %s to %s", trusts[from], trusts[to])
		if slices.Index(walk[1:], to) == i { // the next update would show what is left of other resources
			require.Empty(t, run.Preview(t), "from %s to %s", trusts[from], trusts[to])
		}
	}
}

// kindEdits edit the stack with a role of each kind.
var kindEdits = []edit{
	{name: "change whose tokens a role trusts", steps: []step{
		{`{roles: {ci: {trust: {oidc: {claims: {sub: ["repo:acme@1/shop@2:environment:prod", "repo:acme@1/shop@2:environment:test"]}}}}}}`, update(ciRole)},
		{`{roles: {ci: {trust: {oidc: {claims: {sub: ["repo:acme@1/shop@2:environment:test", "repo:acme@1/shop@2:environment:prod"]}}}}}}`, harness.Changes{}},
		{`{roles: {ci: {trust: {oidc: {claims: {sub: "repo:acme@1/shop@2:*", repository_id: "2"}}}}}}`, update(ciRole)},
		{`{roles: {ci: {trust: {oidc: {audiences: [shop]}}}}, oidcProviders: {"` + gitHub + `": {audiences: [shop, sts.amazonaws.com]}}}`, update(ciRole, gitHubProvider)},
		{"", update(ciRole, gitHubProvider)},
	}},
	{name: "trust another pod, another pool and its guests, another organization and another service", steps: []step{
		{`{roles: {catalog: {trust: {podIdentity: {cluster: other}}}}}`, update(roleOf("catalog"))},
		{`{roles: {catalog: {trust: {podIdentity: {cluster: other, namespace: other}}}}}`, update(roleOf("catalog"))},
		{`{roles: {catalog: {trust: {podIdentity: {cluster: other, namespace: other, serviceAccount: other}}}}}`, update(roleOf("catalog"))},
		{`{roles: {shoppers: {trust: {identityPool: {authenticated: false}}}}}`, update(roleOf("catalog"), roleOf("shoppers"))},
		{`{roles: {shoppers: {trust: {identityPool: {id: "us-east-1:ffffffff-0000-4000-8000-0a1b2c3d4e5f"}}}}}`, update(roleOf("shoppers"))},
		{`{roles: {sisters: {trust: {organization: o-exampleorg1}}}}`, update(roleOf("shoppers"), roleOf("sisters"))},
		{`{roles: {checkout: {trust: {service: lambda}}}}`, update(roleOf("sisters"), roleOf("checkout"))},
		{"", update(roleOf("checkout"))},
	}},
	{name: "allow session tags and a source identity and stop it", steps: []step{
		{`{roles: {partner: {trust: {sessionTags: false}}}}`, update(roleOf("partner"))},
		{`{roles: {partner: {trust: {sessionTags: false, sourceIdentity: null}}}}`, update(roleOf("partner"))},
		{`{roles: {partner: {trust: {sessionTags: null, sourceIdentity: false}}}}`, harness.Changes{}},
		{"", update(roleOf("partner"))},
	}},
	{name: "add a provider with a role, change it and remove both", steps: []step{
		{`{oidcProviders: {"https://gitlab.com": {audiences: [shop]}}}`, create(gitLabProvider)},
		{ofGitLab(`[shop]`), create(names.Role("gitlab", "readOnly")...)},
		{ofGitLab(`[shop, other]`), update(gitLabProvider)},
		{ofGitLab(`[other, shop]`), harness.Changes{}},
		{ofGitLab(`[shop], thumbprints: [` + thumbprint + `]`), update(gitLabProvider)},
		{"", remove(append(names.Role("gitlab", "readOnly"), gitLabProvider)...)},
	}},
	{name: "attach other policies to a role made elsewhere", steps: []step{
		{existingTask(`[readOnly]`), remove(rolePolicy("task", "staff"), rolePolicy("task", "staff-1"))},
		{existingTask(`[admin]`), harness.Join(create(rolePolicy("task", "admin")), remove(rolePolicy("task", "readOnly")))},
		{existingTask(`[]`), remove(rolePolicy("task", "admin"))},
		{`{existingRoles: null}`, harness.Changes{}},
		{"", create(names.ExistingRole("task", "readOnly", "staff", "staff-1")...)},
	}},
	{name: "reorder and remove managed policies of a role", steps: []step{
		{`{roles: {products-reader: {managedPolicies: [` + ownPolicy + `, ` + ssmPolicy + `]}}}`, harness.Changes{}},
		{`{roles: {products-reader: {managedPolicies: [` + ssmPolicy + `]}}}`, harness.Join(remove(rolePolicy("products-reader", "own")), update(readerPolicies))},
		{"", harness.Join(create(rolePolicy("products-reader", "own")), update(readerPolicies))},
	}},
	{name: "change name, path and documents of a policy that a role made elsewhere has", steps: []step{
		{`{policies: {staff: {path: /team/}}}`, replace(staffOfTask("", "-1")...)},
		{`{policies: {staff: {path: /team/, documents: 1}}}`, harness.Join(remove(staffOfTask("-1")...), update(staffPolicy("")...))},
		{`{policies: {staff: {name: Team, path: null, documents: 1}}}`, replace(staffOfTask("")...)},
		{"", harness.Join(replace(staffOfTask("")...), create(staffOfTask("-1")...))},
	}},
}

const (
	gitHub     = "https://token.actions.githubusercontent.com"
	thumbprint = "0123456789abcdef0123456789abcdef01234567"
	ssmPolicy  = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
	ownPolicy  = "arn:aws:iam::111122223333:policy/team/own"
	taskRole   = "arn:aws:iam::111122223333:role/task"
)

var (
	ciRole         = roleOf("ci")
	gitHubProvider = names.OidcProvider("token.actions.githubusercontent.com")
	gitLabProvider = names.OidcProvider("gitlab.com")
)

func roleOf(name string) string { return "iam/role:Role " + name + "-role" }

// ofGitLab returns a patch with a role that trusts tokens of GitLab, and their provider.
func ofGitLab(audiences string) string {
	return `
oidcProviders: {"https://gitlab.com": {audiences: ` + audiences + `}}
roles: {gitlab: {policies: [readOnly], trust: {oidc: {issuer: "https://gitlab.com", audiences: [shop], claims: {sub: "project_path:acme/*"}}}}}`
}

// existingTask returns a patch with other policies of the existing role.
func existingTask(policies string) string {
	return `{existingRoles: {"` + taskRole + `": {policies: ` + policies + `}}}`
}

// staffOfTask returns parts of the policy staff, and their attachments.
func staffOfTask(parts ...string) []string {
	list := staffPolicy(parts...)
	for _, part := range parts {
		list = append(list, rolePolicy("task", "staff"+part))
	}
	return list
}

// TestEditsOfEveryKind is like TestEdits, with a stack that has a role of each kind.
func TestEditsOfEveryKind(t *testing.T) {
	runEdits(t, kindsConfig(t), kindEdits)
}
