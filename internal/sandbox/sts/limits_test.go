package sts_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// TestWrongCodes: many guesses at once try only a few codes. While the device is
// locked, it accepts no right code, and the user's other device does.
func TestWrongCodes(t *testing.T) {
	d := open(t)
	phone := sandboxtest.Must(d.other().EnableMFADevice(cloud.CallerUser, "phone"))
	tablet := sandboxtest.Must(d.other().EnableMFADevice(cloud.CallerUser, "tablet"))
	use := func(device cloud.MFADevice, code string, more ...string) (status int, body string) {
		w := d.do(form(values(append(more, "SerialNumber", device.SerialNumber, "TokenCode", code)...)))
		return w.Code, w.Body.String()
	}
	right := func(device cloud.MFADevice) string { return sandboxtest.Must(device.Code(d.clock.Now())) }
	wrong := sandboxtest.Must(phone.Code(d.clock.Now().Add(-time.Hour)))

	for range 2 { // a right code begins a new count; a request that is not valid does not
		for range 4 {
			_, body := use(phone, wrong)
			assert.Contains(t, body, "invalid MFA one time pass code")
			status, _ := use(phone, wrong, "DurationSeconds", "1")
			assert.Equal(t, http.StatusBadRequest, status)
		}
		status, body := use(phone, right(phone))
		require.Equal(t, http.StatusOK, status, body)
		d.clock.Forward(time.Minute)
	}

	var tried atomic.Int32
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			status, body := use(phone, wrong)
			assert.Equal(t, http.StatusForbidden, status)
			if strings.Contains(body, "invalid MFA one time pass code") {
				tried.Add(1)
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 5, tried.Load())

	d.clock.Forward(15*time.Minute - time.Second)
	status, body := use(phone, right(phone))
	assert.Equal(t, http.StatusForbidden, status)
	assert.Contains(t, body, "after 5 wrong codes")
	_, err := d.user().GetSessionToken(ctx, &awssts.GetSessionTokenInput{
		SerialNumber: &phone.SerialNumber, TokenCode: aws.String(right(phone)),
	})
	requireCode(t, "AccessDenied", http.StatusForbidden, err)
	status, body = use(tablet, right(tablet))
	assert.Equal(t, http.StatusOK, status, body)

	d.clock.Forward(time.Second)
	status, body = use(phone, right(phone))
	assert.Equal(t, http.StatusOK, status, body)
}

// TestSessionsOfOnePrincipal: a user that starts sessions at the limit, directly and
// with a session, leaves room for others.
func TestSessionsOfOnePrincipal(t *testing.T) {
	d := open(t)
	sandboxtest.OK(d.api().UpdateAssumeRolePolicy("executor", sandboxtest.TrustAWS("*")))
	sandboxtest.OK(d.api().RolePolicies().Put("executor", cloud.InlinePolicy{PolicyName: "assume", PolicyDocument: mayDo}))
	other := sandboxtest.Must(d.other().CreateUser(cloud.CreateUserInput{UserName: "other"}))
	sandboxtest.OK(d.other().UserPolicies().Put(other.UserName, cloud.InlinePolicy{PolicyName: "assume", PolicyDocument: mayDo}))
	key := sandboxtest.Must(d.other().CreateAccessKey(other.UserName))
	others := d.client(key.AccessKeyID, key.SecretAccessKey, "")
	session := d.session(d.assumes(assume()).Credentials)

	var succeeded atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 125 {
				if d.do(form(values())).Code == http.StatusOK {
					succeeded.Add(1)
				}
			}
		})
	}
	group.Wait()
	assert.EqualValues(t, 999, succeeded.Load(), "the first one was before")
	_, err := d.user().GetSessionToken(ctx, nil)
	requireCode(t, "Throttling", http.StatusBadRequest, err)
	_, err = session.AssumeRole(ctx, assume())
	requireCode(t, "Throttling", http.StatusBadRequest, err)
	out, err := others.AssumeRole(ctx, assume())
	require.NoError(t, err)
	_, err = d.session(out.Credentials).AssumeRole(ctx, assume())
	require.NoError(t, err, "a session of the same role, started by another user")

	d.clock.Forward(time.Hour)
	d.assumes(assume())
}

// TestSessionsOfOneWebIdentity checks that the limit applies to each user of an identity
// provider separately.
func TestSessionsOfOneWebIdentity(t *testing.T) {
	d := openWeb(t)
	mine := d.token("https://"+cognito, claims("sub", identityID, "aud", pool, "amr", []string{"authenticated"}))
	for range 1000 {
		_, err := d.exchange("shopper", mine)
		require.NoError(t, err)
	}
	_, err := d.exchange("shopper", mine)
	requireCode(t, "Throttling", http.StatusBadRequest, err)
	_, err = d.exchange("shopper", d.token("https://"+cognito, claims("sub", identityID+"2", "aud", pool, "amr", []string{"authenticated"})))
	require.NoError(t, err)
}
