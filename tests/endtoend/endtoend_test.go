// Package endtoend_test deploys the stack with the real engine and sends requests to its
// API with real AWS SDK clients through the sandbox's endpoints.
package endtoend_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

const (
	tea       = `{"name": "Tea", "price": 450, "currency": "EUR"}`
	forbidden = `{"message":"Forbidden"}`
	executor  = "api-gateway-executor-role"
)

// deploy deploys both stacks.
func deploy(t *testing.T) *harness.Run {
	run := harness.New(t, harness.Merge(t, harness.Config(t), `{roles: {`+executor+`: {trust: {externalId: shop-1}}}}`))
	run.Up(t)
	roles := run.Outputs(t)["roles"].Value.(map[string]any)
	run.Caller(t, map[string]any{
		"aws:region": harness.Region, "members": []any{cloud.CallerUser},
		"roleArns": []any{roles[executor].(map[string]any)["arn"]},
	}).Up(t)
	return run
}

// TestEndToEnd deploys once and runs each test on its own branch.
func TestEndToEnd(t *testing.T) {
	base := deploy(t)
	for name, test := range map[string]func(*testing.T, *harness.Run, *harness.Endpoints){
		"everyone":       testEveryone,
		"refused":        testRefused,
		"assume role":    testAssumeRole,
		"expired":        testExpired,
		"after a change": testAfterAChange,
		"replaced":       testReplaced,
		"live":           testLive,
		"other function": testOtherFunction,
		"no function":    testNoFunction,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := base.Branch()
			test(t, run, run.Open(t))
		})
	}
}

// may checks the statuses of a principal's requests to /products.
func may(t *testing.T, e *harness.Endpoints, as aws.CredentialsProvider, get, post int) {
	t.Helper()
	status, body := e.Send(t, as, "GET", "/products", "")
	assert.Equal(t, get, status, "GET: %s", body)
	if status == 403 {
		assert.Equal(t, forbidden, body)
	}
	status, body = e.Send(t, as, "POST", "/products", tea)
	assert.Equal(t, post, status, "POST: %s", body)
	if status == 403 {
		assert.Equal(t, forbidden, body)
	}
}

// otherUser creates a key of the other account's user.
func otherUser(t *testing.T, run *harness.Run) aws.CredentialsProvider {
	return newKey(t, run, cloud.CallerAccount, cloud.CallerUser)
}

func newKey(t *testing.T, run *harness.Run, account, user string) aws.CredentialsProvider {
	key, err := run.Cloud.Account(account).CreateAccessKey(user)
	require.NoError(t, err)
	return credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, "")
}

// assuming returns credentials of the role for the other account.
func assuming(e *harness.Endpoints, as aws.CredentialsProvider, terms func(*stscreds.AssumeRoleOptions)) aws.CredentialsProvider {
	client := sts.New(sts.Options{Region: harness.Region, BaseEndpoint: &e.STS, Credentials: as, HTTPClient: e.Client})
	return stscreds.NewAssumeRoleProvider(client, e.Output("roles", executor, "arn"), terms)
}

func withID(id string) func(*stscreds.AssumeRoleOptions) {
	return func(o *stscreds.AssumeRoleOptions) { o.ExternalID = &id }
}

// onInstance returns the credentials of an instance role from the metadata.
func onInstance(e *harness.Endpoints, role string) aws.CredentialsProvider {
	return ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.New(imds.Options{Endpoint: e.Metadata[role], HTTPClient: e.Client, ClientEnableState: imds.ClientEnabled})
	})
}
