package prepare

import (
	"cmp"
	"strings"
	"sync"

	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/certificates"
	"iam-secured-api/internal/sandbox/cloud"
)

// Clients returns the authority that is in every truststore of this process.
var Clients = sync.OnceValues(func() (*certificates.Authority, error) { return certificates.New("clients of the sandbox") })

// domain creates the certificates, the hosted zone and the truststore of a domain. The zone
// has the domain's name without its first label.
func (p *preparation) domain(domain *program.Domain) {
	if domain == nil {
		return
	}
	_, parent, _ := strings.Cut(domain.Name, ".")
	home := p.account.Region(strings.Split(domain.CertificateArn, ":")[3])
	p.check(home.AddCertificate(cloud.Certificate{ARN: domain.CertificateArn, Names: []string{domain.Name, "*." + parent}}))
	if domain.HostedZoneId != "" {
		p.check(p.account.AddHostedZone(domain.HostedZoneId, parent))
	}
	if domain.MutualTls == nil {
		return
	}
	if arn := domain.MutualTls.OwnershipVerificationCertificateArn; arn != "" {
		p.check(home.AddCertificate(cloud.Certificate{ARN: arn, Names: []string{domain.Name}}))
	}
	authority, err := Clients()
	if err != nil {
		p.check(err)
		return
	}
	p.check(home.AddTruststore(domain.MutualTls.TruststoreUri, cmp.Or(domain.MutualTls.TruststoreVersion, "1"), string(authority.PEM())))
}
