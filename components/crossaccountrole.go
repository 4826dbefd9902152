package components

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// CrossAccountRole is a role that principals of another account assume to call
// the API: the only way across accounts under IAM, as an HTTP API has no
// resource policy. The other account adds its half, CallerPolicy; see
// CallerAccess.
type CrossAccountRole struct {
	pulumi.ResourceState

	// RoleArn is the role's.
	RoleArn pulumi.StringOutput `pulumi:"roleArn"`
	// TrustPolicy is the trust policy, as JSON.
	TrustPolicy pulumi.StringOutput `pulumi:"trustPolicy"`
	// CallerPolicy is the identity policy that the other account attaches to its
	// principals, as JSON.
	CallerPolicy pulumi.StringOutput `pulumi:"callerPolicy"`

	// Attachments attach the policies, by their names.
	Attachments map[string]pulumi.Resource
}

// CrossAccountRoleArgs are the inputs of a CrossAccountRole.
type CrossAccountRoleArgs struct {
	// Name is the role's name on AWS; see access.CheckRoleName. Required.
	Name string
	// ExecutionArn is the API's; its partition is the principals'. Required.
	ExecutionArn pulumi.StringInput
	// Trust says who may assume the role. AWS refuses principals and accounts that
	// do not exist. Required.
	Trust access.Trust
	// MaxSessionSeconds bounds a session, 3600 to 43200. Default 3600.
	MaxSessionSeconds int
	// Policies are ARNs of managed policies, each under a name that stays the
	// same: attachments are named after it. At most ten.
	Policies map[string]pulumi.StringInput
	// PermissionsBoundary is the ARN of a managed policy.
	PermissionsBoundary pulumi.StringPtrInput
	// Tags go to the role; see access.CheckTags.
	Tags map[string]string
}

// NewCrossAccountRole creates a role that another account's principals assume.
func NewCrossAccountRole(ctx *pulumi.Context, name string, args *CrossAccountRoleArgs, opts ...pulumi.ResourceOption) (*CrossAccountRole, error) {
	var a CrossAccountRoleArgs
	if args != nil {
		a = *args
	}
	a.Trust.Principals = slices.Clone(a.Trust.Principals) // read again once the API exists
	if a.MaxSessionSeconds == 0 {
		a.MaxSessionSeconds = access.MinSessionSeconds
	}
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &CrossAccountRole{}
	if err := ctx.RegisterComponentResourceV2(TypeCrossAccountRole, name, a.inputs(), c, opts...); err != nil {
		return nil, err
	}
	c.TrustPolicy = a.ExecutionArn.ToStringOutput().ApplyT(func(executionArn string) (string, error) {
		partition, err := access.Partition(executionArn)
		if err != nil {
			return "", err
		}
		return access.Render(access.TrustDocument(partition, a.Trust))
	}).(pulumi.StringOutput)
	role, attachments, err := createRole(ctx, c, name, role{
		name:        a.Name,
		description: "Lets principals of account " + a.Trust.AccountID + " call the API",
		trust:       c.TrustPolicy,
		maxSession:  pulumi.Int(a.MaxSessionSeconds),
		boundary:    a.PermissionsBoundary,
		policies:    a.Policies,
		tags:        a.Tags,
	})
	if err != nil {
		return nil, err
	}
	c.RoleArn, c.Attachments = role.Arn, attachments
	c.CallerPolicy = role.Arn.ApplyT(func(arn string) (string, error) {
		return access.Render(access.CallerDocument(arn))
	}).(pulumi.StringOutput)
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"roleArn":      c.RoleArn,
		"trustPolicy":  c.TrustPolicy,
		"callerPolicy": c.CallerPolicy,
	})
}

func (args CrossAccountRoleArgs) validate(name string) error {
	p := check("CrossAccountRole", name)
	p.field("Name", args.Name, access.CheckRoleName(args.Name))
	p.required("ExecutionArn", args.ExecutionArn != nil)
	p.each("Trust", args.Trust.Check())
	p.field("Trust.Principals", len(args.Trust.Principals), args.Trust.CheckSize())
	p.field("MaxSessionSeconds", args.MaxSessionSeconds, access.CheckSessionSeconds(args.MaxSessionSeconds))
	p.policyNames(args.Policies)
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}

func (args CrossAccountRoleArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"name":       pulumi.String(args.Name),
		"accountId":  pulumi.String(args.Trust.AccountID),
		"principals": pulumi.ToStringArray(args.Trust.Principals),
		"policies":   pulumi.ToStringArray(sortedKeys(args.Policies)),
	}
}
