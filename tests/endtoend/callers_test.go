package endtoend_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// testEveryone sends requests as each principal.
func testEveryone(t *testing.T, run *harness.Run, e *harness.Endpoints) {
	other := otherUser(t, run)
	may(t, e, e.User("john-readonly"), 200, 403)
	may(t, e, e.User("jane-admin"), 200, 201)
	may(t, e, onInstance(e, "products-reader"), 200, 403)
	may(t, e, assuming(e, other, withID("shop-1")), 200, 403)
	may(t, e, nil, 403, 403)
	assert.Equal(t, 5, e.Invoked(), "denied requests do not reach the backend")

	_, body := e.Send(t, e.User("john-readonly"), "GET", "/products", "")
	var list struct {
		Products []struct{ Name, CreatedBy string }
	}
	require.NoError(t, json.Unmarshal([]byte(body), &list))
	require.Len(t, list.Products, 1)
	assert.Equal(t, e.Output("users", "jane-admin", "arn"), list.Products[0].CreatedBy)

	for _, path := range []string{"/orders", "/products/", "/products/1", "/Products"} {
		status, _ := e.Send(t, e.User("jane-admin"), "GET", path, "")
		assert.Equal(t, 404, status, path)
	}
	status, _ := e.Send(t, e.User("jane-admin"), "DELETE", "/products", "")
	assert.Equal(t, 404, status, "a method that is not routed")
}

// testRefused sends requests that must be denied.
func testRefused(t *testing.T, run *harness.Run, e *harness.Endpoints) {
	account := run.Cloud.Account(cloud.APIAccount)
	john, jane := e.User("john-readonly"), e.User("jane-admin")
	key := e.Output("users", "jane-admin", "accessKeyId")
	unknown := credentials.NewStaticCredentialsProvider("AKIAUNKNOWNUNKNOWNAA", "not-a-secret", "")
	wrong := credentials.NewStaticCredentialsProvider(key, "not-a-secret", "")
	operator := credentials.NewStaticCredentialsProvider(cloud.APIOperatorKey, "not-a-secret", "")
	for name, as := range map[string]aws.CredentialsProvider{"unsigned": nil, "unknown key": unknown, "wrong secret": wrong, "operator": operator} {
		t.Log(name)
		may(t, e, as, 403, 403)
	}

	// Policies of the other account alone allow nothing here.
	other := run.Cloud.Account(cloud.CallerAccount)
	require.NoError(t, other.UserPolicies().Put(cloud.CallerUser, cloud.InlinePolicy{PolicyName: "api", PolicyDocument: `{
		"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "execute-api:*", "Resource": "` + e.Outputs["executionArn"].(string) + `/*"}}`}))
	may(t, e, otherUser(t, run), 403, 403)
	assert.Zero(t, e.Invoked())

	may(t, e, jane, 200, 201)
	require.NoError(t, account.UpdateAccessKey("jane-admin", key, cloud.KeyInactive))
	may(t, e, jane, 403, 403)
	require.NoError(t, account.UpdateAccessKey("jane-admin", key, cloud.KeyActive))
	may(t, e, jane, 200, 201)
	require.NoError(t, account.RemoveUserFromGroup("Admin-Group", "jane-admin"))
	may(t, e, jane, 403, 403)
	require.NoError(t, account.AddUserToGroup("ReadOnly-Group", "jane-admin"))
	may(t, e, jane, 200, 403)
	require.NoError(t, account.DeleteAccessKey("jane-admin", key))
	may(t, e, jane, 403, 403)
	may(t, e, newKey(t, run, cloud.APIAccount, "jane-admin"), 200, 403)
	may(t, e, john, 200, 403)
}

// testAssumeRole assumes the role with a session policy that is malformed, and without
// permission of the other account.
func testAssumeRole(t *testing.T, run *harness.Run, e *harness.Endpoints) {
	other := otherUser(t, run)
	narrow := assuming(e, other, func(o *stscreds.AssumeRoleOptions) {
		withID("shop-1")(o)
		o.Policy = aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*/POST/products"}}`)
	})
	_, err := narrow.Retrieve(context.Background())
	assert.Equal(t, "MalformedPolicyDocument", codeOf(err), "%v", err)
	// The trust policy is not enough: the other account must allow it, too.
	require.NoError(t, run.Cloud.Account(cloud.CallerAccount).RemoveUserFromGroup("ProductApi-Callers", cloud.CallerUser))
	_, err = assuming(e, other, withID("shop-1")).Retrieve(context.Background())
	assert.Equal(t, "AccessDenied", codeOf(err), "%v", err)

	who, err := sts.New(sts.Options{Region: harness.Region, BaseEndpoint: &e.STS, Credentials: other, HTTPClient: e.Client}).
		GetCallerIdentity(context.Background(), nil)
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:iam::"+cloud.CallerAccount+":user/"+cloud.CallerUser, *who.Arn)
}

func codeOf(err error) string {
	var coded smithy.APIError
	if errors.As(err, &coded) {
		return coded.ErrorCode()
	}
	return ""
}

// fixed returns credentials that are never renewed.
func fixed(t *testing.T, from aws.CredentialsProvider) aws.CredentialsProvider {
	key, err := from.Retrieve(context.Background())
	require.NoError(t, err)
	return credentials.StaticCredentialsProvider{Value: key}
}

// testExpired uses sessions with a policy of their own, and expired sessions.
func testExpired(t *testing.T, run *harness.Run, e *harness.Endpoints) {
	other := otherUser(t, run)
	whole := fixed(t, assuming(e, other, func(o *stscreds.AssumeRoleOptions) {
		withID("shop-1")(o)
		o.Duration = time.Hour
	}))
	short := fixed(t, assuming(e, other, func(o *stscreds.AssumeRoleOptions) {
		withID("shop-1")(o)
		o.Duration = 15 * time.Minute
	}))
	none := fixed(t, assuming(e, other, func(o *stscreds.AssumeRoleOptions) {
		withID("shop-1")(o)
		o.Policy = aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	}))
	may(t, e, whole, 200, 403)
	may(t, e, short, 200, 403)
	may(t, e, none, 403, 403)
	e.Advance(16 * time.Minute)
	may(t, e, whole, 200, 403)
	may(t, e, short, 403, 403)
	e.Advance(time.Hour)
	may(t, e, whole, 403, 403)
}
