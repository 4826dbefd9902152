package cloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestAcceptUnknown shows which principals and boundaries that do not exist in
// the Cloud are accepted.
func TestAcceptUnknown(t *testing.T) {
	trusting := func(principal string) func(*cloud.Account) error {
		return func(a *cloud.Account) error {
			_, err := a.CreateRole(cloud.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: TrustAWS(principal)})
			return err
		}
	}
	bounded := func(arn string) func(*cloud.Account) error {
		return func(a *cloud.Account) error {
			_, err := a.CreateUser(cloud.CreateUserInput{UserName: "u", PermissionsBoundary: arn})
			return err
		}
	}
	for name, row := range map[string]struct {
		call   func(*cloud.Account) error
		strict string // code
		open   string // code
	}{
		"an account":                     {trusting("999988887777"), cloud.CodeMalformedPolicy, ""},
		"an account's root":              {trusting("arn:aws:iam::999988887777:root"), cloud.CodeMalformedPolicy, ""},
		"a user of another account":      {trusting("arn:aws:iam::999988887777:user/ann"), cloud.CodeMalformedPolicy, ""},
		"a role of a modelled account":   {trusting("arn:aws:iam::444455556666:role/batch"), cloud.CodeMalformedPolicy, ""},
		"not a principal":                {trusting("arn:aws:iam::999988887777:group/x"), cloud.CodeMalformedPolicy, cloud.CodeMalformedPolicy},
		"not an account":                 {trusting("99998888777"), cloud.CodeMalformedPolicy, cloud.CodeMalformedPolicy},
		"a boundary of another account":  {bounded("arn:aws:iam::999988887777:policy/b"), cloud.CodeNoSuchEntity, ""},
		"a boundary of this account":     {bounded("arn:aws:iam::111122223333:policy/b"), cloud.CodeNoSuchEntity, ""},
		"a boundary of AWS":              {bounded("arn:aws:iam::aws:policy/ReadOnlyAccess"), cloud.CodeNoSuchEntity, ""},
		"a boundary that is not an ARN":  {bounded("b"), cloud.CodeInvalidInput, cloud.CodeInvalidInput},
		"a boundary that the Cloud has":  {bounded("arn:aws:iam::aws:policy/PowerUserAccess"), "", ""},
		"a principal that the Cloud has": {trusting("arn:aws:iam::444455556666:user/my-user"), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			strict, open := cloud.New(), cloud.New()
			open.AcceptUnknown()
			for _, at := range []struct {
				cloud *cloud.Cloud
				code  string
			}{{strict, row.strict}, {open.Clone(), row.open}, {open, row.open}} {
				err := row.call(at.cloud.Account(cloud.APIAccount))
				if at.code == "" {
					assert.NoError(t, err)
				} else {
					WantCode(t, at.code, err)
				}
			}
		})
	}
}

// TestUnknownPrincipalsStayAsNamed shows that GetRole returns unknown
// principals unchanged.
func TestUnknownPrincipalsStayAsNamed(t *testing.T) {
	c, a := account()
	c.AcceptUnknown()
	const ann = "arn:aws:iam::999988887777:user/ann"
	assert.JSONEq(t, TrustAWS(ann), newRole(a, "r", TrustAWS(ann)).AssumeRolePolicyDocument)
	assert.Contains(t, newRole(a, "all", TrustAWS("999988887777")).AssumeRolePolicyDocument, "arn:aws:iam::999988887777:root")
}
