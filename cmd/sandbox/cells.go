package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/sigv4"
)

// cells are those of the matrix with what was observed: principal -> route key.
type cells map[string]map[string]*cell

// cell is one of them.
type cell struct {
	Expected access.Cell   `json:"expected"` // the matrix's
	Observed string        `json:"observed"` // allow, deny, or which methods are which
	Agrees   bool          `json:"agrees"`
	Calls    []observation `json:"calls"`
}

func (c *cell) conditional() bool { return !c.Expected.Allows() && !c.Expected.Denies() }

// conclude sums up the calls.
func (c *cell) conclude() {
	methods := map[prove.Outcome][]string{}
	c.Agrees = true
	for _, o := range c.Calls {
		method, _, _ := strings.Cut(o.Request, " ")
		methods[o.Observed] = append(methods[o.Observed], method)
		c.Agrees = c.Agrees && o.Observed.Agrees(o.Expected)
	}
	observed := sortedKeys(methods)
	switch len(observed) {
	case 0: // an ANY route that leaves all methods to others is nobody's
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

// statuses are those of the calls, each once.
func (c *cell) statuses() string {
	var all []int
	for _, o := range c.Calls {
		if o.Status != 0 { // it was made
			all = append(all, o.Status)
		}
	}
	slices.Sort(all)
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(slices.Compact(all)), " ", "/"), "[]")
}

// disagreeing counts the cells that are otherwise than expected.
func (c cells) disagreeing() int {
	n := 0
	for _, row := range c {
		for _, cell := range row {
			if !cell.Agrees {
				n++
			}
		}
	}
	return n
}

func (c cells) calls() int {
	n := 0
	for _, row := range c {
		for _, cell := range row {
			n += len(cell.Calls)
		}
	}
	return n
}

// judge reports whether a cell's conditions let this very call pass: made from this
// machine, now, with the principal's credentials. It goes by the documents that
// the configuration makes, whatever is attached to the principal.
func (d *deployment) judge(ctx context.Context, p principal, target access.Invoke) (access.Cell, error) {
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
	intended, err := d.intended()
	if err != nil {
		return access.Cell{}, err
	}
	// Of a boundary, the configuration holds no more than the ARN.
	policies := iam.Policies{Identity: intended[p.row], Boundary: caller.Policies.Boundary}
	decision, err := policies.Decide(request)
	if err != nil {
		return access.Cell{}, err
	}
	if decision.Allowed() {
		return access.Allow(), nil
	}
	return access.Cell{}, nil
}

// intendedOnce keeps what [deployment.intended] returns: with many routes, it takes
// longer than the calls.
type intendedOnce struct {
	sync.Once
	policies map[string][]*iam.IdentityPolicy
	err      error
}

// intended are the policies that the configuration gives each principal.
func (d *deployment) intended() (map[string][]*iam.IdentityPolicy, error) {
	d.once.Do(func() { d.once.policies, d.once.err = compiled(d.plan.Documents(d.outputs.ExecutionARN)) })
	return d.once.policies, d.once.err
}

// compiled compiles each document once, however many principals have it.
func compiled(documents map[string][]string, err error) (map[string][]*iam.IdentityPolicy, error) {
	byText, policies := map[string]*iam.IdentityPolicy{}, map[string][]*iam.IdentityPolicy{}
	for name, texts := range documents {
		for _, text := range texts {
			if byText[text] == nil {
				if byText[text], err = iam.CompileIdentity(text); err != nil {
					return nil, err
				}
			}
			policies[name] = append(policies[name], byText[text])
		}
	}
	return policies, err
}
