package components

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Backend answers the requests of an HttpApi. Exactly one of its fields is set.
type Backend struct {
	// Url is an HTTPS URL. The path of each request is appended to it; see
	// CheckBackendUrl.
	Url string
	// Function is a Lambda function, invoked with payload format 2.0.
	Function *Function
}

// Function is a Lambda function.
type Function struct {
	// Name is the function's name or ARN.
	Name pulumi.StringInput
	// InvokeArn is the ARN that API Gateway invokes the function by.
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

// createIntegration creates the integration of all routes.
func (b *apiBuilder) createIntegration() (*apigatewayv2.Integration, error) {
	if b.args.Backend.Function != nil {
		return b.createFunctionIntegration()
	}
	return apigatewayv2.NewIntegration(b.ctx, b.name+"-backend", &apigatewayv2.IntegrationArgs{
		ApiId:                b.api.ID(),
		IntegrationType:      pulumi.String("HTTP_PROXY"),
		IntegrationMethod:    pulumi.String("ANY"),
		IntegrationUri:       pulumi.String(b.args.Backend.Url),
		PayloadFormatVersion: pulumi.String("1.0"), // the only one for HTTP_PROXY
		RequestParameters:    pulumi.ToStringMap(forwardPath(b.args.Backend.Url)),
	}, children(b.component)...)
}

// createFunctionIntegration permits only this API's stage to invoke the function,
// and then creates the integration, so that no request is refused in between.
func (b *apiBuilder) createFunctionIntegration() (*apigatewayv2.Integration, error) {
	permission, err := lambda.NewPermission(b.ctx, b.name+"-permission", &lambda.PermissionArgs{
		Action:    pulumi.String("lambda:InvokeFunction"),
		Function:  b.args.Backend.Function.Name,
		Principal: pulumi.String("apigateway.amazonaws.com"),
		SourceArn: pulumi.Sprintf("%s/%s/*", b.api.ExecutionArn, b.args.Stage),
	}, children(b.component)...)
	if err != nil {
		return nil, err
	}
	return apigatewayv2.NewIntegration(b.ctx, b.name+"-backend", &apigatewayv2.IntegrationArgs{
		ApiId:                b.api.ID(),
		IntegrationType:      pulumi.String("AWS_PROXY"),
		IntegrationMethod:    pulumi.String("POST"), // Lambda's, for routes of any method
		IntegrationUri:       b.args.Backend.Function.InvokeArn,
		PayloadFormatVersion: pulumi.String("2.0"),
	}, children(b.component, pulumi.DependsOn([]pulumi.Resource{permission}))...)
}

// CheckBackendUrl accepts an absolute HTTPS URL that a request's path can be
// appended to.
func CheckBackendUrl(s string) error {
	u, err := url.Parse(s)
	if err != nil || len(s) > 2048 || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.ContainsAny(s, "{}$# ") {
		return fmt.Errorf(`must be an https URL of up to 2048 characters without user, query, fragment and variables, such as "https://backend.example.com/v1"`)
	}
	return nil
}

// forwardPath returns request parameters that append the request's path to the
// backend's. Without them, an HTTP_PROXY integration requests its URL unchanged.
func forwardPath(backend string) map[string]string {
	path := "$request.path"
	if u, err := url.Parse(backend); err == nil && strings.Trim(u.Path, "/") != "" {
		path = strings.TrimRight(u.EscapedPath(), "/") + "${request.path}"
	}
	return map[string]string{"overwrite:path": path}
}
