package endtoend_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/gateway"
	"iam-secured-api/tests/harness"
)

// crowdStack has routes of each authorization with limits and backends of their own. The
// stage's limit admits exactly the first requests to the routes without one.
const crowdStack = `{
	backend: {archive: null, url: "https://shop.example.com", headers: {x-origin-verify: a-secret}},
	authorizers: {customers: {issuer: "https://login.example.com/shop", audiences: [shop]}},
	throttle: {rateLimit: 0.003, burstLimit: 300},
	routes: {
		GET /catalog: {authorization: customers, backend: {url: "https://catalog.example.com"}},
		GET /broken: {authorization: none, backend: {url: "https://broken.example.com"}},
		ANY /stock: {throttle: {rateLimit: 0.001, burstLimit: 20}, backend: {functionArn: "arn:aws:lambda:us-east-1:111122223333:function:stock:live"}},
		$default: {authorization: none, throttle: {rateLimit: 0.002, burstLimit: 10}, backend: {functionArn: "arn:aws:lambda:us-east-1:111122223333:function:rest"}}
	},
	alarms: {topicArn: "arn:aws:sns:us-east-1:111122223333:ops", thresholds: {refused: 150, serverErrors: 50, throttled: 70}}
}`

// crowd is the backend of all routes. It notes who called, by backend and client.
type crowd struct {
	mu   sync.Mutex
	seen map[string]map[string]int // "HOST CLIENT" or "FUNCTION CLIENT" -> callers
}

func (c *crowd) note(backend, client, caller string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := backend + " " + client
	if c.seen[key] == nil {
		c.seen[key] = map[string]int{}
	}
	c.seen[key][caller]++
}

func (c *crowd) RoundTrip(r *http.Request) (*http.Response, error) {
	var caller []string
	for _, header := range []string{components.HeaderCallerArn, components.HeaderCallerAccount, components.HeaderCallerSubject, "x-origin-verify"} {
		caller = append(caller, strings.Join(r.Header.Values(header), ","))
	}
	c.note(r.URL.Host, r.URL.Query().Get("client"), strings.Join(caller, "|"))
	response := &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}
	if strings.HasPrefix(r.URL.Host, "broken.") {
		response.StatusCode = 503
	}
	return response, nil
}

func (c *crowd) function(f gateway.Function) (lambda.Handler, error) {
	return gateway.EventHandler(func(_ context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		query, err := url.ParseQuery(e.RawQueryString)
		caller := "nobody"
		if a := e.RequestContext.Authorizer; a != nil && a.IAM != nil {
			caller = a.IAM.UserARN
		}
		c.note(f.FunctionName, query.Get("client"), caller)
		return events.APIGatewayV2HTTPResponse{StatusCode: 200}, err
	}), nil
}

