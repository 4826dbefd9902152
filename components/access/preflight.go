package access

import (
	"fmt"
	"net/http"
	"slices"
)

// Preflight is a route that takes preflights: the OPTIONS requests, without credentials,
// by which browsers ask before they send a page's request to another origin.
type Preflight struct {
	// Route takes the preflights.
	Route Route
	// Of are the routes whose requests they announce.
	Of Routes
}

// Preflights returns the routes that may take preflights of an API with CORS. API
// Gateway answers the others itself. AWS documents that $default takes preflights, and
// that OPTIONS /{proxy+} comes before it ("Configure CORS for HTTP APIs"). Issue 5493 of
// github.com/anomalyco/sst observed on AWS that ANY takes them, too.
func (r Routes) Preflights() []Preflight {
	var found []Preflight
	for _, route := range r {
		if !route.Key.serves(http.MethodOptions) {
			continue
		}
		var of Routes
		for _, other := range r {
			if r.takesPreflights(route, other) {
				of = append(of, other)
			}
		}
		if len(of) > 0 {
			found = append(found, Preflight{route, of})
		}
	}
	return found
}

// takesPreflights reports whether a route may take preflights of requests that another
// route may take.
func (r Routes) takesPreflights(route, other Route) bool {
	requests, shared := RouteKey{http.MethodOptions, other.Key.Path}.Meet(route.Key)
	if !shared || !r.mayEnd(http.MethodOptions, requests.Path, route) {
		return false
	}
	return slices.ContainsFunc(Methods, func(method string) bool {
		return method != http.MethodOptions && other.Key.serves(method) && r.mayEnd(method, requests.Path, other)
	})
}

// String says in one line what the preflights need.
func (p Preflight) String() string {
	at := fmt.Sprintf("preflights of %s may end at %s, whose authorization is %s", p.Of.list(), p.Route.Key, p.Route.guard())
	if p.Route.Authorization == Open {
		return at + ": browsers can send the requests only if the backend answers with a status of 200 to 299"
	}
	return at + ": browsers cannot send the requests, because preflights have no credentials; " +
		"declare the methods of the path instead, or an OPTIONS route that anyone may call"
}
