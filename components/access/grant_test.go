package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// list splits the items of a row.
func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ", ")
}

// TestResolve has what the documents list for some grants. TestResolveIsExact
// compares what they mean with all requests.
func TestResolve(t *testing.T) {
	for name, test := range map[string]struct{ routes, grants, invokes string }{
		"the root":                   {"GET /, GET /a", "GET /", "GET /"},
		"two routes, sorted":         {"GET /a, POST /a", "POST /a, GET /a", "GET /a, POST /a"},
		"a variable in the middle":   {"GET /a/{id}/b", "GET /a/{id}/b", "GET /a/*/b"},
		"several variables":          {"GET /{a}/b/{c}/{d}", "GET /{a}/b/{c}/{d}", "GET /*/b/*/*"},
		"a greedy variable":          {"GET /a.b/{path+}", "GET /a.b/{path+}", "GET /a.b/*"},
		"the methods of ANY":         {"ANY /x", "ANY /x", "DELETE /x, GET /x, HEAD /x, OPTIONS /x, PATCH /x, POST /x, PUT /x"},
		"ANY without GET":            {"ANY /x, open GET /x", "ANY /x", "DELETE /x, HEAD /x, OPTIONS /x, PATCH /x, POST /x, PUT /x"},
		"methods of ANY":             {"ANY /x/{id}", "POST /x/{id}, GET /x/{id}", "GET /x/*, POST /x/*"},
		"a method of every route":    {"ANY /b, GET /b, ANY /a, POST /c, $default", "GET *", "GET /a, GET /b"},
		"one pattern of two routes":  {"GET /a/{id}, GET /a/{rest+}", "GET /a/{id}, GET /a/{rest+}", "GET /a/*"},
		"one invoke of two grants":   {"GET /a, PUT /a", "GET *, PUT /a, GET /a", "GET /a, PUT /a"},
		"no route under tokens":      {"GET /a, token shop ANY /a/b, token shop $default", "GET *", "GET /a"},
		"the whole stage":            {"GET /a, ANY /b, $default", "*", "* *"},
		"the whole stage and others": {"GET /a, POST /b", "GET /a, *, POST /b", "* *"},
		"the stage without routes":   {"", "*", "* *"},
		"the catch-all route":        {"$default, GET /a", "GET /a, $default", "* *"},
	} {
		t.Run(name, func(t *testing.T) {
			resolution, errs := access.Resolve(list(test.grants), declare(t, list(test.routes)...))
			require.Empty(t, errs)
			var invokes []string
			for _, invoke := range resolution.Invokes {
				invokes = append(invokes, invoke.Method+" "+invoke.Path)
			}
			assert.Equal(t, list(test.invokes), invokes)
		})
	}
}

func TestMethodsAreThoseOfAnHTTPAPI(t *testing.T) {
	assert.Equal(t, []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}, access.Methods)
}

// The order of grants has no effect, and neither does the order in which the routes
// were declared.
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

