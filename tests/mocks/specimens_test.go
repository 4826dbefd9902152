package mocks

import (
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
)

// specimen is a component with arguments that use every field.
type specimen struct {
	// name is the kind, and the variant where there are several.
	name, kind string
	// args returns complete arguments for an instance with a name.
	args func(g given, name string) any
	// empty returns arguments without any field.
	empty func() any
	// create creates an instance. Nil stands for nil arguments.
	create func(ctx *pulumi.Context, name string, args any, opts ...pulumi.ResourceOption) (pulumi.Resource, error)
}

// given is what the program around a component passes to it. It is unknown in a
// preview.
type given struct {
	executionArn, policyArn, roleArn, userName, functionName, invokeArn, apiId, topicArn pulumi.StringOutput
}

const (
	boundaryArn = "arn:aws-iso:iam::111122223333:policy/boundary"
	auditArn    = "arn:example:iam::aws:policy/Audit"
	oidcIssuer  = "https://token.actions.githubusercontent.com"
	archivePath = "/builds/service.zip" // the engine reads it, and no component does
)

// tags are copied for every use: each component gets a map of its own.
var tags = map[string]string{"team": "shop", "cost center": "4711"}

var specimens = []specimen{
	specimenOf("HttpApi", components.NewHttpApi, httpApiArgs),
	specimenOf("HttpApi of a function", components.NewHttpApi, functionApiArgs),
	specimenOf("HttpApi of several backends", components.NewHttpApi, backendsApiArgs),
	specimenOf("LambdaFunction", components.NewLambdaFunction, lambdaFunctionArgs),
	specimenOf("ProductService", components.NewProductService, productServiceArgs),
	specimenOf("InvokePolicy", newInvokePolicy, invokePolicyArgs),
	specimenOf("Group", attached(components.NewGroup), groupArgs),
	specimenOf("User", components.NewUser, userArgs),
	specimenOf("Role for instances", attached(components.NewRole), instanceRoleArgs),
	specimenOf("Role for an account", attached(components.NewRole), accountRoleArgs),
	specimenOf("ExistingRole", attached(components.NewExistingRole), existingRoleArgs),
	specimenOf("Role for tokens", attached(components.NewRole), roleFor(access.OidcTrust{
		Issuer: oidcIssuer, Audiences: []string{"sts.amazonaws.com"}, Claims: map[string][]string{"sub": {"repo:acme/shop:*"}},
	})),
	specimenOf("Role for an organization", attached(components.NewRole), roleFor(access.OrganizationTrust{ID: "o-a1b2c3d4e5"})),
	specimenOf("Role for pods", attached(components.NewRole),
		roleFor(access.PodIdentityTrust{Cluster: "main", Namespace: "shop", ServiceAccount: "reader"})),
	specimenOf("Role for a pool", attached(components.NewRole),
		roleFor(access.IdentityPoolTrust{ID: "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", Authenticated: true})),
	specimenOf("OidcProviders", components.NewOidcProviders, oidcProvidersArgs),
	specimenOf("Watch", components.NewWatch, watchArgs),
	specimenOf("Domain", components.NewDomain, domainArgs),
	specimenOf("CallerAccess", components.NewCallerAccess, callerAccessArgs),
}

func specimenOf[A any, C pulumi.Resource](
	name string,
	create func(*pulumi.Context, string, *A, ...pulumi.ResourceOption) (C, error),
	args func(given, string) *A,
) specimen {
	kind, _, _ := strings.Cut(name, " ")
	return specimen{
		name:  name,
		kind:  kind,
		args:  func(g given, name string) any { return args(g, name) },
		empty: func() any { return new(A) },
		create: func(ctx *pulumi.Context, name string, args any, opts ...pulumi.ResourceOption) (pulumi.Resource, error) {
			typed, _ := args.(*A)
			return create(ctx, name, typed, opts...)
		},
	}
}

func watchArgs(g given, name string) *components.WatchArgs {
	return &components.WatchArgs{
		Alarms: &components.Alarms{
			ApiName: name, ApiId: g.apiId, Stage: "live", LogGroupName: g.functionName, Tokens: true, TopicArn: g.topicArn,
			Thresholds: components.Thresholds{Refused: 1, ServerErrors: 2, Throttled: components.MaxLimit},
		},
		AccessAnalyzer: true,
		Tags:           maps.Clone(tags),
	}
}

