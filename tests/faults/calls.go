// Package faults tries an operation's points of failure: each request to
// simulated AWS fails or loses its reply, and the engine is killed at each
// moment. After each, the recovery that docs/recovery.md describes must lead to the
// result of the operation without a fault.
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

// Command is a command that starts an operation.
type Command struct {
	// Name is the name of the command in `pulumi`.
	Name string
	// Run runs the command.
	Run func(*harness.Run, ...engine.Options) (harness.Changes, error)
	// Again are the options with which docs/recovery.md runs the command again.
	Again engine.Options
	// Settled asserts that the command has nothing left to do.
	Settled func(testing.TB, *harness.Run)
}

// Up is `pulumi up`.
var Up = Command{
	Name:    "up",
	Run:     (*harness.Run).TryUp,
	Again:   engine.Options{Refresh: true},
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

// Call is a request that changes something, described so that it is the same in
// each run of a command: the order of requests, ids and ends of names differ
// between runs.
type Call struct {
	// Action is AWS's name of the request, for example CreateUser.
	Action string
	// Target names what is changed. The API's id is replaced by "(api)", a
	// route's id by its key, an authorizer's by its name, and an integration's by
	// its URI. Generated ends of names are omitted.
	Target string
	// Nth distinguishes requests with the same action and target, from 1.
	Nth int
}

// String returns the action and the target, and Nth if it is not the first.
func (c Call) String() string {
	if c.Nth == 1 {
		return c.Action + " " + c.Target
	}
	return fmt.Sprintf("%s %s (%d)", c.Action, c.Target, c.Nth)
}

// Watch calls the hook before each request, possibly concurrently.
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

// record runs the command, which must succeed, and returns its requests,
// sorted.
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

// RunWithFault runs the command with a fault in one request, which must occur.
// It returns that request and the command's error.
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

// reMadeUp matches the end that autonaming or a name prefix adds to a name.
// Another name may follow.
var reMadeUp = regexp.MustCompile(`(-[0-9a-f]{7}|[0-9]{18}[0-9a-f]{8})([/:]|$)`)

// stable returns a mutation's target without generated parts.
func stable(c *cloud.Cloud, m cloud.Mutation) string {
	target := m.Target
	region := c.Account(m.Account).Region("us-east-1")
	apis, _ := region.GetApis() // fails for an account that does not exist, which sends no requests
	for _, api := range apis {
		target = strings.ReplaceAll(target, api.APIID, "(api)")
		routes, _ := region.GetRoutes(api.APIID)
		for _, route := range routes {
			target = strings.ReplaceAll(target, route.RouteID, route.RouteKey)
		}
		authorizers, _ := region.GetAuthorizers(api.APIID)
		for _, authorizer := range authorizers {
			target = strings.ReplaceAll(target, authorizer.AuthorizerID, authorizer.Name)
		}
		integrations, _ := region.GetIntegrations(api.APIID)
		for _, integration := range integrations {
			target = strings.ReplaceAll(target, integration.IntegrationID, integration.IntegrationURI)
		}
	}
	queries, _ := region.DescribeQueryDefinitions()
	for _, query := range queries {
		_, title, _ := strings.Cut(query.Name, "/") // the folder has the API's id, which may be gone
		target = strings.ReplaceAll(target, query.QueryDefinitionID, title)
	}
	return reMadeUp.ReplaceAllString(target, "$2")
}
