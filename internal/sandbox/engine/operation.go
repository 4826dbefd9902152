package engine

import (
	"context"
	"errors"
	"io"
	goruntime "runtime"
	"slices"

	"github.com/pulumi/pulumi/pkg/v3/backend/display"
	pulumidisplay "github.com/pulumi/pulumi/pkg/v3/display"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/pkg/v3/util/cancel"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	sdkresource "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// Options change how an operation runs. With the zero value it runs as the
// command of `pulumi` does without flags.
type Options struct {
	// Parallel is how many steps may run at once; 0 means four per processor.
	Parallel int32
	// Refresh reads what exists before an up, as --refresh does.
	Refresh bool
	// ContinueOnError continues with resources that do not depend on a failed one, like
	// --continue-on-error.
	ContinueOnError bool
	// ClearPendingCreates forgets creations that a refresh finds unfinished, as
	// --clear-pending-creates does.
	ClearPendingCreates bool
	// SkipPreview destroys without a preview, as --skip-preview does.
	SkipPreview bool
	// Output, if set, gets what `pulumi` prints with --diff, secrets hidden.
	Output io.Writer
	// Event, if set, is called with each of the engine's events, one at a time.
	Event func(engine.Event)
	// Checkpoint, if set, is called with the state after each step's begin and end,
	// while the step waits. That is the state that the engine leaves if it dies
	// then. Set Parallel to 1 with it: other steps would change what is recorded.
	Checkpoint func(State)
}

// Preview reports what Up would change, and changes nothing.
func (s *Stack) Preview(ctx context.Context, o Options) error {
	return s.run(ctx, o, true, engine.Update)
}

// Up deploys. Like every operation it returns a *[Failure] if the engine reports
// errors, and the state holds what was done until then.
func (s *Stack) Up(ctx context.Context, o Options) error { return s.run(ctx, o, false, engine.Update) }

// Refresh updates the state to what exists.
func (s *Stack) Refresh(ctx context.Context, o Options) error {
	if o.ClearPendingCreates {
		if err := s.clearPendingCreates(); err != nil {
			return err
		}
	}
	return s.run(ctx, o, false, engine.Refresh)
}

// clearPendingCreates does what Pulumi's command line does before it calls the
// engine.
func (s *Stack) clearPendingCreates() error {
	snapshot, err := s.snapshot()
	if err != nil || snapshot == nil {
		return err
	}
	snapshot.PendingOperations = slices.DeleteFunc(snapshot.PendingOperations, func(o resource.Operation) bool {
		return o.Type == resource.OperationTypeCreating
	})
	s.state, err = record(snapshot)
	return err
}

// Destroy deletes all resources of the stack, after a preview that finds protected
// ones.
func (s *Stack) Destroy(ctx context.Context, o Options) error {
	if !o.SkipPreview {
		if err := s.run(ctx, o, true, engine.Destroy); err != nil {
			return err
		}
	}
	return s.run(ctx, o, false, engine.Destroy)
}

// Adoption is an existing resource that becomes one of the stack.
type Adoption struct {
	Type   string // such as aws:iam/user:User
	Name   string // the program's
	ID     string // as the provider imports it
	Parent string // the URN of its component
}

// Import adds existing resources to the state, as `pulumi import` does.
func (s *Stack) Import(ctx context.Context, o Options, adoptions ...Adoption) error {
	var imports []deploy.Import
	for _, a := range adoptions {
		imports = append(imports, deploy.Import{
			Type: tokens.Type(a.Type), Name: a.Name, ID: sdkresource.ID(a.ID), Parent: sdkresource.URN(a.Parent),
		})
	}
	return s.run(ctx, o, false, func(
		info engine.UpdateInfo, ctx *engine.Context, options engine.UpdateOptions, dryRun bool,
	) (*deploy.Plan, pulumidisplay.ResourceChanges, error) {
		return engine.Import(info, ctx, options, imports, dryRun)
	})
}

// operation is one of the engine's.
type operation func(
	engine.UpdateInfo, *engine.Context, engine.UpdateOptions, bool,
) (*deploy.Plan, pulumidisplay.ResourceChanges, error)

// run runs an operation of the engine. A context that ends cancels it: steps
// under way are finished, and none is begun.
func (s *Stack) run(ctx context.Context, o Options, dryRun bool, operate operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	target, err := s.target()
	if err != nil {
		return err
	}
	cancelled, source := cancel.NewContext(context.WithoutCancel(ctx))
	defer source.Terminate()
	defer context.AfterFunc(ctx, source.Cancel)()

	events, heard := make(chan engine.Event), make(chan *Failure)
	go func() { heard <- listen(events, o) }()
	call := &engine.Context{Cancel: cancelled, Events: events}
	log := &journal{base: target.Snapshot, checkpoint: o.Checkpoint}
	if !dryRun {
		call.SnapshotManager = log
	}
	var plugins *host
	parallel := o.Parallel
	if parallel == 0 {
		parallel = int32(4 * goruntime.NumCPU())
	}
	_, _, err = operate(engine.UpdateInfo{Root: s.root, Project: s.project, Target: target}, call, engine.UpdateOptions{
		Parallel: parallel, Refresh: o.Refresh, ContinueOnError: o.ContinueOnError, Autonamer: s.autonamer, SkipPluginPreInstall: true,
		HostFactory: func(_ context.Context, sink, statusSink diag.Sink, _ plugin.DebugContext) (plugin.Host, error) {
			plugins = newHost(s.cloud, s.env, s.program, sink, statusSink)
			return plugins, nil
		},
	}, dryRun)
	close(events)
	failure := <-heard
	source.Terminate()
	if plugins != nil {
		if closed := plugins.Close(); err == nil {
			err = closed
		}
	}
	if !dryRun {
		log.mu.Lock()
		defer log.mu.Unlock()
		state, broken := log.snap()
		if broken != nil {
			return errors.Join(broken, err)
		}
		s.state = state
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failure.Err = err
	return failure
}

// listen passes the events of an operation on until there are no more, and keeps
// the errors among them.
func listen(events <-chan engine.Event, o Options) *Failure {
	failure, failed := &Failure{}, 0
	seen := map[sdkresource.URN]engine.StepEventMetadata{}
	for event := range events {
		if o.Event != nil {
			o.Event(event)
		}
		switch event.Type {
		case engine.ResourceOperationFailed:
			failed++
		case engine.DiagEvent:
			failure.add(event.Payload().(engine.DiagEventPayload))
		}
		if o.Output != nil {
			// A write that fails is the writer's to report, and the operation goes on.
			_, _ = io.WriteString(o.Output, display.RenderDiffEvent(event, failed, seen, displayOptions))
		}
	}
	return failure
}

var displayOptions = display.Options{
	Color: colors.Never, Type: display.DisplayDiff, ShowConfig: false, SuppressTimings: true, SuppressPermalink: true, TruncateOutput: true,
}

func (s *Stack) snapshot() (*deploy.Snapshot, error) {
	return snapshotOf(s.state, stack.Base64SecretsProvider{})
}
