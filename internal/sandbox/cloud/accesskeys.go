package cloud

import (
	"slices"
	"time"
)

// Status of an access key.
const (
	KeyActive   = "Active"
	KeyInactive = "Inactive"
)

// AccessKey is a long-lived credential of a user.
type AccessKey struct {
	UserName    string `state:"-"`
	AccessKeyID string `state:"-"`
	// SecretAccessKey is returned by CreateAccessKey only. All other actions
	// leave it empty, as on AWS.
	SecretAccessKey string `state:",secret"`
	Status          string // Active or Inactive
	CreateDate      time.Time
}

// String leaves the secret out.
func (k AccessKey) String() string {
	return "access key " + k.AccessKeyID + " of " + k.UserName + " (" + k.Status + ")"
}

func newAccessKey(user string) *AccessKey {
	return &AccessKey{
		UserName: user, AccessKeyID: accessKeyID(), SecretAccessKey: secretKey(), Status: KeyActive, CreateDate: now(),
	}
}

func (u *user) key(id string) *AccessKey {
	for _, k := range u.Keys {
		if k.AccessKeyID == id {
			return k
		}
	}
	return nil
}

func noSuchKey(id string) error {
	return errorf(CodeNoSuchEntity, "the access key with id %s cannot be found", id)
}

// CreateAccessKey creates an active key for a user, who may have 2.
func (a *Account) CreateAccessKey(userName string) (AccessKey, error) {
	var out AccessKey
	err := users.change(a, "CreateAccessKey", userName, func(_ *account, u *user) error {
		if len(u.Keys) >= maxKeysPerUser {
			return quota{maxKeysPerUser, CodeLimitExceeded, "AccessKeysPerUser"}.exceeded()
		}
		k := newAccessKey(userName)
		u.Keys = append(u.Keys, k)
		out = *k
		return nil
	})
	return reply(out, err)
}

// UpdateAccessKey sets the status of a key: Active or Inactive.
func (a *Account) UpdateAccessKey(userName, keyID, status string) error {
	return users.change(a, "UpdateAccessKey", userName, func(_ *account, u *user) error {
		if status != KeyActive && status != KeyInactive {
			return errorf(CodeValidation, "status %q is invalid: Active or Inactive", status)
		}
		k := u.key(keyID)
		if k == nil {
			return noSuchKey(keyID)
		}
		k.Status = status
		return nil
	})
}

// DeleteAccessKey deletes a key of a user.
func (a *Account) DeleteAccessKey(userName, keyID string) error {
	return users.change(a, "DeleteAccessKey", userName, func(_ *account, u *user) error {
		if u.key(keyID) == nil {
			return noSuchKey(keyID)
		}
		u.Keys = slices.DeleteFunc(u.Keys, func(k *AccessKey) bool { return k.AccessKeyID == keyID })
		return nil
	})
}

// ListAccessKeys returns the keys of a user, oldest first, without secrets.
func (a *Account) ListAccessKeys(userName string) ([]AccessKey, error) {
	return query(users, a, userName, func(u *user) (out []AccessKey, _ error) {
		for _, k := range u.Keys {
			listed := *k
			listed.SecretAccessKey = ""
			out = append(out, listed)
		}
		return out, nil
	})
}

// Credential returns a user's key with its secret, which no action of AWS
// returns. The sandbox's endpoints verify signatures with it.
func (a *Account) Credential(keyID string) (AccessKey, error) {
	var out AccessKey
	err := a.view(func(st *account) error {
		for _, u := range st.Users {
			if k := u.key(keyID); k != nil {
				out = *k
				return nil
			}
		}
		return noSuchKey(keyID)
	})
	return reply(out, err)
}
