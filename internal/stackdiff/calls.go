package stackdiff

import (
	"cmp"
	"slices"

	"iam-secured-api/components/access"
)

// call is a kind of request: a method and a path, which may have variables. The path
// $default is that of requests that no other route takes.
type call struct{ method, path string }

// String returns the call as a route key.
func (c call) String() string { return c.method + " " + c.path }

// callsOf returns the distinct kinds of requests by which two APIs are compared: those
// of every route, and those that a route of one API has in common with a route of the
// other.
//
// Requests are compared rather than routes, because the requests of a removed route
// may end at another one. These kinds suffice: if a request may end at one route
// before the change and at another after it, so may the kind that the two routes have
// in common.
func callsOf(old, new access.Routes) []call {
	seen := map[string]bool{}
	var calls []call
	add := func(key access.RouteKey) {
		methods := access.Methods
		if slices.Contains(access.Methods, key.Method) {
			methods = []string{key.Method}
		}
		for _, method := range methods {
			kind := access.RouteKey{Method: method, Path: key.Path}.Template()
			if key.IsDefault() {
				kind = method + kind
			}
			if !seen[kind] {
				seen[kind] = true
				calls = append(calls, call{method, key.Path})
			}
		}
	}
	for _, route := range slices.Concat(old, new) {
		add(route.Key)
	}
	for _, a := range old {
		for _, b := range new {
			if key, shared := a.Key.Meet(b.Key); shared {
				add(key)
			}
		}
	}
	slices.SortFunc(calls, func(a, b call) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.method, b.method)) })
	return calls
}
