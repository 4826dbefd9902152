package faults

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
	"iam-secured-api/tests/harness"
)

// Orphan is something that exists on AWS and that the stack's state does not
// know.
type Orphan struct {
	Type string // Pulumi's
	provider.Existing
}

const region = "us-east-1"

// FindOrphans finds what is in the account and not among these resources of a
// state, such as `pulumi stack export` prints. `pulumi stack --show-ids` would not
// do: of two resources with one name, such as an old one that is yet to be deleted
// and its replacement, it lists one alone.
//
// It must not depend on what the provider has told the engine: each type's list
// asks the account.
func FindOrphans(t testing.TB, c *cloud.Cloud, known []apitype.ResourceV3) (orphans []Orphan) {
	for _, kind := range provider.Types() {
		there, err := kind.List(c.Account(cloud.APIAccount), region)
		require.NoError(t, err, kind.Token())
		for _, found := range there {
			if !slices.ContainsFunc(known, func(r apitype.ResourceV3) bool {
				return string(r.Type) == kind.Token() && string(r.ID) == found.ID
			}) {
				orphans = append(orphans, Orphan{kind.Token(), found})
			}
		}
	}
	return orphans
}

// orphans finds those of a run.
func orphans(t testing.TB, run *harness.Run) []Orphan {
	return FindOrphans(t, run.Cloud, deployment(t, run).Resources)
}

// Delete deletes the orphan.
func (o Orphan) Delete(t testing.TB, c *cloud.Cloud) {
	require.NoError(t, typeOf(t, o.Type).Delete(c.Account(cloud.APIAccount), region, o.Existing))
}

// typeOf returns the type with the token.
func typeOf(t testing.TB, token string) provider.Type {
	for _, kind := range provider.Types() {
		if kind.Token() == token {
			return kind
		}
	}
	require.FailNow(t, fmt.Sprintf("the sandbox does not model %s", token))
	return provider.Type{}
}

// Named reports whether the program gives a resource what AWS accepts once, such
// as a name: a second one is refused, but the first can be adopted. What the
// provider makes up is not given.
func Named(t testing.TB, r apitype.ResourceV3) bool {
	unique := typeOf(t, string(r.Type)).Unique()
	made, _ := r.Inputs["__defaults"].([]any)
	_, given := r.Inputs[unique]
	return given && !slices.Contains(made, any(unique))
}

// deployment is the run's state.
func deployment(t testing.TB, run *harness.Run) apitype.DeploymentV3 {
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	return state
}
