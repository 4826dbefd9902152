package access

import (
	"fmt"
	"slices"
	"strings"

	"iam-secured-api/components/access/iam"
)

// judge evaluates the documents of a policy for requests to an API.
type judge struct {
	Api
	policies  *iam.Policies
	principal string                  // any principal of the API's account
	word      string                  // not in any declared path
	seen      map[[2]int]*alternative // of statements, by document and statement
}

func newJudge(api Api, documents []string) (*judge, error) {
	arn := strings.SplitN(api.ExecutionArn+":::::", ":", 6) // always six fields
	j := &judge{
		Api: api, policies: &iam.Policies{}, principal: "arn:" + arn[1] + ":iam::" + arn[4] + ":user/x",
		word: api.Routes.unusedWord(), seen: map[[2]int]*alternative{},
	}
	for i, document := range documents {
		compiled, err := iam.CompileIdentity(document)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i, err)
		}
		j.policies.Identity = append(j.policies.Identity, compiled)
	}
	return j, nil
}

// decisions are the cells of a policy by route and method. Only routes under IAM have any.
type decisions [][]Cell

// decisions evaluates the documents for the methods that end at each route.
func (j *judge) decisions(methods [][]string) (decisions, error) {
	all := make(decisions, len(j.Routes))
	for i, route := range j.Routes {
		if route.Authorization != IAM {
			continue
		}
		all[i] = make([]Cell, len(methods[i]))
		for k, method := range methods[i] {
			var err error
			if all[i][k], _, err = j.route(route, method); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// route decides about requests to a route with a method. The match is the statement
// that allows them.
func (j *judge) route(route Route, method string) (Cell, iam.Match, error) {
	paths := j.Routes.examples(route, method, j.word)
	first, match, err := j.call(j.Stage, method, paths[0])
	if err != nil {
		return Cell{}, iam.Match{}, err
	}
	for _, path := range paths[1:] {
		other, _, err := j.call(j.Stage, method, path)
		if err != nil {
			return Cell{}, iam.Match{}, err
		}
		if !other.Equal(first) {
			const rule = "a document must not distinguish values of a route's variables"
			return Cell{}, iam.Match{}, fmt.Errorf("%s is decided differently for %s and %s: %s", route.Key, path, paths[0], rule)
		}
	}
	return first, match, nil
}

// call decides about a request. The match is the first statement that allows it
// without conditions, or else the first that allows it under conditions.
func (j *judge) call(stage, method, path string) (Cell, iam.Match, error) {
	request, err := j.request(stage, Invoke{Method: method, Path: path})
	if err != nil {
		return Cell{}, iam.Match{}, err
	}
	return j.decide(request)
}

// request returns a request to the API.
func (j *judge) request(stage string, invoke Invoke) (*iam.Request, error) {
	return iam.NewRequest(iam.RequestInput{
		Principal: j.principal, Action: ActionInvoke, Resource: j.ExecutionArn + invoke.resource(stage),
	})
}

func (j *judge) decide(request *iam.Request) (Cell, iam.Match, error) {
	matches, err := j.policies.Matches(request)
	if err != nil {
		return Cell{}, iam.Match{}, err
	}
	var cell Cell
	var deciding iam.Match
	for i, match := range matches {
		if match.Deny {
			return Cell{}, iam.Match{}, fmt.Errorf("document %d: statement %d denies, and must allow", match.Index, match.Statement)
		}
		this := j.allowedBy(match)
		if i == 0 || this.Allows() && !cell.Allows() {
			deciding = match
		}
		cell = cell.Or(this)
	}
	return cell, deciding, nil
}

// allowedBy returns the cell of an Allow statement, for the requests that it matches.
func (j *judge) allowedBy(match iam.Match) Cell {
	if len(match.Conditions) == 0 {
		return allow
	}
	at := [2]int{match.Index, match.Statement}
	if j.seen[at] == nil {
		j.seen[at] = newAlternative(AlternativeOf(match.Conditions))
	}
	return Cell{[]*alternative{j.seen[at]}}
}

// AlternativeOf returns the alternative that holds if all conditions of a statement do.
func AlternativeOf(conditions []iam.Condition) Alternative {
	var a Alternative
	for _, condition := range conditions {
		if !a.Conditions.read(condition) {
			a.Others = append(a.Others, condition)
		}
	}
	return a
}

// CheckDocuments compares what the documents of a policy allow with its grants and
// conditions, for every declared route under IAM. It returns an error for each route
// and method that differ.
func (a Api) CheckDocuments(grants Resolution, conditions Conditions, documents []string) []error {
	judge, err := newJudge(a, documents)
	if err != nil {
		return []error{err}
	}
	granted := AllowIf(Alternative{Conditions: conditions})
	var errs []error
	for _, route := range a.Routes {
		if route.Authorization != IAM {
			continue
		}
		for _, method := range a.Routes.MethodsOf(route) {
			meant := Cell{}
			if slices.Contains(grants.Granted[route.Key.String()], method) {
				meant = granted
			}
			is, match, err := judge.route(route, method)
			if err == nil {
				err = contradiction(meant, is, match)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s called with %s: %w", route.Key, method, err))
			}
		}
	}
	return errs
}

// contradiction reports how documents differ from the grants.
func contradiction(meant, is Cell, match iam.Match) error {
	if is.Equal(meant) {
		return nil
	}
	if is.Denies() {
		return fmt.Errorf("is granted, and no statement of the policy's documents allows it")
	}
	statement := fmt.Sprintf("statement %d %q of document %d", match.Statement, match.Sid, match.Index)
	if meant.Denies() {
		return fmt.Errorf("%s allows it, and no grant of the policy names it", statement)
	}
	return fmt.Errorf("%s makes it %q, and the policy's grants and conditions %q", statement, is, meant)
}
