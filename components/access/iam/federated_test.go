package iam_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	webIdentity       = "sts:AssumeRoleWithWebIdentity"
	tagSession        = "sts:TagSession"
	setSourceIdentity = "sts:SetSourceIdentity"
	githubHost        = "token.actions.githubusercontent.com"
	github            = ourIAM + "oidc-provider/" + githubHost
	cognito           = "cognito-identity.amazonaws.com"
)

// TestWebIdentityVectors has users of identity providers who assume a role (IAM User
// Guide, "OIDC federated principals" and "Available keys for AWS OIDC federation").
func TestWebIdentityVectors(t *testing.T) {
	const workflow = "repo:acme@1/shop@2:ref:refs/heads/main"
	eks := ourIAM + "oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
	trust := func(principal string, more ...string) string {
		return doc(trustActions("Allow", `"`+webIdentity+`"`, principal, more...))
	}
	ofWorkflow := trust(federated(github), when(`"StringEquals":{"`+githubHost+`:aud":"sts.amazonaws.com","`+githubHost+`:sub":"`+workflow+`"}`))
	ofPool := trust(federated(cognito), when(`"StringEquals":{"`+cognito+`:aud":"us-east-1:pool"},`+
		`"ForAnyValue:StringLike":{"`+cognito+`:amr":"authenticated"}`))
	claims := func(audience, subject string) map[string][]string {
		return given(githubHost+":aud="+audience, githubHost+":sub="+subject)
	}
	vectors := []vector{
		{rule: "the provider", trust: trust(federated(github)), want: "allow"},
		{rule: "one of several providers", trust: trust(`{"Federated":["` + eks + `","` + github + `"]}`), want: "allow"},
		{rule: "another provider", trust: trust(federated(eks)), want: "implicitDeny"},
		{rule: "a provider whose name only begins so", trust: trust(federated(github + "/x")), want: "implicitDeny"},
		{rule: "a provider in another case", trust: trust(federated(strings.ToUpper(github))), want: "implicitDeny"},
		{rule: "a provider's issuer", trust: trust(federated(githubHost)), want: "implicitDeny"},
		{rule: "a provider with a path", principal: eks, trust: trust(federated(eks)), want: "allow"},
		{rule: "a provider with a wildcard", trust: trust(federated(ourIAM + "oidc-provider/*")), want: "error"},
		{rule: "no trust document", want: "implicitDeny"},
		{rule: "the account", trust: trust(aws("111122223333")), want: "implicitDeny"},
		{rule: "a user", trust: trust(aws(john)), want: "implicitDeny"},
		{rule: "the provider under AWS", trust: trust(aws(github)), want: "error"},
		{rule: "the domain as a service", principal: cognito, trust: trust(service(cognito)), want: "implicitDeny"},
		{rule: "everyone, which is not documented", trust: trust(`"*"`), want: "error"},
		{rule: "everyone, next to the provider", trust: doc(trustActions("Allow", `"sts:*"`, aws("*")),
			trustActions("Allow", `"sts:*"`, federated(github))), want: "allow"},
		{rule: "everyone, in a Deny", trust: doc(trustActions("Deny", `"sts:*"`, aws("*")),
			trustActions("Allow", `"sts:*"`, federated(github))), want: "error"},
		{rule: "everyone, for another action", trust: trusting(aws("*")), want: "implicitDeny"},
		{rule: "a Deny", trust: doc(trustActions("Allow", `"sts:*"`, federated(github)), trustActions("Deny", `"sts:*"`, federated(github))),
			want: "explicitDeny"},
		{rule: "only sts:AssumeRole", trust: trusting(federated(github)), want: "implicitDeny"},
		{rule: "another partition", trust: trust(federated(github)), resource: "arn:aws-cn:iam::111122223333:role/executor", want: "implicitDeny"},
		{rule: "identity documents do not exist", identity: mayAssume, trust: trust(federated(github)), want: "error"},
		{rule: "a boundary does not exist", boundary: mayAssume[0], trust: trust(federated(github)), want: "error"},

		{rule: "the claims", trust: ofWorkflow, context: claims("sts.amazonaws.com", workflow), want: "allow"},
		{rule: "another subject", trust: ofWorkflow, context: claims("sts.amazonaws.com", "repo:evil@1/shop@2:ref:refs/heads/main"), want: "implicitDeny"},
		{rule: "another audience", trust: ofWorkflow, context: claims("shop", workflow), want: "implicitDeny"},
		{rule: "no claims", trust: ofWorkflow, want: "implicitDeny"},
		{rule: "claims of another issuer", trust: ofWorkflow,
			context: given("evil.example.com:aud=sts.amazonaws.com", "evil.example.com:sub="+workflow), want: "implicitDeny"},
		{rule: "a pool's user", principal: cognito, trust: ofPool,
			context: given(cognito+":aud=us-east-1:pool", cognito+":amr=authenticated|accounts.google.com"), want: "allow"},
		{rule: "a pool's unauthenticated identity", principal: cognito, trust: ofPool,
			context: given(cognito+":aud=us-east-1:pool", cognito+":amr=unauthenticated"), want: "implicitDeny"},
		{rule: "another pool's user", principal: cognito, trust: ofPool,
			context: given(cognito+":aud=us-east-1:other", cognito+":amr=authenticated"), want: "implicitDeny"},
		{rule: "several values without a set operator", principal: cognito,
			trust:   trust(federated(cognito), when(`"StringEquals":{"`+cognito+`:amr":"authenticated"}`)),
			context: given(cognito + ":amr=authenticated|accounts.google.com"), want: "error"},

		{rule: "tags", action: tagSession, trust: doc(trustActions("Allow", `["`+webIdentity+`","`+tagSession+`"]`, federated(github))), want: "allow"},
		{rule: "tags without permission", action: tagSession, trust: trust(federated(github)), want: "implicitDeny"},
		{rule: "a source identity", action: setSourceIdentity, context: given("sts:SourceIdentity=Diego"), want: "allow",
			trust: doc(trustActions("Allow", `"`+setSourceIdentity+`"`, federated(github), when(`"StringLike":{"sts:SourceIdentity":["Saanvi","Diego"]}`)))},
		{rule: "a source identity without permission", action: setSourceIdentity, trust: trust(federated(github)), want: "implicitDeny"},
	}
	for i := range vectors {
		v := &vectors[i]
		if v.principal == "" {
			v.principal = github
		}
		if v.action == "" {
			v.action = webIdentity
		}
		if v.resource == "" {
			v.resource = executor
		}
	}
	runVectors(t, vectors)
}

