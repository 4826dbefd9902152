package cloud_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// withDevice returns a cloud with a role that requires MFA, a device of the
// user who may assume it, and a function that assumes the role with a code.
func withDevice() (*cloud.Cloud, cloud.MFADevice, func(code string, at time.Time) error) {
	c, a := account()
	other := c.Account(cloud.CallerAccount)
	newRole(a, "executor", TrustAWSIf(callerARN, `{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}}`))
	OK(other.UserPolicies().Put(cloud.CallerUser, Allow("p", "sts:AssumeRole", executorARN)))
	device := Must(other.EnableMFADevice(cloud.CallerUser, "phone"))
	return c, device, func(code string, at time.Time) error {
		in := assumeInput(executorARN)
		in.SerialNumber, in.TokenCode = device.SerialNumber, code
		_, err := c.AssumeRole(myUser(c), in, nil, at)
		return err
	}
}

func TestMFA(t *testing.T) {
	c, device, assume := withDevice()
	WantCode(t, "AccessDenied", failed(c.AssumeRole(myUser(c), assumeInput(executorARN), nil, noon)))
	code := Must(device.Code(noon))
	require.NoError(t, assume(code, noon))
	err := assume(code, noon)
	WantCode(t, "AccessDenied", err)
	assert.NotContains(t, err.Error(), code)
	assert.NotContains(t, err.Error(), device.Seed)
	require.NoError(t, assume(Must(device.Code(noon.Add(time.Minute))), noon.Add(time.Minute)))
	WantCode(t, "AccessDenied", assume(Must(device.Code(noon.Add(30*time.Second))), noon.Add(time.Minute))) // older than an accepted one
}

// TestMFADeviceClocks shows that a device may be one period ahead or behind.
func TestMFADeviceClocks(t *testing.T) {
	for periods, accepted := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		_, device, assume := withDevice()
		err := assume(Must(device.Code(noon.Add(time.Duration(periods)*30*time.Second))), noon)
		assert.Equal(t, accepted, err == nil, periods)
	}
}

// TestCodeIsAcceptedOnce shows that a code is accepted once even in concurrent
// requests.
func TestCodeIsAcceptedOnce(t *testing.T) {
	_, device, assume := withDevice()
	var wait sync.WaitGroup
	var taken atomic.Int32
	for range 16 {
		wait.Go(func() {
			if assume(Must(device.Code(noon)), noon) == nil {
				taken.Add(1)
			}
		})
	}
	wait.Wait()
	assert.Equal(t, int32(1), taken.Load())
}

// TestMFADevicesOfOtherUsers shows that another user's device is rejected.
func TestMFADevicesOfOtherUsers(t *testing.T) {
	c, device, assume := withDevice()
	other := c.Account(cloud.CallerAccount)
	newUser(other, "jane")
	hers := Must(other.EnableMFADevice("jane", "key"))
	in := assumeInput(executorARN)
	in.SerialNumber, in.TokenCode = hers.SerialNumber, Must(hers.Code(noon))
	WantCode(t, "AccessDenied", failed(c.AssumeRole(myUser(c), in, nil, noon)))
	OK(other.DeactivateMFADevice(cloud.CallerUser, device.SerialNumber))
	WantCode(t, "AccessDenied", assume(Must(device.Code(noon)), noon))
}

func TestMFADevices(t *testing.T) {
	c, a := account()
	newUser(a, "jane")
	newUser(a, "john")
	before := c.Describe()
	device := Must(a.EnableMFADevice("jane", "phone"))
	assert.Equal(t, "arn:aws:iam::111122223333:mfa/phone", device.SerialNumber)
	assert.Regexp(t, `^\d{6}$`, Must(device.Code(noon)))
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(format, device), device.Seed)
	}
	assert.Equal(t, []cloud.MFADevice{{SerialNumber: device.SerialNumber}}, Must(a.ListMFADevices("jane")))
	assert.Empty(t, Must(a.ListMFADevices("john")))
	_, err := a.EnableMFADevice("john", "phone")
	WantCode(t, cloud.CodeEntityAlreadyExists, err)
	_, err = a.EnableMFADevice("john", "a phone")
	WantCode(t, cloud.CodeValidation, err)
	_, err = a.EnableMFADevice("missing", "key")
	WantCode(t, cloud.CodeNoSuchEntity, err)
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.ListMFADevices("missing")))
	WantCode(t, cloud.CodeDeleteConflict, a.DeleteUser("jane"))
	WantCode(t, cloud.CodeNoSuchEntity, a.DeactivateMFADevice("john", device.SerialNumber))
	OK(a.DeactivateMFADevice("jane", device.SerialNumber))
	assert.Equal(t, before, c.Describe())
	for n := range 8 {
		Must(a.EnableMFADevice("jane", fmt.Sprint("phone-", n)))
	}
	WantCode(t, cloud.CodeLimitExceeded, failed(a.EnableMFADevice("jane", "phone-8")))
}
