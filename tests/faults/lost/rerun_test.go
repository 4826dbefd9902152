// Package lost_test loses the replies to calls that took effect, and recovers as
// the README says.
package lost_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"
	"iam-secured-api/tests/harness"
)

// TestRunningAgain loses the replies to all kinds of calls but those that create
// something with an id of its own: the next run finds out what has happened.
func TestRunningAgain(t *testing.T) {
	fresh := harness.New(t, harness.Config(t))
	t.Run("first up", func(t *testing.T) {
		runAgain(t, fresh, faults.Up, upWant(t, fresh),
			faults.Call{Action: "PutRetentionPolicy", Target: "/aws/vendedlogs/api-"}, // second call of a creation
			faults.Call{Action: "UpdateContinuousBackups", Target: "products-table"},
			faults.Call{Action: "AddRoleToInstanceProfile", Target: "products-reader"},
			faults.Call{Action: "AddUserToGroup", Target: "ReadOnly-Group/john-readonly"},
			faults.Call{Action: "AttachGroupPolicy", Target: "Admin-Group"},
			faults.Call{Action: "AttachRolePolicy", Target: "products-reader"},
		)
	})
	edited, want := faults.Edited(t)
	t.Run("update", func(t *testing.T) {
		runAgain(t, edited, faults.Up, want,
			faults.Call{Action: "UpdateRoute", Target: "(api)/GET /products"},
			faults.Call{Action: "UntagUser", Target: "john-readonly"}, // followed by other calls
			faults.Call{Action: "PutRolePermissionsBoundary", Target: "products-reader"},
			faults.Call{Action: "DeletePolicyVersion", Target: "arn:aws:iam::111122223333:policy/readOnly-invoke"},
			faults.Call{Action: "CreatePolicyVersion", Target: "arn:aws:iam::111122223333:policy/readOnly-invoke"},
			faults.Call{Action: "RemoveUserFromGroup", Target: "ReadOnly-Group/sam-support"},
			faults.Call{Action: "DetachRolePolicy", Target: "api-gateway-executor-role"},
			faults.Call{Action: "DeleteAccessKey", Target: "john-readonly"},
			faults.Call{Action: "DeleteStage", Target: "(api)/prod"}, // followed by its replacement
			faults.Call{Action: "DeleteUser", Target: "jane-admin"},
			faults.Call{Action: "DeleteTable", Target: "products-table"},
		)
	})
	t.Run("destroy", func(t *testing.T) {
		runAgain(t, edited, faults.Destroy, cloud.New().Describe(),
			faults.Call{Action: "DeleteApi", Target: "(api)"},
			faults.Call{Action: "DeletePolicy", Target: "arn:aws:iam::111122223333:policy/admin-invoke"},
			faults.Call{Action: "RemoveRoleFromInstanceProfile", Target: "products-reader"},
		)
	})
}

// TestDestroyInstead loses the reply to an attachment, which the state then does
// not hold: a destroy gets stuck on it, an up picks it up.
func TestDestroyInstead(t *testing.T) {
	run := faults.Branch(t, harness.New(t, harness.Config(t)))
	lose(t, run, faults.Up, faults.Call{Action: "AttachRolePolicy", Target: "products-reader", Nth: 1})
	require.ErrorContains(t, faults.Destroy.Run(run), "DeleteConflict: ")
	run.Up(t)
	run.Destroy(t)
	assert.Equal(t, cloud.New().Describe(), run.Cloud.Describe())
}

func runAgain(t *testing.T, start *harness.Run, command faults.Command, want string, calls ...faults.Call) {
	for _, call := range calls {
		call.Nth = 1
		t.Run(call.String(), func(t *testing.T) {
			t.Parallel()
			run := faults.Branch(t, start)
			lose(t, run, command, call)
			require.NoError(t, command.Run(run), "the next run")
			assert.Equal(t, want, run.Cloud.Describe())
			faults.CheckNoSecret(t, run.Printed(), faults.Secrets(t, run.Cloud))
		})
	}
}

// lose runs the command and loses the reply to a call.
func lose(t *testing.T, run *harness.Run, command faults.Command, call faults.Call) {
	secrets := faults.Secrets(t, run.Cloud)
	lost, err := faults.RunWithFault(t, run, command, call, cloud.LoseReply)
	faults.CheckMessage(t, err, call, lost)
	faults.CheckNoSecret(t, run.Printed(), append(secrets, faults.Secrets(t, run.Cloud)...))
}

// upWant describes the Cloud that an up makes.
func upWant(t *testing.T, start *harness.Run) string {
	run := faults.Branch(t, start)
	run.Up(t)
	return run.Cloud.Describe()
}
