package components

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// OidcProviders are the OpenID Connect providers of an account, which roles with an
// access.OidcTrust need. An account has one provider for each issuer. A provider that
// the account already has must not be created here.
type OidcProviders struct {
	pulumi.ResourceState

	// Providers are the providers, by issuer. Set RoleArgs.OidcProvider to one of them.
	Providers map[string]*iam.OpenIdConnectProvider
}

// OidcProvidersArgs are the inputs of OidcProviders.
type OidcProvidersArgs struct {
	// Providers are the providers to create, by issuer; see access.CheckIssuer. Required.
	Providers map[string]access.OidcProvider
	// Tags are set on the providers; see access.CheckTags.
	Tags map[string]string
}

// NewOidcProviders creates the providers.
func NewOidcProviders(ctx *pulumi.Context, name string, args *OidcProvidersArgs,
	opts ...pulumi.ResourceOption) (*OidcProviders, error) {
	a := valueOf(args)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &OidcProviders{Providers: map[string]*iam.OpenIdConnectProvider{}}
	inputs := pulumi.Map{"issuers": pulumi.ToStringArray(sortedKeys(a.Providers))}
	if err := ctx.RegisterComponentResourceV2(TypeOidcProviders, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	arns := pulumi.StringMap{}
	for _, issuer := range sortedKeys(a.Providers) {
		provider, err := createOidcProvider(ctx, c, name, issuer, a)
		if err != nil {
			return nil, err
		}
		c.Providers[issuer], arns[issuer] = provider, provider.Arn
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{"arns": arns})
}

func createOidcProvider(ctx *pulumi.Context, parent pulumi.Resource, name, issuer string,
	args OidcProvidersArgs) (*iam.OpenIdConnectProvider, error) {
	provider := args.Providers[issuer]
	var thumbprints pulumi.StringArrayInput // nil keeps those that AWS finds
	if len(provider.Thumbprints) > 0 {
		thumbprints = pulumi.ToStringArray(provider.Thumbprints)
	}
	return iam.NewOpenIdConnectProvider(ctx, name+"-"+strings.TrimPrefix(issuer, "https://"), &iam.OpenIdConnectProviderArgs{
		Url:             pulumi.String(issuer),
		ClientIdLists:   pulumi.ToStringArray(provider.Audiences),
		ThumbprintLists: thumbprints,
		Tags:            pulumi.ToStringMap(args.Tags),
	}, children(parent)...)
}

func (args OidcProvidersArgs) validate(name string) error {
	p := check("OidcProviders", name)
	p.required("Providers", len(args.Providers) > 0)
	p.field("Providers", len(args.Providers), access.CheckOidcProviderCount(len(args.Providers)))
	for _, issuer := range sortedKeys(args.Providers) {
		p.field("Providers", issuer, access.CheckIssuer(issuer))
		p.each(fmt.Sprintf("Providers[%q]", issuer), args.Providers[issuer].Check())
	}
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}
