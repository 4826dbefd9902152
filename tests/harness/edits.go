package harness

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/archive"
)

// Edit is a series of changes to the sandbox stack's configuration.
type Edit struct {
	Name string
	// Before changes the Cloud by hand beforehand.
	Before func(testing.TB, *cloud.Cloud)
	// Previews compares the preview of each change with the update, too.
	Previews bool
	Steps    []Step
}

// Step is one change to the configuration.
type Step struct {
	// Patch is merged into the first configuration, see Merge. Without one, the
	// step goes back to the first configuration.
	Patch string
	// Archive, if set, is the version of the product service's archive.
	Archive string
	// Refused is a part of the message if the update is to fail.
	Refused string
	// Changes are all that the update may touch. Not for one that is refused.
	Changes Changes
}

// RunEdits applies each edit to the deployed sandbox stack. A change touches what it
// must and no more, has the same result as a fresh deployment of the configuration,
// and leaves nothing to do. All the while, the API's backend serves its requests: see
// Serves.
func RunEdits(t *testing.T, edits []Edit) {
	empty := New(t, Config(t))
	base := empty.Branch()
	base.Up(t)
	for _, e := range edits {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			e.run(t, empty, base)
		})
	}
}

func (e Edit) run(t *testing.T, empty, base *Run) {
	run := base.Branch()
	e.before(t, run)
	first := run.Cloud.Describe()
	for _, s := range e.Steps {
		config := s.config(t)
		run.Configure(t, config)
		served := Serves(t, run.Cloud, config)
		if s.Refused != "" {
			_, err := run.TryUp()
			served()
			require.ErrorContains(t, err, s.Refused)
			continue
		}
		if e.Previews {
			assert.Equal(t, s.Changes, run.Preview(t), "preview of %s", s.Patch)
		}
		assert.Equal(t, s.Changes, run.Up(t), "after %s", s.Patch)
		served()
		want := first
		if s.Patch != "" || s.Archive != "" {
			want = e.fresh(t, empty, config)
		}
		require.Equal(t, want, run.Cloud.Describe(), "after %s", s.Patch)
		require.Empty(t, run.Preview(t), "after %s", s.Patch)
	}
}

// config is the configuration that the step leads to.
func (s Step) config(t testing.TB) map[string]any {
	config := Config(t)
	if s.Archive != "" {
		config["backend"] = map[string]any{"archive": archive.Make(t, s.Archive)}
	}
	return Merge(t, config, s.Patch)
}

func (e Edit) before(t testing.TB, run *Run) {
	if e.Before != nil {
		e.Before(t, run.Cloud)
	}
}

// fresh describes a fresh deployment of a configuration.
func (e Edit) fresh(t testing.TB, empty *Run, config map[string]any) string {
	run := empty.Branch()
	e.before(t, run)
	run.Configure(t, config)
	run.Up(t)
	return run.Cloud.Describe()
}
