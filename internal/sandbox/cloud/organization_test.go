package cloud_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestOrganization assumes a role that trusts every principal of an organization.
func TestOrganization(t *testing.T) {
	require.NoError(t, access.CheckOrgID(cloud.Organization))
	c, a := account()
	role := newRole(a, "r", TrustAWSIf("*", `{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`))
	OK(c.Account(cloud.CallerAccount).UserPolicies().Put(cloud.CallerUser, Allow("assume", "sts:AssumeRole", role.ARN)))
	assumes := func(c *cloud.Cloud) (cloud.Session, error) {
		caller := myUser(c)
		return c.AssumeRole(caller, assumeInput(role.ARN), caller.Context, noon)
	}
	WantCode(t, "AccessDenied", failed(assumes(c)))

	before := c.Describe()
	c.SetOrganization("o-a1b2c3d4e5")
	assert.Contains(t, c.Describe(), "o-a1b2c3d4e5")
	session := Must(assumes(c))
	context := Must(c.Caller(session.AccessKeyID, noon)).Context
	assert.Equal(t, []string{"o-a1b2c3d4e5"}, context["aws:PrincipalOrgID"])
	require.Len(t, context["aws:PrincipalOrgPaths"], 1)
	assert.True(t, strings.HasPrefix(context["aws:PrincipalOrgPaths"][0], "o-a1b2c3d4e5/r-"))
	Must(assumes(c.Clone()))

	c.SetOrganization("")
	WantCode(t, "AccessDenied", failed(assumes(c)))
	assert.NotContains(t, Must(c.Caller(session.AccessKeyID, noon)).Context, "aws:PrincipalOrgID")
	assert.NotEqual(t, before, c.Describe())

	// Changing the default does not affect an account with its own organization.
	c.AddAccount("000000000001", "o-other00001")
	other := c.Account("000000000001")
	Must(other.CreateUser(cloud.CreateUserInput{UserName: "ann"}))
	OK(other.UserPolicies().Put("ann", Allow("assume", "sts:AssumeRole", role.ARN)))
	ann := Must(c.Caller(Must(other.CreateAccessKey("ann")).AccessKeyID, noon))
	assert.Equal(t, []string{"o-other00001"}, ann.Context["aws:PrincipalOrgID"])
	WantCode(t, "AccessDenied", failed(c.AssumeRole(ann, assumeInput(role.ARN), ann.Context, noon)))
	c.AddAccount("000000000001", "o-a1b2c3d4e5")
	assert.Len(t, Must(other.ListUsers()), 1, "the account exists already")
}
