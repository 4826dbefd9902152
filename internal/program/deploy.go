package program

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// Load reads and checks the configuration of the run's stack.
func Load(ctx *pulumi.Context) (Config, error) {
	cfg, _, err := load(ctx)
	return cfg, err
}

func load(ctx *pulumi.Context) (Config, config.Settings, error) {
	settings, err := config.Load(ctx)
	if err != nil {
		return Config{}, config.Settings{}, err
	}
	cfg, err := Parse(settings)
	return cfg, settings, err
}

// Deploy is the program: it creates what the stack's configuration describes
// and exports the stack's outputs.
func Deploy(ctx *pulumi.Context) error {
	cfg, settings, err := load(ctx)
	if err != nil {
		return err
	}
	if err := settings.WarnOfSecrets(ctx); err != nil {
		return err
	}
	who, err := cfg.Access()
	if err != nil {
		return err
	}
	for _, note := range who.Notes {
		if err := ctx.Log.Info(note, nil); err != nil {
			return err
		}
	}
	archive, err := cfg.Backend.archive(ctx)
	if err != nil {
		return err
	}
	d := deployment{
		ctx:        ctx,
		cfg:        cfg,
		matrix:     who.Matrix,
		archive:    archive,
		policies:   map[string]*components.InvokePolicy{},
		users:      map[string]*components.User{},
		instances:  map[string]*components.InstanceRole{},
		crossRoles: map[string]*components.CrossAccountRole{},

		attachments: map[string][]pulumi.Resource{},
		complete:    make(chan struct{}),
	}
	if cfg.PermissionsBoundary != "" {
		d.boundary = pulumi.String(cfg.PermissionsBoundary)
	}
	defer close(d.complete)
	steps := []func() error{
		d.createApi, d.createPolicies, d.createUsers, d.createGroups,
		d.createInstanceRoles, d.createCrossAccountRoles,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	d.export()
	return nil
}

// deployment is what has been created so far, by the names in the configuration.
type deployment struct {
	ctx      *pulumi.Context
	cfg      Config
	matrix   access.Matrix
	archive  string // the product service's; empty if calls go elsewhere
	boundary pulumi.StringPtrInput

	api        *components.HttpApi
	policies   map[string]*components.InvokePolicy
	users      map[string]*components.User
	instances  map[string]*components.InstanceRole
	crossRoles map[string]*components.CrossAccountRole

	attachments map[string][]pulumi.Resource // of policies' parts, by the names that they are attached under
	complete    chan struct{}                // closed once all attachments are there, or no more will come
}

func (d *deployment) createApi() error {
	backend, err := d.createBackend()
	if err != nil {
		return err
	}
	d.api, err = components.NewHttpApi(d.ctx, "api", &components.HttpApiArgs{
		Name:             d.cfg.ApiName,
		Stage:            d.cfg.StageName,
		Routes:           d.cfg.Routes,
		Backend:          backend,
		Throttle:         &d.cfg.Throttle,
		LogRetentionDays: d.cfg.LogRetentionDays,
		Tags:             d.cfg.Tags,
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
		return components.Backend{Url: d.cfg.Backend.Url}, nil
	}
	service, err := components.NewProductService(d.ctx, "products", &components.ProductServiceArgs{
		Archive:             d.archive,
		DeletionProtection:  d.cfg.Backend.DeletionProtection,
		LogRetentionDays:    d.cfg.LogRetentionDays,
		PermissionsBoundary: d.boundary,
		Tags:                d.cfg.Tags,
	})
	if err != nil {
		return components.Backend{}, err
	}
	return components.Backend{Function: &service.Function}, nil
}

func (d *deployment) createPolicies() error {
	return each(d.cfg.Policies, func(name string, policy Policy) (err error) {
		d.policies[name], err = components.NewInvokePolicy(d.ctx, name, &components.InvokePolicyArgs{
			ExecutionArn: d.api.ExecutionArn,
			Stage:        d.api.Stage,
			Routes:       d.api.Routes,
			Allow:        policy.Allow,
			Conditions:   policy.Conditions,
			Attachments: func(part string) []pulumi.Resource {
				<-d.complete
				return d.attachments[name+part]
			},
			Tags: d.cfg.Tags,
		})
		return err
	})
}

func (d *deployment) createUsers() error {
	return each(d.cfg.Users, func(name string, user User) (err error) {
		d.users[name], err = components.NewUser(d.ctx, name, &components.UserArgs{
			Name:                name,
			AccessKey:           user.AccessKey,
			PermissionsBoundary: d.boundary,
			Tags:                d.cfg.Tags,
		})
		return err
	})
}

func (d *deployment) createGroups() error {
	return each(d.cfg.Groups, func(name string, group Group) error {
		created, err := components.NewGroup(d.ctx, name, &components.GroupArgs{
			Name:     name,
			Policies: d.arns(group.Policies),
			Members:  d.members(name),
		})
		if err != nil {
			return err
		}
		d.attached(created.Attachments)
		return nil
	})
}

func (d *deployment) createInstanceRoles() error {
	return each(d.cfg.InstanceRoles, func(name string, role InstanceRole) error {
		created, err := components.NewInstanceRole(d.ctx, name, &components.InstanceRoleArgs{
			Name:                name,
			Policies:            d.arns(role.Policies),
			PermissionsBoundary: d.boundary,
			Tags:                d.cfg.Tags,
		})
		if err != nil {
			return err
		}
		d.instances[name] = created
		d.attached(created.Attachments)
		return nil
	})
}

func (d *deployment) createCrossAccountRoles() error {
	return each(d.cfg.CrossAccountRoles, func(name string, role CrossAccountRole) error {
		created, err := components.NewCrossAccountRole(d.ctx, name, &components.CrossAccountRoleArgs{
			Name:                name,
			ExecutionArn:        d.api.ExecutionArn,
			Trust:               role.Trust,
			MaxSessionSeconds:   role.MaxSessionSeconds,
			Policies:            d.arns(role.Policies),
			PermissionsBoundary: d.boundary,
			Tags:                d.cfg.Tags,
		})
		if err != nil {
			return err
		}
		d.crossRoles[name] = created
		d.attached(created.Attachments)
		return nil
	})
}

// attached notes what attaches policies to a group or a role.
func (d *deployment) attached(attachments map[string]pulumi.Resource) {
	for name, attachment := range attachments {
		d.attachments[name] = append(d.attachments[name], attachment)
	}
}

// arns gives the managed policies of these policies, each under its own name.
func (d *deployment) arns(names []string) map[string]pulumi.StringInput {
	arns := map[string]pulumi.StringInput{}
	for _, name := range names {
		for _, part := range d.policies[name].Parts {
			arns[name+part.Name] = part.Arn
		}
	}
	return arns
}

// members gives the users whose configuration names the group.
func (d *deployment) members(group string) []pulumi.StringInput {
	members := []pulumi.StringInput{}
	for _, name := range slices.Sorted(maps.Keys(d.cfg.Users)) {
		if slices.Contains(d.cfg.Users[name].Groups, group) {
			members = append(members, d.users[name].UserName)
		}
	}
	return members
}

// each visits a map in the order of its keys.
func each[V any](m map[string]V, visit func(string, V) error) error {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if err := visit(key, m[key]); err != nil {
			return err
		}
	}
	return nil
}
