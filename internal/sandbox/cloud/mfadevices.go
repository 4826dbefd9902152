package cloud

import (
	"fmt"
	"slices"
	"time"

	"github.com/pquerna/otp/totp"
)

// CodeSeconds is how long a device shows a code. A code is also accepted one
// period early or late, but only once.
const CodeSeconds = 30

// MFADevice is a virtual MFA device. It shows a code of six digits that changes
// every 30 seconds (RFC 6238).
type MFADevice struct {
	SerialNumber string `state:",title"`  // its ARN
	Seed         string `state:",secret"` // the secret from which codes are computed, in base 32
	LastUsed     int64  `state:"-"`       // the period of the last code that was accepted; no code is accepted twice
}

// String leaves the seed out.
func (m MFADevice) String() string { return "MFA device " + m.SerialNumber }

// GoString leaves the seed out.
func (m MFADevice) GoString() string { return m.String() }

// Code returns the code that the device shows at a time.
func (m MFADevice) Code(at time.Time) (string, error) { return totp.GenerateCode(m.Seed, at) }

func newMFADevice(account, name string) *MFADevice {
	return &MFADevice{
		SerialNumber: fmt.Sprintf("arn:aws:iam::%s:mfa/%s", account, name),
		Seed:         random(32, base32Upper),
	}
}

// EnableMFADevice creates a virtual MFA device for a user, who may have 8. It
// is CreateVirtualMFADevice and EnableMFADevice in one.
func (a *Account) EnableMFADevice(userName, deviceName string) (MFADevice, error) {
	var out MFADevice
	err := users.change(a, "EnableMFADevice", userName, func(st *account, u *user) error {
		if err := checkName("virtualMFADeviceName", deviceName, maxLongName); err != nil {
			return err
		}
		device := newMFADevice(a.id, deviceName)
		for _, other := range st.Users {
			if other.device(device.SerialNumber) != nil {
				return errorf(CodeEntityAlreadyExists, "MFA device %s already exists", device.SerialNumber)
			}
		}
		if len(u.MFADevices) >= MaxMFADevices {
			return quota{MaxMFADevices, CodeLimitExceeded, "MFADevicesPerUser"}.exceeded()
		}
		u.MFADevices = append(u.MFADevices, device)
		out = *device
		return nil
	})
	return reply(out, err)
}

// DeactivateMFADevice removes a device from a user.
func (a *Account) DeactivateMFADevice(userName, serialNumber string) error {
	return users.change(a, "DeactivateMFADevice", userName, func(_ *account, u *user) error {
		if u.device(serialNumber) == nil {
			return errorf(CodeNoSuchEntity, "MFA device with serial number %s does not exist", serialNumber)
		}
		u.MFADevices = slices.DeleteFunc(u.MFADevices, func(m *MFADevice) bool { return m.SerialNumber == serialNumber })
		return nil
	})
}

// ListMFADevices returns a user's devices, without their seeds.
func (a *Account) ListMFADevices(userName string) ([]MFADevice, error) {
	return query(users, a, userName, func(u *user) (out []MFADevice, _ error) {
		for _, m := range u.MFADevices {
			out = append(out, MFADevice{SerialNumber: m.SerialNumber})
		}
		return out, nil
	})
}

func (u *user) device(serialNumber string) *MFADevice {
	i := slices.IndexFunc(u.MFADevices, func(m *MFADevice) bool { return m.SerialNumber == serialNumber })
	if i < 0 {
		return nil
	}
	return u.MFADevices[i]
}

// ErrWrongCode is the error for a code that the MFA device does not show.
var ErrWrongCode error = errorf(CodeAccessDeniedSTS, "MultiFactorAuthentication failed with invalid MFA one time pass code")

// useTokenCode accepts the current, previous or next code of the user's own
// device. It accepts no code twice.
func (a *Account) useTokenCode(userARN, serialNumber, code string, at time.Time) error {
	return a.mutate("AssumeRole", serialNumber, func(st *account) error {
		for _, u := range st.Users {
			m := u.device(serialNumber)
			if u.ARN != userARN || m == nil {
				continue
			}
			for step := int64(-1); step <= 1; step++ {
				period := at.Unix()/CodeSeconds + step
				want, err := m.Code(time.Unix(period*CodeSeconds, 0))
				if err != nil {
					return err
				}
				if want == code && period > m.LastUsed {
					m.LastUsed = period
					return nil
				}
			}
			return ErrWrongCode
		}
		return errorf(CodeAccessDeniedSTS,
			"MultiFactorAuthentication failed, unable to validate MFA code: no device %s of %s", serialNumber, userARN)
	})
}
