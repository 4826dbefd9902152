package access_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// pair is a grant and a route that it cannot leave out.
type pair struct{ grant, other string }

func pairsOf(t *testing.T, errs []error) []pair {
	t.Helper()
	var pairs []pair
	for _, err := range errs {
		values := named(t, err)
		require.GreaterOrEqual(t, len(values), 2, "names both: %v", err)
		pairs = append(pairs, pair{values[0], values[1]})
	}
	return pairs
}

func TestGrantCannotLeaveOut(t *testing.T) {
	id := "GET /a/{id}"
	tests := map[string]struct {
		routes, grants []string
		pairs          []pair
		too            []string // granted as well, it passes
	}{
		"a literal beside a variable": {
			[]string{id, "GET /a/b"}, []string{id}, []pair{{id, "GET /a/b"}}, []string{"GET /a/b"},
		},
		"a literal below a variable": {
			[]string{id, "GET /a/{id}/b"}, []string{id}, []pair{{id, "GET /a/{id}/b"}}, []string{"GET /a/{id}/b"},
		},
		"a literal far below a variable": {
			[]string{id, "GET /a/b/c/d/e"}, []string{id}, []pair{{id, "GET /a/b/c/d/e"}}, []string{"GET /a/b/c/d/e"},
		},
		"a variable below a variable": {
			[]string{id, "GET /a/{id}/{part}"}, []string{id}, []pair{{id, "GET /a/{id}/{part}"}}, []string{"GET /a/{id}/{part}"},
		},
		"a greedy variable beside a variable": {
			[]string{id, "GET /a/{rest+}"}, []string{id}, []pair{{id, "GET /a/{rest+}"}}, []string{"GET /a/{rest+}"},
		},
		"a variable beside a greedy one": {
			[]string{"GET /a/{rest+}", id}, []string{"GET /a/{rest+}"}, []pair{{"GET /a/{rest+}", id}}, []string{id},
		},
		"a literal below a greedy variable": {
			[]string{"GET /a/{rest+}", "GET /a/b/c"}, []string{"GET /a/{rest+}"}, []pair{{"GET /a/{rest+}", "GET /a/b/c"}}, []string{"GET /a/b/c"},
		},
		"a greedy variable above": {
			[]string{id, "GET /{proxy+}"}, []string{id}, []pair{{id, "GET /{proxy+}"}}, []string{"GET /{proxy+}"},
		},
		"a greedy variable above a greedy one": { // GET /a/
			[]string{"GET /a/{rest+}", "GET /{proxy+}"}, []string{"GET /a/{rest+}"}, []pair{{"GET /a/{rest+}", "GET /{proxy+}"}}, []string{"GET /{proxy+}"},
		},
		"the root beside a variable": { // GET / matches GET/*
			[]string{"GET /{id}", "GET /"}, []string{"GET /{id}"}, []pair{{"GET /{id}", "GET /"}}, []string{"GET /"},
		},
		"the same end after a variable": {
			[]string{"GET /{x}/b", "GET /a/{y}/b"}, []string{"GET /{x}/b"}, []pair{{"GET /{x}/b", "GET /a/{y}/b"}}, []string{"GET /a/{y}/b"},
		},
		"the same beginning and end": {
			[]string{"GET /a/{x}/b", "GET /a/c/d/b"}, []string{"GET /a/{x}/b"}, []pair{{"GET /a/{x}/b", "GET /a/c/d/b"}}, []string{"GET /a/c/d/b"},
		},
		"the catch-all route": {
			[]string{id, "$default"}, []string{id}, []pair{{id, "$default"}}, []string{"$default"},
		},
		"an ANY route, by the method": {
			[]string{id, "ANY /a/b"}, []string{id}, []pair{{id, "ANY /a/b"}}, []string{"GET /a/b"},
		},
		"an ANY route, by several methods": {
			[]string{"ANY /a/{id}", "ANY /a/b"}, []string{"ANY /a/{id}"}, []pair{{"ANY /a/{id}", "ANY /a/b"}}, []string{"ANY /a/b"},
		},
		"a method's route, by ANY": {
			[]string{"ANY /a/{id}", "PUT /a/b"}, []string{"ANY /a/{id}"}, []pair{{"ANY /a/{id}", "PUT /a/b"}}, []string{"PUT /a/b"},
		},
		"an ANY route of which another method is granted": {
			[]string{id, "ANY /a/b"}, []string{id, "POST /a/b"}, []pair{{id, "ANY /a/b"}}, []string{"GET /a/b"},
		},
		"parts that cross": {
			[]string{"GET /{x}/b/{y+}", "GET /a/{z}/{w+}"}, []string{"GET /a/{z}/{w+}"},
			[]pair{{"GET /a/{z}/{w+}", "GET /{x}/b/{y+}"}}, []string{"GET /{x}/b/{y+}"},
		},
		"several routes": {
			[]string{id, "GET /a/b", "GET /a/b/c", "GET /c"}, []string{id},
			[]pair{{id, "GET /a/b"}, {id, "GET /a/b/c"}}, []string{"GET /a/b", "GET /a/b/c"},
		},
		"ANY on a literal path, by a method with a variable": {
			[]string{"ANY /a/b", id, "POST /{x}/{y}"}, []string{"ANY /a/b"},
			[]pair{{"ANY /a/b", id}, {"ANY /a/b", "POST /{x}/{y}"}}, []string{id, "POST /{x}/{y}"},
		},
		"several grants": {
			[]string{id, "POST /a/{id}", "GET /a/b", "POST /a/c"}, []string{"POST /a/{id}", id},
			[]pair{{"POST /a/{id}", "POST /a/c"}, {id, "GET /a/b"}}, []string{"GET /a/b", "POST /a/c"},
		},
		"the catch-all route granted, one other": {
			[]string{"$default", "GET /a"}, []string{"$default"}, []pair{{"$default", "GET /a"}}, []string{"GET /a"},
		},
		"the catch-all route granted, an ANY route": {
			[]string{"$default", "ANY /a"}, []string{"$default"}, []pair{{"$default", "ANY /a"}}, []string{"ANY /a"},
		},
		"the catch-all route granted, all but one method": {
			[]string{"$default", "GET /a", "POST /a"}, []string{"GET *", "$default"}, []pair{{"$default", "POST /a"}}, []string{"POST /a"},
		},
		"a method everywhere, beside the catch-all route": {
			[]string{id, "$default"}, []string{"GET *"}, []pair{{"GET *", "$default"}}, []string{"$default"},
		},
		"an open route with a variable, granted": {
			[]string{"open GET /a/{id}", "GET /a/b"}, []string{id}, []pair{{id, "GET /a/b"}}, []string{"GET /a/b"},
		},
		// Compared with one route at a time, a pattern counts as reaching also what
		// loses every path that they share to a more specific route.
		"careful: an order that is not documented": {
			[]string{"GET /a/{y}", "GET /{x}/b"}, []string{"GET /a/{y}"}, []pair{{"GET /a/{y}", "GET /{x}/b"}}, []string{"GET /{x}/b"},
		},
		"careful: all shared paths are a literal route's": {
			[]string{"GET /{x}/b", "GET /a/{y}", "GET /a/b"}, []string{"GET /{x}/b", "GET /a/b"},
			[]pair{{"GET /{x}/b", "GET /a/{y}"}}, []string{"GET /a/{y}"},
		},
		"careful: the catch-all route behind an open greedy one": {
			[]string{id, "open GET /{proxy+}", "$default"}, []string{id}, []pair{{id, "$default"}}, []string{"$default"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			routes := declare(t, test.routes...)
			_, errs := access.Resolve(test.grants, routes)
			assert.Equal(t, test.pairs, pairsOf(t, errs), "%v", errs)
			_, errs = access.Resolve(slices.Concat(test.grants, test.too), routes)
			assert.Empty(t, errs, "with %q granted too", test.too)
		})
	}
}

