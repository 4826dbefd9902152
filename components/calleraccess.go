package components

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// CallerAccess is what an account needs to assume a [Role] of another account: a
// managed policy that allows it, attached to a group, to roles, or to both. Nothing
// is attached to a user.
type CallerAccess struct {
	pulumi.ResourceState

	// PolicyArn is the ARN of the managed policy.
	PolicyArn pulumi.StringOutput `pulumi:"policyArn"`
	// Document is the policy document, as JSON.
	Document pulumi.StringOutput `pulumi:"document"`
}

// CallerAccessArgs are the inputs of a CallerAccess.
type CallerAccessArgs struct {
	// RoleArns are the roles that may be assumed. Required.
	RoleArns []pulumi.StringInput
	// GroupName is the name of a group to create, or empty; see
	// access.CheckGroupName.
	GroupName string
	// Members are the names of existing users to add to the group.
	Members []string
	// Roles are the names of existing roles to attach the policy to.
	Roles []string
	// SessionTags and SourceIdentity are as in the roles' access.AccountTrust: what the
	// trust policies allow must be allowed here as well.
	SessionTags, SourceIdentity bool
	// Tags are set on the policy; see access.CheckTags.
	Tags map[string]string
}

// NewCallerAccess creates the policy and attaches it.
func NewCallerAccess(ctx *pulumi.Context, name string, args *CallerAccessArgs,
	opts ...pulumi.ResourceOption) (*CallerAccess, error) {
	a := valueOf(args)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &CallerAccess{}
	inputs := pulumi.Map{
		"group":   pulumi.String(a.GroupName),
		"members": pulumi.ToStringArray(a.Members),
		"roles":   pulumi.ToStringArray(a.Roles),
	}
	if err := ctx.RegisterComponentResourceV2(TypeCallerAccess, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	actions := a.actions()
	c.Document = pulumi.StringArray(slices.Clone(a.RoleArns)).ToStringArrayOutput().ApplyT(func(arns []string) (string, error) {
		for _, arn := range arns {
			if err := access.CheckRoleArn(arn); err != nil {
				return "", fmt.Errorf("CallerAccess %q: RoleArns: %q %w", name, arn, err)
			}
		}
		text, err := callerDocument(actions, arns)
		if err != nil {
			return "", fmt.Errorf("CallerAccess %q: RoleArns: %w", name, err)
		}
		return text, nil
	}).(pulumi.StringOutput)
	policy, err := iam.NewPolicy(ctx, name+"-assume", &iam.PolicyArgs{
		Policy: c.Document,
		Tags:   pulumi.ToStringMap(a.Tags),
	}, children(c)...)
	if err != nil {
		return nil, err
	}
	c.PolicyArn = policy.Arn
	if err := a.attach(ctx, c, name); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"policyArn": c.PolicyArn, "document": c.Document})
}

func (args CallerAccessArgs) actions() []string {
	return access.AccountTrust{SessionTags: args.SessionTags, SourceIdentity: args.SourceIdentity}.Actions()
}

// callerDocument returns the policy that allows assuming the roles, if it fits.
func callerDocument(actions, arns []string) (string, error) {
	text, err := access.Render(access.CallerDocument(actions, arns...))
	if err == nil {
		err = access.CheckPolicySize(text)
	}
	if err != nil {
		return "", fmt.Errorf("%d roles: %w; use another CallerAccess for some of them", len(arns), err)
	}
	return text, nil
}

// attach attaches the policy. It does not exclude other policies of the roles, which
// were created elsewhere.
func (args CallerAccessArgs) attach(ctx *pulumi.Context, c *CallerAccess, name string) error {
	for _, role := range args.Roles {
		_, err := iam.NewRolePolicyAttachment(ctx, name+"-"+role, &iam.RolePolicyAttachmentArgs{
			Role:      pulumi.String(role),
			PolicyArn: c.PolicyArn,
		}, children(c)...)
		if err != nil {
			return err
		}
	}
	if args.GroupName == "" {
		return nil
	}
	group, err := NewGroup(ctx, name+"-"+args.GroupName,
		&GroupArgs{Name: args.GroupName, Members: toInputs(args.Members)}, children(c)...)
	if err != nil {
		return err
	}
	_, err = AttachPolicies(ctx, &AttachPoliciesArgs{
		To: []Attachment{{Principal: group, Managed: map[string]pulumi.StringInput{"assume": c.PolicyArn}}},
	})
	return err
}

func toInputs(values []string) []pulumi.StringInput {
	inputs := make([]pulumi.StringInput, len(values))
	for i, value := range values {
		inputs[i] = pulumi.String(value)
	}
	return inputs
}

func (args CallerAccessArgs) validate(name string) error {
	p := check("CallerAccess", name)
	p.field("name", name, access.CheckPolicyName(name)) // the policy's name begins with it
	p.required("RoleArns", len(args.RoleArns) > 0)
	p.set("RoleArns", args.RoleArns)
	var known []string // before anything is created
	for _, arn := range args.RoleArns {
		if text, is := arn.(pulumi.String); is {
			known = append(known, string(text))
		}
	}
	if _, err := callerDocument(args.actions(), known); err != nil {
		p.each("RoleArns", []error{err})
	}
	switch {
	case args.GroupName != "":
		p.field("GroupName", args.GroupName, access.CheckGroupName(args.GroupName))
	case len(args.Members) > 0:
		p.field("Members", args.Members, errors.New("must not be set without GroupName, the group that they are to be in"))
	default:
		p.required("GroupName or Roles", len(args.Roles) > 0)
	}
	p.each("Members", access.CheckNames(args.Members, access.CheckUserName))
	p.each("Roles", access.CheckNames(args.Roles, access.CheckRoleName))
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}
