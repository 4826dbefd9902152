package program

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

func (p *parser) readOidcProviders(v config.Value) {
	p.plan.OidcProviders = map[string]access.OidcProvider{}
	v.Entries("issuers", func(issuer string, entry config.Value) {
		if err := access.CheckIssuer(issuer); err != nil {
			v.Refuse(": %w", fmt.Errorf("%q %w", issuer, err))
		}
		var provider access.OidcProvider
		entry.Fields(map[string]func(config.Value){
			"audiences":   func(v config.Value) { provider.Audiences = v.Texts("audiences") },
			"thumbprints": func(v config.Value) { provider.Thumbprints = v.Texts("thumbprints") },
		})
		reportFields(entry, provider.Check())
		p.plan.OidcProviders[issuer] = provider
	})
	if err := access.CheckOidcProviderCount(len(p.plan.OidcProviders)); err != nil {
		v.Fail("%v", err)
	}
}

// checkTokenAudiences reports audiences of roles that the issuer's provider does not
// accept, if this stack creates the provider.
func (p *parser) checkTokenAudiences() {
	for _, name := range slices.Sorted(maps.Keys(p.plan.Roles)) {
		trust, is := p.plan.Roles[name].Trust.(access.OidcTrust)
		provider, created := p.plan.OidcProviders[trust.Issuer]
		if is && created {
			reportFields(p.at("roles", name).At("trust").At("oidc"), provider.CheckAccepts(trust))
		}
	}
}

func (d *deployment) createOidcProviders() (err error) {
	if len(d.OidcProviders) > 0 {
		d.oidc, err = components.NewOidcProviders(d.ctx, "oidc", &components.OidcProvidersArgs{
			Providers: d.OidcProviders,
			Tags:      d.Tags,
		})
	}
	return err
}

// oidcProvider returns the provider that a trust needs, if this stack creates it.
func (d *deployment) oidcProvider(trust access.Trust) pulumi.Resource {
	if oidc, is := trust.(access.OidcTrust); is && d.oidc != nil {
		if provider, created := d.oidc.Providers[oidc.Issuer]; created {
			return provider
		}
	}
	return nil
}
