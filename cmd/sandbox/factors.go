package main

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"iam-secured-api/internal/sandbox/cloud"
)

// factors are the second factors of users, by account and user: one for each role
// that they assume. Roles beyond the eighth share the devices of the first.
type factors map[string][]*factor

// factor is a borrowed MFA device. The roles that share it take turns, each with a
// code of its own.
type factor struct {
	device cloud.MFADevice
	mu     sync.Mutex
	period int64 // of the last code
}

// next is the factor with which a user assumes one more role.
func (f factors) next(b *borrowed, account, user, role string) (*factor, error) {
	of := account + "/" + user
	if n := len(f[of]); n >= cloud.MaxMFADevices {
		f[of] = append(f[of], f[of][n-cloud.MaxMFADevices])
		return f[of][n], nil
	}
	device, err := b.borrowDevice(account, user, role)
	if err != nil {
		return nil, err
	}
	made := &factor{device: device}
	f[of] = append(f[of], made)
	return made, nil
}

// with has a provider, which asks for a code, wait for its turn.
func (f *factor) with(provider aws.CredentialsProvider) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.period = max(f.period+1, time.Now().Unix()/cloud.CodeSeconds)
		select {
		case <-ctx.Done():
			return aws.Credentials{}, ctx.Err()
		case <-time.After(time.Until(time.Unix((f.period-1)*cloud.CodeSeconds, 0))):
		}
		return provider.Retrieve(ctx)
	})
}

// code is the one whose turn it is.
func (f *factor) code() (string, error) {
	return f.device.Code(time.Unix(f.period*cloud.CodeSeconds, 0))
}
