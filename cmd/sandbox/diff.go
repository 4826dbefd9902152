package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	pulumi "github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	urns "github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"iam-secured-api/internal/prepare"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/stackdiff"
)

// diffResult is what a comparison found; -json prints it.
type diffResult struct {
	Resources []resourceChange     `json:"resources"`
	Access    stackdiff.Difference `json:"access"`

	changes resourceChanges
	printed string // what Pulumi prints
}

// diff runs the subcommand diff and returns its exit code. OLD may be a snapshot.
func (r *revisions) diff(ctx context.Context, old, new string, in io.Reader, out io.Writer, asJSON bool) (int, error) {
	found, err := r.compare(ctx, old, new, in)
	if err != nil {
		return 0, err
	}
	code := found.Access.ExitCode()
	if asJSON {
		return code, stackdiff.WriteJSON(out, found)
	}
	_, err = io.WriteString(out, found.text())
	return code, err
}

func (d diffResult) text() string {
	var text strings.Builder
	text.WriteString(d.printed)
	d.changes.write(&text)
	text.WriteString("\n" + d.Access.Text())
	return text.String()
}

// compare deploys OLD and previews NEW on top of it.
func (r *revisions) compare(ctx context.Context, oldPath, newPath string, in io.Reader) (diffResult, error) {
	access, deploy, oldErr := r.readOld(oldPath, in)
	new, newErr := r.readFile(newPath, in)
	if err := errors.Join(oldErr, newErr); err != nil {
		return diffResult{}, err
	}
	old, err := deploy(ctx)
	if err != nil {
		return diffResult{}, err
	}
	// It is the next version of the stack that is deployed, even under another name.
	name := stackName(newPath)
	state, err := old.as(string(new.Project.Name), name)
	if err != nil {
		return diffResult{}, fmt.Errorf("%s: %w", oldPath, err)
	}
	d := diffResult{changes: resourceChanges{}, Access: stackdiff.Compare(access, new.access())}
	if d.printed, err = r.preview(ctx, old.Cloud, state, name, new, d.changes.note); err != nil {
		return diffResult{}, fmt.Errorf("%s: %w", newPath, err)
	}
	d.Resources = d.changes.list()
	return d, nil
}

// readOld reads OLD, and returns a function that deploys it. A snapshot is
// deployed already. Errors name the file.
func (r *revisions) readOld(path string, in io.Reader) (stackdiff.Stack, func(context.Context) (snapshot, error), error) {
	text, err := stackdiff.ReadFile(path, in)
	if err != nil {
		return stackdiff.Stack{}, nil, err
	}
	s, is, err := readSnapshot(text)
	if !is {
		file, err := r.read(path, text)
		return file.access(), func(ctx context.Context) (snapshot, error) { return r.deploy(ctx, file) }, err
	}
	var access stackdiff.Stack
	if err == nil {
		access, err = stackdiff.NewStack(s.Settings, s.Environment)
	}
	if err != nil {
		return stackdiff.Stack{}, nil, fmt.Errorf("%s: %w", path, err)
	}
	return access, func(context.Context) (snapshot, error) { return s, nil }, nil
}

// readFile reads a stack file. Errors name the file.
func (r *revisions) readFile(path string, in io.Reader) (stackFile, error) {
	text, err := stackdiff.ReadFile(path, in)
	if err != nil {
		return stackFile{}, err
	}
	return r.read(path, text)
}

// preview previews a file as that of a stack with this state, and returns what
// Pulumi prints.
func (r *revisions) preview(ctx context.Context, c *cloud.Cloud, state engine.State, name string, new stackFile,
	note func(pulumi.Event)) (string, error) {
	defer r.step("previewing " + new.Path)()
	if err := prepare.Functions(c, new.plan); err != nil {
		return "", err
	}
	stack, err := new.open(c, name, r.run, r.build)
	if err != nil {
		return "", err
	}
	stack.SetState(state)
	var printed strings.Builder
	err = stack.Preview(ctx, engine.Options{Output: &printed, Event: note})
	return printed.String(), err
}

// resourceChange is what a preview does with a resource.
type resourceChange struct {
	Op        string   `json:"op"` // create, update, replace, delete, …
	Type      string   `json:"type"`
	Name      string   `json:"name"`
	URN       urns.URN `json:"urn"`
	Component string   `json:"component"` // the one that it belongs to
	Keys      []string `json:"keys"`      // those whose values differ
}

// resourceChanges are those of a preview, by URN, without components.
type resourceChanges map[urns.URN]resourceChange

// note records the change that an event of the engine reports.
func (r resourceChanges) note(event pulumi.Event) {
	payload, is := event.Payload().(pulumi.ResourcePreEventPayload)
	if !is {
		return
	}
	step := payload.Metadata
	if step.Op == deploy.OpSame || step.Op == deploy.OpRead || step.Res == nil || !step.Res.Custom {
		return
	}
	change := resourceChange{
		Op: string(step.Op), Type: string(step.Type), Name: step.URN.Name(), URN: step.URN,
		Component: component(step.Res.Parent), Keys: differing(step),
	}
	if deploy.IsReplacementStep(step.Op) { // one of several
		change.Op = string(deploy.OpReplace)
	}
	change.Keys = slices.Compact(slices.Sorted(slices.Values(append(change.Keys, r[step.URN].Keys...))))
	r[step.URN] = change
}

// component names the component with this URN.
func component(urn urns.URN) string {
	if urn == "" {
		return ""
	}
	return shortType(urn.Type()) + " " + urn.Name()
}

// differing returns the paths of the values that a step changes.
func differing(step pulumi.StepEventMetadata) []string {
	keys := []string{}
	if step.Op == deploy.OpCreate || step.Op == deploy.OpDelete {
		return keys
	}
	if step.DetailedDiff != nil {
		return slices.AppendSeq(keys, maps.Keys(step.DetailedDiff))
	}
	for _, key := range append(step.Diffs, step.Keys...) {
		keys = append(keys, string(key))
	}
	return keys
}

// list returns the changes, sorted by component and name.
func (r resourceChanges) list() []resourceChange {
	changes := slices.AppendSeq([]resourceChange{}, maps.Values(r))
	slices.SortFunc(changes, func(a, b resourceChange) int {
		return strings.Compare(a.Component+"\n"+string(a.URN), b.Component+"\n"+string(b.URN))
	})
	return changes
}

// write prints the resources that are replaced and those that are deleted.
func (r resourceChanges) write(out io.Writer) {
	if len(r) == 0 {
		fmt.Fprint(out, "\nNothing changes on AWS.\n")
	}
	for _, of := range []struct{ op, heading string }{{"replace", "Replaced:"}, {"delete", "Deleted:"}} {
		heading := "\n" + of.heading + "\n"
		for _, change := range r.list() {
			if change.Op != of.op {
				continue
			}
			fmt.Fprintf(out, "%s  %s %s", heading, change.Type, change.Name)
			if len(change.Keys) > 0 {
				fmt.Fprintf(out, " (%s)", strings.Join(change.Keys, ", "))
			}
			fmt.Fprintln(out)
			heading = ""
		}
	}
}
