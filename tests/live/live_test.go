package live_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/prove"
	"iam-secured-api/tests/live"
)

// stackVariable names the stack whose API TestLive sends requests to; without it,
// none is sent.
const stackVariable = "LIVE_STACK"

func TestLive(t *testing.T) {
	stack := os.Getenv(stackVariable)
	if stack == "" {
		t.Log("nothing is sent: " + stackVariable + " is not set")
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
	found, err := outputs.Prove(t.Context(), prove.NewHTTP(nil), 90*time.Second)
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
