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
	federated := func(p string) func(*cloud.Account) error {
		return func(a *cloud.Account) error {
			_, err := a.CreateRole(cloud.CreateRoleInput{RoleName: "r", AssumeRolePolicyDocument: TrustFederated(p, "")})
			return err
		}
	}
	attached := func(role, arn string) func(*cloud.Account) error {
		return func(a *cloud.Account) error {
			Must(a.CreateRole(cloud.CreateRoleInput{RoleName: "known", AssumeRolePolicyDocument: trustEC2}))
			return a.RolePolicies().Attach(role, arn)
		}
	}
	const provider = "arn:aws:iam::111122223333:oidc-provider/"
	for name, row := range map[string]struct {
		call   func(*cloud.Account) error
		strict string // code
		open   string // code
	}{
		"an account":                     {trusting("999988887777"), cloud.CodeMalformedPolicy, ""},
		"a user of another account":      {trusting("arn:aws:iam::999988887777:user/ann"), cloud.CodeMalformedPolicy, ""},
		"a role of a modelled account":   {trusting("arn:aws:iam::444455556666:role/batch"), cloud.CodeMalformedPolicy, ""},
		"not a principal":                {trusting("arn:aws:iam::999988887777:group/x"), cloud.CodeMalformedPolicy, cloud.CodeMalformedPolicy},
		"a boundary of another account":  {bounded("arn:aws:iam::999988887777:policy/b"), cloud.CodeNoSuchEntity, ""},
		"a boundary of this account":     {bounded("arn:aws:iam::111122223333:policy/b"), cloud.CodeNoSuchEntity, ""},
		"a boundary that is not an ARN":  {bounded("b"), cloud.CodeInvalidInput, cloud.CodeInvalidInput},
		"a boundary that the Cloud has":  {bounded("arn:aws:iam::aws:policy/PowerUserAccess"), "", ""},
		"a principal that the Cloud has": {trusting("arn:aws:iam::444455556666:user/my-user"), "", ""},

		"an OIDC provider":                 {federated(provider + "issuer.example.com/a"), cloud.CodeMalformedPolicy, ""},
		"not an issuer":                    {federated(provider + "https://issuer.example.com"), cloud.CodeMalformedPolicy, cloud.CodeMalformedPolicy},
		"an OIDC provider of another":      {federated("arn:aws:iam::444455556666:oidc-provider/x.example.com"), "NotModelled", "NotModelled"},
		"an unknown policy":                {attached("known", "arn:aws:iam::111122223333:policy/p"), cloud.CodeNoSuchEntity, ""},
		"an unknown policy of another":     {attached("known", "arn:aws:iam::444455556666:policy/p"), cloud.CodeNoSuchEntity, cloud.CodeNoSuchEntity},
		"an attachment to an unknown role": {attached("r", arnReadOnlyAccess), cloud.CodeNoSuchEntity, ""},
		"an attachment to an invalid name": {attached("r r", arnReadOnlyAccess), cloud.CodeNoSuchEntity, cloud.CodeNoSuchEntity},
		"an attachment that is not an ARN": {attached("r", "p"), cloud.CodeNoSuchEntity, cloud.CodeInvalidInput},
		"a group that does not exist":      {func(a *cloud.Account) error { return a.GroupPolicies().Attach("g", arnReadOnlyAccess) }, cloud.CodeNoSuchEntity, cloud.CodeNoSuchEntity},
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

// TestUnknownRoles attaches policies to a role that does not exist in the Cloud, and
// detaches them.
func TestUnknownRoles(t *testing.T) {
	c, a := account()
	known := newRole(a, "known", trustEC2)
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.ExistingRole("task")))
	c.AcceptUnknown()
	assert.Equal(t, known, Must(a.ExistingRole("known")))
	assert.Equal(t, "arn:aws:iam::111122223333:role/task", Must(a.ExistingRole("task")).ARN)
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.ExistingRole("task/x")))
	WantCode(t, cloud.CodeInvalidClientTokenID, failed(c.Account("999988887777").ExistingRole("task")))
	WantCode(t, cloud.CodeInvalidClientTokenID, c.Account("999988887777").RolePolicies().Attach("task", arnReadOnlyAccess))
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.GetRole("task")))

	var seen []string
	c.OnMutation(func(m cloud.Mutation) cloud.Fault { seen = append(seen, m.Action); return cloud.NoFault })
	const own = "arn:aws:iam::111122223333:policy/made-elsewhere"
	OK(a.RolePolicies().Attach("task", own))
	OK(a.RolePolicies().Attach("task", arnReadOnlyAccess))
	OK(a.RolePolicies().Detach("task", arnReadOnlyAccess))
	assert.Equal(t, []string{"AttachRolePolicy", "AttachRolePolicy", "DetachRolePolicy"}, seen)
	assert.Equal(t, []string{own}, Must(a.RolePolicies().Attached("task")))
	assert.Equal(t, Must(a.GetRole("task")), Must(a.ExistingRole("task")))
	assert.Equal(t, []string{own}, Must(c.Clone().Account(cloud.APIAccount).RolePolicies().Attached("task")))
}
