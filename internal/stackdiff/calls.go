package stackdiff

import (
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

// call is a kind of request: a method and a path, in which variables stand for
// anything. Configurations are compared by calls, not by their routes, because
// the calls of a route that goes may end at another one: at ANY on the same path,
// at a greedy variable, or at $default.
type call struct {
	method string
	path   string // as the route has it that the call is of
}

// String is the call as a route key.
func (c call) String() string { return c.method + " " + c.path }

// callsOf lists the calls that any of the APIs has routes for, each once.
func callsOf(apis ...access.Routes) []call {
	seen := map[string]bool{}
	var calls []call
	for _, routes := range apis {
		for _, route := range routes {
			methods := access.Methods
			if slices.Contains(access.Methods, route.Key.Method) {
				methods = []string{route.Key.Method}
			}
			for _, method := range methods {
				kind := method + " " + template(route.Key.Path)
				if !seen[kind] {
					seen[kind] = true
					calls = append(calls, call{method, route.Key.Path})
				}
			}
		}
	}
	slices.SortFunc(calls, func(a, b call) int {
		if c := strings.Compare(a.path, b.path); c != 0 {
			return c
		}
		return strings.Compare(a.method, b.method)
	})
	return calls
}

// serving finds the route that a call ends at, as API Gateway does: at a full
// match, else at a path with variables, else at the longest with a greedy one,
// else at $default; on the same path at the method's own route before ANY. Which
// of two paths with variables it takes is not documented; here it is the one with
// fewer.
func serving(routes access.Routes, c call) (access.Route, bool) {
	var best access.Route
	lowest := -1
	for _, route := range routes {
		if method := route.Key.Method; !route.Key.IsDefault() && method != c.method && slices.Contains(access.Methods, method) {
			continue
		}
		if !takes(route.Key.Path, c.path) {
			continue
		}
		if at := order(route.Key, c); lowest < 0 || at < lowest {
			best, lowest = route, at
		}
	}
	return best, lowest >= 0
}

// order is lower for routes that come first. A path has far fewer than a
// thousand parts: API Gateway takes 10,240 bytes of request line and headers.
func order(key access.RouteKey, c call) int {
	at := 0
	switch {
	case key.IsDefault():
		at = 4_000_000
	case template(key.Path) == template(c.path):
	case strings.HasSuffix(key.Path, "+}"):
		at = 3_000_000 - strings.Count(key.Path, "/")
	default:
		at = 1 + strings.Count(key.Path, "{")
	}
	if key.Method == c.method {
		return 2 * at
	}
	return 2*at + 1
}

// template is a path with the names of its variables erased.
func template(path string) string { return access.RouteKey{Path: path}.Template() }

// takes reports whether all requests on a path, in which variables stand for
// anything, match a route's.
func takes(route, path string) bool {
	if route == path || route == access.DefaultRoute {
		return true
	}
	want, got := strings.Split(route, "/"), strings.Split(path, "/")
	for i, part := range want {
		switch {
		case i >= len(got):
			return false
		case strings.HasSuffix(part, "+}"):
			return true
		case strings.HasSuffix(got[i], "+}"):
			return false
		case !strings.HasPrefix(part, "{") && part != got[i]:
			return false
		}
	}
	return len(want) == len(got)
}
