// Package several is a program for two APIs in one account, with policies that span both.
// Principals of that account and of two others call the APIs.
package several

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
)

// Design says what the APIs' routes are, and what policies allow.
type Design struct {
	// Routes are the routes of each API, by its name.
	Routes map[string]map[string]access.RouteArgs
	// Policies are the grants of each policy, by its name and the API's.
	Policies map[string]map[string][]string
}

// Shop is the design that [Deploy] deploys. The team reads the catalog and writes orders.
var Shop = Design{
	Routes: map[string]map[string]access.RouteArgs{
		"catalog": {"GET /items": {}, "GET /items/{id}": {}, "PUT /items/{id}": {}},
		"orders":  {"GET /orders": {}, "POST /orders": {}, "GET /orders/{id}": {}, "PUT /orders/{id}": {}},
	},
	Policies: map[string]map[string][]string{
		"team":    {"catalog": {"GET *"}, "orders": {"POST /orders", "PUT /orders/{id}"}},
		"packing": {"catalog": {"GET /items/{id}"}, "orders": {"GET *"}},
	},
}

// Deploy deploys [Shop].
func Deploy(ctx *pulumi.Context) error { return Shop.Deploy(ctx) }

// plan is a design, checked and computed before anything is created.
type plan struct {
	Config
	apis     map[string]access.Api
	policies map[string]*access.Policy
	matrices map[string]access.Matrix
}

// Deploy deploys the APIs with their callers. It checks everything that it can before it
// creates the first resource, also that the credentials are those of the right accounts.
func (d Design) Deploy(ctx *pulumi.Context) error {
	settings, err := config.Load(ctx)
	if err != nil {
		return err
	}
	p, err := d.plan(settings)
	if err != nil {
		return err
	}
	if err := settings.WarnOfSecrets(ctx); err != nil {
		return err
	}
	providers, err := p.providers(ctx)
	if err != nil {
		return err
	}
	return p.deploy(ctx, providers)
}

// plan computes the policies and who may call what.
func (d Design) plan(settings config.Settings) (p plan, err error) {
	if p.Config, err = Parse(settings); err != nil {
		return p, err
	}
	p.apis, p.policies = map[string]access.Api{}, map[string]*access.Policy{}
	for name, declared := range d.Routes {
		routes, errs := access.NewRoutes(declared)
		if len(errs) > 0 {
			return p, fmt.Errorf("routes of %s: %w", name, errors.Join(errs...))
		}
		p.apis[name] = access.Api{Stage: components.DefaultStage, Routes: routes}
	}
	for name, grants := range d.Policies {
		parts := map[string]*access.Policy{}
		for api, allow := range grants {
			if parts[api], err = access.NewPolicy(p.apis[api].Stage, p.apis[api].Routes, allow, access.Conditions{}); err != nil {
				return p, fmt.Errorf("policy %q, API %q: %w", name, api, err)
			}
		}
		if p.policies[name], err = access.Span(parts); err != nil {
			return p, fmt.Errorf("policy %q: %w", name, err)
		}
	}
	principals := []access.Principal{
		{Name: "user/ana", Policies: []string{"team"}},
		{Name: "role/shop-worker", Policies: []string{"team"}},
	}
	for caller, policy := range callers {
		principals = append(principals, access.Principal{Name: "role/shop-" + caller, Policies: []string{policy}})
	}
	p.matrices, err = access.NewMatrices(p.apis, p.policies, principals)
	return p, err
}

// providers returns a provider for each of the other accounts. It checks the account of
// each provider's credentials, and of the default provider's.
func (p plan) providers(ctx *pulumi.Context) (map[string]*aws.Provider, error) {
	errs := []error{checkAccount(ctx, "account", p.Account)}
	region, _ := ctx.GetConfig("aws:region")
	providers := map[string]*aws.Provider{}
	for _, name := range slices.Sorted(maps.Keys(p.Callers)) {
		caller := p.Callers[name]
		args := &aws.ProviderArgs{
			// A destroy does not run this program, and must not reach another account either.
			AllowedAccountIds: pulumi.ToStringArray([]string{caller.Account}),
		}
		if region := cmp.Or(caller.Region, region); region != "" {
			args.Region = pulumi.String(region)
		}
		if caller.Profile != "" {
			args.Profile = pulumi.String(caller.Profile)
		} else {
			args.AssumeRole = &aws.ProviderAssumeRoleArgs{RoleArn: pulumi.String(caller.DeployRole)}
		}
		provider, err := aws.NewProvider(ctx, name, args)
		if err != nil {
			return nil, err
		}
		providers[name] = provider
		errs = append(errs, checkAccount(ctx, name, caller.Account, pulumi.Provider(provider)))
	}
	return providers, errors.Join(errs...)
}

