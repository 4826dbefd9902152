package mocks

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/mocks/recorder"
)

// componentNames are all logical names below a component "one". A change here
// replaces resources of every stack that has it: so the names are written down, and
// come from no registry.
var componentNames = map[string]string{
	"HttpApi": `
		aws:apigatewayv2/api:Api::one-api
		aws:apigatewayv2/integration:Integration::one-backend
		aws:apigatewayv2/route:Route::one-ANY /files/{file+}
		aws:apigatewayv2/route:Route::one-GET /health
		aws:apigatewayv2/route:Route::one-GET /products
		aws:apigatewayv2/route:Route::one-POST /products
		aws:apigatewayv2/stage:Stage::one-stage
		aws:cloudwatch/logGroup:LogGroup::one-access-log
		iam-secured-api:components:HttpApi::one`,
	"HttpApi of a function": `
		aws:apigatewayv2/api:Api::one-api
		aws:apigatewayv2/integration:Integration::one-backend
		aws:apigatewayv2/route:Route::one-ANY /files/{file+}
		aws:apigatewayv2/route:Route::one-GET /health
		aws:apigatewayv2/route:Route::one-GET /products
		aws:apigatewayv2/route:Route::one-POST /products
		aws:apigatewayv2/stage:Stage::one-stage
		aws:cloudwatch/logGroup:LogGroup::one-access-log
		aws:lambda/permission:Permission::one-permission
		iam-secured-api:components:HttpApi::one`,
	"ProductService": `
		aws:cloudwatch/logGroup:LogGroup::one-log
		aws:dynamodb/table:Table::one-table
		aws:iam/policy:Policy::one-service
		aws:iam/role:Role::one-role
		aws:iam/rolePoliciesExclusive:RolePoliciesExclusive::one-inline-policies
		aws:iam/rolePolicyAttachment:RolePolicyAttachment::one-service
		aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive::one-policies
		aws:lambda/function:Function::one-function
		iam-secured-api:components:ProductService::one`,
	"InvokePolicy": `
		aws:iam/policy:Policy::one-invoke
		iam-secured-api:components:InvokePolicy::one`,
	"Group": `
		aws:iam/group:Group::one-group
		aws:iam/groupMembership:GroupMembership::one-members
		aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive::one-inline-policies
		aws:iam/groupPolicyAttachment:GroupPolicyAttachment::one-audit
		aws:iam/groupPolicyAttachment:GroupPolicyAttachment::one-reader
		aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive::one-policies
		iam-secured-api:components:Group::one`,
	"User": `
		aws:iam/accessKey:AccessKey::one-key
		aws:iam/user:User::one-user
		aws:iam/userPoliciesExclusive:UserPoliciesExclusive::one-inline-policies
		aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive::one-policies
		iam-secured-api:components:User::one`,
	"Role for instances": `
		aws:iam/instanceProfile:InstanceProfile::one-profile
		aws:iam/role:Role::one-role
		aws:iam/rolePoliciesExclusive:RolePoliciesExclusive::one-inline-policies
		aws:iam/rolePolicyAttachment:RolePolicyAttachment::one-reader
		aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive::one-policies
		iam-secured-api:components:Role::one`,
	"Role for an account": `
		aws:iam/role:Role::one-role
		aws:iam/rolePoliciesExclusive:RolePoliciesExclusive::one-inline-policies
		aws:iam/rolePolicyAttachment:RolePolicyAttachment::one-reader
		aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive::one-policies
		iam-secured-api:components:Role::one`,
	"CallerAccess": `
		aws:iam/group:Group::one-one-group
		aws:iam/groupMembership:GroupMembership::one-one-members
		aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive::one-one-inline-policies
		aws:iam/groupPolicyAttachment:GroupPolicyAttachment::one-one-assume
		aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive::one-one-policies
		aws:iam/policy:Policy::one-assume
		aws:iam/rolePolicyAttachment:RolePolicyAttachment::one-deployer-of-one
		iam-secured-api:components:CallerAccess::one
		iam-secured-api:components:Group::one-one`,
}