func TestResolveRejects(t *testing.T) {
	methods := strings.Join(access.Methods, " /x/{own}, ") + " /x/{own}, "
	for _, test := range []struct {
		routes, grants string
		rejected       string // the grant that each error begins with, if not all grants
	}{
		{routes: "GET /a", grants: "GET /b, POST /a, GET /a/b, ANY /a, $default, POST *"}, // not declared
		{routes: "GET /{id}", grants: "GET /a, GET /{name}"},
		{routes: methods + "ANY /x/{id}", grants: "ANY /x/{id}"}, // all methods have routes of their own
		{routes: "ANY /{a}, GET /{b}", grants: "GET /{a}"},
		{routes: "$default", grants: "GET /a, ANY *"},
		{routes: "GET /a, $default", grants: "POST *"},
		{routes: "", grants: "GET /a"},
		{routes: "GET /a", grants: "get /a, get *, TRACE *,  *, GET  *, **, * , * /a, * *, GET /*, GET /?"}, // malformed
		{routes: "GET /a", grants: executionArn + "/prod/GET/a"},
		{routes: "GET /a", grants: "GET /a, GET /a, GET /a", rejected: "GET /a, GET /a"},
		{routes: "GET /a", grants: "*, *", rejected: "*"},
		{routes: "GET /a", grants: "*, GET /b", rejected: "GET /b"},
		{
			routes: "GET /a, POST /a", grants: "GET /b, GET /a, post /a, GET /a, PUT *",
			rejected: "GET /b, post /a, GET /a, PUT *",
		},
	} {
		_, errs := access.Resolve(list(test.grants), declare(t, list(test.routes)...))
		assertOneLine(t, errs...)
		var rejected []string
		for _, err := range errs {
			rejected = append(rejected, named(t, err)[0])
		}
		if test.rejected == "" {
			test.rejected = test.grants
		}
		assert.Equal(t, list(test.rejected), rejected, "%v", errs)
	}
	for _, grants := range [][]string{nil, {}, {""}} {
		resolution, errs := access.Resolve(grants, declare(t, "GET /a"))
		assert.Len(t, errs, 1)
		assert.Empty(t, resolution.Invokes)
	}
}

// TestGrantCannotLeaveOut has grants that reach other routes. An error names the
// grant, the route, and what to grant too, which suffices.
func TestGrantCannotLeaveOut(t *testing.T) {
	for name, test := range map[string]struct {
		routes, grants string
		named          string // in each error: the grant, the route, the advice
	}{
		"a literal in place of a variable": {"GET /a/{id}, GET /a/b", "GET /a/{id}", "GET /a/{id} | GET /a/b | GET /a/b"},
		"a literal below a variable":       {"GET /{id}, GET /a/b/c/d", "GET /{id}", "GET /{id} | GET /a/b/c/d | GET /a/b/c/d"},
		"a greedy variable":                {"GET /a/{id}, GET /a/{r+}", "GET /a/{id}", "GET /a/{id} | GET /a/{r+} | GET /a/{r+}"},
		"a variable, by a greedy one":      {"GET /a/{r+}, GET /a/{id}", "GET /a/{r+}", "GET /a/{r+} | GET /a/{id} | GET /a/{id}"},
		"a greedy variable above":          {"GET /a/{r+}, GET /{p+}", "GET /a/{r+}", "GET /a/{r+} | GET /{p+} | GET /{p+}"}, // GET /a/
		"the root":                         {"GET /{id}, GET /", "GET /{id}", "GET /{id} | GET / | GET /"},                   // GET / matches GET/*
		"the same end":                     {"GET /a/{x}/b, GET /a/c/d/b", "GET /a/{x}/b", "GET /a/{x}/b | GET /a/c/d/b | GET /a/c/d/b"},
		"the catch-all route":              {"GET /{id}, $default", "GET /{id}", "GET /{id} | $default | $default"},
		"the catch-all route, by method":   {"GET /{id}, $default", "GET *", "GET * | $default | $default"},
		"a method of ANY":                  {"GET /{id}, ANY /b", "GET /{id}, POST /b", "GET /{id} | ANY /b | GET /b"},
		"several methods of ANY":           {"ANY /{id}, ANY /b", "ANY /{id}, DELETE /b", "ANY /{id} | ANY /b | ANY /b"},
		"all methods of ANY but one":       {"ANY /{id}, open GET /{id}, ANY /b", "ANY /{id}", "ANY /{id} | ANY /b | ANY /b"},
		"a method, by ANY":                 {"ANY /{id}, PUT /b", "ANY /{id}", "ANY /{id} | PUT /b | PUT /b"},
		"a method, by an open route":       {"open GET /{id}, GET /b", "GET /{id}", "GET /{id} | GET /b | GET /b"},
		"two routes":                       {"GET /{id}, GET /b, GET /b/c", "GET /{id}", "GET /{id} | GET /b | GET /b, GET /{id} | GET /b/c | GET /b/c"},
		"two grants": {
			"GET /{id}, POST /{id}, GET /b, POST /c", "POST /{id}, GET /{id}",
			"POST /{id} | POST /c | POST /c, GET /{id} | GET /b | GET /b",
		},
		"all that the catch-all route allows": {"$default, GET /a, POST /a, ANY /b", "GET *, $default", "$default | ANY /b | ANY /b, $default | POST /a | POST /a"},
		"no documented order":                 {"ANY /a/b, PUT /a/{id}", "ANY /a/b", "ANY /a/b | PUT /a/{id} | PUT /a/{id}"},
		// Compared with one route at a time, a pattern also counts as reaching a
		// route that loses all paths that they share to a more specific one.
		"careful: all shared paths are a literal route's": {
			"GET /{x}/b, GET /a/{y}, GET /a/b", "GET /{x}/b, GET /a/b", "GET /{x}/b | GET /a/{y} | GET /a/{y}",
		},
		"careful: the catch-all route behind an open greedy one": {
			"GET /{id}, open GET /{p+}, $default", "GET /{id}", "GET /{id} | $default | $default",
		},
	} {
		t.Run(name, func(t *testing.T) {
			routes, grants := declare(t, list(test.routes)...), list(test.grants)
			_, errs := access.Resolve(grants, routes)
			var found []string
			for _, err := range errs {
				values := named(t, err)
				require.GreaterOrEqual(t, len(values), 3, "%v", err)
				advice := values[len(values)-1]
				found, grants = append(found, values[0]+" | "+values[1]+" | "+advice), append(grants, advice)
			}
			assert.Equal(t, list(test.named), found, "%v", errs)
			_, errs = access.Resolve(grants, routes)
			assert.Empty(t, errs)
		})
	}
}

