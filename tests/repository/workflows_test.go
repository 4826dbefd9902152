// Package repository tests what the repository promises apart from its code: the
// workflows, the scripts that they run, and the template.
package repository

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"iam-secured-api/internal/gotool"
)

// workflow holds what the tests look at in a workflow file.
type workflow struct {
	On          yaml.Node
	Permissions permissions
	Jobs        map[string]job

	text string
}

// permissions are those of a job's token, or nil if none are set.
type permissions map[string]string

type job struct {
	If             string
	TimeoutMinutes int `yaml:"timeout-minutes"`
	Permissions    permissions
	Env            map[string]string
	Steps          []step
}

type step struct {
	ID   string
	If   string
	Uses string
	With map[string]string
	Run  string
	Env  map[string]string
}

// events returns the events that start a workflow.
func (w workflow) events() []string {
	if w.On.Kind == yaml.ScalarNode {
		return []string{w.On.Value}
	}
	var events []string
	for i, node := range w.On.Content {
		if w.On.Kind == yaml.SequenceNode || i%2 == 0 { // the keys of a map
			events = append(events, node.Value)
		}
	}
	return events
}

// forForks reports whether a fork's pull request starts a job of the workflow.
func (w workflow) forForks(j job) bool {
	const sameRepository = "github.event.pull_request.head.repo.full_name == github.repository"
	return slices.Contains(w.events(), "pull_request") && (!strings.Contains(j.If, sameRepository) || strings.Contains(j.If, "||"))
}

// last returns the job's last step.
func (j job) last() step { return j.Steps[len(j.Steps)-1] }

// inCheckout returns the path of a file of the checkout.
func inCheckout(t *testing.T, elements ...string) string {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	return filepath.Join(append([]string{root}, elements...)...)
}

// readWorkflows reads all workflows, by the names of their files.
func readWorkflows(t *testing.T) map[string]workflow {
	files, err := filepath.Glob(inCheckout(t, ".github", "workflows", "*"))
	require.NoError(t, err)
	workflows := map[string]workflow{}
	for _, file := range files {
		w := workflow{text: readFile(t, file)}
		require.NoError(t, yaml.Unmarshal([]byte(w.text), &w), file)
		workflows[filepath.Base(file)] = w
	}
	return workflows
}

// theJob returns a job of a workflow.
func theJob(t *testing.T, file, name string) job {
	jobs := readWorkflows(t)[file].Jobs
	require.Contains(t, jobs, name)
	return jobs[name]
}

// eachJob runs a test for each job of each workflow.
func eachJob(t *testing.T, test func(t *testing.T, w workflow, j job)) {
	for file, w := range readWorkflows(t) {
		for name, j := range w.Jobs {
			t.Run(file+"/"+name, func(t *testing.T) { test(t, w, j) })
		}
	}
}

// TestTriggers allows only events that run a fork's code without secrets, which
// pull_request_target and others do not.
func TestTriggers(t *testing.T) {
	for file, w := range readWorkflows(t) {
		events := w.events()
		assert.NotEmpty(t, events, file)
		assert.Subset(t, []string{"pull_request", "push", "schedule", "workflow_dispatch"}, events, file)
	}
}

// TestPermissions requires that permissions are set, so that the repository's
// default does not apply, and are the least that each job needs. A fork's pull
// request may only read the code.
func TestPermissions(t *testing.T) {
	most := map[bool]permissions{true: {"contents": "read"}, false: {"contents": "read", "id-token": "write", "pull-requests": "write"}}
	eachJob(t, func(t *testing.T, w workflow, j job) {
		require.NotNil(t, w.Permissions)
		granted := j.Permissions
		if granted == nil {
			granted = w.Permissions
		}
		assert.Subset(t, most[w.forForks(j)], granted)
		assert.Positive(t, j.TimeoutMinutes)
	})
}

