package access_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

func TestBeyond(t *testing.T) {
	routes := []string{"GET /products", "POST /products", "GET /products/{id}", "ANY /carts/{cart}/items", "GET /files/{path+}", "GET /"}
	for name, row := range map[string]struct {
		routes []string
		grants []string
		want   []access.Reach
	}{
		"literal routes":    {routes: routes, grants: []string{"GET /products", "POST /products", "GET /"}},
		"a variable":        {routes: routes, grants: []string{"GET /products/{id}"}, want: []access.Reach{{Kind: "paths below", Example: "GET /prod/products/any/any"}}},
		"one in the middle": {routes: routes, grants: []string{"ANY /carts/{cart}/items"}, want: []access.Reach{{Kind: "paths below", Example: "DELETE /prod/carts/any/any/items"}}},
		"a greedy one":      {routes: routes, grants: []string{"GET /files/{path+}"}},
		"the stage": {routes: routes, grants: []string{"*"}, want: []access.Reach{
			{Kind: "other methods", Example: "DELETE /prod/"},
			{Kind: "paths below", Example: "DELETE /prod/carts/any/items/any"},
			{Kind: "paths beside", Example: "DELETE /prod/carts/any/any-beside"},
		}},
		"the stage with a catch-all": {routes: []string{"GET /a", "$default"}, grants: []string{"*"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := api(t, row.routes...)
			_, text := granting(t, a, access.Conditions{RequireMFA: true}, row.grants...)
			found, err := a.Beyond(map[string][]string{"policy": {text}})
			require.NoError(t, err)
			assert.Equal(t, row.want, found["policy"])
		})
	}
}

// TestBeyondOfOtherDocuments has documents that do not come from grants: the stage
// and the method have wildcards.
func TestBeyondOfOtherDocuments(t *testing.T) {
	a := api(t, "GET /products")
	for resource, want := range map[string]access.Reach{
		"/prod*/GET/products": {Kind: "other stages", Example: "GET /prod-any/products"},
		"/prod/*/products":    {Kind: "other methods", Example: "DELETE /prod/products"},
		"/prod/GET/prod*":     {Kind: "paths below", Example: "GET /prod/products/any"},
		"/prod/GET/any*":      {Kind: "paths beside", Example: "GET /prod/any-beside"},
	} {
		found, err := a.Beyond(map[string][]string{"policy": {documentOn(a, resource, "")}})
		require.NoError(t, err)
		assert.Contains(t, found["policy"], want, resource)
	}
	_, err := a.Beyond(map[string][]string{"policy": {"x"}})
	assert.ErrorContains(t, err, `policy "policy"`)
}
