package program

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/internal/config"
)

// Domain is the API's custom domain.
type Domain struct {
	components.DomainArgs
	// KeepEndpoint keeps the API's own endpoint next to the domain.
	KeepEndpoint bool
}

func (p *parser) readDomain(v config.Value) {
	if v.IsMap() && len(v.Keys()) == 0 { // the project's default
		return
	}
	d := &Domain{}
	p.plan.Domain = d
	v.Fields(map[string]func(config.Value){
		"name":           func(v config.Value) { d.Name = v.Checked(components.CheckDomainName) },
		"certificateArn": func(v config.Value) { d.CertificateArn = v.Checked(components.CheckCertificateArn) },
		"hostedZoneId":   func(v config.Value) { d.HostedZoneId = v.Checked(components.CheckHostedZoneId) },
		"keepEndpoint":   func(v config.Value) { d.KeepEndpoint = v.Flag() },
		"mutualTls":      func(v config.Value) { d.MutualTls = readMutualTls(v) },
	})
	v.Require("name", "a name such as api.example.com")
	v.Require("certificateArn", "the ARN of the name's certificate in AWS Certificate Manager")
}

func readMutualTls(v config.Value) *components.MutualTls {
	m := &components.MutualTls{}
	v.Fields(map[string]func(config.Value){
		"truststoreUri":     func(v config.Value) { m.TruststoreUri = v.Checked(components.CheckTruststoreUri) },
		"truststoreVersion": func(v config.Value) { m.TruststoreVersion = v.Checked(components.CheckTruststoreVersion) },
		"ownershipVerificationCertificateArn": func(v config.Value) {
			m.OwnershipVerificationCertificateArn = v.Checked(components.CheckCertificateArn)
		},
	})
	v.Require("truststoreUri", "the address of the truststore, s3://BUCKET/KEY")
	return m
}

// checkDomainAccount checks the account of the domain's certificates.
func (p *parser) checkDomainAccount(check func(v config.Value, arn string)) {
	d, at := p.plan.Domain, p.settings.At("domain")
	if d == nil {
		return
	}
	check(at.At("certificateArn"), d.CertificateArn)
	if d.MutualTls != nil {
		check(at.At("mutualTls").At("ownershipVerificationCertificateArn"), d.MutualTls.OwnershipVerificationCertificateArn)
	}
}

// checkRegion checks that the certificates are in the API's region. The region may be in
// the configuration, the environment or a profile, so the provider is asked.
func (d *Domain) checkRegion(ctx *pulumi.Context) error {
	if d == nil {
		return nil
	}
	region, err := aws.GetRegion(ctx, &aws.GetRegionArgs{})
	if err != nil {
		return fmt.Errorf("looking up the region: %s", onOneLine(err))
	}
	if err := components.CheckCertificateRegion(d.CertificateArn, region.Name); err != nil {
		return fmt.Errorf("domain.certificateArn: %q %w", d.CertificateArn, err)
	}
	if d.MutualTls == nil || d.MutualTls.OwnershipVerificationCertificateArn == "" {
		return nil
	}
	arn := d.MutualTls.OwnershipVerificationCertificateArn
	if err := components.CheckCertificateRegion(arn, region.Name); err != nil {
		return fmt.Errorf("domain.mutualTls.ownershipVerificationCertificateArn: %q %w", arn, err)
	}
	return nil
}

func (d *Domain) keepsEndpoint() bool { return d != nil && d.KeepEndpoint }

func (d *Domain) warnings() []string {
	if d == nil || !d.KeepEndpoint || d.MutualTls == nil {
		return nil
	}
	return []string{"domain.keepEndpoint: the API's own endpoint takes requests without a client certificate, past domain.mutualTls"}
}

// createDomain creates the domain, if the stack has one.
func (d *deployment) createDomain() (_ *components.Domain, err error) {
	if d.Domain == nil {
		return nil, nil
	}
	args := d.Domain.DomainArgs
	args.Tags = d.Tags
	d.domain, err = components.NewDomain(d.ctx, "domain", &args)
	return d.domain, err
}

func (d *deployment) exportDomain() {
	if d.domain != nil {
		d.ctx.Export("domainTarget", pulumi.Map{"name": d.domain.TargetName, "hostedZoneId": d.domain.TargetHostedZoneId})
	}
}
