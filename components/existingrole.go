package components

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// ExistingRole is an IAM role that something else manages. [AttachPolicies] attaches
// policies to it. Nothing else of the role is ever changed.
type ExistingRole struct {
	pulumi.ResourceState

	// RoleArn is the role's ARN.
	RoleArn pulumi.StringOutput

	attach attachments
}

// ExistingRoleArgs are the inputs of an ExistingRole.
type ExistingRoleArgs struct {
	// Name is the name of the role on AWS, without its path. AWS refuses to attach
	// policies to roles of its own; see access.CheckChangeable. Required.
	Name string
	// Arn is the role's ARN, for the output. Required.
	Arn pulumi.StringInput
}

// NewExistingRole creates the component of a role that exists. It creates nothing on AWS.
func NewExistingRole(ctx *pulumi.Context, name string, args *ExistingRoleArgs,
	opts ...pulumi.ResourceOption) (*ExistingRole, error) {
	a := valueOf(args)
	p := check("ExistingRole", name)
	p.field("Name", a.Name, access.CheckRoleName(a.Name))
	p.field("Name", a.Name, access.CheckChangeable("/", a.Name))
	p.required("Arn", a.Arn != nil)
	if err := p.err(); err != nil {
		return nil, err
	}
	c := &ExistingRole{RoleArn: a.Arn.ToStringOutput()}
	inputs := pulumi.Map{"name": pulumi.String(a.Name)}
	if err := ctx.RegisterComponentResourceV2(TypeExistingRole, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	c.attach = attachments{parent: c, name: name, role: pulumi.String(a.Name), shared: true}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arn": c.RoleArn})
}

func (c *ExistingRole) attachments() *attachments { return &c.attach }
