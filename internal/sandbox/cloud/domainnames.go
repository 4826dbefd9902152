package cloud

import (
	"regexp"
	"strings"
	"time"
)

// gatewayZone is the hosted zone of the targets of domain names in us-east-1. On AWS, each
// region has its own.
const gatewayZone = "Z1UJRXOUMOOFQ8"

var reDomainName = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// DomainSettings are the settings that CreateDomainName and UpdateDomainName take.
type DomainSettings struct {
	Domain    string `state:",title"`
	Endpoint  DomainEndpoint
	MutualTLS *MutualTLS
	Tags      map[string]string
}

// DomainEndpoint is the configuration of a domain name.
type DomainEndpoint struct {
	CertificateARN   string
	EndpointType     string // REGIONAL
	SecurityPolicy   string // TLS_1_2
	IPAddressType    string // ipv4 (if empty) or dualstack
	OwnershipARN     string // of the certificate that verifies who owns the name
	TargetDomainName string `state:",id"` // what DNS must point to
	HostedZoneID     string // of the target
}

// MutualTLS names the object in S3 with the certificate authorities of clients.
type MutualTLS struct{ TruststoreURI, TruststoreVersion string }

// DomainName is a custom domain name.
type DomainName struct {
	DomainSettings
	ARN         string `state:"-"`
	Truststore  string `state:"-"` // PEM, as it was when the domain name was changed
	CreatedDate time.Time
}

type domainName struct {
	DomainName
	Mappings map[string]*Mapping `state:"mapping"`
}

func (d *domainName) view(*state) DomainName { return d.DomainName }

var domainNames = &shelf[*region, *domainName, DomainName]{
	things:  func(r *region) *map[string]*domainName { return &r.DomainNames },
	missing: missing[*region](CodeNotFound, "Invalid domain name identifier specified: %s"),
	quota:   quota{maxDomainNames, CodeTooManyRequests, "domain names"},
	tags:    func(d *domainName) *map[string]string { return &d.Tags },
	tagCode: CodeBadRequest,
}

// checkDomain checks settings, and returns the truststore's content. After
// [Cloud.AcceptUnknown], certificates and truststores may be unknown.
func (r *Region) checkDomain(st *region, in DomainSettings) (truststore string, err error) {
	e := in.Endpoint
	switch {
	case strings.HasPrefix(in.Domain, "*."):
		return "", notModelled("wildcard domain names")
	case len(in.Domain) > 253 || !reDomainName.MatchString(in.Domain):
		return "", errorf(CodeBadRequest, "invalid domain name %q", in.Domain)
	case e.EndpointType != "REGIONAL":
		return "", errorf(CodeBadRequest, "invalid endpoint type %q: REGIONAL", e.EndpointType)
	case e.SecurityPolicy != "TLS_1_2":
		return "", errorf(CodeBadRequest, "invalid security policy %q: TLS_1_2", e.SecurityPolicy)
	case e.IPAddressType != "ipv4" && e.IPAddressType != "dualstack":
		return "", errorf(CodeBadRequest, "invalid IP address type %q: ipv4 or dualstack", e.IPAddressType)
	}
	if err := regionTags(in.Tags, CodeBadRequest); err != nil {
		return "", err
	}
	if r.world().Open {
		return "", nil
	}
	certificate, err := st.certificate(e.CertificateARN, in.Domain)
	if err != nil {
		return "", err
	}
	if e.OwnershipARN != "" {
		owner, err := st.certificate(e.OwnershipARN, in.Domain)
		if err != nil {
			return "", err
		}
		if owner.Imported {
			return "", errorf(CodeBadRequest, "the ownership verification certificate %s must be one that ACM issued", e.OwnershipARN)
		}
	}
	if in.MutualTLS == nil {
		return "", nil
	}
	if certificate.Imported && e.OwnershipARN == "" {
		return "", errorf(CodeBadRequest, "mutual TLS with an imported certificate requires an ownership verification certificate")
	}
	return st.truststore(in.MutualTLS.TruststoreURI, in.MutualTLS.TruststoreVersion)
}

func (s *DomainSettings) setDefaults() {
	if s.Endpoint.IPAddressType == "" {
		s.Endpoint.IPAddressType = "ipv4"
	}
}

func (r *Region) domainARN(name string) string {
	return "arn:aws:apigateway:" + r.name + "::/domainnames/" + name
}

// CreateDomainName creates a custom domain name. Names are unique in a region, among all
// accounts.
func (r *Region) CreateDomainName(in DomainSettings) (DomainName, error) {
	in.setDefaults()
	return domainNames.create(r, "CreateDomainName", in.Domain, func(st *region) (string, *domainName, error) {
		for _, account := range r.world().Accounts {
			if other := account.Regions[r.name]; other != nil && other.DomainNames[in.Domain] != nil {
				return "", nil, errorf(CodeBadRequest, "The domain name you provided already exists: %s", in.Domain)
			}
		}
		truststore, err := r.checkDomain(st, in)
		if err != nil {
			return "", nil, err
		}
		in.Endpoint.TargetDomainName = "d-" + apiID() + ".execute-api." + r.name + ".amazonaws.com"
		in.Endpoint.HostedZoneID = gatewayZone
		return in.Domain, &domainName{DomainName: DomainName{
			DomainSettings: in, ARN: r.domainARN(in.Domain), Truststore: truststore, CreatedDate: now(),
		}}, nil
	})
}

// GetDomainName returns a domain name.
func (r *Region) GetDomainName(name string) (DomainName, error) { return domainNames.get(r, name) }

// GetDomainNames returns the region's domain names.
func (r *Region) GetDomainNames() ([]DomainName, error) { return domainNames.list(r, nil) }

// UpdateDomainName replaces a domain name's settings except for its tags, and reads the
// truststore.
func (r *Region) UpdateDomainName(name string, in DomainSettings) error {
	in.setDefaults()
	return domainNames.change(r, "UpdateDomainName", name, func(st *region, d *domainName) error {
		in.Domain, in.Tags = d.Domain, d.Tags
		in.Endpoint.TargetDomainName, in.Endpoint.HostedZoneID = d.Endpoint.TargetDomainName, d.Endpoint.HostedZoneID
		truststore, err := r.checkDomain(st, in)
		if err != nil {
			return err
		}
		d.DomainSettings, d.Truststore = clone(in), truststore
		return nil
	})
}

// DeleteDomainName deletes a domain name with its mappings. Whether AWS refuses to delete
// one that has mappings is not documented.
func (r *Region) DeleteDomainName(name string) error {
	return domainNames.remove(r, "DeleteDomainName", name, nil)
}
