package components

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// integration identifies an integration of the API.
type integration struct {
	backend string // name; empty for the default
	kind    access.Authorization
}

// integrationOf returns the integration of a route. URL backends have one for each kind
// of authorization, because the headers that name the caller differ. A function finds
// the caller in its event, so it has one for all kinds.
func (args HttpApiArgs) integrationOf(route access.Route) integration {
	name := args.RouteBackends[route.Key.String()]
	if args.backend(name).Function != nil {
		return integration{name, access.IAM}
	}
	return integration{name, route.Authorization}
}

func (args HttpApiArgs) backend(name string) Backend {
	if name == "" {
		return args.Backend
	}
	return args.Backends[name]
}

// name returns the logical name of an integration. It does not depend on routes: a route
// with another backend moves, and the integrations of other routes do not change.
func (i integration) name(api string) string {
	kind := map[access.Authorization]string{access.IAM: "-backend", access.Open: "-open-backend", access.Token: "-token-backend"}
	return api + kind[i.kind] + i.suffix()
}

func (i integration) suffix() string {
	if i.backend == "" {
		return ""
	}
	return "-" + i.backend
}

// validateBackends reports wrong backends, and routes without one.
func (args HttpApiArgs) validateBackends(p *problems) {
	if !args.Backend.isZero() {
		args.Backend.validate(p, "Backend")
	}
	for _, name := range sortedKeys(args.Backends) {
		field := fmt.Sprintf("Backends[%q]", name)
		if args.Backends[name].isZero() {
			p.required(field+".Url or "+field+".Function", false)
			continue
		}
		args.Backends[name].validate(p, field)
		p.required("Backends: the name of each", name != "")
	}
	keys := args.Routes.Keys()
	for _, key := range sortedKeys(args.RouteBackends) {
		p.field("RouteBackends", key, mustBeRoute(keys, key))
		if name := args.RouteBackends[key]; name == "" || args.Backends[name].isZero() {
			p.field(fmt.Sprintf("RouteBackends[%q]", key), name, errors.New("must be one of Backends"))
		}
	}
	needed := len(keys) == 0 || slices.ContainsFunc(keys, func(key string) bool { return args.RouteBackends[key] == "" })
	p.required("Backend.Url or Backend.Function", !needed || !args.Backend.isZero())
}

// validateThrottles reports wrong throttles of routes.
func (args HttpApiArgs) validateThrottles(p *problems) {
	for _, key := range sortedKeys(args.RouteThrottles) {
		p.field("RouteThrottles", key, mustBeRoute(args.Routes.Keys(), key))
		p.field(fmt.Sprintf("RouteThrottles[%q]", key), args.RouteThrottles[key], args.RouteThrottles[key].Check())
	}
}

func mustBeRoute(keys []string, key string) error {
	if !slices.Contains(keys, key) {
		return errors.New("must be the key of one of Routes")
	}
	return nil
}

// createIntegrations creates the integrations that routes use. A backend that no route
// uses has none.
func (b *apiBuilder) createIntegrations() (map[integration]*apigatewayv2.Integration, error) {
	created := map[integration]*apigatewayv2.Integration{}
	for _, route := range b.component.Routes {
		of := b.args.integrationOf(route)
		if created[of] != nil {
			continue
		}
		var err error
		if backend := b.args.backend(of.backend); backend.Function != nil {
			created[of], err = b.createFunctionIntegration(of, *backend.Function)
		} else {
			created[of], err = b.createUrlIntegration(of, backend)
		}
		if err != nil {
			return nil, err
		}
	}
	return created, nil
}

func (b *apiBuilder) createUrlIntegration(of integration, backend Backend) (*apigatewayv2.Integration, error) {
	options, parameters := children(b.component), pulumi.StringMapInput(backend.parameters(of.kind))
	if len(backend.Headers) > 0 {
		parameters = pulumi.ToSecret(parameters).(pulumi.StringMapOutput)
		options = append(options, pulumi.AdditionalSecretOutputs([]string{"requestParameters"}))
	}
	return apigatewayv2.NewIntegration(b.ctx, of.name(b.name), &apigatewayv2.IntegrationArgs{
		ApiId:                b.api.ID(),
		IntegrationType:      pulumi.String("HTTP_PROXY"),
		IntegrationMethod:    pulumi.String("ANY"),
		IntegrationUri:       pulumi.String(backend.Url),
		PayloadFormatVersion: pulumi.String("1.0"), // the only one for HTTP_PROXY
		RequestParameters:    parameters,
	}, options...)
}

// createFunctionIntegration permits only this API's stage to invoke the function,
// and then creates the integration, so that no request is refused in between.
func (b *apiBuilder) createFunctionIntegration(of integration, function Function) (*apigatewayv2.Integration, error) {
	args := &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  function.Name,
		Principal: pulumi.String("apigateway.amazonaws.com"),
		SourceArn: pulumi.Sprintf("%s/%s/*", b.api.ExecutionArn, b.args.Stage),
	}
	if function.Qualifier != "" {
		args.Qualifier = pulumi.String(function.Qualifier)
	}
	if of.backend != "" { // a statement's id cannot contain every name
		args.StatementIdPrefix = pulumi.String("backend-")
	}
	permission, err := lambda.NewPermission(b.ctx, b.name+"-permission"+of.suffix(), args, children(b.component)...)
	if err != nil {
		return nil, err
	}
	return apigatewayv2.NewIntegration(b.ctx, of.name(b.name), &apigatewayv2.IntegrationArgs{
		ApiId:                b.api.ID(),
		IntegrationType:      pulumi.String("AWS_PROXY"),
		IntegrationMethod:    pulumi.String("POST"), // Lambda's, for routes of any method
		IntegrationUri:       function.InvokeArn,
		PayloadFormatVersion: pulumi.String("2.0"),
	}, children(b.component, pulumi.DependsOn([]pulumi.Resource{permission}))...)
}

// routeSettings returns the settings of the routes that have throttles of their own. A
// route's settings replace the stage's, and both limits are always set: API Gateway
// takes a missing one for 0.
func (b *apiBuilder) routeSettings() apigatewayv2.StageRouteSettingArrayInput {
	var settings apigatewayv2.StageRouteSettingArray
	for _, key := range sortedKeys(b.args.RouteThrottles) {
		throttle := b.args.RouteThrottles[key]
		settings = append(settings, apigatewayv2.StageRouteSettingArgs{
			RouteKey:             pulumi.String(key),
			ThrottlingRateLimit:  pulumi.Float64(throttle.RateLimit),
			ThrottlingBurstLimit: pulumi.Int(throttle.BurstLimit),
		})
	}
	if settings == nil {
		return nil
	}
	return settings
}
