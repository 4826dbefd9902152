package components

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// InstanceRole is a role for EC2 instances with its instance profile, both of
// the same name.
type InstanceRole struct {
	pulumi.ResourceState

	// RoleArn is the role's.
	RoleArn pulumi.StringOutput `pulumi:"roleArn"`
	// InstanceProfileName is what an instance is launched with.
	InstanceProfileName pulumi.StringOutput `pulumi:"instanceProfileName"`

	// Attachments attach the policies, by their names.
	Attachments map[string]pulumi.Resource
}

// InstanceRoleArgs are the inputs of an InstanceRole.
type InstanceRoleArgs struct {
	// Name is the role's and the instance profile's name on AWS; see
	// access.CheckRoleName. Required.
	Name string
	// Policies are ARNs of managed policies, each under a name that stays the
	// same: attachments are named after it. At most ten.
	Policies map[string]pulumi.StringInput
	// PermissionsBoundary is the ARN of a managed policy.
	PermissionsBoundary pulumi.StringPtrInput
	// Tags go to the role and the instance profile; see access.CheckTags.
	Tags map[string]string
}

// NewInstanceRole creates a role that EC2 instances assume, and its profile.
func NewInstanceRole(ctx *pulumi.Context, name string, args *InstanceRoleArgs, opts ...pulumi.ResourceOption) (*InstanceRole, error) {
	if args == nil {
		args = &InstanceRoleArgs{}
	}
	p := check("InstanceRole", name)
	p.field("Name", args.Name, access.CheckRoleName(args.Name))
	p.policyNames(args.Policies)
	p.each("Tags", access.CheckTags(args.Tags))
	if err := p.err(); err != nil {
		return nil, err
	}
	trust, err := access.Render(access.InstanceTrustDocument())
	if err != nil {
		return nil, err
	}
	c := &InstanceRole{}
	inputs := pulumi.Map{"name": pulumi.String(args.Name), "policies": pulumi.ToStringArray(sortedKeys(args.Policies))}
	if err := ctx.RegisterComponentResourceV2(TypeInstanceRole, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	role, attachments, err := createRole(ctx, c, name, role{
		name:        args.Name,
		description: "Lets EC2 instances call the API",
		trust:       pulumi.String(trust),
		boundary:    args.PermissionsBoundary,
		policies:    args.Policies,
		tags:        args.Tags,
	})
	if err != nil {
		return nil, err
	}
	profile, err := iam.NewInstanceProfile(ctx, name+"-profile", &iam.InstanceProfileArgs{
		Name: pulumi.String(args.Name),
		Role: role.Name,
		Tags: pulumi.ToStringMap(args.Tags),
	}, children(c)...)
	if err != nil {
		return nil, err
	}
	c.RoleArn, c.InstanceProfileName, c.Attachments = role.Arn, profile.Name, attachments
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"roleArn": c.RoleArn, "instanceProfileName": c.InstanceProfileName})
}
