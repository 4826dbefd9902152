package cloud_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/sandbox/cloud"
)

const (
	invoke   = "execute-api:Invoke"
	products = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/products"
	creates  = "arn:aws:execute-api:us-east-1:111122223333:abc/prod/POST/products"
)

// noon is when callers call.
var noon = time.Date(2026, time.March, 4, 12, 0, 0, 0, time.UTC)

// document is an identity policy of one statement.
func document(effect, action, resource string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":%q,"Action":%q,"Resource":%q}}`, effect, action, resource)
}

// as is an inline policy that allows an action on a resource.
func as(name, action, resource string) cloud.InlinePolicy {
	return cloud.InlinePolicy{PolicyName: name, PolicyDocument: document("Allow", action, resource)}
}

// may judges a call by what is known of its caller.
func may(t *testing.T, c cloud.Caller, action, resource string) bool {
	t.Helper()
	request, err := iam.NewRequest(iam.Call{Principal: c.ARN, Action: action, Resource: resource, Context: c.Context})
	require.NoError(t, err)
	decision, err := c.Policies.Decide(request)
	require.NoError(t, err)
	return decision.Allowed()
}

// withKey returns a new user's access key.
func withKey(a *cloud.Account, name string) cloud.AccessKey {
	newUser(a, name)
	return must(a.CreateAccessKey(name))
}

func TestCallerOfAUser(t *testing.T) {
	c, a := account()
	u := must(a.CreateUser(cloud.CreateUserInput{UserName: "jane", Path: "/team/", Tags: map[string]string{"team": "shop"}}))
	key := must(a.CreateAccessKey("jane"))
	caller := must(c.Caller(key.AccessKeyID, noon))
	assert.Equal(t, cloud.APIAccount, caller.Account)
	assert.Equal(t, "arn:aws:iam::111122223333:user/team/jane", caller.ARN)
	assert.Equal(t, u.UserID, caller.UserID)
	assert.False(t, caller.InSession())
	assert.Equal(t, cloud.Key{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}, caller.Key)
	assert.Equal(t, map[string][]string{
		"aws:PrincipalArn": {u.ARN}, "aws:PrincipalAccount": {cloud.APIAccount}, "aws:PrincipalType": {"User"}, "aws:userid": {u.UserID},
		"aws:username": {"jane"}, "aws:PrincipalTag/team": {"shop"}, "aws:PrincipalIsAWSService": {"false"}, "aws:ViaAWSService": {"false"},
	}, caller.Context, "of a second factor or a token's age, an access key tells nothing")
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(format, caller), key.SecretAccessKey)
		assert.NotContains(t, fmt.Sprintf(format, caller.Key), key.SecretAccessKey)
	}
}

func TestKeysThatAreNobodys(t *testing.T) {
	c, a := account()
	deleted, inactive := withKey(a, "jane"), withKey(a, "john")
	must(c.Caller(deleted.AccessKeyID, noon))
	ok(a.DeleteAccessKey("jane", deleted.AccessKeyID))
	ok(a.UpdateAccessKey("john", inactive.AccessKeyID, cloud.KeyInactive))
	for name, id := range map[string]string{
		"unknown": "AKIAXXXXXXXXXXXXXXXX", "empty": "", "deleted": deleted.AccessKeyID, "inactive": inactive.AccessKeyID,
		"operator's": cloud.APIOperatorKey, "other operator's": cloud.CallerOperatorKey,
	} {
		t.Run(name, func(t *testing.T) {
			caller, err := c.Caller(id, noon)
			wantCode(t, cloud.CodeInvalidClientTokenID, err)
			assert.Equal(t, cloud.Caller{}, caller)
		})
	}
	ok(a.UpdateAccessKey("john", inactive.AccessKeyID, cloud.KeyActive))
	must(c.Caller(inactive.AccessKeyID, noon))
}

