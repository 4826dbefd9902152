package components

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Domain is a custom domain, and its record in Route 53 if it has a hosted zone. An
// [HttpApi] with the domain adds the mapping to its stage.
type Domain struct {
	pulumi.ResourceState

	// TargetName is the name on AWS that DNS must point to.
	TargetName pulumi.StringOutput `pulumi:"targetName"`
	// TargetHostedZoneId is the hosted zone of TargetName, for alias records.
	TargetHostedZoneId pulumi.StringOutput `pulumi:"targetHostedZoneId"`

	domain    *apigatewayv2.DomainName
	resources []pulumi.Resource // must exist before an API's own endpoint is disabled
}

// DomainArgs are the inputs of a Domain.
type DomainArgs struct {
	// Name is the domain's name; see CheckDomainName. Required.
	Name string
	// CertificateArn is the certificate of the domain in AWS Certificate Manager, in the
	// API's account and region. Required.
	CertificateArn string
	// HostedZoneId is the hosted zone of Route 53 that gets the domain's record. Without
	// it, create the record yourself: it must point to TargetName.
	HostedZoneId string
	// MutualTls, if set, makes API Gateway require certificates of clients.
	MutualTls *MutualTls
	// Tags are set on the domain; see access.CheckTags.
	Tags map[string]string
}

// MutualTls says which certificates of clients are accepted.
type MutualTls struct {
	// TruststoreUri is the object in S3 with the certificate authorities, in PEM. Required.
	TruststoreUri string
	// TruststoreVersion is the version of the object; empty for the newest.
	TruststoreVersion string
	// OwnershipVerificationCertificateArn is a public certificate for the domain that ACM
	// issued. AWS requires it if the domain's own certificate was imported or is of a
	// private authority.
	OwnershipVerificationCertificateArn string
}

// NewDomain creates the domain and its record. The record is an alias of type A, because
// the domain takes requests over IPv4 only, as the API does.
func NewDomain(ctx *pulumi.Context, name string, args *DomainArgs, opts ...pulumi.ResourceOption) (*Domain, error) {
	a := valueOf(args)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &Domain{}
	inputs := pulumi.Map{"name": pulumi.String(a.Name)}
	if err := ctx.RegisterComponentResourceV2(TypeDomain, name, inputs, c, opts...); err != nil {
		return nil, err
	}
	if err := c.createDomain(ctx, name, a); err != nil {
		return nil, err
	}
	if a.HostedZoneId != "" {
		if err := c.createRecord(ctx, name, a); err != nil {
			return nil, err
		}
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"targetName": c.TargetName, "targetHostedZoneId": c.TargetHostedZoneId,
	})
}

func (c *Domain) createDomain(ctx *pulumi.Context, name string, args DomainArgs) (err error) {
	configuration := &apigatewayv2.DomainNameDomainNameConfigurationArgs{
		CertificateArn: pulumi.String(args.CertificateArn),
		EndpointType:   pulumi.String("REGIONAL"),
		SecurityPolicy: pulumi.String("TLS_1_2"),
	}
	domain := &apigatewayv2.DomainNameArgs{
		DomainName: pulumi.String(args.Name), DomainNameConfiguration: configuration, Tags: pulumi.ToStringMap(args.Tags),
	}
	if m := args.MutualTls; m != nil {
		configuration.OwnershipVerificationCertificateArn = optional(m.OwnershipVerificationCertificateArn)
		domain.MutualTlsAuthentication = &apigatewayv2.DomainNameMutualTlsAuthenticationArgs{
			TruststoreUri: pulumi.String(m.TruststoreUri), TruststoreVersion: optional(m.TruststoreVersion),
		}
	}
	if c.domain, err = apigatewayv2.NewDomainName(ctx, name+"-domain", domain, children(c)...); err != nil {
		return err
	}
	c.resources = append(c.resources, c.domain)
	c.TargetName = c.domain.DomainNameConfiguration.TargetDomainName().Elem()
	c.TargetHostedZoneId = c.domain.DomainNameConfiguration.HostedZoneId().Elem()
	return nil
}

func (c *Domain) createRecord(ctx *pulumi.Context, name string, args DomainArgs) error {
	record, err := route53.NewRecord(ctx, name+"-record", &route53.RecordArgs{
		ZoneId: pulumi.String(args.HostedZoneId),
		Name:   pulumi.String(args.Name),
		Type:   pulumi.String("A"),
		Aliases: route53.RecordAliasArray{&route53.RecordAliasArgs{
			Name: c.TargetName, ZoneId: c.TargetHostedZoneId, EvaluateTargetHealth: pulumi.Bool(false),
		}},
	}, children(c)...)
	c.resources = append(c.resources, record)
	return err
}

func (args DomainArgs) validate(name string) error {
	p := check("Domain", name)
	p.field("Name", args.Name, CheckDomainName(args.Name))
	p.field("CertificateArn", args.CertificateArn, CheckCertificateArn(args.CertificateArn))
	checkOptional(p, "HostedZoneId", args.HostedZoneId, CheckHostedZoneId)
	if m := args.MutualTls; m != nil {
		p.field("MutualTls.TruststoreUri", m.TruststoreUri, CheckTruststoreUri(m.TruststoreUri))
		checkOptional(p, "MutualTls.TruststoreVersion", m.TruststoreVersion, CheckTruststoreVersion)
		checkOptional(p, "MutualTls.OwnershipVerificationCertificateArn", m.OwnershipVerificationCertificateArn, CheckCertificateArn)
	}
	p.each("Tags", access.CheckTags(args.Tags))
	return p.err()
}

// checkOptional checks a value that may be empty.
func checkOptional(p *problems, name, value string, check func(string) error) {
	if value != "" {
		p.field(name, value, check(value))
	}
}

// optional returns nil for an empty text.
func optional(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.String(text)
}

// disableEndpoint disables the API's own endpoint if the API has a domain. It returns the
// options that make the API wait for the domain: if AWS refuses the domain, the endpoint
// still works.
func (b *apiBuilder) disableEndpoint(args *apigatewayv2.ApiArgs) []pulumi.ResourceOption {
	if b.args.Domain == nil || b.args.KeepEndpoint {
		return nil
	}
	args.DisableExecuteApiEndpoint = pulumi.Bool(true)
	return []pulumi.ResourceOption{pulumi.DependsOn(b.args.Domain.resources)}
}

// mapDomain maps the domain to the stage, and returns the stage's URL at the domain. A
// mapping is replaced with a renamed stage, because API Gateway does not delete a stage
// that has one.
func (b *apiBuilder) mapDomain(stage *apigatewayv2.Stage) (pulumi.StringOutput, error) {
	mapping, err := apigatewayv2.NewApiMapping(b.ctx, b.name+"-mapping", &apigatewayv2.ApiMappingArgs{
		ApiId: b.api.ID(), DomainName: b.args.Domain.domain.ID(), Stage: stage.Name,
	}, children(b.component, pulumi.ReplaceOnChanges([]string{"stage"}))...)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return pulumi.Sprintf("https://%s", mapping.DomainName), nil
}
