package harness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
)

// Changes are the steps of an operation, except those of components, sorted. Each is
// "OP TYPE NAME", for example "create iam/user:User john-user".
type Changes []string

// Join returns one sorted list of all changes, each once.
func Join(lists ...Changes) Changes {
	all := append(Changes{}, slices.Concat(lists...)...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Each returns the changes that apply one operation to all of these resources.
func Each(op string, resources ...[]string) Changes {
	var changes Changes
	for _, resource := range slices.Concat(resources...) {
		changes = append(changes, op+" "+resource)
	}
	return Join(changes)
}

// changeOf returns the step that an event reports, or "". The step of a refresh is in
// the event about its outcome.
func changeOf(event engine.Event) string {
	var step engine.StepEventMetadata
	switch payload := event.Payload().(type) {
	case engine.ResourcePreEventPayload:
		step = payload.Metadata
	case engine.ResourceOutputsEventPayload:
		step = payload.Metadata
	}
	kind, custom := strings.CutPrefix(string(step.Type), "aws:")
	switch step.Op {
	case deploy.OpSame, deploy.OpRefresh, deploy.OpRead, deploy.OpReplace: // the parts of a replacement are steps, too
		return ""
	}
	if !custom || event.Internal() {
		return ""
	}
	return fmt.Sprintf("%s %s %s", step.Op, kind, step.URN.Name())
}