func TestGrantLeavesOut(t *testing.T) {
	tests := map[string]struct{ routes, grants []string }{
		"other methods of the path":               {[]string{"GET /a", "POST /a"}, []string{"GET /a"}},
		"other methods of a variable's path":      {[]string{"GET /a/{id}", "POST /a/{id}", "POST /a/b", "DELETE /a/{id}/b"}, []string{"GET /a/{id}"}},
		"a literal path under a variable":         {[]string{"GET /a/b", "GET /a/{id}"}, []string{"GET /a/b"}},
		"ANY on a literal path under a variable":  {[]string{"ANY /a/b", "ANY /a/{id}", "GET /{proxy+}"}, []string{"ANY /a/b"}},
		"ANY on a literal path and its methods":   {[]string{"ANY /a/b", "GET /a/b", "GET /a/{id}"}, []string{"ANY /a/b", "GET /a/b"}},
		"a literal path under a greedy variable":  {[]string{"GET /a/b", "GET /{proxy+}"}, []string{"GET /a/b"}},
		"a literal path beside the catch-all":     {[]string{"GET /a/b", "$default"}, []string{"GET /a/b"}},
		"a literal path and those below it":       {[]string{"GET /a", "GET /a/b", "GET /a/{id}"}, []string{"GET /a"}},
		"a literal path that another begins with": {[]string{"GET /a", "GET /ab"}, []string{"GET /a"}},
		"the root":                                 {[]string{"GET /", "GET /{id}", "GET /{proxy+}", "$default"}, []string{"GET /"}},
		"the collection above a variable":          {[]string{"GET /a/{id}", "GET /a"}, []string{"GET /a/{id}"}},
		"a path beside a variable's":               {[]string{"GET /a/{id}", "GET /b/{id}", "GET /b"}, []string{"GET /a/{id}"}},
		"a path that begins like a variable's":     {[]string{"GET /a/{id}", "GET /ab/{id}"}, []string{"GET /a/{id}"}},
		"another end after the variable":           {[]string{"GET /a/{id}/b", "GET /a/{id}/c", "GET /a/{id}", "GET /a/{id}/b/c"}, []string{"GET /a/{id}/b"}},
		"an end that only ends alike":              {[]string{"GET /a/{id}/b", "GET /a/{id}/ab"}, []string{"GET /a/{id}/b"}},
		"case":                                     {[]string{"GET /a/{id}", "GET /A/b"}, []string{"GET /a/{id}"}},
		"an open literal beside a variable":        {[]string{"GET /a/{id}", "open GET /a/b"}, []string{"GET /a/{id}"}},
		"an open greedy variable above":            {[]string{"GET /a/{id}", "open ANY /{proxy+}"}, []string{"GET /a/{id}"}},
		"an open catch-all route":                  {[]string{"GET /a/{id}", "open $default"}, []string{"GET /a/{id}"}},
		"open routes beside the catch-all granted": {[]string{"$default", "open GET /a", "open ANY /b"}, []string{"$default"}},
		"a method of ANY with an open route":       {[]string{"GET /a/{id}", "ANY /a/b", "open GET /a/b"}, []string{"GET /a/{id}"}},
		"ANY of which the method is granted":       {[]string{"GET /a/{id}", "ANY /a/b"}, []string{"GET /a/{id}", "GET /a/b"}},
		"ANY beside a method's variable":           {[]string{"GET /a/{id}", "POST /a/b", "PUT /a/b"}, []string{"GET /a/{id}"}},
		"a method everywhere, other methods":       {[]string{"GET /a/{id}", "GET /a/b", "ANY /a/c", "POST /a/d"}, []string{"GET *"}},
		"every method everywhere":                  {[]string{"ANY /{proxy+}", "GET /a/{id}", "POST /a/b"}, []string{"ANY *"}},
		"the whole stage":                          {[]string{"GET /a/{id}", "GET /a/b", "$default"}, []string{"*"}},
		"the whole stage beside a variable":        {[]string{"GET /a/{id}", "GET /a/b", "$default"}, []string{"GET /a/{id}", "*"}},
		"the whole stage before a variable":        {[]string{"GET /a/{id}", "GET /a/b", "$default"}, []string{"*", "GET /a/{id}"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, errs := access.Resolve(test.grants, declare(t, test.routes...))
			assert.Empty(t, errs)
		})
	}
}

