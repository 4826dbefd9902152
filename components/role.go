package components

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// role is what the roles of this package have in common.
type role struct {
	name        string // on AWS; empty for one that Pulumi makes up
	description string
	trust       pulumi.StringInput
	maxSession  pulumi.IntPtrInput
	boundary    pulumi.StringPtrInput
	policies    map[string]pulumi.StringInput
	tags        map[string]string
}

// createRole creates the role, attaches its policies and shuts out all others.
// Who needs what the role may do waits for the attachments.
func createRole(ctx *pulumi.Context, c pulumi.Resource, name string, r role) (created *iam.Role, attachments map[string]pulumi.Resource, err error) {
	var physical pulumi.StringPtrInput
	if r.name != "" {
		physical = pulumi.String(r.name)
	}
	created, err = iam.NewRole(ctx, name+"-role", &iam.RoleArgs{
		Name:                physical,
		Description:         pulumi.String(r.description),
		AssumeRolePolicy:    r.trust,
		MaxSessionDuration:  r.maxSession,
		PermissionsBoundary: r.boundary,
		Tags:                pulumi.ToStringMap(r.tags),
		// A policy attached by hand must not keep alive a role that is to go.
		ForceDetachPolicies: pulumi.Bool(true),
	}, children(c)...)
	if err != nil {
		return nil, nil, err
	}
	attachments, err = attachToRole(ctx, c, name, created, r.policies)
	return created, attachments, err
}

// attachToRole attaches each policy on its own, as the exclusive list detaches
// nothing when it is deleted, and then shuts out all others, inline ones too.
func attachToRole(ctx *pulumi.Context, c pulumi.Resource, name string, role *iam.Role, policies map[string]pulumi.StringInput) (map[string]pulumi.Resource, error) {
	arns := pulumi.StringArray{}
	attachments := map[string]pulumi.Resource{}
	for _, policy := range sortedKeys(policies) {
		attachment, err := iam.NewRolePolicyAttachment(ctx, name+"-"+policy, &iam.RolePolicyAttachmentArgs{
			Role:      role.Name,
			PolicyArn: policies[policy],
		}, children(c)...)
		if err != nil {
			return nil, err
		}
		arns = append(arns, policies[policy])
		attachments[policy] = attachment
	}
	_, err := iam.NewRolePolicyAttachmentsExclusive(ctx, name+"-policies", &iam.RolePolicyAttachmentsExclusiveArgs{
		RoleName:   role.Name,
		PolicyArns: arns,
	}, children(c, pulumi.DependsOn(slices.Collect(maps.Values(attachments))))...)
	if err != nil {
		return nil, err
	}
	_, err = iam.NewRolePoliciesExclusive(ctx, name+"-inline-policies", &iam.RolePoliciesExclusiveArgs{
		RoleName:    role.Name,
		PolicyNames: pulumi.StringArray{},
	}, children(c)...)
	return attachments, err
}
