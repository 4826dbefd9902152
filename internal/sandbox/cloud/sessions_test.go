package cloud_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	callerARN   = "arn:aws:iam::444455556666:user/my-user"
	executorARN = "arn:aws:iam::111122223333:role/executor"
)

// myUser returns the other account's user as a caller.
func myUser(c *cloud.Cloud) cloud.Caller {
	key := Must(c.Account(cloud.CallerAccount).ListAccessKeys(cloud.CallerUser))[0]
	return Must(c.Caller(key.AccessKeyID, noon))
}

func assumeInput(role string) cloud.AssumeRoleInput {
	return cloud.AssumeRoleInput{RoleARN: role, RoleSessionName: "a-session"}
}

// assumes allows the other account's user to assume a role, and does so.
func assumes(c *cloud.Cloud, role string) (cloud.Session, error) {
	OK(c.Account(cloud.CallerAccount).UserPolicies().Put(cloud.CallerUser, Allow("assume", "sts:AssumeRole", role)))
	return c.AssumeRole(myUser(c), assumeInput(role), nil, noon)
}

// TestAssumeRole has a few requests from another account. The tests of package
// iam cover the rules of trust policies.
func TestAssumeRole(t *testing.T) {
	const trusted = "sts:AssumeRole"
	external := TrustAWSIf(cloud.CallerAccount, `{"StringEquals":{"sts:ExternalId":"partner-42"}}`)
	for name, test := range map[string]struct {
		trust, identity, externalID string // identity is the action that the user's policy allows, empty for no policy
		allowed                     bool
	}{
		"account, no identity policy": {trust: TrustAWS(cloud.CallerAccount)},
		"account, identity policy":    {trust: TrustAWS(cloud.CallerAccount), identity: trusted, allowed: true},
		"user, identity policy":       {trust: TrustAWS(callerARN), identity: trusted, allowed: true},
		"user, other identity policy": {trust: TrustAWS(callerARN), identity: invoke},
		"own account":                 {trust: TrustAWS(cloud.APIAccount), identity: trusted},
		"everyone":                    {trust: TrustAWS("*"), identity: trusted, allowed: true},
		"no external id":              {trust: external, identity: trusted},
		"wrong external id":           {trust: external, identity: trusted, externalID: "partner-43"},
		"right external id":           {trust: external, identity: trusted, externalID: "partner-42", allowed: true},
		"needless external id":        {trust: TrustAWS(callerARN), identity: trusted, externalID: "partner-42", allowed: true},
		"service":                     {trust: TrustService("apigateway"), identity: trusted},
	} {
		t.Run(name, func(t *testing.T) {
			c, a := account()
			newRole(a, "executor", test.trust)
			OK(a.RolePolicies().Put("executor", Allow("p", invoke, products)))
			if test.identity != "" {
				OK(c.Account(cloud.CallerAccount).UserPolicies().Put(cloud.CallerUser, Allow("p", test.identity, "*")))
			}
			in := assumeInput(executorARN)
			in.ExternalID = test.externalID
			s, err := c.AssumeRole(myUser(c), in, nil, noon)
			if !test.allowed {
				WantCode(t, "AccessDenied", err)
				assert.Equal(t, cloud.Session{}, s)
				return
			}
			require.NoError(t, err)
			caller := Must(c.Caller(s.AccessKeyID, noon))
			assert.True(t, may(t, caller, invoke, products))
			assert.False(t, may(t, caller, invoke, creates))
			assert.False(t, may(t, caller, "sts:AssumeRole", executorARN), "the session does not have the user's permissions")
		})
	}
}

// TestExecuteAPIOfAnotherAccount shows that an identity policy of another account does
// not allow requests to an API of this account.
func TestExecuteAPIOfAnotherAccount(t *testing.T) {
	c, _ := account()
	OK(c.Account(cloud.CallerAccount).UserPolicies().Put(cloud.CallerUser, Allow("p", invoke, products)))
	assert.False(t, may(t, myUser(c), invoke, products))
}

