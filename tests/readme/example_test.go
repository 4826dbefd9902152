package readme

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

// example is the README's, but for what it does with the policy.
func example(ctx *pulumi.Context) error {
	api, err := components.NewHttpApi(ctx, "orders", &components.HttpApiArgs{
		Name:    "Orders",
		Routes:  map[string]access.Authorization{"GET /orders": access.IAM},
		Backend: components.Backend{Url: "https://orders.example.com"},
	})
	if err != nil {
		return err
	}
	reader, err := components.NewInvokePolicy(ctx, "orders-reader", &components.InvokePolicyArgs{
		ExecutionArn: api.ExecutionArn,
		Stage:        api.Stage,
		Routes:       api.Routes,
		Allow:        []string{"GET /orders"},
	})
	if err != nil {
		return err
	}
	ctx.Export("policy", reader.Parts[0].Document)
	return nil
}

func TestExample(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := run.Must(t, example)
		assert.Len(t, recording.All("aws:iam/policy:Policy"), 1)
		assert.Len(t, recording.All("aws:apigatewayv2/route:Route"), 1)
	})
}
