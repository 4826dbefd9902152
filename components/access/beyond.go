package access

import "strings"

// Reach is a kind of requests that a policy allows although they end at no declared
// route, with an example.
type Reach struct {
	// Kind is one of the Reach constants.
	Kind string
	// Example is a method and a path with its stage, as in "PUT /prod/products".
	Example string
}

// Kinds of requests beyond the declared routes.
const (
	ReachMethods  = "other methods"
	ReachStages   = "other stages"
	ReachChildren = "paths below" // below the path of a route, or below the value of a variable in it
	ReachSiblings = "paths beside"
)

// Beyond returns the kinds of requests that the documents of a policy allow although
// they end at no declared route. The response is a 404 until a route is declared.
func (a Api) Beyond(documents []string) ([]Reach, error) {
	judge, err := newJudge(a, documents)
	if err != nil {
		return nil, err
	}
	var found []Reach
	for _, kind := range []string{ReachMethods, ReachStages, ReachChildren, ReachSiblings} {
		example, err := judge.firstAllowed(a.probes(kind))
		if err != nil {
			return nil, err
		}
		if example != "" {
			found = append(found, Reach{Kind: kind, Example: example})
		}
	}
	return found, nil
}

// probe is a request that may be beyond the declared routes.
type probe struct{ stage, method, path string }

// probes returns requests of a kind that are close to the declared routes.
func (a Api) probes(kind string) []probe {
	var probes []probe
	word := a.Routes.unusedWord()
	for _, route := range a.Routes {
		if route.Key.IsDefault() {
			continue // every request of the stage ends at it or at another route
		}
		stage, methods, path := a.Stage, a.Routes.methods(route), fill(route.Key.Path, word, word)
		paths := []string{path}
		switch kind {
		case ReachMethods:
			methods = Methods
		case ReachStages:
			stage += "-" + word
		case ReachChildren:
			paths = []string{strings.TrimSuffix(path, "/") + "/" + word, fill(route.Key.Path, word+"/"+word, word)}
		case ReachSiblings:
			paths = []string{path[:strings.LastIndexByte(path, '/')+1] + word + "-beside"}
		}
		for _, path := range paths {
			for _, method := range methods {
				probes = append(probes, probe{stage, method, path})
			}
		}
	}
	return probes
}

// firstAllowed returns the first request that the documents allow, perhaps under
// conditions, and that ends at no declared route.
func (j *judge) firstAllowed(probes []probe) (string, error) {
	for _, p := range probes {
		cell, _, err := j.call(p.stage, p.method, p.path)
		if err != nil {
			return "", err
		}
		if !cell.Denies() && (p.stage != j.Stage || len(j.Routes.Candidates(p.method, p.path)) == 0) {
			return p.method + " /" + p.stage + p.path, nil
		}
	}
	return "", nil
}
