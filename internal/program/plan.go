package program

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
)

// Plan is what a stack's configuration describes. [Parse] checks and computes it once,
// and everything else only reads it. The keys of maps are names on AWS. See
// docs/configuration.md.
type Plan struct {
	ApiName             string
	StageName           string
	Routes              access.Routes
	RouteBackends       map[string]Backend             // by route key; the others use Backend
	RouteThrottles      map[string]components.Throttle // by route key; the others share Throttle
	Authorizers         map[string]access.Authorizer
	Cors                *components.Cors // nil for none
	Policies            map[string]*access.Policy
	Groups              map[string]Group
	Users               map[string]User
	Roles               map[string]Role
	ExistingRoles       map[string]ExistingRole
	OidcProviders       map[string]access.OidcProvider // by issuer
	Domain              *Domain                        // nil for none
	Throttle            components.Throttle
	LogRetentionDays    int
	Backend             Backend
	Alarms              *Alarms // nil for none
	AccessAnalyzer      bool
	PermissionsBoundary string // empty for none
	Tags                map[string]string

	// Account is the account that ARNs of the configuration name; empty if they name
	// none. Deploy refuses another account. To deploy to any account, set it to "".
	Account string
	// Principals are the users, with the policies of their groups, the roles, the
	// existing roles, and the bearers of tokens.
	Principals []access.Principal
	// Matrix says which principal may call which route.
	Matrix access.Matrix
	// Warnings say which paths under IAM or tokens others may call in part, which
	// authorizers and whether the backend have no route, which routes take preflights,
	// whether mutual TLS is required at the domain only, and which roles anyone may use,
	// one line each.
	Warnings []string
	// Notes say what policies allow beyond the declared routes, and which policies of
	// roles the matrix does not know, one line each.
	Notes []string
}

// Group is a group.
type Group struct {
	Policies []string // names
}

// User is a user.
type User struct {
	Groups    []string // names
	AccessKey bool
}

// Role is a role.
type Role struct {
	Trust             access.Trust
	MaxSessionSeconds int
	Policies          []string // names
	ManagedPolicies   []string // ARNs
}

// evaluate computes the principals, the warnings, the notes and the matrix from the
// documents of the policies, with a placeholder for the API. The error has the cells
// in which the documents differ from the grants.
func (p *Plan) evaluate() error {
	p.Principals = p.principals()
	for _, exposure := range p.Routes.Exposures() {
		p.Warnings = append(p.Warnings, exposure.String())
	}
	p.Warnings = append(p.Warnings, p.unusedAuthorizers()...)
	p.Warnings = append(p.Warnings, p.unusedBackend()...)
	p.Warnings = append(p.Warnings, p.preflightWarnings()...)
	p.Warnings = append(p.Warnings, p.Domain.warnings()...)
	for _, name := range slices.Sorted(maps.Keys(p.Roles)) {
		if trust := p.Roles[name].Trust; trust.Terms().Public {
			p.Warnings = append(p.Warnings, fmt.Sprintf("anyone on the internet can use the role %s: it trusts %s", name, trust))
		}
	}
	api := access.Api{ExecutionArn: access.PlaceholderExecutionArn, Stage: p.StageName, Routes: p.Routes}
	documents, err := p.policyDocuments(api.ExecutionArn)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(p.Policies)) {
		policy := p.Policies[name]
		for _, err := range api.CheckDocuments(policy.Resolution, policy.Conditions, documents[name]) {
			errs = append(errs, fmt.Errorf("policy %q: %w", name, err))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	beyond, err := api.Beyond(documents)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(beyond)) {
		p.Notes = append(p.Notes, noteOf(name, beyond[name])...)
	}
	p.Notes = append(p.Notes, p.notesElsewhere()...)
	p.Matrix, err = access.NewMatrix(api, documents, p.Principals)
	return err
}

// policyDocuments returns the documents of each policy, by its name, for the API with
// this execution ARN.
func (p *Plan) policyDocuments(executionArn string) (map[string][]string, error) {
	documents := map[string][]string{}
	for name, policy := range p.Policies {
		texts, err := policy.Documents(executionArn)
		if err != nil {
			return nil, fmt.Errorf("policy %q: %w", name, err)
		}
		documents[name] = texts
	}
	return documents, nil
}

// principals returns the principals of the matrix, in no particular order.
func (p *Plan) principals() []access.Principal {
	var all []access.Principal
	for name, user := range p.Users {
		var policies []string
		for _, group := range user.Groups {
			policies = append(policies, p.Groups[group].Policies...)
		}
		all = append(all, access.Principal{Name: "user/" + name, Policies: policies, Boundary: p.PermissionsBoundary})
	}
	for name, role := range p.Roles {
		all = append(all, access.Principal{Name: "role/" + name, Policies: role.Policies, Boundary: p.PermissionsBoundary})
	}
	for name, role := range p.ExistingRoles {
		all = append(all, access.Principal{Name: "role/" + name, Policies: role.Policies}) // the role's boundary is not known
	}
	for name := range p.Authorizers {
		all = append(all, access.Bearer(name))
	}
	return all
}

// noteOf returns a note of what a policy allows beyond the declared routes, if anything.
func noteOf(policy string, beyond []access.Reach) []string {
	if len(beyond) == 0 {
		return nil
	}
	var kinds []string
	for _, reach := range beyond {
		kinds = append(kinds, fmt.Sprintf("%s (%s)", reach.Kind, reach.Example))
	}
	return []string{fmt.Sprintf("policy %q reaches beyond the declared routes: %s; such calls are answered with 404 until a route is declared for them",
		policy, strings.Join(kinds, ", "))}
}

// Documents returns the policy documents of each user and role, by its name in the
// matrix, for the API with this execution ARN.
func (p *Plan) Documents(executionArn string) (map[string][]string, error) {
	ofPolicy, err := p.policyDocuments(executionArn)
	if err != nil {
		return nil, err
	}
	ofPrincipal := map[string][]string{}
	for _, principal := range p.Principals {
		for _, name := range principal.Policies {
			ofPrincipal[principal.Name] = append(ofPrincipal[principal.Name], ofPolicy[name]...)
		}
	}
	return ofPrincipal, nil
}
