package components

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// HttpApi is an HTTP API whose routes are called with IAM credentials unless a
// route asks otherwise by name, with one auto-deployed, throttled stage that
// logs every call and its caller.
type HttpApi struct {
	pulumi.ResourceState

	// ApiId is the API's id.
	ApiId pulumi.StringOutput `pulumi:"apiId"`
	// ExecutionArn is what the resources of invoke policies begin with:
	// arn:PARTITION:execute-api:REGION:ACCOUNT:API.
	ExecutionArn pulumi.StringOutput `pulumi:"executionArn"`
	// InvokeUrl is the stage's URL, without a trailing slash.
	InvokeUrl pulumi.StringOutput `pulumi:"invokeUrl"`
	// LogGroupName is the log group that the access logs go to.
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"`

	// Stage is the stage's name.
	Stage string
	// Routes are the declared routes.
	Routes access.Routes
}

// Policy returns the policy that allows calling routes of the API, for
// [AttachPolicies]; see access.Resolve for the grants.
func (c *HttpApi) Policy(grants []string, conditions access.Conditions) (*access.Policy, error) {
	return access.NewPolicy(c.Stage, c.Routes, grants, conditions)
}

// HttpApiArgs are the inputs of an HttpApi.
type HttpApiArgs struct {
	// Name is the API's name on AWS; see CheckApiName. Required.
	Name string
	// Stage is the stage's name; see CheckStageName. Default DefaultStage.
	Stage string
	// Routes are the routes, from access.NewRoutes: at least one, at most
	// access.MaxRoutes. Required.
	Routes access.Routes
	// Backend answers the calls. Required.
	Backend Backend
	// Throttle limits the calls of the whole stage. Default DefaultThrottle.
	Throttle *Throttle
	// LogRetentionDays is how long access logs are kept, one of RetentionDays.
	// Default DefaultRetentionDays.
	LogRetentionDays int
	// Tags go to the API, its stage and its log group; see access.CheckTags.
	Tags map[string]string
}

// NewHttpApi creates an API, its routes, integration, stage and log group.
// Arguments that AWS would refuse are reported together, before anything is
// registered.
func NewHttpApi(ctx *pulumi.Context, name string, args *HttpApiArgs, opts ...pulumi.ResourceOption) (*HttpApi, error) {
	a := args.withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &HttpApi{Stage: a.Stage, Routes: slices.Clone(a.Routes)}
	if err := ctx.RegisterComponentResourceV2(TypeHttpApi, name, a.inputs(), c, opts...); err != nil {
		return nil, err
	}
	api, err := createApi(ctx, c, name, a)
	if err != nil {
		return nil, err
	}
	integration, err := createIntegration(ctx, c, name, a, api)
	if err != nil {
		return nil, err
	}
	created, err := createRoutes(ctx, c, name, api, integration)
	if err != nil {
		return nil, err
	}
	logs, err := createLogGroup(ctx, c, name, a)
	if err != nil {
		return nil, err
	}
	stage, err := createStage(ctx, c, name, a, api, logs, created)
	if err != nil {
		return nil, err
	}
	c.ApiId = api.ID().ToStringOutput()
	c.ExecutionArn = api.ExecutionArn
	c.LogGroupName = logs.Name
	c.InvokeUrl = stage.InvokeUrl.ApplyT(func(url string) string { return strings.TrimSuffix(url, "/") }).(pulumi.StringOutput)
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"apiId":        c.ApiId,
		"executionArn": c.ExecutionArn,
		"invokeUrl":    c.InvokeUrl,
		"logGroupName": c.LogGroupName,
	})
}

// withDefaults copies the arguments and fills what is not set.
func (args *HttpApiArgs) withDefaults() HttpApiArgs {
	var a HttpApiArgs
	if args != nil {
		a = *args
	}
	if a.Stage == "" {
		a.Stage = DefaultStage
	}
	if a.Throttle == nil {
		throttle := DefaultThrottle
		a.Throttle = &throttle
	}
	if a.LogRetentionDays == 0 {
		a.LogRetentionDays = DefaultRetentionDays
	}
	return a
}