// TestTrustIdentifiesUsersByUniqueID shows that a user who is deleted and
// created again is not trusted.
func TestTrustIdentifiesUsersByUniqueID(t *testing.T) {
	c, a := account()
	other := c.Account(cloud.CallerAccount)
	withKey(other, "jane")
	role := newRole(a, "executor", TrustAWS("arn:aws:iam::444455556666:user/jane"))
	asJane := func() error {
		OK(other.UserPolicies().Put("jane", Allow("p", "sts:AssumeRole", "*")))
		key := Must(other.ListAccessKeys("jane"))[0]
		_, err := c.AssumeRole(Must(c.Caller(key.AccessKeyID, noon)), assumeInput(role.ARN), nil, noon)
		return err
	}
	require.NoError(t, asJane())
	OK(other.UpdateUser("jane", "janet", ""))
	OK(other.UpdateUser("janet", "jane", "/moved/"))
	require.NoError(t, asJane(), "the same user under another ARN")
	OK(other.UpdateUser("jane", "", "/"))

	OK(other.UserPolicies().Delete("jane", "p"))
	OK(other.DeleteAccessKey("jane", Must(other.ListAccessKeys("jane"))[0].AccessKeyID))
	OK(other.DeleteUser("jane"))
	withKey(other, "jane")
	WantCode(t, "AccessDenied", asJane())
	OK(a.UpdateAssumeRolePolicy("executor", TrustAWS("arn:aws:iam::444455556666:user/jane")))
	require.NoError(t, asJane(), "resolved again")
}

// TestTrustIdentifiesRolesByUniqueID shows that sessions of a trusted role are trusted, but not
// those of a new role with the same name.
func TestTrustIdentifiesRolesByUniqueID(t *testing.T) {
	c, a := account()
	first := newRole(a, "first", TrustAWS(cloud.CallerAccount))
	second := newRole(a, "second", TrustAWS(first.ARN))
	session := func() cloud.Caller { return Must(c.Caller(Must(assumes(c, first.ARN)).AccessKeyID, noon)) }
	Must(c.AssumeRole(session(), assumeInput(second.ARN), nil, noon))
	OK(a.DeleteRole("first"))
	newRole(a, "first", TrustAWS(cloud.CallerAccount))
	WantCode(t, "AccessDenied", failed(c.AssumeRole(session(), assumeInput(second.ARN), nil, noon)))
}

func TestMissingRoles(t *testing.T) {
	c, a := account()
	Must(a.CreateRole(cloud.CreateRoleInput{RoleName: "executor", Path: "/team/", AssumeRolePolicyDocument: TrustAWS("*")}))
	for _, arn := range []string{
		executorARN, "arn:aws:iam::111122223333:role/other/executor", "arn:aws:iam::111122223333:role/team/missing",
		"arn:aws:iam::444455556666:role/team/executor", "arn:aws:iam::999999999999:role/team/executor", "arn:aws:iam::111122223333:role/team/",
	} {
		_, err := assumes(c, arn)
		WantCode(t, "AccessDenied", err)
		assert.ErrorContains(t, err, "User: "+callerARN+" is not authorized to perform: sts:AssumeRole on resource: "+arn)
	}
	Must(assumes(c, "arn:aws:iam::111122223333:role/team/executor"))
}

func TestDurations(t *testing.T) {
	c, a := account()
	role := Must(a.CreateRole(cloud.CreateRoleInput{RoleName: "executor", AssumeRolePolicyDocument: TrustAWS(cloud.CallerAccount), MaxSessionDuration: 7200}))
	first := Must(assumes(c, role.ARN))
	late := noon.Add(time.Second - time.Nanosecond)
	for seconds, want := range map[int]time.Duration{0: time.Hour, 900: 15 * time.Minute, 7200: 2 * time.Hour} {
		in := assumeInput(role.ARN)
		in.DurationSeconds = seconds
		s := Must(c.AssumeRole(myUser(c), in, nil, late))
		assert.Equal(t, noon, s.Issued)
		assert.Equal(t, noon.Add(want), s.Expiration)
	}
	for _, seconds := range []int{-1, 1, 899, 7201, 43200, 43201} {
		in := assumeInput(role.ARN)
		in.DurationSeconds = seconds
		WantCode(t, cloud.CodeValidation, failed(c.AssumeRole(myUser(c), in, nil, noon)))
	}
	OK(a.UpdateAssumeRolePolicy("executor", TrustAWS(role.ARN)))
	in := assumeInput(role.ARN)
	in.DurationSeconds = 3601
	WantCode(t, cloud.CodeValidation, failed(c.AssumeRole(Must(c.Caller(first.AccessKeyID, noon)), in, nil, noon)))
	in.DurationSeconds = 3600
	Must(c.AssumeRole(Must(c.Caller(first.AccessKeyID, noon)), in, nil, noon))
}

func TestSessionPolicyNarrows(t *testing.T) {
	c, a := account()
	role := newRole(a, "executor", TrustAWS(cloud.CallerAccount))
	OK(a.RolePolicies().Put("executor", Allow("p", invoke, "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/*")))
	Must(assumes(c, role.ARN))
	in := assumeInput(role.ARN)
	in.Policy = Document("Allow", invoke, "arn:aws:execute-api:us-east-1:111122223333:abc/prod/*/products")
	caller := Must(c.Caller(Must(c.AssumeRole(myUser(c), in, nil, noon)).AccessKeyID, noon))
	assert.True(t, may(t, caller, invoke, products))
	assert.False(t, may(t, caller, invoke, creates))
	assert.False(t, may(t, caller, invoke, "arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/orders"))

	in.Policy += strings.Repeat(" ", 2048-len(in.Policy))
	Must(c.AssumeRole(myUser(c), in, nil, noon))
	in.Policy += " "
	WantCode(t, "PackedPolicyTooLarge", failed(c.AssumeRole(myUser(c), in, nil, noon)))
}

