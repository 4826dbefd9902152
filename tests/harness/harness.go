// Package harness runs the program with the real engine on simulated AWS for
// tests.
package harness

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/stretchr/testify/require"

	"iam-secured-api/examples/caller-account/caller"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
)

// Run is the program's stack on a Cloud of its own.
type Run struct {
	Cloud     *cloud.Cloud
	Workspace *engine.Workspace
	Stack     *engine.Stack

	project engine.Project
	log     *log
}

// log is everything that commands have printed.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// New opens a stack of the program with this configuration on a new Cloud and
// deploys nothing.
func New(t testing.TB, config map[string]any) *Run {
	c := cloud.New()
	workspace, err := engine.New(context.Background(), c, os.Stderr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, workspace.Close()) })
	return open(context.Background(), t, &Run{
		Cloud:     c,
		Workspace: workspace,
		log:       &log{},
		project: engine.Project{
			File:    ProjectFile(t),
			Stack:   "sandbox",
			Config:  config,
			Program: program.Deploy,
		},
	})
}

// Caller opens a stack of the other account's program on the run's Cloud, in
// the run's workspace.
func (r *Run) Caller(t testing.TB, config map[string]any) *Run {
	return open(context.Background(), t, &Run{
		Cloud:     r.Cloud,
		Workspace: r.Workspace,
		log:       &log{},
		project: engine.Project{
			File:        filepath.Join(Root(t), "examples", "caller-account", "Pulumi.yaml"),
			Stack:       "sandbox",
			Config:      config,
			AccessKeyID: cloud.CallerOperatorKey,
			Program:     caller.Deploy,
		},
	})
}

// Branch copies the run, Cloud and state, as it stands. What happens in one
// does not show in the other.
func (r *Run) Branch(t testing.TB) *Run {
	branch := *r
	branch.Cloud = r.Cloud.Clone()
	branch.log = &log{}
	var err error
	branch.Workspace, err = r.Workspace.Clone(context.Background(), branch.Cloud)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, branch.Workspace.Close()) })
	return open(engine.Bare(context.Background()), t, &branch)
}

func open(ctx context.Context, t testing.TB, r *Run) *Run {
	var err error
	r.Stack, err = r.Workspace.Open(ctx, r.project)
	require.NoError(t, err)
	return r
}

// Configure replaces the stack's configuration.
func (r *Run) Configure(t testing.TB, config map[string]any) {
	require.NoError(t, r.Stack.Configure(config))
	r.project.Config = config
}

// Printed is everything that the run's commands have printed so far, their
// event logs too.
func (r *Run) Printed() string {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return r.log.buf.String()
}

// Up deploys, which must succeed.
func (r *Run) Up(t testing.TB, opts ...optup.Option) Changes {
	changes, err := r.TryUp(opts...)
	require.NoError(t, err)
	return changes
}

// TryUp deploys.
func (r *Run) TryUp(opts ...optup.Option) (Changes, error) {
	return r.watch(func(events chan events.EngineEvent) error {
		_, err := r.Stack.Up(engine.Bare(context.Background()), append(opts,
			optup.ProgressStreams(r.log), optup.ErrorProgressStreams(r.log), optup.EventStreams(events))...)
		return err
	})
}

// Preview previews, which must succeed.
func (r *Run) Preview(t testing.TB) Changes {
	changes, err := r.watch(func(events chan events.EngineEvent) error {
		_, err := r.Stack.Preview(context.Background(),
			optpreview.ProgressStreams(r.log), optpreview.ErrorProgressStreams(r.log), optpreview.EventStreams(events))
		return err
	})
	require.NoError(t, err)
	return changes
}

// Refresh refreshes, which must succeed. Its changes are the drift that it
// found: "update" or "delete".
func (r *Run) Refresh(t testing.TB, opts ...optrefresh.Option) Changes {
	changes, err := r.watch(func(events chan events.EngineEvent) error {
		_, err := r.Stack.Refresh(engine.Bare(context.Background()), append(opts,
			optrefresh.ProgressStreams(r.log), optrefresh.ErrorProgressStreams(r.log), optrefresh.EventStreams(events))...)
		return err
	})
	require.NoError(t, err)
	return changes
}

// Destroy destroys, which must succeed.
func (r *Run) Destroy(t testing.TB) Changes {
	changes, err := r.TryDestroy()
	require.NoError(t, err)
	return changes
}

// TryDestroy destroys.
func (r *Run) TryDestroy() (Changes, error) {
	return r.watch(func(events chan events.EngineEvent) error {
		_, err := r.Stack.Destroy(engine.Bare(context.Background()),
			optdestroy.ProgressStreams(r.log), optdestroy.ErrorProgressStreams(r.log), optdestroy.EventStreams(events))
		return err
	})
}

// Pulumi runs any other command of the CLI on the stack, which must succeed, and
// returns what it prints.
func (r *Run) Pulumi(t testing.TB, args ...string) string {
	workspace := r.Stack.Workspace()
	var env []string
	for key, value := range workspace.GetEnvVars() {
		env = append(env, key+"="+value)
	}
	out, errs, _, err := workspace.PulumiCommand().Run(context.Background(), workspace.WorkDir(), nil, nil, nil, env,
		append(args, "--stack", r.Stack.Name())...)
	require.NoError(t, err, errs)
	return out
}

// State is the exported state, secrets encrypted.
func (r *Run) State(t testing.TB) string { return r.Pulumi(t, "stack", "export") }

// Outputs are the stack's outputs, secrets in the clear.
func (r *Run) Outputs(t testing.TB) auto.OutputMap {
	outputs, err := r.Stack.Outputs(context.Background())
	require.NoError(t, err)
	return outputs
}
