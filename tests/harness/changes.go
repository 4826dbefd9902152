package harness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
)

// Changes are the steps that an operation took on resources other than
// components, "OP TYPE NAME" each, sorted: "create iam/user:User john-user".
type Changes []string

// Join returns one list of several lists' changes.
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

// note notes the step that an event reports, if any.
func (c *Changes) note(event engine.Event) {
	if change := changeOf(event); change != "" {
		*c = append(*c, change)
	}
}

// sorted returns each step once.
func (c Changes) sorted() Changes {
	slices.Sort(c)
	return slices.Compact(c)
}

// changeOf names the step that an event reports, or "". A refresh's step is known
// by its outcome.
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
	case deploy.OpSame, deploy.OpRefresh, deploy.OpRead, deploy.OpReplace: // a replacement is said by its parts
		return ""
	}
	if !custom || event.Internal() {
		return ""
	}
	return fmt.Sprintf("%s %s %s", step.Op, kind, step.URN.Name())
}
