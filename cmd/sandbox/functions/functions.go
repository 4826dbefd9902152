// Package functions runs the Lambda functions of the sandbox's stacks in this
// process. A fork with a Lambda program of its own edits [New], and nothing else in
// the sandbox.
package functions

import (
	"errors"
	"log/slog"

	"github.com/aws/aws-lambda-go/lambda"

	"iam-secured-api/internal/products"
	"iam-secured-api/internal/sandbox/gateway"
)

// tableVariable is the environment variable that names the table, as in
// cmd/products.
const tableVariable = "TABLE_NAME"

// New returns the product service, with the table and the log that the function's
// role may use.
func New(f gateway.Function) (lambda.Handler, error) {
	table := f.Environment[tableVariable]
	if table == "" {
		return nil, errors.New(tableVariable + " is not set, so it is not the product service")
	}
	log := slog.New(slog.NewJSONHandler(f.Log(), nil))
	service := products.NewHandler(products.NewMemory(f.Table(table)), log)
	return gateway.EventHandler(service.Handle), nil
}
