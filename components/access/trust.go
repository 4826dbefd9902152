package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/micahhausler/aws-iam-policy/policy"
)

// Trust says who may assume a role. Each kind of trust is a type of its own:
// [ServiceTrust] and [AccountTrust].
type Trust interface {
	// Check returns every problem. Each begins with the key in the configuration, and the
	// value.
	Check() []error
	// CheckSize accepts a trust policy that is not longer than IAM's quota.
	CheckSize() error
	// Document returns the trust policy in a partition: "aws", "aws-cn" or
	// "aws-us-gov".
	Document(partition string) *Document
	// Clone returns a copy that shares no memory with the original.
	Clone() Trust
	// String returns the trusted principals in words, such as "EC2 instances".
	String() string
}

// EC2 is the service whose instances get credentials for a role through an
// instance profile.
const EC2 = "ec2"

// ServiceTrust lets an AWS service assume a role.
type ServiceTrust struct {
	// Service is the service's name in its service principal, NAME.amazonaws.com:
	// "ec2", "lambda"; see CheckService.
	Service string
}

// serviceWords are the words and statement ids of services that stacks could trust
// before other services. Deployed roles have them.
var serviceWords = map[string]struct{ sid, who string }{
	EC2:      {"AssumeByInstances", "EC2 instances"},
	"lambda": {"AssumeByFunctions", "Lambda functions"},
}

// Check implements [Trust].
func (t ServiceTrust) Check() []error {
	if err := CheckService(t.Service); err != nil {
		return []error{fmt.Errorf("service: %q %w", t.Service, err)}
	}
	return nil
}

// CheckSize implements [Trust]. The trust policy of a service always fits.
func (ServiceTrust) CheckSize() error { return nil }

// Clone implements [Trust].
func (t ServiceTrust) Clone() Trust { return t }

// Document implements [Trust].
func (t ServiceTrust) Document(string) *Document {
	sid := "AssumeByService"
	if words, has := serviceWords[t.Service]; has {
		sid = words.sid
	}
	return document(policy.Statement{
		Sid:       sid,
		Effect:    policy.EffectAllow,
		Principal: policy.NewServicePrincipal(t.Principal()),
		Action:    policy.NewStringOrSlice(true, ActionAssumeRole),
	})
}

// Principal returns the service principal, such as "ec2.amazonaws.com".
func (t ServiceTrust) Principal() string { return t.Service + servicePrincipalSuffix }

// String implements [Trust].
func (t ServiceTrust) String() string {
	if words, has := serviceWords[t.Service]; has {
		return words.who
	}
	return "the service " + t.Service
}

// AccountTrust lets principals of another account assume a role, under conditions.
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
}

// Check implements [Trust].
func (t AccountTrust) Check() []error {
	var errs []error
	if err := CheckAccountID(t.AccountID); err != nil {
		errs = append(errs, fmt.Errorf("account: %q %w", t.AccountID, err))
	}
	if len(t.Principals) == 0 {
		const accepted = `at least one "user/NAME" or "role/NAME", or "*" for the whole account`
		errs = append(errs, fmt.Errorf("principals: [] must name %s", accepted))
	}
	for i, err := range CheckPrincipals(t.Principals) {
		if err != nil {
			errs = append(errs, fmt.Errorf("principals[%d]: %q %w", i, t.Principals[i], err))
		}
	}
	if t.ExternalID != "" {
		if err := CheckExternalID(t.ExternalID); err != nil {
			errs = append(errs, fmt.Errorf("externalId: %q %w", t.ExternalID, err))
		}
	}
	if err := t.CheckMFA(); err != nil {
		errs = append(errs, fmt.Errorf("requireMfa: true %w", err))
	}
	return errs
}

// CheckSize implements [Trust], for any partition.
func (t AccountTrust) CheckSize() error {
	text, err := Render(t.Document(LongestPartition))
	if err != nil {
		return err
	}
	return checkSize("a role's trust policy", text, MaxTrustCharacters)
}

// CheckMFA rejects RequireMFA if every principal is a role: the session of a role never
// shows MFA (IAM user guide, MFA-protected API access).
func (t AccountTrust) CheckMFA() error {
	notRole := func(principal string) bool { return !strings.HasPrefix(principal, "role/") }
	if t.RequireMFA && len(t.Principals) > 0 && !slices.ContainsFunc(t.Principals, notRole) {
		return fmt.Errorf("must be left out, as only roles are trusted and a role's session never shows MFA: " +
			"nobody could assume the role; require MFA where those roles are assumed")
	}
	return nil
}

// Clone implements [Trust].
func (t AccountTrust) Clone() Trust {
	t.Principals = slices.Clone(t.Principals)
	return t
}

// Document implements [Trust].
func (t AccountTrust) Document(partition string) *Document {
	iam := "arn:" + partition + ":iam::" + t.AccountID + ":"
	arns := make([]string, len(t.Principals))
	for i, principal := range t.Principals {
		if principal == WholeAccount {
			principal = "root" // IAM's name for the account as a whole, not its root user
		}
		arns[i] = iam + principal
	}
	slices.Sort(arns)
	return document(policy.Statement{
		Sid:       "AssumeFromAccount" + t.AccountID,
		Effect:    policy.EffectAllow,
		Principal: policy.NewAWSPrincipal(arns...),
		Action:    policy.NewStringOrSlice(true, ActionAssumeRole),
		Condition: t.conditions(),
	})
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

// String implements [Trust].
func (t AccountTrust) String() string { return "principals of account " + t.AccountID }
