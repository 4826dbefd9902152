package cloud_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/certificates"
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

const (
	issued     = "arn:aws:acm:us-east-1:111122223333:certificate/issued"
	imported   = "arn:aws:acm:us-east-1:111122223333:certificate/imported"
	truststore = "s3://shop/clients.pem"
)

// domainsOf returns a region with certificates for *.example.com and a truststore.
func domainsOf(c *cloud.Cloud, account string) *cloud.Region {
	region := c.Account(account).Region("us-east-1")
	OK(region.AddCertificate(cloud.Certificate{ARN: issued, Names: []string{"*.example.com"}}))
	OK(region.AddCertificate(cloud.Certificate{ARN: imported, Names: []string{"*.example.com"}, Imported: true}))
	OK(region.AddTruststore(truststore, "1", string(Must(certificates.New("clients")).PEM())))
	OK(region.AddTruststore("s3://shop/empty.pem", "1", "no certificate"))
	return region
}

func domainSettings(name string) cloud.DomainSettings {
	return cloud.DomainSettings{Domain: name,
		Endpoint: cloud.DomainEndpoint{CertificateARN: issued, EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2"}}
}

func requireCode(t *testing.T, err error, code, text string) {
	t.Helper()
	require.Error(t, err)
	assert.True(t, cloud.IsCode(err, code), "%v", err)
	assert.ErrorContains(t, err, text)
}

func TestDomainNamesAreRefused(t *testing.T) {
	c := cloud.New()
	region := domainsOf(c, cloud.APIAccount)
	made := Must(region.CreateDomainName(domainSettings("api.example.com")))
	assert.Regexp(t, `^d-[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com$`, made.Endpoint.TargetDomainName)
	for name, test := range map[string]struct {
		change func(*cloud.DomainSettings)
		text   string
	}{
		"a name twice":         {func(s *cloud.DomainSettings) { s.Domain = "api.example.com" }, "already exists"},
		"capitals":             {func(s *cloud.DomainSettings) { s.Domain = "API.example.com" }, "invalid domain name"},
		"one label":            {func(s *cloud.DomainSettings) { s.Domain = "localhost" }, "invalid domain name"},
		"an edge endpoint":     {func(s *cloud.DomainSettings) { s.Endpoint.EndpointType = "EDGE" }, "REGIONAL"},
		"old TLS":              {func(s *cloud.DomainSettings) { s.Endpoint.SecurityPolicy = "TLS_1_0" }, "TLS_1_2"},
		"no certificate":       {func(s *cloud.DomainSettings) { s.Endpoint.CertificateARN = issued + "x" }, "does not exist"},
		"a name not covered":   {func(s *cloud.DomainSettings) { s.Domain = "a.b.example.com" }, "not covered"},
		"another domain":       {func(s *cloud.DomainSettings) { s.Domain = "api.example.org" }, "not covered"},
		"no truststore":        {func(s *cloud.DomainSettings) { s.MutualTLS = &cloud.MutualTLS{TruststoreURI: "s3://shop/none"} }, "does not exist in S3"},
		"no version":           {func(s *cloud.DomainSettings) { s.MutualTLS = &cloud.MutualTLS{truststore, "2"} }, "has no version 2"},
		"no certificate in it": {func(s *cloud.DomainSettings) { s.MutualTLS = &cloud.MutualTLS{TruststoreURI: "s3://shop/empty.pem"} }, "contains no certificate"},
		"an imported certificate": {func(s *cloud.DomainSettings) {
			s.Endpoint.CertificateARN, s.MutualTLS = imported, &cloud.MutualTLS{TruststoreURI: truststore}
		}, "ownership"},
		"ownership by an imported":   {func(s *cloud.DomainSettings) { s.Endpoint.OwnershipARN = imported }, "must be one that ACM issued"},
		"tags that AWS has":          {func(s *cloud.DomainSettings) { s.Tags = map[string]string{"aws:x": "y"} }, "reserved"},
		"an unknown kind of address": {func(s *cloud.DomainSettings) { s.Endpoint.IPAddressType = "ipv6" }, "ipv4 or dualstack"},
	} {
		in := domainSettings("new.example.com")
		test.change(&in)
		_, err := region.CreateDomainName(in)
		requireCode(t, err, cloud.CodeBadRequest, test.text)
		assert.NotEmpty(t, name)
	}
	_, err := domainsOf(c, cloud.CallerAccount).CreateDomainName(domainSettings("api.example.com"))
	requireCode(t, err, cloud.CodeBadRequest, "already exists")
	imports := domainSettings("imports.example.com")
	imports.Endpoint.CertificateARN, imports.Endpoint.OwnershipARN = imported, issued
	imports.MutualTLS = &cloud.MutualTLS{TruststoreURI: truststore}
	Must(region.CreateDomainName(imports))
	for i := range 118 {
		Must(region.CreateDomainName(domainSettings(fmt.Sprintf("n%d.example.com", i))))
	}
	_, err = region.CreateDomainName(domainSettings("new.example.com"))
	requireCode(t, err, cloud.CodeTooManyRequests, "120")
}

func TestMappingsAreRefused(t *testing.T) {
	region := domainsOf(cloud.New(), cloud.APIAccount)
	Must(region.CreateDomainName(domainSettings("api.example.com")))
	api := Must(region.CreateApi(cloud.APISettings{Name: "shop", ProtocolType: "HTTP"})).APIID
	_, err := region.CreateApiMapping("api.example.com", cloud.MappingSettings{APIID: api, Stage: "prod"})
	requireCode(t, err, cloud.CodeBadRequest, "Invalid stage identifier specified")
	for _, stage := range []string{"prod", "live"} {
		Must(region.CreateStage(api, stage, cloud.StageSettings{AutoDeploy: true}))
	}
	good := cloud.MappingSettings{APIID: api, Stage: "prod"}
	_, err = region.CreateApiMapping("shop.example.com", good)
	requireCode(t, err, cloud.CodeNotFound, "Invalid domain name identifier specified")
	_, err = region.CreateApiMapping("api.example.com", cloud.MappingSettings{APIID: "none", Stage: "prod"})
	requireCode(t, err, cloud.CodeNotFound, "Invalid API identifier specified")
	_, err = region.CreateApiMapping("api.example.com", cloud.MappingSettings{APIID: api, Stage: "prod", Key: "a b"})
	requireCode(t, err, cloud.CodeBadRequest, "may contain only letters")
	made := Must(region.CreateApiMapping("api.example.com", good))
	_, err = region.CreateApiMapping("api.example.com", good)
	requireCode(t, err, cloud.CodeConflict, "ApiMapping key already exists for this domain name")

	requireCode(t, region.DeleteStage(api, "prod"), cloud.CodeBadRequest, "Deleting stage prod failed")
	requireCode(t, region.DeleteApi(api), cloud.CodeBadRequest, "Please remove all API mappings")
	OK(region.DeleteStage(api, "live"))
	OK(region.DeleteApiMapping("api.example.com", made.MappingID))
	OK(region.DeleteStage(api, "prod"))
	OK(region.DeleteApi(api))
}

func TestRecordsAreRefused(t *testing.T) {
	c := cloud.New()
	region, account := domainsOf(c, cloud.APIAccount), c.Account(cloud.APIAccount)
	target := Must(region.CreateDomainName(domainSettings("api.example.com"))).Endpoint
	OK(account.AddHostedZone("Z1", "example.com"))
	record := func(name string) cloud.Record {
		return cloud.Record{Name: name, Type: "A", Alias: &cloud.Alias{DNSName: target.TargetDomainName, HostedZoneID: target.HostedZoneID}}
	}
	_, err := account.CreateRecord("Z2", record("api.example.com"))
	requireCode(t, err, cloud.CodeNoSuchHostedZone, "No hosted zone found with ID: Z2")
	for _, name := range []string{"api.example.org", "notexample.com", "com"} {
		_, err = account.CreateRecord("Z1", record(name))
		requireCode(t, err, cloud.CodeInvalidChangeBatch, "is not permitted in zone example.com.")
	}
	lost := record("api.example.com")
	lost.Alias.DNSName = "d-none.execute-api.us-east-1.amazonaws.com"
	_, err = account.CreateRecord("Z1", lost)
	requireCode(t, err, cloud.CodeInvalidChangeBatch, "that target was not found")
	Must(account.CreateRecord("Z1", cloud.Record{Name: "www.example.com", Type: "CNAME", Values: []string{"example.org"}}))
	_, err = account.CreateRecord("Z1", record("www.example.com"))
	requireCode(t, err, cloud.CodeInvalidChangeBatch, "conflicting RRSet of type CNAME")
	made := Must(account.CreateRecord("Z1", record("Api.Example.com.")))
	assert.Equal(t, "api.example.com", made.Name)
	_, err = account.CreateRecord("Z1", record("api.example.com"))
	requireCode(t, err, cloud.CodeInvalidChangeBatch, "but it already exists")
	Must(account.CreateRecord("Z1", record("example.com")))
	OK(account.DeleteRecord("Z1", "api.example.com", "A"))
	requireCode(t, account.DeleteRecord("Z1", "api.example.com", "A"), cloud.CodeNoSuchRecord, "no record")
}
