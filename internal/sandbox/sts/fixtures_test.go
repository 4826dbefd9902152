package sts_test

import (
	"context"
	"net/http"
	"net/http/httptest"
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
	"iam-secured-api/internal/sandbox/fixture"
	"iam-secured-api/internal/sandbox/sts"
)

const (
	region  = "us-east-1"
	roleARN = "arn:aws:iam::111122223333:role/executor"
	userARN = "arn:aws:iam::444455556666:user/my-user"
)

var (
	allowAll = fixture.Allow("*", "*")
	trustOne = fixture.Trust("AWS", userARN)
	mayDo    = fixture.Allow("sts:AssumeRole", roleARN)
)

// endpoint is a cloud with a role that the other account's user may assume, and its
// endpoint of STS.
type endpoint struct {
	t      testing.TB
	cloud  *cloud.Cloud
	clock  *fixture.Clock
	server *httptest.Server
	key    cloud.AccessKey // of my-user
}

func open(t testing.TB) *endpoint {
	t.Helper()
	d := &endpoint{t: t, cloud: cloud.New(), clock: fixture.NewClock(time.Now())}
	fixture.Must(d.api().CreateRole(cloud.CreateRoleInput{RoleName: "executor", AssumeRolePolicyDocument: trustOne}))
	fixture.OK(d.other().PutUserPolicy(cloud.CallerUser, cloud.InlinePolicy{PolicyName: "assume", PolicyDocument: mayDo}))
	d.key = fixture.Must(d.other().Credential(fixture.Must(d.other().ListAccessKeys(cloud.CallerUser))[0].AccessKeyID))
	d.server = httptest.NewServer(sts.New(d.cloud, region, d.clock.Now))
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
	clock *fixture.Clock
}

func (s signerAt) SignHTTP(ctx context.Context, key aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, change ...func(*v4.SignerOptions)) error {
	return s.Signer.SignHTTP(ctx, key, r, hash, service, region, s.clock.Now(), change...)
}
