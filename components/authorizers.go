package components

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// AddAuthorizers adds JWT authorizers to an HTTP API that something else manages, and
// returns them by name. Routes refer to their ids. It is a function, because the
// authorizers do not need a parent of their own. An [HttpApi] creates its Authorizers
// itself.
//
// Before it registers anything, it reports what API Gateway would refuse, and issuers
// and audiences that would let strangers call the routes; see access.CheckAuthorizers.
func AddAuthorizers(ctx *pulumi.Context, name string, apiId pulumi.StringInput, authorizers map[string]access.Authorizer,
	opts ...pulumi.ResourceOption) (map[string]*apigatewayv2.Authorizer, error) {
	p := check("AddAuthorizers", name)
	p.required("apiId", apiId != nil)
	p.required("authorizers", len(authorizers) > 0)
	checkAuthorizers(p, authorizers)
	if err := p.err(); err != nil {
		return nil, err
	}
	return addAuthorizers(ctx, name, apiId, authorizers, opts...)
}

func checkAuthorizers(p *problems, authorizers map[string]access.Authorizer) {
	p.field("Authorizers", len(authorizers), access.CheckAuthorizerCount(len(authorizers)))
	problems := access.CheckAuthorizers(authorizers)
	for _, name := range sortedKeys(authorizers) {
		p.field("Authorizers", name, access.CheckAuthorizerName(name))
		p.each(fmt.Sprintf("Authorizers[%q]", name), problems[name])
	}
}

func addAuthorizers(ctx *pulumi.Context, name string, apiId pulumi.StringInput, authorizers map[string]access.Authorizer,
	opts ...pulumi.ResourceOption) (map[string]*apigatewayv2.Authorizer, error) {
	created := map[string]*apigatewayv2.Authorizer{}
	for _, of := range sortedKeys(authorizers) {
		authorizer, err := apigatewayv2.NewAuthorizer(ctx, fmt.Sprintf("%s-authorizer-%s", name, of), &apigatewayv2.AuthorizerArgs{
			ApiId:           apiId,
			Name:            pulumi.String(of),
			AuthorizerType:  pulumi.String("JWT"),
			IdentitySources: pulumi.ToStringArray([]string{"$request.header.Authorization"}),
			JwtConfiguration: &apigatewayv2.AuthorizerJwtConfigurationArgs{
				Issuer:    pulumi.String(authorizers[of].Issuer),
				Audiences: pulumi.ToStringArray(authorizers[of].Audiences),
			},
		}, opts...)
		if err != nil {
			return nil, err
		}
		created[of] = authorizer
	}
	return created, nil
}
