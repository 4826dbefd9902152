package access_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

var allMethods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// on are invokes of some methods on one path.
func on(path string, methods ...string) []access.Invoke {
	var invokes []access.Invoke
	for _, method := range methods {
		invokes = append(invokes, access.Invoke{Method: method, Path: path})
	}
	return invokes
}

func TestResolve(t *testing.T) {
	get, post := []string{"GET"}, []string{"POST"}
	notGet := without("GET")
	tests := map[string]struct {
		routes, grants []string
		granted        map[string][]string
		invokes        []access.Invoke
	}{
		"a route": {
			routes: []string{"GET /products", "POST /products"}, grants: []string{"GET /products"},
			granted: map[string][]string{"GET /products": get},
			invokes: on("/products", "GET"),
		},
		"the root": {
			routes: []string{"GET /", "GET /a"}, grants: []string{"GET /"},
			granted: map[string][]string{"GET /": get},
			invokes: on("/", "GET"),
		},
		"two routes, sorted": {
			routes: []string{"GET /products", "POST /products"}, grants: []string{"POST /products", "GET /products"},
			granted: map[string][]string{"GET /products": get, "POST /products": post},
			invokes: on("/products", "GET", "POST"),
		},
		"a variable": {
			routes: []string{"GET /products/{id}"}, grants: []string{"GET /products/{id}"},
			granted: map[string][]string{"GET /products/{id}": get},
			invokes: on("/products/*", "GET"),
		},
		"a variable and what stands after it": {
			routes: []string{"GET /products/{id}/reviews"}, grants: []string{"GET /products/{id}/reviews"},
			granted: map[string][]string{"GET /products/{id}/reviews": get},
			invokes: on("/products/*/reviews", "GET"),
		},
		"several variables": {
			routes: []string{"GET /{a}/b/{c}/{d}"}, grants: []string{"GET /{a}/b/{c}/{d}"},
			granted: map[string][]string{"GET /{a}/b/{c}/{d}": get},
			invokes: on("/*/b/*/*", "GET"),
		},
		"a greedy variable": {
			routes: []string{"GET /files/{path+}"}, grants: []string{"GET /files/{path+}"},
			granted: map[string][]string{"GET /files/{path+}": get},
			invokes: on("/files/*", "GET"),
		},
		"an ANY route lists the methods": {
			routes: []string{"ANY /x"}, grants: []string{"ANY /x"},
			granted: map[string][]string{"ANY /x": allMethods},
			invokes: on("/x", allMethods...),
		},
		"a method of an ANY route": {
			routes: []string{"ANY /x"}, grants: []string{"GET /x"},
			granted: map[string][]string{"ANY /x": get},
			invokes: on("/x", "GET"),
		},
		"methods of an ANY route with a variable": {
			routes: []string{"ANY /x/{id}"}, grants: []string{"POST /x/{id}", "GET /x/{id}"},
			granted: map[string][]string{"ANY /x/{id}": {"GET", "POST"}},
			invokes: on("/x/*", "GET", "POST"),
		},
		"an ANY route leaves out a method with a route of its own": {
			routes: []string{"ANY /x", "GET /x"}, grants: []string{"ANY /x"},
			granted: map[string][]string{"ANY /x": notGet},
			invokes: on("/x", notGet...),
		},
		"so it does if the variables differ in name": {
			routes: []string{"ANY /x/{a}", "GET /x/{b}"}, grants: []string{"ANY /x/{a}"},
			granted: map[string][]string{"ANY /x/{a}": notGet},
			invokes: on("/x/*", notGet...),
		},
		"and if the other is open": {
			routes: []string{"ANY /x", "open GET /x"}, grants: []string{"ANY /x"},
			granted: map[string][]string{"ANY /x": notGet},
			invokes: on("/x", notGet...),
		},
		"the method's own route, not ANY": {
			routes: []string{"ANY /x", "GET /x"}, grants: []string{"GET /x"},
			granted: map[string][]string{"GET /x": get},
			invokes: on("/x", "GET"),
		},
		"ANY and the method's own": {
			routes: []string{"ANY /x", "GET /x"}, grants: []string{"ANY /x", "GET /x"},
			granted: map[string][]string{"ANY /x": notGet, "GET /x": get},
			invokes: on("/x", allMethods...),
		},
		"a method of ANY and all of it": {
			routes: []string{"ANY /x"}, grants: []string{"GET /x", "ANY /x"},
			granted: map[string][]string{"ANY /x": allMethods},
			invokes: on("/x", allMethods...),
		},
		"a method everywhere": {
			routes: []string{"GET /a", "GET /b/{id}", "POST /a"}, grants: []string{"GET *"},
			granted: map[string][]string{"GET /a": get, "GET /b/{id}": get},
			invokes: []access.Invoke{{Method: "GET", Path: "/a"}, {Method: "GET", Path: "/b/*"}},
		},
		"a method everywhere, ANY routes too": {
			routes: []string{"ANY /a", "GET /a", "ANY /b", "POST /c"}, grants: []string{"GET *"},
			granted: map[string][]string{"GET /a": get, "ANY /b": get},
			invokes: []access.Invoke{{Method: "GET", Path: "/a"}, {Method: "GET", Path: "/b"}},
		},
		"a method everywhere and one route more": {
			routes: []string{"GET /a", "POST /a", "PUT /a"}, grants: []string{"GET *", "PUT /a", "GET /a"},
			granted: map[string][]string{"GET /a": get, "PUT /a": {"PUT"}},
			invokes: on("/a", "GET", "PUT"),
		},
		"a method everywhere leaves the catch-all out": {
			routes: []string{"$default", "GET /a"}, grants: []string{"GET *"},
			granted: map[string][]string{"GET /a": get},
			invokes: on("/a", "GET"),
		},
		"every method everywhere": {
			routes: []string{"GET /a", "POST /b", "ANY /c"}, grants: []string{"ANY *"},
			granted: map[string][]string{"GET /a": get, "POST /b": post, "ANY /c": allMethods},
			invokes: slices.Concat(on("/c", "DELETE"), on("/a", "GET"), on("/c", "GET", "HEAD", "OPTIONS", "PATCH"),
				on("/b", "POST"), on("/c", "POST", "PUT")),
		},
		"the whole stage": {
			routes: []string{"GET /a", "ANY /b", "$default"}, grants: []string{"*"},
			granted: map[string][]string{"GET /a": get, "ANY /b": allMethods, "$default": allMethods},
			invokes: on("*", "*"),
		},
		"the whole stage takes in the rest": {
			routes: []string{"GET /a", "POST /b"}, grants: []string{"GET /a", "*", "POST /b"},
			granted: map[string][]string{"GET /a": get, "POST /b": post},
			invokes: on("*", "*"),
		},
		"the whole stage of no routes": {
			grants: []string{"*"}, granted: map[string][]string{}, invokes: on("*", "*"),
		},
		"the catch-all route alone": {
			routes: []string{"$default"}, grants: []string{"$default"},
			granted: map[string][]string{"$default": allMethods},
			invokes: on("*", "*"),
		},
		"the catch-all route and every other": {
			routes: []string{"$default", "GET /a"}, grants: []string{"GET /a", "$default"},
			granted: map[string][]string{"$default": allMethods, "GET /a": get},
			invokes: on("*", "*"),
		},
		"an open route": {
			routes: []string{"open GET /a", "GET /b"}, grants: []string{"GET *"},
			granted: map[string][]string{"GET /a": get, "GET /b": get},
			invokes: []access.Invoke{{Method: "GET", Path: "/a"}, {Method: "GET", Path: "/b"}},
		},
		"a pattern only once": {
			routes: []string{"GET /a/{id}", "GET /a/{rest+}"}, grants: []string{"GET /a/{id}", "GET /a/{rest+}"},
			granted: map[string][]string{"GET /a/{id}": get, "GET /a/{rest+}": get},
			invokes: on("/a/*", "GET"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			resolution, errs := access.Resolve(test.grants, declare(t, test.routes...))
			require.Empty(t, errs)
			assert.Equal(t, test.granted, resolution.Granted)
			assert.Equal(t, test.invokes, resolution.Invokes)
		})
	}
}