func httpApiArgs(_ given, name string) *components.HttpApiArgs {
	return &components.HttpApiArgs{
		Name:  name,
		Stage: "live",
		Routes: routesOf(map[string]access.RouteArgs{
			"GET /products":      {},
			"POST /products":     {Authorization: access.IAM},
			"GET /health":        {Authorization: access.Open},
			"ANY /files/{file+}": {},
			"GET /orders":        {Authorization: access.Token, Authorizer: "customers"},
			"POST /orders":       {Authorization: access.Token, Authorizer: "customers", Scopes: []string{"orders/write", "all"}},
		}),
		Authorizers: map[string]access.Authorizer{"customers": {Issuer: "https://shop.eu.auth0.com/", Audiences: []string{"web", "app"}}},
		Cors: &components.Cors{
			AllowOrigins: []string{"https://shop.example.com", "https://app.example.com"}, AllowMethods: []string{"GET"},
			AllowHeaders: []string{"X-Shop"}, ExposeHeaders: []string{"ETag"}, MaxAgeSeconds: 60, AllowCredentials: true,
		},
		Backend:          components.Backend{Url: "https://backend.example.com/v1/"},
		Throttle:         &components.Throttle{RateLimit: 12.5, BurstLimit: 25},
		LogRetentionDays: 90,
		Tags:             maps.Clone(tags),
	}
}

func functionApiArgs(g given, name string) *components.HttpApiArgs {
	args := httpApiArgs(g, name)
	args.Backend = components.Backend{Function: &components.Function{Name: g.functionName, InvokeArn: g.invokeArn}}
	return args
}

// backendsApiArgs has a backend of each kind. GET /health has the default backend.
func backendsApiArgs(g given, name string) *components.HttpApiArgs {
	args := httpApiArgs(g, name)
	args.Backends = map[string]components.Backend{
		"orders": {Url: "https://orders.example.com"},
		"files":  {Function: &components.Function{Name: g.functionName, InvokeArn: g.invokeArn, Qualifier: "live"}},
	}
	args.RouteBackends = map[string]string{
		"GET /products": "orders", "POST /products": "files", "ANY /files/{file+}": "files", "GET /orders": "orders", "POST /orders": "orders",
	}
	args.RouteThrottles = map[string]components.Throttle{
		"POST /orders": {RateLimit: 0.5, BurstLimit: 1}, "GET /health": {RateLimit: 1, BurstLimit: 2},
	}
	return args
}

func lambdaFunctionArgs(given, string) *components.LambdaFunctionArgs {
	return &components.LambdaFunctionArgs{
		Archive:             archivePath,
		LogRetentionDays:    90,
		PermissionsBoundary: pulumi.String(boundaryArn),
		Tags:                maps.Clone(tags),
	}
}

func productServiceArgs(given, string) *components.ProductServiceArgs {
	return &components.ProductServiceArgs{
		Archive:             archivePath,
		DeletionProtection:  true,
		LogRetentionDays:    90,
		PermissionsBoundary: pulumi.String(boundaryArn),
		Tags:                maps.Clone(tags),
	}
}

func routesOf(declared map[string]access.RouteArgs) access.Routes {
	routes, errs := access.NewRoutes(declared)
	if len(errs) > 0 {
		panic(errors.Join(errs...))
	}
	return routes
}

// invokeArgs are the arguments of an InvokePolicy.
type invokeArgs struct {
	ExecutionArn pulumi.StringInput
	Stage        string
	Routes       access.Routes
	Allow        []string
	Conditions   access.Conditions
}

// newInvokePolicy creates a policy that is attached to nobody.
func newInvokePolicy(ctx *pulumi.Context, name string, args *invokeArgs, opts ...pulumi.ResourceOption) (*components.InvokePolicy, error) {
	policies := map[string]*access.Policy{name: nil}
	all := &components.AttachPoliciesArgs{Policies: policies, Tags: maps.Clone(tags)}
	if args != nil {
		policy, err := access.NewPolicy(args.Stage, args.Routes, args.Allow, args.Conditions)
		if err != nil {
			return nil, err
		}
		policies[name], all.ExecutionArn = policy, args.ExecutionArn
	}
	created, err := components.AttachPolicies(ctx, all, opts...)
	return created[name], err
}

func invokePolicyArgs(g given, _ string) *invokeArgs {
	return &invokeArgs{
		ExecutionArn: g.executionArn,
		Stage:        "live",
		Routes:       routesOf(map[string]access.RouteArgs{"GET /products": {}, "POST /products": {}, "PUT /orders/{id}/items": {}}),
		Allow:        []string{"GET /products", "PUT /orders/{id}/items"},
		Conditions: access.Conditions{
			SourceCIDRs:   []string{"203.0.113.0/24", "2001:db8::/32"},
			NotAfter:      time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
			RequireMFA:    true,
			PrincipalTags: map[string]string{"team": "shop"},
		},
	}
}

// attached returns a constructor that also attaches the managed policies.
func attached[A any, P components.Principal](
	create func(*pulumi.Context, string, *A, ...pulumi.ResourceOption) (P, error),
) func(*pulumi.Context, string, *attachedArgs[A], ...pulumi.ResourceOption) (P, error) {
	return func(ctx *pulumi.Context, name string, args *attachedArgs[A], opts ...pulumi.ResourceOption) (P, error) {
		if args == nil {
			return create(ctx, name, nil, opts...)
		}
		principal, err := create(ctx, name, &args.Args, opts...)
		if err != nil {
			return principal, err
		}
		_, err = components.AttachPolicies(ctx, &components.AttachPoliciesArgs{
			To: []components.Attachment{{Principal: principal, Managed: args.Managed}},
		})
		return principal, err
	}
}

