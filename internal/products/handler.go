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
	catalog    = "/catalog"
	allowed    = "GET, POST"

	// responseMargin is the time that is reserved for the response. A function that
	// is cut off sends no response and logs nothing.
	responseMargin = 200 * time.Millisecond
)

// Handler serves the requests to an HTTP API. It is safe for concurrent use.
type Handler struct {
	store Store
	log   *slog.Logger
}

// NewHandler returns a handler that keeps products in a store. It writes internal
// failures to the log only.
func NewHandler(store Store, log *slog.Logger) *Handler {
	return &Handler{store: store, log: log}
}

// Handle serves one request in payload format 2.0. The error is always nil, because
// Lambda would log it and API Gateway would hide it.
func (h *Handler) Handle(ctx context.Context, req events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	status, body, err := h.serve(ctx, &req)
	if mine := (*problem)(nil); errors.As(err, &mine) {
		status, body, err = mine.status, failure{mine.message}, nil
	}
	resp := events.APIGatewayV2HTTPResponse{}
	if err == nil {
		resp, err = respond(status, body)
	}
	if err != nil {
		h.log.ErrorContext(ctx, "request failed", "requestId", req.RequestContext.RequestID, "routeKey", req.RouteKey,
			"caller", caller(&req), "error", err.Error())
		return respond(http.StatusInternalServerError, failure{"internal error"})
	}
	return resp, nil
}

// serve serves a request. An error other than a [*problem] is not shown to the
// caller.
func (h *Handler) serve(ctx context.Context, req *events.APIGatewayV2HTTPRequest) (status int, body any, err error) {
	if req.Version != "2.0" {
		return 0, nil, fmt.Errorf("payload format version %q: the integration must use 2.0", req.Version)
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-responseMargin))
		defer cancel()
	}
	method, path := target(req)
	switch {
	case path == catalog && method == http.MethodGet:
		return h.list(ctx, req, false)
	case path != collection:
		return 0, nil, &problem{http.StatusNotFound, "must be a request to " + collection + ", or GET " + catalog}
	case method == http.MethodGet:
		return h.list(ctx, req, true)
	case method == http.MethodPost:
		return h.add(ctx, req)
	default:
		return 0, nil, &problem{http.StatusMethodNotAllowed, "method not allowed; accepted are " + allowed}
	}
}

// target returns the method and the path of a request: those of its route key if it
// names them, and otherwise the request's own. The paths of requests begin with the
// stage's name. Those of route keys do not.
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

// caller returns the ARN of the IAM principal that signed the request, or the subject of
// the token. It is empty if the route requires neither.
func caller(req *events.APIGatewayV2HTTPRequest) string {
	switch authorizer := req.RequestContext.Authorizer; {
	case authorizer == nil:
		return ""
	case authorizer.IAM != nil:
		return authorizer.IAM.UserARN
	case authorizer.JWT != nil:
		return authorizer.JWT.Claims["sub"]
	}
	return ""
}
