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

	"iam-secured-api/components/access"
	"iam-secured-api/examples/caller-account/caller"
	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/prepare"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/sandbox/gateway"
)

// errDisagrees ends a trial in which a request was allowed that should be denied, or
// denied that should be allowed.
var errDisagrees = errors.New("not every call was decided as expected")

// try runs the subcommand without a name.
func try(ctx context.Context, out, log io.Writer, f format) error {
	root, err := gotool.ModuleRoot()
	if err != nil {
		return err
	}
	t, err := newTrial(root, root, log)
	if err != nil {
		return err
	}
	return t.run(ctx, out, f)
}

// run deploys both programs, sends requests to every route as every principal, destroys
// everything, and shows what was deployed and observed.
func (t *trial) run(ctx context.Context, out io.Writer, f format) error {
	before := t.aws.Describe()
	outputs, err := t.deployAll(ctx)
	if err != nil {
		return err
	}
	if err := t.proveAll(ctx, outputs); err != nil {
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
	root     string
	aws      *cloud.Cloud
	progress *progress
	stacks   []*engine.Stack
	file     stackFile     // of the API's stack
	plan     *program.Plan // of the API's stack
	result   result
}

// newTrial reads the sandbox's stack file in a folder. Root is that of the checkout.
func newTrial(root, folder string, log io.Writer) (*trial, error) {
	file, err := readStackFile(filepath.Join(folder, "Pulumi.sandbox.yaml"))
	if err != nil {
		return nil, err
	}
	file.plan.Backend.DeletionProtection = false // all is destroyed at the end
	t := &trial{root: root, aws: cloud.New(), progress: newProgress(log), file: file, plan: file.plan}
	for _, warning := range slices.Concat(file.Warnings(), t.plan.Warnings) {
		fmt.Fprintf(t.progress, "sandbox: %s\n", warning)
	}
	return t, prepare.Accounts(t.aws, t.plan)
}

// deployAll deploys both programs, and returns the outputs of the API's.
func (t *trial) deployAll(ctx context.Context) (outputMap, error) {
	outputs, err := t.deploy(ctx, string(t.file.Project.Name), cloud.APIAccount, func() (*engine.Stack, error) {
		return t.file.open(t.aws, "sandbox", (*program.Plan).Deploy, func() (string, error) { return program.BuildArchive(ctx) })
	})
	if err != nil {
		return nil, err
	}
	config := callerConfig(t.plan.Roles, outputs)
	if config == nil {
		return outputs, nil
	}
	config["aws:region"] = t.file.Declared[regionKey]
	const example = "caller-account"
	_, err = t.deploy(ctx, example, cloud.CallerAccount, func() (*engine.Stack, error) {
		return engine.Open(t.aws, engine.Project{
			File: filepath.Join(t.root, "examples", example, "Pulumi.yaml"), Stack: "sandbox", Config: config,
			AccessKeyID: cloud.CallerOperatorKey, Program: caller.Deploy,
		})
	})
	return outputs, err
}

// deploy opens a stack, deploys it, and records its resources and outputs.
func (t *trial) deploy(ctx context.Context, name, account string, open func() (*engine.Stack, error)) (outputMap, error) {
	done := t.progress.step("deploying " + name + " to account " + account)
	stack, err := open()
	if err != nil {
		return nil, err
	}
	t.stacks = append(t.stacks, stack)
	if err := stack.Up(ctx, engine.Options{Event: t.progress.event}); err != nil {
		return nil, err
	}
	outputs, err := stack.Outputs()
	if err != nil {
		return nil, err
	}
	deployment, err := stack.Deployment()
	if err != nil {
		return nil, err
	}
	made := describe(stack.Name(), account, outputs, deployment.Resources)
	made.Seconds = done()
	t.result.Stacks = append(t.result.Stacks, made)
	return outputs, nil
}

// proveAll serves the endpoints while everyone sends requests to every route.
func (t *trial) proveAll(ctx context.Context, outputs outputMap) (err error) {
	done := t.progress.step("calling every route as everyone")
	recorder := &recorder{requests: map[string]gateway.Request{}}
	api, err := open(t.aws, t.plan, outputs,
		gateway.Options{Observe: recorder.record, Unthrottled: true, Backend: standIn{}, Log: t.progress.logger()})
	if err != nil {
		return err
	}
	lent := newBorrowed(t.aws)
	defer func() { err = errors.Join(err, api.endpoints.Close(), lent.deleteAll()) }()
	client, err := api.newClient()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	everyone, err := api.assemble(lent, client)
	if err != nil {
		return err
	}
	p, err := api.newProver(client, recorder)
	if err != nil {
		return err
	}
	found, err := p.proveAll(ctx, everyone)
	if err != nil {
		return err
	}
	_, disagreeing := found.count()
	t.result.Access = accessFound{Agrees: disagreeing == 0, Principals: found}
	done()
	return nil
}

// destroyAll destroys in the opposite order.
func (t *trial) destroyAll(ctx context.Context) error {
	done := t.progress.step("destroying")
	for i := len(t.stacks) - 1; i >= 0; i-- {
		if err := t.stacks[i].Destroy(ctx, engine.Options{SkipPreview: true, Event: t.progress.event}); err != nil {
			return err
		}
	}
	done()
	t.result.Destroyed = true
	return nil
}

// standIn is the transport to URL backends: a trial sends nothing to other machines.
type standIn struct{}

// RoundTrip implements [http.RoundTripper].
func (standIn) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Request: r, ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader("in the place of " + r.URL.Host)),
	}, nil
}

// callerConfig returns the configuration of the other account's program: its users
// and roles that the roles of the API's stack trust may assume those roles. It is nil
// without such roles.
func callerConfig(declared map[string]program.Role, outputs outputMap) map[string]any {
	deployed, _ := outputs["roles"].Value.(map[string]any)
	var arns []string
	members, roles := map[string]bool{}, map[string]bool{}
	tags, identity := false, false
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		var principals []string
		switch trust := declared[name].Trust.(type) {
		case access.AccountTrust:
			if trust.AccountID == cloud.CallerAccount {
				principals = trust.Principals
				tags, identity = tags || trust.SessionTags, identity || trust.SourceIdentity
			}
		case access.OrganizationTrust:
			principals = []string{access.WholeAccount}
		}
		if principals == nil {
			continue
		}
		arns = append(arns, deployed[name].(map[string]any)["arn"].(string))
		for _, principal := range principals {
			switch kind, _, _ := strings.Cut(principal, "/"); kind {
			case "user":
				members[path.Base(principal)] = true
			case "role":
				roles[path.Base(principal)] = true
			default: // the whole account
				members[cloud.CallerUser] = true
			}
		}
	}
	if arns == nil {
		return nil
	}
	return map[string]any{
		"roleArns": arns, "members": slices.Sorted(maps.Keys(members)), "roles": slices.Sorted(maps.Keys(roles)),
		"sessionTags": tags, "sourceIdentity": identity,
	}
}
