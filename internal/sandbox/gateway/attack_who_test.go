package gateway_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// invokeIf is a document that allows every request under a condition.
func invokeIf(condition string) string {
	return sandboxtest.DocumentIf(condition, "execute-api:Invoke", "*")
}

// role creates a role that jane may assume.
func (w *world) role(name, document string) {
	sandboxtest.Must(w.account.CreateRole(cloud.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: sandboxtest.TrustAWS("arn:aws:iam::111122223333:user/jane")}))
	sandboxtest.OK(w.account.RolePolicies().Put(name, inline(document)))
}

// assume returns credentials of a role, narrowed by a session policy if there is one.
func (w *world) assume(role, session, policy string) aws.Credentials {
	jane := sandboxtest.Must(w.cloud.Caller(w.jane.AccessKeyID, w.now()))
	s := sandboxtest.Must(w.cloud.AssumeRole(jane, cloud.AssumeRoleInput{
		RoleARN: "arn:aws:iam::" + cloud.APIAccount + ":role/" + role, RoleSessionName: session, Policy: policy, DurationSeconds: 900,
	}, jane.Context, w.now()))
	return aws.Credentials{AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretAccessKey, SessionToken: s.SessionToken}
}

func (w *world) managed(name, document string) string {
	return sandboxtest.Must(w.account.CreatePolicy(cloud.CreatePolicyInput{PolicyName: name, PolicyDocument: document})).ARN
}

// inGroup adds a product as mary, whose group has a managed policy that allows it.
func inGroup(w *world) *message {
	sandboxtest.Must(w.account.CreateGroup("admins", "/"))
	sandboxtest.OK(w.account.GroupPolicies().Attach("admins", w.managed("admin", w.allow("prod/*"))))
	mary := w.user("mary", w.allow("prod/GET/products"))
	sandboxtest.OK(w.account.AddUserToGroup("admins", "mary"))
	return w.signedWith(signing{key: mary})
}

// inSession adds a product in a role's session.
func inSession(w *world) *message {
	w.role("keeper", w.allow("prod/*"))
	return w.signedWith(signing{key: w.assume("keeper", "one", "")})
}

