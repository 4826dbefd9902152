package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"iam-secured-api/internal/sandbox/cloud"
)

// borrowed is what the sandbox creates outside the stacks so that everyone can send
// requests. It is deleted before the stacks are destroyed.
type borrowed struct {
	aws       *cloud.Cloud
	deletions []func() error          // in the order in which it was created
	devices   map[string][]*mfaDevice // by account and user
}

func newBorrowed(aws *cloud.Cloud) *borrowed {
	return &borrowed{aws: aws, devices: map[string][]*mfaDevice{}}
}

// deleteAll deletes everything in the opposite order.
func (b *borrowed) deleteAll() error {
	var errs []error
	for i := len(b.deletions) - 1; i >= 0; i-- {
		errs = append(errs, b.deletions[i]())
	}
	b.deletions = nil
	return errors.Join(errs...)
}

// key creates an access key of a user.
func (b *borrowed) key(account, user string) (cloud.AccessKey, error) {
	home := b.aws.Account(account)
	key, err := home.CreateAccessKey(user)
	if err != nil {
		return cloud.AccessKey{}, err
	}
	b.deletions = append(b.deletions, func() error { return home.DeleteAccessKey(user, key.AccessKeyID) })
	return key, nil
}

const assumeAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"],"Resource":"*"}}`

// user creates a user who may assume every role that trusts the account, and
// returns the user's access key.
func (b *borrowed) user(account, name string) (cloud.AccessKey, error) {
	home := b.aws.Account(account)
	if _, err := home.CreateUser(cloud.CreateUserInput{UserName: name}); err != nil {
		return cloud.AccessKey{}, err
	}
	b.deletions = append(b.deletions, func() error { return home.DeleteUser(name) })
	if err := b.permission(home.UserPolicies(), name); err != nil {
		return cloud.AccessKey{}, err
	}
	return b.key(account, name)
}

// permission allows a user or a role to assume every role that trusts it.
func (b *borrowed) permission(policies cloud.PrincipalPolicies, name string) error {
	policy := cloud.InlinePolicy{PolicyName: "sandbox-assume", PolicyDocument: assumeAll}
	if err := policies.Put(name, policy); err != nil {
		return err
	}
	b.deletions = append(b.deletions, func() error { return policies.Delete(name, policy.PolicyName) })
	return nil
}

// mfaDevice is an MFA device of a user, who uses one for each role. Beyond AWS's
// limit, several roles share a device: they take turns, each with a code of its own.
type mfaDevice struct {
	cloud.MFADevice
	mu     sync.Mutex
	period int64 // of the last code
}

// device returns an MFA device of a user for one more purpose.
func (b *borrowed) device(account, user, purpose string) (*mfaDevice, error) {
	of := account + "/" + user
	devices := b.devices[of]
	if len(devices) >= cloud.MaxMFADevices {
		shared := devices[len(devices)-cloud.MaxMFADevices]
		b.devices[of] = append(devices, shared)
		return shared, nil
	}
	home := b.aws.Account(account)
	created, err := home.EnableMFADevice(user, "sandbox-"+purpose)
	if err != nil {
		return nil, err
	}
	b.deletions = append(b.deletions, func() error { return home.DeactivateMFADevice(user, created.SerialNumber) })
	device := &mfaDevice{MFADevice: created}
	b.devices[of] = append(devices, device)
	return device, nil
}

// inTurn returns the provider's credentials once it may use the device's next code.
func (d *mfaDevice) inTurn(provider aws.CredentialsProvider) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.period = max(d.period+1, time.Now().Unix()/cloud.CodeSeconds)
		select {
		case <-ctx.Done():
			return aws.Credentials{}, ctx.Err()
		case <-time.After(time.Until(time.Unix((d.period-1)*cloud.CodeSeconds, 0))):
		}
		return provider.Retrieve(ctx)
	})
}

// code returns the code of the present turn.
func (d *mfaDevice) code() (string, error) {
	return d.Code(time.Unix(d.period*cloud.CodeSeconds, 0))
}

func (d *mfaDevice) shown() *mfaShown { return &mfaShown{d.SerialNumber, d.Seed} }