// TestActionsArePinned requires a commit with its version behind it, the same in
// all workflows.
func TestActionsArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^([\w.-]+/[\w./-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	pins := map[string]string{}
	for file, w := range readWorkflows(t) {
		for _, match := range regexp.MustCompile(`(?m)\buses: *(.*)$`).FindAllStringSubmatch(w.text, -1) {
			pin := pinned.FindStringSubmatch(match[1])
			require.NotNil(t, pin, "%s: %q is not pinned", file, match[1])
			if other, seen := pins[pin[1]]; seen {
				assert.Equal(t, other, pin[0], file)
			}
			pins[pin[1]] = pin[0]
		}
	}
	assert.Contains(t, pins, "actions/checkout")
}

// TestSteps checks that no step puts text from outside into a shell, that secrets
// reach only what the checkout runs, in jobs that no fork starts, and that no
// step leaves a token behind.
func TestSteps(t *testing.T) {
	secret := regexp.MustCompile(`\$\{\{[^}]*\bsecrets\b`)
	passed := map[string]int{} // secrets in environments, by the workflow's text
	eachJob(t, func(t *testing.T, w workflow, j job) {
		for _, s := range j.Steps {
			assert.NotContains(t, s.Run, "${{")
			if s.Run != "" {
				assert.FileExists(t, inCheckout(t, s.Run), "a step runs a script of the checkout")
			}
			if strings.HasPrefix(s.Uses, "actions/checkout@") {
				assert.Equal(t, "false", s.With["persist-credentials"])
			}
			for name, value := range s.Env {
				if secret.MatchString(value) {
					passed[w.text]++
					assert.NotEmpty(t, s.Run, "an action gets %s", name)
					assert.False(t, w.forForks(j), "a fork gets %s", name)
				}
			}
		}
	})
	for file, w := range readWorkflows(t) {
		assert.Len(t, secret.FindAllString(w.text, -1), passed[w.text], "%s: secrets outside a step's env", file)
	}
}

// TestChecksNeedNothing requires that the checks run on every change, with the oldest Go
// and the newest, and need no setting of the repository.
func TestChecksNeedNothing(t *testing.T) {
	text := readWorkflows(t)["checks.yml"].text
	for _, word := range []string{"secrets", "vars.", "paths"} {
		assert.NotContains(t, text, word)
	}
	for _, version := range []string{"- go-version-file: go.mod\n", "- go-version: stable\n"} {
		assert.Contains(t, text, version)
	}
	j := theJob(t, "checks.yml", "checks")
	assert.Empty(t, j.If)
	assert.Equal(t, ".ci/run", j.last().Run)
}

// TestAccessSplitsPrivileges requires that the job that may comment runs its script
// alone, which takes the report as text.
func TestAccessSplitsPrivileges(t *testing.T) {
	assert.Equal(t, ".ci/access-diff", theJob(t, "access.yml", "diff").last().Run)
	comment := theJob(t, "access.yml", "comment")
	for _, s := range comment.Steps {
		assert.Contains(t, []string{"", ".ci/access-comment"}, s.Run)
	}
	for _, name := range []string{"GH_TOKEN", "GH_REPO", "PULL_REQUEST", "RESULT", "REPORT"} {
		assert.Regexp(t, `^\$\{\{ [\w.]+ \}\}$`, comment.last().Env[name], name)
	}
}

// TestPreviewNeedsSettings requires that no step of the preview runs before the settings
// are known to be complete.
func TestPreviewNeedsSettings(t *testing.T) {
	j := theJob(t, "preview.yml", "preview")
	require.Equal(t, ".ci/preview-settings", j.Steps[1].Run)
	for _, s := range j.Steps[2:] {
		assert.Contains(t, s.If, "steps."+j.Steps[1].ID+".outputs.configured", "%s%s", s.Uses, s.Run)
	}
}

// TestAccountNeedsSettings requires that the nightly job does not run before it is set
// up, and never for a pull request, whose code would have the role.
func TestAccountNeedsSettings(t *testing.T) {
	assert.ElementsMatch(t, []string{"schedule", "workflow_dispatch"}, readWorkflows(t)["account.yml"].events())
	j := theJob(t, "account.yml", "who")
	assert.Equal(t, "vars.AWS_ACCOUNT_ROLE != ''", j.If)
	assert.Equal(t, ".ci/account", j.last().Run)
}
