package faults

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// EveryCall is a command, each of whose calls is to fail before it takes effect,
// in a run of its own.
type EveryCall struct {
	// Start is where each run begins.
	Start *harness.Run
	// Command is what is run, and run again after it has failed.
	Command Command
	// Want describes the Cloud that the command makes.
	Want string
	// Part and Of share the calls out to several packages, if Of is set: Part
	// counts from 0.
	Part, Of int
}

// sampled is of how many runs one is asked whether it is settled, and another
// also goes on with a refresh.
const sampled = 4

// Test finds the command's calls by a run without a fault, and fails each.
func (e EveryCall) Test(t *testing.T) {
	faultless := Branch(t, e.Start)
	calls := Record(t, faultless, e.Command)
	require.NotEmpty(t, calls)
	require.Equal(t, e.Want, faultless.Cloud.Describe())
	t.Logf("%d calls", len(calls))
	for i, call := range calls {
		if e.Of > 0 && i%e.Of != e.Part {
			continue
		}
		t.Run(call.String(), func(t *testing.T) {
			t.Parallel()
			e.fail(t, call, i/max(e.Of, 1)%sampled)
		})
	}
}

// fail runs the command with one call that fails, and then again.
func (e EveryCall) fail(t *testing.T, call Call, sample int) {
	run := Branch(t, e.Start)
	secrets := Secrets(t, run.Cloud)
	failed, err := RunWithFault(t, run, e.Command, call, cloud.FailBefore)
	CheckMessage(t, err, call, failed)
	if sample == 1 && e.Command.Refreshed != nil {
		refreshed := Branch(t, run)
		require.NoError(t, e.Command.Refreshed(refreshed), "the next run, refreshed")
		assert.Equal(t, e.Want, refreshed.Cloud.Describe())
	}
	require.NoError(t, e.Command.Run(run), "the next run")
	assert.Equal(t, e.Want, run.Cloud.Describe())
	CheckNoSecret(t, run.Printed(), append(secrets, Secrets(t, run.Cloud)...))
	if sample == 0 {
		e.Command.Settled(t, run)
	}
}

// Branch copies a run. The copy writes its state when a command ends, not at
// each step, which takes longer than all else: not for commands that are killed.
func Branch(t testing.TB, run *harness.Run) *harness.Run {
	branch := run.Branch(t)
	branch.Stack.SkipCheckpoints()
	return branch
}

// RunWithFault runs the command with a fault in one call, which must be made. It
// returns that call and the command's error.
func RunWithFault(t testing.TB, run *harness.Run, command Command, call Call, fault cloud.Fault) (cloud.Mutation, error) {
	hit := make(chan cloud.Mutation, 1)
	Watch(run.Cloud, func(c Call, m cloud.Mutation) cloud.Fault {
		if c != call {
			return cloud.NoFault
		}
		hit <- m
		return fault
	})
	err := command.Run(run)
	run.Cloud.OnMutation(nil)
	require.Len(t, hit, 1, "%s is made", call)
	return <-hit, err
}