// TestPoliciesOfACaller: they are those of the moment.
func TestPoliciesOfACaller(t *testing.T) {
	c, a := account()
	key := withKey(a, "jane")
	must(a.CreateGroup("readers", ""))
	must(a.CreateGroup("writers", ""))
	ok(a.AttachGroupPolicy("readers", newPolicy(a, "read").ARN)) // allows the call of allowInvoke
	ok(a.PutGroupPolicy("writers", as("write", invoke, creates)))
	read := "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/products"
	is := func(reads, creating bool) {
		t.Helper()
		caller := must(c.Caller(key.AccessKeyID, noon))
		assert.Equal(t, reads, may(t, caller, invoke, read), "reads")
		assert.Equal(t, creating, may(t, caller, invoke, creates), "creates")
	}
	is(false, false)
	ok(a.AddUserToGroup("readers", "jane"))
	is(true, false)
	ok(a.AddUserToGroup("writers", "jane"))
	is(true, true)
	ok(a.PutUserPolicy("jane", cloud.InlinePolicy{PolicyName: "no", PolicyDocument: document("Deny", "*", creates)}))
	is(true, false)
	ok(a.DeleteUserPolicy("jane", "no"))
	ok(a.RemoveUserFromGroup("readers", "jane"))
	is(false, true)

	boundary := newPolicy(a, "boundary").ARN
	ok(a.PutUserPermissionsBoundary("jane", boundary))
	is(false, false)
	ok(a.PutUserPolicy("jane", as("all", "*", "*")))
	is(true, false)
	ok(a.DeleteUserPermissionsBoundary("jane"))
	is(true, true)
	must(a.CreatePolicyVersion("arn:aws:iam::111122223333:policy/read", allowOther, true))
	ok(a.DeleteUserPolicy("jane", "all"))
	ok(a.RemoveUserFromGroup("writers", "jane"))
	ok(a.AddUserToGroup("readers", "jane"))
	is(false, true)
}

// TestRenamedUser stays who it is.
func TestRenamedUser(t *testing.T) {
	c, a := account()
	key := withKey(a, "jane")
	before := must(c.Caller(key.AccessKeyID, noon))
	ok(a.UpdateUser("jane", "janet", ""))
	after := must(c.Caller(key.AccessKeyID, noon))
	assert.Equal(t, before.UserID, after.UserID)
	assert.Equal(t, "arn:aws:iam::111122223333:user/janet", after.ARN)
	assert.Equal(t, []string{"janet"}, after.Context["aws:username"])
}

func TestCallerOfASession(t *testing.T) {
	c, a := account()
	must(a.CreateRole(cloud.CreateRoleInput{RoleName: "executor", Path: "/team/", AssumeRolePolicyDocument: trustAWS(cloud.CallerAccount),
		Tags: map[string]string{"team": "shop"}}))
	ok(a.PutRolePolicy("executor", as("p", invoke, "*")))
	s := must(assumes(c, "arn:aws:iam::111122223333:role/team/executor"))
	role := must(a.GetRole("executor"))
	caller := must(c.Caller(s.AccessKeyID, noon))
	assert.Equal(t, cloud.APIAccount, caller.Account)
	assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/executor/a-session", caller.ARN)
	assert.Equal(t, role.RoleID+":a-session", caller.UserID)
	assert.True(t, caller.InSession())
	assert.Equal(t, s.Key, caller.Key)
	assert.Equal(t, map[string][]string{
		"aws:PrincipalArn": {role.ARN}, "aws:PrincipalAccount": {cloud.APIAccount}, "aws:PrincipalType": {"AssumedRole"},
		"aws:userid": {role.RoleID + ":a-session"}, "aws:PrincipalTag/team": {"shop"}, "aws:PrincipalIsAWSService": {"false"},
		"aws:ViaAWSService": {"false"}, "aws:TokenIssueTime": {"2026-03-04T12:00:00Z"}, "aws:MultiFactorAuthPresent": {"false"},
	}, caller.Context)
	assert.True(t, may(t, caller, invoke, creates))
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, secret := range []string{s.SecretAccessKey, s.SessionToken} {
			assert.NotContains(t, fmt.Sprintf(format, s), secret)
			assert.NotContains(t, fmt.Sprintf(format, caller), secret)
		}
	}

	ok(a.PutRolePermissionsBoundary("executor", newPolicy(a, "b").ARN))
	caller = must(c.Caller(s.AccessKeyID, noon))
	assert.False(t, may(t, caller, invoke, creates))
	assert.True(t, may(t, caller, invoke, products))
	ok(a.DeleteRolePolicy("executor", "p"))
	assert.False(t, may(t, must(c.Caller(s.AccessKeyID, noon)), invoke, products))
}