// TestCrowd sends requests of 200 clients at once to all routes, each client as a session,
// a bearer or a user of its own, or unsigned. No route's limit throttles another route, the
// counts are exact, the alarms go off and are over again, and each backend learns the
// principal that sent the request.
func TestCrowd(t *testing.T) {
	t.Parallel()
	run := harness.New(t, harness.Merge(t, harness.Config(t), crowdStack))
	run.Up(t)
	backends := &crowd{seen: map[string]map[string]int{}}
	w := &watch{run.OpenWith(t, gateway.Options{Backend: backends, Functions: backends.function}), t,
		run.Cloud.Account(cloud.APIAccount).Region(harness.Region), 0}
	b := &bearers{w.Endpoints}
	require.NoError(t, run.Cloud.Account(cloud.CallerAccount).UserPolicies().Put(cloud.CallerUser, cloud.InlinePolicy{
		PolicyName: "assume", PolicyDocument: `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}`,
	}))
	other, john, jane := otherUser(t, run), w.User("john-readonly"), w.User("jane-admin")
	const johns, janes = "arn:aws:iam::111122223333:user/john-readonly", "arn:aws:iam::111122223333:user/jane-admin"
	sessions, tokens := map[int]aws.CredentialsProvider{}, map[int]string{}
	want := map[string]map[string]int{}
	for client := range 200 {
		name := fmt.Sprintf("client-%d", client)
		switch client % 8 {
		case 0:
			sessions[client] = fixed(t, assuming(w.Endpoints, other, func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = name }))
			arn := "arn:aws:sts::111122223333:assumed-role/" + executor + "/" + name
			want[fmt.Sprintf("shop.example.com %d", client)] = map[string]int{arn + "|111122223333||a-secret": 2}
		case 1:
			tokens[client] = b.token(shop, map[string]any{"sub": name})
			want[fmt.Sprintf("catalog.example.com %d", client)] = map[string]int{"||" + name + "|": 2}
		case 2:
			want[fmt.Sprintf("broken.example.com %d", client)] = map[string]int{"|||": 2}
		}
	}
	statuses := w.crowd(200, func(client int) (string, int) {
		query := fmt.Sprintf("?client=%d", client)
		switch client % 8 {
		case 0:
			status, _ := w.Send(t, sessions[client], "GET", "/products"+query, "")
			return "as a session", status
		case 1:
			status, _, _ := b.get(t, "/catalog"+query, "Bearer "+tokens[client])
			return "as a bearer", status
		case 2:
			status, _ := w.Send(t, nil, "GET", "/broken"+query, "")
			return "broken", status
		case 3:
			status, _, _ := b.get(t, "/catalog"+query)
			return "no token", status
		case 4:
			status, _ := w.Send(t, nil, "GET", "/products"+query, "")
			return "unsigned", status
		case 5:
			status, _ := w.Send(t, john, "POST", "/products"+query, "")
			return "denied", status
		case 6:
			status, _ := w.Send(t, jane, "PUT", "/stock"+query, "")
			return "stock", status
		}
		status, _ := w.Send(t, nil, "GET", "/anything"+query, "")
		return "default", status
	})
	require.Equal(t, map[string]map[int]int{
		"as a session": {200: 50}, "as a bearer": {200: 50}, "broken": {503: 50}, "no token": {401: 50}, "unsigned": {403: 50}, "denied": {403: 50},
		"stock": {200: 20, 429: 30}, "default": {200: 10, 429: 40},
	}, statuses)
	require.Equal(t, []float64{150, 70, 220, 50, 400}, w.counts())
	require.Equal(t, allAre("ALARM"), w.states())
	stock, rest := 0, 0
	for key, callers := range backends.seen {
		switch {
		case strings.HasPrefix(key, "stock "):
			stock += callers[janes]
			require.Len(t, callers, 1, key)
		case strings.HasPrefix(key, "rest "):
			rest += callers["nobody"]
			require.Len(t, callers, 1, key)
		default:
			assert.Equal(t, want[key], callers, key)
			delete(want, key)
		}
	}
	assert.Empty(t, want, "requests that no backend got")
	assert.Equal(t, []int{20, 10}, []int{stock, rest})

	// Each limit admits what its own rate has added since.
	w.Advance(3020 * time.Second)
	require.Equal(t, map[string]map[int]int{"stock": {200: 3, 429: 7}, "default": {200: 6, 429: 4}, "stage": {200: 9, 429: 11}},
		w.crowd(20, func(client int) (string, int) {
			switch client % 4 {
			case 0:
				status, _ := w.Send(t, jane, "GET", "/stock", "")
				return "stock", status
			case 1:
				status, _ := w.Send(t, nil, "GET", "/anything", "")
				return "default", status
			}
			status, _ := w.Send(t, john, "GET", "/products", "")
			return "stage", status
		}))
	require.Equal(t, []float64{0, 22, 22, 0, 40}, w.counts())
	require.Equal(t, allAre("OK"), w.states())
	require.Contains(t, backends.seen["shop.example.com "], johns+"|111122223333||a-secret")
}

// crowd sends two requests for each client, all clients at once, and waits until they are
// counted. It returns how often each status was seen, by the names that send returns.
func (w *watch) crowd(clients int, send func(client int) (name string, status int)) map[string]map[int]int {
	var mu sync.Mutex
	var all sync.WaitGroup
	statuses := map[string]map[int]int{}
	for client := range clients {
		all.Go(func() {
			for range 2 {
				name, status := send(client)
				mu.Lock()
				if statuses[name] == nil {
					statuses[name] = map[int]int{}
				}
				statuses[name][status]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	w.sent += 2 * clients
	require.Eventually(w, func() bool { return w.Answered() == w.sent }, time.Minute, time.Millisecond)
	return statuses
}

// counts returns the counts of refused and throttled requests, and API Gateway's of errors
// and requests, in the last half hour.
func (w *watch) counts() []float64 {
	api := w.Outputs["apiId"].(string)
	ofStage := map[string]string{"ApiId": api, "Stage": "prod"}
	return []float64{
		w.metric("HttpApi/"+api, "Refused", nil), w.metric("HttpApi/"+api, "Throttled", nil),
		w.metric("AWS/ApiGateway", "4xx", ofStage), w.metric("AWS/ApiGateway", "5xx", ofStage), w.metric("AWS/ApiGateway", "Count", ofStage),
	}
}
