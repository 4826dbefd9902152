// Package functions runs the Lambda functions of the sandbox's stacks in this
// process. A fork with a Lambda program of its own edits [New], and nothing else in
// the sandbox.
package functions

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"iam-secured-api/internal/products"
	"iam-secured-api/internal/sandbox/gateway"
)

// tableVariable is the environment variable that names the table, as in
// cmd/products.
const tableVariable = "TABLE_NAME"

// New returns the product service, with the table and the log that the function's
// role may use. Another function, without the table's variable, has a stand-in.
func New(f gateway.Function) (lambda.Handler, error) {
	table := f.Environment[tableVariable]
	if table == "" {
		return standIn(f.FunctionName), nil
	}
	log := slog.New(slog.NewJSONHandler(f.Log(), nil))
	service := products.NewHandler(products.NewMemory(f.Table(table)), log)
	return gateway.EventHandler(service.Handle), nil
}

// standIn answers in place of a function whose program the sandbox does not have.
func standIn(name string) gateway.EventHandler {
	return func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		return events.APIGatewayV2HTTPResponse{StatusCode: http.StatusOK, Body: "in the place of " + name}, nil
	}
}
