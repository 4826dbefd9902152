package iam_test

import "testing"

func TestAssumeRoleVectors(t *testing.T) {
	theirSession := "arn:aws:sts::444455556666:assumed-role/caller/s"
	nothing := allow(executionArn)
	external := trusting(aws(otherIAM+"root"), when(withID))
	vectors := []vector{
		{rule: "same account, account id: identity needed", trust: trusting(aws("111122223333")), want: "implicitDeny"},
		{rule: "same account, account id and identity", identity: mayAssume, trust: trusting(aws("111122223333")), want: "allow"},
		{rule: "same account, root: identity needed", trust: trusting(aws(ourIAM + "root")), want: "implicitDeny"},
		{rule: "same account, root and identity", identity: mayAssume, trust: trusting(aws(ourIAM + "root")), want: "allow"},
		{rule: "same account, identity alone is not enough", identity: mayAssume, trust: trusting(service("ec2.amazonaws.com")), want: "implicitDeny"},
		{rule: "no trust document", identity: mayAssume, want: "implicitDeny"},
		{rule: "same account, user named", trust: trusting(aws(john)), want: "allow"},
		{rule: "same account, user named among others", trust: trusting(`{"AWS":["` + theirUser + `","` + john + `"]}`), want: "allow"},
		{rule: "same account, another user named", identity: mayAssume, trust: trusting(aws(ourIAM + "user/jane")), want: "implicitDeny"},
		{rule: "users have their case", identity: mayAssume, trust: trusting(aws(ourIAM + "user/John")), want: "implicitDeny"},
		{rule: "users have their path", identity: mayAssume, trust: trusting(aws(ourIAM + "user/team/john")), want: "implicitDeny"},
		{rule: "same account, user named: its boundary does not limit", boundary: nothing, trust: trusting(aws(john)), want: "allow"},
		{rule: "same account, user named: its boundary's Deny does", boundary: doc(rule("Deny", "sts:*", "*")), trust: trusting(aws(john)), want: "explicitDeny"},
		{rule: "same account, user named: a session policy limits", session: nothing, trust: trusting(aws(john)), want: "implicitDeny"},
		{rule: "same account, account named: boundary limits", identity: mayAssume, boundary: nothing, trust: trusting(aws("111122223333")), want: "implicitDeny"},
		{rule: "same account, role named: its sessions need no identity", principal: session, trust: trusting(aws(ourIAM + "role/reader")), want: "allow"},
		{rule: "a role with a path is named with it, its session without", principal: session, trust: trusting(aws(reader)), want: "allow"},
		{rule: "same account, role named by itself", principal: reader, trust: trusting(aws(reader)), want: "allow"},
		{rule: "a role of another path", principal: reader, identity: mayAssume, trust: trusting(aws(ourIAM + "role/reader")), want: "implicitDeny"},
		{rule: "same account, another role", principal: session, identity: mayAssume, trust: trusting(aws(ourIAM + "role/writer")), want: "implicitDeny"},
		{rule: "another account's role of the same name", principal: session, identity: mayAssume, trust: trusting(aws(otherIAM + "role/reader")), want: "implicitDeny"},
		{rule: "same account, role named: boundary limits", principal: session, boundary: nothing, trust: trusting(aws(reader)), want: "implicitDeny"},
		{rule: "same account, role named: session policy limits", principal: session, session: nothing, trust: trusting(aws(reader)), want: "implicitDeny"},
		{rule: "same account, role named: boundary and session policy that allow", principal: session, boundary: mayAssume[0], session: mayAssume[0], trust: trusting(aws(reader)), want: "allow"},
		{rule: "same account, session named: nothing limits", principal: session, boundary: nothing, session: nothing, trust: trusting(aws(session)), want: "allow"},
		{rule: "another session of the role", principal: session, identity: mayAssume, trust: trusting(aws("arn:aws:sts::111122223333:assumed-role/reader/other")), want: "implicitDeny"},
		{rule: "same account, everyone", trust: trusting(`"*"`), want: "allow"},
		{rule: `same account, {"AWS":"*"}`, trust: trusting(aws("*")), want: "allow"},
		{rule: "everyone, with a condition on aws:PrincipalArn", trust: trusting(`"*"`, when(`"ArnEquals":{"aws:PrincipalArn":"`+john+`"}`)), context: given("aws:PrincipalArn=" + john), want: "allow"},
		{rule: "everyone, with a condition on aws:PrincipalArn, another", identity: mayAssume, trust: trusting(`"*"`, when(`"ArnEquals":{"aws:PrincipalArn":"`+reader+`"}`)), context: given("aws:PrincipalArn=" + john), want: "implicitDeny"},
		{rule: "cross account, everyone: identity needed", principal: theirUser, trust: trusting(`"*"`), want: "implicitDeny"},
		{rule: "cross account, everyone and identity", principal: theirUser, identity: mayAssume, trust: trusting(`"*"`), want: "allow"},
		{rule: "cross account, user named: identity needed", principal: theirUser, trust: trusting(aws(theirUser)), want: "implicitDeny"},
		{rule: "cross account, user named and identity", principal: theirUser, identity: mayAssume, trust: trusting(aws(theirUser)), want: "allow"},
		{rule: "cross account, account id and identity", principal: theirUser, identity: mayAssume, trust: trusting(aws(otherAccount)), want: "allow"},
		{rule: "cross account, role named: identity needed", principal: theirSession, trust: trusting(aws(otherIAM + "role/caller")), want: "implicitDeny"},
		{rule: "cross account, role named and identity", principal: theirSession, identity: mayAssume, trust: trusting(aws(otherIAM + "role/caller")), want: "allow"},
		{rule: "cross account, session named: identity needed", principal: theirSession, trust: trusting(aws(theirSession)), want: "implicitDeny"},
		{rule: "cross account, identity for another role", principal: theirUser, identity: []string{doc(rule("Allow", "sts:AssumeRole", reader))}, trust: trusting(aws(theirUser)), want: "implicitDeny"},
		{rule: "cross account, our account trusted", principal: theirUser, identity: mayAssume, trust: trusting(aws("111122223333")), want: "implicitDeny"},
		{rule: "cross account, caller's Deny", principal: theirUser, identity: append(mayAssume, doc(rule("Deny", "sts:*", "*"))), trust: trusting(aws(theirUser)), want: "explicitDeny"},
		{rule: "cross account, caller's boundary", principal: theirUser, identity: mayAssume, boundary: nothing, trust: trusting(aws(theirUser)), want: "implicitDeny"},
		{rule: "cross account, trust's Deny", principal: theirUser, identity: mayAssume, trust: doc(trustRule("Allow", aws(theirUser)), trustRule("Deny", aws(otherAccount))), want: "explicitDeny"},
		{rule: "trust's Deny of everyone", trust: doc(trustRule("Allow", aws(john)), trustRule("Deny", `"*"`)), want: "explicitDeny"},
		{rule: "trust's Deny of others", trust: doc(trustRule("Allow", aws(john)), trustRule("Deny", aws(theirUser))), want: "allow"},
		{rule: "trust's Deny of a role is for its sessions", principal: session, trust: doc(trustRule("Allow", `"*"`), trustRule("Deny", aws(reader))), want: "explicitDeny"},
		{rule: "trust's Deny whose condition fails", trust: doc(trustRule("Allow", aws(john)), trustRule("Deny", `"*"`, when(withMFA))), want: "allow"},
		{rule: "external id, absent", identity: mayAssume, trust: external, principal: theirUser, want: "implicitDeny"},
		{rule: "external id, wrong", identity: mayAssume, trust: external, principal: theirUser, context: given("sts:ExternalId=shop-43"), want: "implicitDeny"},
		{rule: "external id, right", identity: mayAssume, trust: external, principal: theirUser, context: given("sts:ExternalId=shop-42"), want: "allow"},
		{rule: "trust with MFA, shown", trust: trusting(aws(john), when(withMFA)), context: given("aws:MultiFactorAuthPresent=true"), want: "allow"},
		{rule: "trust with MFA, access key", trust: trusting(aws(john), when(withMFA)), want: "implicitDeny"},
		{rule: "trust with an organization, of it", principal: theirUser, identity: mayAssume, trust: trusting(`"*"`, when(`"StringEquals":{"aws:PrincipalOrgID":"o-1"}`)), context: given("aws:PrincipalOrgID=o-1"), want: "allow"},
		{rule: "trust with an organization, of none", principal: theirUser, identity: mayAssume, trust: trusting(`"*"`, when(`"StringEquals":{"aws:PrincipalOrgID":"o-1"}`)), want: "implicitDeny"},
		{rule: "trust that forces the session's name, user", trust: trusting(aws("111122223333"), when(`"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`)), identity: mayAssume, context: given("aws:username=john", "sts:RoleSessionName=john"), want: "allow"},
		{rule: "trust that forces the session's name, role", principal: session, trust: trusting(aws("111122223333"), when(`"StringEquals":{"sts:RoleSessionName":"${aws:username}"}`)), identity: mayAssume, context: given("sts:RoleSessionName=john"), want: "implicitDeny"},
		{rule: "trust of all of STS", trust: doc(`{"Effect":"Allow","Action":"sts:*","Principal":` + aws(john) + `}`), want: "allow"},
		{rule: "trust of another action", trust: doc(`{"Effect":"Allow","Action":"sts:TagSession","Principal":` + aws(john) + `}`), want: "implicitDeny"},
		{rule: "trust of another action too", trust: doc(`{"Effect":"Allow","Action":["sts:TagSession","STS:assumerole"],"Principal":` + aws(john) + `}`), want: "allow"},
		{rule: "a deleted principal is nobody", identity: mayAssume, trust: trusting(aws("AIDAIOSFODNN7EXAMPLE")), want: "implicitDeny"},
		{rule: "services are not users", identity: mayAssume, trust: trusting(service("ec2.amazonaws.com")), want: "implicitDeny"},
		{rule: "a service and a user", trust: trusting(`{"Service":"ec2.amazonaws.com","AWS":"` + john + `"}`), want: "allow"},
		{rule: "a service", principal: "ec2.amazonaws.com", trust: trusting(service("ec2.amazonaws.com")), want: "allow"},
		{rule: "another service", principal: "lambda.amazonaws.com", trust: trusting(service("ec2.amazonaws.com")), want: "implicitDeny"},
		{rule: "one of the services", principal: "lambda.amazonaws.com", trust: trusting(`{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}`), want: "allow"},
		{rule: "an account is not a service", principal: "ec2.amazonaws.com", trust: trusting(aws("111122223333")), want: "implicitDeny"},
		{rule: "a service and a condition, met", principal: "ec2.amazonaws.com", trust: trusting(service("ec2.amazonaws.com"), when(`"StringEquals":{"aws:SourceAccount":"111122223333"}`)), context: given("aws:SourceAccount=111122223333"), want: "allow"},
		{rule: "a service and a condition, not met", principal: "ec2.amazonaws.com", trust: trusting(service("ec2.amazonaws.com"), when(`"StringEquals":{"aws:SourceAccount":"111122223333"}`)), want: "implicitDeny"},
		{rule: "a service and a Deny", principal: "ec2.amazonaws.com", trust: doc(trustRule("Allow", service("ec2.amazonaws.com")), trustRule("Deny", service("ec2.amazonaws.com"))), want: "explicitDeny"},
		{rule: "a service has no documents", principal: "ec2.amazonaws.com", identity: mayAssume, trust: trusting(service("ec2.amazonaws.com")), want: "error"},
		{rule: "accounts of another partition", identity: mayAssume, trust: trusting(aws("arn:aws-cn:iam::111122223333:root")), want: "implicitDeny"},
		{rule: "a role of another partition named", principal: session, identity: mayAssume, trust: trusting(aws("arn:aws-cn:iam::111122223333:role/reader")), want: "implicitDeny"},
		{rule: "an account id is of the role's partition", identity: []string{doc(rule("Allow", "*", "*"))}, principal: "arn:aws-cn:iam::111122223333:user/john", resource: "arn:aws-cn:iam::111122223333:role/executor", trust: trusting(aws("111122223333")), want: "allow"},
		{rule: "a role of another partition", identity: []string{doc(rule("Allow", "*", "*"))}, principal: "arn:aws-cn:iam::111122223333:user/john", trust: trusting(aws("111122223333")), want: "implicitDeny"},
		{rule: "a trust document decides sts:AssumeRole alone", identity: []string{doc(rule("Allow", "*", "*"))}, action: "sts:TagSession", trust: trusting(aws(john)), want: "error"},
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
