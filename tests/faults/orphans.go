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

// Orphan is a resource that exists on AWS and is not in the stack's state.
type Orphan struct {
	Type string // Pulumi's
	provider.Existing
}

const region = "us-east-1"

// FindOrphans finds the resources of an account that are not among these
// resources of a state, as `pulumi stack export` prints them. `pulumi stack
// --show-ids` would not do, because it lists only one of two resources with the
// same name, for example an old one that is still to be deleted and its
// replacement.
//
// It does not depend on what the provider returned to the engine, because each
// type's list reads the account.
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

// orphans finds the orphans of a run, except what was made elsewhere before the
// operation.
func (s Scenario) orphans(t testing.TB, run *harness.Run) []Orphan {
	elsewhere := FindOrphans(t, s.Start.Cloud, deployment(t, s.Start).Resources)
	return slices.DeleteFunc(FindOrphans(t, run.Cloud, deployment(t, run).Resources), func(o Orphan) bool {
		return slices.Contains(elsewhere, o)
	})
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

// Named reports whether the program sets an input that must be unique on AWS,
// for example a name. AWS rejects a second resource with it, but the first can
// be adopted. Generated names do not count.
func Named(t testing.TB, r apitype.ResourceV3) bool {
	unique := typeOf(t, string(r.Type)).Unique()
	made, _ := r.Inputs["__defaults"].([]any)
	_, given := r.Inputs[unique]
	return given && !slices.Contains(made, any(unique))
}

// deployment returns the run's state.
func deployment(t testing.TB, run *harness.Run) apitype.DeploymentV3 {
	state, err := run.Stack.Deployment()
	require.NoError(t, err)
	return state
}
