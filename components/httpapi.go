package components

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// HttpApi is an HTTP API with one throttled stage. Routes require IAM credentials,
// unless a route is declared as access.Open. The stage deploys every change and
// logs every request with its principal.
type HttpApi struct {
	pulumi.ResourceState

	// ApiId is the API's id.
	ApiId pulumi.StringOutput `pulumi:"apiId"`
	// ExecutionArn is arn:PARTITION:execute-api:REGION:ACCOUNT:API. The resources of
	// invoke policies begin with it.
	ExecutionArn pulumi.StringOutput `pulumi:"executionArn"`
	// InvokeUrl is the stage's URL, without a trailing slash.
	InvokeUrl pulumi.StringOutput `pulumi:"invokeUrl"`
	// LogGroupName is the name of the access log's log group.
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
	// Backend answers the requests. Required.
	Backend Backend
	// Throttle limits the requests of the whole stage. Default DefaultThrottle.
	Throttle *Throttle
	// LogRetentionDays is the retention of access logs, one of RetentionDays.
	// Default DefaultRetentionDays.
	LogRetentionDays int
	// Tags are set on the API, its stage and its log group; see access.CheckTags.
	Tags map[string]string
}

// NewHttpApi creates an API with its routes, integration, stage and log group.
// Before it registers anything, it reports all arguments that AWS would refuse.
func NewHttpApi(ctx *pulumi.Context, name string, args *HttpApiArgs, opts ...pulumi.ResourceOption) (*HttpApi, error) {
	a := valueOf(args)
	a.Stage = cmp.Or(a.Stage, DefaultStage)
	a.Throttle = cmp.Or(a.Throttle, &DefaultThrottle)
	a.LogRetentionDays = cmp.Or(a.LogRetentionDays, DefaultRetentionDays)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &HttpApi{Stage: a.Stage, Routes: slices.Clone(a.Routes)}
	inputs := pulumi.Map{
		"name":   pulumi.String(a.Name),
		"stage":  pulumi.String(a.Stage),
		"routes": pulumi.ToStringArray(a.Routes.Keys()),
	}
	if err := ctx.RegisterComponentResourceV2(TypeHttpApi, name, inputs, c, opts...); err != nil {
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

// createLogGroup creates a log group below /aws/vendedlogs/. The name keeps it out
// of the account's CloudWatch Logs resource policy, which has at most 5,120
// characters.
func createLogGroup(ctx *pulumi.Context, c *HttpApi, name string, args HttpApiArgs) (*cloudwatch.LogGroup, error) {
	return cloudwatch.NewLogGroup(ctx, name+"-access-log", &cloudwatch.LogGroupArgs{
		NamePrefix:      pulumi.String("/aws/vendedlogs/" + name + "-"),
		RetentionInDays: pulumi.Int(args.LogRetentionDays),
		Tags:            pulumi.ToStringMap(args.Tags),
	}, children(c)...)
}

// createStage creates the stage after the routes, because a stage deploys what
// exists when it is created.
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
