package access_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

const (
	github = "https://token.actions.githubusercontent.com"
	eks    = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
)

func githubTrust(claims map[string][]string) access.OidcTrust {
	return access.OidcTrust{Issuer: github, Audiences: []string{"sts.amazonaws.com"}, Claims: claims}
}

func TestCheckIssuer(t *testing.T) {
	for _, issuer := range []string{github, eks, "https://gitlab.com", "https://studio.datachain.ai/api",
		"https://a-b.example.com/a_b~c/D-1", "https://tenant.auth0.com/", "https://a.example.com/b/"} {
		assert.NoError(t, access.CheckIssuer(issuer), issuer)
	}
	for issuer, reason := range map[string]string{
		"":           "which begins with https://",
		"gitlab.com": "which begins with https://",
		"https://sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d": "requires the name of the session",
		"http://gitlab.com":                                 "no issuer without TLS",
		"HTTPS://gitlab.com":                                "no issuer without TLS",
		"https://me:hunter2@gitlab.com":                     "without user information",
		"https://gitlab.com?x=y":                            "without a query or fragment",
		"https://gitlab.com?":                               "without a query or fragment",
		"https://gitlab.com#":                               "without a query or fragment",
		"https://gitlab.com:443":                            "without a port",
		"https://gitlab.com:":                               "host name",
		"https://GitLab.com":                                "in lower case",
		"https://localhost":                                 "host name",
		"https://*.example.com":                             "host name",
		"https://[::1]":                                     "host name",
		"https:///id":                                       "host name",
		"https://a.example.com//b":                          "plain path",
		"https://a.example.com//":                           "plain path",
		"https://a.example.com/../b":                        "plain path",
		"https://a.example.com/a b":                         "plain path",
		"https://a.example.com/%41":                         "plain path",
		"https://a.example.com/*":                           "plain path",
		"https://a.example.com/\n":                          "which begins with https://",
		"https://accounts.google.com":                       "built into AWS",
		"https://" + "cognito-identity.amazonaws.com":       "built into AWS",
		"https://a.example.com/" + strings.Repeat("x", 234): "at most 255 characters",
	} {
		err := access.CheckIssuer(issuer)
		require.Error(t, err, issuer)
		assertOneLine(t, err)
		assert.ErrorContains(t, err, "must be an issuer", issuer)
		assert.ErrorContains(t, err, reason, issuer)
	}
}

func TestRequiredClaim(t *testing.T) {
	for issuer, want := range map[string]string{
		github: "sub", github + "/": "sub", "gitlab.com": "sub", "app.terraform.io": "sub", "agent.buildkite.com": "sub", "studio.datachain.ai/api": "sub",
		"api.pulumi.com/oidc": "aud", "oidc.vercel.com": "aud", "cognito-identity.amazonaws.com": "aud",
		eks: "", github + "/acme": "", "https://oidc.vercel.com/acme": "", "gitlab.com.example.com": "", "xgitlab.com": "", "gitlabxcom": "",
	} {
		claim, shared := access.RequiredClaim(issuer)
		assert.Equal(t, want, claim, issuer)
		assert.Equal(t, want != "", shared, issuer)
	}
}

// TestOidcTrustCheck has claims that only an owner can have, and claims that strangers
// can have.
func TestOidcTrustCheck(t *testing.T) {
	for _, row := range []struct {
		issuer, subject string
		accepted        bool
	}{
		{github, "repo:acme/shop:environment:prod", true},
		{github, "repo:acme@1/shop@2:environment:prod", true},
		{github, "repo:acme/shop:*", true},
		{github, "repo:acme/*", true},
		{github, "repo:acme@1/*:ref:refs/heads/main", true},
		{github, "repository_owner_id:1:environment:prod", true},
		{github, "*", false},
		{github, "repo:*", false},
		{github, "repo:*/shop:*", false},
		{github, "repo:acme*", false},
		{github, "repo:acme?/shop:*", false},
		{github, "repo:acme@*/shop@2:*", false},
		{github, "repo:acme", false},
		{github, "repository_owner:*", false},
		{github, "repository_owner_id:1*", false},
		{github, "environment:prod", false}, // another organization can customize its subjects to this
		{github, "Repo:acme/shop:*", false},
		{github, "repo:${aws:username}/shop", false},
		{github, "repo:acme/shop:\n", false},
		{github, "repo:acme/名", false},
		{github, "repo:acme/" + strings.Repeat("x", 247), false},
		{github + "/acme", "repo:acme/shop:*", true},
		{github + "/acme", "repo:*", false},
		{"https://token.actions.acme.ghe.com", "repo:acme/shop:*", true},
		{"https://gitlab.com", "project_path:acme/shop:ref_type:branch:ref:main", true},
		{"https://gitlab.com", "project_path:acme/*", true},
		{"https://gitlab.com", "project_path:*", false},
		{"https://app.terraform.io", "organization:acme:project:*:workspace:*:run_phase:*", true},
		{"https://app.terraform.io", "organization:*", false},
		{"https://agent.buildkite.com", "organization:acme:pipeline:shop:*", true},
		{"https://agent.buildkite.com", "organization:*:pipeline:shop:*", false},
		{"https://scalr.io", "account:acme:environment:*", true},
		{"https://scalr.io", "account:*", false},
		{"https://proidc.upbound.io", "mcp:acme/main:provider:provider-aws", true},
		{"https://proidc.upbound.io", "mcp:*/main:provider:provider-aws", false},
		{"https://tokens.cloud.shisho.dev", "job:1234", true},
		{"https://tokens.cloud.shisho.dev", "job:1234:*", false}, // its form is not known
		{eks, "system:serviceaccount:shop:reader", true},
		{eks, "system:serviceaccount:shop:*", true},
		{eks, "system:serviceaccount:shop*:reader", false},
		{eks, "system:serviceaccount:*:reader", false},
		{eks, "system:node:shop", false},
		{"https://oidc.circleci.com/org/1", "org/1/project/2/user/*", true},
		{"https://oidc.circleci.com/org/1", "org/*/project/2/user/3", false},
		{"https://login.example.com", "service-42", true},
		{"https://login.example.com", "service-*", false}, // the issuer may have other customers
		{"https://login.example.com", "system:serviceaccount:*", false},
		{"https://kubernetes.example.com", "system:serviceaccount:shop:*", true},
		{"https://gitlab.example.com", "project_path:acme/*", true},
		{"https://gitlab.example.com", "project_path:*", false},
	} {
		trust := access.OidcTrust{Issuer: row.issuer, Audiences: []string{"shop"}, Claims: map[string][]string{"sub": {row.subject}}}
		errs := trust.Check()
		assertOneLine(t, errs...)
		want := []string{"claims.sub[0]"}
		if row.accepted {
			want = nil
		}
		assert.Equal(t, want, fieldsOf(errs), "%s of %s: %v", row.subject, row.issuer, errs)
	}
}