func TestEndOfASession(t *testing.T) {
	c, a := account()
	role := newRole(a, "executor", trustAWS(cloud.CallerAccount))
	s := must(assumes(c, role.ARN))
	must(c.Caller(s.AccessKeyID, s.Expiration.Add(-time.Nanosecond)))
	_, err := c.Caller(s.AccessKeyID, s.Expiration)
	wantCode(t, cloud.CodeExpiredToken, err)
	_, err = c.Caller(s.AccessKeyID, s.Expiration.Add(24*time.Hour))
	wantCode(t, cloud.CodeExpiredToken, err)

	copied := c.Clone()
	ok(a.DeleteRole("executor"))
	_, err = c.Caller(s.AccessKeyID, noon)
	wantCode(t, cloud.CodeInvalidClientTokenID, err)
	newRole(a, "executor", trustAWS(cloud.CallerAccount))
	_, err = c.Caller(s.AccessKeyID, noon)
	wantCode(t, cloud.CodeInvalidClientTokenID, err)
	assert.Equal(t, s.Key, must(copied.Caller(s.AccessKeyID, noon)).Key, "a copy has sessions of its own")
}

func TestPoliciesOfAWS(t *testing.T) {
	c, a := account()
	key := withKey(a, "jane")
	for _, name := range []string{"AdministratorAccess", "PowerUserAccess", "AmazonAPIGatewayInvokeFullAccess"} {
		arn := "arn:aws:iam::aws:policy/" + name
		ok(a.AttachUserPolicy("jane", arn))
		assert.True(t, may(t, must(c.Caller(key.AccessKeyID, noon)), invoke, products), name)
		ok(a.PutUserPermissionsBoundary("jane", arn))
		assert.True(t, may(t, must(c.Caller(key.AccessKeyID, noon)), invoke, products), name)
		ok(a.DetachUserPolicy("jane", arn))
	}
}

// TestDocumentsThatCannotBeJudged are no reason to allow what they do not
// mention.
func TestDocumentsThatCannotBeJudged(t *testing.T) {
	c, a := account()
	key := withKey(a, "jane")
	odd := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"BinaryEquals":{"aws:x":"?"}}}}`
	ok(a.PutUserPolicy("jane", cloud.InlinePolicy{PolicyName: "odd", PolicyDocument: odd}))
	_, err := c.Caller(key.AccessKeyID, noon)
	require.ErrorContains(t, err, "policies of user jane")
	assert.False(t, cloud.IsCode(err, cloud.CodeInvalidClientTokenID))
	ok(a.DeleteUserPolicy("jane", "odd"))
	must(c.Caller(key.AccessKeyID, noon))
}

// TestCallerIsACopy: what is done to it does not reach the cloud.
func TestCallerIsACopy(t *testing.T) {
	c, a := account()
	key := withKey(a, "jane")
	caller := must(c.Caller(key.AccessKeyID, noon))
	want := maps.Clone(caller.Context)
	caller.Context["aws:username"] = []string{"root"}
	caller.Policies.Identity = append(caller.Policies.Identity, nil)
	again := must(c.Caller(key.AccessKeyID, noon))
	assert.Equal(t, want, again.Context)
	assert.Empty(t, again.Policies.Identity)
}
