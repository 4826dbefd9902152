package iam_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const theirSession = "arn:aws:sts::444455556666:assumed-role/caller/s"

// TestTrustedPrincipals has the ways in which a trust policy names a principal. Each
// is tried alone, with an identity policy that allows sts:AssumeRole, and with that
// and a boundary or a session policy that does not.
func TestTrustedPrincipals(t *testing.T) {
	const ourAccount, ofRole = "111122223333", "arn:aws:sts::111122223333:assumed-role/reader/"
	for _, test := range []struct{ rule, principal, trusted, allowed string }{
		{"the account", john, aws(ourAccount), "identity"},
		{"the account's root", john, aws(ourIAM + "root"), "identity"},
		{"the root of another partition", john, aws("arn:aws-cn:iam::111122223333:root"), ""},
		{"another account", john, aws(otherAccount), ""},
		{"the user", john, aws(john), "alone identity boundary"},
		{"the user among others", john, `{"AWS":["` + theirUser + `","` + john + `"]}`, "alone identity boundary"},
		{"the user and a service", john, `{"Service":"ec2.amazonaws.com","AWS":"` + john + `"}`, "alone identity boundary"},
		{"another user", john, aws(ourIAM + "user/jane"), ""},
		{"the user in another case", john, aws(ourIAM + "user/John"), ""},
		{"the user with another path", john, aws(ourIAM + "user/team/john"), ""},
		{"a deleted user", john, aws("AIDAIOSFODNN7EXAMPLE"), ""},
		{"a federated user", john, aws("arn:aws:sts::111122223333:federated-user/john"), ""},
		{"a service", john, service("ec2.amazonaws.com"), ""},
		{"everyone", john, `"*"`, "alone identity boundary"},
		{"everyone, in AWS", john, aws("*"), "alone identity boundary"},
		{"everyone, for a session", session, `"*"`, "alone identity boundary session"},
		{"the role", reader, aws(reader), "alone identity"},
		{"the role without its path", reader, aws(ourIAM + "role/reader"), ""},
		{"the session's role", session, aws(reader), "alone identity"},
		{"the session's role without its path", session, aws(ourIAM + "role/reader"), "alone identity"},
		{"another role", session, aws(ourIAM + "role/writer"), ""},
		{"a role of that name in another account", session, aws(otherIAM + "role/reader"), ""},
		{"a role of that name in another partition", session, aws("arn:aws-cn:iam::111122223333:role/reader"), ""},
		{"the session", session, aws(session), "alone identity boundary session"},
		{"another session of the role", session, aws(ofRole + "other"), ""},
		{"across accounts, everyone", theirUser, `"*"`, "identity"},
		{"across accounts, the user", theirUser, aws(theirUser), "identity"},
		{"across accounts, the account", theirUser, aws(otherAccount), "identity"},
		{"across accounts, the account's root", theirUser, aws(otherIAM + "root"), "identity"},
		{"across accounts, the session's role", theirSession, aws(otherIAM + "role/caller"), "identity"},
		{"across accounts, the session", theirSession, aws(theirSession), "identity"},
		{"across accounts, our account", theirUser, aws(ourAccount), ""},
	} {
		for with, limited := range map[string]vector{
			"alone":    {},
			"identity": {identity: mayAssume},
			"boundary": {identity: mayAssume, boundary: allow(executionArn)},
			"session":  {identity: mayAssume, session: allow(executionArn)},
		} {
			t.Run(test.rule+", "+with, func(t *testing.T) {
				v := limited
				v.principal, v.action, v.resource, v.trust = test.principal, "sts:AssumeRole", executor, trusting(test.trusted)
				decision, err := v.decide(t)
				require.NoError(t, err)
				allowed := slices.Contains(strings.Fields(test.allowed), with)
				assert.Equal(t, allowed, decision.Allowed(), decision.Reason())
			})
		}
	}
}

