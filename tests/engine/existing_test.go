package engine_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	gitLab    = "https://gitlab.com"
	readsLogs = "arn:aws:iam::aws:policy/CloudWatchLogsReadOnlyAccess"
)

// attachTo attaches a policy to a role that exists, and creates an issuer's provider
// and a role for it.
func attachTo(role string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		existing, err := iam.LookupRole(ctx, &iam.LookupRoleArgs{Name: role})
		if err != nil {
			return err
		}
		caller, err := aws.GetCallerIdentity(ctx, nil)
		if err != nil {
			return err
		}
		ctx.Export("arn", pulumi.String(existing.Arn))
		ctx.Export("account", pulumi.String(caller.AccountId))
		_, err = iam.NewRolePolicyAttachment(ctx, "logs", &iam.RolePolicyAttachmentArgs{
			Role: pulumi.String(existing.Name), PolicyArn: pulumi.String(readsLogs),
		})
		if err != nil {
			return err
		}
		provider, err := iam.NewOpenIdConnectProvider(ctx, "gitlab", &iam.OpenIdConnectProviderArgs{
			Url: pulumi.String(gitLab), ClientIdLists: pulumi.ToStringArray([]string{"shop"}),
		})
		if err != nil {
			return err
		}
		ctx.Export("issuer", provider.Url)
		trust := provider.Arn.ApplyT(func(arn string) string {
			return sandboxtest.TrustFederated(arn, `{"StringEquals":{"gitlab.com:sub":"project_path:acme/shop:ref_type:branch:ref:main"}}`)
		}).(pulumi.StringOutput)
		_, err = iam.NewRole(ctx, "ci", &iam.RoleArgs{AssumeRolePolicy: trust})
		return err
	}
}

func opened(t *testing.T, c *cloud.Cloud, role string) *harness.Run {
	stack, err := engine.Open(c, engine.Project{
		File: harness.ProjectFile(t), Stack: "sandbox", Config: harness.Config(t), Program: attachTo(role),
	})
	require.NoError(t, err)
	return &harness.Run{Cloud: c, Stack: stack}
}

// TestExistingRoles deploys to an account with roles that the stack did not create.
func TestExistingRoles(t *testing.T) {
	t.Parallel()
	c := cloud.New()
	account := c.Account(cloud.APIAccount)
	trust := sandboxtest.TrustService("ecs-tasks")
	role := sandboxtest.Must(account.CreateRole(cloud.CreateRoleInput{RoleName: "task", Path: "/team/", AssumeRolePolicyDocument: trust}))
	sandboxtest.OK(account.RolePolicies().Attach("task", "arn:aws:iam::aws:policy/ReadOnlyAccess"))
	sandboxtest.Must(account.CreateProtectedRole("AWSReservedSSO_Staff_0a1b2c", "/aws-reserved/sso.amazonaws.com/"))
	before := c.Describe()

	run := opened(t, c, "task")
	run.Preview(t)
	assert.Equal(t, before, c.Describe(), "a preview changes nothing")
	run.Up(t)
	outputs := run.Outputs(t)
	assert.Equal(t, role.ARN, outputs["arn"].Value)
	assert.Equal(t, cloud.APIAccount, outputs["account"].Value)
	assert.Equal(t, "gitlab.com", outputs["issuer"].Value, "as pulumi-aws returns it")
	assert.Contains(t, sandboxtest.Must(account.RolePolicies().Attached("task")), readsLogs)

	sandboxtest.OK(account.RolePolicies().Attach("task", "arn:aws:iam::aws:policy/SecurityAudit"))
	run.Refresh(t)
	assert.Empty(t, run.Up(t), "a policy that somebody else attaches is not drift")
	sandboxtest.OK(account.RolePolicies().Detach("task", readsLogs))
	run.Refresh(t)
	run.Up(t)
	assert.Contains(t, sandboxtest.Must(account.RolePolicies().Attached("task")), readsLogs, "drift is repaired")

	sandboxtest.OK(account.RolePolicies().Detach("task", "arn:aws:iam::aws:policy/SecurityAudit"))
	run.Destroy(t)
	assert.Equal(t, before, c.Describe(), "the role and its other policies stay")
}

// TestExistingRolesThatCannotBeUsed shows the errors for a role that does not exist
// and for one that only AWS changes.
func TestExistingRolesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	c := cloud.New()
	sandboxtest.Must(c.Account(cloud.APIAccount).CreateProtectedRole("AWSServiceRoleForECS", "/aws-service-role/ecs.amazonaws.com/"))
	_, err := opened(t, c, "nobody").TryPreview()
	require.ErrorContains(t, err, "NoSuchEntity")
	_, err = opened(t, c, "AWSServiceRoleForECS").TryUp()
	require.ErrorContains(t, err, "UnmodifiableEntity")

	open := cloud.New()
	open.AcceptUnknown()
	run := opened(t, open, "nobody")
	run.Up(t)
	assert.Equal(t, "arn:aws:iam::111122223333:role/nobody", run.Outputs(t)["arn"].Value)
	run.Destroy(t)
}
