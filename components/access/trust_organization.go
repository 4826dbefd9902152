package access

import "github.com/micahhausler/aws-iam-policy/policy"

// OrganizationTrust lets principals of every account of an AWS organization assume a
// role: the trust policy names everyone and requires aws:PrincipalOrgID (IAM user
// guide, "AWS global condition context keys").
//
// Principals of other accounts also need an identity policy, see [CallerDocument].
// Those of the API's own account need none, if that account is in the organization:
// within one account, a policy of the resource that names them, as "*" does, is enough
// (IAM user guide, "Policy evaluation for requests within a single account").
type OrganizationTrust struct {
	// ID is the id of the organization; see CheckOrgID.
	ID string
}

// Check implements [Trust].
func (t OrganizationTrust) Check() []error {
	var errs fieldErrors
	errs.add(CheckOrgID(t.ID), t.ID, "organization")
	return errs
}

// Clone implements [Trust].
func (t OrganizationTrust) Clone() Trust { return t }

// Document implements [Trust].
func (t OrganizationTrust) Document(string) *Document {
	condition := conditionBlock{}
	condition.add("StringEquals", "aws:PrincipalOrgID", t.ID)
	return trustDocument("AssumeFromOrganization", policy.NewAWSPrincipal("*"), condition, ActionAssumeRole)
}

// Terms implements [Trust].
func (t OrganizationTrust) Terms() Terms { return Terms{Source: t.String()} }

// String implements [Trust].
func (t OrganizationTrust) String() string { return "principals of organization " + t.ID }
