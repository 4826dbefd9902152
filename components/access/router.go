package access

import (
	"slices"
	"strings"
)

// Candidates returns the declared routes that a request may end at: none if the
// response is a 404, one where AWS documents which route it selects,
// and several where AWS documents no order between them.
//
// The path is the one below the stage, as it was sent. It may hold variables, as
// a route's path does: the result is then about all requests that match it. A
// variable matches one part of a path that is not empty, a greedy variable any
// text that is not empty, and ANY the methods of [Methods].
//
// AWS describes the selection in "Create routes for HTTP APIs" under "Routing API
// requests"
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
// The most specific match is selected:
//
//   - A full match comes before a match with a greedy variable, and that before
//     $default. AWS states this order.
//   - ANY matches the methods that have no route on the same path. AWS states
//     this, too.
//   - A path without variables comes before one with variables, as GET
//     /pets/dog/1 before GET /pets/dog/{id} in AWS's example.
//   - A greedy path comes before one that matches all its requests and more, as GET
//     /pets/{proxy+} before ANY /{proxy+} in the example.
//
// In the examples, the route that comes first has the method GET. So the last two
// rules are not applied to an ANY route and a route with a method of its own: no
// order is documented between ANY /a/b and GET /a/{x}. None is documented between
// two paths with variables, such as GET /a/{x} and GET /{y}/b, and none between
// two greedy paths if each matches requests that the other does not.
//
// Candidates are sorted by path, part by part from the left, with literal parts
// before variables. That order is not AWS's. It is for callers that must choose
// one: they take the first.
func (r Routes) Candidates(method, path string) []Route {
	var found []Route
	known := slices.Contains(Methods, method)
	for _, route := range r {
		if !route.Key.serves(method) || !known && !route.Key.IsDefault() || !route.Key.matches(path) ||
			slices.ContainsFunc(found, func(other Route) bool { return other.Key.before(route.Key) }) {
			continue
		}
		found = append(slices.DeleteFunc(found, func(other Route) bool { return route.Key.before(other.Key) }), route)
	}
	if len(found) > 1 {
		slices.SortFunc(found, func(a, b Route) int { return strings.Compare(shape(a.Key.Path), shape(b.Key.Path)) })
	}
	return found
}

// serves reports whether the route, taken alone, serves requests of one of
// [Methods].
func (k RouteKey) serves(method string) bool {
	return k.Method == method || k.Method == anyMethod || k.IsDefault()
}

// matches reports whether the route's path matches a path, or all paths that one
// with variables matches.
func (k RouteKey) matches(path string) bool {
	first := strings.IndexByte(k.Path, '{')
	switch {
	case k.IsDefault():
		return true
	case first < 0:
		return k.Path == path
	case !strings.HasPrefix(path, k.Path[:first]):
		return false
	}
	template, path := k.Path[first:], path[first:]
	for {
		segment, more, hasMore := strings.Cut(template, "/")
		part, rest, hasRest := strings.Cut(path, "/")
		switch {
		case isGreedy(segment):
			return path != ""
		case isVariable(segment) && part != "" && !isGreedy(part):
		case segment != part:
			return false
		}
		if !hasMore || !hasRest {
			return hasMore == hasRest
		}
		template, path = more, rest
	}
}

// before reports whether AWS documents that the route comes before another one
// that matches the same request. [Routes.Candidates] has the rules.
func (k RouteKey) before(other RouteKey) bool {
	if a, b := k.priority(), other.priority(); a != b {
		return a < b
	}
	switch within := other.matches(k.Path); {
	case !within || k.Method == anyMethod && other.Method != anyMethod:
		return false
	case k.matches(other.Path): // the same path
		return k.Method != other.Method
	}
	return k.priority() == greedyMatch || !strings.Contains(k.Path, "{")
}

// The priorities that AWS states, the first one first.
const (
	fullMatch = iota
	greedyMatch
	defaultRoute
)

func (k RouteKey) priority() int {
	switch {
	case k.IsDefault():
		return defaultRoute
	case isGreedy(k.Path):
		return greedyMatch
	}
	return fullMatch
}

// Meet returns the key of a route that matches exactly the requests that match both
// keys, and reports whether there are any.
func (k RouteKey) Meet(other RouteKey) (RouteKey, bool) {
	switch {
	case k.IsDefault():
		return other, true
	case other.IsDefault():
		return k, true
	case k.Method == anyMethod:
		k.Method = other.Method
	case other.Method != k.Method && other.Method != anyMethod:
		return RouteKey{}, false
	}
	a, b := strings.Split(k.Path, "/"), strings.Split(other.Path, "/")
	var path []string
	for i := 0; i < len(a) && i < len(b); i++ {
		switch {
		case isGreedy(a[i]) && b[i] != "":
			k.Path = strings.Join(append(path, b[i:]...), "/")
			return k, true
		case isGreedy(b[i]) && a[i] != "":
			k.Path = strings.Join(append(path, a[i:]...), "/")
			return k, true
		case isVariable(a[i]) && b[i] != "":
			path = append(path, b[i])
		case a[i] == b[i] || isVariable(b[i]) && a[i] != "":
			path = append(path, a[i])
		default:
			return RouteKey{}, false
		}
	}
	k.Path = strings.Join(path, "/")
	return k, len(a) == len(b)
}

// MethodsOf returns the methods that can end at the route, sorted: an ANY route
// leaves to the others those that have a route on the same path.
func (r Routes) MethodsOf(route Route) []string {
	if route.Key.Method != anyMethod && !route.Key.IsDefault() {
		return []string{route.Key.Method}
	}
	var methods []string
	for _, method := range Methods {
		if r.serves(route, method) {
			methods = append(methods, method)
		}
	}
	return methods
}

// serves reports whether requests of this method can end at the route. Of the
// route's whole path, only another one with that method can match them.
func (r Routes) serves(route Route, method string) bool {
	if route.Key.Method == method {
		return true
	}
	return route.Key.serves(method) && !slices.ContainsFunc(r, func(other Route) bool {
		return other.Key.Method == method && other.Key.before(route.Key) && other.Key.matches(route.Key.Path)
	})
}
