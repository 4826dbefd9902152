package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/sigv4"
)

// cells are those of the matrix with what was observed: principal -> route key ->
// cell.
type cells map[string]map[string]*cell

type cell struct {
	Expected access.Cell   `json:"expected"` // the matrix's
	Observed string        `json:"observed"` // allow, deny, or which methods are which
	Agrees   bool          `json:"agrees"`
	Calls    []observation `json:"calls"`
}

func (c *cell) conditional() bool { return !c.Expected.Allows() && !c.Expected.Denies() }

// conclude sums up the requests.
func (c *cell) conclude() {
	methods := map[prove.Outcome][]string{}
	c.Agrees = true
	for _, o := range c.Calls {
		method, _, _ := strings.Cut(o.Request, " ")
		methods[o.Observed] = append(methods[o.Observed], method)
		c.Agrees = c.Agrees && o.Observed.Agrees(o.Expected)
	}
	observed := slices.Sorted(maps.Keys(methods))
	switch len(observed) {
	case 0: // an ANY route that leaves all methods to other routes
		c.Observed, c.Agrees = "never called", c.Expected.Denies()
	case 1:
		c.Observed = string(observed[0])
	default:
		var parts []string
		for _, what := range observed {
			parts = append(parts, string(what)+" "+strings.Join(methods[what], " "))
		}
		c.Observed = strings.Join(parts, ", ")
	}
}

// statuses are those of the responses, each once.
func (c *cell) statuses() string {
	var all []int
	for _, o := range c.Calls {
		if o.Status != 0 { // it was sent
			all = append(all, o.Status)
		}
	}
	slices.Sort(all)
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(slices.Compact(all)), " ", "/"), "[]")
}

// count counts the requests, and the cells that are not as expected.
func (c cells) count() (requests, disagreeing int) {
	for _, row := range c {
		for _, cell := range row {
			requests += len(cell.Calls)
			if !cell.Agrees {
				disagreeing++
			}
		}
	}
	return requests, disagreeing
}

// decide returns what a cell's conditions mean for one request: sent from this
// machine, now, with the principal's credentials or token. It decides by the route's
// scopes and the documents that the configuration renders, even if other documents are
// attached to the principal.
func (d *deployment) decide(ctx context.Context, p principal, route access.Route, target access.Invoke) (access.Cell, error) {
	if route.Authorization == access.Token {
		if slices.Contains(route.Scopes, p.scope) {
			return access.Allow(), nil
		}
		return access.Cell{}, nil
	}
	key, err := p.retrieve(ctx)
	if err != nil {
		return access.Cell{}, err
	}
	caller, err := d.aws.Caller(key.AccessKeyID, time.Now())
	if err != nil {
		return access.Cell{}, err
	}
	from := &http.Request{RemoteAddr: "127.0.0.1:0", Header: http.Header{"User-Agent": {userAgent}}}
	request, err := iam.NewRequest(iam.RequestInput{
		Principal: caller.ARN, Action: access.ActionInvoke,
		Resource: d.outputs.ExecutionARN + "/" + d.plan.StageName + "/" + target.Method + target.Path,
		Context:  sigv4.New(d.aws, "execute-api", d.region, nil).Context(from, caller, caller.Account),
	})
	if err != nil {
		return access.Cell{}, err
	}
	documents, err := d.documents()
	if err != nil {
		return access.Cell{}, err
	}
	// The configuration names a boundary by its ARN alone.
	policies := iam.Policies{Boundary: caller.Policies.Boundary}
	for _, text := range documents[p.row] {
		policy, err := d.compiled.Get(text, iam.CompileIdentity)
		if err != nil {
			return access.Cell{}, err
		}
		policies.Identity = append(policies.Identity, policy)
	}
	decision, err := policies.Decide(request)
	if err == nil && decision.Allowed() {
		return access.Allow(), nil
	}
	return access.Cell{}, err
}
