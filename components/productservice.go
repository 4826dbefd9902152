package components

import (
	"cmp"
	"errors"
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
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
	if err := a.function().check(check("ProductService", name), name); err != nil {
		return nil, err
	}
	c := &ProductService{}
	inputs := pulumi.Map{"deletionProtection": pulumi.Bool(a.DeletionProtection)}
	if err := ctx.RegisterComponentResourceV2(TypeProductService, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	b := &functionBuilder{ctx: ctx, name: name, args: a.function(), component: c}
	table, err := b.createTable(a.DeletionProtection)
	if err != nil {
		return nil, err
	}
	if err := b.createLogGroup(); err != nil {
		return nil, err
	}
	policy := pulumi.All(table.Arn, b.logs.Arn).ApplyT(func(arns []any) (string, error) {
		return access.Render(access.ServiceDocument(arns[0].(string), arns[1].(string)))
	}).(pulumi.StringOutput)
	function, err := b.createFunction(functionSettings{
		description: "Lists and adds products",
		roleFor:     "Lets the product service reach its table and its log group",
		policy:      policy,
		environment: lambda.FunctionEnvironmentArgs{Variables: pulumi.StringMap{"TABLE_NAME": table.Name}},
	})
	if err != nil {
		return nil, err
	}
	c.Function = Function{Name: function.Name, InvokeArn: function.InvokeArn}
	c.LogGroupName, c.TableName = b.logs.Name, table.Name
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"functionName": function.Name,
		"logGroupName": c.LogGroupName,
		"tableName":    c.TableName,
	})
}

// function returns the arguments of the service's function.
func (args ProductServiceArgs) function() LambdaFunctionArgs {
	return LambdaFunctionArgs{
		Archive: args.Archive, LogRetentionDays: args.LogRetentionDays, PermissionsBoundary: args.PermissionsBoundary, Tags: args.Tags,
	}
}

var serviceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,47}$`)

// CheckServiceName accepts names of a ProductService or a LambdaFunction. They leave
// room for "-function-" and seven digits in the function's name, which has at most 64
// characters (Lambda CreateFunction). The names of the role, the table and the log group
// may be longer.
func CheckServiceName(name string) error {
	if !serviceName.MatchString(name) {
		return errors.New(`must be 1 to 47 letters, digits and "_-", as the function is named after it`)
	}
	return nil
}

// createTable creates a table with the string id as its only key, billed per
// request. It can be restored to any second of the last 35 days.
func (b *functionBuilder) createTable(deletionProtection bool) (*dynamodb.Table, error) {
	options := children(b.component)
	if deletionProtection { // otherwise, the table inherits the component's option
		options = append(options, pulumi.Protect(true))
	}
	return dynamodb.NewTable(b.ctx, b.name+"-table", &dynamodb.TableArgs{
		BillingMode: pulumi.String("PAY_PER_REQUEST"),
		HashKey:     pulumi.String("id"),
		Attributes: dynamodb.TableAttributeArray{
			dynamodb.TableAttributeArgs{Name: pulumi.String("id"), Type: pulumi.String("S")},
		},
		PointInTimeRecovery:       dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(true)},
		DeletionProtectionEnabled: pulumi.Bool(deletionProtection),
		Tags:                      pulumi.ToStringMap(b.args.Tags),
	}, options...)
}
