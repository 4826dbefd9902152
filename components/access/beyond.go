package access

import (
	"fmt"
	"strings"

	"iam-secured-api/components/access/iam"
)

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

// Beyond returns, for each policy, the kinds of requests that its documents allow
// although they end at no declared route. The response is a 404 until a route is
// declared.
func (a Api) Beyond(documents map[string][]string) (map[string][]Reach, error) {
	probes, err := a.probes()
	if err != nil {
		return nil, err
	}
	found := map[string][]Reach{}
	for policy, texts := range documents {
		judge, err := newJudge(a, texts)
		if err == nil {
			found[policy], err = judge.beyond(probes)
		}
		if err != nil {
			return nil, fmt.Errorf("policy %q: %w", policy, err)
		}
	}
	return found, nil
}

// probe is a request that may be beyond the declared routes.
type probe struct {
	kind, stage, method, path string
	request                   *iam.Request
}

// probes returns requests that are close to the declared routes, by kind.
func (a Api) probes() ([]probe, error) {
	judge, err := newJudge(a, nil)
	if err != nil {
		return nil, err
	}
	var probes []probe
	for _, kind := range []string{ReachMethods, ReachStages, ReachChildren, ReachSiblings} {
		for _, route := range a.Routes {
			if route.Key.IsDefault() {
				continue // every request of the stage ends at it or at another route
			}
			stage, methods, paths := judge.near(kind, route)
			for _, path := range paths {
				for _, method := range methods {
					request, err := judge.request(stage, Invoke{Method: method, Path: path})
					if err != nil {
						return nil, err
					}
					probes = append(probes, probe{kind, stage, method, path, request})
				}
			}
		}
	}
	return probes, nil
}

// near returns a stage, methods and paths that are close to those of a route.
func (j *judge) near(kind string, route Route) (stage string, methods, paths []string) {
	word := j.word
	path := fill(route.Key.Path, word, word)
	stage, methods, paths = j.Stage, j.Routes.MethodsOf(route), []string{path}
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
	return stage, methods, paths
}

// beyond returns the first request of each kind that the documents allow, perhaps
// under conditions, and that ends at no declared route.
func (j *judge) beyond(probes []probe) ([]Reach, error) {
	var found []Reach
	for _, p := range probes {
		if len(found) > 0 && found[len(found)-1].Kind == p.kind {
			continue
		}
		cell, _, err := j.decide(p.request)
		if err != nil {
			return nil, err
		}
		if !cell.Denies() && (p.stage != j.Stage || len(j.Routes.Candidates(p.method, p.path)) == 0) {
			found = append(found, Reach{Kind: p.kind, Example: p.method + " /" + p.stage + p.path})
		}
	}
	return found, nil
}
