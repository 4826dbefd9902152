package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access"
)

// request is one call: an HTTP method and a path below the stage.
type request struct{ method, path string }

func (r request) arn() string { return executionArn + "/prod/" + r.method + r.path }

// gateway routes requests by API Gateway's documented rules, written apart from
// the package's own: a full match, literal paths before those with variables,
// then greedy variables, longer paths first, then $default. On one path a
// method's own route comes before ANY.
type gateway struct {
	routes access.Routes
	// emptyParts has variables take empty path parts too ("/a/" at "/a/{id}").
	// Whether they do is not documented.
	emptyParts bool
}

// ends lists the routes at which a request may end: none for a 404, and several
// where the documentation leaves the choice open, which is between two paths
// with variables of the same length.
func (g gateway) ends(r request) []access.Route {
	var best []access.Route
	for _, route := range g.routes {
		if !g.serves(route, r.method) || !g.matches(route.Key.Path, r.path) {
			continue
		}
		if len(best) > 0 && rank(route) < rank(best[0]) {
			best = nil
		}
		if len(best) == 0 || rank(route) == rank(best[0]) {
			best = append(best, route)
		}
	}
	return best
}

func (g gateway) serves(route access.Route, method string) bool {
	switch route.Key.Method {
	case "", method:
		return true
	case "ANY":
		return !slices.ContainsFunc(g.routes, func(other access.Route) bool {
			return other.Key.Method == method && shape(other.Key.Path) == shape(route.Key.Path)
		})
	}
	return false
}

// shape is a path without the names of its variables.
func shape(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasSuffix(part, "+}") {
			parts[i] = "{+}"
		} else if strings.HasSuffix(part, "}") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

// rank is lower for what comes first.
func rank(route access.Route) int {
	path := route.Key.Path
	switch {
	case path == "$default":
		return 1000
	case strings.HasSuffix(path, "+}"):
		return 999 - strings.Count(path, "/")
	case strings.Contains(path, "{"):
		return 1
	}
	return 0
}

func (g gateway) matches(template, path string) bool {
	if template == "$default" {
		return true
	}
	want, got := strings.Split(template, "/")[1:], strings.Split(path, "/")[1:]
	for i, part := range want {
		if i >= len(got) {
			return false
		}
		if strings.HasSuffix(part, "+}") {
			return g.emptyParts || strings.Join(got[i:], "/") != ""
		}
		if strings.HasSuffix(part, "}") {
			if got[i] == "" && !g.emptyParts {
				return false
			}
		} else if part != got[i] {
			return false
		}
	}
	return len(want) == len(got)
}

// glob is IAM's: * stands for any run of characters, slashes among them.
func glob(pattern, s string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	if !strings.HasPrefix(s, first) {
		return false
	}
	for s = s[len(first):]; ; s = s[1:] {
		if glob(rest, s) {
			return true
		}
		if s == "" {
			return false
		}
	}
}

func TestGatewayRoutesAsDocumented(t *testing.T) {
	g := gateway{routes: declare(t, "GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default",
		"ANY /both", "PUT /both", "ANY /both/{x}", "PUT /both/{y}")}
	for r, want := range map[request]string{
		{"GET", "/pets/dog/1"}:   "GET /pets/dog/1",
		{"GET", "/pets/dog/2"}:   "GET /pets/dog/{id}",
		{"GET", "/pets/cat/1"}:   "GET /pets/{proxy+}",
		{"GET", "/pets/dog/2/3"}: "GET /pets/{proxy+}",
		{"POST", "/both"}:        "ANY /both",
		{"PUT", "/both"}:         "PUT /both",
		{"POST", "/both/1"}:      "ANY /both/{x}",
		{"PUT", "/both/1"}:       "PUT /both/{y}",
		{"POST", "/test/5"}:      "ANY /{proxy+}",
		{"GET", "/"}:             "$default",
	} {
		if ends := g.ends(r); assert.Len(t, ends, 1, "%v", r) {
			assert.Equal(t, want, ends[0].Key.String(), "%v", r)
		}
	}
	assert.Empty(t, gateway{routes: declare(t, "GET /a")}.ends(request{"POST", "/a"}), "a method that is not declared is a 404")
	assert.Len(t, gateway{routes: declare(t, "GET /a/{x}", "GET /{x}/b")}.ends(request{"GET", "/a/b"}), 2, "either")
}

func TestGlobCrossesSlashes(t *testing.T) {
	for pattern, matches := range map[string]map[string]bool{
		"a/*":   {"a/": true, "a/b": true, "a/b/c": true, "a": false, "b/a/": false},
		"*/b":   {"/b": true, "a/b": true, "a/c/b": true, "b": false, "a/b/c": false},
		"a/*/b": {"a//b": true, "a/x/y/b": true, "a/b": false},
		"*":     {"": true, "a/b": true},
		"a":     {"a": true, "ab": false, "": false},
	} {
		for s, want := range matches {
			assert.Equal(t, want, glob(pattern, s), "%q on %q", pattern, s)
		}
	}
}