func without(method string) []string {
	return slices.DeleteFunc(slices.Clone(allMethods), func(m string) bool { return m == method })
}

func TestMethodsAreThoseOfAnAnyRoute(t *testing.T) {
	assert.Equal(t, allMethods, access.Methods)
}

// The order of grants means nothing, and neither does the order in which the
// routes were declared.
func TestResolveInAnyOrder(t *testing.T) {
	routes := []string{"GET /a", "ANY /b/{id}", "POST /c", "GET /b/{id}"}
	grants := []string{"ANY /b/{id}", "POST *", "GET /a"}
	want, errs := access.Resolve(grants, declare(t, routes...))
	require.Empty(t, errs)
	for range len(grants) {
		grants = append(grants[1:], grants[0])
		routes = append(routes[1:], routes[0])
		got, errs := access.Resolve(grants, declare(t, routes...))
		require.Empty(t, errs)
		assert.Equal(t, grants, got.Grants)
		got.Grants = want.Grants
		assert.Equal(t, want, got)
	}
}

func TestResolveRefuses(t *testing.T) {
	var everyMethod []string
	for _, method := range allMethods {
		everyMethod = append(everyMethod, method+" /x/{own}")
	}
	tests := map[string]struct {
		routes, grants []string
		refused        []string // the grant that each error begins with
	}{
		"a route that is not declared":              {[]string{"GET /a"}, []string{"GET /b"}, []string{"GET /b"}},
		"a method that is not declared":             {[]string{"GET /a"}, []string{"POST /a"}, []string{"POST /a"}},
		"a path below a declared one":               {[]string{"GET /a"}, []string{"GET /a/b"}, []string{"GET /a/b"}},
		"a path that a variable would take":         {[]string{"GET /{id}"}, []string{"GET /a"}, []string{"GET /a"}},
		"another name for the variable":             {[]string{"GET /{id}"}, []string{"GET /{name}"}, []string{"GET /{name}"}},
		"ANY of a route with one method":            {[]string{"GET /a"}, []string{"ANY /a"}, []string{"ANY /a"}},
		"ANY that serves no method":                 {append(everyMethod, "ANY /x/{id}"), []string{"ANY /x/{id}"}, []string{"ANY /x/{id}"}},
		"a method that ANY leaves to its own route": {[]string{"ANY /{a}", "GET /{b}"}, []string{"GET /{a}"}, []string{"GET /{a}"}},
		"the catch-all route, not declared":         {[]string{"GET /a"}, []string{"$default"}, []string{"$default"}},
		"a method of the catch-all route":           {[]string{"$default"}, []string{"GET /a"}, []string{"GET /a"}},
		"a method that no route answers":            {[]string{"GET /a"}, []string{"POST *"}, []string{"POST *"}},
		"a method that only the catch-all answers":  {[]string{"GET /a", "$default"}, []string{"POST *"}, []string{"POST *"}},
		"every method of the catch-all alone":       {[]string{"$default"}, []string{"ANY *"}, []string{"ANY *"}},
		"a grant twice":                             {[]string{"GET /a"}, []string{"GET /a", "GET /a"}, []string{"GET /a"}},
		"the whole stage twice":                     {[]string{"GET /a"}, []string{"*", "*"}, []string{"*"}},
		"a grant three times":                       {[]string{"GET /a"}, []string{"GET /a", "GET /a", "GET /a"}, []string{"GET /a", "GET /a"}},
		"an empty grant":                            {[]string{"GET /a"}, []string{""}, []string{""}},
		"lower-case method":                         {[]string{"GET /a"}, []string{"get /a"}, []string{"get /a"}},
		"lower-case method, everywhere":             {[]string{"GET /a"}, []string{"get *"}, []string{"get *"}},
		"unknown method, everywhere":                {[]string{"GET /a"}, []string{"TRACE *"}, []string{"TRACE *"}},
		"no method, everywhere":                     {[]string{"GET /a"}, []string{" *"}, []string{" *"}},
		"two spaces, everywhere":                    {[]string{"GET /a"}, []string{"GET  *"}, []string{"GET  *"}},
		"two stars":                                 {[]string{"GET /a"}, []string{"**"}, []string{"**"}},
		"star and space":                            {[]string{"GET /a"}, []string{"* "}, []string{"* "}},
		"any method as a star":                      {[]string{"GET /a"}, []string{"* /a", "* *"}, []string{"* /a", "* *"}},
		"wildcards in the path":                     {[]string{"GET /a"}, []string{"GET /*", "GET /?"}, []string{"GET /*", "GET /?"}},
		"an ARN":                                    {[]string{"GET /a"}, []string{executionArn + "/prod/GET/a"}, []string{executionArn + "/prod/GET/a"}},
		"several at once": {
			[]string{"GET /a", "POST /a"}, []string{"GET /b", "GET /a", "post /a", "GET /a", "PUT *"},
			[]string{"GET /b", "post /a", "GET /a", "PUT *"},
		},
		"beside the whole stage": {[]string{"GET /a"}, []string{"*", "GET /b"}, []string{"GET /b"}},
		"no routes":              {nil, []string{"GET /a"}, []string{"GET /a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, errs := access.Resolve(test.grants, declare(t, test.routes...))
			var refused []string
			for _, err := range errs {
				assert.NotContains(t, err.Error(), "\n")
				refused = append(refused, named(t, err)[0])
			}
			assert.Equal(t, test.refused, refused, "%v", errs)
		})
	}
}

func TestResolveOfNoGrants(t *testing.T) {
	for name, grants := range map[string][]string{"nil": nil, "empty": {}} {
		resolution, errs := access.Resolve(grants, declare(t, "GET /a"))
		assert.Len(t, errs, 1, name)
		assert.Empty(t, resolution.Invokes, name)
	}
}

// An API has up to 300 routes, and each policy is resolved against them all.
func BenchmarkResolve(b *testing.B) {
	var keys []string
	for i := range 300 {
		keys = append(keys, fmt.Sprintf("ANY /service-%d/customers/{id}/orders/{order}/lines/{line}", i))
	}
	routes := declare(b, keys...)
	for b.Loop() {
		if _, errs := access.Resolve([]string{"ANY *"}, routes); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
