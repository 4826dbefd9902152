package program

import (
	"fmt"
	"maps"
	"slices"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
)

// owners are the principals that policies are attached to, by their kind.
func (c Config) owners() []owners {
	return []owners{
		{"groups", c.groupPolicies()},
		{"instanceRoles", c.instanceRolePolicies()},
		{"crossAccountRoles", c.crossAccountRolePolicies()},
	}
}

// owners are all of one kind, and the names of their policies.
type owners struct {
	kind     string
	policies map[string][]string
}

// checkConditions looks for conditions that a role, which has the policy, can
// never meet.
func (p *parser) checkConditions() {
	for _, of := range p.cfg.owners() {
		if of.kind == "groups" {
			continue
		}
		for _, owner := range slices.Sorted(maps.Keys(of.policies)) {
			for _, name := range of.policies[owner] {
				if err := p.cfg.Policies[name].Conditions.CheckForRole(); err != nil {
					p.at(of.kind, owner).At("policies").Item(name).Fail("%v", err)
				}
			}
		}
	}
}

// checkSizes checks what depends on how large documents become. It looks only
// at what was read without a problem.
func (p *parser) checkSizes() {
	if p.report.Len() > 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(p.cfg.CrossAccountRoles)) {
		if err := p.cfg.CrossAccountRoles[name].Trust.CheckSize(); err != nil {
			p.at("crossAccountRoles", name).At("principals").Refuse(": %w", err)
		}
	}
	for _, err := range p.routes.CheckCalls(p.cfg.StageName) {
		p.json("routes").Refuse(": %w", err)
	}
	parts := p.checkParts()
	if p.report.Len() > 0 {
		return
	}
	p.checkCounts(parts)
	for _, of := range p.cfg.owners() {
		attached := map[string][]string{}
		for _, owner := range slices.Sorted(maps.Keys(of.policies)) {
			for _, name := range of.policies[owner] {
				attached[owner] = append(attached[owner], parts[name]...)
			}
			if err := components.CheckPolicyCount(len(attached[owner])); err != nil {
				p.at(of.kind, owner).At("policies").Refuse(": %w", fmt.Errorf("need %d managed policies, as some need several documents: %w", len(attached[owner]), err))
			}
		}
		checkLogicalNames(p, of.kind, attached, func(parts []string) []string { return parts })
	}
}

// checkParts packs each policy and returns the names of its parts, which policies
// are attached under and which must be nobody else's.
func (p *parser) checkParts() map[string][]string {
	parts := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(p.cfg.Policies)) {
		packed, err := p.cfg.pack(name, p.routes)
		if err != nil {
			p.at("policies", name).At("allow").Refuse(": %w", err)
		}
		for _, pack := range packed {
			part := name + pack.Name
			p.checkPart(name, part)
			parts[name] = append(parts[name], part)
		}
	}
	return parts
}

// Quotas of an account, as they are unless AWS has raised them on request ("IAM and
// AWS STS quotas" in the IAM User Guide). That of instance profiles is the roles'.
const (
	maxUsers    = 5000
	maxGroups   = 300
	maxRoles    = 1000
	maxPolicies = 1500
)

// checkCounts looks for more than an account takes, even one that holds nothing
// else.
func (p *parser) checkCounts(parts map[string][]string) {
	policies, roles := 0, len(p.cfg.InstanceRoles)+len(p.cfg.CrossAccountRoles)
	for _, of := range parts {
		policies += len(of)
	}
	if p.cfg.Backend.Url == "" { // the product service's
		policies, roles = policies+1, roles+1
	}
	for _, count := range []struct {
		has  int
		most int
		of   string
	}{
		{len(p.cfg.Users), maxUsers, "users: has %d users"},
		{len(p.cfg.Groups), maxGroups, "groups: has %d groups"},
		{roles, maxRoles, "instanceRoles, crossAccountRoles: need %d roles"},
		{policies, maxPolicies, "policies: need %d managed policies"},
	} {
		if count.has > count.most {
			p.report.Add(count.of+", must be at most %d, IAM's quota of an account", count.has, count.most)
		}
	}
}

func (p *parser) checkPart(policy, part string) {
	if part == policy {
		return
	}
	if _, taken := p.cfg.Policies[part]; taken {
		p.at("policies", part).Refuse(": %w", fmt.Errorf("the name is that of a part of %q, which needs several documents; rename one", policy))
	}
	if err := access.CheckPolicyName(part); err != nil {
		p.at("policies", policy).Refuse(": %w", fmt.Errorf("needs several documents, and the name %q of one %w; choose a shorter name", part, err))
	}
}
