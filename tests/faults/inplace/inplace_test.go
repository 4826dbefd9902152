// Package inplace_test fails each call of an up that updates in place what the
// edit of package update replaces, adds, keeps or deletes.
package inplace_test

import (
	"testing"

	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

const before = `
users: {john: {}}
crossAccountRoles: {executor: {accountId: "444455556666", principals: [user/my-user]}}
permissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess
tags: {team: shop, phase: trial}
`

const edit = `
crossAccountRoles: {executor: {accountId: "111122223333", principals: ["*"]}}
backend: {deletionProtection: true}
accessLog: {retentionDays: 30}
permissionsBoundary: null
tags: {team: store, phase: null}
throttle: {rateLimit: 5, burstLimit: 10}
`

func TestEveryCallOfAnUpdateInPlace(t *testing.T) {
	config := harness.Merge(t, faults.Alone(t), before)
	run, want := faults.Change(t, config, harness.Merge(t, config, edit))
	faults.EveryCall{Start: run, Command: faults.Up, Want: want}.Test(t)
}
