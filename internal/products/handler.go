package products

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

const (
	collection = "/products"
	allowed    = "GET, POST"

	// answerMargin is the time that is reserved for the response. A function that
	// is cut off sends no response and logs nothing.
	answerMargin = 200 * time.Millisecond
)

// Handler answers the calls of an HTTP API. It is safe for concurrent use.
type Handler struct {
	store Store
	log   *slog.Logger
}

// NewHandler makes a handler that keeps products in a store. What fails inside
// goes to the log, and there alone.
func NewHandler(store Store, log *slog.Logger) *Handler {
	return &Handler{store: store, log: log}
}

// Handle answers one call, in payload format 2.0. The error is always nil: Lambda
// would log it and API Gateway hide it.
func (h *Handler) Handle(ctx context.Context, req events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	status, body, err := h.serve(ctx, &req)
	if mine := (*problem)(nil); errors.As(err, &mine) {
		status, body, err = mine.status, failure{mine.message}, nil
	}
	resp := events.APIGatewayV2HTTPResponse{}
	if err == nil {
		resp, err = answer(status, body)
	}
	if err != nil {
		h.log.ErrorContext(ctx, "call failed", "requestId", req.RequestContext.RequestID, "routeKey", req.RouteKey,
			"caller", caller(&req), "error", err.Error())
		return answer(http.StatusInternalServerError, failure{"internal error"})
	}
	return resp, nil
}

// serve does what a call asks for. An error that is no [*problem] is not the
// caller's to know.
func (h *Handler) serve(ctx context.Context, req *events.APIGatewayV2HTTPRequest) (status int, body any, err error) {
	if req.Version != "2.0" {
		return 0, nil, fmt.Errorf("payload format version %q: the integration must use 2.0", req.Version)
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerMargin))
		defer cancel()
	}
	method, path := target(req)
	switch {
	case path != collection:
		return 0, nil, &problem{http.StatusNotFound, "no such resource: " + collection + " is the only one"}
	case method == http.MethodGet:
		return h.list(ctx, req)
	case method == http.MethodPost:
		return h.add(ctx, req)
	default:
		return 0, nil, &problem{http.StatusMethodNotAllowed, "method not allowed; accepted are " + allowed}
	}
}

// target is the method and the path that a call is for: those of its route key as
// far as that names them, and else those of the request. The paths of requests
// begin with the stage's name, the route key's do not.
func target(req *events.APIGatewayV2HTTPRequest) (method, path string) {
	method, path, named := strings.Cut(req.RouteKey, " ")
	if !named || method == "ANY" {
		method = req.RequestContext.HTTP.Method
	}
	if !named || strings.Contains(path, "{") {
		path = req.RawPath
		rest, ok := strings.CutPrefix(path, "/"+req.RequestContext.Stage)
		if ok && strings.HasPrefix(rest, "/") {
			path = rest
		}
	}
	return method, path
}

// caller is the ARN of the IAM principal that signed the request; it is empty
// where the route asks for no signature.
func caller(req *events.APIGatewayV2HTTPRequest) string {
	if req.RequestContext.Authorizer == nil || req.RequestContext.Authorizer.IAM == nil {
		return ""
	}
	return req.RequestContext.Authorizer.IAM.UserARN
}
