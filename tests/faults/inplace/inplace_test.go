// Package inplace_test fails each call of an up that updates in place what the
// edit of package update replaces, adds or keeps.
package inplace_test

import (
	"testing"

	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

// alone leaves the API alone of the sandbox stack.
const alone = `
policies: null
groups: null
users: null
instanceRoles: null
crossAccountRoles: null
`

const before = `
users: {john: {}}
crossAccountRoles: {executor: {accountId: "444455556666", principals: [user/my-user]}}
permissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess
tags: {team: shop, phase: trial}
`

const edit = `
crossAccountRoles: {executor: {accountId: "111122223333", principals: ["*"]}}
permissionsBoundary: null
tags: {team: store, phase: null}
throttle: {rateLimit: 5, burstLimit: 10}
`

func TestEveryCallOfAnUpdateInPlace(t *testing.T) {
	config := harness.Merge(t, harness.Merge(t, harness.Config(t), alone), before)
	edited := harness.Merge(t, config, edit)
	base := harness.New(t, config)
	base.Up(t)
	base.Configure(t, edited)
	fresh := harness.New(t, edited)
	fresh.Up(t)
	faults.EveryCall{Start: base, Command: faults.Up, Want: fresh.Cloud.Describe()}.Test(t)
}
