package components

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// HttpApi is an HTTP API with one throttled stage. Routes require IAM credentials,
// unless a route is declared as access.Open or access.Token. The stage deploys every
// change and logs every request with its principal.
type HttpApi struct {
	pulumi.ResourceState

	// ApiId is the API's id.
	ApiId pulumi.StringOutput `pulumi:"apiId"`
	// ExecutionArn is arn:PARTITION:execute-api:REGION:ACCOUNT:API. The resources of
	// invoke policies begin with it.
	ExecutionArn pulumi.StringOutput `pulumi:"executionArn"`
	// InvokeUrl is the stage's URL, without a trailing slash; with a domain, https://DOMAIN.
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
	// Authorizers are the JWT authorizers that access.Token routes name, by name; see
	// AddAuthorizers.
	Authorizers map[string]access.Authorizer
	// Cors lets pages of other origins call the API from a browser. Default none.
	Cors *Cors
	// Backend answers the requests of the routes that are not in RouteBackends. Required
	// unless all are.
	Backend Backend
	// Backends are further backends, by name. Integrations are named after them.
	Backends map[string]Backend
	// RouteBackends are the names of the routes' backends, by route key.
	RouteBackends map[string]string
	// Domain is the API's domain, if it has one. The API's own endpoint is disabled once
	// the domain and its record exist.
	Domain *Domain
	// KeepEndpoint keeps the API's own endpoint next to the domain, without mutual TLS.
	KeepEndpoint bool
	// Throttle limits the requests of the whole stage. Default DefaultThrottle.
	Throttle *Throttle
	// RouteThrottles limit the requests of routes, by route key, in place of Throttle.
	RouteThrottles map[string]Throttle
	// LogRetentionDays is the retention of access logs, one of RetentionDays.
	// Default DefaultRetentionDays.
	LogRetentionDays int
	// Tags are set on the API, its stage and its log group; see access.CheckTags.
	Tags map[string]string
}

// NewHttpApi creates an API with its routes, integrations, stage and log group.
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
	b := &apiBuilder{ctx: ctx, name: name, args: a, component: c}
	if err := b.createApi(); err != nil {
		return nil, err
	}
	integrations, err := b.createIntegrations()
	if err != nil {
		return nil, err
	}
	authorizers, err := addAuthorizers(ctx, name, b.api.ID(), a.Authorizers, children(c)...)
	if err != nil {
		return nil, err
	}
	routes, err := b.createRoutes(integrations, authorizers)
	if err != nil {
		return nil, err
	}
	logs, err := b.createLogGroup()
	if err != nil {
		return nil, err
	}
	stage, err := b.createStage(logs, routes)
	if err != nil {
		return nil, err
	}
	c.ApiId = b.api.ID().ToStringOutput()
	c.ExecutionArn = b.api.ExecutionArn
	c.LogGroupName = logs.Name
	c.InvokeUrl = stage.InvokeUrl.ApplyT(func(url string) string { return strings.TrimSuffix(url, "/") }).(pulumi.StringOutput)
	if a.Domain != nil {
		if c.InvokeUrl, err = b.mapDomain(stage); err != nil {
			return nil, err
		}
	}
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
	args.validateBackends(p)
	p.field("LogRetentionDays", args.LogRetentionDays, CheckRetentionDays(args.LogRetentionDays))
	p.field("Throttle", *args.Throttle, args.Throttle.Check())
	args.validateThrottles(p)
	p.field("Routes", len(args.Routes), access.CheckRouteCount(len(args.Routes)))
	p.each("Routes", args.Routes.CheckCalls(args.Stage))
	checkAuthorizers(p, args.Authorizers)
	args.checkCors(p)
	for _, route := range args.Routes {
		errs := route.Check()
		if route.Authorization == "" { // AWS would let anyone call the route
			errs = append(errs, errors.New("it has no authorization"))
		}
		for _, err := range errs {
			p.each("Routes", []error{fmt.Errorf("%q must come from access.NewRoutes: %w", route.Key, err)})
		}
		if _, is := args.Authorizers[route.Authorizer]; route.Authorizer != "" && !is {
			p.each("Routes", []error{fmt.Errorf("%q has the authorizer %q, which must be one of Authorizers",
				route.Key, route.Authorizer)})
		}
	}
	if args.KeepEndpoint && args.Domain == nil {
		p.field("KeepEndpoint", true, errors.New("needs a Domain: without one, the API's own endpoint is the only one"))
	}
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}