// TestFederatedNextToOthers has requests of principals that Federated does not name, and
// of sessions of roles that an identity provider's users assumed. Whether Federated
// names the sessions is not documented (IAM User Guide, "Principal" and
// aws:FederatedProvider).
func TestFederatedNextToOthers(t *testing.T) {
	const provider = `"Federated":"` + cognito + `"`
	both := trusting(`{`+provider+`,"AWS":"`+john+`"}`, when(withID))
	inSession := given("sts:ExternalId=shop-42", "aws:FederatedProvider="+cognito)
	vectors := []vector{
		{rule: "next to a user", trust: both, context: given("sts:ExternalId=shop-42"), want: "allow"},
		{rule: "next to a user whose condition fails", trust: both, want: "implicitDeny"},
		{rule: "next to another user", trust: both, principal: reader, identity: mayAssume,
			context: given("sts:ExternalId=shop-42"), want: "implicitDeny"},
		{rule: "the action of the provider", principal: session, context: inSession,
			trust: doc(trustActions("Allow", `"`+webIdentity+`"`, federated(cognito))), want: "implicitDeny"},
		{rule: "a session of a user of a provider", principal: session, trust: both, context: inSession, want: "error"},
		{rule: "such a session, named by its role", principal: session, context: inSession,
			trust: trusting(`{`+provider+`,"AWS":"`+reader+`"}`, when(withID)), want: "allow"},
		{rule: "such a session, by its provider's condition", principal: session, context: inSession,
			trust: trusting(aws(reader), when(`"StringEquals":{"aws:FederatedProvider":"`+cognito+`"}`)), want: "allow"},
	}
	for i := range vectors {
		vectors[i].action, vectors[i].resource = "sts:AssumeRole", executor
	}
	runVectors(t, vectors)
}

