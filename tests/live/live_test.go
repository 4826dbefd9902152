package live_test

import (
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/tests/live"
)

// stackVariable names the stack that TestLive calls; without it, nothing is
// called.
const stackVariable = "LIVE_STACK"

func TestLive(t *testing.T) {
	stack := os.Getenv(stackVariable)
	if stack == "" {
		t.Log("no stack is called: " + stackVariable + " is not set")
		return
	}
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	cmd := exec.Command("pulumi", "stack", "output", "--json", "--show-secrets", "--stack", stack)
	cmd.Dir, cmd.Stderr = root, os.Stderr
	text, err := cmd.Output()
	require.NoError(t, err)
	outputs, err := live.Read(text)
	require.NoError(t, err)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // a backend's is its answer
	found, err := outputs.Prove(t.Context(), client, 90*time.Second)
	require.NoError(t, err)
	for _, cell := range found.LeftOut {
		t.Log("left out: " + cell)
	}
	t.Logf("%d calls", found.Calls)
	assert.Empty(t, found.Wrong)
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "error: no stack", "no outputs": "{}", "no matrix": `{"invokeUrl": "https://x", "executionArn": "arn:aws:execute-api:us-east-1:111122223333:abc"}`,
	} {
		_, err := live.Read([]byte(text))
		assert.ErrorContains(t, err, "outputs", name)
	}
}
