package access

import (
	"fmt"
	"slices"

	"iam-secured-api/components/access/iam"
)

// CheckDocuments compares what a policy's documents allow with what its grants
// and conditions say, for every declared route under IAM. The errors, one a route
// and method, name the cell, the statement and the reason.
func (a Api) CheckDocuments(grants Resolution, conditions Conditions, documents []string) []error {
	policies, err := compileAll(documents)
	if err != nil {
		return []error{err}
	}
	meant := verdict{always: true}
	if text := conditions.String(); text != "" {
		meant = verdict{ifs: []string{text}}
	}
	word := a.Routes.unusedWord()
	var errs []error
	for _, route := range a.Routes {
		if route.Authorization == Open {
			continue
		}
		for _, method := range a.Routes.methods(route) {
			of := verdict{}
			if slices.Contains(grants.Granted[route.Key.String()], method) {
				of = meant
			}
			v, match, err := a.judgeRoute(policies, route, method, word)
			if err == nil {
				err = contradiction(of, v, match)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("%s called with %s: %w", route.Key, method, err))
			}
		}
	}
	return errs
}

// contradiction says how documents differ from what is meant.
func contradiction(meant, is verdict, match iam.Match) error {
	statement := fmt.Sprintf("statement %d %q of document %d", match.Statement, match.Sid, match.Index)
	switch {
	case is.String() == meant.String():
		return nil
	case !is.allowed():
		return fmt.Errorf("is granted, and no statement of the policy's documents allows it")
	case !meant.allowed():
		return fmt.Errorf("%s allows it, and no grant of the policy names it", statement)
	}
	return fmt.Errorf("%s makes it %q, and the policy's grants and conditions %q", statement, is, meant)
}
