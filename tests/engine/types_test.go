package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	"iam-secured-api/tests/harness"
)

// deployed returns the resources of a type in a run's state.
func deployed(t testing.TB, run *harness.Run, token string) []apitype.ResourceV3 {
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	return slices.DeleteFunc(state.Resources, func(r apitype.ResourceV3) bool { return string(r.Type) != token })
}

// listed returns the resources of a type in the API's account.
func listed(t testing.TB, run *harness.Run, kind provider.Type) []provider.Existing {
	list, err := kind.List(run.Cloud.Account(cloud.APIAccount), "us-east-1")
	require.NoError(t, err)
	return list
}

// everyType returns a configuration whose stack has a resource of every type.
func everyType(t testing.TB) map[string]any {
	config := harness.Config(t)
	for _, patch := range []string{baseConfig, harness.EveryKind, harness.Domain, harness.Backends(t)} {
		config = harness.Merge(t, config, patch)
	}
	return config
}

// TestTypes compares the registry of types with the engine's state, which has a
// resource of every type, and no other.
func TestTypes(t *testing.T) {
	t.Parallel()
	config := everyType(t)
	run := harness.New(t, config)
	made := map[string][]string{} // elsewhere
	for _, kind := range provider.Types() {
		for _, found := range listed(t, run, kind) {
			made[kind.Token()] = append(made[kind.Token()], found.ID)
		}
	}
	run.Up(t)
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	var created, registered []string
	for _, r := range state.Resources {
		if strings.HasPrefix(string(r.Type), "aws:") {
			created = append(created, string(r.Type))
		}
	}
	for _, kind := range provider.Types() {
		registered = append(registered, kind.Token())
	}
	slices.Sort(registered)
	require.Equal(t, registered, slices.Compact(slices.Sorted(slices.Values(created))))

	for _, kind := range provider.Types() {
		var known, exist []string
		for _, r := range deployed(t, run, kind.Token()) {
			known = append(known, string(r.ID))
			assert.Equal(t, kind.TakesTags(), r.Inputs["tags"] != nil, "tags of %s", r.URN)
			assert.Equal(t, kind.Takes("permissionsBoundary"), r.Inputs["permissionsBoundary"] != nil, "boundary of %s", r.URN)
		}
		for _, found := range listed(t, run, kind) {
			exist = append(exist, found.ID)
		}
		if kind.Creates() == "" {
			assert.Empty(t, exist, "%s has no ids of its own", kind.Token())
		} else {
			assert.ElementsMatch(t, append(known, made[kind.Token()]...), exist, "list of %s", kind.Token())
		}
	}
}

// testTags changes, adds or removes a tag of one resource of each type with tags
// that the program uses.
func testTags(t *testing.T, run *harness.Run) {
	config := everyType(t)
	run.Prepare(t, config)
	run.Configure(t, config)
	run.Up(t)
	account := run.Cloud.Account(cloud.APIAccount)
	var changes harness.Changes
	var by []func(hand)
	for i, kind := range provider.Types() {
		if !kind.TakesTags() {
			continue
		}
		r := deployed(t, run, kind.Token())[0]
		changes = append(changes, "update "+strings.TrimPrefix(kind.Token(), "aws:")+" "+r.URN.Name())
		all := listed(t, run, kind)
		this := all[slices.IndexFunc(all, func(e provider.Existing) bool { return e.ID == string(r.ID) })]
		by = append(by, func(h hand) {
			switch i % 3 {
			case 0:
				h.do(kind.Tag(account, "us-east-1", this, map[string]string{"team": "mine"}))
			case 1:
				h.do(kind.Tag(account, "us-east-1", this, map[string]string{"owner": "me"}))
			case 2:
				h.do(kind.Untag(account, "us-east-1", this, "team"))
			}
		})
	}
	drift{by: func(h hand) {
		for _, change := range by {
			change(h)
		}
	}, found: harness.Join(changes)}.run(t, run)
}
