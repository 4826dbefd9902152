package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/gateway"
)

const (
	// workers is how many requests are sent at the same time.
	workers = 8

	userAgent = "iam-secured-api-sandbox"
	product   = `{"name":"Sandbox","description":"added by a trial call","price":100,"currency":"EUR"}`
)

// observation is what one request showed.
type observation struct {
	Request  string        `json:"request"` // METHOD and path, with the stage
	Expected access.Cell   `json:"expected"`
	Observed prove.Outcome `json:"observed"` // failed, too, if response and gateway disagree
	Status   int           `json:"status"`   // 0 for a request that could not be sent
	Reason   string        `json:"reason"`   // the gateway's
}

// recorder keeps what the gateway says of each call.
type recorder struct {
	mu    sync.Mutex
	calls map[string]gateway.Call // by the id of the request
}

func (r *recorder) record(call gateway.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[call.RequestID] = call
}

// take returns what was recorded of a request. The gateway records a call once it
// is answered, and so perhaps a moment after the caller has the answer.
func (r *recorder) take(ctx context.Context, id string) (gateway.Call, error) {
	if id == "" {
		return gateway.Call{}, errors.New("the answer is not the gateway's: it has no Apigw-Requestid")
	}
	for {
		r.mu.Lock()
		call, found := r.calls[id]
		delete(r.calls, id)
		r.mu.Unlock()
		if found {
			return call, nil
		}
		select {
		case <-ctx.Done():
			return gateway.Call{}, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// callAll has every principal call every declared route, with each method that
// ends there.
func (d *deployment) callAll(ctx context.Context, client *http.Client, everyone []principal, r *recorder) (cells, error) {
	routes := d.plan.Routes
	found := cells{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, p := range everyone {
		found[p.name] = map[string]*cell{}
		for _, route := range routes {
			c := &cell{Expected: d.plan.Matrix[p.row].Cells[route.Key.String()]}
			found[p.name][route.Key.String()] = c
			group.Go(func() error { return d.callRoute(ctx, client, p, route.Key.String(), routes.Examples(route), c, r) })
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, row := range found {
		for _, c := range row {
			c.conclude()
		}
	}
	return found, nil
}

// callRoute makes the calls of one cell.
func (d *deployment) callRoute(ctx context.Context, client *http.Client, p principal, routeKey string, requests []access.Invoke, c *cell, r *recorder) error {
	for _, request := range requests {
		o, err := d.call(ctx, client, p, routeKey, request, r)
		if err != nil {
			return fmt.Errorf("%s %s as %s: %w", request.Method, request.Path, p.name, err)
		}
		if o.Expected = c.Expected; c.conditional() && o.Observed != prove.Failed {
			if o.Expected, err = d.judge(ctx, p, request); err != nil {
				return fmt.Errorf("%s %s as %s: %w", request.Method, request.Path, p.name, err)
			}
		}
		c.Calls = append(c.Calls, o)
	}
	return nil
}

// call sends one request of a principal, which is to end at the route.
func (d *deployment) call(ctx context.Context, client *http.Client, p principal, routeKey string, target access.Invoke, r *recorder) (observation, error) {
	stage, err := url.Parse(d.endpoints.InvokeURL)
	if err != nil {
		return observation{}, err
	}
	o := observation{Request: target.Method + " " + stage.Path + target.Path, Observed: prove.Failed}
	key, err := p.retrieve(ctx)
	if err != nil {
		o.Reason = err.Error()
		return o, ctx.Err()
	}
	api := prove.Client{HTTP: client, URL: d.endpoints.InvokeURL, Region: d.region, UserAgent: userAgent}
	response, err := api.Send(ctx, key, target.Method, target.Path, prove.BodyFor(target.Method, product))
	if err != nil {
		return observation{}, err
	}
	said, err := r.take(ctx, response.RequestID)
	if err != nil {
		return observation{}, err
	}
	o.Status, o.Reason = response.Status, said.Reason
	if said.RouteKey != routeKey {
		o.Reason = fmt.Sprintf("it ended at the route %q: %s", said.RouteKey, said.Reason)
		return o, nil
	}
	o.Observed = observed(response.Outcome(), target.Method, said.Invoked)
	return o, nil
}

// observed is the outcome that a response shows, if the gateway agrees that the
// request did or did not reach the backend.
func observed(outcome prove.Outcome, method string, invoked bool) prove.Outcome {
	switch {
	case outcome == prove.Deny && invoked && method == http.MethodHead: // the backend's own 403
		return prove.Allow
	case outcome == prove.Deny && invoked, outcome == prove.Allow && !invoked:
		return prove.Failed
	}
	return outcome
}
