// Package harness runs the program with Pulumi's engine on simulated AWS for
// tests.
package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/backend/display"
	pulumi "github.com/pulumi/pulumi/pkg/v3/engine"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/examples/caller-account/caller"
	"iam-secured-api/internal/prepare"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
)

// Run is a stack of the program on its own Cloud.
type Run struct {
	Cloud *cloud.Cloud
	Stack *engine.Stack

	log *log // nil unless the run is Logged
}

// log is everything that operations have printed.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// event writes an event as JSON.
func (l *log) event(event pulumi.Event) {
	converted, err := display.ConvertEngineEvent(event, false)
	if err == nil {
		err = json.NewEncoder(l).Encode(converted)
	}
	if err != nil {
		panic(err) // every event can be encoded
	}
}

// New opens a stack of the program with this configuration on a new Cloud and deploys
// nothing. The Cloud already has the resources that the configuration expects to exist.
func New(t testing.TB, config map[string]any) *Run {
	run := open(t, cloud.New(), engine.Project{
		File: ProjectFile(t), Stack: "sandbox", Config: config, Program: program.Deploy,
	})
	run.Prepare(t, config)
	return run
}

// Prepare creates the resources that a configuration expects to exist in the Cloud, as
// cmd/sandbox does.
func (r *Run) Prepare(t testing.TB, config map[string]any) {
	require.NoError(t, prepare.Accounts(r.Cloud, planOf(t, config)))
}

// Caller opens a stack of the other account's program on the run's Cloud.
func (r *Run) Caller(t testing.TB, config map[string]any) *Run {
	return open(t, r.Cloud, engine.Project{
		File: example(t, "caller-account"), Stack: "sandbox", Config: config,
		AccessKeyID: cloud.CallerOperatorKey, Program: caller.Deploy,
	})
}

// Example opens a stack of an example on a new Cloud. The name is a folder in examples.
func Example(t testing.TB, name string, program sdk.RunFunc, config map[string]any) *Run {
	return open(t, cloud.New(), engine.Project{File: example(t, name), Stack: "sandbox", Config: config, Program: program})
}

// ExampleOn is like Example, but on an existing Cloud. The project has the program, the
// configuration and credentials.
func ExampleOn(t testing.TB, c *cloud.Cloud, name string, p engine.Project) *Run {
	p.File, p.Stack = example(t, name), "sandbox"
	return open(t, c, p)
}

// example returns the path of an example's project file.
func example(t testing.TB, name string) string {
	return filepath.Join(Root(t), "examples", name, "Pulumi.yaml")
}

func open(t testing.TB, c *cloud.Cloud, p engine.Project) *Run {
	stack, err := engine.Open(c, p)
	require.NoError(t, err)
	return &Run{Cloud: c, Stack: stack}
}

// Logged makes the run, and its later branches, record what operations print.
func (r *Run) Logged() *Run {
	r.log = &log{}
	return r
}

// Branch returns an independent copy of the run, its Cloud and its state.
func (r *Run) Branch() *Run { return r.At(r.Stack.State(), r.Cloud) }

// At returns a branch with another state and a copy of another Cloud.
func (r *Run) At(state engine.State, c *cloud.Cloud) *Run {
	branch := &Run{Cloud: c.Clone()}
	if r.log != nil {
		branch.Logged()
	}
	branch.Stack = r.Stack.Branch(branch.Cloud)
	branch.Stack.SetState(state)
	return branch
}

// Configure replaces the stack's configuration.
func (r *Run) Configure(t testing.TB, config map[string]any) {
	require.NoError(t, r.Stack.Configure(config))
}

// Printed returns everything that the operations of a [Run.Logged] run have printed:
// what `pulumi` prints with --diff and with --json, and errors.
func (r *Run) Printed() string {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	return r.log.buf.String()
}

// operation is an operation of a stack.
type operation func(*engine.Stack, context.Context, engine.Options) error

// do runs an operation and returns its steps.
func (r *Run) do(operate operation, options []engine.Options) (Changes, error) {
	var o engine.Options
	if len(options) > 0 {
		o = options[0]
	}
	steps := Changes{}
	o.Event = func(event pulumi.Event) {
		if change := changeOf(event); change != "" {
			steps = append(steps, change)
		}
		if r.log != nil {
			r.log.event(event)
		}
	}
	if r.log != nil {
		o.Output = r.log
	}
	err := operate(r.Stack, context.Background(), o)
	if err != nil && r.log != nil {
		fmt.Fprintln(r.log, err)
	}
	return Join(steps), err
}

// must runs an operation, which must succeed.
func (r *Run) must(t testing.TB, operate operation, options []engine.Options) Changes {
	t.Helper()
	changes, err := r.do(operate, options)
	require.NoError(t, err)
	return changes
}

// Up deploys, which must succeed.
func (r *Run) Up(t testing.TB, o ...engine.Options) Changes {
	t.Helper()
	return r.must(t, (*engine.Stack).Up, o)
}

// TryUp deploys.
func (r *Run) TryUp(o ...engine.Options) (Changes, error) { return r.do((*engine.Stack).Up, o) }

// Preview previews, which must succeed.
func (r *Run) Preview(t testing.TB) Changes {
	t.Helper()
	return r.must(t, (*engine.Stack).Preview, nil)
}

// TryPreview previews.
func (r *Run) TryPreview(o ...engine.Options) (Changes, error) {
	return r.do((*engine.Stack).Preview, o)
}

// Refresh refreshes, which must succeed. It returns the drift that it found: "update"
// or "delete".
func (r *Run) Refresh(t testing.TB, o ...engine.Options) Changes {
	t.Helper()
	return r.must(t, (*engine.Stack).Refresh, o)
}

// Destroy destroys, which must succeed.
func (r *Run) Destroy(t testing.TB) Changes {
	t.Helper()
	return r.must(t, (*engine.Stack).Destroy, nil)
}

// TryDestroy destroys.
func (r *Run) TryDestroy(o ...engine.Options) (Changes, error) {
	return r.do((*engine.Stack).Destroy, o)
}

// Outputs returns the stack's outputs, with secrets in plain text.
func (r *Run) Outputs(t testing.TB) map[string]engine.Output {
	outputs, err := r.Stack.Outputs()
	require.NoError(t, err)
	return outputs
}
