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

// TestCheckDocuments has documents that allow more or less than the grants, or the same
// under other conditions.
func TestCheckDocuments(t *testing.T) {
	a := api(t, "GET /products", "POST /products", "ANY /carts", "GET /products/{id}")
	none, mfa := access.Conditions{}, access.Conditions{RequireMFA: true}
	grants, text := granting(t, a, none, "GET /products", "GET /carts")
	_, bound := granting(t, a, mfa, "GET /products", "GET /carts")
	_, elsewhere := granting(t, a, access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}}, "GET /products", "GET /carts")
	_, twice := granting(t, a, access.Conditions{RequireMFA: true, PrincipalOrgID: "o-a1b2c3d4e5"}, "GET /products", "GET /carts")
	_, less := granting(t, a, none, "GET /products")
	_, more := granting(t, a, none, "GET /products", "GET /carts", "POST /carts", "POST /products")
	const first = `statement 0 "InvokeApi" of document 0 `
	both := func(what string) []string {
		return []string{"ANY /carts called with GET: " + what, "GET /products called with GET: " + what}
	}
	for name, row := range map[string]struct {
		conditions access.Conditions
		documents  []string
		want       []string
	}{
		"the same":                  {documents: []string{text}},
		"the same twice":            {documents: []string{text, less}},
		"the same under conditions": {conditions: mfa, documents: []string{bound}},
		"less":                      {documents: []string{less}, want: []string{"ANY /carts called with GET: is granted, and no statement"}},
		"nothing":                   {want: both("is granted, and no statement")},
		"more": {documents: []string{more}, want: []string{
			"ANY /carts called with POST: " + first + "allows it, and no grant",
			"POST /products called with POST: " + first + "allows it, and no grant",
		}},
		"another document": {documents: []string{text, more}, want: []string{
			`ANY /carts called with POST: statement 0 "InvokeApi" of document 1`,
			`POST /products called with POST: statement 0 "InvokeApi" of document 1`,
		}},
		"without the conditions": {conditions: mfa, documents: []string{text},
			want: both(first + `makes it "allow", and the policy's grants and conditions "allow if with MFA"`)},
		"with and without": {conditions: mfa, documents: []string{bound, text},
			want: both(`statement 0 "InvokeApi" of document 1 makes it "allow"`)},
		"under conditions": {documents: []string{bound},
			want: both(first + `makes it "allow if with MFA", and the policy's grants and conditions "allow"`)},
		"under other conditions": {conditions: mfa, documents: []string{elsewhere},
			want: both(first + `makes it "allow if from 203.0.113.0/24"`)},
		"under further ones": {conditions: mfa, documents: []string{twice},
			want: both(first + `makes it "allow if with MFA, in organization o-a1b2c3d4e5"`)},
		"under one of two": {conditions: mfa, documents: []string{bound, elsewhere},
			want: both(first + `makes it "allow if from 203.0.113.0/24, or if with MFA"`)},
		"some under conditions": {documents: []string{less, bound}, want: []string{`ANY /carts called with GET: statement 0 "InvokeApi" of document 1 makes it "allow if with MFA"`}},
		"not a document":        {documents: []string{"x"}, want: []string{"document 0"}},
		"a document that denies": {documents: []string{text, strings.Replace(less, "Allow", "Deny", 1)},
			want: []string{"GET /products called with GET: document 1: statement 0 denies"}},
	} {
		t.Run(name, func(t *testing.T) {
			errs := a.CheckDocuments(grants, row.conditions, row.documents)
			require.Len(t, errs, len(row.want), "%v", errs)
			for i, want := range row.want {
				assert.ErrorContains(t, errs[i], want)
			}
		})
	}
}

