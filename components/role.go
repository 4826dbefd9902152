package components

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Role is an IAM role for principals that call the API. Its trust policy says who may
// assume it, see [access.Trust]. An HTTP API has no resource policy, so another account
// can call it only through a role. That account also attaches CallerPolicy, see
// [CallerAccess]. [AttachPolicies] attaches the role's policies.
type Role struct {
	pulumi.ResourceState

	// RoleArn is the role's ARN.
	RoleArn pulumi.StringOutput
	// TrustPolicy is the trust policy, as JSON.
	TrustPolicy pulumi.StringOutput
	// InstanceProfileName is the name of the instance profile of a role for EC2
	// instances; nil for other roles.
	InstanceProfileName *pulumi.StringOutput
	// CallerPolicy is the identity policy that another account attaches to its
	// principals, as JSON; nil for roles that no other account assumes.
	CallerPolicy *pulumi.StringOutput
	// Outputs are the role's outputs, as docs/configuration.md describes them.
	Outputs pulumi.Map

	attach attachments
}

// RoleArgs are the inputs of a Role.
type RoleArgs struct {
	// Name is the name of the role, and of its instance profile, on AWS; see
	// access.CheckRoleName. Required.
	Name string
	// Trust says who may assume the role. AWS refuses principals and accounts that do not
	// exist. Required.
	Trust access.Trust
	// OidcProvider is the provider of the issuer of an access.OidcTrust, if the same
	// program creates it. The role depends on it, so it exists as long as the role does.
	OidcProvider pulumi.Resource
	// ExecutionArn is the API's execution ARN; principals are in its partition, and OIDC
	// providers in its account. Required.
	ExecutionArn pulumi.StringInput
	// MaxSessionSeconds is the longest session, access.MinSessionSeconds (the default)
	// to access.MaxSessionSeconds.
	MaxSessionSeconds int
	// PermissionsBoundary is the ARN of a managed policy.
	PermissionsBoundary pulumi.StringPtrInput
	// Tags are set on the role and the instance profile; see access.CheckTags.
	Tags map[string]string
}

// NewRole creates a role, and an instance profile if the role is for EC2 instances.
func NewRole(ctx *pulumi.Context, name string, args *RoleArgs, opts ...pulumi.ResourceOption) (*Role, error) {
	a := valueOf(args)
	a.MaxSessionSeconds = cmp.Or(a.MaxSessionSeconds, access.MinSessionSeconds)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	a.Trust = a.Trust.Clone() // it is used again when the API exists
	c := &Role{}
	inputs := pulumi.Map{"name": pulumi.String(a.Name), "trust": pulumi.String(a.Trust.String())}
	// Roles of both kinds used to have a type of their own.
	former := pulumi.Aliases([]pulumi.Alias{{Type: pulumi.String(typeInstanceRole)}, {Type: pulumi.String(typeCrossAccountRole)}})
	if err := ctx.RegisterComponentResourceV2(TypeRole, name, inputs, c,
		append([]pulumi.ResourceOption{former}, opts...)...); err != nil {
		return nil, err
	}
	var err error
	if c.TrustPolicy, err = a.trustPolicy(); err != nil {
		return nil, err
	}
	role, err := createRole(ctx, c, name, role{
		name:        a.Name,
		description: descriptionStart + a.Trust.String() + descriptionEnd,
		trust:       c.TrustPolicy,
		maxSession:  pulumi.Int(a.MaxSessionSeconds),
		boundary:    a.PermissionsBoundary,
		tags:        a.Tags,
		after:       a.OidcProvider,
	})
	if err != nil {
		return nil, err
	}
	c.RoleArn, c.attach = role.Arn, attachments{parent: c, name: name, role: role.Name}
	c.Outputs = pulumi.Map{"arn": c.RoleArn, "trustPolicy": c.TrustPolicy}
	if err := c.addOutputs(ctx, name, a, role); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, c.Outputs)
}

// The beginning and the end of a Role's description on AWS. The trust is between them.
const descriptionStart, descriptionEnd = "Lets ", " call the API"

// IsRole reports whether the description of a role on AWS is that of a [Role].
func IsRole(description string) bool {
	return strings.HasPrefix(description, descriptionStart) && strings.HasSuffix(description, descriptionEnd)
}

