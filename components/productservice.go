package components

import (
	"cmp"
	"errors"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// ProductService is a backend for an HttpApi that stores products: a Lambda function
// and a DynamoDB table. The function's role allows what the function does with that
// table and with its log group, and nothing else.
type ProductService struct {
	pulumi.ResourceState

	// Function is the function, for an HttpApi's Backend.
	Function Function
	// LogGroupName is the log group that the function writes to.
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"`
	// TableName is the table's name.
	TableName pulumi.StringOutput `pulumi:"tableName"`
}

// ProductServiceArgs are the inputs of a ProductService.
type ProductServiceArgs struct {
	// Archive is the path of a zip file with the function's program: a Linux program
	// for arm64, named bootstrap. Required.
	Archive string
	// DeletionProtection prevents the deletion of the table. Pulumi protects it,
	// too, so that a preview fails before anything is deleted.
	DeletionProtection bool
	// LogRetentionDays is the retention of the function's logs, one of
	// RetentionDays. Default DefaultRetentionDays.
	LogRetentionDays int
	// PermissionsBoundary is the ARN of a managed policy for the function's role.
	PermissionsBoundary pulumi.StringPtrInput
	// Tags are set on all resources that have tags; see access.CheckTags.
	Tags map[string]string
}

// NewProductService creates the table and the function.
func NewProductService(ctx *pulumi.Context, name string, args *ProductServiceArgs,
	opts ...pulumi.ResourceOption) (*ProductService, error) {
	a := valueOf(args)
	a.LogRetentionDays = cmp.Or(a.LogRetentionDays, DefaultRetentionDays)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &ProductService{}
	inputs := pulumi.Map{"deletionProtection": pulumi.Bool(a.DeletionProtection)}
	if err := ctx.RegisterComponentResourceV2(TypeProductService, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	b := &serviceBuilder{ctx: ctx, name: name, args: a, component: c}
	if err := b.createTable(); err != nil {
		return nil, err
	}
	if err := b.createLogGroup(); err != nil {
		return nil, err
	}
	role, attachment, err := b.createRole()
	if err != nil {
		return nil, err
	}
	function, err := b.createFunction(role, attachment)
	if err != nil {
		return nil, err
	}
	c.Function = Function{Name: function.Name, InvokeArn: function.InvokeArn}
	c.LogGroupName, c.TableName = b.logs.Name, b.table.Name
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"functionName": function.Name,
		"logGroupName": c.LogGroupName,
		"tableName":    c.TableName,
	})
}

func (args ProductServiceArgs) validate(name string) error {
	p := check("ProductService", name)
	p.field("name", name, checkServiceName(name))
	p.required("Archive", args.Archive != "")
	p.field("LogRetentionDays", args.LogRetentionDays, CheckRetentionDays(args.LogRetentionDays))
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}

var serviceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,47}$`)

// checkServiceName accepts names that leave room for "-function-" and seven digits
// in the function's name, which has at most 64 characters (Lambda CreateFunction).
// The names of the role, the table and the log group may be longer.
func checkServiceName(name string) error {
	if !serviceName.MatchString(name) {
		return errors.New(`must be 1 to 47 letters, digits and "_-", as the function is named after it`)
	}
	return nil
}

// serviceBuilder creates the children of a ProductService.
type serviceBuilder struct {
	ctx       *pulumi.Context
	name      string
	args      ProductServiceArgs
	component *ProductService
	table     *dynamodb.Table
	logs      *cloudwatch.LogGroup
}

// createTable creates a table with the string id as its only key, billed per
// request. It can be restored to any second of the last 35 days.
func (b *serviceBuilder) createTable() (err error) {
	options := children(b.component)
	if b.args.DeletionProtection { // otherwise, the table inherits the component's option
		options = append(options, pulumi.Protect(true))
	}
	b.table, err = dynamodb.NewTable(b.ctx, b.name+"-table", &dynamodb.TableArgs{
		BillingMode: pulumi.String("PAY_PER_REQUEST"),
		HashKey:     pulumi.String("id"),
		Attributes: dynamodb.TableAttributeArray{
			dynamodb.TableAttributeArgs{Name: pulumi.String("id"), Type: pulumi.String("S")},
		},
		PointInTimeRecovery:       dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(true)},
		DeletionProtectionEnabled: pulumi.Bool(b.args.DeletionProtection),
		Tags:                      pulumi.ToStringMap(b.args.Tags),
	}, options...)
	return err
}

// createLogGroup creates the function's log group. Lambda would create one without
// a retention.
func (b *serviceBuilder) createLogGroup() (err error) {
	b.logs, err = cloudwatch.NewLogGroup(b.ctx, b.name+"-log", &cloudwatch.LogGroupArgs{
		NamePrefix:      pulumi.String("/aws/lambda/" + b.name + "-"),
		RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
		Tags:            pulumi.ToStringMap(b.args.Tags),
	}, children(b.component)...)
	return err
}

// createRole creates the function's role with one managed policy, and excludes all
// others.
func (b *serviceBuilder) createRole() (*iam.Role, pulumi.Resource, error) {
	trust, err := access.Render(access.ServiceTrust{Service: "lambda"}.Document(""))
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewPolicy(b.ctx, b.name+"-service", &iam.PolicyArgs{
		Policy: pulumi.All(b.table.Arn, b.logs.Arn).ApplyT(func(arns []any) (string, error) {
			return access.Render(access.ServiceDocument(arns[0].(string), arns[1].(string)))
		}).(pulumi.StringOutput),
		Tags: pulumi.ToStringMap(b.args.Tags),
	}, children(b.component)...)
	if err != nil {
		return nil, nil, err
	}
	role, err := createRole(b.ctx, b.component, b.name, role{
		description: "Lets the product service reach its table and its log group",
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
func (b *serviceBuilder) createFunction(role *iam.Role, attachment pulumi.Resource) (*lambda.Function, error) {
	return lambda.NewFunction(b.ctx, b.name+"-function", &lambda.FunctionArgs{
		Description:   pulumi.String("Lists and adds products"),
		Runtime:       pulumi.String("provided.al2023"),
		Architectures: pulumi.ToStringArray([]string{"arm64"}),
		Handler:       pulumi.String("bootstrap"),
		Code:          pulumi.NewFileArchive(b.args.Archive),
		Role:          role.Arn,
		MemorySize:    pulumi.Int(128), // MB
		Timeout:       pulumi.Int(10),  // seconds
		Environment: lambda.FunctionEnvironmentArgs{
			Variables: pulumi.StringMap{"TABLE_NAME": b.table.Name},
		},
		LoggingConfig: lambda.FunctionLoggingConfigArgs{
			LogFormat: pulumi.String("JSON"),
			LogGroup:  b.logs.Name,
		},
		Tags: pulumi.ToStringMap(b.args.Tags),
	}, children(b.component, pulumi.DependsOn([]pulumi.Resource{attachment}), pulumi.ReplaceOnChanges([]string{"code"}))...)
}
