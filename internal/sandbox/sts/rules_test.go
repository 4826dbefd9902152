package sts_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

// trustIf is the role's trust policy with a condition.
func trustIf(condition string) string {
	return strings.Replace(trustOne, `"Effect"`, `"Condition":`+condition+`,"Effect"`, 1)
}

func named(name string) func(*awssts.AssumeRoleInput) {
	return func(in *awssts.AssumeRoleInput) { in.RoleSessionName = aws.String(name) }
}

func external(id string) func(*awssts.AssumeRoleInput) {
	return func(in *awssts.AssumeRoleInput) { in.ExternalId = aws.String(id) }
}

func unchanged(*awssts.AssumeRoleInput) {}

func TestConditionsOfTrust(t *testing.T) {
	type change = func(*awssts.AssumeRoleInput)
	for name, test := range map[string]struct {
		condition       string
		allowed, denied []change
	}{
		"external id":  {`{"StringEquals":{"sts:ExternalId":"partner-42"}}`, []change{external("partner-42")}, []change{unchanged, external("partner-43"), external("Partner-42")}},
		"session name": {`{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}`, []change{named("my-user")}, []change{unchanged, named("your-user")}},
		"source":       {`{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}`, []change{unchanged}, nil},
		"elsewhere":    {`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, nil, []change{unchanged}},
		"principal":    {`{"ArnEquals":{"aws:PrincipalArn":"` + userARN + `"}}`, []change{unchanged}, nil},
		"account":      {`{"StringEquals":{"aws:ResourceAccount":"111122223333","aws:PrincipalAccount":"444455556666","aws:RequestedRegion":"us-east-1"}}`, []change{unchanged}, nil},
		"TLS":          {`{"Bool":{"aws:SecureTransport":"true"}}`, []change{unchanged}, nil},
		"over":         {`{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`, nil, []change{unchanged}},
		"agent":        {`{"StringLike":{"aws:UserAgent":"aws-sdk-go-v2/*"}}`, []change{unchanged}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			sandboxtest.OK(d.api().UpdateAssumeRolePolicy("executor", trustIf(test.condition)))
			for _, change := range test.allowed {
				d.assumes(assume(change))
			}
			for _, change := range test.denied {
				_, err := d.user().AssumeRole(ctx, assume(change))
				requireCode(t, "AccessDenied", http.StatusForbidden, err)
				assert.ErrorContains(t, err, "User: "+userARN+" is not authorized to perform: sts:AssumeRole on resource: "+roleARN)
			}
		})
	}
}

func TestMFA(t *testing.T) {
	d := open(t)
	sandboxtest.OK(d.api().UpdateAssumeRolePolicy("executor", trustIf(`{"Bool":{"aws:MultiFactorAuthPresent":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}`)))
	device := sandboxtest.Must(d.other().EnableMFADevice(cloud.CallerUser, "phone"))
	with := func(code string) *awssts.AssumeRoleInput {
		return assume(func(in *awssts.AssumeRoleInput) { in.SerialNumber, in.TokenCode = &device.SerialNumber, &code })
	}
	_, err := d.user().AssumeRole(ctx, assume())
	requireCode(t, "AccessDenied", http.StatusForbidden, err)

	code := sandboxtest.Must(device.Code(d.clock.Now()))
	out := d.assumes(with(code))
	_, err = d.user().AssumeRole(ctx, with(code))
	requireCode(t, "AccessDenied", http.StatusForbidden, err)
	assert.ErrorContains(t, err, "MultiFactorAuthentication failed")
	assert.NotContains(t, err.Error(), code)
	d.clock.Forward(30 * time.Second)
	d.assumes(with(sandboxtest.Must(device.Code(d.clock.Now()))))

	// A session has no device.
	d.clock.Forward(30 * time.Second)
	_, err = d.session(out.Credentials).AssumeRole(ctx, with(sandboxtest.Must(device.Code(d.clock.Now()))))
	requireCode(t, "AccessDenied", http.StatusForbidden, err)
}

// TestRoleChaining: what a session assumes lasts an hour at most.
func TestRoleChaining(t *testing.T) {
	d := open(t)
	sandboxtest.Must(d.api().CreateRole(cloud.CreateRoleInput{RoleName: "next", MaxSessionDuration: 43200,
		AssumeRolePolicyDocument: strings.ReplaceAll(trustOne, userARN, roleARN)}))
	chained := func(seconds int32) (*awssts.AssumeRoleOutput, error) {
		in := assume(func(in *awssts.AssumeRoleInput) { in.DurationSeconds = &seconds })
		in.RoleArn = aws.String(strings.Replace(roleARN, "executor", "next", 1))
		return d.session(d.assumes(assume()).Credentials).AssumeRole(ctx, in)
	}
	_, err := chained(3601)
	requireCode(t, "ValidationError", http.StatusBadRequest, err)
	assert.ErrorContains(t, err, "role chaining")
	out, err := chained(3600)
	require.NoError(t, err)
	assert.Equal(t, d.clock.Now().Add(time.Hour).UTC().Truncate(time.Second), *out.Credentials.Expiration)
}

// TestAtOnce: many clients at a time, while the role's trust changes.
func TestAtOnce(t *testing.T) {
	d := open(t)
	var wait sync.WaitGroup
	ids := make([]string, 24)
	for n := range ids {
		wait.Go(func() {
			out, err := d.user().AssumeRole(ctx, assume())
			if !assert.NoError(t, err) {
				return
			}
			ids[n] = *out.Credentials.AccessKeyId
			_, err = d.session(out.Credentials).GetCallerIdentity(ctx, nil)
			assert.NoError(t, err)
			assert.NoError(t, d.api().UpdateAssumeRolePolicy("executor", trustOne))
		})
	}
	wait.Wait()
	seen := map[string]bool{}
	for _, id := range ids {
		assert.False(t, seen[id])
		seen[id] = true
	}
}
