package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"iam-secured-api/internal/products"
	"iam-secured-api/internal/sandbox/cloud"
)

const (
	lambdaSource = "apigateway.amazonaws.com"
	// maxPayload is Lambda's quota of a request and of an answer, in bytes.
	maxPayload = 6 << 20
	// tableVariable names the table in the environment of the product service.
	tableVariable = "TABLE_NAME"
)

// invoke passes the call on.
func (c *call) invoke(w http.ResponseWriter) error {
	switch {
	case c.route.Target == "" || c.target.IntegrationID == "":
		return failed("the route has no integration")
	case c.target.FunctionARN() == "":
		return c.forward(w)
	case c.target.PayloadFormatVersion != "2.0":
		return failed("the sandbox does not model payload format " + c.target.PayloadFormatVersion)
	}
	function, err := c.function()
	if err != nil {
		return failed(err.Error())
	}
	payload, err := json.Marshal(c.payload())
	if err != nil {
		return failed(err.Error())
	}
	if len(payload) > maxPayload {
		return &refusal{http.StatusRequestEntityTooLarge, "Request Entity Too Large", "REQUEST_TOO_LARGE", "a payload beyond Lambda's 6 MB"}
	}
	limit := time.Duration(c.target.TimeoutMillis) * time.Millisecond
	ctx, cancel := context.WithTimeout(c.request.Context(), limit)
	defer cancel()
	start := time.Now()
	c.outcome.invoked = true
	reply, err := c.gateway.run(ctx, function, payload)
	c.outcome.integrationLatency = time.Since(start)
	if err == nil && len(reply) > maxPayload {
		err = fmt.Errorf("the function's answer is beyond Lambda's 6 MB")
	}
	if err == nil {
		c.outcome.integrationStatus, err = answer(w, reply)
	}
	if err != nil {
		c.outcome.integrationStatus, c.outcome.integrationError = http.StatusInternalServerError, "the function failed"
		return failed(err.Error())
	}
	return nil
}

// function finds the integration's function, which must let this route of the
// stage call it.
func (c *call) function() (cloud.Function, error) {
	arn := c.target.FunctionARN()
	fields := strings.Split(arn, ":")
	home := c.gateway.cloud.Account(fields[4]).Region(fields[3])
	function, err := home.GetFunction(arn)
	if err != nil {
		return cloud.Function{}, err
	}
	source := c.api.ExecutionARN + "/" + c.stage.StageName + "/" + sourceOf(c.route.RouteKey)
	allowed, err := home.MayInvoke(arn, lambdaSource, source)
	if err == nil && !allowed {
		err = fmt.Errorf("the policy of function %s does not let %s call it", function.FunctionName, source)
	}
	return function, err
}

// sourceOf is a route in the ARN of what calls a function: METHOD/PATH, a star
// for ANY.
func sourceOf(routeKey string) string {
	method, path, found := strings.Cut(routeKey, " ")
	if !found {
		return routeKey
	}
	if method == "ANY" {
		method = "*"
	}
	return method + path
}

// run runs a function in this process. The one that the sandbox knows is the
// product service, which it tells by its table.
func (g *Gateway) run(ctx context.Context, function cloud.Function, payload []byte) ([]byte, error) {
	table := function.Environment[tableVariable]
	if table == "" {
		return nil, fmt.Errorf("the sandbox runs the product service alone: function %s has no %s", function.FunctionName, tableVariable)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(function.Timeout)*time.Second)
	defer cancel()
	fields := strings.Split(function.ARN, ":")
	home := g.cloud.Account(fields[4]).Region(fields[3])
	log := slog.New(slog.NewJSONHandler(functionLog{home, function}, nil))
	handler := products.NewHandler(products.NewMemory(home.TableRows(table, function.Role)), log)
	var event events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	response, err := handler.Handle(ctx, event)
	if err != nil {
		return nil, err
	}
	return json.Marshal(response)
}

// functionLog writes lines into a function's log group, as far as its role may.
type functionLog struct {
	home     *cloud.Region
	function cloud.Function
}

// Write implements [io.Writer]. As on AWS, nobody is told of what is not written.
func (l functionLog) Write(line []byte) (int, error) {
	_ = l.home.PutLogEvent(l.function.Logging.Group, l.function.Role, strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}
