// Package live sends signed requests to the API of a stack that is deployed on AWS,
// and compares the outcomes with the stack's access matrix.
//
//	LIVE_STACK=dev go test -count=1 -v ./tests/live
//
// It needs a `pulumi` that is logged in where the stack has its state, and sends the
// requests of anyone and of each user with an access key of the stack. It changes no
// products: its requests have a body that the product service refuses. A backend of
// your own must accept {} as a body.
package live

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/prove"
)

// cells are the cells of the output accessMatrix that depend on no condition.
var cells = map[string]access.Cell{"allow": access.Allow(), "deny": {}}

// Outputs are the outputs of a stack that a proof needs.
type Outputs struct {
	InvokeURL    string                       `json:"invokeUrl"`
	ExecutionARN string                       `json:"executionArn"`
	AccessMatrix map[string]map[string]string `json:"accessMatrix"`
	Users        map[string]struct {
		AccessKeyID string `json:"accessKeyId"`
	} `json:"users"`
	SecretAccessKeys map[string]string `json:"secretAccessKeys"`
}

// Read reads what `pulumi stack output --json --show-secrets` prints.
func Read(text []byte) (Outputs, error) {
	var o Outputs
	if err := json.Unmarshal(text, &o); err != nil {
		return Outputs{}, fmt.Errorf("the stack's outputs cannot be read: %w", err)
	}
	if o.InvokeURL == "" || len(strings.Split(o.ExecutionARN, ":")) != 6 || o.AccessMatrix[access.Anyone] == nil {
		return Outputs{}, fmt.Errorf("the stack does not have the outputs invokeUrl, executionArn and accessMatrix: is it deployed?")
	}
	return o, nil
}

// Found is the result of a proof.
type Found struct {
	Calls   int      // requests that were compared
	LeftOut []string // cells that depend on a condition, and principals of a row that several share
	Wrong   []string // requests that were not decided as the matrix says
}

// prover sends the requests of a proof.
type prover struct {
	client   prove.Client
	patience time.Duration
	found    Found
}

// Prove sends a request to every route as each principal whose credentials are in the
// outputs. IAM is eventually consistent: a request that is not decided as the matrix
// says is repeated for the duration of patience. The error is about requests that
// cannot be sent.
func (o Outputs) Prove(ctx context.Context, client *http.Client, patience time.Duration) (Found, error) {
	p := prover{client: prove.Client{HTTP: client, URL: o.InvokeURL, Region: strings.Split(o.ExecutionARN, ":")[3]}, patience: patience}
	keys := map[string]aws.Credentials{access.Anyone: {}}
	for user, secret := range o.SecretAccessKeys {
		keys["user/"+user] = aws.Credentials{AccessKeyID: o.Users[user].AccessKeyID, SecretAccessKey: secret}
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		row, shown := o.AccessMatrix[name]
		if !shown {
			p.found.LeftOut = append(p.found.LeftOut, name)
			continue
		}
		if err := p.row(ctx, name, keys[name], row); err != nil {
			return p.found, err
		}
	}
	return p.found, nil
}

// row compares a principal's row of the matrix.
func (p *prover) row(ctx context.Context, name string, key aws.Credentials, row map[string]string) error {
	declared := map[string]access.RouteArgs{}
	for routeKey := range row {
		declared[routeKey] = access.RouteArgs{}
	}
	routes, errs := access.NewRoutes(declared)
	if len(errs) > 0 {
		return errs[0]
	}
	for _, route := range routes {
		says := row[route.Key.String()]
		cell, known := cells[says]
		if !known {
			p.found.LeftOut = append(p.found.LeftOut, name+" "+route.Key.String()+": "+says)
			continue
		}
		for _, target := range routes.Examples(route) {
			request := fmt.Sprintf("%s %s as %s", target.Method, target.Path, name)
			response, err := p.send(ctx, key, target, cell)
			if err != nil {
				return fmt.Errorf("%s: %w", request, err)
			}
			p.found.Calls++
			switch outcome := response.Outcome(); {
			case outcome == prove.Failed:
				p.found.Wrong = append(p.found.Wrong, fmt.Sprintf("%s: status %d, not %s", request, response.Status, says))
			case !outcome.Agrees(cell):
				p.found.Wrong = append(p.found.Wrong, fmt.Sprintf("%s: %s, not %s", request, outcome, says))
			}
		}
	}
	return nil
}

// send repeats a request until it is decided as the cell says, or patience is over.
func (p *prover) send(ctx context.Context, key aws.Credentials, target access.Invoke, cell access.Cell) (prove.Response, error) {
	for end := time.Now().Add(p.patience); ; {
		response, err := p.client.Send(ctx, key, target.Method, target.Path, prove.BodyFor(target.Method, "{}"))
		if err != nil || response.Outcome().Agrees(cell) || time.Now().After(end) {
			return response, err
		}
		select {
		case <-ctx.Done():
			return response, ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}
