package faults

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/tests/harness"
)

// Kind is a kind of failure.
type Kind string

// The kinds.
const (
	Fails   Kind = "request fails" // before it takes effect
	Loses   Kind = "reply is lost" // after the request has taken effect
	Crashes Kind = "engine dies"
)

// Kinds lists all kinds.
var Kinds = []Kind{Fails, Loses, Crashes}

// Point is a point of failure of a scenario's operation.
type Point struct {
	Kind Kind
	Name string
	try  func(*testing.T)
}

// Points finds the points of failure, by runs without a fault.
func (s Scenario) Points(t testing.TB) []Point {
	faultless := s.Start.Branch()
	calls := record(t, faultless, s.Command)
	require.NotEmpty(t, calls)
	require.Equal(t, s.Want, faultless.Cloud.Describe())
	known := resources(t, faultless, s.Start)
	var points []Point
	for _, call := range calls {
		points = append(points,
			Point{Fails, call.String(), func(t *testing.T) { s.fail(t, call) }},
			Point{Loses, call.String(), func(t *testing.T) { s.lose(t, call, known) }})
	}
	for _, moment := range s.Moments(t) {
		points = append(points, Point{Crashes, moment.Name, func(t *testing.T) { s.Crash(t, moment) }})
	}
	return points
}

// Try tries points of failure, each in a subtest.
func Try(t *testing.T, points []Point) {
	for _, p := range points {
		t.Run(string(p.Kind)+": "+p.Name, func(t *testing.T) {
			t.Parallel()
			p.try(t)
		})
	}
}

// Seed returns the seed that selects the points to try, and logs it. It is in
// the environment variable FAULTS_SEED, or random.
func Seed(t testing.TB) uint64 {
	seed, err := strconv.ParseUint(os.Getenv("FAULTS_SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("FAULTS_SEED=%d", seed)
	return seed
}

// Sample returns the given number of points of each kind, see [Seed].
func Sample(t testing.TB, points []Point, each int) []Point {
	random := rand.New(rand.NewPCG(Seed(t), 0))
	var sample []Point
	for _, kind := range Kinds {
		var of []Point
		for _, p := range points {
			if p.Kind == kind {
				of = append(of, p)
			}
		}
		random.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		sample = append(sample, of[:min(each, len(of))]...)
	}
	return sample
}

// Moment is the state of a run whose engine was killed at one moment of an
// operation.
type Moment struct {
	Name  string
	State engine.State
	Cloud *cloud.Cloud
}

// Moments runs the operation, one step at a time, and returns the moments on
// its way: one after each entry of the engine's journal, and one after each
// request.
func (s Scenario) Moments(t testing.TB) []Moment {
	run := s.Start.Branch()
	state, entries, calls, seen := run.Stack.State(), 0, 0, 0
	var moments []Moment
	var mu sync.Mutex // components are registered while requests are sent
	note := func() {
		moments = append(moments, Moment{fmt.Sprintf("%d entries, %d requests", entries, calls), state, run.Cloud.Clone()})
	}
	// A request that took effect since the last moment adds another.
	called := func() {
		if calls > seen {
			seen = calls
			note()
		}
	}
	Watch(run.Cloud, func(Call, cloud.Mutation) cloud.Fault {
		mu.Lock()
		defer mu.Unlock()
		called()
		calls++
		return cloud.NoFault
	})
	s.Command.run(t, run, "without a fault", engine.Options{Parallel: 1, SkipPreview: true, Checkpoint: func(next engine.State) {
		mu.Lock()
		defer mu.Unlock()
		called()
		state = next
		entries++
		note()
	}})
	require.Equal(t, s.Want, run.Cloud.Describe())
	return moments
}

// fail makes a request fail before it takes effect. The next run completes the
// operation.
func (s Scenario) fail(t *testing.T, call Call) {
	run := s.Start.Branch()
	secrets := secretsOf(t, run.Cloud)
	failed, err := RunWithFault(t, run, s.Command, call, cloud.FailBefore)
	CheckMessage(t, err, call, failed)
	s.Command.run(t, run, "the next run", s.Command.Again)
	s.check(t, run, secrets)
}

// check asserts that the run has the result that it has without the fault, and
// that it has printed no secret.
func (s Scenario) check(t *testing.T, run *harness.Run, secrets []string) {
	t.Helper()
	assert.Equal(t, s.Want, run.Cloud.Describe())
	s.Command.Settled(t, run)
	printed := run.Printed()
	for _, secret := range slices.Concat(secrets, secretsOf(t, run.Cloud)) {
		assert.False(t, strings.Contains(printed, secret), "a secret access key was printed") // not printed here
	}
}

// DiesWaiting returns the moment at which the engine is killed while it waits
// for the replies to all of these requests at once. Requests with NoFault take
// effect nevertheless, and requests with FailBefore do not.
func DiesWaiting(t testing.TB, s Scenario, calls map[Call]cloud.Fault) Moment {
	run := s.Start.Branch()
	reached, dead := make(chan Call, len(calls)), make(chan struct{})
	lands := map[Call]chan struct{}{}
	for call, fault := range calls {
		if fault == cloud.NoFault {
			lands[call] = make(chan struct{})
		}
	}
	Watch(run.Cloud, func(call Call, _ cloud.Mutation) cloud.Fault {
		if _, held := calls[call]; held {
			reached <- call
		}
		select {
		case <-lands[call]: // never closed for a request that does not take effect
			return cloud.NoFault
		case <-dead: // any request that would follow
			return cloud.FailBefore
		}
	})
	var state atomic.Pointer[engine.State]
	ended := make(chan error, 1)
	go func() {
		_, err := s.Command.Run(run, engine.Options{
			Parallel: int32(2 * len(calls)), Checkpoint: func(next engine.State) { state.Store(&next) },
		})
		ended <- err
	}()
	waiting := maps.Clone(calls)
	for range calls {
		select {
		case call := <-reached:
			delete(waiting, call)
		case err := <-ended:
			require.FailNow(t, "the operation ended before it was killed", "%v", err)
		case <-time.After(time.Minute):
			require.FailNow(t, "the operation did not send all requests", "missing: %v", waiting)
		}
	}
	moment := Moment{Name: "all requests wait", State: *state.Load()}
	for call, land := range lands {
		before := run.Cloud.Describe()
		close(land)
		require.Eventually(t, func() bool { return run.Cloud.Describe() != before }, time.Minute, time.Millisecond, "%s takes effect", call)
	}
	moment.Cloud = run.Cloud.Clone()
	close(dead)
	require.Error(t, <-ended)
	return moment
}
