package faults

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/pulumicli"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/tests/harness"
)

// Kill runs the command and kills the engine while it waits for the replies to
// these calls, all at once. What happens to each then is up to its fault:
// NoFault for one that takes effect though nobody waits for it any longer, which
// must show in the Cloud, FailBefore for one that does not.
func Kill(t testing.TB, run *harness.Run, command Command, calls map[Call]cloud.Fault) {
	alive, kill := context.WithCancel(context.Background())
	defer kill()
	original := run.Stack.Stack
	run.Stack.Stack = killable(t, alive, original, len(calls))
	defer func() { run.Stack.Stack = original }()

	reached, release := make(chan Call, len(calls)), map[Call]chan struct{}{}
	for call := range calls {
		release[call] = make(chan struct{})
	}
	Watch(run.Cloud, func(call Call, _ cloud.Mutation) cloud.Fault {
		fault, held := calls[call]
		if held {
			reached <- call
			<-release[call]
		}
		return fault
	})
	ended := make(chan error, 1)
	go func() { ended <- command.Run(run) }()
	for range calls {
		select {
		case <-reached:
		case err := <-ended:
			require.FailNow(t, "the command ended before it was killed", "%v", err)
		case <-time.After(2 * time.Minute):
			require.FailNow(t, "the command did not make the calls")
		}
	}
	kill()
	require.Error(t, <-ended)
	for call, fault := range calls {
		before := run.Cloud.Describe()
		close(release[call])
		if fault == cloud.NoFault {
			require.Eventually(t, func() bool { return run.Cloud.Describe() != before }, time.Minute, time.Millisecond, "%s takes effect", call)
		}
	}
	run.Cloud.OnMutation(nil)
}

// killable opens the stack with a CLI that dies with the context. Where one call
// is to be held, it makes one at a time, so that no other is under way then.
func killable(t testing.TB, alive context.Context, stack auto.Stack, held int) auto.Stack {
	found, err := pulumicli.Find(alive, os.Stderr)
	require.NoError(t, err)
	w := stack.Workspace()
	opened, err := auto.NewLocalWorkspace(alive, auto.WorkDir(w.WorkDir()), auto.Program(w.Program()), auto.EnvVars(w.GetEnvVars()),
		auto.Pulumi(mortal{PulumiCommand: w.PulumiCommand(), path: found.Path, alive: alive}))
	require.NoError(t, err)
	if held == 1 {
		opened.SetEnvVar("PULUMI_PARALLEL", "1")
	} else {
		opened.SetEnvVar("PULUMI_PARALLEL", "64")
	}
	selected, err := auto.SelectStack(alive, stack.Name(), opened)
	require.NoError(t, err)
	return selected
}

// mortal is a Pulumi CLI that is killed outright, without a word, when its
// context ends. The Automation API's own gets an interrupt, and cleans up.
type mortal struct {
	auto.PulumiCommand
	path  string
	alive context.Context
}

// Run runs the CLI.
func (m mortal) Run(
	_ context.Context, workdir string, stdin io.Reader, out, errs []io.Writer, env []string, args ...string,
) (string, string, int, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(m.alive, m.path, append([]string{"--non-interactive"}, args...)...)
	cmd.Dir, cmd.Stdin = workdir, stdin
	cmd.Env = append(append(os.Environ(), env...), "PULUMI_AUTOMATION_API=true")
	cmd.Stdout = io.MultiWriter(append(out, &stdout)...)
	cmd.Stderr = io.MultiWriter(append(errs, &stderr)...)
	err := cmd.Run()
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), err
}