func TestOidcTrustFields(t *testing.T) {
	main := map[string][]string{"sub": {"repo:acme/shop:ref:refs/heads/main"}}
	with := func(claim string, values ...string) map[string][]string {
		return map[string][]string{"sub": main["sub"], claim: values}
	}
	vercel := func(audiences ...string) access.OidcTrust {
		return access.OidcTrust{Issuer: "https://oidc.vercel.com", Audiences: audiences}
	}
	pulumi := func(audiences ...string) access.OidcTrust {
		return access.OidcTrust{Issuer: "https://api.pulumi.com/oidc", Audiences: audiences}
	}
	for name, test := range map[string]struct {
		trust  access.OidcTrust
		fields string // that the problems are about, in order
		reason string
	}{
		"accepted":                     {trust: githubTrust(with("repository_id", "2"))},
		"nothing":                      {access.OidcTrust{}, "issuer, audiences, claims", "issuer"},
		"no claims of a shared issuer": {githubTrust(nil), "claims", "which AWS requires for this issuer"},
		"no claims of another issuer": {access.OidcTrust{Issuer: "https://login.example.com", Audiences: []string{"a"}},
			"claims", "everyone with a token of the issuer"},
		"no sub of an EKS cluster":     {access.OidcTrust{Issuer: eks, Audiences: []string{"a"}}, "claims", "claim sub"},
		"another claim in sub's place": {githubTrust(map[string][]string{"repository_id": {"2"}}), "claims", "claim sub"},
		"an empty list":                {githubTrust(map[string][]string{"sub": nil}), "claims.sub", "at least one value"},
		"one of several is open":       {githubTrust(map[string][]string{"sub": {"repo:acme/shop:*", "repo:*"}}), "claims.sub[1]", "must begin with repo:OWNER/"},
		"a claim that is misspelt":     {githubTrust(with("repositoryId", "2")), "claims.repositoryId", "repository_id"},
		"a claim that STS hides":       {githubTrust(with("workflow_ref", "x")), "claims.workflow_ref", "STS shows"},
		"a claim in upper case":        {githubTrust(map[string][]string{"SUB": {"repo:acme/shop:*"}}), "claims, claims.SUB", "claim sub"},
		"GitLab's claim at GitHub":     {githubTrust(with("project_id", "2")), "claims.project_id", "STS shows"},
		"the audience as a claim":      {githubTrust(with("aud", "x")), "claims.aud", "under audiences"},
		"a claim of a private issuer": {access.OidcTrust{Issuer: "https://login.example.com", Audiences: []string{"a"},
			Claims: map[string][]string{"sub": {"a"}, "groups": {"b"}}}, "claims.groups", "STS shows for this issuer: sub"},
		"a wildcard first":            {githubTrust(with("job_workflow_ref", "*/deploy.yml@*")), "claims.job_workflow_ref[0]", "begin with a wildcard"},
		"a value twice":               {githubTrust(with("ref", "a", "a")), "claims.ref[1]", "appears twice"},
		"a wildcard in an audience":   {access.OidcTrust{Issuer: github, Audiences: []string{"*"}, Claims: main}, "audiences[0]", "no wildcards"},
		"an audience twice":           {access.OidcTrust{Issuer: github, Audiences: []string{"a", "a"}, Claims: main}, "audiences[1]", "appears twice"},
		"a long audience":             {access.OidcTrust{Issuer: github, Audiences: []string{strings.Repeat("a", 256)}, Claims: main}, "audiences[0]", "1 to 255"},
		"a team at Vercel":            {trust: vercel("https://vercel.com/acme")},
		"everyone at Vercel":          {vercel("sts.amazonaws.com"), "audiences[0]", "https://vercel.com/TEAM"},
		"an organization at Pulumi":   {trust: pulumi("aws:acme", "acme")},
		"everyone at Pulumi":          {pulumi("sts.amazonaws.com"), "audiences[0]", "ORGANIZATION"},
		"everyone at sandboxes.cloud": {access.OidcTrust{Issuer: "https://sandboxes.cloud", Audiences: []string{"sts.amazonaws.com"}}, "audiences[0]", "everyone's"},
	} {
		t.Run(name, func(t *testing.T) {
			errs := test.trust.Check()
			assertOneLine(t, errs...)
			assert.Equal(t, list(test.fields), fieldsOf(errs), "%v", errs)
			if test.reason != "" {
				assert.ErrorContains(t, errs[0], test.reason)
			}
		})
	}
}

