//go:build sweep

// Package sweep_test tries every point of failure of large stacks. It takes
// minutes, so that `go test ./...` leaves it out:
//
//	go test -tags sweep ./tests/faults/sweep
package sweep_test

import (
	"slices"
	"testing"
	"time"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSweep(t *testing.T) {
	for _, scenario := range faults.Samples(t) {
		t.Run(scenario.Name, func(t *testing.T) {
			points := scenario.Points(t)
			for _, kind := range faults.Kinds {
				var of []faults.Point
				for _, p := range points {
					if p.Kind == kind {
						of = append(of, p)
					}
				}
				start := time.Now()
				t.Run(string(kind), func(t *testing.T) { faults.Try(t, of) })
				t.Logf("%s, %s: %d points in %.0f s", scenario.Name, kind, len(of), time.Since(start).Seconds())
			}
		})
	}
}

// TestDiesAtTheStart kills the engine while it waits for all the requests that
// depend on nothing. Some of them take effect. The role for another account
// waits for the API, because the API's ARN says in which partition its principals are.
func TestDiesAtTheStart(t *testing.T) {
	const before, after = cloud.FailBefore, cloud.NoFault
	calls := map[faults.Call]cloud.Fault{
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
	}
	scenario := faults.FirstUp(t)
	moment := faults.DiesWaiting(t, scenario, calls)
	run := scenario.Start.At(moment.State, moment.Cloud)
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	pending := slices.DeleteFunc(state.PendingOperations, func(o apitype.OperationV2) bool { return !o.Resource.Custom })
	assert.True(t, len(pending) == len(calls), "%d operations are pending", len(pending))
	assert.Len(t, faults.FindOrphans(t, run.Cloud, state.Resources), 7)
	scenario.Crash(t, moment)
}
