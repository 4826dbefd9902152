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

// recorder keeps what the gateway reports of each request.
type recorder struct {
	mu       sync.Mutex
	requests map[string]gateway.Request // by id
}

func (r *recorder) record(request gateway.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests[request.ID] = request
}

// take returns what was recorded of a request. The gateway may report it a moment
// after the client has the response.
func (r *recorder) take(ctx context.Context, id string) (gateway.Request, error) {
	if id == "" {
		return gateway.Request{}, errors.New("the response is not the gateway's: it has no Apigw-Requestid")
	}
	for {
		r.mu.Lock()
		request, found := r.requests[id]
		delete(r.requests, id)
		r.mu.Unlock()
		if found {
			return request, nil
		}
		select {
		case <-ctx.Done():
			return gateway.Request{}, ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// prover sends the requests of a trial.
type prover struct {
	*deployment
	api      prove.Client
	recorder *recorder
	stage    string // the path of the stage
}

func (d *deployment) newProver(client *http.Client, r *recorder) (*prover, error) {
	stage, err := url.Parse(d.endpoints.InvokeURL)
	if err != nil {
		return nil, err
	}
	api := prove.Client{HTTP: client, URL: d.endpoints.InvokeURL, Region: d.region, UserAgent: userAgent}
	return &prover{deployment: d, api: api, recorder: r, stage: stage.Path}, nil
}

// proveAll sends requests of every principal to every declared route, with each
// method that ends there.
func (p *prover) proveAll(ctx context.Context, everyone []principal) (cells, error) {
	found := cells{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, who := range everyone {
		if who.helper {
			continue
		}
		found[who.name] = map[string]*cell{}
		for _, route := range p.plan.Routes {
			key := route.Key.String()
			c := &cell{Expected: p.plan.Matrix[who.row].Cells[key]}
			found[who.name][key] = c
			group.Go(func() error { return p.proveCell(ctx, who, route, c) })
		}
	}
	return found, group.Wait()
}

// proveCell sends the requests of one cell.
func (p *prover) proveCell(ctx context.Context, who principal, route access.Route, c *cell) error {
	for _, target := range p.plan.Routes.Examples(route) {
		o, err := p.send(ctx, who, route.Key.String(), target)
		o.Expected = c.Expected
		if err == nil && c.conditional() && o.Observed != prove.Failed {
			o.Expected, err = p.decide(ctx, who, route, target)
		}
		if err != nil {
			return fmt.Errorf("%s %s as %s: %w", target.Method, target.Path, who.name, err)
		}
		c.Calls = append(c.Calls, o)
	}
	c.conclude()
	return nil
}

// send sends a request of a principal, which is to end at the route.
func (p *prover) send(ctx context.Context, who principal, routeKey string, target access.Invoke) (observation, error) {
	o := observation{Request: target.Method + " " + p.stage + target.Path, Observed: prove.Failed}
	key, err := who.retrieve(ctx)
	if err != nil {
		o.Reason = err.Error()
		return o, ctx.Err()
	}
	var response prove.Response
	body := prove.BodyFor(target.Method, product)
	if who.shown.BearerToken != "" {
		response, err = p.api.SendToken(ctx, who.shown.BearerToken, target.Method, target.Path, body)
	} else {
		response, err = p.api.Send(ctx, key, target.Method, target.Path, body)
	}
	if err != nil {
		return o, err
	}
	reported, err := p.recorder.take(ctx, response.RequestID)
	if err != nil {
		return o, err
	}
	o.Status, o.Reason = response.Status, reported.Reason
	if reported.RouteKey != routeKey {
		o.Reason = fmt.Sprintf("it ended at the route %q: %s", reported.RouteKey, reported.Reason)
		return o, nil
	}
	o.Observed = observed(response.Outcome(), target.Method, reported.Invoked)
	return o, nil
}

// observed is the outcome that a response shows, if the gateway agrees that the
// request did or did not reach the backend.
func observed(outcome prove.Outcome, method string, invoked bool) prove.Outcome {
	switch {
	case outcome == prove.Deny && invoked && method == http.MethodHead: // the backend's own 401 or 403
		return prove.Allow
	case outcome == prove.Deny && invoked, outcome == prove.Allow && !invoked:
		return prove.Failed
	}
	return outcome
}
