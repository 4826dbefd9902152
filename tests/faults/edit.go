package faults

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// beforeEdit adds to the sandbox stack what an edit can take away.
const beforeEdit = `
tags: {team: shop, phase: trial}
users:
  sam-support: {groups: [ReadOnly-Group]}
`

// edit does as much at once as one can: it creates, updates, replaces and
// deletes.
const edit = `
apiName: ShopAPI
stageName: live
routes:
  GET /products: {authorization: none}
  POST /products: null
  PUT /products: {}
  GET /orders: {}
backend: {archive: null, url: https://shop.example.com}
policies:
  readOnly: {allow: [GET /orders]}
  admin: null
  writer: {allow: [PUT /products]}
groups:
  ReadOnly-Group: {policies: [readOnly, writer]}
  Admin-Group: null
  Writers-Group: {policies: [writer]}
users:
  john-readonly: {groups: [ReadOnly-Group], accessKey: false}
  jane-admin: null
  sam-support: {groups: [Writers-Group], accessKey: true}
  max-orders: {groups: [ReadOnly-Group], accessKey: true}
instanceRoles:
  products-reader: {policies: [readOnly, writer]}
  orders-reader: {policies: [readOnly]}
crossAccountRoles:
  api-gateway-executor-role:
    accountId: "444455556666"
    principals: ["*"]
    policies: [writer]
    externalId: shop-42
    maxSessionSeconds: 7200
accessLog: {retentionDays: 30}
permissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess
tags: {team: store, phase: null, owner: sales}
`

// Edited is a deployed stack whose configuration has since been edited, and
// the Cloud that a fresh deploy of the edited configuration makes.
func Edited(t testing.TB) (run *harness.Run, want string) {
	config := harness.Merge(t, harness.Config(t), beforeEdit)
	run, want = Change(t, config, harness.Merge(t, config, edit))
	fillVersions(t, run.Cloud)
	return run, want
}

// Change is a deployed stack whose configuration has since changed, and the
// Cloud that a fresh deploy of the changed configuration makes.
func Change(t testing.TB, config, changed map[string]any) (run *harness.Run, want string) {
	run = harness.New(t, config)
	run.Up(t)
	run.Configure(t, changed)
	fresh := harness.New(t, changed)
	fresh.Stack.SkipCheckpoints()
	fresh.Up(t)
	return run, fresh.Cloud.Describe()
}

// EveryCallOfAnUpdate is the up that such an edit asks for.
func EveryCallOfAnUpdate(t *testing.T) EveryCall {
	run, want := Edited(t)
	steps := strings.Join(run.Preview(t), "\n")
	for _, step := range []string{"create", "update", "create-replacement", "delete"} {
		require.Regexp(t, "(?m)^"+step+" ", steps, "the edit has to do all")
	}
	return EveryCall{Start: run, Command: Up, Want: want}
}

// fillVersions adds versions to a policy until it has as many as AWS keeps, so
// that the next update has to delete one.
func fillVersions(t testing.TB, c *cloud.Cloud) {
	account := c.Account(cloud.APIAccount)
	policies, err := account.ListPolicies()
	require.NoError(t, err)
	i := slices.IndexFunc(policies, func(p cloud.Policy) bool { return strings.HasPrefix(p.PolicyName, "readOnly-") })
	require.GreaterOrEqual(t, i, 0)
	first, err := account.GetPolicyVersion(policies[i].ARN, "v1")
	require.NoError(t, err)
	for range 4 {
		_, err := account.CreatePolicyVersion(policies[i].ARN, first.Document, false)
		require.NoError(t, err)
	}
}
