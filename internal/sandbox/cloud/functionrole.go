package cloud

import (
	"regexp"
	"slices"
	"strings"
)

const lambdaService = "lambda.amazonaws.com"

var reRoleARN = regexp.MustCompile(`^arn:aws:iam::(\d{12}):role/[\w+=,.@/-]+$`)

// checkFunctionRole refuses a role that Lambda cannot assume for a function of
// the region's account.
func (r *Region) checkFunctionRole(arn string) error {
	m := reRoleARN.FindStringSubmatch(arn)
	if m == nil {
		return errorf(CodeValidationException, "role %q is invalid: the ARN of a role", arn)
	}
	if m[1] != r.account.id {
		return errorf(CodeAccessDenied, "cross-account pass role is not allowed: %s", arn)
	}
	for _, role := range r.world().Accounts[r.account.id].Roles {
		if role.ARN != arn {
			continue
		}
		allowed, err := role.Trust.letsAssume(lambdaService)
		if err != nil {
			return err
		}
		if allowed {
			return nil
		}
	}
	return errorf(CodeInvalidParameterValue, "The role defined for the function cannot be assumed by Lambda.")
}

// letsAssume tells whether a trust policy names a service as one that may assume
// the role.
func (t trustPolicy) letsAssume(service string) (bool, error) {
	statements, err := parseDocument(t.Text)
	if err != nil {
		return false, err // checked when it was saved: cannot happen
	}
	allowed := false
	for _, s := range statements {
		kinds, _ := s["Principal"].(map[string]any)
		services, _ := stringList(kinds["Service"])
		if !slices.Contains(services, service) || !s.coversAction("sts:AssumeRole") {
			continue
		}
		if s.has("Condition") {
			return false, notModelled("conditions in the trust policy of a role for " + service)
		}
		if s["Effect"] == "Deny" {
			return false, nil
		}
		allowed = true
	}
	return allowed, nil
}

// coversAction tells whether a statement is about an action.
func (s statement) coversAction(action string) bool {
	if list, ok := stringList(s["NotAction"]); ok {
		return !matchesAction(list, action)
	}
	list, _ := stringList(s["Action"])
	return matchesAction(list, action)
}

func matchesAction(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		glob := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p))
		return regexp.MustCompile("(?i)^" + glob + "$").MatchString(action)
	})
}
