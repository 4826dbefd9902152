package sts_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

var ctx = context.Background()

func TestAssumeRole(t *testing.T) {
	d := open(t)
	out := d.assumes(assume())
	assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/executor/a-session", *out.AssumedRoleUser.Arn)
	assert.Regexp(t, `^AROA[A-Z2-7]{17}:a-session$`, *out.AssumedRoleUser.AssumedRoleId)
	assert.Regexp(t, `^ASIA[A-Z2-7]{16}$`, *out.Credentials.AccessKeyId)
	assert.Equal(t, d.clock.Now().Add(time.Hour).UTC().Truncate(time.Second), *out.Credentials.Expiration)
	assert.Nil(t, out.PackedPolicySize)
	assert.Nil(t, out.SourceIdentity)

	session := d.session(out.Credentials)
	identity, err := session.GetCallerIdentity(ctx, nil)
	require.NoError(t, err)
	assert.Equal(t, *out.AssumedRoleUser.Arn, *identity.Arn)
	assert.Equal(t, *out.AssumedRoleUser.AssumedRoleId, *identity.UserId)
	assert.Equal(t, cloud.APIAccount, *identity.Account)
}

func TestGetCallerIdentityNeedsNoPermission(t *testing.T) {
	d := open(t)
	denyAll := strings.ReplaceAll(allowAll, "Allow", "Deny")
	sandboxtest.OK(d.other().UserPolicies().Put(cloud.CallerUser, cloud.InlinePolicy{PolicyName: "nothing", PolicyDocument: denyAll}))
	identity, err := d.user().GetCallerIdentity(ctx, nil)
	require.NoError(t, err)
	assert.Equal(t, userARN, *identity.Arn)
	assert.Equal(t, sandboxtest.Must(d.other().GetUser(cloud.CallerUser)).UserID, *identity.UserId)
	assert.Equal(t, cloud.CallerAccount, *identity.Account)
}

func TestPresignedGetCallerIdentity(t *testing.T) {
	d := open(t)
	out := d.assumes(assume())
	for name, client := range map[string]*awssts.Client{
		"user":    d.user(),
		"session": d.session(out.Credentials),
	} {
		t.Run(name, func(t *testing.T) {
			signed, err := awssts.NewPresignClient(client).PresignGetCallerIdentity(ctx, nil)
			require.NoError(t, err)
			req, err := http.NewRequest(signed.Method, signed.URL, nil)
			require.NoError(t, err)
			answer, err := d.server.Client().Do(req)
			require.NoError(t, err)
			defer answer.Body.Close()
			text, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, answer.StatusCode, string(text))
			assert.Contains(t, string(text), "<Arn>arn:aws:")
		})
	}
}

func TestStscredsRenews(t *testing.T) {
	d := open(t)
	provider := aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(d.user(), roleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "by-the-provider"
	}))
	first, err := provider.Retrieve(ctx)
	require.NoError(t, err)
	again, err := provider.Retrieve(ctx)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.True(t, first.CanExpire)
	provider.Invalidate()
	second, err := provider.Retrieve(ctx)
	require.NoError(t, err)
	assert.NotEqual(t, first.AccessKeyID, second.AccessKeyID)
}

func TestSessionIsOver(t *testing.T) {
	d := open(t)
	out := d.assumes(assume(func(in *awssts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(900) }))
	session := d.session(out.Credentials)
	d.clock.Forward(900*time.Second - time.Second)
	_, err := session.GetCallerIdentity(ctx, nil)
	require.NoError(t, err)
	d.clock.Forward(time.Second)
	_, err = session.GetCallerIdentity(ctx, nil)
	requireCode(t, "ExpiredToken", http.StatusForbidden, err)
	d.clock.Forward(3 * time.Hour)
	d.assumes(assume())
	_, err = session.GetCallerIdentity(ctx, nil)
	requireCode(t, "ExpiredToken", http.StatusForbidden, err)
}

func TestSessionPolicy(t *testing.T) {
	d := open(t)
	sandboxtest.Must(d.api().CreateRole(cloud.CreateRoleInput{RoleName: "next", AssumeRolePolicyDocument: strings.ReplaceAll(trustOne, userARN, cloud.APIAccount)}))
	sandboxtest.OK(d.api().RolePolicies().Put("executor", cloud.InlinePolicy{PolicyName: "all", PolicyDocument: allowAll}))
	next := assume(func(in *awssts.AssumeRoleInput) {
		in.RoleArn = aws.String(strings.Replace(roleARN, "executor", "next", 1))
	})

	out := d.assumes(assume(func(in *awssts.AssumeRoleInput) { in.Policy = aws.String(allowAll) }))
	assert.Equal(t, int32(4), *out.PackedPolicySize)
	wide := d.session(out.Credentials)
	_, err := wide.AssumeRole(ctx, next)
	require.NoError(t, err)

	out = d.assumes(assume(func(in *awssts.AssumeRoleInput) { in.Policy = aws.String(mayDo) }))
	narrow := d.session(out.Credentials)
	_, err = narrow.AssumeRole(ctx, next)
	requireCode(t, "AccessDenied", http.StatusForbidden, err)
}

