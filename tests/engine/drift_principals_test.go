package engine_test

import (
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
	"iam-secured-api/tests/names"
)

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

// backDoor is an inline policy that is added by hand.
var backDoor = cloud.InlinePolicy{PolicyName: "back-door", PolicyDocument: Document("Allow", "*", "*")}

// mallory is a user who is not in the stack.
const mallory = "mallory"

func createMallory(h hand) {
	Must(h.api.CreateUser(cloud.CreateUserInput{UserName: mallory}))
}

var principalDrifts = []drift{
	{
		name:  "a member is added to a group",
		by:    func(h hand) { h.do(h.api.AddUserToGroup("Admin-Group", "john-readonly")) },
		found: update(adminMembers),
	},
	{
		name:   "a stranger is added to a group",
		before: createMallory,
		by:     func(h hand) { h.do(h.api.AddUserToGroup("Admin-Group", mallory)) },
		found:  update(adminMembers),
	},
	{
		name:  "a member is removed from a group",
		by:    func(h hand) { h.do(h.api.RemoveUserFromGroup("ReadOnly-Group", "john-readonly")) },
		found: update(readOnlyMembers),
	},
	{
		name: "a policy is attached to a group, a user and a role",
		by: func(h hand) {
			h.do(h.api.GroupPolicies().Attach("ReadOnly-Group", administrator))
			h.do(h.api.UserPolicies().Attach("john-readonly", administrator))
			h.do(h.api.RolePolicies().Attach("products-reader", administrator))
		},
		found: update(readOnlyPolicies, readerPolicies, "iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive john-readonly-policies"),
	},
	{
		name:  "a policy of the stack is attached to another group",
		by:    func(h hand) { h.do(h.api.GroupPolicies().Attach("ReadOnly-Group", h.policyOf("Admin-Group"))) },
		found: update(readOnlyPolicies),
	},
	{
		name: "a policy is detached from a group and a role",
		by: func(h hand) {
			h.do(h.api.RolePolicies().Detach("products-reader", h.policyOf("ReadOnly-Group")))
			h.do(h.api.GroupPolicies().Detach("ReadOnly-Group", h.policyOf("ReadOnly-Group")))
		},
		found: harness.Join(
			remove(groupPolicy("ReadOnly-Group", "readOnly"), rolePolicy("products-reader", "readOnly")), update(readOnlyPolicies, readerPolicies)),
		repair: harness.Join(
			create(groupPolicy("ReadOnly-Group", "readOnly"), rolePolicy("products-reader", "readOnly")), update(readOnlyPolicies, readerPolicies)),
	},
	{
		name: "a policy is embedded in a group, a user and a role",
		by: func(h hand) {
			h.do(h.api.GroupPolicies().Put("ReadOnly-Group", backDoor))
			h.do(h.api.UserPolicies().Put("john-readonly", backDoor))
			h.do(h.api.RolePolicies().Put("api-gateway-executor-role", backDoor))
		},
		found: update(
			"iam/groupPoliciesExclusive:GroupPoliciesExclusive ReadOnly-Group-inline-policies",
			"iam/rolePoliciesExclusive:RolePoliciesExclusive api-gateway-executor-role-inline-policies",
			"iam/userPoliciesExclusive:UserPoliciesExclusive john-readonly-inline-policies",
		),
	},
	{
		name: "a group is deleted",
		by: func(h hand) {
			h.do(h.api.RemoveUserFromGroup("ReadOnly-Group", "john-readonly"))
			h.do(h.api.GroupPolicies().Detach("ReadOnly-Group", h.policyOf("ReadOnly-Group")))
			h.do(h.api.DeleteGroup("ReadOnly-Group"))
		},
		found:  remove(names.Group("ReadOnly-Group", "readOnly")...),
		repair: create(names.Group("ReadOnly-Group", "readOnly")...),
	},
	{
		name: "settings of a user, its key, a role and its instance profile are changed",
		by: func(h hand) {
			h.do(h.api.DeleteUserPermissionsBoundary("john-readonly"))
			h.do(h.api.PutRolePermissionsBoundary("products-reader", administrator))
			h.do(h.api.UpdateRole("products-reader", 43200))
			h.do(h.api.UpdateRoleDescription("products-reader", "mine"))
			h.do(h.api.UpdateAccessKey("john-readonly", h.keyOf("john-readonly"), cloud.KeyInactive))
			h.do(h.api.RemoveRoleFromInstanceProfile("products-reader", "products-reader"))
		},
		found: update(johnsKey, readerProfile, readerRole, john),
	},
	{
		name:   "a key is deleted",
		by:     func(h hand) { h.do(h.api.DeleteAccessKey("john-readonly", h.keyOf("john-readonly"))) },
		found:  remove(johnsKey),
		repair: create(johnsKey),
	},
	{
		name: "a user is deleted",
		by: func(h hand) {
			h.do(h.api.RemoveUserFromGroup("ReadOnly-Group", "john-readonly"))
			h.do(h.api.DeleteAccessKey("john-readonly", h.keyOf("john-readonly")))
			h.do(h.api.DeleteUser("john-readonly"))
		},
		found:  harness.Join(remove(names.User("john-readonly", true)...), update(readOnlyMembers)),
		repair: harness.Join(create(names.User("john-readonly", true)...), update(readOnlyMembers)),
	},
	{
		name: "a trust policy is edited",
		by: func(h hand) {
			h.do(h.api.UpdateAssumeRolePolicy("api-gateway-executor-role", TrustAWS("*")))
		},
		found: update(executorRole),
	},
	{
		name: "the trusted user is deleted and created again, which a trust policy does not survive",
		by: func(h hand) {
			keys := Must(h.caller.ListAccessKeys(cloud.CallerUser))
			h.do(h.caller.DeleteAccessKey(cloud.CallerUser, keys[0].AccessKeyID))
			h.do(h.caller.DeleteUser(cloud.CallerUser))
			Must(h.caller.CreateUser(cloud.CreateUserInput{UserName: cloud.CallerUser}))
			Must(h.caller.CreateAccessKey(cloud.CallerUser))
		},
		found: update(executorRole),
	},
	{
		name: "a role is deleted",
		by: func(h hand) {
			h.do(h.api.RolePolicies().Detach("api-gateway-executor-role", h.policyOf("ReadOnly-Group")))
			h.do(h.api.DeleteRole("api-gateway-executor-role"))
		},
		found:  remove(names.Role("api-gateway-executor-role", "readOnly")...),
		repair: create(names.Role("api-gateway-executor-role", "readOnly")...),
	},
	{
		name: "a policy's document is edited",
		by: func(h hand) {
			Must(h.api.CreatePolicyVersion(h.policyOf("ReadOnly-Group"), backDoor.PolicyDocument, true))
		},
		found: update(readOnly),
	},
	{
		name: "a policy's document is edited as often as AWS allows",
		by: func(h hand) {
			for range 4 {
				Must(h.api.CreatePolicyVersion(h.policyOf("ReadOnly-Group"), backDoor.PolicyDocument, true))
			}
		},
		found: update(readOnly),
	},
	{
		name: "a policy is deleted",
		by: func(h hand) {
			arn := h.policyOf("Admin-Group")
			h.do(h.api.GroupPolicies().Detach("Admin-Group", arn))
			h.do(h.api.DeletePolicy(arn))
		},
		found:  harness.Join(remove(admin, groupPolicy("Admin-Group", "admin")), update(adminPolicies)),
		repair: harness.Join(create(admin, groupPolicy("Admin-Group", "admin")), update(adminPolicies)),
	},
}