func TestOidcProvider(t *testing.T) {
	many := func(n int) (texts []string) {
		for i := range n {
			texts = append(texts, strings.Repeat("a", i+1))
		}
		return texts
	}
	for name, test := range map[string]struct {
		provider access.OidcProvider
		fields   string
	}{
		"accepted":           {access.OidcProvider{Audiences: many(100), Thumbprints: []string{strings.Repeat("aB", 20)}}, ""},
		"no audiences":       {access.OidcProvider{}, "audiences"},
		"too many audiences": {access.OidcProvider{Audiences: many(101)}, "audiences"},
		"an audience":        {access.OidcProvider{Audiences: []string{"a*"}}, "audiences[0]"},
		"a thumbprint":       {access.OidcProvider{Audiences: many(1), Thumbprints: []string{strings.Repeat("a", 39)}}, "thumbprints[0]"},
		"six thumbprints":    {access.OidcProvider{Audiences: many(1), Thumbprints: slices.Repeat([]string{strings.Repeat("a", 40)}, 6)}, "thumbprints"},
	} {
		errs := test.provider.Check()
		assertOneLine(t, errs...)
		assert.Equal(t, list(test.fields), fieldsOf(errs), "%s: %v", name, errs)
	}
	trust := access.OidcTrust{Audiences: []string{"aa", "b"}}
	assert.Equal(t, []string{"audiences[1]"}, fieldsOf(access.OidcProvider{Audiences: many(2)}.CheckAccepts(trust)))
}

// githubToken returns the request of a job of GitHub Actions to assume a role.
func githubToken(audience, subject string) iam.RequestInput {
	host := strings.TrimPrefix(github, "https://")
	return iam.RequestInput{
		Principal: "arn:aws:iam::111122223333:oidc-provider/" + host,
		Action:    access.ActionAssumeRoleWithWebIdentity,
		Resource:  ourRole,
		Context:   map[string][]string{host + ":aud": {audience}, host + ":sub": {subject}},
	}
}

// FuzzOidcTrust checks that what Check accepts is a trust policy that the evaluator
// compiles, and that no token of another owner meets it.
func FuzzOidcTrust(f *testing.F) {
	for _, seed := range []string{"repo:acme/shop:*", "repo:acme@1/shop@2:ref:*", "repo:*", "repo:acme*/x", "repository_owner:acme", "${*}", "repo:a/\xff", ""} {
		f.Add("https://gitlab.com", "sts.amazonaws.com", seed, "mallory")
		f.Add(github, "sts.amazonaws.com", seed, "acme-2")
	}
	f.Fuzz(func(t *testing.T, issuer, audience, subject, stranger string) {
		trust := access.OidcTrust{Issuer: issuer, Audiences: []string{audience}, Claims: map[string][]string{"sub": {subject}}}
		if errs := trust.Check(); len(errs) > 0 {
			assertOneLine(t, errs...)
			return
		}
		text, err := access.Render(trust.Document(executionArn))
		require.NoError(t, err)
		assert.Regexp(t, documentText, text)
		assert.NoError(t, access.CheckTrustSize(trust))
		_, err = iam.CompileTrust(text)
		require.NoError(t, err)
		owner, _, _ := strings.Cut(strings.TrimPrefix(subject, "repo:"), "/")
		if issuer != github || owner == stranger || !strings.HasPrefix(subject, "repo:") ||
			strings.ContainsAny(stranger, "/:") || !utf8.ValidString(stranger) {
			return
		}
		for _, theirs := range []string{strings.TrimPrefix(subject, "repo:"+owner+"/"), "shop:ref:refs/heads/main"} {
			token := githubToken(audience, "repo:"+stranger+"/"+theirs)
			assert.False(t, decide(t, nil, trust.Document(executionArn), token).Allowed(), subject)
		}
	})
}
