package components

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Group is an IAM group with its members. A member that is added by hand shows as
// drift, and the next update removes it.
// [AttachPolicies] attaches the group's policies.
type Group struct {
	pulumi.ResourceState

	// Arn is the group's ARN.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// GroupName is the group's name.
	GroupName pulumi.StringOutput `pulumi:"groupName"`

	attach attachments
}

// GroupArgs are the inputs of a Group.
type GroupArgs struct {
	// Name is the group's name on AWS; see access.CheckGroupName. Required.
	Name string
	// Members are the names of users.
	Members []pulumi.StringInput
}

// NewGroup creates a group and sets its members.
func NewGroup(ctx *pulumi.Context, name string, args *GroupArgs, opts ...pulumi.ResourceOption) (*Group, error) {
	a := valueOf(args)
	p := check("Group", name)
	p.field("Name", a.Name, access.CheckGroupName(a.Name))
	p.set("Members", a.Members)
	if err := p.err(); err != nil {
		return nil, err
	}
	c := &Group{}
	inputs := pulumi.Map{"name": pulumi.String(a.Name)}
	if err := ctx.RegisterComponentResourceV2(TypeGroup, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	group, err := iam.NewGroup(ctx, name+"-group", &iam.GroupArgs{Name: pulumi.String(a.Name)}, children(c)...)
	if err != nil {
		return nil, err
	}
	_, err = iam.NewGroupMembership(ctx, name+"-members", &iam.GroupMembershipArgs{
		Name:  pulumi.String(name + "-members"),
		Group: group.Name,
		Users: append(pulumi.StringArray{}, a.Members...), // never nil
	}, children(c)...)
	if err != nil {
		return nil, err
	}
	c.Arn, c.GroupName, c.attach = group.Arn, group.Name, attachments{parent: c, name: name, group: group}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arn": c.Arn, "groupName": c.GroupName})
}

func (c *Group) attachments() *attachments { return &c.attach }
