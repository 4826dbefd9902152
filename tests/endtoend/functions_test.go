package endtoend_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/tests/harness"
)

// testOtherFunction runs a program other than the product service as the deployed
// function, with its environment, table and log.
func testOtherFunction(t *testing.T, run *harness.Run, _ *harness.Endpoints) {
	e := run.OpenWith(t, gateway.Options{Functions: func(f gateway.Function) (lambda.Handler, error) {
		return lambda.NewHandler(func(r events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
			table := f.Table(f.Environment["TABLE_NAME"])
			if _, err := table.Insert(r.RequestContext.RequestID, []byte("row")); err != nil {
				return events.APIGatewayV2HTTPResponse{}, err
			}
			rows, err := table.After("", 10)
			fmt.Fprintln(f.Log(), "a line of the function")
			return events.APIGatewayV2HTTPResponse{
				StatusCode: 202, Body: fmt.Sprintf("%s by %s: %d rows", r.RouteKey, r.RequestContext.Authorizer.IAM.UserARN, len(rows)),
			}, err
		}), nil
	}})
	jane := e.User("jane-admin")
	may(t, e, jane, 202, 202)
	status, body := e.Send(t, jane, "GET", "/products", "")
	assert.Equal(t, 202, status)
	assert.Equal(t, "GET /products by "+e.Output("users", "jane-admin", "arn")+": 3 rows", body)
	may(t, e, e.User("john-readonly"), 202, 403)
	assert.Equal(t, 4, e.Invoked())

	region := run.Cloud.Account(cloud.APIAccount).Region(harness.Region)
	functions, err := region.ListFunctions()
	require.NoError(t, err)
	require.Len(t, functions, 1)
	lines, err := region.FilterLogEvents(functions[0].Logging.Group)
	require.NoError(t, err)
	assert.Contains(t, lines, "a line of the function")
}

// testNoFunction sends requests to a function without a handler.
func testNoFunction(t *testing.T, run *harness.Run, _ *harness.Endpoints) {
	var log bytes.Buffer
	e := run.OpenWith(t, gateway.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	may(t, e, e.User("jane-admin"), 500, 500)
	may(t, e, e.User("john-readonly"), 500, 403)
	assert.Contains(t, log.String(), "the sandbox was given no handler for it")
}
