package access

import (
	"slices"
	"strings"
)

// Examples returns requests that end at the route, below the stage: one for each
// method that does, with values in place of the route's variables. If AWS
// documents no order between the route and others that match the request, the route
// is the first of its [Routes.Candidates].
func (r Routes) Examples(route Route) []Invoke {
	word := r.unusedWord()
	var requests []Invoke
	for _, method := range r.MethodsOf(route) {
		for _, path := range r.paths(route.Key, word) {
			if r.Candidates(method, path)[0].Key == route.Key {
				requests = append(requests, Invoke{Method: method, Path: path})
				break
			}
		}
	}
	return requests
}

// examples returns paths of requests that may end at the route: its own if that
// has no variables, and otherwise two that differ in each of them.
func (r Routes) examples(route Route, method, word string) []string {
	paths := r.paths(route.Key, word)
	if route.Key.priority() != fullMatch { // some of these may end at other routes
		end := slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
			return !r.mayEnd(method, path, route)
		})
		if len(end) > 0 {
			paths = end
		}
	}
	return paths[:min(len(paths), 2)]
}

// mayEnd reports whether a request may end at the route.
func (r Routes) mayEnd(method, path string, route Route) bool {
	return slices.ContainsFunc(r.Candidates(method, path), func(end Route) bool { return end.Key == route.Key })
}

// paths returns paths that match the route's, with a word that no route has in place
// of its variables. A greedy variable gets one part, two, and so on up to more than any
// route has, and at last a value that begins with a slash, which only greedy variables
// match.
func (r Routes) paths(key RouteKey, word string) []string {
	switch key.priority() {
	case fullMatch:
		if !strings.Contains(key.Path, "{") {
			return []string{key.Path}
		}
		return []string{fill(key.Path, word, ""), fill(key.Path, word+"-2", "")}
	case defaultRoute:
		return append(r.paths(RouteKey{Path: "/{+}"}, word), "/")
	}
	paths := []string{fill(key.Path, word, word), fill(key.Path, word+"-2", word+"-2/"+word)}
	most := 0
	for _, route := range r {
		most = max(most, strings.Count(route.Key.Path, "/"))
	}
	for parts := 3; parts <= most+1; parts++ {
		paths = append(paths, fill(key.Path, word, strings.Repeat(word+"/", parts-1)+word))
	}
	return append(paths, fill(key.Path, word, "/"+word))
}

// unusedWord returns a word that is in no declared path.
func (r Routes) unusedWord() string {
	word := "any"
	for slices.ContainsFunc(r, func(route Route) bool { return strings.Contains(route.Key.Path, word) }) {
		word += "-x"
	}
	return word
}
