package faults

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/tests/harness"
)

// creations are the calls that create something with an id of its own, and the
// types of what they create. If their reply is lost, it is an orphan.
var creations = map[string]string{
	"AddPermission":         "aws:lambda/permission:Permission",
	"CreateAccessKey":       "aws:iam/accessKey:AccessKey",
	"CreateApi":             "aws:apigatewayv2/api:Api",
	"CreateFunction":        "aws:lambda/function:Function",
	"CreateGroup":           "aws:iam/group:Group",
	"CreateInstanceProfile": "aws:iam/instanceProfile:InstanceProfile",
	"CreateIntegration":     "aws:apigatewayv2/integration:Integration",
	"CreateLogGroup":        "aws:cloudwatch/logGroup:LogGroup",
	"CreatePolicy":          "aws:iam/policy:Policy",
	"CreateRole":            "aws:iam/role:Role",
	"CreateRoute":           "aws:apigatewayv2/route:Route",
	"CreateStage":           "aws:apigatewayv2/stage:Stage",
	"CreateTable":           "aws:dynamodb/table:Table",
	"CreateUser":            "aws:iam/user:User",
}

// parents are the components of resources, of runs' states together.
func parents(t testing.TB, runs ...*harness.Run) map[resource.URN]resource.URN {
	all := map[resource.URN]resource.URN{}
	for _, run := range runs {
		for _, r := range deployment(t, run).Resources {
			all[r.URN] = r.Parent
		}
	}
	return all
}

// lose loses the reply to a call that has taken effect. What the call created is
// an orphan; of other calls, the next run finds out.
func (s Scenario) lose(t *testing.T, call Call, components map[resource.URN]resource.URN) {
	run := s.Start.Branch()
	secrets := Secrets(t, run.Cloud)
	lost, err := RunWithFault(t, run, s.Command, call, cloud.LoseReply)
	if err == nil && call.Nth > 1 { // AWS refuses it, as another has done the same, so that there was no such reply
		s.check(t, run, secrets)
		return
	}
	urn := CheckMessage(t, err, call, lost)
	left := orphans(t, run)
	kind, creates := creations[call.Action]
	if !creates {
		assert.Empty(t, left)
		s.Command.run(t, run, "the next run")
		s.check(t, run, secrets)
		return
	}
	require.Len(t, left, 1)
	assert.Equal(t, kind, left[0].Type)
	if left[0].Named() {
		s.adopt(t, run.Branch(), left[0], urn, components[urn], secrets)
	}
	if _, err := s.Command.Run(run); err != nil {
		assert.True(t, left[0].Named(), "%s is refused", kind)
		assert.Regexp(t, `(EntityAlreadyExists|ConflictException): `, err.Error())
	} else {
		assert.NotEqual(t, s.Want, run.Cloud.Describe(), "there are two")
	}
	require.Equal(t, left, orphans(t, run))
	left[0].Delete(t, run.Cloud)
	s.Command.run(t, run, "the next run, once it is deleted")
	s.check(t, run, secrets)
}

// Crash goes on from a moment at which the engine has died, as the README says.
func (s Scenario) Crash(t *testing.T, at Moment) {
	run := s.Start.At(at.State, at.Cloud)
	secrets := Secrets(t, run.Cloud)
	pending := deployment(t, run).PendingOperations
	run.Refresh(t, engine.Options{ClearPendingCreates: true})
	assert.Empty(t, deployment(t, run).PendingOperations)
	left := orphans(t, run)
	s.ofPending(t, left, pending)
	if len(left) == 1 && left[0].Named() {
		lost := pending[slices.IndexFunc(pending, func(o apitype.OperationV2) bool { return string(o.Resource.Type) == left[0].Type })].Resource
		s.adopt(t, run.Branch(), left[0], lost.URN, lost.Parent, secrets)
	}
	for _, orphan := range left {
		orphan.Delete(t, run.Cloud)
	}
	s.Command.run(t, run, "the next run")
	s.check(t, run, secrets)
}

// adopt adopts an orphan as a resource of the program and goes on. While a
// replacement is unfinished that is no way out: an import refuses the new half
// of one, and makes the next up delete an old half before what refers to it.
func (s Scenario) adopt(t *testing.T, run *harness.Run, orphan Orphan, urn, component resource.URN, secrets []string) {
	if Unfinished(deployment(t, run).Resources) {
		return
	}
	require.NoError(t, run.Stack.Import(t.Context(), engine.Options{},
		engine.Adoption{Type: orphan.Type, Name: urn.Name(), ID: orphan.ImportID(), Parent: string(component)}))
	s.Command.run(t, run, "the next run, once it is adopted")
	s.check(t, run, secrets)
}

// Unfinished reports whether a replacement is unfinished.
func Unfinished(resources []apitype.ResourceV3) bool {
	return slices.ContainsFunc(resources, func(r apitype.ResourceV3) bool { return r.Delete || r.PendingReplacement })
}

// ofPending asserts that orphans are no more than what was being created.
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
