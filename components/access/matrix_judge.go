package access

import (
	"fmt"
	"strings"

	"iam-secured-api/components/access/iam"
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
	all, word := make(verdicts, len(a.Routes)), a.Routes.unusedWord()
	for i, route := range a.Routes {
		all[i] = map[string]verdict{}
		if route.Authorization == Open {
			continue // no document decides
		}
		for _, method := range a.Routes.methods(route) {
			v, _, err := a.judgeRoute(policies, route, method, word)
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

func compileAll(documents []string) (*iam.Policies, error) {
	policies := &iam.Policies{}
	for i, document := range documents {
		compiled, err := iam.CompileIdentity(document)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i, err)
		}
		policies.Identity = append(policies.Identity, compiled)
	}
	return policies, nil
}

// judgeRoute asks for calls of the route with a method. The match is the
// statement that allows them. The word is one that no route has.
func (a Api) judgeRoute(policies *iam.Policies, route Route, method, word string) (verdict, iam.Match, error) {
	paths := a.Routes.examples(route, method, word)
	first, match, err := a.judgeCall(policies, method, paths[0])
	if err != nil {
		return verdict{}, iam.Match{}, err
	}
	for _, path := range paths[1:] {
		other, _, err := a.judgeCall(policies, method, path)
		if err != nil {
			return verdict{}, iam.Match{}, err
		}
		if other.String() != first.String() {
			return verdict{}, iam.Match{}, fmt.Errorf("%s is decided otherwise for %s than for %s: a document must not tell values of a route's variables apart",
				route.Key, path, paths[0])
		}
	}
	return first, match, nil
}

// judgeCall finds the Allow statements that are about a call. The match is the
// first of those without conditions, or the first.
func (a Api) judgeCall(policies *iam.Policies, method, path string) (verdict, iam.Match, error) {
	request, err := iam.NewRequest(iam.Call{
		Principal: principalOf(a.ExecutionArn),
		Action:    ActionInvoke,
		Resource:  a.ExecutionArn + Invoke{Method: method, Path: path}.resource(a.Stage),
	})
	if err != nil {
		return verdict{}, iam.Match{}, err
	}
	matches, err := policies.Matches(request)
	if err != nil {
		return verdict{}, iam.Match{}, err
	}
	var v verdict
	var deciding iam.Match
	for i, match := range matches {
		if match.Deny {
			return verdict{}, iam.Match{}, fmt.Errorf("document %d: statement %d denies, which a policy here does not", match.Index, match.Statement)
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
	fields := strings.SplitN(executionArn+":::::", ":", 6) // there are six of whatever it is
	return "arn:" + fields[1] + ":iam::" + fields[4] + ":user/x"
}
