// Package service_test kills the engine while it creates, replaces and deletes
// the product service, and recovers as the README says.
package service_test

import (
	"testing"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

const before, after = cloud.FailBefore, cloud.NoFault

var (
	create     = faults.Call{Action: "CreateFunction", Target: "products-function", Nth: 1}
	remove     = faults.Call{Action: "DeleteFunction", Target: "products-function", Nth: 1}
	permit     = faults.Call{Action: "AddPermission", Target: "products-function/api-permission", Nth: 1}
	permitNot  = faults.Call{Action: "RemovePermission", Target: "products-function/api-permission", Nth: 1}
	recovery   = faults.Call{Action: "UpdateContinuousBackups", Target: "products-table", Nth: 1}
	removeData = faults.Call{Action: "DeleteTable", Target: "products-table", Nth: 1}
	integrate  = faults.Call{
		Action: "UpdateIntegration", Nth: 1,
		Target: "(api)/arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111122223333:function:products-function/invocations",
	}
)

// kill is a call that the engine waits for when it is killed.
type kill struct {
	name    string
	call    faults.Call
	effect  cloud.Fault
	pending string
	orphans int
}

func TestKilledWhileCreating(t *testing.T) {
	fresh := harness.New(t, faults.Alone(t))
	faultless := faults.Branch(t, fresh)
	faultless.Up(t)
	test(t, fresh, faults.Up, faultless.Cloud.Describe(), []kill{
		{"table between its two calls", recovery, before, "creating products-table", 1},
		{"function before", create, before, "creating products-function", 0},
		{"function after", create, after, "creating products-function", 1},
		{"permission after", permit, after, "creating api-permission", 1},
	})
}

func TestKilledWhileReplacing(t *testing.T) {
	changed, want := faults.NewCode(t)
	test(t, changed, faults.Up, want, []kill{
		{"new function before", create, before, "creating products-function", 0},
		{"new function after", create, after, "creating products-function", 1},
		{"new permission after", permit, after, "creating api-permission", 1},
		{"integration before", integrate, before, "updating api-backend", 0},
		{"integration after", integrate, after, "updating api-backend", 0},
		{"old permission after", permitNot, after, "deleting api-permission", 0},
		{"old function before", remove, before, "deleting products-function", 0},
		{"old function after", remove, after, "deleting products-function", 0},
	})
}

func TestKilledWhileDestroying(t *testing.T) {
	base := harness.New(t, faults.Alone(t))
	base.Up(t)
	test(t, base, faults.Destroy, cloud.New().Describe(), []kill{
		{"permission after", permitNot, after, "deleting api-permission", 0},
		{"table before", removeData, before, "deleting products-table", 0},
		{"table after", removeData, after, "deleting products-table", 0},
	})
}

func test(t *testing.T, start *harness.Run, command faults.Command, want string, kills []kill) {
	for _, k := range kills {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			faults.Crash{
				Start:   start,
				Command: command,
				Calls:   map[faults.Call]cloud.Fault{k.call: k.effect},
				Pending: []string{k.pending},
				Repair:  faults.DeleteOrphans(k.orphans),
				Want:    want,
			}.Test(t)
		})
	}
}