func checkAccount(ctx *pulumi.Context, key, account string, options ...pulumi.InvokeOption) error {
	who, err := aws.GetCallerIdentity(ctx, &aws.GetCallerIdentityArgs{}, options...)
	if err != nil {
		return fmt.Errorf("%s: looking up the account of the credentials: %w", key, err)
	}
	if who.AccountId != account {
		return fmt.Errorf("%s: %q must be the account of the credentials, which is %s", key, account, who.AccountId)
	}
	return nil
}

func (p plan) deploy(ctx *pulumi.Context, providers map[string]*aws.Provider) error {
	arns, urls := map[string]pulumi.StringInput{}, pulumi.StringMap{}
	for _, name := range slices.Sorted(maps.Keys(p.apis)) {
		backend := map[string]string{"catalog": p.CatalogUrl, "orders": p.OrdersUrl}[name]
		api, err := components.NewHttpApi(ctx, name, &components.HttpApiArgs{
			Name: "Shop-" + name, Stage: p.apis[name].Stage, Routes: p.apis[name].Routes, Backend: components.Backend{Url: backend},
		})
		if err != nil {
			return err
		}
		arns[name], urls[name] = api.ExecutionArn, api.InvokeUrl
	}

	ana, err := components.NewUser(ctx, "ana", &components.UserArgs{Name: "ana"})
	if err != nil {
		return err
	}
	team, err := components.NewGroup(ctx, "team", &components.GroupArgs{
		Name: "Shop-Team", Members: []pulumi.StringInput{ana.UserName},
	})
	if err != nil {
		return err
	}
	to := []components.Attachment{{Principal: team, Policies: []string{"team"}}}
	outputs := pulumi.Map{}
	role := func(name, policy string, trust access.Trust) (*components.Role, error) {
		role, err := components.NewRole(ctx, name, &components.RoleArgs{
			Name: "shop-" + name, Trust: trust, ExecutionArn: arns["catalog"], // of any API in the account
		})
		if err != nil {
			return nil, err
		}
		to = append(to, components.Attachment{Principal: role, Policies: []string{policy}})
		outputs["shop-"+name] = role.Outputs
		return role, nil
	}
	if _, err := role("worker", "team", access.ServiceTrust{Service: "lambda"}); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(p.Callers)) {
		caller := p.Callers[name]
		assumed, err := role(name, callers[name], access.AccountTrust{
			AccountID: caller.Account, Principals: caller.principals(), ExternalID: caller.ExternalID,
		})
		if err != nil {
			return err
		}
		if err := caller.allow(ctx, name+"-callers", assumed, providers[name]); err != nil {
			return err
		}
	}
	_, err = components.AttachPolicies(ctx, &components.AttachPoliciesArgs{ExecutionArns: arns, Policies: p.policies, To: to})
	if err != nil {
		return err
	}
	matrices := pulumi.Map{}
	for name, matrix := range p.matrices {
		matrices[name] = pulumi.ToStringMapMap(matrix.Folded())
	}
	ctx.Export("accessMatrix", matrices)
	ctx.Export("invokeUrls", urls)
	ctx.Export("roles", outputs)
	return nil
}

// allow creates the half of the role that the caller's account owns.
func (c Caller) allow(ctx *pulumi.Context, name string, role *components.Role, provider *aws.Provider) error {
	args := &components.CallerAccessArgs{RoleArns: []pulumi.StringInput{role.RoleArn}, Members: c.Users, Roles: c.Roles}
	if len(c.Users) > 0 {
		args.GroupName = "Shop-Callers"
	}
	_, err := components.NewCallerAccess(ctx, name, args, pulumi.Provider(provider))
	return err
}
