package components

import (
	"cmp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// LambdaFunction is a backend for an HttpApi: a Lambda function that runs a program of
// yours. The function's role allows writing to the function's log group, and nothing
// else.
type LambdaFunction struct {
	pulumi.ResourceState

	// Function is the function, for an HttpApi's Backend.
	Function Function
	// LogGroupName is the log group that the function writes to.
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"`
}

// LambdaFunctionArgs are the inputs of a LambdaFunction.
type LambdaFunctionArgs struct {
	// Archive is the path of a zip file with the function's program: a Linux program
	// for arm64, named bootstrap. Required.
	Archive string
	// LogRetentionDays is the retention of the function's logs, one of
	// RetentionDays. Default DefaultRetentionDays.
	LogRetentionDays int
	// PermissionsBoundary is the ARN of a managed policy for the function's role.
	PermissionsBoundary pulumi.StringPtrInput
	// Tags are set on all resources that have tags; see access.CheckTags.
	Tags map[string]string
}

// NewLambdaFunction creates the function. See CheckServiceName for its name.
func NewLambdaFunction(ctx *pulumi.Context, name string, args *LambdaFunctionArgs,
	opts ...pulumi.ResourceOption) (*LambdaFunction, error) {
	a := valueOf(args)
	a.LogRetentionDays = cmp.Or(a.LogRetentionDays, DefaultRetentionDays)
	if err := a.check(check("LambdaFunction", name), name); err != nil {
		return nil, err
	}
	c := &LambdaFunction{}
	if err := ctx.RegisterComponentResourceV2(TypeLambdaFunction, name, pulumi.Map{}, c, opts...); err != nil {
		return nil, err
	}
	b := &functionBuilder{ctx: ctx, name: name, args: a, component: c}
	if err := b.createLogGroup(); err != nil {
		return nil, err
	}
	policy := b.logs.Arn.ApplyT(func(logs string) (string, error) {
		return access.Render(access.FunctionDocument(logs))
	}).(pulumi.StringOutput)
	function, err := b.createFunction(functionSettings{
		description: "Answers requests of an API",
		roleFor:     "Lets a function reach its log group",
		policy:      policy,
	})
	if err != nil {
		return nil, err
	}
	c.Function = Function{Name: function.Name, InvokeArn: function.InvokeArn}
	c.LogGroupName = b.logs.Name
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"functionName": function.Name,
		"logGroupName": c.LogGroupName,
	})
}

func (args LambdaFunctionArgs) check(p *problems, name string) error {
	p.field("name", name, CheckServiceName(name))
	p.required("Archive", args.Archive != "")
	p.field("LogRetentionDays", args.LogRetentionDays, CheckRetentionDays(args.LogRetentionDays))
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}

// functionBuilder creates a function with its log group and its role.
type functionBuilder struct {
	ctx       *pulumi.Context
	name      string
	args      LambdaFunctionArgs
	component pulumi.Resource
	logs      *cloudwatch.LogGroup
}

// functionSettings are the settings in which the functions of the components differ.
type functionSettings struct {
	description string
	roleFor     string // description of the role
	policy      pulumi.StringInput
	environment lambda.FunctionEnvironmentPtrInput
}

// createLogGroup creates the function's log group. Lambda would create one without
// a retention.
func (b *functionBuilder) createLogGroup() (err error) {
	b.logs, err = cloudwatch.NewLogGroup(b.ctx, b.name+"-log", &cloudwatch.LogGroupArgs{
		NamePrefix:      pulumi.String("/aws/lambda/" + b.name + "-"),
		RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
		Tags:            pulumi.ToStringMap(b.args.Tags),
	}, children(b.component)...)
	return err
}

// createRole creates the function's role with one managed policy, and excludes all
// others.
func (b *functionBuilder) createRole(s functionSettings) (*iam.Role, pulumi.Resource, error) {
	trust, err := access.Render(access.ServiceTrust{Service: "lambda"}.Document(""))
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewPolicy(b.ctx, b.name+"-service", &iam.PolicyArgs{
		Policy: s.policy,
		Tags:   pulumi.ToStringMap(b.args.Tags),
	}, children(b.component)...)
	if err != nil {
		return nil, nil, err
	}
	role, err := createRole(b.ctx, b.component, b.name, role{
		description: s.roleFor,
		trust:       pulumi.String(trust),
		boundary:    b.args.PermissionsBoundary,
		tags:        b.args.Tags,
	})
	if err != nil {
		return nil, nil, err
	}
	attach := attachments{parent: b.component, name: b.name, role: role.Name}
	attachment, err := attach.attach(b.ctx, "service", policy.Arn)
	if err != nil {
		return nil, nil, err
	}
	return role, attachment, attach.close(b.ctx)
}

// createFunction creates the function, once its role has its permissions. Changed
// code replaces the function: if an update in place failed halfway, Pulumi could not
// see which code Lambda runs.
func (b *functionBuilder) createFunction(s functionSettings) (*lambda.Function, error) {
	role, attachment, err := b.createRole(s)
	if err != nil {
		return nil, err
	}
	return lambda.NewFunction(b.ctx, b.name+"-function", &lambda.FunctionArgs{
		Description:   pulumi.String(s.description),
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.ToStringArray([]string{"arm64"}),
		Handler:       pulumi.String("bootstrap"),
		Code:          pulumi.NewFileArchive(b.args.Archive),
		Role:          role.Arn,
		MemorySize:    pulumi.Int(128), // MB
		Timeout:       pulumi.Int(10),  // seconds
		Environment:   s.environment,
		LoggingConfig: lambda.FunctionLoggingConfigArgs{
			LogFormat: pulumi.String("JSON"),
			LogGroup:  b.logs.Name,
		},
		Tags: pulumi.ToStringMap(b.args.Tags),
	}, children(b.component, pulumi.DependsOn([]pulumi.Resource{attachment}), pulumi.ReplaceOnChanges([]string{"code"}))...)
}
