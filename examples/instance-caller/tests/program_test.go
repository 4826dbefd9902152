package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/examples/instance-caller/instance"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/metadata"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

// buildCall builds the program for this machine.
func buildCall(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "call")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/call")
	cmd.Dir = example
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// host is what a process on the instance sees.
type host struct {
	call      string
	url       string
	endpoints *harness.Endpoints
	metadata  *httptest.Server
	clock     *Clock
}

type line struct {
	Level, Msg, Path, Method, Body, Error, RequestID string
	Status, Attempt                                  int
}

// environment returns variables that leave the process only the instance's credentials.
func (h *host) environment() []string {
	return []string{
		"PATH=/nowhere", "HOME=/nowhere", "AWS_EC2_METADATA_SERVICE_ENDPOINT=" + h.metadata.URL,
		"API_URL=" + h.url, "API_REGION=" + harness.Region, "AWS_MAX_ATTEMPTS=1",
	}
}

// run runs the program once, and returns what it logs.
func (h *host) run(t *testing.T, args ...string) (lines []line, stderr string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), h.call, append(args, "-attempts", "1")...)
	cmd.Env = h.environment()
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	for text := range strings.Lines(string(out)) {
		var l line
		require.NoError(t, json.Unmarshal([]byte(text), &l), text)
		lines = append(lines, l)
	}
	for _, text := range []string{string(out), problems.String()} {
		assert.NotRegexp(t, `ASIA|Signature|Credential=`, text, "no credentials")
	}
	return lines, problems.String(), err
}

// TestProgram deploys the program that is built for the instance, and runs it on this
// machine with the metadata of that instance.
func TestProgram(t *testing.T) {
	t.Parallel()
	d := prepare(t)
	program, err := instance.Build(t.Context(), example, t.TempDir())
	require.NoError(t, err)
	d.file = program.Path
	d.Up(t)

	i := d.instance(t)
	name := d.Outputs(t)["bucket"].Value.(string)
	keys := Must(d.region().ListObjects(name))
	require.Equal(t, []string{"call-" + program.SHA256}, keys)
	stored, content, err := d.region().GetObject(name, keys[0])
	require.NoError(t, err)
	assert.Equal(t, program.SHA256, stored.SHA256)
	assert.True(t, string(Must(os.ReadFile(program.Path))) == string(content), "the same bytes")
	assert.Contains(t, i.UserData, fmt.Sprintf("s3://%s/%s call.new", name, keys[0]))
	assert.Contains(t, i.UserData, program.SHA256+"  call.new")
	assert.Equal(t, "\x7fELF", string(content[:4]))
	assert.Equal(t, byte(0xb7), content[18], "for arm64")

	e := d.api.Open(t)
	h := &host{call: buildCall(t), endpoints: e, url: e.InvokeURL, clock: NewClock(time.Now())}
	service := metadata.OfInstance(d.Cloud, cloud.APIAccount, harness.Region, i.ID, h.clock.Now)
	h.metadata = httptest.NewServer(service)
	t.Cleanup(h.metadata.Close)

	lines, _, err := h.run(t)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	assert.Equal(t, 200, lines[0].Status)
	assert.Equal(t, "/products", lines[0].Path)
	assert.JSONEq(t, `{"products":[]}`, lines[0].Body)
	assert.NotEmpty(t, lines[0].RequestID)
	assert.Equal(t, 1, e.Invoked())

	lines, stderr, err := h.run(t, "-method", "POST", "-body", `{"name":"x"}`)
	require.Error(t, err)
	assert.Equal(t, 403, lines[0].Status)
	assert.Contains(t, stderr, "POST /products: status 403")
	assert.Equal(t, 1, e.Invoked(), "the request did not reach the backend")

	response, err := http.Get(h.metadata.URL + "/latest/meta-data/iam/security-credentials/")
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, response.StatusCode, "version 1 of the metadata service")
	require.NoError(t, response.Body.Close())

	h.metadata.Config.Handler = service.Behind(1)
	_, stderr, err = h.run(t)
	require.Error(t, err)
	assert.Contains(t, stderr, "no credentials", "a container behind another hop has none")
	h.metadata.Config.Handler = service

	readOnly := Must(d.account().RolePolicies().Attached(role))[0]
	OK(d.account().RolePolicies().Detach(role, readOnly))
	lines, _, err = h.run(t)
	require.Error(t, err)
	assert.Equal(t, 403, lines[0].Status, "without the policy")
	OK(d.account().RolePolicies().Attach(role, readOnly))
	_, _, err = h.run(t)
	require.NoError(t, err)

	OK(d.region().TerminateInstances(i.ID))
	_, stderr, err = h.run(t)
	require.Error(t, err)
	assert.Contains(t, stderr, "no credentials", "a terminated instance")
}

// TestRenewal lets the credentials of the running program expire. The program gets new ones.
func TestRenewal(t *testing.T) {
	t.Parallel()
	d := prepare(t)
	d.Up(t)
	e := d.api.Open(t)
	// These expire in three seconds. The SDK requests new ones only then.
	h := &host{call: buildCall(t), endpoints: e, url: e.InvokeURL, clock: NewClock(time.Now().Add(-6*time.Hour + 3*time.Second))}
	sessions := make(chan struct{}, 100)
	d.Cloud.OnMutation(func(m cloud.Mutation) cloud.Fault {
		if strings.HasPrefix(m.Action, "AssumeRole") {
			sessions <- struct{}{}
		}
		return cloud.NoFault
	})
	h.metadata = httptest.NewServer(metadata.OfInstance(d.Cloud, cloud.APIAccount, harness.Region, d.instance(t).ID, h.clock.Now))
	t.Cleanup(h.metadata.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.call, "-interval", "20ms")
	cmd.Env = h.environment()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	decoder := json.NewDecoder(out)
	next := func() line {
		var l line
		require.NoError(t, decoder.Decode(&l))
		return l
	}
	require.Equal(t, 200, next().Status)
	require.Len(t, sessions, 1)
	h.clock.Forward(6*time.Hour - 3*time.Second)
	for len(sessions) < 2 {
		next() // the last request with the expired ones may be refused
	}
	for next().Status != 200 {
	}
	for range 3 {
		require.Equal(t, 200, next().Status)
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	for {
		var l line
		if decoder.Decode(&l) != nil {
			break
		}
	}
	require.NoError(t, cmd.Wait(), "a service that is stopped ends without an error")
	assert.Len(t, sessions, 2)
}
