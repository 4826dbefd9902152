package program

import (
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

// certificateArns visits the ARNs of the domain's certificates, with their paths in the
// configuration.
func (d *Domain) certificateArns(visit func(arn string, path ...string)) {
	if d == nil {
		return
	}
	visit(d.CertificateArn, "domain", "certificateArn")
	if d.MutualTls != nil {
		visit(d.MutualTls.OwnershipVerificationCertificateArn, "domain", "mutualTls", "ownershipVerificationCertificateArn")
	}
}

func (d *Domain) keepsEndpoint() bool { return d != nil && d.KeepEndpoint }

func (d *Domain) warnings() []string {
	if d == nil || !d.KeepEndpoint || d.MutualTls == nil {
		return nil
	}
	return []string{"domain.keepEndpoint: the API's own endpoint takes requests without a client certificate, although domain.mutualTls is set"}
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
