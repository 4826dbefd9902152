package components

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// InvokePolicy is a managed policy that allows calling routes of an API, and
// nothing else.
type InvokePolicy struct {
	pulumi.ResourceState

	// Arn is the managed policy's.
	Arn pulumi.StringOutput `pulumi:"arn"`
	// Document is the policy document, as JSON.
	Document pulumi.StringOutput `pulumi:"document"`
}

// InvokePolicyArgs are the inputs of an InvokePolicy.
type InvokePolicyArgs struct {
	// ExecutionArn is the API's. Required.
	ExecutionArn pulumi.StringInput
	// Stage is the name of the stage that may be called. Required.
	Stage string
	// Routes are those that the API declares. Required.
	Routes access.Routes
	// Allow are the grants, see access.Resolve. Required.
	Allow []string
	// Tags go to the policy; see access.CheckTags.
	Tags map[string]string
}

// NewInvokePolicy creates the managed policy of a list of grants. A grant that
// names no declared route, or that would reach another one, is an error.
func NewInvokePolicy(ctx *pulumi.Context, name string, args *InvokePolicyArgs, opts ...pulumi.ResourceOption) (*InvokePolicy, error) {
	var a InvokePolicyArgs
	if args != nil {
		a = *args
	}
	resolution, err := a.validate(name)
	if err != nil {
		return nil, err
	}
	c := &InvokePolicy{}
	inputs := pulumi.Map{"stage": pulumi.String(a.Stage), "allow": pulumi.ToStringArray(a.Allow)}
	if err := ctx.RegisterComponentResourceV2(TypeInvokePolicy, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	c.Document = a.ExecutionArn.ToStringOutput().ApplyT(func(executionArn string) (string, error) {
		return access.Render(access.InvokeDocument(executionArn, a.Stage, resolution.Invokes))
	}).(pulumi.StringOutput)
	policy, err := iam.NewPolicy(ctx, name+"-invoke", &iam.PolicyArgs{
		Policy: c.Document,
		Tags:   pulumi.ToStringMap(a.Tags),
	}, children(c)...)
	if err != nil {
		return nil, err
	}
	c.Arn = policy.Arn
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arn": c.Arn, "document": c.Document})
}

func (args InvokePolicyArgs) validate(name string) (access.Resolution, error) {
	p := check("InvokePolicy", name)
	p.field("name", name, access.CheckPolicyName(name))
	p.required("ExecutionArn", args.ExecutionArn != nil)
	p.required("Routes", len(args.Routes) > 0)
	p.field("Stage", args.Stage, CheckStageName(args.Stage))
	p.each("Tags", access.CheckTags(args.Tags))
	resolution, errs := access.Resolve(args.Allow, args.Routes)
	if len(args.Routes) > 0 || len(args.Allow) == 0 { // or every grant would name no route
		p.each("Allow", errs)
	}
	return resolution, p.err()
}
