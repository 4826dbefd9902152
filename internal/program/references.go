package program

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// principal is a group or a role, which policies are attached to.
type principal struct {
	kind, key string // in the configuration
	name      string // on AWS
	policies  []string
	managed   []string // ARNs
}

// principals returns the groups, the roles and the existing roles, each sorted by name.
func (p *parser) principals() []principal {
	var all []principal
	for _, name := range slices.Sorted(maps.Keys(p.plan.Groups)) {
		all = append(all, principal{"groups", name, name, p.plan.Groups[name].Policies, nil})
	}
	for _, name := range slices.Sorted(maps.Keys(p.plan.Roles)) {
		role := p.plan.Roles[name]
		all = append(all, principal{"roles", name, name, role.Policies, role.ManagedPolicies})
	}
	for _, name := range slices.Sorted(maps.Keys(p.plan.ExistingRoles)) {
		role := p.plan.ExistingRoles[name]
		all = append(all, principal{"existingRoles", role.key(name), name, role.Policies, nil})
	}
	return all
}

// checkReferences checks references between parts of the configuration.
func (p *parser) checkReferences() {
	p.checkAuthorizations()
	p.checkRouteArchives()
	p.checkCors()
	p.checkGrants()
	for _, name := range slices.Sorted(maps.Keys(p.plan.Users)) {
		known(p, "users", name, "groups", p.plan.Users[name].Groups, p.plan.Groups)
	}
	for _, h := range p.principals() {
		known(p, h.kind, h.key, "policies", h.policies, p.grants)
		if h.kind == "groups" {
			continue
		}
		for _, name := range h.policies {
			if err := p.conditions[name].CheckForRole(); err != nil {
				p.at(h.kind, h.key).At("policies").Item(name).Fail("%v", err)
			}
		}
	}
	p.checkTokenAudiences()
	for _, kind := range []string{"users", "groups", "policies", "roles", "authorizers"} {
		p.checkCase(kind)
	}
	p.checkLogicalNames(p.principals())
}

// at returns the value of an entry of a key.
func (p *parser) at(key, entry string) config.Value { return p.settings.At(key).At(entry) }

// checkGrants resolves every policy. If the routes could not be read, it checks
// only the form of grants.
func (p *parser) checkGrants() {
	p.resolutions = map[string]access.Resolution{}
	for _, name := range slices.Sorted(maps.Keys(p.grants)) {
		if p.grants[name] == nil {
			continue // reported
		}
		var errs []error
		if p.routesRead {
			p.resolutions[name], errs = access.Resolve(p.grants[name], p.plan.Routes)
		} else {
			for _, grant := range p.grants[name] {
				if err := access.CheckGrant(grant); err != nil {
					errs = append(errs, fmt.Errorf("%q %w", grant, err))
				}
			}
		}
		for _, err := range errs {
			p.at("policies", name).At("allow").Refuse(": %w", err)
		}
	}
}

// known reports references to names that are not declared, unless the
// declarations could not be read.
func known[V any](p *parser, kind, name, field string, references []string, declared map[string]V) {
	if !p.settings.At(field).IsMap() {
		return
	}
	names := slices.Sorted(maps.Keys(declared))
	accepted := "none are declared"
	if len(names) > 0 {
		accepted = "accepted are " + strings.Join(names, ", ")
	}
	for _, reference := range references {
		if _, ok := declared[reference]; !ok {
			p.at(kind, name).At(field).Item(reference).
				Fail("is not declared under %s%s; %s", field, config.DidYouMean(reference, names), accepted)
		}
	}
}

// checkCase reports names of a kind that differ in case only.
func (p *parser) checkCase(kind string) {
	seen := map[string]string{} // lower case -> path
	for _, name := range p.settings.At(kind).Keys() {
		path := p.at(kind, name).Path()
		if twin, taken := seen[strings.ToLower(name)]; taken {
			p.report.Add("%s: the name %q is taken by %s; names must differ in more than case", path, name, twin)
			continue
		}
		seen[strings.ToLower(name)] = path
	}
}

// checkLogicalNames reports two attachments that would get the same logical
// name: the names of the principal and the policy, joined by "-". A managed policy has
// its name on AWS.
func (p *parser) checkLogicalNames(principals []principal) {
	seen := map[string]string{} // by kind and logical name
	for _, h := range principals {
		check := func(what, policy string) {
			logical, this := h.name+"-"+policy, fmt.Sprintf("%q with %s %q", h.name, what, policy)
			if twin, taken := seen[h.kind+logical]; taken && twin != this {
				p.settings.At(h.kind).Refuse(": %w",
					fmt.Errorf("%s and %s would both be named %q; rename one", twin, this, logical))
			}
			seen[h.kind+logical] = this
		}
		for _, policy := range h.policies {
			check("policy", policy)
		}
		for _, arn := range h.managed {
			check("managed policy", access.ArnName(arn))
		}
	}
}
