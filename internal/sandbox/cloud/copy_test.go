package cloud_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestJSON shows that a Cloud that is read back has the same description, and
// that the JSON contains no secrets.
func TestJSON(t *testing.T) {
	c, a := account()
	newUser(a, "jane")
	OK(a.UserPolicies().Put("jane", cloud.InlinePolicy{PolicyName: "p", PolicyDocument: allowInvoke}))
	key := Must(a.CreateAccessKey("jane"))
	device := Must(a.EnableMFADevice("jane", "phone"))
	session := Must(c.GetSessionToken(Must(c.Caller(key.AccessKeyID, time.Now())), cloud.GetSessionTokenInput{}, time.Now()))
	newRole(a, "r", TrustAWS("arn:aws:iam::111122223333:user/jane"))
	Must(a.Region(Region).CreateApi(cloud.APISettings{Name: "shop", ProtocolType: "HTTP"}))

	text, err := json.Marshal(c)
	require.NoError(t, err)
	for _, secret := range []string{key.SecretAccessKey, device.Seed, session.SecretAccessKey, session.SessionToken} {
		encoded, err := json.Marshal(secret)
		require.NoError(t, err)
		assert.NotContains(t, string(text), string(encoded))
	}
	var read cloud.Cloud
	require.NoError(t, json.Unmarshal(text, &read))
	assert.Equal(t, c.Describe(), read.Describe())
	assert.Equal(t, key.AccessKeyID, Must(read.Account(cloud.APIAccount).ListAccessKeys("jane"))[0].AccessKeyID)
	newUser(read.Account(cloud.APIAccount), "john")
	assert.NotEqual(t, c.Describe(), read.Describe())
	assert.Equal(t, key, Must(a.Credential(key.AccessKeyID)), "the Cloud itself keeps its secrets")

	for _, wrong := range []string{"", "[]", "{}", `{"Accounts": {"111122223333": {}}}`, `{"Accounts": {"111122223333": null, "444455556666": null}}`} {
		assert.Error(t, json.Unmarshal([]byte(wrong), cloud.New()), wrong)
	}
}
