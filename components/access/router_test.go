package access_test

import (
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// request is an HTTP method and a path below the stage.
type request struct{ method, path string }

func (r request) arn() string { return executionArn + "/prod/" + r.method + r.path }

// gateway routes requests by API Gateway's documented rules. It is independent of the
// package: it compares routes by the requests that they match, one by one.
type gateway struct {
	routes access.Routes
	// emptyParts reports whether variables match empty parts ("/a/" at "/a/{id}"),
	// other than that of the path "/". AWS does not document whether they do.
	emptyParts bool
}

// ends returns the routes at which a request may end: none for a 404, and several
// where AWS documents no order.
func (g gateway) ends(r request) []access.Route {
	var takers, ends []access.Route
	for _, route := range g.routes {
		if g.takes(route, r) {
			takers = append(takers, route)
		}
	}
	for _, route := range takers {
		if !slices.ContainsFunc(takers, func(other access.Route) bool { return g.first(other, route) }) {
			ends = append(ends, route)
		}
	}
	return ends
}

func (g gateway) takes(route access.Route, r request) bool {
	return (route.Key.Method == r.method || route.Key.Method == "ANY" || route.Key.IsDefault()) && g.matches(route.Key.Path, r.path)
}

// first reports whether AWS documents that a route comes before another that matches
// the same request: by its kind, or, if it matches some of the other's requests and
// nothing else, on the same path, without variables or as a greedy one.
func (g gateway) first(a, b access.Route) bool {
	if kind(a) != kind(b) {
		return kind(a) < kind(b)
	}
	return g.within(a, b) && !g.within(b, a) && (shape(a.Key.Path) == shape(b.Key.Path) || !strings.Contains(a.Key.Path, "{") || kind(a) == 2)
}

// within reports whether b matches all requests that a matches, out of those with up
// to five parts of the two paths and one other.
func (g gateway) within(a, b access.Route) bool {
	pair := inclusion{a.Key, b.Key, g.emptyParts}
	is, known := inclusions[pair]
	if known {
		return is
	}
	parts := append(strings.Split(a.Key.Path+b.Key.Path, "/"), "other")
	slices.Sort(parts)
	parts = slices.DeleteFunc(slices.Compact(parts), func(part string) bool { return strings.Contains(part, "{") || part == "$default" })
	is = true
	for paths := []string{""}; is && strings.Count(paths[0], "/") < 5; {
		var longer []string
		for _, path := range paths {
			for _, part := range parts {
				longer = append(longer, path+"/"+part)
			}
		}
		paths = longer
		is = !slices.ContainsFunc(paths, func(path string) bool {
			return slices.ContainsFunc([]string{"GET", "POST", "PUT"}, func(method string) bool {
				return g.takes(a, request{method, path}) && !g.takes(b, request{method, path})
			})
		})
	}
	inclusions[pair] = is
	return is
}

type inclusion struct {
	a, b       access.RouteKey
	emptyParts bool
}

var inclusions = map[inclusion]bool{} // what was found before

// kind returns 1 for a path that is matched in full, 2 for a greedy one, 3 for $default.
func kind(route access.Route) int {
	switch {
	case route.Key.IsDefault():
		return 3
	case strings.Contains(route.Key.Path, "+}"):
		return 2
	}
	return 1
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

// shape returns a path without the names of its variables.
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

func (g gateway) matches(template, path string) bool {
	if template == "$default" {
		return true
	}
	want, got := strings.Split(template, "/")[1:], strings.Split(path, "/")[1:]
	emptyParts := g.emptyParts && path != "/"
	for i, part := range want {
		if i >= len(got) {
			return false
		}
		if strings.HasSuffix(part, "+}") {
			return emptyParts || strings.Join(got[i:], "/") != ""
		}
		if strings.HasSuffix(part, "}") {
			if got[i] == "" && !emptyParts {
				return false
			}
		} else if part != got[i] {
			return false
		}
	}
	return len(want) == len(got)
}

// glob reports whether an IAM pattern matches. Its * also matches slashes.
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

func TestCandidates(t *testing.T) {
	for name, row := range map[string]struct{ routes, request, want string }{
		"a 404":                              {"GET /a, POST /b", "POST /a", ""},
		"a full match before a greedy one":   {"ANY /a/{x}, GET /a/{p+}", "GET /a/b", "ANY /a/{x}"},
		"a greedy one before $default":       {"ANY /{p+}, $default", "GET /a/b", "ANY /{p+}"},
		"a method before ANY":                {"ANY /a/{x}, GET /a/{y}", "GET /a/b", "GET /a/{y}"},
		"no variables before variables":      {"GET /a/b, GET /a/{x}, ANY /{x}/{y}", "GET /a/b", "GET /a/b"},
		"ANY without variables":              {"ANY /a/b, ANY /a/{x}", "GET /a/b", "ANY /a/b"},
		"a longer greedy one":                {"GET /{p+}, GET /a/{p+}, GET /a/{x}/{p+}", "GET /a/b/c", "GET /a/{x}/{p+}"},
		"a greedy one within another":        {"GET /{x}/{p+}, ANY /{x}/{p+}, GET /a/{p+}", "GET /a/b/c", "GET /a/{p+}"},
		"two with variables":                 {"GET /x/{b}/{c}, GET /{a}/b/c, GET /{a}/b/d", "GET /x/b/c", "GET /x/{b}/{c}, GET /{a}/b/c"},
		"one with variables within another":  {"GET /{a}/{b}, GET /a/{b}", "GET /a/b", "GET /a/{b}, GET /{a}/{b}"},
		"two greedy ones":                    {"GET /a/{p+}, GET /{x}/{y}/{p+}", "GET /a/b/c/d", "GET /a/{p+}, GET /{x}/{y}/{p+}"},
		"ANY on the path without variables":  {"GET /a/{x}, ANY /a/b", "GET /a/b", "ANY /a/b, GET /a/{x}"},
		"ANY on the longer greedy path":      {"GET /{p+}, ANY /a/{p+}", "GET /a/b", "ANY /a/{p+}, GET /{p+}"},
		"literal parts first, from the left": {"GET /{a}/b/{c}, GET /{z}/{y}/c, ANY /a/{x}/{y}", "GET /a/b/c", "ANY /a/{x}/{y}, GET /{a}/b/{c}, GET /{z}/{y}/c"},
		"a method that ANY does not match":   {"ANY /a, $default", "BREW /a", "$default"},
		"an empty part":                      {"GET /a/{x}, GET /a/{x}/c, GET /a/{p+}", "GET /a//c", "GET /a/{p+}"},
		"a slash at the end":                 {"GET /a/{x}, GET /a/{p+}, GET /a", "GET /a/", ""},
		"the requests of a path":             {"GET /x/{b}/c, GET /x/{b}/{c}, GET /{a}/b/c, GET /x/{p+}", "GET /x/{z}/c", "GET /x/{b}/c, GET /x/{b}/{c}"},
		"the requests of a greedy path":      {"GET /a/b, GET /a/{x}, GET /a/{x}/{p+}, GET /{p+}", "GET /a/{q+}", "GET /{p+}"},
		"the requests of $default":           {"GET /{p+}, $default", "GET $default", "$default"},
		// The examples of AWS's guide ("Routing API requests").
		"AWS: the path":          {awsRoutes, "GET /pets/dog/1", "GET /pets/dog/1"},
		"AWS: a variable":        {awsRoutes, "GET /pets/dog/2", "GET /pets/dog/{id}"},
		"AWS: a greedy variable": {awsRoutes, "GET /pets/cat/1", "GET /pets/{proxy+}"},
		"AWS: ANY":               {awsRoutes, "POST /test/5", "ANY /{proxy+}"},
		"AWS: the catch-all":     {awsRoutes, "GET /", "$default"},
	} {
		t.Run(name, func(t *testing.T) {
			method, path, _ := strings.Cut(row.request, " ")
			routes, want := declare(t, list(row.routes)...), list(row.want)
			assert.Equal(t, want, keys(routes.Candidates(method, path)))
			if !strings.ContainsAny(path, "{$") && method != "BREW" { // what the model knows
				assert.ElementsMatch(t, want, keys(gateway{routes: routes}.ends(request{method, path})))
			}
		})
	}
}

const awsRoutes = "GET /pets/dog/1, GET /pets/dog/{id}, GET /pets/{proxy+}, ANY /{proxy+}, $default"

func keys(routes []access.Route) []string {
	var keys []string
	for _, route := range routes {
		keys = append(keys, route.Key.String())
	}
	return keys
}

// TestCandidatesOfAllRequests compares Candidates and Examples of random routes with
// the model.
func TestCandidatesOfAllRequests(t *testing.T) {
	none, one, several := 0, 0, 0
	for seed := range int64(600) {
		routes := newTrial(t, rand.New(rand.NewSource(seed))).routes
		g, ending := gateway{routes: routes}, map[string]bool{} // method and route
		for _, r := range requests {
			got, want := routes.Candidates(r.method, r.path), g.ends(r)
			require.ElementsMatch(t, want, got, "seed %d: %v of %v", seed, r, routes)
			switch len(got) {
			case 0:
				none++
				continue
			case 1:
				one++
			default:
				several++
			}
			ending[r.method+" "+got[0].Key.String()] = true
		}
		for _, route := range routes {
			examples := routes.Examples(route)
			for _, example := range examples {
				require.Equal(t, route, routes.Candidates(example.Method, example.Path)[0], "seed %d: %v of %v", seed, example, routes)
			}
			for _, method := range []string{"GET", "POST", "PUT"} {
				has := slices.ContainsFunc(examples, func(example access.Invoke) bool { return example.Method == method })
				require.Equal(t, ending[method+" "+route.Key.String()], has, "seed %d: %s at %v of %v", seed, method, route, routes)
			}
		}
	}
	t.Log(none, one, several)
	assert.Greater(t, min(none, one, several), 300)
}

// TestMeet compares the key that two routes share with all requests.
func TestMeet(t *testing.T) {
	meet, apart := 0, 0
	for seed := range int64(80) {
		routes := newTrial(t, rand.New(rand.NewSource(seed))).routes
		for _, a := range routes {
			for _, b := range routes {
				key, shared := a.Key.Meet(b.Key)
				for _, r := range requests {
					is := shared && len(access.Routes{{Key: key}}.Candidates(r.method, r.path)) > 0
					both := gateway{}.takes(a, r) && gateway{}.takes(b, r)
					require.Equal(t, both, is, "%v: %v of %v and %v", r, key, a.Key, b.Key)
				}
				if shared {
					meet++
				} else {
					apart++
				}
			}
		}
	}
	assert.Greater(t, min(meet, apart), 100)
}
