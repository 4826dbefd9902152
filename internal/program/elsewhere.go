package program

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// ExistingRole is a role that was created elsewhere.
type ExistingRole struct {
	Arn      string   // empty if the configuration has the role's name only
	Policies []string // names
}

// key returns the role's key in the configuration.
func (r ExistingRole) key(name string) string { return cmp.Or(r.Arn, name) }

func (p *parser) readExistingRoles(v config.Value) {
	p.plan.ExistingRoles = map[string]ExistingRole{}
	seen := map[string]string{} // lower case -> path
	for _, name := range p.settings.At("roles").Keys() {
		seen[strings.ToLower(name)] = p.at("roles", name).Path()
	}
	v.Entries("existing roles", func(key string, entry config.Value) {
		var role ExistingRole
		entry.Fields(map[string]func(config.Value){
			"policies": func(v config.Value) { role.Policies = readNames(v, "policies", access.CheckPolicyCount) },
		})
		name, err := access.ParseRole(key)
		if err != nil {
			entry.Refuse(": %w", fmt.Errorf("the key %q %w", key, err))
			return
		}
		if twin, taken := seen[strings.ToLower(name)]; taken {
			entry.Refuse(": %w", fmt.Errorf("the role %q is also that of %s; "+
				"an account has one role of a name, in any case and path", name, twin))
			return
		}
		seen[strings.ToLower(name)] = entry.Path()
		if name != key {
			role.Arn = key
		}
		p.plan.ExistingRoles[name] = role
	})
}

// readManagedPolicies reads the ARNs of managed policies. Attachments are named after the
// policies, so the names must differ.
func readManagedPolicies(v config.Value) []string {
	arns := readNames(v, "ARNs", access.CheckPolicyCount)
	names := map[string]bool{}
	for _, arn := range arns {
		name := access.ArnName(arn)
		if err := access.CheckManagedPolicy(arn); err != nil {
			v.Item(arn).Fail("%v", err)
		} else if names[name] {
			v.Item(arn).Fail("is the second policy with its name, without the path; a role can have one of them")
		}
		names[name] = true
	}
	return arns
}

// managed returns the ARNs of the role's managed policies, by name.
func (r Role) managed() map[string]pulumi.StringInput {
	arns := map[string]pulumi.StringInput{}
	for _, arn := range r.ManagedPolicies {
		arns[access.ArnName(arn)] = pulumi.String(arn)
	}
	return arns
}

// checkNaming reports a path and a number of documents without a name, and a name that
// is too long for the names of all documents.
func (p *parser) checkNaming(entry config.Value, naming access.Naming) {
	for _, key := range []string{"path", "documents"} {
		if slices.Contains(entry.Keys(), key) && !slices.Contains(entry.Keys(), "name") {
			entry.At(key).Fail("needs a name; it is for a policy with a fixed name, which permission sets refer to")
		}
	}
	if access.CheckManagedPolicyName(naming.Name) != nil || access.CheckDocumentCount(max(naming.Documents, 1)) != nil {
		return // reported
	}
	naming.Path = ""
	if err := naming.Check(); err != nil {
		entry.At("name").Refuse(": %w", err)
	}
}

// checkElsewhere sets the account that ARNs of the configuration name. All of them must
// name the same account, because the resources of a stack are in one account.
func (p *parser) checkElsewhere() {
	first := ""
	check := func(v config.Value, arn string) {
		switch account := access.ArnAccount(arn); {
		case account == "" || account == p.plan.Account:
		case p.plan.Account == "":
			p.plan.Account, first = account, v.Path()
		default:
			v.Refuse(": %w", fmt.Errorf("%q must be in the account that %s names, which is the stack's", arn, first))
		}
	}
	check(p.settings.At("permissionsBoundary"), p.plan.PermissionsBoundary)
	p.plan.Domain.certificateArns(func(arn string, path ...string) {
		v := p.settings
		for _, key := range path {
			v = v.At(key)
		}
		check(v, arn)
	})
	for _, h := range p.principals() {
		if h.kind == "existingRoles" {
			check(p.at(h.kind, h.key), h.key)
		}
		for _, arn := range h.managed {
			check(p.at(h.kind, h.key).At("managedPolicies").Item(arn), arn)
		}
	}
	p.functionArns(check)
}

// notesElsewhere returns notes about policies that the matrix does not know.
func (p *Plan) notesElsewhere() []string {
	var notes []string
	for _, name := range slices.Sorted(maps.Keys(p.Roles)) {
		if arns := p.Roles[name].ManagedPolicies; len(arns) > 0 {
			notes = append(notes, fmt.Sprintf("role %q has managed policies whose documents are not known, "+
				"so the matrix does not contain them: %s", name, strings.Join(arns, ", ")))
		}
	}
	if names := slices.Sorted(maps.Keys(p.ExistingRoles)); len(names) > 0 {
		notes = append(notes, "existing roles may have other policies and a permissions boundary, which the matrix does not contain: "+
			strings.Join(names, ", "))
	}
	return notes
}

func (d *deployment) addExistingRoles() error {
	return each(d.ExistingRoles, func(name string, _ ExistingRole) (err error) {
		d.existing[name], err = components.NewExistingRole(d.ctx, name, &components.ExistingRoleArgs{
			Name: name, Arn: pulumi.String(d.existingArns[name]),
		})
		return err
	})
}
