package components

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// InvokePolicy allows calling routes of an API, and nothing else: as one
// managed policy or, if they do not fit in one document, as several.
type InvokePolicy struct {
	pulumi.ResourceState

	// Parts are its managed policies, in the order of their names.
	Parts []PolicyPart
}

// PolicyPart is one managed policy of an InvokePolicy.
type PolicyPart struct {
	// Name tells the parts of a policy apart, and stays the same while the routes
	// change: empty for the only one, or the first, and else such as "-1".
	Name string
	// Arn is the managed policy's.
	Arn pulumi.StringOutput
	// Document is the policy document, as JSON.
	Document pulumi.StringOutput
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
	// Conditions are what must hold besides; none unless set. A policy for roles
	// must pass their CheckForRole method too.
	Conditions access.Conditions
	// Attachments, if set, gives what attaches a part of the policy, by the part's
	// name. A part changes once all parts after it are attached, so that a route that
	// moves to a new one is allowed all the while. It is called beside the program and
	// may wait until the groups and roles, which need the policy, are made.
	Attachments func(part string) []pulumi.Resource
	// Tags go to the policy; see access.CheckTags.
	Tags map[string]string
}

// NewInvokePolicy creates the managed policies of a list of grants. A grant that
// names no declared route, or that would reach another one, is an error, as are
// grants that ten documents cannot hold.
func NewInvokePolicy(ctx *pulumi.Context, name string, args *InvokePolicyArgs, opts ...pulumi.ResourceOption) (*InvokePolicy, error) {
	var a InvokePolicyArgs
	if args != nil {
		a = *args
	}
	packed, err := a.validate(name)
	if err != nil {
		return nil, err
	}
	a.Conditions = a.Conditions.Clone() // read again once the API exists
	c := &InvokePolicy{}
	inputs := pulumi.Map{"stage": pulumi.String(a.Stage), "allow": pulumi.ToStringArray(a.Allow)}
	if err := ctx.RegisterComponentResourceV2(TypeInvokePolicy, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	arns, documents := pulumi.StringArray{}, pulumi.StringArray{}
	// The last first: a route that moves to a new document stands there before it is
	// taken out of the old one, whose name is shorter.
	var others []pulumi.ResourceOption
	for _, pack := range slices.Backward(packed) {
		part, policy, err := createPart(ctx, c, name, a, pack, others)
		if err != nil {
			return nil, err
		}
		others = append(others, pulumi.DependsOn([]pulumi.Resource{policy}))
		if a.Attachments != nil {
			others = append(others, pulumi.DependsOnInputs(a.attachments(pack.Name)))
		}
		c.Parts = slices.Insert(c.Parts, 0, part)
		arns, documents = slices.Insert(arns, 0, pulumi.StringInput(part.Arn)), slices.Insert(documents, 0, pulumi.StringInput(part.Document))
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arns": arns, "documents": documents})
}

func createPart(ctx *pulumi.Context, c *InvokePolicy, name string, args InvokePolicyArgs, pack access.Packed, after []pulumi.ResourceOption) (PolicyPart, *iam.Policy, error) {
	document := args.ExecutionArn.ToStringOutput().ApplyT(func(executionArn string) (string, error) {
		text, err := access.Render(args.document(executionArn, pack.Invokes))
		if err != nil {
			return "", err
		}
		return text, access.CheckPolicySize(text)
	}).(pulumi.StringOutput)
	policy, err := iam.NewPolicy(ctx, name+"-invoke"+pack.Name, &iam.PolicyArgs{
		Policy: document,
		Tags:   pulumi.ToStringMap(args.Tags),
	}, children(c, after...)...)
	if err != nil {
		return PolicyPart{}, nil, err
	}
	return PolicyPart{Name: pack.Name, Arn: policy.Arn, Document: document}, policy, nil
}

// attachments are those of a part, which are not known yet.
func (args InvokePolicyArgs) attachments(part string) pulumi.ResourceArrayOutput {
	return pulumi.String(part).ToStringOutput().ApplyT(args.Attachments).(pulumi.ResourceArrayOutput)
}

func (args InvokePolicyArgs) document(executionArn string, invokes []access.Invoke) *access.Document {
	return access.InvokeDocument(executionArn, args.Stage, invokes, args.Conditions)
}

func (args InvokePolicyArgs) validate(name string) ([]access.Packed, error) {
	p := check("InvokePolicy", name)
	p.field("name", name, access.CheckPolicyName(name))
	p.required("ExecutionArn", args.ExecutionArn != nil)
	p.required("Routes", len(args.Routes) > 0)
	p.field("Stage", args.Stage, CheckStageName(args.Stage))
	p.each("Conditions", args.Conditions.Check())
	p.each("Tags", access.CheckTags(args.Tags))
	resolution, errs := access.Resolve(args.Allow, args.Routes)
	if len(args.Routes) > 0 || len(args.Allow) == 0 { // or every grant would name no route
		p.each("Allow", errs)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	packed, err := access.Pack(resolution.Invokes, MaxPolicies, args.document)
	if err != nil {
		p.each("Allow", []error{err})
	}
	return packed, p.err()
}
