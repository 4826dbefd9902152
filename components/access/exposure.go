package access

import (
	"fmt"
	"slices"
	"strings"
)

// Exposure is the path of a route under IAM or tokens that others may call with some
// methods: these requests end at other routes, which allow them.
type Exposure struct {
	// Path is the path, with its variables.
	Path string
	// Methods are those of requests that end at the other routes.
	Methods []string
	// Routes are the other routes: Open ones, or Token routes of one authorizer.
	Routes Routes

	guard string // of the path's own route
}

// Exposures returns the paths of routes under IAM or tokens to which some requests end
// at open routes or at Token routes of another authorizer, or may end there where AWS
// documents no order. API Gateway selects the route before it authorizes the request.
// For example, with POST /a under IAM and an open ANY /{p+}, anyone can call GET /a.
//
// It leaves out routes on the path itself and on narrower ones, such as an open
// GET /a/b next to GET /a/{x}: their own keys say what is open.
func (r Routes) Exposures() []Exposure {
	var found []Exposure
	seen := map[[2]string]bool{}
	for _, guarded := range r {
		path, guard := guarded.Key.Path, guarded.guard()
		if guarded.Authorization == Open || seen[[2]string{shape(path), guard}] {
			continue
		}
		seen[[2]string{shape(path), guard}] = true
		through := map[string]Exposure{} // by the guard of the other routes
		for _, other := range r {
			to := other.guard()
			if other.Authorization == IAM || to == guard || guarded.Key.matches(other.Key.Path) {
				continue
			}
			if methods := r.methodsTo(other, path); len(methods) > 0 {
				through[to] = Exposure{path, append(through[to].Methods, methods...), append(through[to].Routes, other), guard}
			}
		}
		for _, to := range sortedKeys(through) {
			e := through[to]
			slices.Sort(e.Methods)
			e.Methods = slices.Compact(e.Methods)
			found = append(found, e)
		}
	}
	return found
}

// methodsTo returns the methods of requests to a path that may end at the route.
func (r Routes) methodsTo(route Route, path string) []string {
	var methods []string
	for _, method := range Methods {
		requests, shared := RouteKey{method, path}.Meet(route.Key)
		if shared && r.mayEnd(method, requests.Path, route) {
			methods = append(methods, method)
		}
	}
	return methods
}

// String describes the exposure in one line.
func (e Exposure) String() string {
	who, under := "anyone", "IAM"
	if e.Routes[0].Authorization == Token {
		who = "anyone with a token of " + e.Routes[0].Authorizer
	}
	if e.guard != AuthorizationIAM {
		under = "tokens of " + e.guard
	}
	return fmt.Sprintf("%s may call %s, a path under %s, with %s: such requests may end at %s, whose authorization is %s",
		who, e.Path, under, strings.Join(e.Methods, ", "), e.Routes.list(), e.Routes[0].guard())
}
