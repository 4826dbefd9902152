package harness

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto/events"
)

// Changes are the steps that a command took on resources other than
// components, "OP TYPE NAME" each, sorted: "create iam/user:User john-user".
type Changes []string

// Join makes one list of changes out of several.
func Join(lists ...Changes) Changes {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(lists...))))
}

// The functions below list what components consist of, all with the same
// operation.

// UserChanges are those of a user, with an access key or without.
func UserChanges(op, name string, key bool) Changes {
	changes := Changes{
		op + " iam/user:User " + name + "-user",
		op + " iam/userPoliciesExclusive:UserPoliciesExclusive " + name + "-inline-policies",
		op + " iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive " + name + "-policies",
	}
	if key {
		changes = append(changes, op+" iam/accessKey:AccessKey "+name+"-key")
	}
	return changes
}

// GroupChanges are those of a group with policies.
func GroupChanges(op, name string, policies ...string) Changes {
	changes := Changes{
		op + " iam/group:Group " + name + "-group",
		op + " iam/groupMembership:GroupMembership " + name + "-members",
		op + " iam/groupPoliciesExclusive:GroupPoliciesExclusive " + name + "-inline-policies",
		op + " iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive " + name + "-policies",
	}
	for _, policy := range policies {
		changes = append(changes, op+" iam/groupPolicyAttachment:GroupPolicyAttachment "+name+"-"+policy)
	}
	return changes
}

// RoleChanges are those of a cross-account role with policies.
func RoleChanges(op, name string, policies ...string) Changes {
	changes := Changes{
		op + " iam/role:Role " + name + "-role",
		op + " iam/rolePoliciesExclusive:RolePoliciesExclusive " + name + "-inline-policies",
		op + " iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive " + name + "-policies",
	}
	for _, policy := range policies {
		changes = append(changes, op+" iam/rolePolicyAttachment:RolePolicyAttachment "+name+"-"+policy)
	}
	return changes
}

// InstanceRoleChanges are those of an instance role with policies.
func InstanceRoleChanges(op, name string, policies ...string) Changes {
	return append(RoleChanges(op, name, policies...), op+" iam/instanceProfile:InstanceProfile "+name+"-profile")
}

// ServiceChanges are those of the product service and of what lets the API call
// it.
func ServiceChanges(op string) Changes {
	return append(RoleChanges(op, "products", "service"),
		op+" cloudwatch/logGroup:LogGroup products-log",
		op+" dynamodb/table:Table products-table",
		op+" iam/policy:Policy products-service",
		op+" lambda/function:Function products-function",
		op+" lambda/permission:Permission api-permission",
	)
}

// SandboxChanges are those of the whole sandbox stack.
func SandboxChanges(op string) Changes {
	return Join(
		ServiceChanges(op),
		GroupChanges(op, "Admin-Group", "admin"), GroupChanges(op, "ReadOnly-Group", "readOnly"),
		UserChanges(op, "jane-admin", true), UserChanges(op, "john-readonly", true),
		InstanceRoleChanges(op, "products-reader", "readOnly"), RoleChanges(op, "api-gateway-executor-role", "readOnly"),
		Changes{
			op + " apigatewayv2/api:Api api-api",
			op + " apigatewayv2/integration:Integration api-backend",
			op + " apigatewayv2/route:Route api-GET /products",
			op + " apigatewayv2/route:Route api-POST /products",
			op + " apigatewayv2/stage:Stage api-stage",
			op + " cloudwatch/logGroup:LogGroup api-access-log",
			op + " iam/policy:Policy admin-invoke",
			op + " iam/policy:Policy readOnly-invoke",
		},
	)
}

// CallerChanges are those of the other account's stack with its group.
func CallerChanges(op string) Changes {
	return Join(GroupChanges(op, "api-ProductApi-Callers", "assume"), Changes{op + " iam/policy:Policy api-assume"})
}

// watch runs a command and collects its steps. What the command's error says is
// part of what it printed.
func (r *Run) watch(command func(chan events.EngineEvent) error) (Changes, error) {
	stream, ended := make(chan events.EngineEvent), make(chan struct{})
	collected := make(chan Changes)
	go func() { collected <- r.collect(stream, ended) }()
	err := command(stream)
	close(ended) // the stream stays open if the command has failed before it began
	if err != nil {
		fmt.Fprintln(r.log, err)
	}
	return <-collected, err
}

// collect logs the events, until there are no more, and lists their steps.
func (r *Run) collect(stream <-chan events.EngineEvent, ended <-chan struct{}) Changes {
	changes := Changes{}
	for more := true; more; {
		var event events.EngineEvent
		select {
		case event, more = <-stream:
		case <-ended:
			more = false
		}
		if !more {
			break
		}
		if err := json.NewEncoder(r.log).Encode(event); err != nil {
			panic(err) // it has just been read from JSON
		}
		if change := changeOf(event); change != "" {
			changes = append(changes, change)
		}
	}
	slices.Sort(changes)
	return slices.Compact(changes)
}

// changeOf names the step that an event reports, or "". A refresh's step is
// known by its outcome.
func changeOf(event events.EngineEvent) string {
	var op, urn, kind string
	switch {
	case event.ResourcePreEvent != nil:
		m := event.ResourcePreEvent.Metadata
		op, urn, kind = string(m.Op), m.URN, m.Type
	case event.ResOutputsEvent != nil:
		m := event.ResOutputsEvent.Metadata
		op, urn, kind = string(m.Op), m.URN, m.Type
	}
	custom := strings.HasPrefix(kind, "aws:")
	if !custom || op == "same" || op == "refresh" || op == "read" || op == "replace" { // said by its parts
		return ""
	}
	return fmt.Sprintf("%s %s %s", op, strings.TrimPrefix(kind, "aws:"), urn[strings.LastIndex(urn, "::")+2:])
}
