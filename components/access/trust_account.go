package access

import (
	"errors"
	"slices"
	"strings"

	"github.com/micahhausler/aws-iam-policy/policy"
)

// AccountTrust lets principals of another account assume a role, under conditions.
// They also need an identity policy, see [CallerDocument].
type AccountTrust struct {
	// AccountID is the other account: 12 digits.
	AccountID string
	// Principals are "user/NAME" or "role/NAME" of that account, with their IAM path if
	// they have one ("user/team/NAME"), or WholeAccount alone, for every principal that
	// the account itself allows to assume the role.
	Principals []string
	// ExternalID, if set, must be in the request to assume the role: 2 to 1224
	// characters out of letters, digits and "_+=,.@:/-". It is not a secret.
	ExternalID string
	// RequireMFA requires credentials that were obtained with MFA. The session of a
	// role never has any, so this is for users.
	RequireMFA bool
	// SessionTags allows requests with session tags. Without it, STS denies requests of
	// principals whose own session has transitive tags (IAM user guide, "Pass session
	// tags in AWS STS").
	SessionTags bool
	// SourceIdentity allows requests with a source identity. Without it, STS denies
	// requests of principals whose own session has one (IAM user guide, "Monitor and
	// control actions taken with assumed roles").
	SourceIdentity bool
}

// Check implements [Trust].
func (t AccountTrust) Check() []error {
	var errs fieldErrors
	errs.add(CheckAccountID(t.AccountID), t.AccountID, "account")
	if len(t.Principals) == 0 {
		err := errors.New(`must be a list of "user/NAME" and "role/NAME", at least one, or "*" for the whole account`)
		errs.add(err, t.Principals, "principals")
	}
	for i, err := range CheckPrincipals(t.Principals) {
		errs.add(err, t.Principals[i], "principals", i)
	}
	if t.ExternalID != "" {
		errs.add(CheckExternalID(t.ExternalID), t.ExternalID, "externalId")
	}
	errs.add(t.checkMFA(), t.RequireMFA, "requireMfa")
	return errs
}

// checkMFA rejects RequireMFA if every principal is a role: the session of a role never
// shows MFA (IAM user guide, MFA-protected API access).
func (t AccountTrust) checkMFA() error {
	notRole := func(principal string) bool { return !strings.HasPrefix(principal, "role/") }
	if t.RequireMFA && len(t.Principals) > 0 && !slices.ContainsFunc(t.Principals, notRole) {
		return errors.New("must be left out, as only roles are trusted and a role's session never shows MFA: " +
			"nobody could assume the role; require MFA where those roles are assumed")
	}
	return nil
}

// Clone implements [Trust].
func (t AccountTrust) Clone() Trust {
	t.Principals = slices.Clone(t.Principals)
	return t
}

// Actions returns the actions that the trust policy allows, which the identity policies
// of its principals must allow as well.
func (t AccountTrust) Actions() []string {
	actions := []string{ActionAssumeRole}
	if t.SessionTags {
		actions = append(actions, ActionTagSession)
	}
	if t.SourceIdentity {
		actions = append(actions, ActionSetSourceIdentity)
	}
	return actions
}

// Document implements [Trust].
func (t AccountTrust) Document(executionArn string) *Document {
	arns := make([]string, len(t.Principals))
	for i, principal := range t.Principals {
		if principal == WholeAccount {
			principal = "root" // IAM's name for the account as a whole, not its root user
		}
		arns[i] = iamPrefix(executionArn, t.AccountID) + principal
	}
	slices.Sort(arns)
	return trustDocument("AssumeFromAccount"+t.AccountID, policy.NewAWSPrincipal(arns...), t.conditions(), t.Actions()...)
}

// conditions are those of an allow, so that a request without the key is denied.
func (t AccountTrust) conditions() conditionBlock {
	block := conditionBlock{}
	if t.ExternalID != "" {
		block.add("StringEquals", "sts:ExternalId", t.ExternalID)
	}
	if t.RequireMFA {
		block.add("Bool", "aws:MultiFactorAuthPresent", "true")
	}
	return block
}

// Terms implements [Trust].
func (t AccountTrust) Terms() Terms {
	terms := Terms{Source: "account " + t.AccountID, Principals: slices.Sorted(slices.Values(t.Principals))}
	if t.ExternalID != "" {
		terms.Required = append(terms.Required, Term{Name: "an external id", Values: []string{t.ExternalID}, Hidden: true})
	}
	if t.RequireMFA {
		terms.Required = append(terms.Required, Term{Name: "MFA"})
	}
	if t.SessionTags {
		terms.Allowed = append(terms.Allowed, "session tags")
	}
	if t.SourceIdentity {
		terms.Allowed = append(terms.Allowed, "a source identity")
	}
	return terms
}

// String implements [Trust].
func (t AccountTrust) String() string { return "principals of account " + t.AccountID }
