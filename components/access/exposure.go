package access

import (
	"fmt"
	"slices"
	"strings"
)

// Exposure is the path of a route under IAM that anyone may call in part: some requests
// to it end at open routes.
type Exposure struct {
	// Path is the path, with its variables.
	Path string
	// Methods are those of requests that end at the open routes.
	Methods []string
	// Open are the open routes.
	Open Routes
}

// Exposures returns the paths of routes under IAM to which some requests end at open
// routes, or may end there where AWS documents no order. API Gateway selects the route
// before it authorizes the request: beside POST /a under IAM, an open ANY /{p+} serves
// GET /a to anyone.
//
// It leaves out open routes on the path itself and on narrower ones, such as an open
// GET /a/b beside GET /a/{x}: their own keys say what is open.
func (r Routes) Exposures() []Exposure {
	var found []Exposure
	seen := map[string]bool{}
	for _, guarded := range r {
		path := guarded.Key.Path
		if guarded.Authorization == Open || seen[shape(path)] {
			continue
		}
		seen[shape(path)] = true
		e := Exposure{Path: path}
		for _, open := range r {
			if open.Authorization != Open || guarded.Key.matches(open.Key.Path) {
				continue
			}
			if methods := r.methodsTo(open, path); len(methods) > 0 {
				e.Open = append(e.Open, open)
				e.Methods = append(e.Methods, methods...)
			}
		}
		if len(e.Open) > 0 {
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
		if shared && slices.Contains(r.Candidates(method, requests.Path), route) {
			methods = append(methods, method)
		}
	}
	return methods
}

// String describes the exposure in one line.
func (e Exposure) String() string {
	return fmt.Sprintf("anyone may call %s, a path under IAM, with %s: such requests may end at %s, whose authorization is none",
		e.Path, strings.Join(e.Methods, ", "), e.Open.list())
}
