package config

import (
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
)

// trusting returns a configuration with a role that has this trust.
func trusting(trust string) string { return `roles: {r: {trust: {` + trust + `}}}` }

// github returns a configuration with a role that trusts GitHub Actions jobs with these
// claims.
func github(claims string) string {
	return trusting(`oidc: {issuer: "https://token.actions.githubusercontent.com", audiences: [sts.amazonaws.com], claims: {` + claims + `}}`)
}

func TestTrustsThatStrangersCanMeetAreRefused(t *testing.T) {
	const claims = "roles.r.trust.oidc.claims"
	refuse(t, []row{
		{"no claim of a shared issuer", trusting(`oidc: {issuer: "https://gitlab.com", audiences: [a]}`),
			[]problem{{"roles.r.trust.oidc", "gitlab.com", "must have the key claims, a map with the claim sub, which AWS requires"}}},
		{"another claim in place of sub", github(`repository_id: "2"`), []problem{{claims, "repository_id", "must be a map with the claim sub, which AWS requires"}}},
		{"a claim without values", github(`sub: []`), []problem{{claims + ".sub", "[]", "at least one value"}}},
		{"everyone", github(`sub: "*"`), []problem{{claims + ".sub", `"*"`, "must begin with repo:OWNER/"}}},
		{"every repository", github(`sub: ["repo:acme/shop:*", "repo:*"]`), []problem{{claims + ".sub[1]", `"repo:*"`, "must begin with repo:OWNER/"}}},
		{"a policy variable", github(`sub: "repo:acme/${aws:username}"`), []problem{{claims + ".sub", "aws:username", "no policy variables"}}},
		{"wildcards of an unknown form", trusting(`oidc: {issuer: "https://login.example.com", audiences: [a], claims: {sub: "shop:*"}}`),
			[]problem{{claims + ".sub", `"shop:*"`, "must have no wildcards"}}},
		{"any audience", trusting(`oidc: {issuer: "https://gitlab.com", audiences: ["*"], claims: {sub: "project_path:acme/shop:*"}}`),
			[]problem{{"roles.r.trust.oidc.audiences[0]", `"*"`, "no wildcards"}}},
		{"pods of any cluster", trusting(`podIdentity: {cluster: "*", namespace: shop, serviceAccount: reader}`),
			[]problem{{"roles.r.trust.podIdentity.cluster", `"*"`, "without wildcards"}}},
		{"guests of a pool, not explicit", trusting(`identityPool: {id: "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"}`),
			[]problem{{"roles.r.trust.identityPool", "us-east-1", "must have the key authenticated, true, or false to let anyone on the internet"}}},
		{"an issuer with a user", trusting(`oidc: {issuer: "https://me:hunter2@login.example.com", audiences: [shop], claims: {sub: shop}}`),
			[]problem{{"roles.r.trust.oidc.issuer", "https://…@login", "without user information"}}},
	})
}