// trustPolicy returns the trust policy. A policy that is the same for every API is known
// before the API exists.
func (args RoleArgs) trustPolicy() (pulumi.StringOutput, error) {
	policy, err := access.Render(args.Trust.Document("arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5"))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	elsewhere, err := access.Render(args.Trust.Document("arn:aws-cn:execute-api:cn-north-1:444455556666:f6e5d4c3b2"))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	if policy == elsewhere {
		return pulumi.String(policy).ToStringOutput(), nil
	}
	return args.ExecutionArn.ToStringOutput().ApplyT(func(executionArn string) (string, error) {
		if err := access.CheckExecutionArn(executionArn); err != nil {
			return "", fmt.Errorf("Role %q: ExecutionArn: %q %w", args.Name, executionArn, err)
		}
		return access.Render(args.Trust.Document(executionArn))
	}).(pulumi.StringOutput), nil
}

// addOutputs adds the outputs that only some kinds of roles have.
func (c *Role) addOutputs(ctx *pulumi.Context, name string, args RoleArgs, role *iam.Role) error {
	switch trust := args.Trust.(type) {
	case access.ServiceTrust:
		if trust.Service != access.EC2 {
			return nil
		}
		profile, err := iam.NewInstanceProfile(ctx, name+"-profile", &iam.InstanceProfileArgs{
			Name: pulumi.String(args.Name),
			Role: role.Name,
			Tags: pulumi.ToStringMap(args.Tags),
		}, children(c)...)
		if err != nil {
			return err
		}
		c.InstanceProfileName = &profile.Name
		c.Outputs["instanceProfileName"] = profile.Name
	case access.AccountTrust:
		if trust.ExternalID != "" {
			c.Outputs["externalId"] = pulumi.String(trust.ExternalID)
		}
	}
	if actions := access.CallerActions(args.Trust); actions != nil {
		c.addCallerPolicy(actions, role)
	}
	return nil
}

func (c *Role) addCallerPolicy(actions []string, role *iam.Role) {
	policy := role.Arn.ApplyT(func(arn string) (string, error) {
		return access.Render(access.CallerDocument(actions, arn))
	}).(pulumi.StringOutput)
	c.CallerPolicy = &policy
	c.Outputs["callerPolicy"] = policy
}

func (c *Role) attachments() *attachments { return &c.attach }

func (args RoleArgs) validate(name string) error {
	p := check("Role", name)
	p.field("Name", args.Name, access.CheckRoleName(args.Name))
	p.required("ExecutionArn", args.ExecutionArn != nil)
	p.required("Trust", args.Trust != nil)
	if args.Trust != nil {
		errs := args.Trust.Check()
		if len(errs) == 0 {
			p.field("Trust", args.Trust.String(), access.CheckTrustSize(args.Trust))
		}
		p.each("Trust", errs)
	}
	p.field("MaxSessionSeconds", args.MaxSessionSeconds, access.CheckSessionSeconds(args.MaxSessionSeconds))
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}

// role are the arguments of createRole.
type role struct {
	name        string // on AWS; if empty, Pulumi chooses it
	description string
	trust       pulumi.StringInput
	maxSession  pulumi.IntPtrInput
	boundary    pulumi.StringPtrInput
	tags        map[string]string
	after       pulumi.Resource // what the role depends on, or nil
}

// createRole creates the role NAME-role.
func createRole(ctx *pulumi.Context, parent pulumi.Resource, name string, r role) (*iam.Role, error) {
	var physical pulumi.StringPtrInput
	if r.name != "" {
		physical = pulumi.String(r.name)
	}
	options := children(parent)
	if r.after != nil {
		options = append(options, pulumi.DependsOn([]pulumi.Resource{r.after}))
	}
	return iam.NewRole(ctx, name+"-role", &iam.RoleArgs{
		Name:                physical,
		Description:         pulumi.String(r.description),
		AssumeRolePolicy:    r.trust,
		MaxSessionDuration:  r.maxSession,
		PermissionsBoundary: r.boundary,
		Tags:                pulumi.ToStringMap(r.tags),
		// A policy that is attached by hand must not prevent the deletion.
		ForceDetachPolicies: pulumi.Bool(true),
	}, options...)
}
