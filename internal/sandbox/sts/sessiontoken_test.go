package sts_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/fixture"
)

// TestGetSessionToken gets sessions of a user with MFA and without it: they are the
// user's own, and their context says whether there was MFA.
func TestGetSessionToken(t *testing.T) {
	d := open(t)
	device := fixture.Must(d.other().EnableMFADevice(cloud.CallerUser, "phone"))
	plain, err := d.user().GetSessionToken(t.Context(), nil)
	require.NoError(t, err)
	assert.WithinDuration(t, d.clock.Now().Add(12*time.Hour), *plain.Credentials.Expiration, time.Second)
	mfa, err := d.user().GetSessionToken(t.Context(), &awssts.GetSessionTokenInput{
		DurationSeconds: aws.Int32(900), SerialNumber: &device.SerialNumber, TokenCode: aws.String(fixture.Must(device.Code(d.clock.Now()))),
	})
	require.NoError(t, err)
	d.clock.Forward(time.Minute)
	for present, key := range map[string]string{"false": *plain.Credentials.AccessKeyId, "true": *mfa.Credentials.AccessKeyId} {
		caller := fixture.Must(d.cloud.Caller(key, d.clock.Now()))
		assert.Equal(t, userARN, caller.ARN)
		assert.Equal(t, []string{present}, caller.Context["aws:MultiFactorAuthPresent"])
		assert.NotEmpty(t, caller.Context["aws:TokenIssueTime"])
		assert.False(t, caller.InRoleSession())
	}
	assert.Equal(t, []string{"60"}, fixture.Must(d.cloud.Caller(*mfa.Credentials.AccessKeyId, d.clock.Now())).Context["aws:MultiFactorAuthAge"])

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
	fixture.OK(d.other().DeactivateMFADevice(cloud.CallerUser, device.SerialNumber))
	fixture.OK(d.other().DeleteUserPolicy(cloud.CallerUser, "assume"))
	fixture.OK(d.other().DeleteAccessKey(cloud.CallerUser, d.key.AccessKeyID))
	fixture.OK(d.other().DeleteUser(cloud.CallerUser))
	_, err = d.session(plain.Credentials).GetCallerIdentity(t.Context(), nil)
	requireCode(t, "InvalidClientTokenId", http.StatusForbidden, err)
}

func TestGetSessionTokenRefuses(t *testing.T) {
	d := open(t)
	device := fixture.Must(d.other().EnableMFADevice(cloud.CallerUser, "phone"))
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
		"another's code": {awssts.GetSessionTokenInput{SerialNumber: &device.SerialNumber, TokenCode: aws.String(fixture.Must(device.Code(time.Unix(0, 0))))}, "AccessDenied", 403},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.user().GetSessionToken(t.Context(), &test.in)
			requireCode(t, test.code, test.status, err)
		})
	}
}
