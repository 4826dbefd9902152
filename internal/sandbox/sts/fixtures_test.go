package sts_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sts"
)

const (
	region   = "us-east-1"
	roleARN  = "arn:aws:iam::111122223333:role/executor"
	userARN  = "arn:aws:iam::444455556666:user/my-user"
	allowAll = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	trustOne = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + userARN + `"},"Action":"sts:AssumeRole"}}`
	mayDo    = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + roleARN + `"}}`
)

// clock is a time that stands still until it is told to go on.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// endpoint is a cloud with a role that the other account's user may assume, and its
// endpoint of STS.
type endpoint struct {
	t      testing.TB
	cloud  *cloud.Cloud
	clock  *clock
	server *httptest.Server
	key    cloud.AccessKey // of my-user
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ok(err error) {
	if err != nil {
		panic(err)
	}
}

func open(t testing.TB) *endpoint {
	t.Helper()
	d := &endpoint{t: t, cloud: cloud.New(), clock: &clock{at: time.Now()}}
	must(d.api().CreateRole(cloud.CreateRoleInput{RoleName: "executor", AssumeRolePolicyDocument: trustOne}))
	ok(d.other().PutUserPolicy(cloud.CallerUser, cloud.InlinePolicy{PolicyName: "assume", PolicyDocument: mayDo}))
	d.key = must(d.other().Credential(must(d.other().ListAccessKeys(cloud.CallerUser))[0].AccessKeyID))
	d.server = httptest.NewServer(sts.New(d.cloud, region, d.clock.now))
	t.Cleanup(d.server.Close)
	return d
}

func (d *endpoint) api() *cloud.Account   { return d.cloud.Account(cloud.APIAccount) }
func (d *endpoint) other() *cloud.Account { return d.cloud.Account(cloud.CallerAccount) }

// client returns a client that signs with these credentials and does not retry.
func (d *endpoint) client(id, secret, token string) *awssts.Client {
	return awssts.New(awssts.Options{
		BaseEndpoint: &d.server.URL,
		Region:       region,
		Credentials:  credentials.NewStaticCredentialsProvider(id, secret, token),
		HTTPClient:   d.server.Client(),
		Retryer:      aws.NopRetryer{},
		HTTPSignerV4: signerAt{v4.NewSigner(), d.clock},
	})
}

func (d *endpoint) session(c *types.Credentials) *awssts.Client {
	return d.client(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

func (d *endpoint) user() *awssts.Client {
	return d.client(d.key.AccessKeyID, d.key.SecretAccessKey, "")
}

// assume returns a request that succeeds unless it is changed.
func assume(change ...func(*awssts.AssumeRoleInput)) *awssts.AssumeRoleInput {
	in := &awssts.AssumeRoleInput{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("a-session")}
	for _, c := range change {
		c(in)
	}
	return in
}

func (d *endpoint) assumes(in *awssts.AssumeRoleInput) *awssts.AssumeRoleOutput {
	d.t.Helper()
	out, err := d.user().AssumeRole(context.Background(), in)
	require.NoError(d.t, err)
	return out
}

func requireCode(t *testing.T, code string, status int, err error) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	assert.Equal(t, code, api.ErrorCode())
	assert.NotEmpty(t, api.ErrorMessage())
	var answer interface{ HTTPStatusCode() int }
	require.ErrorAs(t, err, &answer)
	assert.Equal(t, status, answer.HTTPStatusCode())
}

// signerAt signs with the time of a clock.
type signerAt struct {
	*v4.Signer
	clock *clock
}

func (s signerAt) SignHTTP(ctx context.Context, key aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, change ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, key, r, hash, service, region, s.clock.now(), change...)
}
