package engine_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const (
	theDomain  = "apigatewayv2/domainName:DomainName domain-domain"
	theRecord  = "route53/record:Record domain-record"
	theMapping = "apigatewayv2/apiMapping:ApiMapping api-mapping"

	otherCertificate = "arn:aws:acm:us-east-1:111122223333:certificate/other"
)

// moreDomains creates what the edits of a domain need: a certificate for several names, a
// zone, and another truststore.
func moreDomains(c *cloud.Cloud) { prepareMore(c.Account(cloud.APIAccount)) }

func prepareMore(account *cloud.Account) {
	region := account.Region("us-east-1")
	names := []string{"api.example.com", "shop.example.com"}
	OK(region.AddCertificate(cloud.Certificate{ARN: otherCertificate, Names: names}))
	OK(account.AddHostedZone("Z2", "example.com"))
	content := Must(region.Truststore("s3://shop-truststore/clients.pem"))
	OK(region.AddTruststore("s3://shop-truststore/other.pem", "1", content))
	OK(region.AddTruststore("s3://shop-truststore/clients.pem", "v2", content))
}

// domainConfig returns the configuration of a stack with a domain, without groups and
// roles.
func domainConfig(t testing.TB) map[string]any {
	return harness.Merge(t, harness.Merge(t, harness.Config(t), "{policies: null, groups: null, users: null, roles: null}"), harness.Domain)
}

func domainEdit(name string, steps ...step) edit {
	return edit{name: name, before: moreDomains, previews: true, steps: steps}
}

var domainEdits = []edit{
	domainEdit("turn the domain off and on",
		step{`{domain: null}`, harness.Join(update(theAPI), remove(theDomain, theRecord, theMapping))},
		step{"", harness.Join(create(theDomain, theRecord, theMapping), update(theAPI))}),
	domainEdit("turn it on in two steps",
		step{`{domain: null}`, harness.Join(update(theAPI), remove(theDomain, theRecord, theMapping))},
		step{`{domain: {keepEndpoint: true}}`, create(theDomain, theRecord, theMapping)},
		step{"", update(theAPI)}),
	domainEdit("turn it off in two steps",
		step{`{domain: {keepEndpoint: true}}`, update(theAPI)},
		step{`{domain: null}`, remove(theDomain, theRecord, theMapping)},
		step{"", harness.Join(create(theDomain, theRecord, theMapping), update(theAPI))}),
	domainEdit("rename it",
		step{`{domain: {name: shop.example.com, certificateArn: "` + otherCertificate + `"}}`, replace(theDomain, theRecord, theMapping)}),
	domainEdit("change the certificate",
		step{`{domain: {certificateArn: "` + otherCertificate + `"}}`, update(theDomain)}, step{"", update(theDomain)}),
	domainEdit("no record, and one in another zone",
		step{`{domain: {hostedZoneId: null}}`, remove(theRecord)},
		step{`{domain: {hostedZoneId: Z2}}`, create(theRecord)},
		step{"", replace(theRecord)}),
	domainEdit("no mutual TLS, another truststore, and a version",
		step{`{domain: {mutualTls: null}}`, update(theDomain)},
		step{`{domain: {mutualTls: {truststoreUri: "s3://shop-truststore/other.pem"}}}`, update(theDomain)},
		step{`{domain: {mutualTls: {truststoreVersion: v2}}}`, update(theDomain)},
		step{"", update(theDomain)}),
}

// TestEditsOfADomain is like TestEdits, with a stack that has a domain.
func TestEditsOfADomain(t *testing.T) {
	runEdits(t, domainConfig(t), domainEdits)
}

// TestRenamedStageOfADomain renames the stage. AWS does not delete a stage that a domain is
// mapped to, so the mapping is deleted first.
func TestRenamedStageOfADomain(t *testing.T) {
	t.Parallel()
	run := harness.New(t, domainConfig(t))
	run.Up(t)
	run.Configure(t, harness.Merge(t, domainConfig(t), `{stageName: live}`))
	run.Up(t)
	h := handOn(t, run.Cloud)
	assert.Equal(t, "live", one(h, Must(h.region.GetApiMappings("api.example.com"))).Stage)
	assert.Empty(t, run.Preview(t))
}