// TestGetSessionToken gets sessions of a user with MFA and without it: they are the
// user's own, and their context says whether there was MFA.
func TestGetSessionToken(t *testing.T) {
	d := open(t)
	device := sandboxtest.Must(d.other().EnableMFADevice(cloud.CallerUser, "phone"))
	plain, err := d.user().GetSessionToken(t.Context(), nil)
	require.NoError(t, err)
	assert.WithinDuration(t, d.clock.Now().Add(12*time.Hour), *plain.Credentials.Expiration, time.Second)
	mfa, err := d.user().GetSessionToken(t.Context(), &awssts.GetSessionTokenInput{
		DurationSeconds: aws.Int32(900), SerialNumber: &device.SerialNumber, TokenCode: aws.String(sandboxtest.Must(device.Code(d.clock.Now()))),
	})
	require.NoError(t, err)
	d.clock.Forward(time.Minute)
	for present, key := range map[string]string{"false": *plain.Credentials.AccessKeyId, "true": *mfa.Credentials.AccessKeyId} {
		caller := sandboxtest.Must(d.cloud.Caller(key, d.clock.Now()))
		assert.Equal(t, userARN, caller.ARN)
		assert.Equal(t, []string{present}, caller.Context["aws:MultiFactorAuthPresent"])
		assert.NotEmpty(t, caller.Context["aws:TokenIssueTime"])
		assert.False(t, caller.InRoleSession())
	}
	assert.Equal(t, []string{"60"}, sandboxtest.Must(d.cloud.Caller(*mfa.Credentials.AccessKeyId, d.clock.Now())).Context["aws:MultiFactorAuthAge"])

	// It may assume roles for longer than a role's session may, and gets no session itself.
	_, err = d.session(mfa.Credentials).AssumeRole(t.Context(), assume())
	require.NoError(t, err)
	_, err = d.session(mfa.Credentials).GetSessionToken(t.Context(), nil)
	requireCode(t, "AccessDenied", http.StatusForbidden, err)

	d.clock.Forward(15 * time.Minute)
	_, err = d.session(mfa.Credentials).GetCallerIdentity(t.Context(), nil)
	requireCode(t, "ExpiredToken", http.StatusForbidden, err)
	who, err := d.session(plain.Credentials).GetCallerIdentity(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, userARN, *who.Arn)
	sandboxtest.OK(d.other().DeactivateMFADevice(cloud.CallerUser, device.SerialNumber))
	sandboxtest.OK(d.other().UserPolicies().Delete(cloud.CallerUser, "assume"))
	sandboxtest.OK(d.other().DeleteAccessKey(cloud.CallerUser, d.key.AccessKeyID))
	sandboxtest.OK(d.other().DeleteUser(cloud.CallerUser))
	_, err = d.session(plain.Credentials).GetCallerIdentity(t.Context(), nil)
	requireCode(t, "InvalidClientTokenId", http.StatusForbidden, err)
}

func TestGetSessionTokenRefuses(t *testing.T) {
	d := open(t)
	device := sandboxtest.Must(d.other().EnableMFADevice(cloud.CallerUser, "phone"))
	for name, test := range map[string]struct {
		in     awssts.GetSessionTokenInput
		code   string
		status int
	}{
		"too short":      {awssts.GetSessionTokenInput{DurationSeconds: aws.Int32(899)}, "ValidationError", 400},
		"too long":       {awssts.GetSessionTokenInput{DurationSeconds: aws.Int32(129601)}, "ValidationError", 400},
		"no code":        {awssts.GetSessionTokenInput{SerialNumber: &device.SerialNumber}, "ValidationError", 400},
		"no device":      {awssts.GetSessionTokenInput{TokenCode: aws.String("123456")}, "ValidationError", 400},
		"no such device": {awssts.GetSessionTokenInput{SerialNumber: aws.String(device.SerialNumber + "x"), TokenCode: aws.String("123456")}, "AccessDenied", 403},
		"another's code": {awssts.GetSessionTokenInput{SerialNumber: &device.SerialNumber, TokenCode: aws.String(sandboxtest.Must(device.Code(time.Unix(0, 0))))}, "AccessDenied", 403},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.user().GetSessionToken(t.Context(), &test.in)
			requireCode(t, test.code, test.status, err)
		})
	}
}
