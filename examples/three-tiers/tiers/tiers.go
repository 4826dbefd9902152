// Package tiers is a program for one API with three tiers of callers: customers send
// tokens, admins are users in a group, and services have roles.
package tiers

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
)

// Routes are the API's routes. A route is either for customers or for principals that
// sign their requests, but not for both.
var Routes = map[string]access.RouteArgs{
	"GET /catalog":              {Authorization: access.Token, Authorizer: "customers"},
	"POST /orders":              {Authorization: access.Token, Authorizer: "customers", Scopes: []string{"shop/orders.write"}},
	"GET /internal/orders":      {},
	"PUT /internal/orders/{id}": {},
	"GET /health":               {Authorization: access.Open},
}

// Deploy deploys the API with its callers, and exports its URL.
func Deploy(ctx *pulumi.Context) error {
	setting := func(key string) string { // Pulumi.yaml requires the keys, and the components check the values
		value, _ := ctx.GetConfig(ctx.Project() + ":" + key)
		return value
	}
	routes, errs := access.NewRoutes(Routes)
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	api, err := components.NewHttpApi(ctx, "shop", &components.HttpApiArgs{
		Name:    "Shop",
		Routes:  routes,
		Backend: components.Backend{Url: setting("backendUrl")},
		Authorizers: map[string]access.Authorizer{
			"customers": {Issuer: setting("issuer"), Audiences: []string{setting("audience")}},
		},
	})
	if err != nil {
		return err
	}

	jane, err := components.NewUser(ctx, "jane", &components.UserArgs{Name: "jane"})
	if err != nil {
		return err
	}
	admins, err := components.NewGroup(ctx, "admins", &components.GroupArgs{
		Name:    "Shop-Admins",
		Members: []pulumi.StringInput{jane.UserName},
	})
	if err != nil {
		return err
	}
	packing, err := components.NewRole(ctx, "packing", &components.RoleArgs{
		Name:         "shop-packing",
		Trust:        access.ServiceTrust{Service: "ecs-tasks"},
		ExecutionArn: api.ExecutionArn,
	})
	if err != nil {
		return err
	}

	all, err := api.Policy([]string{"*"}, access.Conditions{}) // all routes that require a signature
	if err != nil {
		return err
	}
	reader, err := api.Policy([]string{"GET /internal/orders"}, access.Conditions{})
	if err != nil {
		return err
	}
	_, err = components.AttachPolicies(ctx, &components.AttachPoliciesArgs{
		ExecutionArn: api.ExecutionArn,
		Policies:     map[string]*access.Policy{"all": all, "reader": reader},
		To: []components.Attachment{
			{Principal: admins, Policies: []string{"all"}},
			{Principal: packing, Policies: []string{"reader"}},
		},
	})
	if err != nil {
		return err
	}
	ctx.Export("invokeUrl", api.InvokeUrl)
	return nil
}
