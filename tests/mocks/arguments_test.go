package mocks

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

// problem is a line of an error: the field, the value as printed, and what is
// accepted.
type problem struct{ field, value, accepted string }

// refusal is a change of good arguments to bad ones.
type refusal[A any] struct {
	name     string
	change   func(a *A)
	problems []problem
}

func TestHttpApiRefuses(t *testing.T) {
	type args = components.HttpApiArgs
	refuse(t, "HttpApi", []refusal[args]{
		{"no name", func(a *args) { a.Name = "" }, []problem{{"Name", `""`, "1 to 128 letters"}}},
		{"a stage with a slash", func(a *args) { a.Stage = "a/b" }, []problem{{"Stage", `"a/b"`, `or "$default"`}}},
		{"no backend", func(a *args) { a.Backend.Url = "" }, []problem{{"Backend.Url or Backend.Function", "", "must be set"}}},
		{"a backend without TLS", func(a *args) { a.Backend.Url = "http://x.example" }, []problem{{"Backend.Url", `"http://x.example"`, "must be an https URL"}}},
		{"a backend with a password", func(a *args) { a.Backend.Url = "https://ann:hunter2@x.example" }, []problem{{"Backend.Url", `"https://…@x.example"`, "without user"}}},
		{"two backends", func(a *args) { a.Backend.Function = &aFunction }, []problem{{"Backend.Url", `"https://backend.example.com/v1/"`, "must not be set together with Backend.Function"}}},
		{"two backends, one with a password", func(a *args) {
			a.Backend = components.Backend{Url: "https://ann:hunter2@x.example", Function: &components.Function{}}
		}, []problem{{"Backend.Url", `"https://…@x.example"`, "must not be set together with Backend.Function"}}},
		{"a function of nothing", func(a *args) { a.Backend = components.Backend{Function: &components.Function{}} }, []problem{
			{"Backend.Function.Name", "", "must be set"},
			{"Backend.Function.InvokeArn", "", "must be set"},
		}},
		{"headers of a function", func(a *args) {
			a.Backend = components.Backend{Function: &aFunction, Headers: map[string]pulumi.StringInput{"x-a": pulumi.String("hunter2")}}
		}, []problem{{"Backend.Headers", `"x-a"`, "only requests to a URL"}}},
		{"wrong headers", func(a *args) {
			a.Backend.Headers = map[string]pulumi.StringInput{"Via": pulumi.String("hunter2"), "x-caller-arn": pulumi.String("hunter2"), "x-a": nil}
		}, []problem{{"Backend.Headers", `"Via"`, "lower case"}, {"Backend.Headers", `"x-caller-arn"`, "API Gateway sets"}, {`Backend.Headers["x-a"]`, "", "must be set"}}},
		{"no backend for one of the routes", func(a *args) {
			a.Backend = components.Backend{}
			a.Backends = map[string]components.Backend{"b": {Url: "https://b.example"}}
			a.RouteBackends = map[string]string{"GET /products": "b"}
		}, []problem{{"Backend.Url or Backend.Function", "", "must be set"}}},
		{"a backend that is not declared", func(a *args) { a.RouteBackends = map[string]string{"GET /products": "b"} },
			[]problem{{`RouteBackends["GET /products"]`, `"b"`, "must be one of Backends"}}},
		{"a backend of a route that is not declared", func(a *args) {
			a.Backends = map[string]components.Backend{"b": {Url: "https://b.example"}}
			a.RouteBackends = map[string]string{"PUT /products": "b"}
		}, []problem{{"RouteBackends", `"PUT /products"`, "must be the key of one of Routes"}}},
		{"bad further backends", func(a *args) {
			a.Backends = map[string]components.Backend{"a": {}, "b": {Url: "http://b.example"}, "c": {Function: &components.Function{Name: pulumi.String("f")}}, "": {Url: "https://b.example"}}
		}, []problem{
			{`Backends["a"].Url or Backends["a"].Function`, "", "must be set"}, {`Backends["b"].Url`, `"http://b.example"`, "must be an https URL"},
			{`Backends["c"].Function.InvokeArn`, "", "must be set"}, {"Backends", "", "the name of each: must be set"},
		}},
		{"half a throttle of a route", func(a *args) { a.RouteThrottles = map[string]components.Throttle{"GET /products": {BurstLimit: 5}} },
			[]problem{{`RouteThrottles["GET /products"]`, "RateLimit:0, BurstLimit:5", "must set both limits"}}},
		{"a throttle of a route that is not declared", func(a *args) {
			a.RouteThrottles = map[string]components.Throttle{"PUT /products": {RateLimit: 1, BurstLimit: 5}}
		}, []problem{{"RouteThrottles", `"PUT /products"`, "must be the key of one of Routes"}}},
		{"a retention that CloudWatch does not know", func(a *args) { a.LogRetentionDays = 8 }, []problem{{"LogRetentionDays", "8", "one of 1, 3, 5, 7, 14,"}}},
		{"half a throttle", func(a *args) { a.Throttle = &components.Throttle{RateLimit: 5} }, []problem{{"Throttle", "RateLimit:5, BurstLimit:0", "must set both limits"}}},
		{"a throttle that is not a number", func(a *args) { a.Throttle.RateLimit = math.NaN() }, []problem{{"Throttle", "NaN", "the rate above 0"}}},
		{"an endless throttle", func(a *args) { a.Throttle.RateLimit = math.Inf(1) }, []problem{{"Throttle", "+Inf", "at most 1000000"}}},
		{"no routes", func(a *args) { a.Routes = nil }, []problem{{"Routes", "0", "1 to 300 routes"}}},
		{"too many routes", func(a *args) { a.Routes = manyRoutes(301) }, []problem{{"Routes", "301", "1 to 300 routes"}}},
		{"a route without authorization", func(a *args) { a.Routes[0].Authorization = "" }, []problem{{"Routes", `"ANY /files/{file+}"`, "access.NewRoutes"}}},
		{"a route too long to call", func(a *args) { a.Routes = routesOf(map[string]access.RouteArgs{"GET /" + long(1600): {}}) }, []problem{{"Routes", `"GET /`, "API Gateway takes at most 1600"}}},
		{"a route with scopes under IAM", func(a *args) { a.Routes[0].Scopes = []string{"read"} }, []problem{{"Routes", `"ANY /files/{file+}"`, "only tokens have scopes"}}},
		{"no authorizers", func(a *args) { a.Authorizers = nil }, []problem{
			{"Routes", `"GET /orders" has the authorizer "customers"`, "must be one of Authorizers"},
			{"Routes", `"POST /orders" has the authorizer "customers"`, "must be one of Authorizers"},
		}},
		{"a reserved name of an authorizer", func(a *args) {
			a.Authorizers["iam"] = access.Authorizer{Issuer: "https://x.example", Audiences: []string{"a"}}
		}, []problem{{"Authorizers", `"iam"`, "authorizations without an authorizer"}}},
		{"an authorizer without audiences", func(a *args) { a.Authorizers["b"] = access.Authorizer{Issuer: "https://x.example"} },
			[]problem{{`Authorizers["b"]`, `audiences: []`, "must be 1 to 50 audiences"}}},
		{"too many authorizers", func(a *args) {
			for i := range 10 {
				a.Authorizers[fmt.Sprint(i)] = access.Authorizer{Issuer: "https://x.example", Audiences: []string{fmt.Sprint(i)}}
			}
		}, []problem{{"Authorizers", "11", "at most 10 authorizers"}}},
		{"no origins", func(a *args) { a.Cors = &components.Cors{} }, []problem{{"Cors: allowOrigins", "[]", "must be a list of origins"}}},
		{"an origin with a path, and a long age", func(a *args) {
			a.Cors = &components.Cors{AllowOrigins: []string{"https://x.example/"}, MaxAgeSeconds: 86401}
		}, []problem{{"Cors: allowOrigins[0]", `"https://x.example/"`, "without a slash"}, {"Cors: maxAgeSeconds", "86401", "0 to 86400"}}},
		{"all origins, with credentials", func(a *args) { a.Cors = &components.Cors{AllowOrigins: []string{"*"}, AllowCredentials: true} },
			[]problem{{"Cors: allowOrigins[0]", `"*"`, "with allowCredentials"}}},
		{"a method that no route takes", func(a *args) {
			a.Routes, a.Cors.AllowMethods = routesOf(map[string]access.RouteArgs{"GET /x": {}}), []string{"PUT"}
		}, []problem{{"Cors: allowMethods[0]", `"PUT"`, "that a route takes: GET"}}},
		{"a reserved tag", func(a *args) { a.Tags["aws:x"] = "y" }, []problem{{"Tags", `"aws:x"`, `not beginning with "aws:"`}}},
		{"all at once", func(a *args) { *a = args{Stage: " ", LogRetentionDays: -1, Throttle: &components.Throttle{}} }, []problem{
			{"Name", `""`, "1 to 128 letters"},
			{"Stage", `" "`, `or "$default"`},
			{"Backend.Url or Backend.Function", "", "must be set"},
			{"LogRetentionDays", "-1", "one of 1,"},
			{"Throttle", "RateLimit:0, BurstLimit:0", "must set both limits"},
			{"Routes", "0", "1 to 300 routes"},
		}},
	})
}

