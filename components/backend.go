package components

import (
	"errors"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Backend answers the calls of an HttpApi: a URL or a function, one of the two.
type Backend struct {
	// Url is the HTTPS URL that requests are passed on to, the path of the request
	// appended; see CheckBackendUrl.
	Url string
	// Function is a Lambda function, called with payload format 2.0.
	Function *Function
}

// Function is a Lambda function.
type Function struct {
	// Name is the function's name or ARN.
	Name pulumi.StringInput
	// InvokeArn is what API Gateway calls it by.
	InvokeArn pulumi.StringInput
}

func (b Backend) validate(p *problems) {
	switch {
	case b == (Backend{}):
		p.required("Backend.Url or Backend.Function", false)
	case b.Function == nil:
		p.field("Backend.Url", access.WithoutUserInfo(b.Url), CheckBackendUrl(b.Url))
	case b.Url != "":
		p.field("Backend.Url", access.WithoutUserInfo(b.Url), errors.New("must not be set beside Backend.Function"))
	default:
		p.required("Backend.Function.Name", b.Function.Name != nil)
		p.required("Backend.Function.InvokeArn", b.Function.InvokeArn != nil)
	}
}

// createIntegration creates the one integration that all routes lead to.
func createIntegration(ctx *pulumi.Context, c *HttpApi, name string, args HttpApiArgs, api *apigatewayv2.Api) (*apigatewayv2.Integration, error) {
	if args.Backend.Function != nil {
		return createFunctionIntegration(ctx, c, name, args, api)
	}
	return apigatewayv2.NewIntegration(ctx, name+"-backend", &apigatewayv2.IntegrationArgs{
		ApiId:                api.ID(),
		IntegrationType:      pulumi.String("HTTP_PROXY"),
		IntegrationMethod:    pulumi.String("ANY"),
		IntegrationUri:       pulumi.String(args.Backend.Url),
		PayloadFormatVersion: pulumi.String("1.0"), // the only one for HTTP_PROXY
		RequestParameters:    pulumi.ToStringMap(forwardPath(args.Backend.Url)),
	}, children(c)...)
}

// createFunctionIntegration lets this API's stage, and nobody else, call the
// function, and then leads to it: no call meets a function that refuses it.
func createFunctionIntegration(ctx *pulumi.Context, c *HttpApi, name string, args HttpApiArgs, api *apigatewayv2.Api) (*apigatewayv2.Integration, error) {
	permission, err := lambda.NewPermission(ctx, name+"-permission", &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  args.Backend.Function.Name,
		Principal: pulumi.String("apigateway.amazonaws.com"),
		SourceArn: pulumi.Sprintf("%s/%s/*", api.ExecutionArn, args.Stage),
	}, children(c)...)
	if err != nil {
		return nil, err
	}
	return apigatewayv2.NewIntegration(ctx, name+"-backend", &apigatewayv2.IntegrationArgs{
		ApiId:                api.ID(),
		IntegrationType:      pulumi.String("AWS_PROXY"),
		IntegrationMethod:    pulumi.String("POST"), // how Lambda is called, whatever the route
		IntegrationUri:       args.Backend.Function.InvokeArn,
		PayloadFormatVersion: pulumi.String("2.0"),
	}, children(c, pulumi.DependsOn([]pulumi.Resource{permission}))...)
}
