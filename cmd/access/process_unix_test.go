//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// decider is `access decide` as a process.
type decider struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.ReadCloser
	log bytes.Buffer
}

func startDecider(t *testing.T) *decider {
	t.Helper()
	d := &decider{cmd: process(t, t.TempDir(), "decide")}
	var err error
	d.in, err = d.cmd.StdinPipe()
	require.NoError(t, err)
	d.out, err = d.cmd.StdoutPipe()
	require.NoError(t, err)
	d.cmd.Stderr = &d.log
	require.NoError(t, d.cmd.Start())
	return d
}

// requireSignal waits until a signal ends the process without a message.
func (d *decider) requireSignal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	var exit *exec.ExitError
	require.ErrorAs(t, d.cmd.Wait(), &exit)
	assert.Equal(t, signal, exit.Sys().(syscall.WaitStatus).Signal())
	assert.Empty(t, d.log.String())
}

// TestDecidesLineByLine reads the decision about each line before it writes the next
// one. It then interrupts the process.
func TestDecidesLineByLine(t *testing.T) {
	d := startDecider(t)
	responses := bufio.NewReader(d.out)
	for _, v := range vectors()[:3] {
		_, err := io.WriteString(d.in, v[0]+"\n")
		require.NoError(t, err)
		response, err := responses.ReadString('\n')
		require.NoError(t, err)
		assert.Contains(t, response, v[1])
	}
	require.NoError(t, d.cmd.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(responses)
	require.NoError(t, err)
	assert.Empty(t, rest)
	d.requireSignal(t, syscall.SIGINT)
}

// TestClosedOutput closes the output early, as `| head -1` does.
func TestClosedOutput(t *testing.T) {
	d := startDecider(t)
	_, err := io.WriteString(d.in, "{}\n")
	require.NoError(t, err)
	_, err = bufio.NewReader(d.out).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, d.out.Close())
	_, err = io.WriteString(d.in, strings.Repeat("{}\n", 10))
	require.NoError(t, err)
	d.requireSignal(t, syscall.SIGPIPE)
}
