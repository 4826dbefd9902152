package cloud

import "strings"

// AcceptUnknown makes the Cloud take it that accounts, users, roles and policies
// that it does not hold exist where a trust policy or a permissions boundary names
// them. So the configuration of a stack on AWS can be deployed as it stands. A
// boundary that the Cloud does not hold allows nothing.
func (c *Cloud) AcceptUnknown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Open = true
}

// checkBoundary refuses a permissions boundary that does not exist in the account;
// an empty one is none.
func (s *state) checkBoundary(a *account, arn string) error {
	switch {
	case arn == "" || a.policy(arn) != nil:
		return nil
	case !strings.HasPrefix(arn, "arn:aws:iam::"):
		return errorf(CodeInvalidInput, "permissions boundary %q is not the ARN of a managed policy", arn)
	case s.Open:
		return nil
	}
	return errorf(CodeNoSuchEntity, "scope ARN %s does not exist or is not attachable", arn)
}

// knows reports whether there is an account.
func (s *state) knows(account string) bool { return s.Open || s.Accounts[account] != nil }
