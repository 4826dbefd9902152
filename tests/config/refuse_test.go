// Package config tests the stack's configuration through the whole program: what
// is refused, with which message and with nothing registered, and what is
// accepted.
package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// base is the configuration that rows add to.
const base = `
config:
  routes:
    GET /products: {}
    POST /products: {}
  backend: {url: https://backend.example.com}
`

// row is a configuration that is refused: keys in YAML that are added to base or
// replace its own.
type row struct {
	name     string
	config   string
	problems []problem
}

// problem is a line of the error: the path of the key, the value as printed, and
// what is accepted.
type problem struct{ path, value, accepted string }

// refuse runs an update and a preview with each row.
func refuse(t *testing.T, rows []row) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) { requireRefused(t, settings(t, row.config), row.problems) })
	}
}

// settings returns base with more keys.
func settings(t *testing.T, config string) recorder.Settings {
	t.Helper()
	indented := strings.ReplaceAll("\n"+strings.TrimSpace(config), "\n", "\n  ")
	return recorder.ParseStack(t, base).With(recorder.ParseStack(t, "config:"+indented))
}

// join formats the numbers from 0 to n-1 and joins them by commas.
func join(n int, format string) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return strings.Join(all, ", ")
}

func requireRefused(t *testing.T, settings recorder.Settings, problems []problem) {
	t.Helper()
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Settings = settings
		recording, err := run.Do(program.Deploy)
		require.Empty(t, recording.Resources, "registered although refused")
		require.Error(t, err)
		requireProblems(t, err, problems)
	})
}

// requireProblems checks that the error has exactly these problems, one a line.
func requireProblems(t *testing.T, err error, problems []problem) {
	t.Helper()
	head, list, _ := strings.Cut(strings.TrimSpace(err.Error()), "in the stack's configuration:\n")
	count := fmt.Sprintf("%d problems ", len(problems))
	if len(problems) == 1 {
		count = "1 problem "
	}
	require.True(t, strings.HasSuffix(head, count), "%v", err)
	got := strings.Split(strings.TrimSpace(list), "\n")
	require.Len(t, got, len(problems), "%v", err)
	for _, p := range problems {
		require.True(t, slices.ContainsFunc(got, func(line string) bool {
			rest, found := strings.CutPrefix(strings.TrimSpace(line), p.path+": ")
			return found && strings.Contains(rest, p.value) && strings.Contains(rest, p.accepted)
		}), "no line with %q, %q and %q in:\n%v", p.path, p.value, p.accepted, err)
	}
}
