package docs

import (
	"errors"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/mocks/recorder"
)

// example is the program of docs/components.md, in its order.
func example(ctx *pulumi.Context, archive string) error {
	service, err := components.NewProductService(ctx, "products", &components.ProductServiceArgs{
		Archive: archive,
	})
	if err != nil {
		return err
	}

	buyers, err := components.NewGroup(ctx, "buyers", &components.GroupArgs{Name: "Buyers"})
	if err != nil {
		return err
	}
	orderRoutes, errs := access.NewRoutes(map[string]access.RouteArgs{"POST /orders": {}})
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	routes, errs := access.NewRoutes(map[string]access.RouteArgs{
		"GET /products":  {},
		"POST /products": {},
		"GET /catalog":   {Authorization: access.Token, Authorizer: "customers", Scopes: []string{"catalog.read"}},
	})
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	api, err := components.NewHttpApi(ctx, "api", &components.HttpApiArgs{
		Name:    "Products",
		Routes:  routes,
		Backend: components.Backend{Function: &service.Function},
		Authorizers: map[string]access.Authorizer{
			"customers": {Issuer: "https://issuer.example.com", Audiences: []string{"shop"}},
		},
	})
	if err != nil {
		return err
	}

	jane, err := components.NewUser(ctx, "jane", &components.UserArgs{Name: "jane"})
	if err != nil {
		return err
	}
	editors, err := components.NewGroup(ctx, "editors", &components.GroupArgs{
		Name:    "Editors",
		Members: []pulumi.StringInput{jane.UserName},
	})
	if err != nil {
		return err
	}

	checkout, err := components.NewRole(ctx, "checkout", &components.RoleArgs{
		Name:         "checkout",
		Trust:        access.ServiceTrust{Service: "lambda"},
		ExecutionArn: api.ExecutionArn,
	})
	if err != nil {
		return err
	}
	partner, err := components.NewRole(ctx, "partner", &components.RoleArgs{
		Name:         "partner",
		Trust:        access.AccountTrust{AccountID: "444455556666", Principals: []string{"user/my-user"}},
		ExecutionArn: api.ExecutionArn,
	})
	if err != nil {
		return err
	}

	reader, err := api.Policy([]string{"GET /products"}, access.Conditions{})
	if err != nil {
		return err
	}
	editor, err := api.Policy([]string{"GET /products", "POST /products"}, access.Conditions{RequireMFA: true})
	if err != nil {
		return err
	}
	_, err = components.AttachPolicies(ctx, &components.AttachPoliciesArgs{
		ExecutionArn: api.ExecutionArn,
		Policies:     map[string]*access.Policy{"reader": reader, "editor": editor},
		To: []components.Attachment{
			{Principal: editors, Policies: []string{"editor"}},
			{Principal: checkout, Policies: []string{"reader"}},
			{Principal: partner, Policies: []string{"reader"}},
		},
	})
	if err != nil {
		return err
	}

	orders, err := components.NewHttpApi(ctx, "orders", &components.HttpApiArgs{
		Name:    "Orders",
		Routes:  orderRoutes,
		Backend: components.Backend{Url: "https://orders.example.com"},
	})
	if err != nil {
		return err
	}
	write, err := orders.Policy([]string{"POST /orders"}, access.Conditions{RequireMFA: true})
	if err != nil {
		return err
	}
	buyer, err := access.Span(map[string]*access.Policy{"products": reader, "orders": write})
	if err != nil {
		return err
	}
	_, err = components.AttachPolicies(ctx, &components.AttachPoliciesArgs{
		ExecutionArns: map[string]pulumi.StringInput{"products": api.ExecutionArn, "orders": orders.ExecutionArn},
		Policies:      map[string]*access.Policy{"buyer": buyer},
		To:            []components.Attachment{{Principal: buyers, Policies: []string{"buyer"}}},
	})
	if err != nil {
		return err
	}

	_, err = components.NewWatch(ctx, "watch", &components.WatchArgs{
		Alarms: &components.Alarms{
			ApiName:      "Products",
			ApiId:        api.ApiId,
			Stage:        api.Stage,
			LogGroupName: api.LogGroupName,
			Tokens:       true, // there is an authorizer
			TopicArn:     pulumi.String("arn:aws:sns:us-east-1:111122223333:ops"),
			Thresholds:   components.Thresholds{Refused: 20}, // the others have defaults
		},
	})
	if err != nil {
		return err
	}
	return nil
}

// callerExample is the program of the other account there.
func callerExample(ctx *pulumi.Context) error {
	_, err := components.NewCallerAccess(ctx, "callers", &components.CallerAccessArgs{
		RoleArns:  pulumi.ToStringArray([]string{"arn:aws:iam::111122223333:role/partner"}),
		GroupName: "Partner-Callers",
		Members:   []string{"my-user"},
	})
	if err != nil {
		return err
	}
	return nil
}

func TestExamples(t *testing.T) {
	program := archive.Make(t, "1")
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := run.Must(t, func(ctx *pulumi.Context) error { return example(ctx, program) })
		assert.Len(t, recording.All("aws:apigatewayv2/route:Route"), 4)
		assert.Len(t, recording.All(components.TypeInvokePolicy), 3)
		assert.Len(t, recording.All("aws:iam/groupPolicyAttachment:GroupPolicyAttachment"), 2)
		assert.Len(t, recording.All("aws:iam/rolePolicyAttachment:RolePolicyAttachment"), 3, "of two roles and the function's")

		recording = run.Must(t, callerExample)
		assert.Len(t, recording.All("aws:iam/policy:Policy"), 1)
	})
}

// TestExamplesAreThosePrinted compares the blocks of docs/components.md with the
// functions above.
func TestExamplesAreThosePrinted(t *testing.T) {
	code := strings.ReplaceAll(read(t, "tests/docs/example_test.go"), "\n\t", "\n")
	blocks := page{text: read(t, "docs/components.md")}.blocks("go")
	require.Len(t, blocks, 8)
	for _, block := range blocks {
		_, after, found := strings.Cut(code, "\n"+block)
		assert.True(t, found, "no function has this, after the blocks before it:\n%s", block)
		code = "\n" + after
	}
}