// TestSessionSettings tries the permissions for session tags and a source identity with
// each way to name a principal, as TestTrustedPrincipals does for sts:AssumeRole (IAM
// User Guide, "Pass session tags in AWS STS" and "Monitor and control actions taken with
// assumed roles": for the second, a role needs both policies).
func TestSessionSettings(t *testing.T) {
	const ec2 = "ec2.amazonaws.com"
	for _, test := range []struct{ rule, principal, trusted, tags, identity string }{
		{"the account", john, aws("111122223333"), "with", "with"},
		{"the user", john, aws(john), "alone", "alone"},
		{"the session's role", session, aws(reader), "alone", "with"},
		{"the session", session, aws(session), "alone", "with"},
		{"the role", reader, aws(reader), "alone", "with"},
		{"everyone, for a session", session, `"*"`, "alone", "with"},
		{"another role", session, aws(ourIAM + "role/writer"), "never", "never"},
		{"across accounts, the user", theirUser, aws(theirUser), "with", "with"},
		{"across accounts, the session's role", theirSession, aws(otherIAM + "role/caller"), "with", "with"},
		{"across accounts, everyone", theirUser, `"*"`, "with", "with"},
		{"a service", ec2, service(ec2), "alone", "alone"},
		{"another service", ec2, service("lambda.amazonaws.com"), "never", "never"},
	} {
		for action, needs := range map[string]string{tagSession: test.tags, setSourceIdentity: test.identity} {
			v := vector{principal: test.principal, action: action, resource: executor}
			allowed := func(trustedActions, identity string) bool {
				v.trust, v.identity = doc(trustActions("Allow", trustedActions, test.trusted)), nil
				if identity != "" && test.principal != ec2 {
					v.identity = []string{doc(rule("Allow", identity, executor))}
				}
				decision, err := v.decide(t)
				require.NoError(t, err)
				return decision.Allowed()
			}
			t.Run(test.rule+", "+action, func(t *testing.T) {
				quoted := `["sts:AssumeRole","` + action + `"]`
				assert.Equal(t, needs == "alone", allowed(quoted, ""))
				assert.Equal(t, needs != "never", allowed(quoted, action))
				assert.Equal(t, needs == "alone", allowed(quoted, "sts:AssumeRole"), "the identity policy allows another action")
				assert.False(t, allowed(`"sts:AssumeRole"`, action), "the trust policy allows another action")
			})
		}
	}
	limited := vector{principal: session, action: tagSession, resource: executor, session: allow(executionArn),
		trust: doc(trustActions("Allow", `"sts:*"`, aws(reader)))}
	decision, err := limited.decide(t)
	require.NoError(t, err)
	assert.False(t, decision.Allowed(), "the session policy limits it")
	assert.Contains(t, decision.Reason(), "session policy")
}

// TestSessionKeys has condition keys of requests with session tags, a source identity or
// an organization. Names of keys, and of tags in them, are compared without regard to
// case (IAM User Guide, "Pass session tags in AWS STS" and "Global condition context
// keys").
func TestSessionKeys(t *testing.T) {
	for _, test := range []struct {
		rule, condition string
		context         map[string][]string
		want            string
	}{
		{"a tag's key in another case", `"StringEquals":{"aws:requesttag/TEAM":"shop"}`, given("aws:RequestTag/team=shop"), "allow"},
		{"a tag's value in another case", `"StringEquals":{"aws:RequestTag/team":"Shop"}`, given("aws:RequestTag/team=shop"), "implicitDeny"},
		{"another tag", `"StringLike":{"aws:RequestTag/team":"*"}`, given("aws:RequestTag/teams=shop"), "implicitDeny"},
		{"a tag's key with a space and a colon", `"StringEquals":{"aws:RequestTag/cost center:a":"1"}`,
			given("aws:RequestTag/cost center:a=1"), "allow"},
		{"the principal's own tag", `"StringEquals":{"aws:RequestTag/team":"${aws:PrincipalTag/Team}"}`,
			given("aws:RequestTag/team=shop", "aws:PrincipalTag/team=shop"), "allow"},
		{"another's tag", `"StringEquals":{"aws:RequestTag/team":"${aws:PrincipalTag/team}"}`,
			given("aws:RequestTag/team=shop", "aws:PrincipalTag/team=hr"), "implicitDeny"},
		{"keys as values have a case", `"ForAllValues:StringEquals":{"aws:TagKeys":"team"}`, given("aws:TagKeys=Team"), "implicitDeny"},
		{"a transitive key", `"ForAnyValue:StringEquals":{"sts:TransitiveTagKeys":["team"]}`, given("sts:TransitiveTagKeys=team|env"), "allow"},
		{"a source identity that is only requested", `"StringLike":{"aws:SourceIdentity":"*"}`, given("sts:SourceIdentity=Diego"), "implicitDeny"},
		{"the resource's organization", `"StringEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}`,
			given("aws:PrincipalOrgID=o-a1b2c3d4e5", "aws:ResourceOrgID=o-a1b2c3d4e5"), "allow"},
		{"no organization", `"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}`, nil, "implicitDeny"},
		{"another path in the organization", `"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/*/ou-ab12-11111111/*"}`,
			given("aws:PrincipalOrgPaths=o-a1b2c3d4e5/r-ab12/ou-ab12-33333333/"), "implicitDeny"},
	} {
		runVectors(t, []vector{
			{rule: test.rule, identity: allowIf(test.condition), context: test.context, want: test.want},
			{rule: test.rule + ", in a trust policy", action: tagSession, resource: executor, context: test.context, want: test.want,
				trust: doc(trustActions("Allow", `"sts:TagSession"`, aws(john), when(test.condition)))},
		})
	}
}

// TestWebIdentitySessionInvokes: a trust document has no effect on the request of a
// session for another service, not even one that a provider's user started.
func TestWebIdentitySessionInvokes(t *testing.T) {
	v := vector{principal: session, identity: allowing(products), context: given("aws:FederatedProvider=" + cognito),
		trust: doc(trustActions("Deny", `"sts:*"`, `"*"`))}
	decision, err := v.decide(t)
	require.NoError(t, err)
	assert.True(t, decision.Allowed(), decision.Reason())
}
