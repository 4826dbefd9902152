package faults

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// Crash is a run of a command whose engine is killed, and its recovery.
type Crash struct {
	Start   *harness.Run
	Command Command
	// Calls are those that the engine waits for when it is killed.
	Calls map[Call]cloud.Fault
	// Pending are the operations on resources other than components that the state
	// then holds, in any order: "creating NAME".
	Pending []string
	// Repair does by hand what is to be done, if anything, once the pending
	// operations are cleared.
	Repair func(testing.TB, *harness.Run)
	// Want describes the Cloud that the command makes.
	Want string
}

// Test recovers as the README says.
func (c Crash) Test(t *testing.T) {
	run := c.Start.Branch(t)
	secrets := Secrets(t, run.Cloud)
	Kill(t, run, c.Command, c.Calls)
	secrets = append(secrets, Secrets(t, run.Cloud)...)

	require.ErrorContains(t, c.Command.Run(run), "locked")
	require.NoError(t, run.Stack.Cancel(context.Background()))
	assert.ElementsMatch(t, c.Pending, pending(t, run))
	run.Refresh(t, optrefresh.ClearPendingCreates())
	assert.Empty(t, pending(t, run))
	if c.Repair != nil {
		c.Repair(t, run)
	}
	require.NoError(t, c.Command.Run(run))
	assert.Equal(t, c.Want, run.Cloud.Describe())
	c.Command.Settled(t, run)
	CheckNoSecret(t, run.Printed(), append(secrets, Secrets(t, run.Cloud)...))
}

// DeleteOrphans deletes by hand what the killed engine has created.
func DeleteOrphans(count int) func(testing.TB, *harness.Run) {
	return func(t testing.TB, run *harness.Run) {
		orphans := FindOrphans(t, run)
		require.Len(t, orphans, count)
		for _, orphan := range orphans {
			orphan.Delete(t, run)
		}
	}
}

// AdoptOrphan imports what the killed engine has created.
func AdoptOrphan(name, component string) func(testing.TB, *harness.Run) {
	return func(t testing.TB, run *harness.Run) { FindOrphan(t, run).Adopt(t, run, name, component) }
}

// deployment is a part of what `pulumi stack export` prints.
type deployment struct {
	Resources []struct {
		Type, ID string
	}
	Operations []struct {
		Type     string
		Resource struct {
			URN    resource.URN
			Custom bool
		}
	} `json:"pending_operations"`
}

func deployed(t testing.TB, run *harness.Run) deployment {
	var state struct{ Deployment deployment }
	require.NoError(t, json.Unmarshal([]byte(run.State(t)), &state))
	return state.Deployment
}

// pending lists the state's pending operations on what exists outside of it.
func pending(t testing.TB, run *harness.Run) []string {
	list := []string{}
	for _, operation := range deployed(t, run).Operations {
		if operation.Resource.Custom {
			list = append(list, operation.Type+" "+operation.Resource.URN.Name())
		}
	}
	return list
}