type attachedArgs[A any] struct {
	Args    A
	Managed map[string]pulumi.StringInput
}

func groupArgs(g given, name string) *attachedArgs[components.GroupArgs] {
	return &attachedArgs[components.GroupArgs]{
		Args:    components.GroupArgs{Name: name, Members: []pulumi.StringInput{g.userName, pulumi.String("ann")}},
		Managed: map[string]pulumi.StringInput{"reader": g.policyArn, "audit": pulumi.String(auditArn)},
	}
}

func userArgs(_ given, name string) *components.UserArgs {
	return &components.UserArgs{
		Name:                name,
		AccessKey:           true,
		PermissionsBoundary: pulumi.String(boundaryArn),
		Tags:                maps.Clone(tags),
	}
}

func instanceRoleArgs(g given, name string) *attachedArgs[components.RoleArgs] {
	return &attachedArgs[components.RoleArgs]{
		Args: components.RoleArgs{
			Name:                name,
			ExecutionArn:        g.executionArn,
			Trust:               access.ServiceTrust{Service: access.EC2},
			PermissionsBoundary: pulumi.String(boundaryArn),
			Tags:                maps.Clone(tags),
		},
		Managed: map[string]pulumi.StringInput{"reader": g.policyArn},
	}
}

func accountRoleArgs(g given, name string) *attachedArgs[components.RoleArgs] {
	return &attachedArgs[components.RoleArgs]{
		Args: components.RoleArgs{
			Name:         name,
			ExecutionArn: g.executionArn,
			Trust: access.AccountTrust{
				AccountID:  "444455556666",
				Principals: []string{"user/team/my-user", "role/deployer"},
				ExternalID: "partner-7",
				RequireMFA: true,
			},
			MaxSessionSeconds:   7200,
			PermissionsBoundary: pulumi.String(boundaryArn),
			Tags:                maps.Clone(tags),
		},
		Managed: map[string]pulumi.StringInput{"reader": g.policyArn},
	}
}

func existingRoleArgs(g given, name string) *attachedArgs[components.ExistingRoleArgs] {
	return &attachedArgs[components.ExistingRoleArgs]{
		Args:    components.ExistingRoleArgs{Name: name, Arn: g.roleArn},
		Managed: map[string]pulumi.StringInput{"reader": g.policyArn},
	}
}

// roleFor returns a function that makes arguments of a role. Each result has its own copy
// of the trust.
func roleFor(trust access.Trust) func(given, string) *attachedArgs[components.RoleArgs] {
	return func(g given, name string) *attachedArgs[components.RoleArgs] {
		args := instanceRoleArgs(g, name)
		args.Args.Trust = trust.Clone()
		return args
	}
}

func oidcProvidersArgs(given, string) *components.OidcProvidersArgs {
	return &components.OidcProvidersArgs{
		Providers: map[string]access.OidcProvider{
			oidcIssuer:           {Audiences: []string{"sts.amazonaws.com"}},
			"https://gitlab.com": {Audiences: []string{"shop", "bank"}, Thumbprints: []string{"0123456789abcdef0123456789abcdef01234567"}},
		},
		Tags: maps.Clone(tags),
	}
}

func callerAccessArgs(g given, name string) *components.CallerAccessArgs {
	return &components.CallerAccessArgs{
		RoleArns:  []pulumi.StringInput{g.roleArn},
		GroupName: name,
		Members:   []string{"my-user", "your-user"},
		Roles:     []string{"deployer-of-" + name},
		Tags:      maps.Clone(tags),
	}
}

// give registers the resources that are passed to components, directly below the stack.
func give(ctx *pulumi.Context) (given, error) {
	api, err := apigatewayv2.NewApi(ctx, "given", &apigatewayv2.ApiArgs{ProtocolType: pulumi.String("HTTP")})
	if err != nil {
		return given{}, err
	}
	policy, err := iam.NewPolicy(ctx, "given", &iam.PolicyArgs{Policy: pulumi.String("{}")})
	if err != nil {
		return given{}, err
	}
	role, err := iam.NewRole(ctx, "given", &iam.RoleArgs{Name: pulumi.String("given"), AssumeRolePolicy: pulumi.String("{}")})
	if err != nil {
		return given{}, err
	}
	user, err := iam.NewUser(ctx, "given", &iam.UserArgs{Name: pulumi.String("given-user")})
	if err != nil {
		return given{}, err
	}
	function, err := lambda.NewFunction(ctx, "given", &lambda.FunctionArgs{Role: role.Arn})
	return given{api.ExecutionArn, policy.Arn, role.Arn, user.Name, function.Name, function.InvokeArn, api.ID().ToStringOutput(), function.Arn}, err
}