func TestAssumeRoleVectors(t *testing.T) {
	const ec2, lambda, username = "ec2.amazonaws.com", "lambda.amazonaws.com", `"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`
	everything, trustJohn := []string{doc(rule("Allow", "*", "*"))}, trusting(aws(john))
	external, mfa := trusting(aws(otherIAM+"root"), when(withID)), trusting(aws(john), when(withMFA))
	byName := trusting(aws("111122223333"), when(username))
	ofAccount := trusting(service(ec2), when(`"StringEquals":{"aws:SourceAccount":"111122223333"}`))
	action := func(actions string) string { return doc(trustActions("Allow", actions, aws(john))) }
	vectors := []vector{
		{rule: "no trust document", identity: mayAssume, want: "implicitDeny"},
		{rule: "a boundary's Deny", boundary: doc(rule("Deny", "sts:*", "*")), trust: trustJohn, want: "explicitDeny"},
		{rule: "an identity policy's Deny", identity: []string{doc(rule("Deny", "sts:*", "*"))}, trust: trustJohn, want: "explicitDeny"},
		{rule: "boundary and session policy that allow", boundary: mayAssume[0], session: mayAssume[0],
			trust: trusting(aws(reader)), principal: session, want: "allow"},
		{rule: "identity for another role", identity: []string{doc(rule("Allow", "sts:AssumeRole", reader))},
			trust: trusting(aws(theirUser)), principal: theirUser, want: "implicitDeny"},
		{rule: "trust's Deny", trust: doc(trustRule("Allow", aws(john)), trustRule("Deny", `"*"`)), want: "explicitDeny"},
		{rule: "trust's Deny of the account", identity: mayAssume, principal: theirUser,
			trust: doc(trustRule("Allow", aws(theirUser)), trustRule("Deny", aws(otherAccount))), want: "explicitDeny"},
		{rule: "trust's Deny of others", trust: doc(trustRule("Allow", aws(john)), trustRule("Deny", aws(theirUser))), want: "allow"},
		{rule: "trust's Deny of a session's role", principal: session,
			trust: doc(trustRule("Allow", `"*"`), trustRule("Deny", aws(reader))), want: "explicitDeny"},
		{rule: "trust's Deny whose condition fails", trust: doc(trustRule("Allow", aws(john)), trustRule("Deny", `"*"`, when(withMFA))), want: "allow"},
		{rule: "external id, absent", identity: mayAssume, trust: external, principal: theirUser, want: "implicitDeny"},
		{rule: "external id, wrong", identity: mayAssume, trust: external, principal: theirUser,
			context: given("sts:ExternalId=shop-43"), want: "implicitDeny"},
		{rule: "external id, right", identity: mayAssume, trust: external, principal: theirUser,
			context: given("sts:ExternalId=shop-42"), want: "allow"},
		{rule: "MFA, shown", trust: mfa, context: given("aws:MultiFactorAuthPresent=true"), want: "allow"},
		{rule: "MFA, access key", trust: mfa, want: "implicitDeny"},
		{rule: "the session's name, a user", trust: byName, identity: mayAssume,
			context: given("aws:username=john", "sts:RoleSessionName=john"), want: "allow"},
		{rule: "the session's name, a role", trust: byName, identity: mayAssume, principal: session,
			context: given("sts:RoleSessionName=john"), want: "implicitDeny"},
		{rule: "all actions of STS", trust: action(`"sts:*"`), want: "allow"},
		{rule: "another action", trust: action(`"sts:TagSession"`), want: "implicitDeny"},
		{rule: "another action and this one", trust: action(`["sts:TagSession","STS:assumerole"]`), want: "allow"},
		{rule: "a service", principal: ec2, trust: trusting(service(ec2)), want: "allow"},
		{rule: "another service", principal: lambda, trust: trusting(service(ec2)), want: "implicitDeny"},
		{rule: "one of the services", principal: lambda, trust: trusting(`{"Service":["` + ec2 + `","` + lambda + `"]}`), want: "allow"},
		{rule: "a service is not in the account", principal: ec2, trust: trusting(aws("111122223333")), want: "implicitDeny"},
		{rule: "a service and a condition, met", principal: ec2, trust: ofAccount, context: given("aws:SourceAccount=111122223333"), want: "allow"},
		{rule: "a service and a condition, not met", principal: ec2, trust: ofAccount, want: "implicitDeny"},
		{rule: "a service and a Deny", principal: ec2,
			trust: doc(trustRule("Allow", service(ec2)), trustRule("Deny", service(ec2))), want: "explicitDeny"},
		{rule: "a service has no documents", principal: ec2, identity: mayAssume, trust: trusting(service(ec2)), want: "error"},
		{rule: "an account id is of the role's partition", identity: everything, trust: trusting(aws("111122223333")),
			principal: "arn:aws-cn:iam::111122223333:user/john", resource: "arn:aws-cn:iam::111122223333:role/executor", want: "allow"},
		{rule: "a role of another partition", identity: everything, trust: trusting(aws("111122223333")),
			principal: "arn:aws-cn:iam::111122223333:user/john", want: "implicitDeny"},
		{rule: "a trust document does not decide other actions of STS", identity: everything, action: "sts:AssumeRoot",
			trust: trustJohn, want: "error"},
	}
	for i := range vectors {
		if vectors[i].action == "" {
			vectors[i].action = "sts:AssumeRole"
		}
		if vectors[i].resource == "" {
			vectors[i].resource = executor
		}
	}
	runVectors(t, vectors)
}
