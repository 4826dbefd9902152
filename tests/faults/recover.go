package faults

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/provider"
	"iam-secured-api/tests/harness"
)

// created returns the type of the resource with an id of its own that a request
// creates. If the reply is lost, the resource is an orphan.
func created(action string) (token string, creates bool) {
	for _, t := range provider.Types() {
		if t.Creates() == action {
			return t.Token(), true
		}
	}
	return "", false
}

// resources returns the resources of all runs' states.
func resources(t testing.TB, runs ...*harness.Run) map[resource.URN]apitype.ResourceV3 {
	all := map[resource.URN]apitype.ResourceV3{}
	for _, run := range runs {
		for _, r := range deployment(t, run).Resources {
			all[r.URN] = r
		}
	}
	return all
}

// lose loses the reply to a request that has taken effect. What the request
// created is an orphan. The next run finds the effect of other requests.
func (s Scenario) lose(t *testing.T, call Call, known map[resource.URN]apitype.ResourceV3) {
	run := s.Start.Branch()
	secrets := secretsOf(t, run.Cloud)
	lost, err := RunWithFault(t, run, s.Command, call, cloud.LoseReply)
	if err == nil && call.Nth > 1 { // AWS rejects the request, because another did the same, so there is no such reply
		s.check(t, run, secrets)
		return
	}
	urn := CheckMessage(t, err, call, lost)
	left := s.orphans(t, run)
	kind, creates := created(call.Action)
	if creates && strings.HasPrefix(call.Action, "Put") && len(left) == 0 {
		creates = false // it updated
	}
	if !creates {
		assert.Empty(t, left)
		s.Command.run(t, run, "the next run", s.Command.Again)
		s.check(t, run, secrets)
		return
	}
	require.Len(t, left, 1)
	assert.Equal(t, kind, left[0].Type)
	require.Contains(t, known, urn)
	named := Named(t, known[urn])
	if named {
		s.adopt(t, run.Branch(), left[0], known[urn], secrets)
	}
	if _, err := s.Command.Run(run, s.Command.Again); err != nil {
		assert.True(t, named, "%s is refused", kind)
		assert.Regexp(t, `(EntityAlreadyExists|ConflictException|BadRequestException: Authorizer name must be unique|The domain name you provided already exists|but it already exists)`, err.Error())
	} else {
		assert.NotEqual(t, s.Want, run.Cloud.Describe(), "there are two")
	}
	require.Equal(t, left, s.orphans(t, run))
	left[0].Delete(t, run.Cloud)
	s.Command.run(t, run, "the next run, once it is deleted")
	s.check(t, run, secrets)
}

// Crash recovers from a moment at which the engine was killed, as docs/recovery.md
// describes.
func (s Scenario) Crash(t *testing.T, at Moment) {
	run := s.Start.At(at.State, at.Cloud)
	secrets := secretsOf(t, run.Cloud)
	pending := deployment(t, run).PendingOperations
	run.Refresh(t, engine.Options{ClearPendingCreates: true})
	assert.Empty(t, deployment(t, run).PendingOperations)
	left := s.orphans(t, run)
	s.ofPending(t, left, pending)
	if len(left) == 1 {
		lost := pending[slices.IndexFunc(pending, func(o apitype.OperationV2) bool { return string(o.Resource.Type) == left[0].Type })].Resource
		if Named(t, lost) {
			s.adopt(t, run.Branch(), left[0], lost, secrets)
		}
	}
	for _, orphan := range left {
		orphan.Delete(t, run.Cloud)
	}
	s.Command.run(t, run, "the next run")
	s.check(t, run, secrets)
}

// adopt imports an orphan as the lost resource of the program and continues.
// This does not work while a replacement is unfinished: importing the new
// resource fails, and after importing the old one the next up deletes it before
// what refers to it.
func (s Scenario) adopt(t *testing.T, run *harness.Run, orphan Orphan, lost apitype.ResourceV3, secrets []string) {
	if Unfinished(deployment(t, run).Resources, lost.URN) {
		return
	}
	require.NoError(t, run.Stack.Import(t.Context(), engine.Options{},
		engine.Adoption{Type: orphan.Type, Name: lost.URN.Name(), ID: orphan.ImportID, Parent: string(lost.Parent)}))
	s.Command.run(t, run, "the next run, once it is adopted")
	s.check(t, run, secrets)
}

// Unfinished reports whether a replacement is unfinished: one that the state records, or one
// of the lost resource, whose old half the state still has.
func Unfinished(resources []apitype.ResourceV3, lost resource.URN) bool {
	return slices.ContainsFunc(resources, func(r apitype.ResourceV3) bool { return r.Delete || r.PendingReplacement || r.URN == lost })
}

// ofPending asserts that all orphans were being created.
func (s Scenario) ofPending(t *testing.T, left []Orphan, pending []apitype.OperationV2) {
	creating, found := map[string]int{}, map[string]int{}
	for _, operation := range pending {
		if operation.Type == apitype.OperationTypeCreating {
			creating[string(operation.Resource.Type)]++
		}
	}
	for _, orphan := range left {
		found[orphan.Type]++
	}
	for _, kind := range slices.Sorted(maps.Keys(found)) {
		assert.LessOrEqual(t, found[kind], creating[kind], "orphans of type %s", kind)
	}
}
