package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/examples/caller-account/caller"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/gateway"
)

// errDisagrees ends a trial in which somebody could call what they should not, or
// could not call what they should.
var errDisagrees = errors.New("not every call was decided as expected")

// try deploys both programs, shows what they made, has everyone call every route,
// and destroys it all.
func try(ctx context.Context, out, log io.Writer, f format) (err error) {
	t, err := newTrial(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	before := t.aws.Describe()
	api, err := t.deployAll(ctx)
	if err != nil {
		return err
	}
	if err := t.callAll(ctx, api); err != nil {
		return err
	}
	if err := t.destroyAll(ctx); err != nil {
		return err
	}
	if after := t.aws.Describe(); after != before {
		return fmt.Errorf("destroy left something behind:\n%s", after)
	}
	if err := t.result.write(out, f); err != nil {
		return err
	}
	if !t.result.Access.Agrees {
		return errDisagrees
	}
	return nil
}

// trial is one deployment of all stacks and its destruction.
type trial struct {
	root      string
	aws       *cloud.Cloud
	workspace *engine.Workspace
	progress  *progress
	stacks    []*engine.Stack
	config    program.Config // of the API's stack
	refused   error          // what is wrong with it
	result    result
}

func newTrial(ctx context.Context, log io.Writer) (*trial, error) {
	root, err := gotool.ModuleRoot()
	if err != nil {
		return nil, err
	}
	t := &trial{root: root, aws: cloud.New(), progress: newProgress(log)}
	t.workspace, err = engine.New(ctx, t.aws, log)
	return t, err
}

func (t *trial) close() error {
	if left := t.workspace.Close(); left != nil {
		return fmt.Errorf("%w: %w", errLeftBehind, left)
	}
	return nil
}

// deployAll deploys both programs, and returns the outputs of the API's.
func (t *trial) deployAll(ctx context.Context) (auto.OutputMap, error) {
	config, err := engine.ReadConfig(filepath.Join(t.root, "Pulumi.sandbox.yaml"))
	if err != nil {
		return nil, err
	}
	outputs, err := t.deploy(ctx, cloud.APIAccount, engine.Project{
		File:    filepath.Join(t.root, "Pulumi.yaml"),
		Stack:   "sandbox",
		Config:  config,
		Program: t.program,
	})
	if err != nil {
		return nil, err
	}
	callerConfig := callerConfig(config, t.result.Stacks[0].Outputs)
	if callerConfig == nil {
		return outputs, nil
	}
	_, err = t.deploy(ctx, cloud.CallerAccount, engine.Project{
		File:        filepath.Join(t.root, "examples", "caller-account", "Pulumi.yaml"),
		Stack:       "sandbox",
		Config:      callerConfig,
		AccessKeyID: cloud.CallerOperatorKey,
		Program:     caller.Deploy,
	})
	return outputs, err
}

// program is the program, whose configuration is kept.
func (t *trial) program(ctx *pulumi.Context) error {
	if t.config, t.refused = program.Load(ctx); t.refused != nil {
		return t.refused
	}
	return program.Deploy(ctx)
}

// deploy runs one program and records what it made.
func (t *trial) deploy(ctx context.Context, account string, p engine.Project) (auto.OutputMap, error) {
	stack, err := t.workspace.Open(ctx, p)
	if err != nil {
		return nil, err
	}
	stack.SkipCheckpoints() // nobody goes on with a state that an interrupt leaves
	t.stacks = append(t.stacks, stack)
	name := filepath.Base(stack.Workspace().WorkDir())
	done := t.progress.step("deploying " + name + " to account " + account)
	up, err := stack.Up(ctx, optup.EventStreams(t.progress.events()))
	if t.refused != nil { // the engine says the same in many more words
		return nil, t.refused
	}
	if err != nil {
		return nil, err
	}
	state, err := stack.Export(ctx)
	if err != nil {
		return nil, err
	}
	made, err := describe(name, account, up.Outputs, state.Deployment)
	if err != nil {
		return nil, err
	}
	made.Seconds = done()
	t.result.Stacks = append(t.result.Stacks, made)
	return up.Outputs, nil
}

// callAll opens the doors, has everyone call every route, and closes them.
func (t *trial) callAll(ctx context.Context, outputs auto.OutputMap) (err error) {
	done := t.progress.step("calling every route as everyone")
	said := &recorder{calls: map[string]gateway.Call{}}
	api, err := open(t.aws, t.config, outputs, gateway.Options{Answered: said.record, Unthrottled: true, Backend: standIn{}, Log: t.progress.logger()})
	if err != nil {
		return err
	}
	client, lent := newClient(), &borrowed{aws: t.aws}
	defer func() {
		client.CloseIdleConnections()
		err = errors.Join(err, api.doors.Close(), lent.giveBack())
	}()
	everyone, err := api.assemble(lent, client)
	if err != nil {
		return err
	}
	found, err := api.callAll(ctx, client, everyone, said)
	if err != nil {
		return err
	}
	t.result.Access = accessFound{Agrees: found.disagreeing() == 0, Principals: found}
	done()
	return nil
}

// destroyAll destroys in the opposite order.
func (t *trial) destroyAll(ctx context.Context) error {
	done := t.progress.step("destroying")
	for i := len(t.stacks) - 1; i >= 0; i-- {
		if _, err := t.stacks[i].Destroy(ctx, optdestroy.Remove(), optdestroy.EventStreams(t.progress.events())); err != nil {
			return err
		}
	}
	done()
	t.result.Destroyed = true
	return nil
}

// standIn answers in the place of a URL backend: a trial calls nothing outside
// this machine.
type standIn struct{}

// RoundTrip implements [http.RoundTripper].
func (standIn) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Request: r, ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader("in the place of " + r.URL.Host)),
	}, nil
}

// callerConfig configures the other account's program: every role of the API's
// stack may be assumed by the users and roles that its trust names. It is nil if
// there is none.
func callerConfig(config, outputs map[string]any) map[string]any {
	declared, _ := config["crossAccountRoles"].(map[string]any)
	made, _ := outputs["crossAccountRoles"].(map[string]any)
	var arns, members, roles []string
	for _, name := range slices.Sorted(maps.Keys(made)) {
		role, _ := declared[name].(map[string]any)
		if fmt.Sprint(role["accountId"]) != cloud.CallerAccount {
			continue
		}
		arns = append(arns, made[name].(map[string]any)["roleArn"].(string))
		principals, _ := role["principals"].([]any)
		for _, principal := range principals {
			kind, pathAndName, _ := strings.Cut(fmt.Sprint(principal), "/")
			switch kind {
			case "user":
				members = append(members, path.Base(pathAndName))
			case "role":
				roles = append(roles, path.Base(pathAndName))
			default: // the whole account
				members = append(members, cloud.CallerUser)
			}
		}
	}
	if len(arns) == 0 {
		return nil
	}
	return map[string]any{
		"aws:region": config["aws:region"], "roleArns": arns, "members": unique(members), "roles": unique(roles),
	}
}

// unique sorts names and lists each once: several roles may trust the same.
func unique(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}
