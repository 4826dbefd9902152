package repository

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBounds of what a run may take.
func TestBounds(t *testing.T) {
	workflows := readWorkflows(t)
	for _, file := range []string{"checks.yml", "preview.yml"} {
		w := workflows[file]
		var concurrency struct{ Group string }
		require.NoError(t, w.Concurrency.Decode(&concurrency), file)
		assert.Contains(t, concurrency.Group, "github.ref", file)
		for name, j := range w.Jobs {
			assert.Positive(t, j.TimeoutMinutes, "%s: %s", file, name)
		}
	}
}

// TestChecksNeedNothing of the repository's settings, and run on whatever
// changes, with the oldest Go and the newest.
func TestChecksNeedNothing(t *testing.T) {
	w := readWorkflows(t)["checks.yml"]
	assert.ElementsMatch(t, []string{"pull_request", "push"}, w.triggers(t))
	assert.Equal(t, permissions{"contents": "read"}, w.Permissions)
	for _, word := range []string{"secrets", "vars.", "paths"} {
		assert.NotContains(t, w.text, word)
	}
	require.NotEmpty(t, w.Jobs)
	for name, j := range w.Jobs {
		assert.Empty(t, j.If, name)
		assert.Nil(t, j.Permissions, name)
		assert.True(t, slices.ContainsFunc(j.Steps, func(s step) bool { return s.Run == ".ci/run" && s.If == "" }), name)
		var strategy struct {
			Matrix struct{ Include []map[string]string }
		}
		require.NoError(t, j.Strategy.Decode(&strategy))
		var goes []string
		for _, cell := range strategy.Matrix.Include {
			goes = append(goes, cell["go-version-file"]+cell["go-version"])
		}
		assert.ElementsMatch(t, []string{"go.mod", "stable"}, goes)
	}
}

// previewJob is the job that previews.
func previewJob(t *testing.T) job {
	j, is := readWorkflows(t)["preview.yml"].Jobs["preview"]
	require.True(t, is)
	return j
}

// TestPreviewIsForTheRepositorysOwn branches, with no more than the role asks
// for.
func TestPreviewIsForTheRepositorysOwn(t *testing.T) {
	w := readWorkflows(t)["preview.yml"]
	assert.Equal(t, []string{"pull_request"}, w.triggers(t))
	assert.Equal(t, permissions{}, w.Permissions)
	assert.Len(t, w.Jobs, 1)
	assert.False(t, w.forForks(t, previewJob(t)))
	assert.Equal(t, permissions{"contents": "read", "id-token": "write"}, previewJob(t).Permissions)
}

// TestPreviewStepsWait for the settings: all but those that find them out.
func TestPreviewStepsWait(t *testing.T) {
	steps := previewJob(t).Steps
	settings := slices.IndexFunc(steps, func(s step) bool { return s.ID == "settings" && s.Run == ".ci/preview-settings" })
	require.Equal(t, 1, settings)
	for _, s := range steps[settings+1:] {
		assert.Equal(t, "steps.settings.outputs.configured == 'true'", s.If, "%s%s", s.Uses, s.Run)
	}
}
