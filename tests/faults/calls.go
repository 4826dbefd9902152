// Package faults tries an operation's points of failure: each call to simulated
// AWS fails or loses its reply, and the engine dies at each moment. After each,
// the recovery that the README describes must lead to where the operation leads
// without a fault.
package faults

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/tests/harness"
)

// Command is what an operation is begun with.
type Command struct {
	// Name is that of the command of `pulumi`.
	Name string
	// Run runs it.
	Run func(*harness.Run, ...engine.Options) (harness.Changes, error)
	// Settled asserts that it has nothing left to do.
	Settled func(testing.TB, *harness.Run)
}

// Up is `pulumi up`.
var Up = Command{
	Name:    "up",
	Run:     (*harness.Run).TryUp,
	Settled: func(t testing.TB, r *harness.Run) { assert.Empty(t, r.Preview(t)) },
}

// Destroy is `pulumi destroy`.
var Destroy = Command{
	Name:    "destroy",
	Run:     (*harness.Run).TryDestroy,
	Settled: func(t testing.TB, r *harness.Run) { assert.Empty(t, deployment(t, r).Resources) },
}

// run runs the command, which must succeed.
func (c Command) run(t testing.TB, r *harness.Run, what string, o ...engine.Options) {
	t.Helper()
	_, err := c.Run(r, o...)
	require.NoError(t, err, what)
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

// record runs the command, which must succeed, and returns its calls, sorted.
func record(t testing.TB, run *harness.Run, command Command) []Call {
	var mu sync.Mutex
	var calls []Call
	Watch(run.Cloud, func(call Call, _ cloud.Mutation) cloud.Fault {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, call)
		return cloud.NoFault
	})
	command.run(t, run, "without a fault")
	run.Cloud.OnMutation(nil)
	slices.SortFunc(calls, func(a, b Call) int { return strings.Compare(a.String(), b.String()) })
	return calls
}

// RunWithFault runs the command with a fault in one call, which must be made. It
// returns that call and the command's error.
func RunWithFault(t testing.TB, run *harness.Run, command Command, call Call, fault cloud.Fault) (cloud.Mutation, error) {
	t.Helper()
	hit := make(chan cloud.Mutation, 1)
	Watch(run.Cloud, func(c Call, m cloud.Mutation) cloud.Fault {
		if c != call {
			return cloud.NoFault
		}
		hit <- m
		return fault
	})
	_, err := command.Run(run)
	run.Cloud.OnMutation(nil)
	require.Len(t, hit, 1, "%s is made", call)
	return <-hit, err
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
