package program

import (
	"errors"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// Deploy is the program: it creates the resources that the stack's configuration
// describes and exports the stack's outputs. Run it with [config.WithKeys].
func Deploy(ctx *pulumi.Context) error {
	settings, err := config.Load(ctx)
	if err != nil {
		return err
	}
	if err := warn(ctx, OtherPrefixes(settings.Others)); err != nil {
		return err
	}
	plan, err := Parse(settings)
	if err != nil {
		return err
	}
	if len(plan.Backend.Headers) > 0 {
		if !settings.Secret["backend"] {
			if err := warn(ctx, []string{plainHeaders}); err != nil {
				return err
			}
		}
		delete(settings.Secret, "backend") // their values stay secrets
	}
	if err := settings.WarnOfSecrets(ctx); err != nil {
		return err
	}
	return plan.Deploy(ctx)
}

// Deploy creates the plan's resources and exports the stack's outputs.
func (p *Plan) Deploy(ctx *pulumi.Context) error {
	if err := warn(ctx, p.Warnings); err != nil {
		return err
	}
	for _, note := range p.Notes {
		if err := ctx.Log.Info(note, nil); err != nil {
			return err
		}
	}
	existing, err := p.lookUp(ctx)
	functions, functionErr := p.lookUpFunctions(ctx)
	if err := errors.Join(err, functionErr); err != nil {
		return err
	}
	archive, err := p.archive(ctx)
	if err != nil {
		return err
	}
	d := deployment{
		Plan: p, ctx: ctx, archive: archive, existingArns: existing, functions: functions,
		existing: map[string]*components.ExistingRole{},
		users:    map[string]*components.User{}, groups: map[string]*components.Group{}, roles: map[string]*components.Role{},
	}
	if p.PermissionsBoundary != "" {
		d.boundary = pulumi.String(p.PermissionsBoundary)
	}
	for _, step := range []func() error{
		d.createApi, d.createUsers, d.createGroups, d.createOidcProviders, d.createRoles, d.addExistingRoles, d.attachPolicies,
		d.createWatch,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	d.export()
	return nil
}

func warn(ctx *pulumi.Context, warnings []string) error {
	for _, warning := range warnings {
		if err := ctx.Log.Warn(warning, nil); err != nil {
			return err
		}
	}
	return nil
}

// deployment is a plan with the components that were created so far.
type deployment struct {
	*Plan
	ctx      *pulumi.Context
	archive  string // of the product service; empty without one
	boundary pulumi.StringPtrInput

	existingArns map[string]string              // of the existing roles, by name
	functions    map[string]components.Function // made elsewhere, by ARN

	api      *components.HttpApi
	domain   *components.Domain        // nil without one
	oidc     *components.OidcProviders // nil if the stack creates none
	users    map[string]*components.User
	groups   map[string]*components.Group
	roles    map[string]*components.Role
	existing map[string]*components.ExistingRole
	policies map[string]*components.InvokePolicy
}

func (d *deployment) createApi() error {
	backend, backends, err := d.createBackends()
	if err != nil {
		return err
	}
	domain, err := d.createDomain()
	if err != nil {
		return err
	}
	d.api, err = components.NewHttpApi(d.ctx, "api", &components.HttpApiArgs{
		Name:             d.ApiName,
		Stage:            d.StageName,
		Routes:           d.Routes,
		Authorizers:      d.Authorizers,
		Cors:             d.Cors,
		Backend:          backend,
		Backends:         backends,
		RouteBackends:    d.routeBackends(),
		Domain:           domain,
		KeepEndpoint:     d.Domain.keepsEndpoint(),
		Throttle:         &d.Throttle,
		RouteThrottles:   d.RouteThrottles,
		LogRetentionDays: d.LogRetentionDays,
		Tags:             d.Tags,
	})
	if err != nil {
		return err
	}
	for _, route := range d.api.Routes {
		if route.Authorization == access.Open {
			if err := d.ctx.Log.Warn("anyone may call "+route.Key.String()+": its authorization is none", nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *deployment) createBackend() (components.Backend, error) {
	if d.archive == "" {
		return d.elsewhere(d.Backend), nil
	}
	service, err := components.NewProductService(d.ctx, "products", &components.ProductServiceArgs{
		Archive:             d.archive,
		DeletionProtection:  d.Backend.DeletionProtection,
		LogRetentionDays:    d.LogRetentionDays,
		PermissionsBoundary: d.boundary,
		Tags:                d.Tags,
	})
	if err != nil {
		return components.Backend{}, err
	}
	return components.Backend{Function: &service.Function}, nil
}

func (d *deployment) createUsers() error {
	return each(d.Users, func(name string, user User) (err error) {
		d.users[name], err = components.NewUser(d.ctx, name, &components.UserArgs{
			Name:                name,
			AccessKey:           user.AccessKey,
			PermissionsBoundary: d.boundary,
			Tags:                d.Tags,
		})
		return err
	})
}

func (d *deployment) createGroups() error {
	return each(d.Groups, func(name string, _ Group) (err error) {
		d.groups[name], err = components.NewGroup(d.ctx, name, &components.GroupArgs{Name: name, Members: d.members(name)})
		return err
	})
}

func (d *deployment) createRoles() error {
	return each(d.Roles, func(name string, role Role) (err error) {
		d.roles[name], err = components.NewRole(d.ctx, name, &components.RoleArgs{
			Name:                name,
			ExecutionArn:        d.api.ExecutionArn,
			Trust:               role.Trust,
			OidcProvider:        d.oidcProvider(role.Trust),
			MaxSessionSeconds:   role.MaxSessionSeconds,
			PermissionsBoundary: d.boundary,
			Tags:                d.Tags,
		})
		return err
	})
}

func (d *deployment) attachPolicies() (err error) {
	var to []components.Attachment
	for _, name := range slices.Sorted(maps.Keys(d.groups)) {
		to = append(to, components.Attachment{Principal: d.groups[name], Policies: d.Groups[name].Policies})
	}
	for _, name := range slices.Sorted(maps.Keys(d.roles)) {
		role := d.Roles[name]
		to = append(to, components.Attachment{
			Principal: d.roles[name], Policies: role.Policies, Managed: role.managed(),
		})
	}
	for _, name := range slices.Sorted(maps.Keys(d.existing)) {
		to = append(to, components.Attachment{Principal: d.existing[name], Policies: d.ExistingRoles[name].Policies})
	}
	d.policies, err = components.AttachPolicies(d.ctx, &components.AttachPoliciesArgs{
		ExecutionArn: d.api.ExecutionArn,
		Policies:     d.Policies,
		To:           to,
		Tags:         d.Tags,
	})
	return err
}

// members returns the names of the users in the group.
func (d *deployment) members(group string) []pulumi.StringInput {
	members := []pulumi.StringInput{}
	for _, name := range slices.Sorted(maps.Keys(d.Users)) {
		if slices.Contains(d.Users[name].Groups, group) {
			members = append(members, d.users[name].UserName)
		}
	}
	return members
}

// each visits the entries of a map in the order of its keys.
func each[V any](m map[string]V, visit func(string, V) error) error {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if err := visit(key, m[key]); err != nil {
			return err
		}
	}
	return nil
}
