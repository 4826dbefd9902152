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
)

// withDevice returns a cloud with a role that asks for a second factor, a device
// of who may assume it, and how that is asked for with a code.
func withDevice() (*cloud.Cloud, cloud.MFADevice, func(code string, at time.Time) error) {
	c, a := account()
	other := c.Account(cloud.CallerAccount)
	newRole(a, "executor", trustIf(callerARN, `{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"60"}}`))
	ok(other.PutUserPolicy(cloud.CallerUser, as("p", "sts:AssumeRole", executorARN)))
	device := must(other.EnableMFADevice(cloud.CallerUser, "phone"))
	return c, device, func(code string, at time.Time) error {
		in := asking(executorARN)
		in.SerialNumber, in.TokenCode = device.SerialNumber, code
		_, err := c.AssumeRole(myUser(c), in, nil, at)
		return err
	}
}

func TestSecondFactor(t *testing.T) {
	c, device, assume := withDevice()
	_, err := c.AssumeRole(myUser(c), asking(executorARN), nil, noon)
	wantCode(t, "AccessDenied", err)
	code := must(device.Code(noon))
	require.NoError(t, assume(code, noon))
	err = assume(code, noon)
	wantCode(t, "AccessDenied", err)
	assert.NotContains(t, err.Error(), code)
	assert.NotContains(t, err.Error(), device.Seed)
	require.NoError(t, assume(must(device.Code(noon.Add(time.Minute))), noon.Add(time.Minute)))
	wantCode(t, "AccessDenied", assume(must(device.Code(noon.Add(30*time.Second))), noon.Add(time.Minute))) // older than one that was taken
}

// TestClocksOfDevices: they may be a period ahead or behind.
func TestClocksOfDevices(t *testing.T) {
	for periods, accepted := range map[int]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		_, device, assume := withDevice()
		err := assume(must(device.Code(noon.Add(time.Duration(periods)*30*time.Second))), noon)
		assert.Equal(t, accepted, err == nil, periods)
	}
}

// TestACodeIsTakenOnce even if many come at once.
func TestACodeIsTakenOnce(t *testing.T) {
	_, device, assume := withDevice()
	var wait sync.WaitGroup
	var taken atomic.Int32
	for range 16 {
		wait.Go(func() {
			if assume(must(device.Code(noon)), noon) == nil {
				taken.Add(1)
			}
		})
	}
	wait.Wait()
	assert.Equal(t, int32(1), taken.Load())
}

// TestDevicesOfOthers are no second factor.
func TestDevicesOfOthers(t *testing.T) {
	c, device, assume := withDevice()
	other := c.Account(cloud.CallerAccount)
	newUser(other, "jane")
	hers := must(other.EnableMFADevice("jane", "key"))
	in := asking(executorARN)
	in.SerialNumber, in.TokenCode = hers.SerialNumber, must(hers.Code(noon))
	_, err := c.AssumeRole(myUser(c), in, nil, noon)
	wantCode(t, "AccessDenied", err)
	ok(other.DeactivateMFADevice(cloud.CallerUser, device.SerialNumber))
	wantCode(t, "AccessDenied", assume(must(device.Code(noon)), noon))
}

func TestMFADevices(t *testing.T) {
	c, a := account()
	newUser(a, "jane")
	newUser(a, "john")
	before := c.Describe()
	device := must(a.EnableMFADevice("jane", "phone"))
	assert.Equal(t, "arn:aws:iam::111122223333:mfa/phone", device.SerialNumber)
	assert.Regexp(t, `^\d{6}$`, must(device.Code(noon)))
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		assert.NotContains(t, fmt.Sprintf(format, device), device.Seed)
	}
	assert.Equal(t, []cloud.MFADevice{{SerialNumber: device.SerialNumber}}, must(a.ListMFADevices("jane")))
	assert.Empty(t, must(a.ListMFADevices("john")))
	_, err := a.EnableMFADevice("john", "phone")
	wantCode(t, cloud.CodeEntityAlreadyExists, err)
	_, err = a.EnableMFADevice("john", "a phone")
	wantCode(t, cloud.CodeValidation, err)
	_, err = a.EnableMFADevice("missing", "key")
	wantCode(t, cloud.CodeNoSuchEntity, err)
	_, err = a.ListMFADevices("missing")
	wantCode(t, cloud.CodeNoSuchEntity, err)
	wantCode(t, cloud.CodeDeleteConflict, a.DeleteUser("jane"))
	wantCode(t, cloud.CodeNoSuchEntity, a.DeactivateMFADevice("john", device.SerialNumber))
	ok(a.DeactivateMFADevice("jane", device.SerialNumber))
	assert.Equal(t, before, c.Describe())
	for n := range 8 {
		must(a.EnableMFADevice("jane", fmt.Sprint("phone-", n)))
	}
	_, err = a.EnableMFADevice("jane", "phone-8")
	wantCode(t, cloud.CodeLimitExceeded, err)
}
