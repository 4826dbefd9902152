package cloud

import (
	"regexp"
	"slices"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

const lambdaService = "lambda.amazonaws.com"

var reRoleARN = regexp.MustCompile(`^arn:aws:iam::(\d{12}):role/[\w+=,.@/-]+$`)

// checkFunctionRole rejects a role that Lambda cannot assume for a function of
// the region's account.
func (r *Region) checkFunctionRole(arn string) error {
	m := reRoleARN.FindStringSubmatch(arn)
	if m == nil {
		return errorf(CodeValidationException, "role %q is invalid: the ARN of a role", arn)
	}
	if m[1] != r.account.id {
		return errorf(CodeAccessDenied, "cross-account pass role is not allowed: %s", arn)
	}
	if role := r.world().Accounts[r.account.id].roleOfARN(arn); role != nil {
		allowed, err := role.Trust.letsAssume(r.world(), lambdaService, arn)
		if allowed || err != nil {
			return err
		}
	}
	return errorf(CodeInvalidParameterValue, "The role defined for the function cannot be assumed by Lambda.")
}

// letsAssume reports whether a trust policy allows a service to assume the role
// with the ARN. Condition keys of services are not modelled.
func (t trustPolicy) letsAssume(s *state, service, roleARN string) (bool, error) {
	doc, err := decodeDocument(t.Text)
	if err != nil {
		return false, err // checked when it was saved: cannot happen
	}
	for _, s := range statementsOf(doc) {
		kinds, _ := s["Principal"].(map[string]any)
		services, _ := stringList(kinds["Service"])
		if _, conditional := s["Condition"]; conditional && slices.Contains(services, service) {
			return false, notModelled("conditions in the trust policy of a role for " + service)
		}
	}
	return t.allows(s, iam.Policies{}, iam.RequestInput{Principal: service, Action: access.ActionAssumeRole, Resource: roleARN})
}

// allows evaluates the trust policy and the policies of the caller.
func (t trustPolicy) allows(s *state, policies iam.Policies, request iam.RequestInput) (bool, error) {
	var err error
	if policies.Trust, err = iam.CompileTrust(t.render(s)); err != nil {
		return false, err
	}
	return decide(&policies, request)
}
