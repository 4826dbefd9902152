package cloud

import "strings"

// AcceptUnknown makes the Cloud accept trust policies and permissions
// boundaries that name accounts, users, roles and policies which do not exist
// in it. So the configuration of a stack on AWS can be deployed unchanged. A
// boundary that does not exist in the Cloud allows nothing.
func (c *Cloud) AcceptUnknown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version.Add(1)
	c.state.Open = true
}

// checkBoundary rejects a permissions boundary that does not exist in the
// account. An empty one means no boundary.
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

// putBoundary sets a boundary, which must not be empty.
func (s *state) putBoundary(a *account, arn string, boundary *string) error {
	if arn == "" {
		return errorf(CodeInvalidInput, "permissions boundary is empty, must be the ARN of a managed policy")
	}
	if err := s.checkBoundary(a, arn); err != nil {
		return err
	}
	*boundary = arn
	return nil
}

// knows reports whether an account exists, or may exist outside of the Cloud.
func (s *state) knows(account string) bool { return s.Open || s.Accounts[account] != nil }
