package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	urns "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// resourceChange is what a preview does with a resource.
type resourceChange struct {
	Op        string   `json:"op"` // create, update, replace, delete, …
	Type      string   `json:"type"`
	Name      string   `json:"name"`
	URN       urns.URN `json:"urn"`
	Component string   `json:"component"` // the one that it belongs to
	Keys      []string `json:"keys"`      // those whose values differ
}

// resourceChanges are those of a preview, by URN. Components have none: they make
// nothing by themselves.
type resourceChanges map[urns.URN]resourceChange

// note notes what an event of the engine says.
func (r resourceChanges) note(event engine.Event) {
	payload, is := event.Payload().(engine.ResourcePreEventPayload)
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

// differing are the paths of the values that a step changes.
func differing(step engine.StepEventMetadata) []string {
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

// write names the resources that are replaced and those that are deleted.
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
