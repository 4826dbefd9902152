package repository

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTriggers are those in which a pull request gets no more than its due:
// pull_request_target and others run with the secrets on what anybody sends.
func TestTriggers(t *testing.T) {
	for _, w := range readWorkflows(t) {
		assert.Subset(t, []string{"pull_request", "push", "schedule", "workflow_dispatch"}, w.triggers(t), w.file)
	}
}

// TestPermissions are set, so that the repository's default, which may be to
// write, does not count. A fork's pull request may read the code and no more.
func TestPermissions(t *testing.T) {
	for _, w := range readWorkflows(t) {
		require.NotNil(t, w.Permissions, "%s: permissions must be set", w.file)
		for name, j := range w.Jobs {
			granted := j.Permissions
			if granted == nil {
				granted = w.Permissions
			}
			if w.forForks(t, j) {
				assert.Subset(t, permissions{"contents": "read"}, granted, "%s: %s", w.file, name)
			}
		}
	}
}

var pinned = regexp.MustCompile(`^([\w.-]+/[\w./-]+)@([0-9a-f]{40})$`)

// TestActionsArePinned by commit, with the version beside it, the same in all
// workflows.
func TestActionsArePinned(t *testing.T) {
	pins := map[string]string{}
	each(t, func(t *testing.T, w workflow, _ job, s step) {
		assert.NotEqual(t, s.Run == "", s.Uses == "", "a step runs or uses")
		if s.Uses == "" {
			return
		}
		pin := pinned.FindStringSubmatch(s.Uses)
		require.NotNil(t, pin, "%q is not pinned by a commit", s.Uses)
		versions := regexp.MustCompile(`uses: `+regexp.QuoteMeta(s.Uses)+` # (v\d+\.\d+\.\d+)\n`).FindAllStringSubmatch(w.text, -1)
		require.NotEmpty(t, versions, "%s: no version beside the commit", s.Uses)
		for _, version := range versions {
			if other, seen := pins[pin[1]]; seen {
				assert.Equal(t, other, pin[2]+" "+version[1], pin[1])
			}
			pins[pin[1]] = pin[2] + " " + version[1]
		}
	})
	assert.Contains(t, pins, "actions/checkout")
}

// TestRuns put nothing into a shell's text, which may be anybody's.
func TestRuns(t *testing.T) {
	scripts := map[string]bool{}
	each(t, func(t *testing.T, _ workflow, _ job, s step) {
		assert.NotContains(t, s.Run, "${{")
		for _, script := range regexp.MustCompile(`\.ci/[\w-]+`).FindAllString(s.Run, -1) {
			scripts[script] = true
			assert.FileExists(t, inCheckout(t, script))
		}
	})
	assert.Contains(t, scripts, ".ci/run")
	assert.Contains(t, scripts, ".ci/preview")
}

// secret is an expression with a secret in it.
var secret = regexp.MustCompile(`\$\{\{[^}]*\bsecrets\b`)

// TestSecrets reach what the checkout runs and no action, in jobs that no fork
// starts.
func TestSecrets(t *testing.T) {
	for _, w := range readWorkflows(t) {
		all := len(secret.FindAllString(w.text, -1))
		for _, j := range w.Jobs {
			for _, s := range j.Steps {
				for name, value := range s.Env {
					if secret.MatchString(value) {
						all--
						assert.NotEmpty(t, s.Run, "%s: an action gets %s", w.file, name)
						assert.False(t, w.forForks(t, j), "%s: a fork gets %s", w.file, name)
					}
				}
			}
		}
		assert.Zero(t, all, "%s: secrets elsewhere than in a step's env", w.file)
	}
}

// TestCheckout leaves no token behind for what runs later.
func TestCheckout(t *testing.T) {
	each(t, func(t *testing.T, _ workflow, _ job, s step) {
		if strings.HasPrefix(s.Uses, "actions/checkout@") {
			assert.Equal(t, "false", s.With["persist-credentials"])
		}
	})
}
