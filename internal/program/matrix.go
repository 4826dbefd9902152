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

// Access is who can call what.
type Access struct {
	Matrix access.Matrix
	// Notes say, a line each, what policies reach beyond the declared routes.
	Notes []string
}

// Access evaluates the policies' documents as they are going to be, with a
// placeholder for the API. The error lists the cells in which they say otherwise
// than the grants.
func (c Config) Access() (Access, error) {
	routes, errs := access.NewRoutes(c.Routes)
	if len(errs) > 0 {
		return Access{}, errors.Join(errs...)
	}
	api := access.Api{ExecutionArn: access.PlaceholderExecutionArn, Stage: c.StageName, Routes: routes}
	documents := map[string][]string{}
	var notes []string
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(c.Policies)) {
		grants, errs := access.Resolve(c.Policies[name].Allow, routes)
		if len(errs) > 0 {
			return Access{}, fmt.Errorf("policy %q: %w", name, errors.Join(errs...))
		}
		texts, err := c.render(name, grants, access.PlaceholderExecutionArn)
		if err != nil {
			return Access{}, fmt.Errorf("policy %q: %w", name, err)
		}
		documents[name] = texts
		for _, err := range api.CheckDocuments(grants, c.Policies[name].Conditions, texts) {
			wrong = append(wrong, fmt.Errorf("policy %q: %w", name, err))
		}
		beyond, err := api.Beyond(texts)
		if err != nil {
			return Access{}, fmt.Errorf("policy %q: %w", name, err)
		}
		notes = append(notes, noteOf(name, beyond)...)
	}
	if len(wrong) > 0 {
		return Access{}, errors.Join(wrong...)
	}
	matrix, err := access.NewMatrix(api, documents, c.holders())
	return Access{Matrix: matrix, Notes: notes}, err
}

// noteOf says what a policy reaches beyond the declared routes, if anything.
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

// Documents are the policy documents that each user and role, by its name in the
// matrix, is to have for the API with this execution ARN.
func (c Config) Documents(executionArn string) (map[string][]string, error) {
	routes, errs := access.NewRoutes(c.Routes)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	ofPolicy := map[string][]string{}
	for name, policy := range c.Policies {
		grants, errs := access.Resolve(policy.Allow, routes)
		if len(errs) > 0 {
			return nil, fmt.Errorf("policy %q: %w", name, errors.Join(errs...))
		}
		var err error
		if ofPolicy[name], err = c.render(name, grants, executionArn); err != nil {
			return nil, fmt.Errorf("policy %q: %w", name, err)
		}
	}
	documents := map[string][]string{}
	for _, holder := range c.holders() {
		for _, name := range holder.Policies {
			documents[holder.Name] = append(documents[holder.Name], ofPolicy[name]...)
		}
	}
	return documents, nil
}

// render gives a policy's documents for the API with this execution ARN.
func (c Config) render(name string, grants access.Resolution, executionArn string) ([]string, error) {
	packed, err := access.Pack(grants.Invokes, components.MaxPolicies, c.document(name))
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, pack := range packed {
		text, err := access.Render(c.document(name)(executionArn, pack.Invokes))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

func (c Config) pack(name string, routes access.Routes) ([]access.Packed, error) {
	grants, errs := access.Resolve(c.Policies[name].Allow, routes)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return access.Pack(grants.Invokes, components.MaxPolicies, c.document(name))
}

func (c Config) document(policy string) func(string, []access.Invoke) *access.Document {
	return func(executionArn string, invokes []access.Invoke) *access.Document {
		return access.InvokeDocument(executionArn, c.StageName, invokes, c.Policies[policy].Conditions)
	}
}

// holders are the principals of the matrix: users with the policies of their
// groups, and roles.
func (c Config) holders() []access.Holder {
	var holders []access.Holder
	for name, user := range c.Users {
		var policies []string
		for _, group := range user.Groups {
			policies = append(policies, c.Groups[group].Policies...)
		}
		holders = append(holders, access.Holder{Name: "user/" + name, Policies: policies, Boundary: c.PermissionsBoundary})
	}
	for _, roles := range []map[string][]string{c.instanceRolePolicies(), c.crossAccountRolePolicies()} {
		for name, policies := range roles {
			holders = append(holders, access.Holder{Name: "role/" + name, Policies: policies, Boundary: c.PermissionsBoundary})
		}
	}
	return holders
}

func (c Config) groupPolicies() map[string][]string {
	return policiesOf(c.Groups, func(g Group) []string { return g.Policies })
}

func (c Config) instanceRolePolicies() map[string][]string {
	return policiesOf(c.InstanceRoles, func(r InstanceRole) []string { return r.Policies })
}

func (c Config) crossAccountRolePolicies() map[string][]string {
	return policiesOf(c.CrossAccountRoles, func(r CrossAccountRole) []string { return r.Policies })
}

func policiesOf[V any](owners map[string]V, policies func(V) []string) map[string][]string {
	of := map[string][]string{}
	for name, owner := range owners {
		of[name] = policies(owner)
	}
	return of
}
