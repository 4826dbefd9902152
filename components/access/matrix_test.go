package access_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// api declares routes, each under IAM unless it ends with " open".
func api(t testing.TB, open string, keys ...string) access.Api {
	t.Helper()
	declared := map[string]access.Authorization{}
	for _, key := range keys {
		declared[key] = access.IAM
		if key == open {
			declared[key] = access.Open
		}
	}
	routes, errs := access.NewRoutes(declared)
	require.Empty(t, errs)
	return access.Api{ExecutionArn: access.PlaceholderExecutionArn, Stage: "prod", Routes: routes}
}

// granting renders the document of grants.
func granting(t testing.TB, a access.Api, conditions access.Conditions, grants ...string) (access.Resolution, string) {
	t.Helper()
	resolution, errs := access.Resolve(grants, a.Routes)
	require.Empty(t, errs)
	text, err := access.Render(access.InvokeDocument(a.ExecutionArn, a.Stage, resolution.Invokes, conditions))
	require.NoError(t, err)
	return resolution, text
}

func TestMatrix(t *testing.T) {
	a := api(t, "GET /health", "GET /products", "POST /products", "GET /products/{id}", "ANY /carts", "GET /carts", "GET /health", "GET /files/{path+}")
	documents := map[string][]string{}
	for name, policy := range map[string]struct {
		conditions access.Conditions
		grants     []string
	}{
		"readOnly": {grants: []string{"GET /products", "GET /products/{id}"}},
		"admin":    {grants: []string{"*"}},
		"carts":    {grants: []string{"POST /carts", "PUT /carts"}},
		"files":    {grants: []string{"GET /files/{path+}"}, conditions: access.Conditions{RequireMFA: true}},
		"office":   {grants: []string{"GET /products"}, conditions: access.Conditions{SourceCIDRs: []string{"203.0.113.0/24"}}},
		"trial":    {grants: []string{"GET /products", "POST /carts"}, conditions: access.Conditions{NotAfter: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}},
		"all":      {grants: []string{"GET *"}, conditions: access.Conditions{PrincipalTags: map[string]string{"team": "shop"}}},
	} {
		_, text := granting(t, a, policy.conditions, policy.grants...)
		documents[name] = []string{text}
	}
	boundary := "arn:aws:iam::111122223333:policy/b"
	matrix, err := access.NewMatrix(a, documents, []access.Principal{
		{Name: "user/reader", Policies: []string{"readOnly"}},
		{Name: "user/admin", Policies: []string{"readOnly", "admin"}},
		{Name: "user/carts", Policies: []string{"carts"}},
		{Name: "user/mixed", Policies: []string{"trial", "carts", "office"}},
		{Name: "role/files", Policies: []string{"files", "all"}},
		{Name: "role/bounded", Policies: []string{"readOnly", "office"}, Boundary: boundary},
		{Name: "user/nobody"},
	})
	require.NoError(t, err)

	deny := map[string]string{"ANY /carts": "deny", "GET /carts": "deny", "GET /files/{path+}": "deny",
		"GET /health": "allow", "GET /products": "deny", "GET /products/{id}": "deny", "POST /products": "deny"}
	but := func(cells map[string]string) map[string]string {
		row := map[string]string{}
		for key, cell := range deny {
			row[key] = cell
			if other, differs := cells[key]; differs {
				row[key] = other
			}
		}
		return row
	}
	all := map[string]string{}
	for key := range deny {
		all[key] = "allow"
	}
	assert.Equal(t, map[string]map[string]string{
		"anyone":      deny,
		"user/nobody": deny,
		"user/reader": but(map[string]string{"GET /products": "allow", "GET /products/{id}": "allow"}),
		"user/admin":  all,
		"user/carts":  but(map[string]string{"ANY /carts": "allow if the method is POST or PUT"}),
		"user/mixed": but(map[string]string{
			"GET /products": "allow if from 203.0.113.0/24, or if until 2027-01-01T00:00:00Z",
			"ANY /carts":    "allow if the method is POST or PUT",
		}),
		"role/files": but(map[string]string{
			"GET /carts":         "allow if tagged team=shop",
			"ANY /carts":         "deny",
			"GET /files/{path+}": "allow if tagged team=shop, or if with MFA",
			"GET /products":      "allow if tagged team=shop",
			"GET /products/{id}": "allow if tagged team=shop",
		}),
		"role/bounded": but(map[string]string{
			"GET /products":      "allow if the permissions boundary " + boundary + " allows it",
			"GET /products/{id}": "allow if the permissions boundary " + boundary + " allows it",
		}),
	}, matrix.Folded())
}

// TestMatrixOfTheCatchAll grants what cannot be listed.
func TestMatrixOfTheCatchAll(t *testing.T) {
	a := api(t, "", "$default", "GET /products")
	_, read := granting(t, a, access.Conditions{}, "GET /products")
	_, all := granting(t, a, access.Conditions{}, "$default", "GET /products")
	matrix, err := access.NewMatrix(a, map[string][]string{"read": {read}, "all": {all}}, []access.Principal{
		{Name: "user/a", Policies: []string{"read"}}, {Name: "user/b", Policies: []string{"all"}},
	})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"$default": "deny", "GET /products": "allow"}, matrix.Folded()["user/a"])
	assert.Equal(t, map[string]string{"$default": "allow", "GET /products": "allow"}, matrix.Folded()["user/b"])
}

// TestMatrixOfMethods has a route whose methods are under other conditions.
func TestMatrixOfMethods(t *testing.T) {
	a := api(t, "", "ANY /carts")
	_, free := granting(t, a, access.Conditions{}, "GET /carts")
	_, bound := granting(t, a, access.Conditions{RequireMFA: true}, "POST /carts", "PUT /carts")
	matrix, err := access.NewMatrix(a, map[string][]string{"p": {free, bound}}, []access.Principal{{Name: "user/x", Policies: []string{"p"}}})
	require.NoError(t, err)
	assert.Equal(t, "allow if the method is GET; or if the method is POST or PUT and with MFA", matrix["user/x"].Cells["ANY /carts"].String())
}

func TestMatrixRefuses(t *testing.T) {
	a := api(t, "", "GET /products/{id}")
	statement := func(effect, path string) string {
		return fmt.Sprintf(`{"Version":"2012-10-17","Statement":{"Effect":%q,"Action":"execute-api:Invoke","Resource":"%s/prod/%s"}}`, effect, a.ExecutionArn, path)
	}
	for name, document := range map[string]string{
		"no JSON":                  "x",
		"a deny":                   statement("Deny", "GET/products/*"),
		"values of a variable":     statement("Allow", "GET/products/any"),
		"values in several places": statement("Allow", "GET/products/*-2"),
	} {
		_, err := access.NewMatrix(a, map[string][]string{"p": {document}}, nil)
		assert.Error(t, err, name)
	}
	_, err := access.NewMatrix(a, nil, []access.Principal{{Name: "user/x", Policies: []string{"p"}}})
	assert.ErrorContains(t, err, `user/x: has the policy "p"`)
}
