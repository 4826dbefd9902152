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

// TestAnswersLineByLine: each line is answered before the next one is there, and
// an interrupt ends it without a word.
func TestAnswersLineByLine(t *testing.T) {
	cmd := process(t, t.TempDir(), "decide")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var log bytes.Buffer
	cmd.Stderr = &log
	require.NoError(t, cmd.Start())
	answers := bufio.NewReader(out)
	for _, v := range vectors()[:3] {
		_, err := io.WriteString(in, v[0]+"\n")
		require.NoError(t, err)
		answer, err := answers.ReadString('\n')
		require.NoError(t, err)
		assert.Contains(t, answer, v[1])
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(answers)
	require.NoError(t, err)
	assert.Empty(t, rest)
	err = cmd.Wait()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, syscall.SIGINT, exit.Sys().(syscall.WaitStatus).Signal())
	assert.Empty(t, log.String())
}

// TestReaderThatGoesAway, as `| head -1` does, ends it without a word.
func TestReaderThatGoesAway(t *testing.T) {
	cmd := process(t, t.TempDir(), "decide")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var log bytes.Buffer
	cmd.Stderr = &log
	require.NoError(t, cmd.Start())
	_, err = io.WriteString(in, "{}\n")
	require.NoError(t, err)
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, out.Close())
	_, err = io.WriteString(in, strings.Repeat("{}\n", 10))
	require.NoError(t, err)
	err = cmd.Wait()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, syscall.SIGPIPE, exit.Sys().(syscall.WaitStatus).Signal())
	assert.Empty(t, log.String())
}
