package program

import (
	"fmt"
	"maps"
	"slices"

	"iam-secured-api/components/access"
)

// checkSizes checks what depends on the size of documents, unless there were problems.
func (p *parser) checkSizes() {
	if p.report.Len() > 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(p.plan.Roles)) {
		if err := access.CheckTrustSize(p.plan.Roles[name].Trust); err != nil {
			p.at("roles", name).At("trust").Refuse(": %w", err)
		}
	}
	for _, err := range p.plan.Routes.CheckCalls(p.plan.StageName) {
		p.settings.At("routes").Refuse(": %w", err)
	}
	p.pack()
	if p.report.Len() > 0 {
		return
	}
	p.checkCounts()
	principals := p.principals()
	for i, h := range principals {
		var parts []string
		for _, name := range h.policies {
			parts = append(parts, p.plan.Policies[name].PartNames(name)...)
		}
		if count := len(parts) + len(h.managed); access.CheckPolicyCount(count) != nil {
			need := fmt.Sprintf("need %d managed policies, as some need several documents", len(parts))
			if len(h.managed) > 0 {
				need = fmt.Sprintf("need %d managed policies with the %d of managedPolicies", count, len(h.managed))
			}
			p.at(h.kind, h.key).At("policies").Refuse(": %w", fmt.Errorf("%s: %w", need, access.CheckPolicyCount(count)))
		}
		principals[i].policies = parts
	}
	p.checkLogicalNames(principals)
}

// pack packs each policy into documents. Attachments have the names of the parts, so
// these must not be the names of other policies.
func (p *parser) pack() {
	p.plan.Policies = map[string]*access.Policy{}
	for _, name := range slices.Sorted(maps.Keys(p.resolutions)) {
		policy, err := p.resolutions[name].Policy(p.plan.StageName, p.conditions[name])
		if naming := p.namings[name]; err == nil && naming.Name != "" {
			policy, err = policy.Named(naming)
		}
		if err != nil {
			p.at("policies", name).At("allow").Refuse(": %w", err)
			continue
		}
		for _, part := range policy.PartNames(name) {
			p.checkPart(name, part)
		}
		p.plan.Policies[name] = policy
	}
	clashes := access.CheckNamings(p.plan.Policies)
	for _, name := range slices.Sorted(maps.Keys(clashes)) {
		p.at("policies", name).At("name").Refuse(": %w", clashes[name])
	}
}

// checkCounts reports what exceeds the quotas of an account, even an empty one.
func (p *parser) checkCounts() {
	policies, roles := 0, len(p.plan.Roles)
	for _, policy := range p.plan.Policies {
		policies += len(policy.Parts)
	}
	functions := len(p.plan.routeArchives())
	if p.plan.HasService() {
		functions++
	}
	policies, roles = policies+functions, roles+functions // each function has one of its own
	for _, count := range []struct {
		has  int
		most int
		of   string
	}{
		{len(p.plan.Users), access.MaxAccountUsers, "users: has %d users"},
		{len(p.plan.Groups), access.MaxAccountGroups, "groups: has %d groups"},
		{roles, access.MaxAccountRoles, "roles: need %d roles"},
		{policies, access.MaxAccountPolicies, "policies: need %d managed policies"},
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
	if _, taken := p.grants[part]; taken {
		p.at("policies", part).Refuse(": %w", fmt.Errorf("the name is that of a part of %q, which needs several documents; rename one", policy))
	}
	if err := access.CheckPolicyName(part); err != nil {
		p.at("policies", policy).Refuse(": %w",
			fmt.Errorf("needs several documents, and the name %q of one %w; choose a shorter name", part, err))
	}
}
