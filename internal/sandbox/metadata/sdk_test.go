package metadata_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/sandboxtest"
)

var ctx = context.Background()

func client(s *httptest.Server) *imds.Client {
	return imds.New(imds.Options{Endpoint: s.URL, HTTPClient: s.Client(), ClientEnableState: imds.ClientEnabled})
}

func TestRoleProvider(t *testing.T) {
	i := launch(t)
	provider := ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client(i.server) })
	got, err := provider.Retrieve(ctx)
	require.NoError(t, err)
	assert.True(t, got.CanExpire)
	caller, err := i.cloud.Caller(got.AccessKeyID, i.clock.Now())
	require.NoError(t, err)
	assert.Equal(t, cloud.Key{AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken}, caller.Key)
	again, err := provider.Retrieve(ctx)
	require.NoError(t, err)
	assert.Equal(t, got.AccessKeyID, again.AccessKeyID)

	id, err := client(i.server).GetMetadata(ctx, &imds.GetMetadataInput{Path: "instance-id"})
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/reader/"+read(t, id.Content), caller.ARN)
}

func TestClient(t *testing.T) {
	i := launch(t)
	c := client(i.server)
	where, err := c.GetRegion(ctx, nil)
	require.NoError(t, err)
	assert.Equal(t, region, where.Region)
	document, err := c.GetInstanceIdentityDocument(ctx, nil)
	require.NoError(t, err)
	assert.Equal(t, cloud.APIAccount, document.AccountID)
	assert.Equal(t, region+"a", document.AvailabilityZone)
	assert.Regexp(t, `^i-[0-9a-f]{17}$`, document.InstanceID)
	info, err := c.GetIAMInfo(ctx, nil)
	require.NoError(t, err)
	profile := sandboxtest.Must(i.account.GetInstanceProfile("reader"))
	assert.Equal(t, "Success", info.Code)
	assert.Equal(t, profile.ARN, info.InstanceProfileArn)
	assert.Equal(t, profile.InstanceProfileID, info.InstanceProfileID)
	assert.False(t, info.LastUpdated.IsZero())
}

func TestRoleThatDoesNotTrustEC2(t *testing.T) {
	i := launch(t)
	sandboxtest.OK(i.account.UpdateAssumeRolePolicy("reader", strings.Replace(trustEC2, "ec2.", "lambda.", 1)))
	_, err := ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client(i.server) }).Retrieve(ctx)
	var refusal smithy.APIError
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, "AssumeRoleUnauthorizedAccess", refusal.ErrorCode())
	assert.Contains(t, refusal.ErrorMessage(), "EC2 cannot assume the role reader")

	sandboxtest.OK(i.account.UpdateAssumeRolePolicy("reader", trustEC2))
	assert.Equal(t, "Success", i.given(t).Code)
}
