package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"iam-secured-api/internal/sandbox/cloud"
)

const (
	lambdaSource = "apigateway.amazonaws.com"
	// maxPayload is Lambda's quota of a request and of a response, in bytes.
	maxPayload = 6 << 20
)

// Functions returns what runs a Lambda function in this process, in place of the
// program that was deployed. For a program that calls lambda.Start(handler), it is
// lambda.NewHandler(handler), or an [EventHandler]. It returns nil for a function that
// it does not know.
type Functions func(Function) (lambda.Handler, error)

// EventHandler is the handler of a function in payload format 2.0. It gets the event
// as a value, because encoding and decoding it takes longer than the rest of a
// request.
type EventHandler func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// Invoke implements [lambda.Handler].
func (h EventHandler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	handler := (func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error))(h)
	return lambda.NewHandler(handler).Invoke(ctx, payload)
}

// Function is a function to run. What it reaches on AWS, it reaches with the
// permissions of its role.
type Function struct {
	cloud.Function
	region *cloud.Region
}

// Table returns the content of a table in the function's account and region.
func (f Function) Table(name string) *cloud.TableRows { return f.region.TableRows(name, f.Role) }

// Log returns a writer of lines to the function's log group. As on AWS, a line that
// cannot be written is lost.
func (f Function) Log() io.Writer { return functionLog{f} }

type functionLog struct{ Function }

// Write implements [io.Writer].
func (l functionLog) Write(line []byte) (int, error) {
	_ = l.region.PutLogEvent(l.Logging.Group, l.Role, strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}

// invoke passes the request on to the route's integration.
func (e *exchange) invoke(w http.ResponseWriter) error {
	switch {
	case e.route.Target == "" || e.target.IntegrationID == "":
		return failed("the route has no integration")
	case e.target.functionARN == "":
		return e.forward(w)
	case e.target.PayloadFormatVersion != "2.0":
		return failed("the sandbox does not model payload format " + e.target.PayloadFormatVersion)
	}
	function, err := e.function()
	if err != nil {
		return failed(err.Error())
	}
	event, err := e.payload()
	if err != nil {
		return err
	}
	if isTooLarge(event, event.Body) {
		return tooLarge("a payload beyond Lambda's 6 MB")
	}
	limit := min(time.Duration(e.target.TimeoutMillis)*time.Millisecond, time.Duration(function.Timeout)*time.Second)
	ctx, cancel := context.WithTimeout(e.request.Context(), limit)
	defer cancel()
	start := time.Now()
	e.outcome.invoked = true
	response, err := e.gateway.run(ctx, function, event)
	e.outcome.integrationLatency = time.Since(start)
	if err == nil {
		e.outcome.integrationStatus, err = respond(w, response)
	}
	if err != nil {
		e.outcome.integrationStatus, e.outcome.integrationError = http.StatusInternalServerError, "the function failed"
		return failed(err.Error())
	}
	return nil
}

// isTooLarge reports whether a payload with this body is beyond Lambda's quota.
func isTooLarge(payload any, body string) bool {
	if len(body) < maxPayload/8 { // encoded, a byte takes six at most
		return false
	}
	text, err := json.Marshal(payload)
	return err == nil && len(text) > maxPayload
}

// function finds the integration's function, which must allow this route of the
// stage to invoke it.
func (e *exchange) function() (Function, error) {
	arn := e.target.functionARN
	source := e.api.ExecutionARN + "/" + e.stage.StageName + "/" + sourceOf(e.route.RouteKey)
	return e.gateway.functions.Get(e.gateway.cloud, arn+" "+source, func() (Function, error) {
		fields := strings.Split(arn, ":")
		home := e.gateway.cloud.Account(fields[4]).Region(fields[3])
		function, err := home.GetFunction(arn)
		if err != nil {
			return Function{}, err
		}
		allowed, err := home.MayInvoke(arn, lambdaSource, source)
		if err == nil && !allowed {
			err = fmt.Errorf("the policy of function %s does not allow %s to invoke it", function.FunctionName, source)
		}
		return Function{function, home}, err
	})
}

// sourceOf returns a route as the ARN of a function's source has it: METHOD/PATH,
// with a star for ANY.
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

// run runs a function.
func (g *Gateway) run(ctx context.Context, function Function,
	event events.APIGatewayV2HTTPRequest) (response events.APIGatewayV2HTTPResponse, err error) {
	var handler lambda.Handler
	if g.options.Functions != nil {
		handler, err = g.options.Functions(function)
	}
	if err == nil && handler == nil {
		err = errors.New("the sandbox was given no handler for it")
	}
	if err != nil {
		return response, fmt.Errorf("function %s: %w", function.FunctionName, err)
	}
	if direct, ok := handler.(EventHandler); ok {
		response, err = direct(ctx, event)
		response.Body = validUTF8(response.Body)
	} else {
		response, err = invoke(ctx, handler, event)
	}
	if err == nil && isTooLarge(response, response.Body) {
		err = errors.New("the function's response is beyond Lambda's 6 MB")
	}
	return response, err
}

// invoke passes an event to a handler in its encoded form.
func invoke(ctx context.Context, handler lambda.Handler,
	event events.APIGatewayV2HTTPRequest) (response events.APIGatewayV2HTTPResponse, err error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return response, err
	}
	reply, err := handler.Invoke(ctx, payload)
	if err != nil {
		return response, err
	}
	var given struct{ StatusCode any }
	if err := json.Unmarshal(reply, &given); err != nil || given.StatusCode == nil {
		return bare(reply), nil
	}
	if err = json.Unmarshal(reply, &response); err != nil {
		return response, fmt.Errorf("malformed response of the function: %w", err)
	}
	return response, nil
}

// bare returns the response for an output without a status code, which is the body
// (API Gateway developer guide, "Lambda function response for format 2.0").
func bare(output []byte) (response events.APIGatewayV2HTTPResponse) {
	if json.Unmarshal(output, &response.Body) != nil { // not a string
		response.Body = string(output)
	}
	return response
}
