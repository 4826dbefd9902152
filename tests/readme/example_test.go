package readme

import (
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

// example is the README's.
func example(ctx *pulumi.Context) error {
	routes, errs := access.NewRoutes(map[string]access.Authorization{"GET /orders": access.IAM})
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	api, err := components.NewHttpApi(ctx, "orders", &components.HttpApiArgs{
		Name:    "Orders",
		Routes:  routes,
		Backend: components.Backend{Url: "https://orders.example.com"},
	})
	if err != nil {
		return err
	}
	reader, err := api.Policy([]string{"GET /orders"}, access.Conditions{})
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
	_, err = components.AttachPolicies(ctx, &components.AttachPoliciesArgs{
		ExecutionArn: api.ExecutionArn,
		Policies:     map[string]*access.Policy{"orders-reader": reader},
		To:           []components.Attachment{{Principal: checkout, Policies: []string{"orders-reader"}}},
	})
	return err
}

func TestExample(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := run.Must(t, example)
		assert.Len(t, recording.All("aws:iam/policy:Policy"), 1)
		assert.Len(t, recording.All("aws:apigatewayv2/route:Route"), 1)
		assert.Len(t, recording.All("aws:iam/rolePolicyAttachment:RolePolicyAttachment"), 1)
	})
}
