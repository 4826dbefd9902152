package access

import (
	"strings"

	"iam-secured-api/components/access/iam"
)

// Reach is a kind of calls that no declared route answers and a policy allows
// all the same, with one of them.
type Reach struct {
	// Kind is one of the Reach constants.
	Kind string
	// Example is a method and a path with its stage, as in "PUT /prod/products".
	Example string
}

// Kinds of calls beyond the declared routes.
const (
	ReachMethods  = "other methods"
	ReachStages   = "other stages"
	ReachChildren = "paths below" // of a route, or of a variable in it
	ReachSiblings = "paths beside"
)

// Beyond finds what the documents of a policy reach that no declared route
// answers, each kind once. Such calls are answered with 404 whoever makes them,
// until a route for them is declared.
func (a Api) Beyond(documents []string) ([]Reach, error) {
	policies, err := compileAll(documents)
	if err != nil {
		return nil, err
	}
	var found []Reach
	for _, kind := range []string{ReachMethods, ReachStages, ReachChildren, ReachSiblings} {
		example, err := a.firstAllowed(policies, a.probes(kind))
		if err != nil {
			return nil, err
		}
		if example != "" {
			found = append(found, Reach{Kind: kind, Example: example})
		}
	}
	return found, nil
}

// probe is a call that may lie beyond the declared routes.
type probe struct{ stage, method, path string }

// probes are calls near the declared routes, one kind of them.
func (a Api) probes(kind string) []probe {
	var probes []probe
	word := a.Routes.unusedWord()
	for _, route := range a.Routes {
		if route.Key.IsDefault() {
			continue // answers all of the stage
		}
		stage, methods, path := a.Stage, a.Routes.methods(route), route.Key.example(word, word)
		paths := []string{path}
		switch kind {
		case ReachMethods:
			methods = Methods
		case ReachStages:
			stage += "-" + word
		case ReachChildren:
			paths = []string{strings.TrimSuffix(path, "/") + "/" + word, route.Key.example(word+"/"+word, word)}
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

// firstAllowed is the first call that the documents allow, conditions or not,
// and that no declared route answers.
func (a Api) firstAllowed(policies *iam.Policies, probes []probe) (string, error) {
	for _, p := range probes {
		there := a
		there.Stage = p.stage
		v, _, err := there.judgeCall(policies, p.method, p.path)
		if err != nil {
			return "", err
		}
		if v.allowed() && (p.stage != a.Stage || len(a.Routes.Candidates(p.method, p.path)) == 0) {
			return p.method + " /" + p.stage + p.path, nil
		}
	}
	return "", nil
}
