package engine_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/harness"
)

// edit is a series of changes to the sandbox stack's configuration.
type edit struct {
	name string
	// before, if set, prepares the accounts by hand.
	before func(*cloud.Cloud)
	// previews compares the preview of each step with the update, too.
	previews bool
	steps    []step
}

// step is one change to the configuration.
type step struct {
	// patch is merged into the first configuration, see harness.Merge. A key "version"
	// stands for that version of the product service's archive. Without a patch, the
	// step goes back to the first configuration.
	patch string
	// changes are all changes of the update.
	changes harness.Changes
}

// TestEdits edits the configuration of a deployed stack. An update makes exactly the
// expected changes, has the same result as a fresh deployment of the configuration, and
// leaves nothing to do. All the while, the API serves its requests: see serves.
func TestEdits(t *testing.T) {
	runEdits(t, harness.Config(t), slices.Concat(
		apiEdits, policyEdits, conditionEdits, serviceEdits, principalEdits, largeEdits, elsewhereEdits))
}

// runEdits makes each of the edits to a deployed stack with this configuration.
func runEdits(t *testing.T, config map[string]any, edits []edit) {
	empty := harness.New(t, config)
	base := empty.Branch()
	base.Up(t)
	for _, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			e.run(t, config, empty, base)
		})
	}
}

// run makes the edits. Both runs have the first configuration. Only base is deployed.
func (e edit) run(t *testing.T, first map[string]any, empty, base *harness.Run) {
	run, fresh := base.Branch(), empty.Branch()
	if e.before != nil {
		e.before(run.Cloud)
		e.before(fresh.Cloud)
	}
	before := run.Cloud.Describe()
	for _, s := range e.steps {
		config := harness.Merge(t, first, s.patch)
		if version, has := config["version"].(string); has {
			delete(config, "version")
			config["backend"] = map[string]any{"archive": archive.Make(t, version)}
		}
		run.Configure(t, config)
		if e.previews {
			assert.Equal(t, s.changes, run.Preview(t), "preview of %s", s.patch)
		}
		stop := serves(t, run.Cloud, config)
		assert.Equal(t, s.changes, run.Up(t), "after %s", s.patch)
		stop()
		want := before
		if s.patch != "" {
			want = describeFresh(t, fresh, config)
		}
		require.Equal(t, want, run.Cloud.Describe(), "after %s", s.patch)
		require.Empty(t, run.Preview(t), "after %s", s.patch)
	}
}

// describeFresh describes a fresh deployment of a configuration.
func describeFresh(t testing.TB, empty *harness.Run, config map[string]any) string {
	run := empty.Branch()
	run.Configure(t, config)
	run.Up(t)
	return run.Cloud.Describe()
}

func create(resources ...string) harness.Changes { return harness.Each("create", resources) }
func update(resources ...string) harness.Changes { return harness.Each("update", resources) }
func remove(resources ...string) harness.Changes { return harness.Each("delete", resources) }

// replace returns the changes of resources that are replaced.
func replace(resources ...string) harness.Changes {
	return harness.Join(harness.Each("create-replacement", resources), harness.Each("delete-replaced", resources))
}
