package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/tests/harness"
)

// TestDocuments grows a policy to several documents and shrinks it again.
func TestDocuments(t *testing.T) {
	empty := harness.New(t, configOf(t, 0))
	run := empty.Branch()
	run.Up(t)
	first := run.Cloud.Describe()
	parts := []string{""}
	for _, step := range []struct {
		routes  int
		parts   []string // of the policy, by the ends of their names
		updated []string // earlier parts whose documents change
	}{
		{8, []string{""}, []string{""}},
		{14, []string{"", "-1"}, []string{""}},
		{30, []string{"", "-001", "-01", "-1"}, []string{"", "-1"}},
		{70, []string{"", "-0001", "-001", "-01", "-011", "-1", "-101", "-11", "-111"}, []string{"", "-001", "-01", "-1"}},
		{30, []string{"", "-001", "-01", "-1"}, []string{"", "-001", "-01", "-1"}},
		{29, []string{"", "-01", "-1"}, []string{""}},
		{14, []string{"", "-1"}, []string{"", "-1"}},
		{0, []string{""}, []string{""}},
	} {
		config := configOf(t, step.routes)
		t.Logf("%d routes", step.routes)
		run.Configure(t, config)
		stop := kept(t, run, declared(config))
		changes := run.Up(t)
		stop()
		assert.Equal(t, documentChanges(parts, step.parts, step.updated), withoutRoutes(changes))
		want := first
		if step.routes > 0 {
			want = describeFresh(t, empty, config)
		}
		require.Equal(t, want, run.Cloud.Describe())
		require.Empty(t, run.Preview(t))
		parts = step.parts
	}
}

// TestNamedDocuments changes the number of documents of a policy with a fixed name.
// Groups and roles keep their access to all routes, see docs/configuration.md.
func TestNamedDocuments(t *testing.T) {
	t.Parallel()
	config := harness.Merge(t, configOf(t, 8), toURL)
	documents := func(count int) map[string]any {
		return harness.Merge(t, config, fmt.Sprintf(`{policies: {readOnly: {name: ReadOnly, documents: %d}}}`, count))
	}
	empty := harness.New(t, config)
	run := empty.Branch()
	run.Configure(t, documents(1))
	run.Up(t)
	for _, count := range []int{2, 3, 2, 1} {
		run.Configure(t, documents(count))
		stop := kept(t, run, declared(config))
		run.Up(t)
		stop()
		require.Equal(t, describeFresh(t, empty, documents(count)), run.Cloud.Describe(), "%d documents", count)
		require.Empty(t, run.Preview(t), "%d documents", count)
	}
}

// TestAttachmentThatFails shows that readers keep their access, because the old
// document is changed after the new one is attached. The next update completes
// the change, and all parts can be destroyed.
func TestAttachmentThatFails(t *testing.T) {
	before, after := configOf(t, 8), configOf(t, 30)
	run := harness.New(t, before)
	empty := run.Cloud.Describe()
	run.Up(t)
	run.Configure(t, after)
	run.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		if m.Action == "AttachRolePolicy" {
			return cloud.FailBefore
		}
		return cloud.NoFault
	})
	_, err := run.TryUp(engine.Options{Parallel: 1}) // Pulumi has a data race when several steps fail at once
	require.Error(t, err)
	had := documentsOf(t, run.Cloud)
	for _, route := range declared(before) {
		assert.Empty(t, had.missing(t, route), "no access to %s", route)
	}
	stop := kept(t, run, declared(after))
	run.Up(t)
	stop()
	run.Destroy(t)
	require.Equal(t, empty, run.Cloud.Describe())
}

// configOf returns the sandbox's configuration with more routes, which the
// policy readOnly allows. About ten routes fit into a document.
func configOf(t testing.TB, routes int) map[string]any {
	var keys []string
	for i := range routes {
		keys = append(keys, fmt.Sprintf(`"GET /%s/r%02d": {}`, strings.Repeat("long-name-", 45), i))
	}
	return harness.Merge(t, harness.Config(t), `{routes: {`+strings.Join(keys, ", ")+`}, policies: {readOnly: {allow: [GET *]}}}`)
}

// declared returns the keys of the routes that the policy readOnly allows.
func declared(config map[string]any) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(config["routes"].(map[string]any))), func(key string) bool {
		return !strings.HasPrefix(key, "GET ")
	})
}

func withoutRoutes(changes harness.Changes) harness.Changes {
	return slices.DeleteFunc(changes, func(change string) bool { return strings.Contains(change, " apigatewayv2/route:Route ") })
}

// documentChanges returns the changes of the policy readOnly, which a group and
// two roles have, when parts of it are added or removed.
func documentChanges(from, to, updated []string) harness.Changes {
	var changes harness.Changes
	for _, part := range updated {
		changes = append(changes, update(readOnly+part)...)
	}
	for _, part := range to {
		if !slices.Contains(from, part) {
			changes = append(changes, create(partResources(part)...)...)
		}
	}
	for _, part := range from {
		if !slices.Contains(to, part) {
			changes = append(changes, remove(partResources(part)...)...)
		}
	}
	if !slices.Equal(from, to) {
		changes = append(changes, update(readOnlyPolicies, executorPolicies, readerPolicies)...)
	}
	return harness.Join(changes)
}

// partResources returns a part's policy and attachments.
func partResources(part string) []string {
	attachments := readersOf("readOnly" + part)[1:]
	return append(attachments, readOnly+part)
}
