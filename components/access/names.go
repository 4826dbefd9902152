package access

import (
	"fmt"
	"regexp"
	"strings"
)

// WholeAccount is the principal of an AccountTrust that trusts the whole account.
const WholeAccount = "*"

// arnPath is the path before the name in an ARN, without the wildcards of a Resource.
const arnPath = `([\w+=,.@/-]{1,510}/)?`

var (
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
	externalID = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
	iamName    = regexp.MustCompile(`^[\w+=,.@-]+$`)
	iamPath    = regexp.MustCompile(`^[\x21-\x29\x2B-\x3E\x40-\x7E]+$`) // IAM's pathType without the wildcards * and ?
	policyArn  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/` + arnPath + `[\w+=,.@-]{1,128}$`)
	roleArn    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/` + arnPath + `[\w+=,.@-]{1,64}$`)
)

// CheckAccountID accepts the id of an AWS account.
func CheckAccountID(id string) error {
	if !accountID.MatchString(id) {
		return fmt.Errorf("must be an account id of 12 digits, in quotes if it begins with 0")
	}
	return nil
}

// CheckExternalID accepts an external id of STS (AssumeRole, ExternalId).
func CheckExternalID(id string) error {
	if len(id) < 2 || len(id) > 1224 || !externalID.MatchString(id) {
		return fmt.Errorf(`must be 2 to 1224 characters out of letters, digits and "_+=,.@:/-"`)
	}
	return nil
}

// CheckPolicyArn accepts the ARN of a managed policy, as a permissions boundary.
func CheckPolicyArn(arn string) error {
	if !policyArn.MatchString(arn) {
		return fmt.Errorf(`must be the ARN of a managed policy, such as "arn:aws:iam::111122223333:policy/boundary"`)
	}
	return nil
}

// CheckRoleArn accepts the ARN of a role.
func CheckRoleArn(arn string) error {
	if !roleArn.MatchString(arn) {
		return fmt.Errorf(`must be the ARN of a role, such as "arn:aws:iam::111122223333:role/reader"`)
	}
	return nil
}

// checkName applies IAM's rule for the names of users, groups, roles, policies and
// instance profiles. They differ only in their longest length.
func checkName(name string, longest int) error {
	if name == "" || len(name) > longest || !iamName.MatchString(name) {
		return fmt.Errorf(`must be 1 to %d characters out of letters, digits and "_+=,.@-"`, longest)
	}
	return nil
}

// CheckUserName accepts a user's name: up to 64 characters.
func CheckUserName(name string) error { return checkName(name, 64) }

// CheckRoleName accepts the name of a role, and of its instance profile: up to 64
// characters.
func CheckRoleName(name string) error { return checkName(name, 64) }

// CheckGroupName accepts a group's name: up to 128 characters.
func CheckGroupName(name string) error { return checkName(name, 128) }

// CheckPolicyName accepts a policy's name: up to 96 characters. IAM accepts 128, and
// autonaming and the names of parts need the others.
func CheckPolicyName(name string) error { return checkName(name, 96) }

// checkPrincipal accepts "user/NAME" and "role/NAME", with the IAM path before the
// name if there is one. It rejects wildcards, which IAM does not expand in a trust
// policy.
func checkPrincipal(principal string) error {
	kind, name, _ := strings.Cut(principal, "/")
	path, hasPath := "", false
	if i := strings.LastIndex(name, "/"); i >= 0 {
		path, name, hasPath = name[:i], name[i+1:], true
	}
	accepted := fmt.Errorf(`must be "user/NAME" or "role/NAME" without wildcards, or "*" alone for the whole account`)
	if kind != "user" && kind != "role" || checkName(name, 64) != nil {
		return accepted
	}
	if hasPath && (len(path) > 510 || !iamPath.MatchString(path)) {
		return accepted
	}
	return nil
}

// CheckPrincipals returns an error or nil for each principal of an AccountTrust.
func CheckPrincipals(principals []string) []error {
	errs := make([]error, len(principals))
	seen := map[string]bool{}
	for i, principal := range principals {
		switch {
		case seen[strings.ToLower(principal)]:
			errs[i] = fmt.Errorf("appears twice; list each principal once")
		case principal != WholeAccount:
			errs[i] = checkPrincipal(principal)
		case len(principals) > 1:
			errs[i] = fmt.Errorf("must stand alone, as it includes every other principal")
		}
		seen[strings.ToLower(principal)] = true
	}
	return errs
}

// CheckNames reports the names that a check rejects, and names that differ only in
// case from an earlier one, which are the same to IAM.
func CheckNames(names []string, check func(string) error) []error {
	var errs []error
	seen := map[string]bool{}
	for i, name := range names {
		if err := check(name); err != nil {
			errs = append(errs, fmt.Errorf("[%d]: %q %w", i, name, err))
		} else if seen[strings.ToLower(name)] {
			errs = append(errs, fmt.Errorf("[%d]: %q appears twice; names that differ in case only are the same to IAM", i, name))
		}
		seen[strings.ToLower(name)] = true
	}
	return errs
}