func TestGrantLeavesOut(t *testing.T) {
	for _, test := range []struct{ routes, grants string }{
		{"GET /a/{id}, POST /a/{id}, POST /a/b, DELETE /a/{id}/b", "GET /a/{id}"}, // other methods
		{"GET /a/b, GET /a, GET /ab, GET /a/{id}, GET /{proxy+}, $default", "GET /a"},
		{"GET /a/b, GET /a/{id}, GET /{proxy+}, $default", "GET /a/b"}, // a literal path
		{"ANY /a/b, ANY /a/{id}, GET /{proxy+}", "ANY /a/b"},
		{"ANY /a/b, GET /a/b, GET /a/{id}", "ANY /a/b, GET /a/b"},
		{"GET /, GET /{id}, GET /{proxy+}, $default", "GET /"},
		{"GET /a/{id}, GET /a, GET /b/{id}, GET /b, GET /ab/{id}, GET /A/b", "GET /a/{id}"}, // other beginnings
		{"GET /a/{id}/b, GET /a/{id}/c, GET /a/{id}, GET /a/{id}/b/c, GET /a/{id}/ab", "GET /a/{id}/b"},
		{"GET /a/{id}, open GET /a/b, open ANY /{proxy+}, open $default", "GET /a/{id}"}, // open routes
		{"$default, open GET /a, open ANY /b", "$default"},
		{"GET /a/{id}, token shop GET /a/b, token shop ANY /{proxy+}, token shop $default", "GET /a/{id}"},
		{"ANY /a/b, token shop PUT /a/{id}", "ANY /a/b"},
		{"GET /a/{id}, ANY /a/b, open GET /a/b", "GET /a/{id}"},
		{"GET /a/{id}, ANY /a/b", "GET /a/{id}, GET /a/b"}, // granted, too
		{"GET /a/{id}, GET /a/b, ANY /a/c, POST /a/d", "GET *"},
		{"ANY /{proxy+}, GET /a/{id}, POST /a/b", "ANY *"},
		{"GET /a/{id}, GET /a/b, $default", "GET /a/{id}, *"},
		{"GET /a/{id}, GET /a/b, $default", "*, GET /a/{id}"},
	} {
		_, errs := access.Resolve(list(test.grants), declare(t, list(test.routes)...))
		assert.Empty(t, errs, test)
	}
}

// An API has up to 300 routes, and each policy is resolved against all of them.
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