func TestAssumeRoleRefusals(t *testing.T) {
	c, a := account()
	role := newRole(a, "executor", TrustAWS(cloud.CallerAccount))
	Must(assumes(c, role.ARN))
	odd := strings.Replace(Document("Allow", "*", "*"), `"Effect"`, `"Condition":{"BinaryEquals":{"aws:x":"?"}},"Effect"`, 1)
	for name, test := range map[string]struct {
		code   string
		change func(*cloud.AssumeRoleInput)
	}{
		"no role":              {cloud.CodeValidation, func(in *cloud.AssumeRoleInput) { in.RoleARN = "" }},
		"long role":            {cloud.CodeValidation, func(in *cloud.AssumeRoleInput) { in.RoleARN += strings.Repeat("x", 2048) }},
		"line end":             {cloud.CodeValidation, func(in *cloud.AssumeRoleInput) { in.RoleARN += "\n" }},
		"no name":              {cloud.CodeValidation, func(in *cloud.AssumeRoleInput) { in.RoleSessionName = "" }},
		"line end in the name": {cloud.CodeValidation, func(in *cloud.AssumeRoleInput) { in.RoleSessionName = "a-session\n" }},
		"slash in the name":    {cloud.CodeValidation, func(in *cloud.AssumeRoleInput) { in.RoleSessionName = "a/session" }},
		"external id":          {cloud.CodeValidation, func(in *cloud.AssumeRoleInput) { in.ExternalID = "a b" }},
		"serial number":        {cloud.CodeValidation, func(in *cloud.AssumeRoleInput) { in.SerialNumber, in.TokenCode = "a number of a device", "123456" }},
		"code":                 {cloud.CodeValidation, func(in *cloud.AssumeRoleInput) { in.SerialNumber, in.TokenCode = callerARN, "12345a" }},
		"policy":               {cloud.CodeMalformedPolicy, func(in *cloud.AssumeRoleInput) { in.Policy = "[]" }},
		"policy, not modelled": {"NotModelled", func(in *cloud.AssumeRoleInput) { in.Policy = odd }},
	} {
		t.Run(name, func(t *testing.T) {
			in := assumeInput(role.ARN)
			test.change(&in)
			WantCode(t, test.code, failed(c.AssumeRole(myUser(c), in, nil, noon)))
		})
	}
}

// TestContextOfAssumeRole shows that condition keys from the input are added to
// a copy of the context.
func TestContextOfAssumeRole(t *testing.T) {
	c, a := account()
	newRole(a, "executor", TrustAWSIf(cloud.CallerAccount, `{"StringEquals":{"sts:ExternalId":"partner-42","sts:RoleSessionName":"a-session","aws:RequestedRegion":"us-east-1"}}`))
	WantCode(t, "AccessDenied", failed(assumes(c, executorARN)))
	context := map[string][]string{"aws:RequestedRegion": {"us-east-1"}}
	in := assumeInput(executorARN)
	in.ExternalID = "partner-42"
	Must(c.AssumeRole(myUser(c), in, context, noon))
	assert.Len(t, context, 1)
	in.RoleSessionName = "another"
	WantCode(t, "AccessDenied", failed(c.AssumeRole(myUser(c), in, context, noon)))
}

func TestInstanceCredentials(t *testing.T) {
	_, a := account()
	newRole(a, "reader", trustEC2)
	Must(a.CreateInstanceProfile("profile", "", nil))
	six := 6 * 3600
	_, err := a.InstanceCredentials("missing", "i-1", six, noon)
	WantCode(t, cloud.CodeNoSuchEntity, err)
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.InstanceCredentials("profile", "i-1", six, noon)))
	OK(a.AddRoleToInstanceProfile("profile", "reader"))
	s, err := a.InstanceCredentials("profile", "i-1", six, noon)
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/reader/i-1", s.ARN)
	assert.Equal(t, noon.Add(6*time.Hour), s.Expiration, "longer than the role's maximum")
	OK(a.UpdateAssumeRolePolicy("reader", TrustAWS(cloud.APIAccount)))
	WantCode(t, "AssumeRoleUnauthorizedAccess", failed(a.InstanceCredentials("profile", "i-1", six, noon)))
}
