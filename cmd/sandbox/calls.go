package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"golang.org/x/sync/errgroup"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/sandbox/gateway"
)

const (
	// workers call at the same time.
	workers = 8
	// maxAnswer is how much of an answer is looked at, in bytes.
	maxAnswer = 1 << 20

	// What is observed of a call; broken is neither: the call failed, or answer and
	// gateway disagree.
	allow, deny, broken = "allow", "deny", "failed"

	userAgent = "iam-secured-api-sandbox"
	forbidden = `{"message":"Forbidden"}`
	product   = `{"name":"Sandbox","description":"added by a trial call","price":100,"currency":"EUR"}`
)

// observation is what came of one call.
type observation struct {
	Request  string      `json:"request"` // METHOD and path, with the stage
	Expected access.Cell `json:"expected"`
	Observed string      `json:"observed"`
	Status   int         `json:"status"` // 0 for a call that could not be made
	Reason   string      `json:"reason"` // the gateway's
}

// agrees reports whether the call was decided as expected.
func (o observation) agrees() bool {
	return o.Observed == allow && o.Expected.Allows() || o.Observed == deny && o.Expected.Denies()
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
		if o.Expected = c.Expected; c.conditional() && o.Observed != broken {
			if o.Expected, err = d.judge(ctx, p, request); err != nil {
				return fmt.Errorf("%s %s as %s: %w", request.Method, request.Path, p.name, err)
			}
		}
		c.Calls = append(c.Calls, o)
	}
	return nil
}

// call makes one call, signed by the principal, which is to end at the route.
func (d *deployment) call(ctx context.Context, client *http.Client, p principal, routeKey string, target access.Invoke, r *recorder) (observation, error) {
	body := ""
	if slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, target.Method) {
		body = product
	}
	request, err := http.NewRequestWithContext(ctx, target.Method, d.doors.InvokeURL+target.Path, bytes.NewReader([]byte(body)))
	if err != nil {
		return observation{}, err
	}
	o := observation{Request: target.Method + " " + request.URL.EscapedPath(), Observed: broken}
	request.Header.Set("User-Agent", userAgent)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	credentials, err := p.retrieve(ctx)
	if err != nil {
		o.Reason = err.Error()
		return o, ctx.Err()
	}
	if p.credentials != nil {
		sum := sha256.Sum256([]byte(body))
		if err := v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), "execute-api", d.region, time.Now()); err != nil {
			return observation{}, err
		}
	}
	response, err := client.Do(request)
	if err != nil {
		return observation{}, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return observation{}, err
	}
	said, err := r.take(ctx, response.Header.Get("Apigw-Requestid"))
	if err != nil {
		return observation{}, err
	}
	o.Status, o.Reason = response.StatusCode, said.Reason
	if said.RouteKey != routeKey {
		o.Reason = fmt.Sprintf("it ended at the route %q: %s", said.RouteKey, said.Reason)
		return o, nil
	}
	o.Observed = outcome(response.StatusCode, string(answer), target.Method, said.Invoked)
	return o, nil
}

// outcome is allow where the call reached the backend, whatever that answered but
// that it failed, and deny where the gateway refused it with a 403. Both are held
// against what the gateway says of it.
func outcome(status int, body, method string, invoked bool) string {
	refusal := forbidden
	if method == http.MethodHead {
		refusal = ""
	}
	switch refused := status == http.StatusForbidden && body == refusal; {
	case status >= http.StatusInternalServerError:
		return broken
	case invoked && (!refused || method == http.MethodHead):
		return allow
	case !invoked && refused:
		return deny
	}
	return broken
}
