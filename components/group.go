package components

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Group is an IAM group with its members. The list of members is exclusive: one
// that is added by hand shows as drift, and the next update removes it.
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
	// Members are names of users.
	Members []pulumi.StringInput
}

// NewGroup creates a group and sets its members.
func NewGroup(ctx *pulumi.Context, name string, args *GroupArgs, opts ...pulumi.ResourceOption) (*Group, error) {
	if args == nil {
		args = &GroupArgs{}
	}
	p := check("Group", name)
	p.field("Name", args.Name, access.CheckGroupName(args.Name))
	p.set("Members", args.Members)
	if err := p.err(); err != nil {
		return nil, err
	}
	c := &Group{}
	inputs := pulumi.Map{"name": pulumi.String(args.Name)}
	if err := ctx.RegisterComponentResourceV2(TypeGroup, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	group, err := iam.NewGroup(ctx, name+"-group", &iam.GroupArgs{Name: pulumi.String(args.Name)}, children(c)...)
	if err != nil {
		return nil, err
	}
	_, err = iam.NewGroupMembership(ctx, name+"-members", &iam.GroupMembershipArgs{
		Name:  pulumi.String(name + "-members"),
		Group: group.Name,
		Users: append(pulumi.StringArray{}, args.Members...), // also if there are none
	}, children(c)...)
	if err != nil {
		return nil, err
	}
	c.Arn, c.GroupName, c.attach = group.Arn, group.Name, attachments{parent: c, name: name, group: group}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arn": c.Arn, "groupName": c.GroupName})
}

func (c *Group) attachments() *attachments { return &c.attach }
