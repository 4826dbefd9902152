package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"

	"iam-secured-api/examples/caller-account/caller"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
)

// try deploys both programs, shows what they made and destroys it.
func try(ctx context.Context, out, log io.Writer, asJSON bool) (err error) {
	root, err := gotool.ModuleRoot()
	if err != nil {
		return err
	}
	aws := cloud.New()
	before := aws.Describe()
	workspace, err := engine.New(ctx, aws, log)
	if err != nil {
		return err
	}
	defer func() {
		if left := workspace.Close(); left != nil {
			err = errors.Join(err, fmt.Errorf("%w: %w", errLeftBehind, left))
		}
	}()
	t := trial{workspace: workspace, log: log}
	if err := t.deployAll(ctx, root); err != nil {
		return err
	}
	if err := t.destroyAll(ctx); err != nil {
		return err
	}
	if after := aws.Describe(); after != before {
		return fmt.Errorf("destroy left something behind:\n%s", after)
	}
	if asJSON {
		return t.result.writeJSON(out)
	}
	return t.result.writeText(out)
}

// trial is one deployment of all stacks and its destruction.
type trial struct {
	workspace *engine.Workspace
	log       io.Writer
	stacks    []*engine.Stack
	result    result
}

func (t *trial) deployAll(ctx context.Context, root string) error {
	config, err := engine.ReadConfig(filepath.Join(root, "Pulumi.sandbox.yaml"))
	if err != nil {
		return err
	}
	outputs, err := t.deploy(ctx, cloud.APIAccount, engine.Project{
		File:    filepath.Join(root, "Pulumi.yaml"),
		Stack:   "sandbox",
		Config:  config,
		Program: program.Deploy,
	})
	if err != nil {
		return err
	}
	callerConfig := callerConfig(config, outputs)
	if callerConfig == nil {
		return nil
	}
	_, err = t.deploy(ctx, cloud.CallerAccount, engine.Project{
		File:        filepath.Join(root, "examples", "caller-account", "Pulumi.yaml"),
		Stack:       "sandbox",
		Config:      callerConfig,
		AccessKeyID: cloud.CallerOperatorKey,
		Program:     caller.Deploy,
	})
	return err
}

// deploy runs one program and records what it made.
func (t *trial) deploy(ctx context.Context, account string, p engine.Project) (map[string]any, error) {
	stack, err := t.workspace.Open(ctx, p)
	if err != nil {
		return nil, err
	}
	t.stacks = append(t.stacks, stack)
	name := stack.Workspace().WorkDir()
	done := t.step("deploying " + filepath.Base(name) + " to account " + account)
	up, err := stack.Up(ctx)
	if err != nil {
		return nil, err
	}
	state, err := stack.Export(ctx)
	if err != nil {
		return nil, err
	}
	made, err := describe(filepath.Base(name), account, up.Outputs, state.Deployment)
	if err != nil {
		return nil, err
	}
	made.Seconds = done()
	t.result.Stacks = append(t.result.Stacks, made)
	return made.Outputs, nil
}

// destroyAll destroys in the opposite order.
func (t *trial) destroyAll(ctx context.Context) error {
	done := t.step("destroying")
	for i := len(t.stacks) - 1; i >= 0; i-- {
		if _, err := t.stacks[i].Destroy(ctx, optdestroy.Remove()); err != nil {
			return err
		}
	}
	done()
	t.result.Destroyed = true
	return nil
}

// step says on the log what is going on, and the returned function how long it
// took.
func (t *trial) step(what string) func() float64 {
	start := time.Now()
	fmt.Fprintf(t.log, "%s …\n", what)
	return func() float64 {
		seconds := time.Since(start).Seconds()
		fmt.Fprintf(t.log, "%s: %.1f s\n", what, seconds)
		return seconds
	}
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
