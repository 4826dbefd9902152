package endtoend_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// change merges a patch into the stack's configuration and deploys it.
func change(t *testing.T, run *harness.Run, patch string) {
	config := harness.Merge(t, harness.Config(t), `{roles: {`+executor+`: {trust: {externalId: shop-1}}}}`)
	run.Configure(t, harness.Merge(t, config, patch))
	run.Up(t)
}

// testAfterAChange changes the configuration while the same principals, with the same
// credentials, continue to send requests.
func testAfterAChange(t *testing.T, run *harness.Run, e *harness.Endpoints) {
	john, jane, reader := e.User("john-readonly"), e.User("jane-admin"), fixed(t, onInstance(e, "products-reader"))
	session := fixed(t, assuming(e, otherUser(t, run), withID("shop-1")))
	may(t, e, john, 200, 403)
	may(t, e, reader, 200, 403)
	may(t, e, session, 200, 403)

	change(t, run, `{policies: {readOnly: {allow: ["POST /products"]}}}`)
	may(t, e, john, 403, 201)
	may(t, e, reader, 403, 201)
	may(t, e, session, 403, 201)

	change(t, run, `{policies: {readOnly: {conditions: {sourceCidrs: [203.0.113.0/24]}}}}`)
	may(t, e, john, 403, 403)
	may(t, e, jane, 200, 201)

	change(t, run, `{groups: {Admin-Group: {policies: [readOnly]}}, routes: {GET /orders: {}}}`)
	may(t, e, john, 200, 403)
	may(t, e, jane, 200, 403)
	status, _ := e.Send(t, jane, "GET", "/orders", "")
	assert.Equal(t, 403, status, "a new route is denied until it is granted")

	change(t, run, `{routes: {GET /products: {authorization: none}}}`)
	may(t, e, nil, 200, 403)

	change(t, run, `{routes: {POST /products: null}}`)
	may(t, e, jane, 200, 404)

	change(t, run, `{users: {jane-admin: null}, roles: {products-reader: null}}`)
	may(t, e, jane, 403, 403)
	may(t, e, reader, 403, 403)
	may(t, e, john, 200, 403)
	may(t, e, session, 200, 403)

	_, err := run.TryDestroy()
	require.NoError(t, err)
	may(t, e, john, 404, 404)
}

// testReplaced replaces the stage, and a user with another of the same name.
func testReplaced(t *testing.T, run *harness.Run, e *harness.Endpoints) {
	john := e.User("john-readonly")
	change(t, run, `{stageName: v2}`)
	may(t, e, john, 404, 404)
	v2 := run.Open(t)
	assert.Contains(t, v2.InvokeURL, "/v2")
	may(t, v2, john, 200, 403)

	// A trust policy that names a user does not trust a later user of that name.
	other := run.Cloud.Account(cloud.CallerAccount)
	old := otherUser(t, run)
	may(t, v2, assuming(v2, old, withID("shop-1")), 200, 403)
	recreate(t, other)
	_, err := assuming(v2, otherUser(t, run), withID("shop-1")).Retrieve(t.Context())
	assert.Equal(t, "AccessDenied", codeOf(err), "%v", err)
}

// recreate replaces the other account's user with one of the same name, in the same
// group.
func recreate(t *testing.T, other *cloud.Account) {
	keys, err := other.ListAccessKeys(cloud.CallerUser)
	require.NoError(t, err)
	for _, key := range keys {
		require.NoError(t, other.DeleteAccessKey(cloud.CallerUser, key.AccessKeyID))
	}
	groups, err := other.ListGroupsForUser(cloud.CallerUser)
	require.NoError(t, err)
	for _, group := range groups {
		require.NoError(t, other.RemoveUserFromGroup(group.GroupName, cloud.CallerUser))
	}
	require.NoError(t, other.DeleteUser(cloud.CallerUser))
	_, err = other.CreateUser(cloud.CreateUserInput{UserName: cloud.CallerUser})
	require.NoError(t, err)
	for _, group := range groups {
		require.NoError(t, other.AddUserToGroup(group.GroupName, cloud.CallerUser))
	}
}
