package access_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// underName returns the policy of the invokes with a number of documents.
func underName(invokes []access.Invoke, documents int) (*access.Policy, error) {
	policy := access.Policy{Resolution: access.Resolution{Invokes: invokes}, Stage: "prod"}
	return policy.Named(access.Naming{Name: "Staff", Documents: documents})
}

// TestNamedPoliciesKeepTheirDocuments edits policies of every number of documents, from
// one invoke to nearly full documents. There are always as many documents, none is
// empty or too large, and together they allow each invoke.
func TestNamedPoliciesKeepTheirDocuments(t *testing.T) {
	full := room(t)
	for documents := 1; documents <= access.MaxDocuments; documents++ {
		for _, percent := range []int{1, 40, 90} {
			random := rand.New(rand.NewSource(int64(documents*100 + percent)))
			pool := randomInvokes(random, 700)
			invokes, pool := filling(full*documents*percent/100+1, pool)
			around := max(2, len(invokes))
			var before map[string][]access.Invoke
			var named changes
			moved := 0
			for range 60 {
				policy, err := underName(invokes, documents)
				if err != nil {
					require.Equal(t, 90, percent, "%v", err)
					invokes, _ = edit(random, invokes, &pool, around-1)
					continue
				}
				requireComplete(t, policy, invokes, documents)
				after := invokesOf(policy.Parts)
				if before != nil {
					named.count(before, after)
					moved += movedBetween(before, after)
				}
				before = after
				invokes, _ = edit(random, invokes, &pool, around)
			}
			t.Logf("%d documents, full to %d%%: %+v, %d invokes moved", documents, percent, named, moved)
			require.Greater(t, named.edits, 20, "%d documents, full to %d%%", documents, percent)
			most := map[int]float64{
				1:  1 + float64(documents)/2, // documents without invokes of their own repeat some that come and go
				40: 1.05,
				90: 3,
			}
			assert.LessOrEqual(t, named.mean(), most[percent], "%d documents, full to %d%%", documents, percent)
			if percent == 40 {
				assert.Zero(t, moved, "an invoke moves only if a document is full")
			}
		}
	}
}

func requireComplete(t *testing.T, policy *access.Policy, invokes []access.Invoke, documents int) {
	t.Helper()
	require.Len(t, policy.Parts, documents)
	together := map[access.Invoke]int{}
	for i, part := range policy.Parts {
		name := ""
		if i > 0 {
			name = fmt.Sprintf("-%d", i)
		}
		require.Equal(t, name, part.Name)
		require.NotEmpty(t, part.Invokes)
		text, err := policy.Document(part, access.LongestExecutionArn)
		require.NoError(t, err)
		require.NoError(t, access.CheckPolicySize(text))
		for _, invoke := range part.Invokes {
			together[invoke]++
		}
	}
	require.Len(t, together, len(invokes))
	for _, invoke := range invokes {
		require.Positive(t, together[invoke], "%v", invoke)
	}
}

// movedBetween counts how often an invoke left a document that it was in before.
func movedBetween(before, after map[string][]access.Invoke) (moved int) {
	homes := map[access.Invoke][]string{}
	for name, invokes := range after {
		for _, invoke := range invokes {
			homes[invoke] = append(homes[invoke], name)
		}
	}
	for name, invokes := range before {
		for _, invoke := range invokes {
			if now := homes[invoke]; len(now) > 0 && len(before[name]) > 1 && !slices.Contains(now, name) {
				moved++
			}
		}
	}
	return moved
}

// TestOneMoreDocumentTakesInvokesFromOthers requires that invokes move to the new
// document alone, which is attached before the others change.
func TestOneMoreDocumentTakesInvokesFromOthers(t *testing.T) {
	invokes := randomInvokes(rand.New(rand.NewSource(1)), 100)
	for documents := 4; documents < access.MaxDocuments; documents++ {
		before, err := underName(invokes, documents)
		require.NoError(t, err)
		after, err := underName(invokes, documents+1)
		require.NoError(t, err)
		old := invokesOf(before.Parts)
		for _, part := range after.Parts[:documents] {
			for _, invoke := range part.Invokes {
				require.Contains(t, old[part.Name], invoke)
			}
		}
	}
}

func TestNamedPoliciesThatNeedMoreDocuments(t *testing.T) {
	most := fitting(t, onStage("prod", 0))
	_, err := underName(alike(most), 1)
	require.NoError(t, err)
	_, err = underName(alike(most+1), 1)
	require.ErrorContains(t, err, "needs 2 documents")
	require.ErrorContains(t, err, "write documents: 2")
	_, err = underName(alike(5*most-20), 2)
	require.ErrorContains(t, err, "write documents: 5")
	_, err = underName(alike(11*most), 10)
	require.ErrorContains(t, err, "accepted are 10")
	require.NotContains(t, err.Error(), "write documents")
}

func TestNamingsAreChecked(t *testing.T) {
	long := strings.Repeat("x", 128)
	good, err := underName(alike(1), 1)
	require.NoError(t, err)
	_, err = underName(nil, 1)
	require.ErrorContains(t, err, "allows nothing")
	for want, naming := range map[string]access.Naming{
		"1 to 128 characters":   {},
		`"a b", the name`:       {Name: "a b"},
		`"/api" must be "/"`:    {Name: "a", Path: "/api"},
		`"/a b/" must be "/"`:   {Name: "a", Path: "/a b/"},
		`"//" must be "/"`:      {Name: "a", Path: "//"},
		"at most 512":           {Name: "a", Path: "/" + strings.Repeat("x", 511) + "/"},
		`"` + long + `-1", the`: {Name: long, Documents: 2},
		"1 to 10 documents":     {Name: "a", Documents: 11},
	} {
		_, err := good.Named(naming)
		assert.ErrorContains(t, err, want)
	}
	for _, naming := range []access.Naming{
		{Name: long}, {Name: long[:126], Documents: 10}, {Name: "a", Path: "/"}, {Name: "a", Path: "/a/b.c/"},
	} {
		_, err := good.Named(naming)
		assert.NoError(t, err, "%+v", naming)
	}
}

func TestNamingsMustDiffer(t *testing.T) {
	policyOf := func(naming access.Naming) *access.Policy { return &access.Policy{Naming: naming} }
	clashes := access.CheckNamings(map[string]*access.Policy{
		"a": policyOf(access.Naming{Name: "Staff", Documents: 3}),
		"b": policyOf(access.Naming{Name: "staff-2", Path: "/other/"}),
		"c": policyOf(access.Naming{Name: "Staff-3"}),
		"d": policyOf(access.Naming{}),
		"e": policyOf(access.Naming{}),
		"f": nil,
	})
	require.Len(t, clashes, 1)
	require.ErrorContains(t, clashes["b"], `"staff-2" is the name of a document of the policy "a"`)
}
