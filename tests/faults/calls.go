// Package faults lets calls to simulated AWS fail, lose their reply or outlive
// the engine, and checks what is left.
package faults

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// Command is a command of the engine.
type Command struct {
	// Run runs it.
	Run func(*harness.Run) error
	// Refreshed runs it after a look at what there is, which the real AWS provider
	// needs after an update that failed: it keeps what it meant to do as done. Nil
	// where that does not matter.
	Refreshed func(*harness.Run) error
	// Settled tells whether it has nothing left to do.
	Settled func(testing.TB, *harness.Run)
}

// Up is `pulumi up`.
var Up = Command{
	Run: func(r *harness.Run) error {
		_, err := r.TryUp()
		return err
	},
	Refreshed: func(r *harness.Run) error {
		_, err := r.TryUp(optup.Refresh())
		return err
	},
	Settled: func(t testing.TB, r *harness.Run) { assert.Empty(t, r.Preview(t)) },
}

// Destroy is `pulumi destroy`.
var Destroy = Command{
	Run: func(r *harness.Run) error {
		_, err := r.TryDestroy()
		return err
	},
	Settled: func(t testing.TB, r *harness.Run) { assert.NotContains(t, r.State(t), `"urn"`) },
}

// Call is one call that changes something, named so that it is the same in each
// run of a command: the engine makes calls in any order, and ids and ends of
// names are made up anew.
type Call struct {
	// Action is AWS's name of the call, such as CreateUser.
	Action string
	// Target names what is changed. "(api)" stands for the API's id, a route's key
	// for its id, and an integration's URI for its id. Made-up ends of names are
	// left out.
	Target string
	// Nth tells calls of one action and target apart, from 1.
	Nth int
}

// String returns action and target, and which of several it is.
func (c Call) String() string {
	if c.Nth == 1 {
		return c.Action + " " + c.Target
	}
	return fmt.Sprintf("%s %s (%d)", c.Action, c.Target, c.Nth)
}

// Watch asks the hook before each call. It is called by many at once.
func Watch(c *cloud.Cloud, hook func(Call, cloud.Mutation) cloud.Fault) {
	var mu sync.Mutex
	seen := map[Call]int{}
	c.OnMutation(func(m cloud.Mutation) cloud.Fault {
		call := Call{Action: m.Action, Target: stable(c, m)}
		mu.Lock()
		seen[call]++
		call.Nth = seen[call]
		mu.Unlock()
		return hook(call, m)
	})
}

// Record runs the command, which must succeed, and returns its calls, sorted.
func Record(t testing.TB, run *harness.Run, command Command) []Call {
	var mu sync.Mutex
	var calls []Call
	Watch(run.Cloud, func(call Call, _ cloud.Mutation) cloud.Fault {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, call)
		return cloud.NoFault
	})
	require.NoError(t, command.Run(run))
	run.Cloud.OnMutation(nil)
	mu.Lock()
	defer mu.Unlock()
	slices.SortFunc(calls, func(a, b Call) int { return strings.Compare(a.String(), b.String()) })
	return calls
}

// reMadeUp matches what autonaming, and what a name prefix, puts at the end of a
// name, which another may follow.
var reMadeUp = regexp.MustCompile(`(-[0-9a-f]{7}|[0-9]{18}[0-9a-f]{8})(/|$)`)

// stable is a mutation's target without what is made up.
func stable(c *cloud.Cloud, m cloud.Mutation) string {
	target := m.Target
	region := c.Account(m.Account).Region("us-east-1")
	apis, _ := region.GetApis() // fails for an account that does not exist, which makes no call
	for _, api := range apis {
		target = strings.ReplaceAll(target, api.APIID, "(api)")
		routes, _ := region.GetRoutes(api.APIID)
		for _, route := range routes {
			target = strings.ReplaceAll(target, route.RouteID, route.RouteKey)
		}
		integrations, _ := region.GetIntegrations(api.APIID)
		for _, integration := range integrations {
			target = strings.ReplaceAll(target, integration.IntegrationID, integration.IntegrationURI)
		}
	}
	return reMadeUp.ReplaceAllString(target, "$2")
}