// What a message advises is enough, and no more than that: no second round for
// the same two.
func TestAdvice(t *testing.T) {
	tests := map[string]struct {
		routes, grants []string
		advice         string
	}{
		"one method":                      {[]string{"GET /a/{id}", "ANY /a/b"}, []string{"GET /a/{id}"}, "GET /a/b"},
		"every method":                    {[]string{"ANY /a/{id}", "ANY /a/b"}, []string{"ANY /a/{id}"}, "ANY /a/b"},
		"all methods but one":             {[]string{"ANY /a/{id}", "open GET /a/{id}", "ANY /a/b"}, []string{"ANY /a/{id}"}, "ANY /a/b"},
		"one method is granted":           {[]string{"ANY /a/{id}", "ANY /a/b"}, []string{"ANY /a/{id}", "DELETE /a/b"}, "ANY /a/b"},
		"of the catch-all":                {[]string{"$default", "ANY /a"}, []string{"$default"}, "ANY /a"},
		"the catch-all":                   {[]string{"$default", "GET /a/{id}"}, []string{"GET /a/{id}"}, "$default"},
		"a method's own route":            {[]string{"ANY /a/{id}", "PUT /a/b"}, []string{"ANY /a/{id}"}, "PUT /a/b"},
		"an order that is not documented": {[]string{"ANY /a/b", "PUT /a/{id}"}, []string{"ANY /a/b"}, "PUT /a/{id}"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			routes := declare(t, test.routes...)
			_, errs := access.Resolve(test.grants, routes)
			require.Len(t, errs, 1)
			values := named(t, errs[0])
			assert.Equal(t, test.advice, values[len(values)-1], "%v", errs[0])
			_, errs = access.Resolve(append(test.grants, test.advice), routes)
			assert.Empty(t, errs)
		})
	}
}
