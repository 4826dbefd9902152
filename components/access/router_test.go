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

// request is one call: an HTTP method and a path below the stage.
type request struct{ method, path string }

func (r request) arn() string { return executionArn + "/prod/" + r.method + r.path }

// gateway routes requests by API Gateway's documented rules, written apart from
// the package's own: it compares routes by the requests that they take, one by
// one.
type gateway struct {
	routes access.Routes
	// emptyParts has variables take empty path parts too ("/a/" at "/a/{id}"), but
	// not that of the path "/". Whether they do is not documented.
	emptyParts bool
}

// ends lists the routes at which a request may end: none for a 404, and several
// where the documentation leaves the choice open.
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

// first reports whether it is documented that a route comes before another that
// takes the same request: by its kind, or, if it takes some of the other's requests
// and nothing else, on the same path, without variables or as a greedy one.
func (g gateway) first(a, b access.Route) bool {
	if kind(a) != kind(b) {
		return kind(a) < kind(b)
	}
	return g.within(a, b) && !g.within(b, a) && (shape(a.Key.Path) == shape(b.Key.Path) || !strings.Contains(a.Key.Path, "{") || kind(a) == 2)
}

// within reports whether b takes all requests that a takes, of all that have up to
// five parts of the two paths and one other.
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

// kind is 1 for a path that is matched in full, 2 for a greedy one, 3 for $default.
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

func TestCandidates(t *testing.T) {
	for name, row := range map[string]struct {
		routes []string
		call   request
		want   []string
	}{
		"nothing":                            {[]string{"GET /a", "POST /b"}, request{"POST", "/a"}, nil},
		"a full match before a greedy one":   {[]string{"ANY /a/{x}", "GET /a/{p+}"}, request{"GET", "/a/b"}, []string{"ANY /a/{x}"}},
		"a greedy one before $default":       {[]string{"ANY /{p+}", "$default"}, request{"GET", "/a/b"}, []string{"ANY /{p+}"}},
		"a method before ANY":                {[]string{"ANY /a/{x}", "GET /a/{y}"}, request{"GET", "/a/b"}, []string{"GET /a/{y}"}},
		"no variables before variables":      {[]string{"GET /a/b", "GET /a/{x}", "ANY /{x}/{y}"}, request{"GET", "/a/b"}, []string{"GET /a/b"}},
		"ANY without variables":              {[]string{"ANY /a/b", "ANY /a/{x}"}, request{"GET", "/a/b"}, []string{"ANY /a/b"}},
		"a longer greedy one":                {[]string{"GET /{p+}", "GET /a/{p+}", "GET /a/{x}/{p+}"}, request{"GET", "/a/b/c"}, []string{"GET /a/{x}/{p+}"}},
		"a greedy one within another":        {[]string{"GET /{x}/{p+}", "ANY /{x}/{p+}", "GET /a/{p+}"}, request{"GET", "/a/b/c"}, []string{"GET /a/{p+}"}},
		"two with variables":                 {[]string{"GET /x/{b}/{c}", "GET /{a}/b/c", "GET /{a}/b/d"}, request{"GET", "/x/b/c"}, []string{"GET /x/{b}/{c}", "GET /{a}/b/c"}},
		"one with variables within another":  {[]string{"GET /{a}/{b}", "GET /a/{b}"}, request{"GET", "/a/b"}, []string{"GET /a/{b}", "GET /{a}/{b}"}},
		"two greedy ones":                    {[]string{"GET /a/{p+}", "GET /{x}/{y}/{p+}"}, request{"GET", "/a/b/c/d"}, []string{"GET /a/{p+}", "GET /{x}/{y}/{p+}"}},
		"ANY on the path without variables":  {[]string{"GET /a/{x}", "ANY /a/b"}, request{"GET", "/a/b"}, []string{"ANY /a/b", "GET /a/{x}"}},
		"ANY on the longer greedy path":      {[]string{"GET /{p+}", "ANY /a/{p+}"}, request{"GET", "/a/b"}, []string{"ANY /a/{p+}", "GET /{p+}"}},
		"literal parts first, from the left": {[]string{"GET /{a}/b/{c}", "GET /{z}/{y}/c", "ANY /a/{x}/{y}"}, request{"GET", "/a/b/c"}, []string{"ANY /a/{x}/{y}", "GET /{a}/b/{c}", "GET /{z}/{y}/c"}},
		"a method that ANY does not take":    {[]string{"ANY /a", "$default"}, request{"BREW", "/a"}, []string{"$default"}},
		"an empty part":                      {[]string{"GET /a/{x}", "GET /a/{x}/c", "GET /a/{p+}"}, request{"GET", "/a//c"}, []string{"GET /a/{p+}"}},
		"a path that ends with a slash":      {[]string{"GET /a/{x}", "GET /a/{p+}", "GET /a"}, request{"GET", "/a/"}, nil},
		"the requests of a path":             {[]string{"GET /x/{b}/c", "GET /x/{b}/{c}", "GET /{a}/b/c", "GET /x/{p+}"}, request{"GET", "/x/{z}/c"}, []string{"GET /x/{b}/c", "GET /x/{b}/{c}"}},
		"the requests of a greedy path":      {[]string{"GET /a/b", "GET /a/{x}", "GET /a/{x}/{p+}", "GET /{p+}"}, request{"GET", "/a/{q+}"}, []string{"GET /{p+}"}},
		"the requests of $default":           {[]string{"GET /{p+}", "$default"}, request{"GET", "$default"}, []string{"$default"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, row.want, keys(declare(t, row.routes...).Candidates(row.call.method, row.call.path)))
		})
	}
}

func keys(routes []access.Route) []string {
	var keys []string
	for _, route := range routes {
		keys = append(keys, route.Key.String())
	}
	return keys
}

// TestCandidatesOfAllCalls compares Candidates of random routes with the model,
// and has the first of them a route whose examples end there.
func TestCandidatesOfAllCalls(t *testing.T) {
	none, one, several := 0, 0, 0
	for seed := range int64(600) {
		routes := newTrial(t, rand.New(rand.NewSource(seed))).routes
		g, ending := gateway{routes: routes}, map[string]bool{} // method and route
		for _, call := range calls {
			got, want := routes.Candidates(call.method, call.path), g.ends(call)
			require.ElementsMatch(t, want, got, "seed %d: %v of %v", seed, call, routes)
			switch len(got) {
			case 0:
				none++
				continue
			case 1:
				one++
			default:
				several++
			}
			ending[call.method+" "+got[0].Key.String()] = true
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

// TestMeet compares the key of what two routes have in common with all calls.
func TestMeet(t *testing.T) {
	meet, apart := 0, 0
	for seed := range int64(80) {
		routes := newTrial(t, rand.New(rand.NewSource(seed))).routes
		for _, a := range routes {
			for _, b := range routes {
				key, shared := a.Key.Meet(b.Key)
				for _, call := range calls {
					is := shared && len(access.Routes{{Key: key}}.Candidates(call.method, call.path)) > 0
					both := gateway{}.takes(a, call) && gateway{}.takes(b, call)
					require.Equal(t, both, is, "%v: %v of %v and %v", call, key, a.Key, b.Key)
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
