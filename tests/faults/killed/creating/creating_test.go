// Package creating_test kills the engine while it creates, and recovers as the
// README says.
package creating_test

import (
	"testing"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

const before, after = cloud.FailBefore, cloud.NoFault

func TestKilledWhileCreating(t *testing.T) {
	fresh, want := first(t)
	user := faults.Call{Action: "CreateUser", Target: "john-readonly", Nth: 1}
	policy := faults.Call{Action: "CreatePolicy", Target: "readOnly-invoke", Nth: 1}
	api := faults.Call{Action: "CreateApi", Target: "ProductAPI", Nth: 1}
	retention := faults.Call{Action: "PutRetentionPolicy", Target: "/aws/vendedlogs/api-", Nth: 1}
	key := faults.Call{Action: "CreateAccessKey", Target: "john-readonly", Nth: 1}
	member := faults.Call{Action: "AddUserToGroup", Target: "ReadOnly-Group/john-readonly", Nth: 1}
	attachment := faults.Call{Action: "AttachGroupPolicy", Target: "ReadOnly-Group", Nth: 1}
	for _, test := range []struct {
		name     string
		call     faults.Call
		effect   cloud.Fault
		resource string
		repair   func(testing.TB, *harness.Run)
	}{
		{"user before", user, before, "john-readonly-user", nil},
		{"user after, deleted", user, after, "john-readonly-user", faults.DeleteOrphans(1)},
		{"user after, adopted", user, after, "john-readonly-user", faults.AdoptOrphan("john-readonly-user", "john-readonly")},
		{"policy before", policy, before, "readOnly-invoke", nil},
		{"policy after", policy, after, "readOnly-invoke", faults.DeleteOrphans(1)},
		{"API before", api, before, "api-api", nil},
		{"API after", api, after, "api-api", faults.DeleteOrphans(1)},
		{"log group between its two calls", retention, before, "api-access-log", faults.DeleteOrphans(1)},
		{"access key after", key, after, "john-readonly-key", faults.DeleteOrphans(1)},
		{"member after", member, after, "ReadOnly-Group-members", nil},
		{"attachment after", attachment, after, "ReadOnly-Group-readOnly", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			faults.Crash{
				Start:   fresh,
				Command: faults.Up,
				Calls:   map[faults.Call]cloud.Fault{test.call: test.effect},
				Pending: []string{"creating " + test.resource},
				Repair:  test.repair,
				Want:    want,
			}.Test(t)
		})
	}
}

// TestKilledAtTheStart kills the engine when it has begun all that does not wait
// for anything else.
func TestKilledAtTheStart(t *testing.T) {
	fresh, want := first(t)
	faults.Crash{
		Start:   fresh,
		Command: faults.Up,
		Calls: map[faults.Call]cloud.Fault{
			{Action: "CreateApi", Target: "ProductAPI", Nth: 1}:                 after,
			{Action: "CreateLogGroup", Target: "/aws/vendedlogs/api-", Nth: 1}:  after,
			{Action: "CreateUser", Target: "jane-admin", Nth: 1}:                before,
			{Action: "CreateUser", Target: "john-readonly", Nth: 1}:             after,
			{Action: "CreateGroup", Target: "Admin-Group", Nth: 1}:              after,
			{Action: "CreateGroup", Target: "ReadOnly-Group", Nth: 1}:           before,
			{Action: "CreateRole", Target: "products-reader", Nth: 1}:           after,
			{Action: "CreateRole", Target: "products-role", Nth: 1}:             after,
			{Action: "CreateTable", Target: "products-table", Nth: 1}:           after,
			{Action: "CreateLogGroup", Target: "/aws/lambda/products-", Nth: 1}: before,
		},
		Pending: []string{
			"creating api-api", "creating api-access-log", "creating jane-admin-user", "creating john-readonly-user",
			"creating Admin-Group-group", "creating ReadOnly-Group-group", "creating products-reader-role",
			"creating products-role", "creating products-table", "creating products-log",
		},
		Repair: faults.DeleteOrphans(7),
		Want:   want,
	}.Test(t)
}

// first is a stack before its first up, and the Cloud that this makes.
func first(t *testing.T) (fresh *harness.Run, want string) {
	fresh = harness.New(t, harness.Config(t))
	faultless := faults.Branch(t, fresh)
	faultless.Up(t)
	return fresh, faultless.Cloud.Describe()
}