func (args HttpApiArgs) validate(name string) error {
	p := check("HttpApi", name)
	p.field("name", name, checkLogGroupPart(name))
	p.field("Name", args.Name, CheckApiName(args.Name))
	p.field("Stage", args.Stage, CheckStageName(args.Stage))
	args.Backend.validate(p)
	p.field("LogRetentionDays", args.LogRetentionDays, CheckRetentionDays(args.LogRetentionDays))
	p.field("Throttle", *args.Throttle, args.Throttle.Check())
	p.field("Routes", len(args.Routes), access.CheckRouteCount(len(args.Routes)))
	p.each("Routes", args.Routes.CheckCalls(args.Stage))
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}

func (args HttpApiArgs) inputs() pulumi.Map {
	return pulumi.Map{
		"name":   pulumi.String(args.Name),
		"stage":  pulumi.String(args.Stage),
		"routes": pulumi.ToStringArray(args.Routes.Keys()),
	}
}

func createApi(ctx *pulumi.Context, c *HttpApi, name string, args HttpApiArgs) (*apigatewayv2.Api, error) {
	return apigatewayv2.NewApi(ctx, name+"-api", &apigatewayv2.ApiArgs{
		Name:         pulumi.String(args.Name),
		ProtocolType: pulumi.String("HTTP"),
		Tags:         pulumi.ToStringMap(args.Tags),
	}, children(c)...)
}

// createRoutes creates a route for each key.
func createRoutes(ctx *pulumi.Context, c *HttpApi, name string, api *apigatewayv2.Api, integration *apigatewayv2.Integration) ([]pulumi.Resource, error) {
	var routes []pulumi.Resource
	for _, route := range c.Routes {
		key := route.Key.String()
		created, err := apigatewayv2.NewRoute(ctx, name+"-"+key, &apigatewayv2.RouteArgs{
			ApiId:             api.ID(),
			RouteKey:          pulumi.String(key),
			AuthorizationType: pulumi.String(string(route.Authorization)),
			Target:            pulumi.Sprintf("integrations/%s", integration.ID()),
		}, children(c)...)
		if err != nil {
			return nil, err
		}
		routes = append(routes, created)
	}
	return routes, nil
}

// createLogGroup names the group below /aws/vendedlogs/, which keeps it out of
// the account's CloudWatch Logs resource policy, limited to 5,120 characters.
func createLogGroup(ctx *pulumi.Context, c *HttpApi, name string, args HttpApiArgs) (*cloudwatch.LogGroup, error) {
	return cloudwatch.NewLogGroup(ctx, name+"-access-log", &cloudwatch.LogGroupArgs{
		NamePrefix:      pulumi.String("/aws/vendedlogs/" + name + "-"),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
		Tags:            pulumi.ToStringMap(args.Tags),
	}, children(c)...)
}

// createStage depends on the routes: a stage deploys what exists when it is
// created.
func createStage(ctx *pulumi.Context, c *HttpApi, name string, args HttpApiArgs, api *apigatewayv2.Api, logs *cloudwatch.LogGroup, routes []pulumi.Resource) (*apigatewayv2.Stage, error) {
	return apigatewayv2.NewStage(ctx, name+"-stage", &apigatewayv2.StageArgs{
		ApiId:      api.ID(),
		Name:       pulumi.String(args.Stage),
		AutoDeploy: pulumi.Bool(true),
		DefaultRouteSettings: &apigatewayv2.StageDefaultRouteSettingsArgs{
			ThrottlingRateLimit:  pulumi.Float64(args.Throttle.RateLimit),
			ThrottlingBurstLimit: pulumi.Int(args.Throttle.BurstLimit),
		},
		AccessLogSettings: &apigatewayv2.StageAccessLogSettingsArgs{
			DestinationArn: logs.Arn,
			Format:         pulumi.String(AccessLogFormat),
		},
		Tags: pulumi.ToStringMap(args.Tags),
	}, children(c, pulumi.DependsOn(routes))...)
}
