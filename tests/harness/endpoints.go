package harness

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"iam-secured-api/cmd/sandbox/functions"
	"iam-secured-api/internal/prove"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/endpoints"
	"iam-secured-api/internal/sandbox/gateway"
)

// Region is the region of the tests' stacks.
const Region = "us-east-1"

// Endpoints are the endpoints of a deployed stack, with their own clock.
type Endpoints struct {
	*endpoints.Endpoints
	Outputs map[string]any
	Client  *http.Client

	mu       sync.Mutex
	ahead    time.Duration
	invoked  int
	answered int
}

// Open serves the endpoints of the deployed stack until the test ends.
func (r *Run) Open(t testing.TB) *Endpoints {
	return r.OpenWith(t, gateway.Options{Functions: functions.New})
}

// OpenWith is like Open, with options of the gateway, whose clock and observer it sets.
func (r *Run) OpenWith(t testing.TB, options gateway.Options) *Endpoints {
	e := &Endpoints{Outputs: map[string]any{}}
	for name, output := range r.Outputs(t) {
		e.Outputs[name] = output.Value
	}
	stack := endpoints.Stack{
		Account: cloud.APIAccount, Region: Region, APIID: e.Outputs["apiId"].(string), Stage: e.Outputs["stageName"].(string),
		Profiles: map[string]string{},
	}
	for role, outputs := range e.Outputs["roles"].(map[string]any) {
		if profile, has := outputs.(map[string]any)["instanceProfileName"].(string); has {
			stack.Profiles[role] = profile
		}
	}
	if e.Outputs["domainTarget"] != nil {
		stack.Domain = strings.TrimPrefix(e.Outputs["invokeUrl"].(string), "https://")
	}
	var err error
	options.Now, options.Observe = e.Now, e.observe
	e.Endpoints, err = endpoints.Open(r.Cloud, stack, options)
	require.NoError(t, err)
	transport := e.Transport()
	transport.MaxIdleConnsPerHost = 100
	e.Client = prove.NewHTTP(transport)
	t.Cleanup(func() {
		e.Client.CloseIdleConnections()
		require.NoError(t, e.Close())
	})
	return e
}

// Output returns a text in an output that is a map of maps.
func (e *Endpoints) Output(name, key, field string) string {
	return e.Outputs[name].(map[string]any)[key].(map[string]any)[field].(string)
}

// Now returns the endpoints' time.
func (e *Endpoints) Now() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Now().Add(e.ahead)
}

// Advance puts the endpoints' clock forward.
func (e *Endpoints) Advance(by time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ahead += by
}

func (e *Endpoints) observe(r gateway.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answered++
	if r.Invoked {
		e.invoked++
	}
}

// Answered returns the number of requests with a response that were logged and counted. A
// client may receive its response earlier.
func (e *Endpoints) Answered() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.answered
}

// Invoked returns the number of requests that reached the backend.
func (e *Endpoints) Invoked() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.invoked
}

// User returns the access key that the stack created for a user.
func (e *Endpoints) User(name string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(
		e.Output("users", name, "accessKeyId"), e.Outputs["secretAccessKeys"].(map[string]any)[name].(string), "")
}

// Send sends a request to a path of the stage, signed with the credentials unless
// they are nil, and returns status and body.
func (e *Endpoints) Send(t testing.TB, as aws.CredentialsProvider, method, path, body string) (int, string) {
	var key aws.Credentials
	if as != nil {
		var err error
		key, err = as.Retrieve(context.Background())
		require.NoError(t, err)
	}
	client := prove.Client{HTTP: e.Client, URL: e.InvokeURL, Region: Region, Now: e.Now}
	response, err := client.Send(context.Background(), key, method, path, body)
	require.NoError(t, err)
	return response.Status, response.Body
}