var aFunction = components.Function{Name: pulumi.String("name"), InvokeArn: pulumi.String("arn")}

func TestProductServiceRefuses(t *testing.T) {
	type args = components.ProductServiceArgs
	refuse(t, "ProductService", []refusal[args]{
		{"no archive", func(a *args) { a.Archive = "" }, []problem{{"Archive", "", "must be set"}}},
		{"a retention that CloudWatch does not know", func(a *args) { a.LogRetentionDays = 8 }, []problem{{"LogRetentionDays", "8", "one of 1, 3, 5, 7, 14,"}}},
		{"a reserved tag", func(a *args) { a.Tags["aws:x"] = "y" }, []problem{{"Tags", `"aws:x"`, `not beginning with "aws:"`}}},
		{"all at once", func(a *args) { *a = args{LogRetentionDays: -1, Tags: map[string]string{"": "", "k": long(257)}} }, []problem{
			{"Archive", "", "must be set"},
			{"LogRetentionDays", "-1", "one of 1,"},
			{"Tags", `""`, "1 to 128 characters"},
			{"Tags", long(257), "up to 256 characters"},
		}},
	})
}

// TestAttachPoliciesRefuses attaches policies to a group and a role. Every problem
// is reported before anything is registered for it.
func TestAttachPoliciesRefuses(t *testing.T) {
	type args = components.AttachPoliciesArgs
	for name, row := range map[string]struct {
		change   func(a *args)
		problems []problem
	}{
		"no API":                      {func(a *args) { a.ExecutionArn = nil }, []problem{{"ExecutionArn", "", "must be set"}}},
		"a policy without a name":     {func(a *args) { a.Policies[""] = a.Policies["reader"] }, []problem{{"Policies", `""`, "1 to 96 characters"}}},
		"a policy without NewPolicy":  {func(a *args) { a.Policies["writer"] = &access.Policy{} }, []problem{{"Policies", `"writer"`, "access.NewPolicy"}}},
		"a policy that is not set":    {func(a *args) { a.Policies["writer"] = nil }, []problem{{"Policies", `"writer"`, "access.NewPolicy"}}},
		"a tag with a line break":     {func(a *args) { a.Tags = map[string]string{"team": "a\nb"} }, []problem{{"Tags", `"a\nb"`, "up to 256 characters"}}},
		"an ARN without a name":       {func(a *args) { a.To[0].Managed[""] = pulumi.String("x") }, []problem{{"To[0].Managed", `""`, "1 to 128 characters"}}},
		"an ARN that is not set":      {func(a *args) { a.To[1].Managed = map[string]pulumi.StringInput{"x": nil} }, []problem{{"To[1].Managed[x]", "", "must be set"}}},
		"too many policies":           {func(a *args) { a.To[1].Managed = many(10, "p%d", pulumi.StringInput(pulumi.String("arn"))) }, []problem{{"To[1]", "11", "at most 10 policies"}}},
		"a policy that is not listed": {func(a *args) { a.To[1].Policies = []string{"writer"} }, []problem{{"To[1].Policies", `"writer"`, "one of Policies"}}},
		"two policies of one name":    {func(a *args) { a.To[0].Managed["reader"] = pulumi.String("x") }, []problem{{"To[0]", `"reader"`, "rename one"}}},
		"no principal":                {func(a *args) { a.To[1].Principal = nil }, []problem{{"To[1].Principal", "", "must be set"}}},
		"a principal twice":           {func(a *args) { a.To[1].Principal = a.To[0].Principal }, []problem{{"To[1].Principal", `"given-group"`, "list all of them at once"}}},
		"two policies of one fixed name": {func(a *args) {
			a.Policies["b"], a.Policies["c"] = staff(t, a, "Staff", 2), staff(t, a, "STAFF-1", 1)
		}, []problem{{"Policies", `"c"`, `the policy "b", too`}}},
		"MFA on an existing role": {func(a *args) {
			a.To = []components.Attachment{{Principal: new(components.ExistingRole), Policies: []string{"mfa"}}}
		}, []problem{{"To[0].Policies", `"mfa"`, "a role's session never shows"}}},
		"MFA on a role": {func(a *args) { a.To[1].Policies = []string{"mfa"} }, []problem{{"To[1].Policies", `"mfa"`, "a role's session never shows"}}},
		"three problems": {func(a *args) { a.ExecutionArn, a.To[0].Principal, a.To[1].Policies = nil, nil, []string{"writer"} }, []problem{
			{"ExecutionArn", "", "must be set"}, {"To[0].Principal", "", "must be set"}, {"To[1].Policies", `"writer"`, "one of Policies"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			requireRefused(t, "AttachPolicies", row.problems, func(ctx *pulumi.Context, g given) error {
				group, err := components.NewGroup(ctx, "given-group", &components.GroupArgs{Name: "group"})
				if err != nil {
					return err
				}
				role, err := components.NewRole(ctx, "given-role", &instanceRoleArgs(g, "role").Args)
				if err != nil {
					return err
				}
				p := invokePolicyArgs(g, "")
				withMFA, err := access.NewPolicy(p.Stage, p.Routes, p.Allow, access.Conditions{RequireMFA: true})
				if err != nil {
					return err
				}
				reader, err := access.NewPolicy(p.Stage, p.Routes, p.Allow, access.Conditions{})
				if err != nil {
					return err
				}
				a := &args{ExecutionArn: g.executionArn, Policies: map[string]*access.Policy{"reader": reader, "mfa": withMFA}, To: []components.Attachment{
					{Principal: group, Policies: []string{"reader"}, Managed: map[string]pulumi.StringInput{"audit": pulumi.String(auditArn)}},
					{Principal: role, Policies: []string{"reader"}},
				}}
				row.change(a)
				_, err = components.AttachPolicies(ctx, a)
				return err
			})
		})
	}
}

// staff returns the reader policy under a fixed name.
func staff(t *testing.T, a *components.AttachPoliciesArgs, name string, documents int) *access.Policy {
	policy, err := a.Policies["reader"].Named(access.Naming{Name: name, Documents: documents})
	require.NoError(t, err)
	return policy
}

// TestPoliciesAreAttachedOnce checks that a principal gets no more policies once
// its list is closed.
func TestPoliciesAreAttachedOnce(t *testing.T) {
	recorder.Run{}.Must(t, func(ctx *pulumi.Context) error {
		group, err := components.NewGroup(ctx, "group", &components.GroupArgs{Name: "group"})
		require.NoError(t, err)
		args := &components.AttachPoliciesArgs{To: []components.Attachment{{Principal: group}}}
		_, err = components.AttachPolicies(ctx, args)
		require.NoError(t, err)
		_, err = components.AttachPolicies(ctx, args)
		require.ErrorContains(t, err, `To[0].Principal: "group" has its policies already`)
		return nil
	})
}

func TestGroupRefuses(t *testing.T) {
	type args = attachedArgs[components.GroupArgs]
	refuse(t, "Group", []refusal[args]{
		{"no name", func(a *args) { a.Args.Name = "" }, []problem{{"Name", `""`, "1 to 128 characters"}}},
		{"a name with a space", func(a *args) { a.Args.Name = "a b" }, []problem{{"Name", `"a b"`, "1 to 128 characters"}}},
		{"a member that is not set", func(a *args) { a.Args.Members[1] = nil }, []problem{{"Members[1]", "", "must be set"}}},
	})
}

func TestUserRefuses(t *testing.T) {
	type args = components.UserArgs
	refuse(t, "User", []refusal[args]{
		{"no name", func(a *args) { a.Name = "" }, []problem{{"Name", `""`, "1 to 64 characters"}}},
		{"too many tags", func(a *args) { a.Tags = many(51, "t%d", "") }, []problem{{"Tags", "51", "at most 50"}}},
		{"a name and a tag", func(a *args) { a.Name, a.Tags[""] = "a/b", "" }, []problem{
			{"Name", `"a/b"`, "1 to 64 characters"},
			{"Tags", `""`, "1 to 128 characters"},
		}},
	})
}

func TestRoleRefuses(t *testing.T) {
	type args = attachedArgs[components.RoleArgs]
	trusting := func(change func(*access.AccountTrust)) func(a *args) {
		return func(a *args) {
			trust := a.Args.Trust.(access.AccountTrust)
			change(&trust)
			a.Args.Trust = trust
		}
	}
	type trust = *access.AccountTrust
	refuse(t, "Role for an account", []refusal[args]{
		{"no name", func(a *args) { a.Args.Name = "" }, []problem{{"Name", `""`, "1 to 64 characters"}}},
		{"no API", func(a *args) { a.Args.ExecutionArn = nil }, []problem{{"ExecutionArn", "", "must be set"}}},
		{"no trust", func(a *args) { a.Args.Trust = nil }, []problem{{"Trust", "", "must be set"}}},
		{"an unknown service", func(a *args) { a.Args.Trust = access.ServiceTrust{Service: "ec3"} }, []problem{{"Trust: service", `"ec3"`, "must be a service that assumes roles"}}},
		{"claims that anyone can have", func(a *args) {
			a.Args.Trust = access.OidcTrust{Issuer: oidcIssuer, Audiences: []string{"a"}, Claims: map[string][]string{"sub": {"repo:*"}}}
		}, []problem{{"Trust: claims.sub[0]", `"repo:*"`, "must begin with repo:OWNER/"}}},
		{"eleven digits", trusting(func(t trust) { t.AccountID = "44445555666" }), []problem{{"Trust: account", `"44445555666"`, "12 digits"}}},
		{"MFA of roles", trusting(func(t trust) { t.Principals = []string{"role/x"} }), []problem{{"Trust: requireMfa", "true", "a role's session never shows MFA"}}},
		{"a trust policy that is too large", trusting(func(t trust) {
			t.ExternalID, t.Principals = long(1224), slices.Collect(maps.Keys(many(10, "user/%d"+long(60), "")))
		}), []problem{{"Trust", "", "a role's trust policy takes at most 2048"}}},
		{"a long session", func(a *args) { a.Args.MaxSessionSeconds = 43201 }, []problem{{"MaxSessionSeconds", "43201", "3600 to 43200"}}},
		{"a reserved tag", func(a *args) { a.Args.Tags["AWS:x"] = "" }, []problem{{"Tags", `"AWS:x"`, `not beginning with "aws:"`}}},
	})
}

func TestExistingRoleRefuses(t *testing.T) {
	type args = attachedArgs[components.ExistingRoleArgs]
	refuse(t, "ExistingRole", []refusal[args]{
		{"an ARN", func(a *args) { a.Args.Name = "arn:aws:iam::111122223333:role/x" }, []problem{{"Name", `"arn:`, "1 to 64 characters"}}},
		{"a service-linked role", func(a *args) { a.Args.Name = "AWSServiceRoleForECS" }, []problem{{"Name", `"AWSServiceRoleForECS"`, "is a service-linked role"}}},
	})
}

func TestOidcProvidersRefuse(t *testing.T) {
	type args = components.OidcProvidersArgs
	refuse(t, "OidcProviders", []refusal[args]{
		{"a bad issuer", func(a *args) { a.Providers["http://x.example.com"] = access.OidcProvider{Audiences: []string{"a"}} },
			[]problem{{"Providers", `"http://x.example.com"`, "no issuer without TLS"}}},
		{"no audiences", func(a *args) { a.Providers[oidcIssuer] = access.OidcProvider{} },
			[]problem{{`Providers["` + oidcIssuer + `"]: audiences`, "[]", "1 to 100 audiences"}}},
		{"a reserved tag", func(a *args) { a.Tags["AWS:x"] = "" }, []problem{{"Tags", `"AWS:x"`, `not beginning with "aws:"`}}},
	})
}

func TestCallerAccessRefuses(t *testing.T) {
	type args = components.CallerAccessArgs
	refuse(t, "CallerAccess", []refusal[args]{
		{"no roles to assume", func(a *args) { a.RoleArns = nil }, []problem{{"RoleArns", "", "must be set"}}},
		{"a role that is not set", func(a *args) { a.RoleArns = []pulumi.StringInput{nil} }, []problem{{"RoleArns[0]", "", "must be set"}}},
		{"members of no group", func(a *args) { a.GroupName = "" }, []problem{{"Members", `"my-user"`, "without GroupName"}}},
		{"a group with a slash", func(a *args) { a.GroupName = "a/b" }, []problem{{"GroupName", `"a/b"`, "1 to 128 characters"}}},
		{"a member twice", func(a *args) { a.Members = []string{"ann", "Ann"} }, []problem{{"Members: [1]", `"Ann"`, "appears twice"}}},
		{"a member with an ARN", func(a *args) { a.Members[0] = "arn:aws:iam::444455556666:user/x" }, []problem{{"Members: [0]", "user/x", "1 to 64 characters"}}},
	})
}

// TestNamesThatPhysicalNamesBeginWith checks the components whose own name becomes
// part of a name on AWS.
func TestNamesThatPhysicalNamesBeginWith(t *testing.T) {
	for kind, accepted := range map[string]string{
		"HttpApi":        "1 to 256 letters",
		"ProductService": "1 to 47 letters",
		"CallerAccess":   "1 to 96 characters",
	} {
		for _, name := range []string{"", "my component", long(257)} {
			t.Run(kind+" "+name, func(t *testing.T) {
				s := find(kind)
				requireRefused(t, fmt.Sprintf("%s %q", kind, name), []problem{{"name", fmt.Sprintf("%q", name), accepted}},
					func(ctx *pulumi.Context, g given) error {
						_, err := s.create(ctx, name, s.args(g, "one"))
						return err
					})
			})
		}
	}
}

// TestNothingAndEmptyArgumentsAreRefused passes nil, and arguments without any
// field: the errors name every required field and nothing else.
func TestNothingAndEmptyArgumentsAreRefused(t *testing.T) {
	required := map[string][]problem{
		"HttpApi":        {{"Name", `""`, "must be"}, {"Backend.Url or Backend.Function", "", "must be set"}, {"Routes", "0", "must be"}},
		"ProductService": {{"Archive", "", "must be set"}},
		"LambdaFunction": {{"Archive", "", "must be set"}},
		"Group":          {{"Name", `""`, "must be"}},
		"User":           {{"Name", `""`, "must be"}},
		"Role":           {{"Name", `""`, "must be"}, {"ExecutionArn", "", "must be set"}, {"Trust", "", "must be set"}},
		"ExistingRole":   {{"Name", `""`, "must be"}, {"Arn", "", "must be set"}},
		"Domain":         {{"Name", `""`, "must be"}, {"CertificateArn", `""`, "must be"}},
		"OidcProviders":  {{"Providers", "", "must be set"}},
		"Watch":          {{"Alarms or AccessAnalyzer", "", "must be set"}},
		"CallerAccess":   {{"RoleArns", "", "must be set"}, {"GroupName or Roles", "", "must be set"}},
	}
	for _, s := range specimens {
		if s.kind == "InvokePolicy" {
			continue // TestAttachPoliciesRefuses checks its arguments
		}
		for name, args := range map[string]any{"nil": nil, "empty": s.empty()} {
			t.Run(s.name+" "+name, func(t *testing.T) {
				requireRefused(t, s.kind+` "one"`, required[s.kind], func(ctx *pulumi.Context, _ given) error {
					_, err := s.create(ctx, "one", args)
					return err
				})
			})
		}
	}
}

// refuse creates a component with each row's arguments.
func refuse[A any](t *testing.T, kind string, rows []refusal[A]) {
	t.Helper()
	s := find(kind)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			requireRefused(t, s.kind+` "one"`, row.problems, func(ctx *pulumi.Context, g given) error {
				args := s.args(g, "one").(*A)
				row.change(args)
				_, err := s.create(ctx, "one", args)
				return err
			})
		})
	}
}

// requireRefused checks the error, a line for each problem of what is refused, and
// that nothing is registered, neither in an update nor in a preview.
func requireRefused(t *testing.T, what string, problems []problem, create func(*pulumi.Context, given) error) {
	t.Helper()
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		var refused error
		recording := run.Must(t, func(ctx *pulumi.Context) error {
			g, err := give(ctx)
			refused = create(ctx, g)
			return err
		})
		for _, r := range ofComponents(recording) {
			require.Contains(t, recording.Root(t, r).Name, "given-", "%s is registered although refused", r)
			require.NotContains(t, r.Type, "PolicyAttachment", "%s is registered although refused", r)
		}
		require.Error(t, refused)
		got := strings.Split(refused.Error(), "\n")
		require.Len(t, got, len(problems), "%v", refused)
		for _, p := range problems {
			start := what + ": " + p.field + ": "
			require.True(t, slices.ContainsFunc(got, func(line string) bool {
				return strings.HasPrefix(line, start) && strings.Contains(line, p.value) && strings.Contains(line, p.accepted)
			}), "no line %q with %q and %q in:\n%v", start, p.value, p.accepted, refused)
		}
	})
}
