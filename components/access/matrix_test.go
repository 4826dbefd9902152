package access_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// api returns an API with routes, under IAM unless "open " is before the key.
func api(t testing.TB, keys ...string) access.Api {
	t.Helper()
	return access.Api{ExecutionArn: access.PlaceholderExecutionArn, Stage: "prod", Routes: declare(t, keys...)}
}

// granting renders the document of grants.
func granting(t testing.TB, a access.Api, conditions access.Conditions, grants ...string) (access.Resolution, string) {
	t.Helper()
	resolution, errs := access.Resolve(grants, a.Routes)
	require.Empty(t, errs)
	return resolution, rendered(t, a, conditions, resolution.Invokes...)
}

func rendered(t testing.TB, a access.Api, conditions access.Conditions, invokes ...access.Invoke) string {
	t.Helper()
	text, err := access.Render(access.InvokeDocument(a.ExecutionArn, a.Stage, invokes, conditions))
	require.NoError(t, err)
	return text
}

// documentOn returns a document that allows what follows the API's execution ARN,
// under conditions in JSON.
func documentOn(a access.Api, resource, conditions string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"%s%s","Condition":{%s}}}`,
		a.ExecutionArn, resource, conditions)
}

// rowOf returns the cells of a user with a policy of these documents.
func rowOf(t testing.TB, a access.Api, documents ...string) map[string]access.Cell {
	t.Helper()
	user := access.Principal{Name: "user/x", Policies: []string{"p"}}
	matrix, err := access.NewMatrix(a, map[string][]string{"p": documents}, []access.Principal{user})
	require.NoError(t, err)
	return matrix["user/x"].Cells
}

func TestMatrix(t *testing.T) {
	a := api(t, "GET /products", "POST /products", "ANY /carts", "GET /carts", "open GET /health", "GET /files/{path+}")
	documents := map[string][]string{}
	for name, policy := range map[string]struct {
		conditions access.Conditions
		grants     []string
	}{
		"readOnly": {grants: []string{"GET /products"}},
		"admin":    {grants: []string{"*"}},
		"carts":    {grants: []string{"POST /carts", "PUT /carts"}},
		"files":    {grants: []string{"GET /files/{path+}"}, conditions: access.Conditions{RequireMFA: true}},
		"office":   {grants: []string{"GET /products"}, conditions: access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}}},
		"trial":    {grants: []string{"GET /products", "POST /carts"}, conditions: access.Conditions{NotAfter: instant(8)}},
		"all":      {grants: []string{"GET *"}, conditions: access.Conditions{PrincipalTags: map[string]string{"team": "shop"}}},
	} {
		_, text := granting(t, a, policy.conditions, policy.grants...)
		documents[name] = []string{text}
	}
	boundary := "arn:aws:iam::111122223333:policy/b"
	matrix, err := access.NewMatrix(a, documents, []access.Principal{
		{Name: "user/reader", Policies: []string{"readOnly"}},
		{Name: "user/admin", Policies: []string{"readOnly", "admin"}},
		{Name: "user/mixed", Policies: []string{"trial", "carts", "office"}},
		{Name: "role/files", Policies: []string{"files", "all"}},
		{Name: "role/bounded", Policies: []string{"readOnly", "office"}, Boundary: boundary},
		{Name: "user/nobody"},
	})
	require.NoError(t, err)

	// row returns the row with these cells. The other routes are denied, but for the
	// open one.
	row := func(cells map[string]string) map[string]string {
		all := map[string]string{"GET /health": "allow"}
		for _, key := range a.Routes.Keys() {
			if all[key] == "" {
				all[key] = "deny"
			}
		}
		maps.Copy(all, cells)
		return all
	}
	const tagged = "allow if tagged team=shop"
	assert.Equal(t, map[string]map[string]string{
		"anyone":      row(nil),
		"user/nobody": row(nil),
		"user/reader": row(map[string]string{"GET /products": "allow"}),
		"user/admin": {
			"GET /products": "allow", "POST /products": "allow", "ANY /carts": "allow", "GET /carts": "allow", "GET /health": "allow",
			"GET /files/{path+}": "allow",
		},
		"user/mixed": row(map[string]string{
			"GET /products": "allow if from 203.0.113.0/24, or if until 2026-01-31T08:00:00Z",
			"ANY /carts":    "allow if the method is POST or PUT",
		}),
		"role/files": row(map[string]string{
			"GET /carts": tagged, "GET /products": tagged, "GET /files/{path+}": tagged + ", or if with MFA",
		}),
		"role/bounded": row(map[string]string{"GET /products": "allow if the permissions boundary " + boundary + " allows it"}),
	}, matrix.Folded())
	text, err := matrix["user/mixed"].Cells["ANY /carts"].MarshalText()
	assert.NoError(t, err)
	assert.Equal(t, "allow if the method is POST or PUT", string(text))
}

// TestMatrixOfMethods has a route whose methods are under different conditions.
func TestMatrixOfMethods(t *testing.T) {
	a := api(t, "ANY /carts")
	_, free := granting(t, a, access.Conditions{}, "GET /carts")
	_, bound := granting(t, a, access.Conditions{RequireMFA: true}, "POST /carts", "PUT /carts")
	cell := rowOf(t, a, free, bound)["ANY /carts"]
	assert.Equal(t, "allow if the method is GET; or if the method is POST or PUT and with MFA", cell.String())
}

// TestMatrixOfOpenRoutes has routes that anyone may call and that a document allows
// in part. The document has no effect on their cells.
func TestMatrixOfOpenRoutes(t *testing.T) {
	a, mfa := api(t, "open GET /{all+}", "open GET /{a}/{b+}", "POST /{all+}"), access.Conditions{RequireMFA: true}
	grants, text := granting(t, a, mfa, "GET /{a}/{b+}")
	require.Empty(t, a.CheckDocuments(grants, mfa, []string{text}))
	want := map[string]access.Cell{"GET /{all+}": access.Allow(), "GET /{a}/{b+}": access.Allow(), "POST /{all+}": {}}
	require.Equal(t, want, rowOf(t, a, text))
}

// TestCellWithin has pairs of alternatives, the first of which allows less.
func TestCellWithin(t *testing.T) {
	type conditions = access.Conditions
	under := func(c conditions) access.Alternative { return access.Alternative{Conditions: c} }
	network, wider := []string{"203.0.113.0/25"}, []string{"198.51.100.0/24", "203.0.113.0/24"}
	for name, pair := range map[string][2]access.Alternative{
		"networks":  {under(conditions{SourceCIDRs: network}), under(conditions{SourceCIDRs: wider})},
		"notBefore": {under(conditions{NotBefore: instant(9)}), under(conditions{NotBefore: instant(8)})},
		"notAfter":  {under(conditions{NotAfter: instant(8)}), under(conditions{NotAfter: instant(9)})},
		"tags": {under(conditions{PrincipalTags: map[string]string{"a": "1", "b": "2"}}),
			under(conditions{PrincipalTags: map[string]string{"a": "1"}})},
		"a condition": {under(conditions{RequireMFA: true, SecureTransport: true}), under(conditions{RequireMFA: true})},
		"methods":     {{Methods: []string{"GET"}}, {Methods: []string{"GET", "PUT"}}},
		"a scope":     {{Scopes: []string{"a"}}, {Scopes: []string{"b", "a"}}},
		"no scope":    {{Scopes: []string{"a", "b"}}, {}},
		"a boundary":  {{Boundary: "b", Methods: []string{"GET"}}, {Boundary: "b"}},
		"no boundary": {{Boundary: "b"}, {}},
	} {
		narrow, wide := access.AllowIf(pair[0]), access.AllowIf(pair[1])
		assert.True(t, narrow.Within(wide), name)
		assert.False(t, wide.Within(narrow), name)
		assert.True(t, narrow.Within(access.AllowIf(access.Alternative{Boundary: "c"}).Or(wide)), name)
	}
}

func TestMatrixRejects(t *testing.T) {
	a := api(t, "GET /products/{id}")
	for name, document := range map[string]string{
		"text that is not JSON":    "x",
		"a value of a variable":    documentOn(a, "/prod/GET/products/any", ""),
		"values in several places": documentOn(a, "/prod/GET/products/*-2", ""),
	} {
		_, err := access.NewMatrix(a, map[string][]string{"p": {document}}, nil)
		assert.Error(t, err, name)
	}
	_, err := access.NewMatrix(a, nil, []access.Principal{{Name: "user/x", Policies: []string{"p"}}})
	assert.ErrorContains(t, err, `user/x: has the policy "p"`)
}
