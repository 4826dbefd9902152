package cloud_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// noon is the time of requests.
var noon = time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC)

// may reports whether the caller's policies allow a request.
func may(t *testing.T, c cloud.Caller, action, resource string) bool {
	t.Helper()
	request, err := iam.NewRequest(iam.RequestInput{Principal: c.ARN, Action: action, Resource: resource, Context: c.Context})
	require.NoError(t, err)
	decision, err := c.Policies.Decide(request)
	require.NoError(t, err)
	return decision.Allowed()
}

// withKey returns a new user's access key.
func withKey(a *cloud.Account, name string) cloud.AccessKey {
	newUser(a, name)
	return Must(a.CreateAccessKey(name))
}

func TestCallerOfAUser(t *testing.T) {
	c, a := account()
	u := Must(a.CreateUser(cloud.CreateUserInput{UserName: "jane", Path: "/team/", Tags: map[string]string{"team": "shop"}}))
	key := Must(a.CreateAccessKey("jane"))
	caller := Must(c.Caller(key.AccessKeyID, noon))
	assert.Equal(t, cloud.APIAccount, caller.Account)
	assert.Equal(t, "arn:aws:iam::111122223333:user/team/jane", caller.ARN)
	assert.Equal(t, u.UserID, caller.UserID)
	assert.False(t, caller.InSession())
	assert.Equal(t, cloud.Key{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}, caller.Key)
	assert.Equal(t, map[string][]string{
		"aws:PrincipalArn": {u.ARN}, "aws:PrincipalAccount": {cloud.APIAccount}, "aws:PrincipalType": {"User"}, "aws:userid": {u.UserID},
		"aws:username": {"jane"}, "aws:PrincipalTag/team": {"shop"}, "aws:PrincipalIsAWSService": {"false"}, "aws:ViaAWSService": {"false"},
		"aws:PrincipalOrgID": {cloud.Organization}, "aws:PrincipalOrgPaths": {cloud.Organization + "/r-sand/"},
	}, caller.Context, "an access key has no condition keys for MFA and token age")
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(format, caller), key.SecretAccessKey)
		assert.NotContains(t, fmt.Sprintf(format, caller.Key), key.SecretAccessKey)
	}
}

func TestKeysWithoutACaller(t *testing.T) {
	c, a := account()
	deleted, inactive := withKey(a, "jane"), withKey(a, "john")
	Must(c.Caller(deleted.AccessKeyID, noon))
	OK(a.DeleteAccessKey("jane", deleted.AccessKeyID))
	OK(a.UpdateAccessKey("john", inactive.AccessKeyID, cloud.KeyInactive))
	for name, id := range map[string]string{
		"unknown": "AKIAXXXXXXXXXXXXXXXX", "empty": "", "deleted": deleted.AccessKeyID, "inactive": inactive.AccessKeyID,
		"operator's": cloud.APIOperatorKey, "other operator's": cloud.CallerOperatorKey,
	} {
		t.Run(name, func(t *testing.T) {
			caller, err := c.Caller(id, noon)
			WantCode(t, cloud.CodeInvalidClientTokenID, err)
			assert.Equal(t, cloud.Caller{}, caller)
		})
	}
	OK(a.UpdateAccessKey("john", inactive.AccessKeyID, cloud.KeyActive))
	Must(c.Caller(inactive.AccessKeyID, noon))
}

// TestPoliciesOfACaller shows that a caller has its current policies.
func TestPoliciesOfACaller(t *testing.T) {
	c, a := account()
	key := withKey(a, "jane")
	Must(a.CreateGroup("readers", ""))
	Must(a.CreateGroup("writers", ""))
	OK(a.GroupPolicies().Attach("readers", newPolicy(a, "read").ARN)) // allows GET /products
	OK(a.GroupPolicies().Put("writers", Allow("write", invoke, creates)))
	read := "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/products"
	is := func(reads, creating bool) {
		t.Helper()
		caller := Must(c.Caller(key.AccessKeyID, noon))
		assert.Equal(t, reads, may(t, caller, invoke, read), "reads")
		assert.Equal(t, creating, may(t, caller, invoke, creates), "creates")
	}
	is(false, false)
	OK(a.AddUserToGroup("readers", "jane"))
	is(true, false)
	OK(a.AddUserToGroup("writers", "jane"))
	is(true, true)
	OK(a.UserPolicies().Put("jane", cloud.InlinePolicy{PolicyName: "no", PolicyDocument: Document("Deny", "*", creates)}))
	is(true, false)
	OK(a.UserPolicies().Delete("jane", "no"))
	OK(a.RemoveUserFromGroup("readers", "jane"))
	is(false, true)

	boundary := newPolicy(a, "boundary").ARN
	OK(a.PutUserPermissionsBoundary("jane", boundary))
	is(false, false)
	OK(a.UserPolicies().Put("jane", Allow("all", "*", "*")))
	is(true, false)
	OK(a.DeleteUserPermissionsBoundary("jane"))
	is(true, true)
	Must(a.CreatePolicyVersion("arn:aws:iam::111122223333:policy/read", allowOther, true))
	OK(a.UserPolicies().Delete("jane", "all"))
	OK(a.RemoveUserFromGroup("writers", "jane"))
	OK(a.AddUserToGroup("readers", "jane"))
	is(false, true)
}

