package mocks

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/mocks/recorder"
)

// The logical names of a component NAME and its children. A change here replaces
// resources of every stack that has the component, so the names are written down.
const (
	moreRoutes = `
		aws:apigatewayv2/route:Route::NAME-ANY /files/{file+}
		aws:apigatewayv2/route:Route::NAME-GET /health
	`
	permissionName = "aws:lambda/permission:Permission::NAME-permission\n"
	profileName    = "aws:iam/instanceProfile:InstanceProfile::NAME-profile\n"

	apiNames = `
		aws:apigatewayv2/api:Api::NAME-api
		aws:apigatewayv2/integration:Integration::NAME-backend
		aws:apigatewayv2/route:Route::NAME-GET /products
		aws:apigatewayv2/route:Route::NAME-POST /products
		aws:apigatewayv2/stage:Stage::NAME-stage
		aws:cloudwatch/logGroup:LogGroup::NAME-access-log
		iam-secured-api:components:HttpApi::NAME
	`
	serviceNames = `
		aws:cloudwatch/logGroup:LogGroup::NAME-log
		aws:dynamodb/table:Table::NAME-table
		aws:iam/policy:Policy::NAME-service
		aws:iam/role:Role::NAME-role
		aws:iam/rolePoliciesExclusive:RolePoliciesExclusive::NAME-inline-policies
		aws:iam/rolePolicyAttachment:RolePolicyAttachment::NAME-service
		aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive::NAME-policies
		aws:lambda/function:Function::NAME-function
		iam-secured-api:components:ProductService::NAME
	`
	policyNames = `
		aws:iam/policy:Policy::NAME-invoke
		iam-secured-api:components:InvokePolicy::NAME
	`
	groupNames = `
		aws:iam/group:Group::NAME-group
		aws:iam/groupMembership:GroupMembership::NAME-members
		aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive::NAME-inline-policies
		aws:iam/groupPolicyAttachment:GroupPolicyAttachment::NAME-POLICY
		aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive::NAME-policies
		iam-secured-api:components:Group::NAME
	`
	userNames = `
		aws:iam/accessKey:AccessKey::NAME-key
		aws:iam/user:User::NAME-user
		aws:iam/userPoliciesExclusive:UserPoliciesExclusive::NAME-inline-policies
		aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive::NAME-policies
		iam-secured-api:components:User::NAME
	`
	roleNames = `
		aws:iam/role:Role::NAME-role
		aws:iam/rolePoliciesExclusive:RolePoliciesExclusive::NAME-inline-policies
		aws:iam/rolePolicyAttachment:RolePolicyAttachment::NAME-POLICY
		aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive::NAME-policies
		iam-secured-api:components:Role::NAME
	`
	callerNames = `
		aws:iam/policy:Policy::NAME-assume
		aws:iam/rolePolicyAttachment:RolePolicyAttachment::NAME-deployer-of-NAME
		iam-secured-api:components:CallerAccess::NAME
	`
)

// named returns the names of a component, one whose principal has that policy.
func named(names, component, policy string) string {
	return strings.NewReplacer("NAME", component, "POLICY", policy).Replace(names)
}

// componentNames lists the names of each specimen "one".
var componentNames = map[string]string{
	"HttpApi":               named(apiNames+moreRoutes, "one", ""),
	"HttpApi of a function": named(apiNames+moreRoutes+permissionName, "one", ""),
	"ProductService":        named(serviceNames, "one", ""),
	"InvokePolicy":          named(policyNames, "one", ""),
	"Group":                 named(groupNames, "one", "reader") + "aws:iam/groupPolicyAttachment:GroupPolicyAttachment::one-audit",
	"User":                  named(userNames, "one", ""),
	"Role for an account":   named(roleNames, "one", "reader"),
	"Role for instances":    named(roleNames+profileName, "one", "reader"),
	"CallerAccess":          named(callerNames, "one", "") + named(groupNames, "one-one", "assume"),
}