// TestDocumentsSayWhatIsMeant has random grants on random routes under random
// conditions. It compares the rendered documents, one for all resources or one for
// each, with what the grants mean. Without documents, every granted cell is reported.
// With a document of the whole stage, every other cell is.
func TestDocumentsSayWhatIsMeant(t *testing.T) {
	resolved, granted, denied := 0, 0, 0
	for seed := range int64(500) {
		random := rand.New(rand.NewSource(seed))
		trial, conditions := newTrial(t, random), randomConditions(random)
		a := access.Api{ExecutionArn: access.PlaceholderExecutionArn, Stage: "prod", Routes: trial.routes}
		grants, errs := access.Resolve(trial.grants, trial.routes)
		if len(errs) > 0 {
			continue
		}
		at := fmt.Sprintf("seed %d: %s if %s", seed, trial, conditions)
		resolved++
		var each []string
		for _, invoke := range grants.Invokes {
			each = append(each, rendered(t, a, conditions, invoke))
		}
		yes, no := trial.cells()
		granted, denied = granted+yes, denied+no
		require.Empty(t, a.CheckDocuments(grants, conditions, []string{rendered(t, a, conditions, grants.Invokes...)}), at)
		require.Empty(t, a.CheckDocuments(grants, conditions, each), at)
		require.Len(t, a.CheckDocuments(grants, conditions, nil), yes, at)
		require.Len(t, a.CheckDocuments(grants, conditions, append(each, rendered(t, a, conditions, access.Invoke{Method: "*", Path: "*"}))), no, at)

		row := map[string]string{}
		for key, cell := range rowOf(t, a, each...) {
			row[key] = cell.String()
		}
		require.Equal(t, trial.row(conditions), row, at)
	}
	t.Log(resolved, granted, denied)
	for _, count := range []int{resolved, granted, denied} {
		assert.Greater(t, count, 100)
	}
}

// cells counts the methods that end at routes under IAM: those that are granted, and
// the others.
func (tr trial) cells() (granted, denied int) {
	meant, g := tr.meant(tr.grants...), gateway{routes: tr.routes}
	for _, route := range tr.routes {
		for _, method := range access.Methods {
			switch {
			case route.Authorization != access.IAM || !g.serves(route, method):
			case slices.Contains(meant[route.Key.String()], method):
				granted++
			default:
				denied++
			}
		}
	}
	return granted, denied
}

// row returns the row of a principal with the grants.
func (tr trial) row(conditions access.Conditions) map[string]string {
	row, g := map[string]string{}, gateway{routes: tr.routes}
	for _, route := range tr.routes {
		key := route.Key.String()
		methods, words := tr.meant(tr.grants...)[key], conditions.String()
		all := !slices.ContainsFunc(access.Methods, func(m string) bool { return g.serves(route, m) && !slices.Contains(methods, m) })
		switch {
		case route.Authorization == access.Open:
			row[key] = "allow"
		case route.Authorization == access.Token:
			row[key] = "deny"
		case len(methods) == 0:
			row[key] = "deny"
		case all && words == "":
			row[key] = "allow"
		case all:
			row[key] = "allow if " + words
		default:
			row[key] = strings.TrimSuffix("allow if the method is "+strings.Join(methods, " or ")+" and "+words, " and ")
		}
	}
	return row
}

// randomConditions returns no conditions, or some of any kind.
func randomConditions(random *rand.Rand) access.Conditions {
	if random.Intn(3) == 0 {
		return access.Conditions{}
	}
	conditions := access.Conditions{RequireMFA: random.Intn(2) == 0, SecureTransport: random.Intn(2) == 0}
	for i := range random.Intn(6) {
		conditions.SourceCIDRs = append(conditions.SourceCIDRs, fmt.Sprintf("203.0.%d.0/24", 100+(7*i)%11))
	}
	for i := range random.Intn(6) {
		if i == 0 {
			conditions.PrincipalTags = map[string]string{}
		}
		conditions.PrincipalTags[fmt.Sprintf("Cost Center=%d", i)] = []string{"", "Shop 1", "a/b"}[random.Intn(3)]
	}
	if random.Intn(2) == 0 {
		conditions.NotBefore = instant(random.Intn(12))
	}
	if random.Intn(2) == 0 {
		conditions.NotAfter = instant(12 + random.Intn(12))
	}
	if random.Intn(2) == 0 {
		conditions.PrincipalOrgID = "o-a1b2c3d4e5"
	}
	return conditions
}
