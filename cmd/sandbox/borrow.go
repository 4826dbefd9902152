package main

import (
	"errors"

	"iam-secured-api/internal/sandbox/cloud"
)

// borrowed is what the sandbox makes by hand so that everyone can call, and gives
// back before the stacks are destroyed.
type borrowed struct {
	aws  *cloud.Cloud
	back []func() error // in the order in which it was borrowed
}

// borrowKey gives a user an access key.
func (b *borrowed) borrowKey(account, user string) (cloud.AccessKey, error) {
	home := b.aws.Account(account)
	key, err := home.CreateAccessKey(user)
	if err != nil {
		return cloud.AccessKey{}, err
	}
	b.back = append(b.back, func() error { return home.DeleteAccessKey(user, key.AccessKeyID) })
	return key, nil
}

// borrowDevice gives a user an MFA device.
func (b *borrowed) borrowDevice(account, user, name string) (cloud.MFADevice, error) {
	home := b.aws.Account(account)
	device, err := home.EnableMFADevice(user, "sandbox-"+name)
	if err != nil {
		return cloud.MFADevice{}, err
	}
	b.back = append(b.back, func() error { return home.DeactivateMFADevice(user, device.SerialNumber) })
	return device, nil
}

// giveBack takes everything away again, the last first.
func (b *borrowed) giveBack() error {
	var errs []error
	for i := len(b.back) - 1; i >= 0; i-- {
		errs = append(errs, b.back[i]())
	}
	b.back = nil
	return errors.Join(errs...)
}

// borrowUser makes a user of an account who may assume every role that lets the
// account.
func (b *borrowed) borrowUser(account, name string) (cloud.AccessKey, error) {
	home := b.aws.Account(account)
	if _, err := home.CreateUser(cloud.CreateUserInput{UserName: name}); err != nil {
		return cloud.AccessKey{}, err
	}
	b.back = append(b.back, func() error { return home.DeleteUser(name) })
	policy := cloud.InlinePolicy{PolicyName: "assume", PolicyDocument: assumeAll}
	if err := home.PutUserPolicy(name, policy); err != nil {
		return cloud.AccessKey{}, err
	}
	b.back = append(b.back, func() error { return home.DeleteUserPolicy(name, policy.PolicyName) })
	return b.borrowKey(account, name)
}

const assumeAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`
