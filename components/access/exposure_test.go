package access_test

import (
	"cmp"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// TestExposures has routes under IAM, and open ones after a semicolon.
func TestExposures(t *testing.T) {
	const guardedMethod = "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"
	for name, row := range map[string]struct {
		routes string
		want   []string // "PATH: METHODS: OPEN ROUTES"
	}{
		"a greedy route":                  {"POST /admin; ANY /{p+}", []string{"/admin: " + guardedMethod + ": ANY /{p+}"}},
		"$default":                        {"POST /a/{x}; $default", []string{"/a/{x}: " + guardedMethod + ": $default"}},
		"a variable":                      {"POST /admin; GET /{x}", []string{"/admin: GET: GET /{x}"}},
		"ANY on the path":                 {"ANY /admin; ANY /{p+}", nil},
		"all methods between two routes":  {"ANY /admin, POST /admin; $default", nil},
		"the same path":                   {"POST /a/{x}; GET /a/{y}", nil},
		"a narrower path":                 {"GET /a/{x}, ANY /{p+}, $default; ANY /a/b, GET /c/{p+}", nil},
		"another path":                    {"GET /a; GET /b, ANY /a/{p+}", nil},
		"no documented order":             {"GET /x/{b}; GET /{a}/y", []string{"/x/{b}: GET: GET /{a}/y"}},
		"no documented order, beside ANY": {"ANY /a/b; GET /a/{x}", []string{"/a/b: GET: GET /a/{x}"}},
		"two open routes": {"POST /a; GET /{x}, ANY /{p+}",
			[]string{"/a: " + guardedMethod + ": ANY /{p+}, GET /{x}"}},
		"one line for each path": {"POST /a, PUT /a, POST /{x}/c, PUT /{y}/c; GET /{p+}",
			[]string{"/a: GET: GET /{p+}", "/{x}/c: GET: GET /{p+}"}},
	} {
		t.Run(name, func(t *testing.T) {
			guarded, open, _ := strings.Cut(row.routes, "; ")
			keys := list(guarded)
			for _, key := range list(open) {
				keys = append(keys, "open "+key)
			}
			routes := declare(t, keys...)
			var got []string
			for _, e := range routes.Exposures() {
				got = append(got, e.Path+": "+strings.Join(e.Methods, ", ")+": "+strings.Join(e.Routes.Keys(), ", "))
				assert.Contains(t, e.String(), "anyone may call "+e.Path+", a path under IAM, with "+strings.Join(e.Methods, ", "))
				for _, key := range e.Routes.Keys() {
					assert.Contains(t, e.String(), key)
				}
			}
			assert.ElementsMatch(t, row.want, got)
		})
	}
}

// TestExposuresOfAllRequests compares the exposures of random routes with the requests
// that end at other routes by the model.
func TestExposuresOfAllRequests(t *testing.T) {
	exposed := 0
	for seed := range int64(600) {
		routes := newTrial(t, rand.New(rand.NewSource(seed))).routes
		if seed%2 == 0 { // more open routes
			for i, route := range routes {
				switch route.Authorization {
				case access.IAM:
					routes[i].Authorization = access.Open
				case access.Open:
					routes[i].Authorization = access.IAM
				}
			}
		}
		type exposure struct{ path, what, who, under string } // what is a method or a route
		want, got := map[exposure]bool{}, map[exposure]bool{}
		for _, guarded := range routes {
			if guarded.Authorization == access.Open {
				continue
			}
			path, under := shape(guarded.Key.Path), cmp.Or(guarded.Authorizer, "IAM")
			for _, r := range requests {
				for _, end := range (gateway{routes: routes}).exposing(guarded, r) {
					want[exposure{path, r.method, end.Authorizer, under}] = true
					want[exposure{path, end.Key.String(), end.Authorizer, under}] = true
				}
			}
		}
		for _, e := range routes.Exposures() {
			for _, what := range append(e.Routes.Keys(), e.Methods...) {
				if !slices.Contains([]string{"DELETE", "HEAD", "OPTIONS", "PATCH"}, what) { // PUT stands for these
					_, under, _ := strings.Cut(e.String(), ", a path under ")
					under, _, _ = strings.Cut(strings.TrimPrefix(under, "tokens of "), ",")
					got[exposure{shape(e.Path), what, e.Routes[0].Authorizer, under}] = true
				}
			}
		}
		require.Equal(t, want, got, "seed %d: %v", seed, routes)
		if len(want) > 0 {
			exposed++
		}
	}
	t.Log(exposed)
	assert.Greater(t, exposed, 60)
}

// exposing returns the routes with a weaker guard, or tokens of another authorizer, at
// which a request to the path of a route may end, without those on that path and on
// narrower ones.
func (g gateway) exposing(guarded access.Route, r request) []access.Route {
	if !g.matches(guarded.Key.Path, r.path) {
		return nil
	}
	return slices.DeleteFunc(g.ends(r), func(end access.Route) bool {
		exposes := end.Authorization == access.Open || end.Authorization == access.Token && end.Authorizer != guarded.Authorizer
		return !exposes || !slices.ContainsFunc(requests, func(r request) bool {
			return g.matches(end.Key.Path, r.path) && !g.matches(guarded.Key.Path, r.path)
		})
	})
}