// sandboxNames lists the names of the sandbox stack.
var sandboxNames = lines(named(apiNames+permissionName, "api", "") +
	named(serviceNames, "products", "") +
	named(policyNames, "admin", "") +
	named(policyNames, "readOnly", "") +
	named(groupNames, "Admin-Group", "admin") +
	named(groupNames, "ReadOnly-Group", "readOnly") +
	named(userNames, "jane-admin", "") +
	named(userNames, "john-readonly", "") +
	named(roleNames+profileName, "products-reader", "readOnly") +
	named(roleNames, "api-gateway-executor-role", "readOnly"))

// lines returns the lines of a text that are not empty, sorted and without the
// spaces around them.
func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return all
}

func TestNamesOfComponents(t *testing.T) {
	require.Len(t, componentNames, len(specimens))
	each(t, func(t *testing.T, s specimen, run recorder.Run) {
		var names []string
		for _, r := range ofComponents(s.deploy(t, run, "one")) {
			names = append(names, r.String())
		}
		require.Equal(t, lines(componentNames[s.name]), names)
	})
}

func TestNamesOfTheSandboxStack(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		require.Equal(t, sandboxNames, deployStack(t, run, stack(t, "sandbox")).Names())
	})
}

// TestAdditionsChangeNoOtherName adds one thing at a time to the sandbox stack. All
// other resources keep their URNs and inputs, except lists of policies and members.
func TestAdditionsChangeNoOtherName(t *testing.T) {
	before := stack(t, "sandbox")
	for name, row := range map[string]struct {
		config string
		adds   []string
	}{
		"route": {
			`routes: {"DELETE /a": {}, "GET /products": {}, "POST /products": {}}`,
			[]string{"aws:apigatewayv2/route:Route::api-DELETE /a"},
		},
		"policy": {
			`policies: {aaa: {allow: ["POST /products"]}, readOnly: {allow: ["GET /products"]}, admin: {allow: ["*"]}}`,
			[]string{"aws:iam/policy:Policy::aaa-invoke", "iam-secured-api:components:InvokePolicy::aaa"},
		},
		"policy of a group": {
			`groups: {ReadOnly-Group: {policies: [admin, readOnly]}, Admin-Group: {policies: [admin]}}`,
			[]string{"aws:iam/groupPolicyAttachment:GroupPolicyAttachment::ReadOnly-Group-admin"},
		},
		"user": {
			`users: {aaa: {groups: [Admin-Group]}, john-readonly: {groups: [ReadOnly-Group], accessKey: true}, jane-admin: {groups: [Admin-Group], accessKey: true}}`,
			[]string{
				"aws:iam/user:User::aaa-user",
				"aws:iam/userPoliciesExclusive:UserPoliciesExclusive::aaa-inline-policies",
				"aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive::aaa-policies",
				"iam-secured-api:components:User::aaa",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			old := deployStack(t, recorder.Run{}, before)
			recording := deployStack(t, recorder.Run{}, before.With(recorder.ParseStack(t, "config:\n  "+row.config)))
			require.ElementsMatch(t, slices.Concat(sandboxNames, row.adds), recording.Names())
			for _, r := range old.Resources {
				kept := recording.Named(t, r.Type, r.Name)
				require.Equal(t, r.URN, kept.URN)
				if r.Custom && r.Type != recorder.GroupMembership && r.Type != recorder.GroupPolicyAttachmentsExclusive {
					require.Equal(t, r.Inputs, kept.Inputs, "inputs of %s", r)
				}
			}
		})
	}
}

// TestRunsAreRepeatable checks that nothing depends on the order of maps.
func TestRunsAreRepeatable(t *testing.T) {
	settings := rich(t)
	first := deployStack(t, recorder.Run{}, settings)
	for range 3 {
		again := deployStack(t, recorder.Run{}, settings)
		require.Equal(t, first.Names(), again.Names())
		for i, r := range first.Resources {
			require.Equal(t, r.Inputs, again.Resources[i].Inputs, "inputs of %s", r)
		}
	}
}
