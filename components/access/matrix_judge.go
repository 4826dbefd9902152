package access

import (
	"fmt"
	"slices"
	"strings"
)

// verdicts are what a policy says to each route, by its place among the routes,
// and each method that ends there.
type verdicts []map[string]verdict

// judge evaluates a policy's documents for all routes.
func (a Api) judge(documents []string) (verdicts, error) {
	policies, err := compileAll(documents)
	if err != nil {
		return nil, err
	}
	all := make(verdicts, len(a.Routes))
	for i, route := range a.Routes {
		all[i] = map[string]verdict{}
		if route.Authorization == Open {
			continue // no document decides
		}
		for _, method := range a.Routes.methods(route) {
			v, _, err := a.judgeRoute(policies, route, method)
			if err != nil {
				return nil, err
			}
			if v.allowed() {
				all[i][method] = v
			}
		}
	}
	return all, nil
}

func compileAll(documents []string) (*Policies, error) {
	policies := &Policies{}
	for i, document := range documents {
		compiled, err := CompileIdentity(document)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i, err)
		}
		policies.Identity = append(policies.Identity, compiled)
	}
	return policies, nil
}

// judgeRoute asks for calls of the route with a method. The match is the
// statement that allows them.
func (a Api) judgeRoute(policies *Policies, route Route, method string) (verdict, Match, error) {
	paths := a.Routes.examples(route.Key)
	first, match, err := a.judgeCall(policies, method, paths[0])
	if err != nil {
		return verdict{}, Match{}, err
	}
	for _, path := range paths[1:] {
		other, _, err := a.judgeCall(policies, method, path)
		if err != nil {
			return verdict{}, Match{}, err
		}
		if other.String() != first.String() {
			return verdict{}, Match{}, fmt.Errorf("%s is decided otherwise for %s than for %s: a document must not tell values of a route's variables apart",
				route.Key, path, paths[0])
		}
	}
	return first, match, nil
}

// judgeCall finds the Allow statements that are about a call. The match is the
// first of those without conditions, or the first.
func (a Api) judgeCall(policies *Policies, method, path string) (verdict, Match, error) {
	request, err := NewRequest(Call{
		Principal: principalOf(a.ExecutionArn),
		Action:    ActionInvoke,
		Resource:  a.ExecutionArn + Invoke{Method: method, Path: path}.resource(a.Stage),
	})
	if err != nil {
		return verdict{}, Match{}, err
	}
	matches, err := policies.Matches(request)
	if err != nil {
		return verdict{}, Match{}, err
	}
	var v verdict
	var deciding Match
	for i, match := range matches {
		if match.Deny {
			return verdict{}, Match{}, fmt.Errorf("document %d: statement %d denies, which a policy here does not", match.Index, match.Statement)
		}
		this := verdict{always: len(match.Conditions) == 0}
		if !this.always {
			this.ifs = []string{conditionWords(match.Conditions)}
		}
		if i == 0 || this.always && !v.always {
			deciding = match
		}
		v = v.or(this)
	}
	return v, deciding, nil
}

// principalOf is some principal of the API's account.
func principalOf(executionArn string) string {
	arn, _ := splitArn(executionArn)
	return "arn:" + arn[arnPartition] + ":iam::" + arn[arnAccount] + ":user/x"
}

// Examples are requests that end at the route, below the stage: one of each
// method that does, to a path in which values stand for the route's variables.
func (r Routes) Examples(route Route) []Invoke {
	var requests []Invoke
	for _, method := range r.methods(route) {
		requests = append(requests, Invoke{Method: method, Path: r.examples(route.Key)[0]})
	}
	return requests
}

// examples are paths of requests that end at the route: its own where that has
// no variables, and else two that differ in each of them. No other route that is
// declared has a part of those names.
func (r Routes) examples(key RouteKey) []string {
	word := r.unusedWord()
	if key.IsDefault() {
		return []string{"/" + word, "/" + word + "-2/" + word}
	}
	if !strings.Contains(key.Path, "{") {
		return []string{key.Path}
	}
	return []string{key.example(word, word), key.example(word+"-2", word+"-2/"+word)}
}

// unusedWord is part of no declared path.
func (r Routes) unusedWord() string {
	word := "any"
	for slices.ContainsFunc(r, func(route Route) bool { return strings.Contains(route.Key.Path, word) }) {
		word += "-x"
	}
	return word
}

// example fills in the path's variables, the greedy one with its own value.
func (k RouteKey) example(value, greedy string) string {
	segments := strings.Split(k.Path, "/")
	for i, segment := range segments {
		switch {
		case !isVariable(segment):
		case isGreedy(segment):
			segments[i] = greedy
		default:
			segments[i] = value
		}
	}
	return strings.Join(segments, "/")
}