func TestCallerOfASession(t *testing.T) {
	c, a := account()
	Must(a.CreateRole(cloud.CreateRoleInput{RoleName: "executor", Path: "/team/", AssumeRolePolicyDocument: TrustAWS(cloud.CallerAccount),
		Tags: map[string]string{"team": "shop"}}))
	OK(a.RolePolicies().Put("executor", Allow("p", invoke, "*")))
	s := Must(assumes(c, "arn:aws:iam::111122223333:role/team/executor"))
	role := Must(a.GetRole("executor"))
	caller := Must(c.Caller(s.AccessKeyID, noon))
	assert.Equal(t, cloud.APIAccount, caller.Account)
	assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/executor/a-session", caller.ARN)
	assert.Equal(t, role.RoleID+":a-session", caller.UserID)
	assert.True(t, caller.InSession())
	assert.Equal(t, s.Key, caller.Key)
	assert.Equal(t, map[string][]string{
		"aws:PrincipalArn": {role.ARN}, "aws:PrincipalAccount": {cloud.APIAccount}, "aws:PrincipalType": {"AssumedRole"},
		"aws:userid": {role.RoleID + ":a-session"}, "aws:PrincipalTag/team": {"shop"}, "aws:PrincipalIsAWSService": {"false"},
		"aws:ViaAWSService": {"false"}, "aws:TokenIssueTime": {"2026-03-04T12:00:00Z"}, "aws:MultiFactorAuthPresent": {"false"},
		"aws:PrincipalOrgID": {cloud.Organization}, "aws:PrincipalOrgPaths": {cloud.Organization + "/r-sand/"},
	}, caller.Context)
	assert.True(t, may(t, caller, invoke, creates))
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, secret := range []string{s.SecretAccessKey, s.SessionToken} {
			assert.NotContains(t, fmt.Sprintf(format, s), secret)
			assert.NotContains(t, fmt.Sprintf(format, caller), secret)
		}
	}

	OK(a.PutRolePermissionsBoundary("executor", newPolicy(a, "b").ARN))
	caller = Must(c.Caller(s.AccessKeyID, noon))
	assert.False(t, may(t, caller, invoke, creates))
	assert.True(t, may(t, caller, invoke, products))
	OK(a.RolePolicies().Delete("executor", "p"))
	assert.False(t, may(t, Must(c.Caller(s.AccessKeyID, noon)), invoke, products))
}

func TestExpiredAndRevokedSessions(t *testing.T) {
	c, a := account()
	role := newRole(a, "executor", TrustAWS(cloud.CallerAccount))
	s := Must(assumes(c, role.ARN))
	Must(c.Caller(s.AccessKeyID, s.Expiration.Add(-time.Nanosecond)))
	_, err := c.Caller(s.AccessKeyID, s.Expiration)
	WantCode(t, cloud.CodeExpiredToken, err)
	WantCode(t, cloud.CodeExpiredToken, failed(c.Caller(s.AccessKeyID, s.Expiration.Add(24*time.Hour))))

	copied := c.Clone()
	OK(a.DeleteRole("executor"))
	WantCode(t, cloud.CodeInvalidClientTokenID, failed(c.Caller(s.AccessKeyID, noon)))
	newRole(a, "executor", TrustAWS(cloud.CallerAccount))
	WantCode(t, cloud.CodeInvalidClientTokenID, failed(c.Caller(s.AccessKeyID, noon)))
	assert.Equal(t, s.Key, Must(copied.Caller(s.AccessKeyID, noon)).Key, "a copy has sessions of its own")
}