// TestRefusedDomainsLeaveTheEndpoint requires that the API's own endpoint still works if
// AWS refuses the domain or its record, and that the next update is complete.
func TestRefusedDomainsLeaveTheEndpoint(t *testing.T) {
	t.Parallel()
	config := domainConfig(t)
	base := harness.New(t, config)
	base.Configure(t, harness.Merge(t, config, `{domain: null}`))
	base.Up(t)
	for _, action := range []string{"CreateDomainName", "ChangeResourceRecordSets(CREATE)"} {
		run := base.Branch()
		run.Configure(t, config)
		run.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
			if m.Action == action {
				return cloud.FailBefore
			}
			return cloud.NoFault
		})
		_, err := run.TryUp()
		require.ErrorContains(t, err, action)
		run.Cloud.OnMutation(nil)
		h := handOn(t, run.Cloud)
		assert.False(t, one(h, Must(h.region.GetApis())).DisableExecuteAPIEndpoint, action)
		run.Up(t)
		assert.True(t, one(h, Must(h.region.GetApis())).DisableExecuteAPIEndpoint, action)
		assert.Equal(t, describeFresh(t, base, config), run.Cloud.Describe(), action)
	}
}

// TestDomainOrder requires that the domain exists before the API's own endpoint is
// disabled, and that the endpoint is back before the domain is deleted.
func TestDomainOrder(t *testing.T) {
	t.Parallel()
	config := domainConfig(t)
	run := harness.New(t, config)
	without := harness.Merge(t, config, `{domain: null}`)
	run.Configure(t, without)
	run.Up(t)
	order := func(to map[string]any) (actions []string) {
		run.Configure(t, to)
		var mu sync.Mutex // actions may happen at the same time
		run.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
			mu.Lock()
			defer mu.Unlock()
			actions = append(actions, m.Action)
			return cloud.NoFault
		})
		run.Up(t)
		return actions
	}
	assert.Equal(t, []string{"CreateDomainName", "ChangeResourceRecordSets(CREATE)", "UpdateApi", "CreateApiMapping"}, order(config))
	off := order(without)
	require.Len(t, off, 4)
	assert.Equal(t, "UpdateApi", off[0])
	assert.Equal(t, "DeleteDomainName", off[3])
}

var domainDrifts = []drift{
	{
		name: "the mapping is deleted",
		by: func(h hand) {
			h.do(h.region.DeleteApiMapping("api.example.com", one(h, Must(h.region.GetApiMappings("api.example.com"))).MappingID))
		},
		found: remove(theMapping), repair: create(theMapping),
	},
	{
		name: "the API's own endpoint is enabled",
		by: func(h hand) {
			api := one(h, Must(h.region.GetApis()))
			api.DisableExecuteAPIEndpoint = false
			h.do(h.region.UpdateApi(api.APIID, api.APISettings))
		},
		found: update(theAPI),
	},
	{
		name:   "the certificate is another one",
		before: func(h hand) { prepareMore(h.api) },
		by: func(h hand) {
			setDomain(h, func(s *cloud.DomainSettings) { s.Endpoint.CertificateARN = otherCertificate })
		},
		found: update(theDomain),
	},
	{
		name:  "mutual TLS is removed",
		by:    func(h hand) { setDomain(h, func(s *cloud.DomainSettings) { s.MutualTLS = nil }) },
		found: update(theDomain),
	},
	{
		name:  "the record is deleted",
		by:    func(h hand) { h.do(h.api.DeleteRecord("Z0123456789EXAMPLE", "api.example.com", "A")) },
		found: remove(theRecord), repair: create(theRecord),
	},
	{
		name: "the domain is deleted, with its mapping",
		by: func(h hand) {
			h.do(h.region.DeleteDomainName("api.example.com"))
		},
		found: remove(theDomain, theMapping), repair: harness.Join(create(theDomain, theMapping), update(theRecord)),
	},
}

func setDomain(h hand, change func(*cloud.DomainSettings)) {
	d := Must(h.region.GetDomainName("api.example.com"))
	change(&d.DomainSettings)
	h.do(h.region.UpdateDomainName("api.example.com", d.DomainSettings))
}

// TestDriftOfADomain is like TestDrift, with a stack that has a domain.
func TestDriftOfADomain(t *testing.T) {
	base := harness.New(t, domainConfig(t))
	base.Up(t)
	for _, d := range domainDrifts {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.run(t, base.Branch())
		})
	}
}
