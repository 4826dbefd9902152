//go:build cli && unix

package cli_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/faults"
)

// TestKilled kills a CLI that waits for the reply to a request, which then takes effect,
// and recovers as docs/recovery.md says. TestRecover cannot test the lock, because it
// imports its states into new stacks.
func TestKilled(t *testing.T) {
	t.Parallel()
	c, first := cloud.New(), faults.FirstUp(t)
	host := filepath.Join(t.TempDir(), "host")
	r := &recovery{
		TB: t, shell: newCompiled(t, first.Config, attach(t, c), "HOST_PID="+host), cloud: c, again: "up", want: first.Want, adopts: true,
	}

	reached, release := make(chan struct{}), make(chan struct{})
	c.OnMutation(func(m cloud.Mutation) cloud.Fault {
		if m.Action == "CreateStage" {
			close(reached)
			<-release
		}
		return cloud.NoFault
	})
	var printed strings.Builder
	cmd := r.command(t.Context(), "up", "--yes", "--skip-preview", "--parallel", "1")
	cmd.Stdout, cmd.Stderr = &printed, &printed
	require.NoError(t, cmd.Start())
	select {
	case <-reached:
	case <-time.After(2 * time.Minute):
		require.FailNow(t, "the stage is not created")
	}
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), &printed)
	killHost(t, host)
	before := c.Describe()
	close(release)
	require.Eventually(t, func() bool { return c.Describe() != before }, time.Minute, time.Millisecond)
	c.OnMutation(nil)

	_, err := r.try("up", "--yes", "--skip-preview")
	require.ErrorContains(t, err, "the stack is currently locked")
	r.run("cancel", "--yes")
	pending := r.export().PendingOperations
	require.Len(t, pending, 1)
	assert.Equal(t, apitype.OperationTypeCreating, pending[0].Type)
	assert.EqualValues(t, "urn:pulumi:sandbox::iam-secured-api::iam-secured-api:components:HttpApi$aws:apigatewayv2/stage:Stage::api-stage", pending[0].Resource.URN)
	r.pending = pending
	r.recover()
}

// killHost kills the language host of a killed CLI, which would otherwise run for
// some more minutes.
func killHost(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		assert.ErrorIs(t, err, syscall.ESRCH)
	}
}