// sandboxNames are all logical names of the sandbox stack.
const sandboxNames = `
	aws:apigatewayv2/api:Api::api-api
	aws:apigatewayv2/integration:Integration::api-backend
	aws:apigatewayv2/route:Route::api-GET /products
	aws:apigatewayv2/route:Route::api-POST /products
	aws:apigatewayv2/stage:Stage::api-stage
	aws:cloudwatch/logGroup:LogGroup::api-access-log
	aws:cloudwatch/logGroup:LogGroup::products-log
	aws:dynamodb/table:Table::products-table
	aws:iam/accessKey:AccessKey::jane-admin-key
	aws:iam/accessKey:AccessKey::john-readonly-key
	aws:iam/group:Group::Admin-Group-group
	aws:iam/group:Group::ReadOnly-Group-group
	aws:iam/groupMembership:GroupMembership::Admin-Group-members
	aws:iam/groupMembership:GroupMembership::ReadOnly-Group-members
	aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive::Admin-Group-inline-policies
	aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive::ReadOnly-Group-inline-policies
	aws:iam/groupPolicyAttachment:GroupPolicyAttachment::Admin-Group-admin
	aws:iam/groupPolicyAttachment:GroupPolicyAttachment::ReadOnly-Group-readOnly
	aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive::Admin-Group-policies
	aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive::ReadOnly-Group-policies
	aws:iam/instanceProfile:InstanceProfile::products-reader-profile
	aws:iam/policy:Policy::admin-invoke
	aws:iam/policy:Policy::products-service
	aws:iam/policy:Policy::readOnly-invoke
	aws:iam/role:Role::api-gateway-executor-role-role
	aws:iam/role:Role::products-reader-role
	aws:iam/role:Role::products-role
	aws:iam/rolePoliciesExclusive:RolePoliciesExclusive::api-gateway-executor-role-inline-policies
	aws:iam/rolePoliciesExclusive:RolePoliciesExclusive::products-inline-policies
	aws:iam/rolePoliciesExclusive:RolePoliciesExclusive::products-reader-inline-policies
	aws:iam/rolePolicyAttachment:RolePolicyAttachment::api-gateway-executor-role-readOnly
	aws:iam/rolePolicyAttachment:RolePolicyAttachment::products-reader-readOnly
	aws:iam/rolePolicyAttachment:RolePolicyAttachment::products-service
	aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive::api-gateway-executor-role-policies
	aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive::products-policies
	aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive::products-reader-policies
	aws:iam/user:User::jane-admin-user
	aws:iam/user:User::john-readonly-user
	aws:iam/userPoliciesExclusive:UserPoliciesExclusive::jane-admin-inline-policies
	aws:iam/userPoliciesExclusive:UserPoliciesExclusive::john-readonly-inline-policies
	aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive::jane-admin-policies
	aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive::john-readonly-policies
	aws:lambda/function:Function::products-function
	aws:lambda/permission:Permission::api-permission
	iam-secured-api:components:Group::Admin-Group
	iam-secured-api:components:Group::ReadOnly-Group
	iam-secured-api:components:HttpApi::api
	iam-secured-api:components:InvokePolicy::admin
	iam-secured-api:components:InvokePolicy::readOnly
	iam-secured-api:components:ProductService::products
	iam-secured-api:components:Role::api-gateway-executor-role
	iam-secured-api:components:Role::products-reader
	iam-secured-api:components:User::jane-admin
	iam-secured-api:components:User::john-readonly`

func lines(text string) []string {
	var all []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		all = append(all, strings.TrimSpace(line))
	}
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
		require.Equal(t, lines(sandboxNames), deployStack(t, run, stack(t, "sandbox")).Names())
	})
}

// TestAdditionsChangeNoOtherName adds one thing at a time to the sandbox stack:
// whatever was there keeps its URN, and its inputs but for those that say who is
// attached or a member.
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
			require.ElementsMatch(t, append(lines(sandboxNames), row.adds...), recording.Names())
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

// TestRunsAreRepeatable deploys twice: nothing depends on the order of maps.
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
