// Package changing_test kills the engine while it updates, replaces and deletes,
// and recovers as the README says.
package changing_test

import (
	"testing"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

const before, after = cloud.FailBefore, cloud.NoFault

// kill is a call that the engine waits for when it is killed.
type kill struct {
	name    string
	call    faults.Call
	effect  cloud.Fault
	pending string
	repair  func(testing.TB, *harness.Run)
}

func TestKilledWhileUpdating(t *testing.T) {
	edited, want := faults.Edited(t)
	update := faults.Call{Action: "UpdateRoute", Target: "(api)/GET /products", Nth: 1}
	version := faults.Call{Action: "CreatePolicyVersion", Target: "arn:aws:iam::111122223333:policy/readOnly-invoke", Nth: 1}
	gone := faults.Call{Action: "DeleteUser", Target: "jane-admin", Nth: 1}
	old := faults.Call{Action: "DeleteStage", Target: "(api)/prod", Nth: 1}
	replacement := faults.Call{Action: "CreateStage", Target: "(api)/live", Nth: 1}
	test(t, edited, faults.Up, want, []kill{
		{"route before", update, before, "updating api-GET /products", nil},
		{"route after", update, after, "updating api-GET /products", nil},
		{"policy after", version, after, "updating readOnly-invoke", nil},
		{"user before", gone, before, "deleting jane-admin-user", nil},
		{"user after", gone, after, "deleting jane-admin-user", nil},
		{"replaced stage before", old, before, "deleting api-stage", nil},
		{"replaced stage after", old, after, "deleting api-stage", nil},
		{"its replacement before", replacement, before, "creating api-stage", nil},
		{"its replacement after", replacement, after, "creating api-stage", faults.DeleteOrphans(1)},
	})
}

func TestKilledWhileDestroying(t *testing.T) {
	base := harness.New(t, harness.Config(t))
	base.Up(t)
	api := faults.Call{Action: "DeleteApi", Target: "(api)", Nth: 1}
	key := faults.Call{Action: "DeleteAccessKey", Target: "jane-admin", Nth: 1}
	test(t, base, faults.Destroy, cloud.New().Describe(), []kill{
		{"API before", api, before, "deleting api-api", nil},
		{"API after", api, after, "deleting api-api", nil},
		{"access key before", key, before, "deleting jane-admin-key", nil},
		{"access key after", key, after, "deleting jane-admin-key", nil},
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
				Repair:  k.repair,
				Want:    want,
			}.Test(t)
		})
	}
}
