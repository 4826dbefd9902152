package engine_test

import (
	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
	"iam-secured-api/tests/harness"
)

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

// backDoor is an inline policy that is added by hand.
var backDoor = cloud.InlinePolicy{PolicyName: "back-door", PolicyDocument: Document("Allow", "*", "*")}

// mallory is a user who is not in the stack.
const mallory = "mallory"

func makeMallory(h hand) {
	Must(h.api.CreateUser(cloud.CreateUserInput{UserName: mallory}))
}

// detached returns the changes of an attachment to a group and of one to a
// role.
func detached(op string) harness.Changes {
	return harness.Changes{
		op + " iam/groupPolicyAttachment:GroupPolicyAttachment ReadOnly-Group-readOnly",
		op + " iam/rolePolicyAttachment:RolePolicyAttachment products-reader-readOnly",
		"update iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive ReadOnly-Group-policies",
		"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-reader-policies",
	}
}

var groupDrifts = []drift{
	{
		name:  "a member is added to a group",
		by:    func(h hand) { h.do(h.api.AddUserToGroup("Admin-Group", "john-readonly")) },
		found: harness.Changes{"update iam/groupMembership:GroupMembership Admin-Group-members"},
	},
	{
		name:   "a stranger is added to a group",
		before: makeMallory,
		by:     func(h hand) { h.do(h.api.AddUserToGroup("Admin-Group", mallory)) },
		found:  harness.Changes{"update iam/groupMembership:GroupMembership Admin-Group-members"},
	},
	{
		name:  "a member is taken out of a group",
		by:    func(h hand) { h.do(h.api.RemoveUserFromGroup("ReadOnly-Group", "john-readonly")) },
		found: harness.Changes{"update iam/groupMembership:GroupMembership ReadOnly-Group-members"},
	},
	{
		name: "a policy is attached to a group, a user and a role",
		by: func(h hand) {
			h.do(h.api.GroupPolicies().Attach("ReadOnly-Group", administrator))
			h.do(h.api.UserPolicies().Attach("john-readonly", administrator))
			h.do(h.api.RolePolicies().Attach("products-reader", administrator))
		},
		found: harness.Changes{
			"update iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive ReadOnly-Group-policies",
			"update iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive products-reader-policies",
			"update iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive john-readonly-policies",
		},
	},
	{
		name:  "a policy of the stack is attached to another group",
		by:    func(h hand) { h.do(h.api.GroupPolicies().Attach("ReadOnly-Group", h.policyOf("Admin-Group"))) },
		found: harness.Changes{"update iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive ReadOnly-Group-policies"},
	},
	{
		name: "a policy is detached from a group and a role",
		by: func(h hand) {
			h.do(h.api.RolePolicies().Detach("products-reader", h.policyOf("ReadOnly-Group")))
			h.do(h.api.GroupPolicies().Detach("ReadOnly-Group", h.policyOf("ReadOnly-Group")))
		},
		found:  detached("delete"),
		repair: detached("create"),
	},
	{
		name: "a policy is embedded in a group, a user and a role",
		by: func(h hand) {
			h.do(h.api.GroupPolicies().Put("ReadOnly-Group", backDoor))
			h.do(h.api.UserPolicies().Put("john-readonly", backDoor))
			h.do(h.api.RolePolicies().Put("api-gateway-executor-role", backDoor))
		},
		found: harness.Changes{
			"update iam/groupPoliciesExclusive:GroupPoliciesExclusive ReadOnly-Group-inline-policies",
			"update iam/rolePoliciesExclusive:RolePoliciesExclusive api-gateway-executor-role-inline-policies",
			"update iam/userPoliciesExclusive:UserPoliciesExclusive john-readonly-inline-policies",
		},
	},
	{
		name: "a group is deleted",
		by: func(h hand) {
			h.do(h.api.RemoveUserFromGroup("ReadOnly-Group", "john-readonly"))
			h.do(h.api.GroupPolicies().Detach("ReadOnly-Group", h.policyOf("ReadOnly-Group")))
			h.do(h.api.DeleteGroup("ReadOnly-Group"))
		},
		found:  harness.Join(harness.GroupChanges("delete", "ReadOnly-Group", "readOnly")),
		repair: harness.Join(harness.GroupChanges("create", "ReadOnly-Group", "readOnly")),
	},
}

var userDrifts = []drift{
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
		found: harness.Changes{
			"update iam/accessKey:AccessKey john-readonly-key",
			"update iam/instanceProfile:InstanceProfile products-reader-profile",
			"update iam/role:Role products-reader-role",
			"update iam/user:User john-readonly-user",
		},
	},
	{
		name:   "a key is deleted",
		by:     func(h hand) { h.do(h.api.DeleteAccessKey("john-readonly", h.keyOf("john-readonly"))) },
		found:  harness.Changes{"delete iam/accessKey:AccessKey john-readonly-key"},
		repair: harness.Changes{"create iam/accessKey:AccessKey john-readonly-key"},
	},
	{
		name: "a user is deleted",
		by: func(h hand) {
			h.do(h.api.RemoveUserFromGroup("ReadOnly-Group", "john-readonly"))
			h.do(h.api.DeleteAccessKey("john-readonly", h.keyOf("john-readonly")))
			h.do(h.api.DeleteUser("john-readonly"))
		},
		found: harness.Join(harness.UserChanges("delete", "john-readonly", true),
			harness.Changes{"update iam/groupMembership:GroupMembership ReadOnly-Group-members"}),
		repair: harness.Join(harness.UserChanges("create", "john-readonly", true),
			harness.Changes{"update iam/groupMembership:GroupMembership ReadOnly-Group-members"}),
	},
}

var roleDrifts = []drift{
	{
		name: "a trust policy is edited",
		by: func(h hand) {
			h.do(h.api.UpdateAssumeRolePolicy("api-gateway-executor-role", TrustAWS("*")))
		},
		found: harness.Changes{"update iam/role:Role api-gateway-executor-role-role"},
	},
	{
		name: "the caller is deleted and made again, which a trust policy does not survive",
		by: func(h hand) {
			keys := Must(h.caller.ListAccessKeys(cloud.CallerUser))
			h.do(h.caller.DeleteAccessKey(cloud.CallerUser, keys[0].AccessKeyID))
			h.do(h.caller.DeleteUser(cloud.CallerUser))
			Must(h.caller.CreateUser(cloud.CreateUserInput{UserName: cloud.CallerUser}))
			Must(h.caller.CreateAccessKey(cloud.CallerUser))
		},
		found: harness.Changes{"update iam/role:Role api-gateway-executor-role-role"},
	},
	{
		name: "a role is deleted",
		by: func(h hand) {
			h.do(h.api.RolePolicies().Detach("api-gateway-executor-role", h.policyOf("ReadOnly-Group")))
			h.do(h.api.DeleteRole("api-gateway-executor-role"))
		},
		found:  harness.Join(harness.RoleChanges("delete", "api-gateway-executor-role", "readOnly")),
		repair: harness.Join(harness.RoleChanges("create", "api-gateway-executor-role", "readOnly")),
	},
}
