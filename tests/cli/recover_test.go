//go:build cli && unix

package cli_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"
)

// TestRecover continues, with the commands of docs/recovery.md, from the states of
// engines in this process that died.
func TestRecover(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(faults.Seed(t), 0))
	for _, scenario := range faults.Large(t) {
		moments := scenario.Moments(t)
		for i := range 3 {
			moment := moments[random.IntN(len(moments))]
			t.Run(scenario.Name+": the engine dies after "+moment.Name, func(t *testing.T) {
				t.Parallel()
				r := reopen(t, scenario, moment)
				r.adopts = i%2 == 0
				r.recover()
			})
		}
	}
}

// TestAdopt imports with the CLI what was created when the engine died.
func TestAdopt(t *testing.T) {
	t.Parallel()
	scenario := faults.FirstUp(t)
	for _, moment := range scenario.Moments(t) {
		state, err := scenario.Start.At(moment.State, moment.Cloud).Stack.Deployment()
		require.NoError(t, err)
		if left := faults.FindOrphans(t, moment.Cloud, state.Resources); len(left) == 1 && left[0].Type == "aws:iam/user:User" {
			r := reopen(t, scenario, moment)
			r.adopts = true
			r.recover()
			return
		}
	}
	require.Fail(t, "no user was created when the engine died")
}

// recovery continues with the CLI after the engine in this process died.
type recovery struct {
	testing.TB
	*shell
	cloud   *cloud.Cloud
	again   string // the command that goes on
	want    string // describes the Cloud that it leads to
	adopts  bool   // whether an orphan is adopted, where it can be, and not deleted
	pending []apitype.OperationV2
}

// reopen imports the state of a moment into a new stack of the CLI.
func reopen(t testing.TB, s faults.Scenario, at faults.Moment) *recovery {
	t.Helper()
	left := s.Start.At(at.State, at.Cloud)
	died, err := left.Stack.Deployment()
	require.NoError(t, err)
	state, err := left.Stack.Export(passphrase)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "state.json")
	require.NoError(t, os.WriteFile(file, state, 0o600))
	r := &recovery{
		TB: t, shell: newCompiled(t, s.Config, attach(t, left.Cloud)), cloud: left.Cloud, again: s.Command.Name, want: s.Want,
		pending: died.PendingOperations, // which `pulumi stack import` forgets
	}
	r.run("stack", "import", "--file", file)
	return r
}

// recover follows docs/recovery.md for a killed engine.
func (r *recovery) recover() {
	r.run("refresh", "--clear-pending-creates", "--yes", "--skip-preview")
	state := r.export()
	assert.Empty(r, state.PendingOperations)
	left := faults.FindOrphans(r, r.cloud, state.Resources)
	require.LessOrEqual(r, len(left), 1, "%v", left)
	for _, orphan := range left {
		r.Logf("%s %s exists", orphan.Type, orphan.ID)
		lost := r.lost(orphan)
		if r.adopts && faults.Named(r, lost) && !faults.Unfinished(state.Resources, lost.URN) {
			r.adopt(orphan, lost)
		} else {
			orphan.Delete(r, r.cloud)
		}
	}
	r.run(r.again, "--yes", "--skip-preview")
	assert.Equal(r, r.want, r.cloud.Describe())
	if r.again == faults.Destroy.Name {
		assert.Empty(r, r.export().Resources)
		return
	}
	r.run("preview", "--expect-no-changes")
}

// lost returns the resource that was being created.
func (r *recovery) lost(orphan faults.Orphan) apitype.ResourceV3 {
	i := slices.IndexFunc(r.pending, func(o apitype.OperationV2) bool { return string(o.Resource.Type) == orphan.Type })
	require.GreaterOrEqual(r, i, 0)
	return r.pending[i].Resource
}

// adopt imports an orphan as the resource that was being created.
func (r *recovery) adopt(orphan faults.Orphan, lost apitype.ResourceV3) {
	r.run("import", orphan.Type, lost.URN.Name(), orphan.ImportID, "--parent", "component="+string(lost.Parent),
		"--protect=false", "--generate-code=false", "--yes", "--skip-preview")
}
