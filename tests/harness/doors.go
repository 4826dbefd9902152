package harness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/doors"
	"iam-secured-api/internal/sandbox/gateway"
)

// Region is where the tests' stacks are.
const Region = "us-east-1"

// Doors are those to a deployed stack, and a clock that they go by.
type Doors struct {
	*doors.Doors
	Outputs map[string]any
	Client  *http.Client

	mu      sync.Mutex
	ahead   time.Duration
	invoked int
}

// Open opens the doors to the run's stack, as it is deployed, until the test
// ends.
func (r *Run) Open(t testing.TB) *Doors {
	d := &Doors{Outputs: map[string]any{}, Client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	for name, output := range r.Outputs(t) {
		d.Outputs[name] = output.Value
	}
	stack := doors.Stack{
		Account: cloud.APIAccount, Region: Region, APIID: d.Outputs["apiId"].(string), Stage: d.Outputs["stageName"].(string),
		Profiles: map[string]string{},
	}
	for role, outputs := range d.Outputs["roles"].(map[string]any) {
		if profile, has := outputs.(map[string]any)["instanceProfileName"].(string); has {
			stack.Profiles[role] = profile
		}
	}
	var err error
	d.Doors, err = doors.Open(r.Cloud, stack, gateway.Options{Now: d.Now, Answered: d.answered})
	require.NoError(t, err)
	t.Cleanup(func() {
		d.Client.CloseIdleConnections()
		require.NoError(t, d.Close())
	})
	return d
}

// Output is a text in an output of maps.
func (d *Doors) Output(name, key, field string) string {
	return d.Outputs[name].(map[string]any)[key].(map[string]any)[field].(string)
}

// Now is the doors' time.
func (d *Doors) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Now().Add(d.ahead)
}

// Advance puts the doors' clock forward.
func (d *Doors) Advance(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ahead += by
}

func (d *Doors) answered(call gateway.Call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if call.Invoked {
		d.invoked++
	}
}

// Invoked counts the calls that have reached the backend.
func (d *Doors) Invoked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.invoked
}

// User has the access key that the stack gives a user.
func (d *Doors) User(name string) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(
		d.Output("users", name, "accessKeyId"), d.Outputs["secretAccessKeys"].(map[string]any)[name].(string), "")
}

// Call calls a path of the stage, signed with the credentials unless they are
// nil, and returns status and body.
func (d *Doors) Call(t testing.TB, as aws.CredentialsProvider, method, path, body string) (int, string) {
	request, err := http.NewRequest(method, d.InvokeURL+path, bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if as != nil {
		key, err := as.Retrieve(context.Background())
		require.NoError(t, err)
		sum := sha256.Sum256([]byte(body))
		require.NoError(t, v4.NewSigner().SignHTTP(context.Background(), key, request, hex.EncodeToString(sum[:]), "execute-api", Region, d.Now()))
	}
	response, err := d.Client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(answer)
}
