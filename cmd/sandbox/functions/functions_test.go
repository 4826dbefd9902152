package functions_test

import (
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/cmd/sandbox/functions"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
)

func TestAnotherFunctionHasAStandIn(t *testing.T) {
	handler, err := functions.New(gateway.Function{Function: cloud.Function{FunctionName: "orders"}})
	require.NoError(t, err)
	response, err := handler.(gateway.EventHandler)(t.Context(), events.APIGatewayV2HTTPRequest{})
	require.NoError(t, err)
	assert.Equal(t, events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: "in the place of orders"}, response)
}
