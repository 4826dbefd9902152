// Package repository tests what the repository does beside its code: the
// workflows, the scripts that they run, and the template.
package repository

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"iam-secured-api/internal/gotool"
)

// workflow is what the tests look at in a workflow file.
type workflow struct {
	On          yaml.Node
	Permissions permissions
	Concurrency yaml.Node
	Jobs        map[string]job

	file string
	text string
}

// permissions are those of a job's token. None set is nil.
type permissions map[string]string

type job struct {
	If             string
	TimeoutMinutes int `yaml:"timeout-minutes"`
	Permissions    permissions
	Strategy       yaml.Node
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

// triggers are the names of the events that start the workflow.
func (w workflow) triggers(t *testing.T) []string {
	var names []string
	switch w.On.Kind {
	case yaml.ScalarNode:
		names = []string{w.On.Value}
	case yaml.SequenceNode:
		require.NoError(t, w.On.Decode(&names), w.file)
	case yaml.MappingNode:
		for i := 0; i < len(w.On.Content); i += 2 {
			names = append(names, w.On.Content[i].Value)
		}
	}
	require.NotEmpty(t, names, w.file)
	return names
}

// sameRepository is the condition that keeps a job from a fork's pull requests.
const sameRepository = "github.event.pull_request.head.repo.full_name == github.repository"

// forForks tells whether a fork's pull request starts the job.
func (w workflow) forForks(t *testing.T, j job) bool {
	keptOut := strings.Contains(j.If, sameRepository) && !strings.Contains(j.If, "||")
	return slices.Contains(w.triggers(t), "pull_request") && !keptOut
}

// readWorkflows reads all workflows, by the names of their files.
func readWorkflows(t *testing.T) map[string]workflow {
	files, err := filepath.Glob(inCheckout(t, ".github", "workflows", "*"))
	require.NoError(t, err)
	workflows := map[string]workflow{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		w := workflow{file: filepath.Base(file), text: string(text)}
		require.NoError(t, yaml.Unmarshal(text, &w), file)
		workflows[w.file] = w
	}
	require.Contains(t, workflows, "checks.yml")
	require.Contains(t, workflows, "preview.yml")
	return workflows
}

// each calls f for every step of every job.
func each(t *testing.T, f func(t *testing.T, w workflow, j job, s step)) {
	for _, w := range readWorkflows(t) {
		for name, j := range w.Jobs {
			t.Run(w.file+"/"+name, func(t *testing.T) {
				for _, s := range j.Steps {
					f(t, w, j, s)
				}
			})
		}
	}
}

// inCheckout is the path of a file of the checkout.
func inCheckout(t *testing.T, elements ...string) string {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	return filepath.Join(append([]string{root}, elements...)...)
}