func TestTrustsThatAreMisspeltAreRefused(t *testing.T) {
	refuse(t, []row{
		{"a claim", github(`sub: "repo:acme/shop:*", repositoryId: "2"`),
			[]problem{{"roles.r.trust.oidc.claims.repositoryId", `"2"`, "must be under a claim that STS shows for this issuer: sub, actor,"}}},
		{"a claim that is a number", github(`sub: "repo:acme/shop:*", repository_id: 2`),
			[]problem{{"roles.r.trust.oidc.claims.repository_id", `2`, "must be a list of values in quotes, or one value"}}},
		{"the audience as a claim", github(`sub: "repo:acme/shop:*", aud: x`), []problem{{"roles.r.trust.oidc.claims.aud", `"x"`, "under audiences"}}},
		{"claims as a list", trusting(`oidc: {issuer: "https://gitlab.com", audiences: [a], claims: [sub]}`),
			[]problem{{"roles.r.trust.oidc.claims", `["sub"]`, "must be a map of claims"}}},
		{"a key", trusting(`oidc: {issuer: "https://login.example.com", audience: [a], claims: {sub: x}}`),
			[]problem{{"roles.r.trust.oidc.audience", `["a"]`, "(did you mean audiences?)"}}},
		{"nothing but the kind", trusting(`oidc: `), []problem{
			{"roles.r.trust.oidc", "null", "must have the key issuer"},
			{"roles.r.trust.oidc", "null", "must have the key audiences"},
			{"roles.r.trust.oidc", "null", "must have the key claims"}}},
		{"text in place of a map", trusting(`podIdentity: main`), []problem{{"roles.r.trust.podIdentity", `"main"`, "must be a map with cluster, namespace, serviceAccount"}}},
		{"half of a pod identity", trusting(`podIdentity: {cluster: main}`), []problem{
			{"roles.r.trust.podIdentity", `{"cluster":"main"}`, "must have the key namespace, a Kubernetes namespace"},
			{"roles.r.trust.podIdentity", `{"cluster":"main"}`, "must have the key serviceAccount, the name"}}},
		{"a key next to a nested kind", trusting(`podIdentity: {cluster: main, namespace: shop, serviceAccount: reader}, cluster: main`),
			[]problem{{"roles.r.trust.cluster", `"main"`, "accepted are podIdentity"}}},
		{"a kind", trusting(`podidentity: {cluster: main}`), []problem{{"roles.r.trust.podidentity", `{"cluster":"main"}`, "(did you mean podIdentity?)"}}},
		{"two kinds", trusting(`organization: o-a1b2c3d4e5, oidc: {}`), []problem{{"roles.r.trust", "o-a1b2c3d4e5", "must have only one of the keys oidc, organization"}}},
		{"pods as a service", trusting(`service: pods.eks`), []problem{{"roles.r.trust.service", `"pods.eks"`, "write podIdentity"}}},
		{"session tags: text", trusting(`account: "444455556666", principals: [user/x], sessionTags: yes please`),
			[]problem{{"roles.r.trust.sessionTags", `"yes please"`, "true or false"}}},
		{"a pool", trusting(`identityPool: {id: us-east-1_AbCdEf, authenticated: true}`), []problem{{"roles.r.trust.identityPool.id", "us-east-1_AbCdEf", "REGION:UUID"}}},
	})
}

func TestBadOidcProvidersAreRefused(t *testing.T) {
	const main = `"https://login.example.com": {audiences: [shop]}`
	const path = `oidcProviders["https://login.example.com"]`
	refuse(t, []row{
		{"an issuer", `oidcProviders: {"http://login.example.com": {audiences: [a]}}`, []problem{{"oidcProviders", `"http://login.example.com"`, "no issuer without TLS"}}},
		{"no audiences", `oidcProviders: {"https://login.example.com": {}}`, []problem{{path, "{}", "must have the key audiences, 1 to 100 audiences"}}},
		{"empty audiences", `oidcProviders: {"https://login.example.com": {audiences: []}}`, []problem{{path + ".audiences", "[]", "1 to 100 audiences"}}},
		{"101 audiences", `oidcProviders: {"https://login.example.com": {audiences: [` + join(101, "a%d") + `]}}`, []problem{{path + ".audiences", `["a0"`, "1 to 100 audiences"}}},
		{"a thumbprint", `oidcProviders: {"https://login.example.com": {audiences: [a], thumbprints: [abc]}}`, []problem{{path + ".thumbprints[0]", `"abc"`, "40 hexadecimal digits"}}},
		{"101 providers", `oidcProviders: {` + join(101, `"https://i%d.example.com": {audiences: [a]}`) + `}`, []problem{{"oidcProviders", "https://i0", "at most 100 OIDC providers"}}},
		{"an audience that the provider does not have", `oidcProviders: {` + main + "}\n" +
			trusting(`oidc: {issuer: "https://login.example.com", audiences: [shop, bank], claims: {sub: x}}`),
			[]problem{{"roles.r.trust.oidc.audiences[1]", `"bank"`, "must be an audience of the issuer's provider under oidcProviders"}}},
	})
}

// TestRolesForAnyoneAreWarnedOf requires a warning for each role that anyone on the
// internet can use.
func TestRolesForAnyoneAreWarnedOf(t *testing.T) {
	pool := func(authenticated string) []string {
		plan, err := program.Parse(config.Settings{Values: map[string]string{
			"routes": `{"GET /x": {}}`,
			"roles":  `{"r": {"trust": {"identityPool": {"id": "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", "authenticated": ` + authenticated + `}}}}`,
		}})
		require.NoError(t, err)
		return plan.Warnings
	}
	require.Empty(t, pool("true"))
	require.Len(t, pool("false"), 1)
	require.Contains(t, pool("false")[0], "anyone on the internet can use the role r")
}