// TestCallers changes the caller, or what the caller may do. The tests of cloud have
// more of the latter.
func TestCallers(t *testing.T) {
	as := func(key func(*world) aws.Credentials) func(*world, *message) {
		return func(w *world, m *message) { *m = *w.signedWith(signing{key: key(w)}) }
	}
	jane := func(w *world) string { return w.jane.AccessKeyID }
	runAttacks(t, []attack{
		{name: "a user without the permission", spoil: as(func(w *world) aws.Credentials { return w.john })},
		{name: "a user of another account, whom their own account allows", spoil: as(func(w *world) aws.Credentials {
			other := w.cloud.Account(cloud.CallerAccount)
			sandboxtest.OK(other.UserPolicies().Put(cloud.CallerUser, inline(w.allow("prod/*", "*"))))
			keys := sandboxtest.Must(other.ListAccessKeys(cloud.CallerUser))
			return credentials(sandboxtest.Must(other.Credential(keys[0].AccessKeyID)))
		})},
		{name: "an empty secret", spoil: as(func(w *world) aws.Credentials { return aws.Credentials{AccessKeyID: w.jane.AccessKeyID} })},
		{name: "the operator's key with an empty secret", spoil: as(func(*world) aws.Credentials { return aws.Credentials{AccessKeyID: cloud.APIOperatorKey} })},
		{name: "the key was deleted", spoil: func(w *world, _ *message) { sandboxtest.OK(w.account.DeleteAccessKey("jane", jane(w))) }},
		{name: "the key is inactive", spoil: func(w *world, _ *message) {
			sandboxtest.OK(w.account.UpdateAccessKey("jane", jane(w), cloud.KeyInactive))
		}},
		{name: "the user was deleted and created again", spoil: func(w *world, _ *message) {
			sandboxtest.OK(w.account.DeleteAccessKey("jane", jane(w)))
			sandboxtest.OK(w.account.UserPolicies().Delete("jane", "calls"))
			sandboxtest.OK(w.account.DeleteUser("jane"))
			w.user("jane", w.allow("prod/*"))
		}},
		{name: "the user has left the group", call: inGroup, spoil: func(w *world, _ *message) { sandboxtest.OK(w.account.RemoveUserFromGroup("admins", "mary")) }},
		{name: "the user's policy is gone", spoil: func(w *world, _ *message) { sandboxtest.OK(w.account.UserPolicies().Delete("jane", "calls")) }},
		{name: "another address is only claimed", call: func(w *world) *message {
			mary := w.user("mary", invokeIf(`{"IpAddress":{"aws:SourceIp":"127.0.0.1"}}`))
			return w.signedWith(signing{key: mary})
		}, spoil: func(w *world, m *message) {
			sandboxtest.OK(w.account.UserPolicies().Put("mary", inline(invokeIf(`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`))))
			m.add("X-Forwarded-For", "203.0.113.9")
			m.add("Forwarded", "for=203.0.113.9")
			m.add("X-Real-Ip", "203.0.113.9")
		}},
		{name: "the user's policy is over", call: func(w *world) *message {
			until := w.now().Add(2 * time.Minute).UTC().Format(time.RFC3339)
			sandboxtest.OK(w.account.UserPolicies().Put("jane", inline(invokeIf(`{"DateLessThan":{"aws:CurrentTime":"`+until+`"}}`))))
			return adding(w)
		}, spoil: func(w *world, _ *message) { w.setClock(w.now().Add(3 * time.Minute)) }},
		{name: "session: no token", call: inSession, spoil: func(_ *world, m *message) { m.drop("X-Amz-Security-Token") }},
		{name: "session: the token was not signed", call: inSession, spoil: func(_ *world, m *message) { m.authorization(";x-amz-security-token", "") }},
		{name: "session: token of another session, signed", call: inSession, spoil: func(w *world, m *message) {
			key := w.assume("keeper", "two", "")
			key.SessionToken = w.assume("keeper", "three", "").SessionToken
			*m = *w.signedWith(signing{key: key})
		}},
		{name: "session: token in the query instead", call: inSession, spoil: func(_ *world, m *message) {
			m.target += "?X-Amz-Security-Token=" + m.get("X-Amz-Security-Token")
			m.drop("X-Amz-Security-Token")
		}},
		{name: "a token of a session with a user's key", call: inSession, spoil: func(w *world, m *message) {
			key := w.jane
			key.SessionToken = w.assume("keeper", "two", "").SessionToken
			*m = *w.signedWith(signing{key: key})
		}},
		{name: "a token that is not signed", spoil: func(_ *world, m *message) { m.add("X-Amz-Security-Token", "token") }},
		{name: "session: over", call: inSession, spoil: func(w *world, m *message) {
			key := w.assume("keeper", "two", "")
			w.setClock(w.now().Add(901 * time.Second))
			*m = *w.signedWith(signing{key: key})
		}},
		{name: "session: the role was deleted and created again", call: inSession, spoil: func(w *world, _ *message) {
			sandboxtest.OK(w.account.RolePolicies().Delete("keeper", "calls"))
			sandboxtest.OK(w.account.DeleteRole("keeper"))
			w.role("keeper", w.allow("prod/*"))
		}},
		{name: "session: the caller's own permissions do not count", call: inSession, spoil: func(w *world, m *message) {
			w.role("reader", w.allow("prod/GET/products")) // jane may add, the role may not
			*m = *w.signedWith(signing{key: w.assume("reader", "jane", "")})
		}},
		{name: "session: its policy narrows", call: inSession, spoil: func(w *world, m *message) {
			*m = *w.signedWith(signing{key: w.assume("keeper", "two", w.allow("prod/GET/*"))})
		}},
	})
}