// apiBuilder creates the children of an HttpApi.
type apiBuilder struct {
	ctx       *pulumi.Context
	name      string
	args      HttpApiArgs
	component *HttpApi
	api       *apigatewayv2.Api
}

func (b *apiBuilder) createApi() (err error) {
	args := &apigatewayv2.ApiArgs{
		Name:              pulumi.String(b.args.Name),
		ProtocolType:      pulumi.String("HTTP"),
		CorsConfiguration: b.args.Cors.configuration(b.args.Routes),
		Tags:              pulumi.ToStringMap(b.args.Tags),
	}
	b.api, err = apigatewayv2.NewApi(b.ctx, b.name+"-api", args, children(b.component, b.disableEndpoint(args)...)...)
	return err
}

// createRoutes creates a route for each key.
func (b *apiBuilder) createRoutes(integrations map[integration]*apigatewayv2.Integration,
	authorizers map[string]*apigatewayv2.Authorizer) ([]pulumi.Resource, error) {
	var routes []pulumi.Resource
	for _, route := range b.component.Routes {
		key := route.Key.String()
		args := &apigatewayv2.RouteArgs{
			ApiId:             b.api.ID(),
			RouteKey:          pulumi.String(key),
			AuthorizationType: pulumi.String(string(route.Authorization)),
			Target:            pulumi.Sprintf("integrations/%s", integrations[b.args.integrationOf(route)].ID()),
		}
		if route.Authorization == access.Token {
			args.AuthorizerId = authorizers[route.Authorizer].ID()
		}
		if len(route.Scopes) > 0 {
			args.AuthorizationScopes = pulumi.ToStringArray(route.Scopes)
		}
		created, err := apigatewayv2.NewRoute(b.ctx, b.name+"-"+key, args, children(b.component)...)
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
func (b *apiBuilder) createLogGroup() (*cloudwatch.LogGroup, error) {
	return cloudwatch.NewLogGroup(b.ctx, b.name+"-access-log", &cloudwatch.LogGroupArgs{
		NamePrefix:      pulumi.String("/aws/vendedlogs/" + b.name + "-"),
		RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
		Tags:            pulumi.ToStringMap(b.args.Tags),
	}, children(b.component)...)
}

// createStage creates the stage after the routes, because a stage deploys what
// exists when it is created.
func (b *apiBuilder) createStage(logs *cloudwatch.LogGroup, routes []pulumi.Resource) (*apigatewayv2.Stage, error) {
	format := AccessLogFormat
	if len(b.args.Authorizers) > 0 {
		format = TokenLogFormat
	}
	return apigatewayv2.NewStage(b.ctx, b.name+"-stage", &apigatewayv2.StageArgs{
		ApiId:      b.api.ID(),
		Name:       pulumi.String(b.args.Stage),
		AutoDeploy: pulumi.Bool(true),
		DefaultRouteSettings: &apigatewayv2.StageDefaultRouteSettingsArgs{
			ThrottlingRateLimit:  pulumi.Float64(b.args.Throttle.RateLimit),
			ThrottlingBurstLimit: pulumi.Int(b.args.Throttle.BurstLimit),
		},
		RouteSettings: b.routeSettings(),
		AccessLogSettings: &apigatewayv2.StageAccessLogSettingsArgs{
			DestinationArn: logs.Arn,
			Format:         pulumi.String(format),
		},
		Tags: pulumi.ToStringMap(b.args.Tags),
	}, children(b.component, pulumi.DependsOn(routes))...)
}
