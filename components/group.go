package components

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Group is an IAM group with its managed policies and its members. Both lists
// are exclusive: a policy or a member added by hand shows as drift, and the
// next update takes it out.
type Group struct {
	pulumi.ResourceState

	// Arn is the group's.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// GroupName is the group's name.
	GroupName pulumi.StringOutput `pulumi:"groupName"`

	// Attachments attach the policies, by their names.
	Attachments map[string]pulumi.Resource
}

// GroupArgs are the inputs of a Group.
type GroupArgs struct {
	// Name is the group's name on AWS; see access.CheckGroupName. Required.
	Name string
	// Policies are ARNs of managed policies, each under a name that stays the
	// same: attachments are named after it. At most ten.
	Policies map[string]pulumi.StringInput
	// Members are names of users.
	Members []pulumi.StringInput
}

// NewGroup creates a group, attaches its policies and sets its members.
func NewGroup(ctx *pulumi.Context, name string, args *GroupArgs, opts ...pulumi.ResourceOption) (*Group, error) {
	if args == nil {
		args = &GroupArgs{}
	}
	p := check("Group", name)
	p.field("Name", args.Name, access.CheckGroupName(args.Name))
	p.policyNames(args.Policies)
	p.set("Members", args.Members)
	if err := p.err(); err != nil {
		return nil, err
	}
	c := &Group{}
	inputs := pulumi.Map{"name": pulumi.String(args.Name), "policies": pulumi.ToStringArray(sortedKeys(args.Policies))}
	if err := ctx.RegisterComponentResourceV2(TypeGroup, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	group, err := iam.NewGroup(ctx, name+"-group", &iam.GroupArgs{Name: pulumi.String(args.Name)}, children(c)...)
	if err != nil {
		return nil, err
	}
	c.Attachments, err = attachToGroup(ctx, c, name, group, args.Policies)
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
	c.Arn, c.GroupName = group.Arn, group.Name
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arn": c.Arn, "groupName": c.GroupName})
}

// attachToGroup attaches each policy on its own, as the exclusive list detaches
// nothing when it is deleted, and then shuts out all others, inline ones too.
func attachToGroup(ctx *pulumi.Context, c *Group, name string, group *iam.Group, policies map[string]pulumi.StringInput) (map[string]pulumi.Resource, error) {
	arns := pulumi.StringArray{}
	attachments := map[string]pulumi.Resource{}
	for _, policy := range sortedKeys(policies) {
		attachment, err := iam.NewGroupPolicyAttachment(ctx, name+"-"+policy, &iam.GroupPolicyAttachmentArgs{
			Group:     group.Name,
			PolicyArn: policies[policy],
		}, children(c)...)
		if err != nil {
			return nil, err
		}
		arns = append(arns, policies[policy])
		attachments[policy] = attachment
	}
	_, err := iam.NewGroupPolicyAttachmentsExclusive(ctx, name+"-policies", &iam.GroupPolicyAttachmentsExclusiveArgs{
		GroupName:  group.Name,
		PolicyArns: arns,
	}, children(c, pulumi.DependsOn(slices.Collect(maps.Values(attachments))))...)
	if err != nil {
		return nil, err
	}
	_, err = iam.NewGroupPoliciesExclusive(ctx, name+"-inline-policies", &iam.GroupPoliciesExclusiveArgs{
		GroupName:   group.Name,
		PolicyNames: pulumi.StringArray{},
	}, children(c)...)
	return attachments, err
}
