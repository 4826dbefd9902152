package program

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// checkReferences checks what one part of the configuration says of another.
func (p *parser) checkReferences() {
	p.checkGrants()
	for _, name := range slices.Sorted(maps.Keys(p.cfg.Users)) {
		known(p, "users", name, "groups", p.cfg.Users[name].Groups, p.cfg.Groups)
	}
	for _, name := range slices.Sorted(maps.Keys(p.cfg.Groups)) {
		known(p, "groups", name, "policies", p.cfg.Groups[name].Policies, p.cfg.Policies)
	}
	for _, name := range slices.Sorted(maps.Keys(p.cfg.InstanceRoles)) {
		known(p, "instanceRoles", name, "policies", p.cfg.InstanceRoles[name].Policies, p.cfg.Policies)
	}
	for _, name := range slices.Sorted(maps.Keys(p.cfg.CrossAccountRoles)) {
		known(p, "crossAccountRoles", name, "policies", p.cfg.CrossAccountRoles[name].Policies, p.cfg.Policies)
	}
	p.checkCase("users")
	p.checkCase("groups")
	p.checkCase("policies")
	p.checkCase("instanceRoles", "crossAccountRoles") // one namespace on AWS
	checkLogicalNames(p, "groups", p.cfg.Groups, func(g Group) []string { return g.Policies })
	checkLogicalNames(p, "instanceRoles", p.cfg.InstanceRoles, func(r InstanceRole) []string { return r.Policies })
	checkLogicalNames(p, "crossAccountRoles", p.cfg.CrossAccountRoles, func(r CrossAccountRole) []string { return r.Policies })
	p.checkConditions()
	p.checkSizes()
}

// checkGrants resolves every policy, unless the routes could not be read.
func (p *parser) checkGrants() {
	for _, name := range slices.Sorted(maps.Keys(p.cfg.Policies)) {
		grants := p.cfg.Policies[name].Allow
		if grants == nil {
			continue // reported
		}
		for _, err := range p.resolve(grants) {
			p.at("policies", name).At("allow").Refuse(": %w", err)
		}
	}
}

// resolve says what is wrong with grants; only their form if the routes could
// not be read.
func (p *parser) resolve(grants []string) []error {
	if len(p.routes) > 0 && len(p.routes) == len(p.cfg.Routes) {
		_, errs := access.Resolve(grants, p.routes)
		return errs
	}
	var errs []error
	for _, grant := range grants {
		if err := access.CheckGrant(grant); err != nil {
			errs = append(errs, fmt.Errorf("%q %w", grant, err))
		}
	}
	return errs
}

// known reports references to names that are not declared, unless the
// declarations could not be read.
func known[V any](p *parser, kind, name, field string, references []string, declared map[string]V) {
	if !p.json(field).IsMap() {
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

// checkCase reports names that differ in case only among kinds that share one
// namespace.
func (p *parser) checkCase(kinds ...string) {
	seen := map[string]string{} // lower case -> path
	for _, kind := range kinds {
		for _, name := range p.json(kind).Keys() {
			path := p.at(kind, name).Path()
			if twin, taken := seen[strings.ToLower(name)]; taken {
				p.report.Add("%s: the name %q is taken by %s; names must differ in more than case", path, name, twin)
				continue
			}
			seen[strings.ToLower(name)] = path
		}
	}
}

// checkLogicalNames reports two attachments that would get the same logical
// name, which is the owner's and the policy's joined by "-".
func checkLogicalNames[V any](p *parser, kind string, owners map[string]V, policies func(V) []string) {
	seen := map[string]string{}
	for _, owner := range slices.Sorted(maps.Keys(owners)) {
		for _, policy := range policies(owners[owner]) {
			logical, this := owner+"-"+policy, fmt.Sprintf("%q with policy %q", owner, policy)
			if twin, taken := seen[logical]; taken && twin != this {
				err := fmt.Errorf("%s and %s would both be named %q; rename one", twin, this, logical)
				p.json(kind).Refuse(": %w", err)
			}
			seen[logical] = this
		}
	}
}
