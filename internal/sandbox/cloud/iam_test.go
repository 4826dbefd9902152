package cloud_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

func manyTags(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("tag-%d", i)] = "x"
	}
	return out
}

// TestIAMRefusals shows the errors of IAM's actions.
func TestIAMRefusals(t *testing.T) {
	user := func(in cloud.CreateUserInput) func(*cloud.Account) error {
		return func(a *cloud.Account) error { _, err := a.CreateUser(in); return err }
	}
	role := func(in cloud.CreateRoleInput) func(*cloud.Account) error {
		if in.AssumeRolePolicyDocument == "" {
			in.AssumeRolePolicyDocument = trustEC2
		}
		return func(a *cloud.Account) error { _, err := a.CreateRole(in); return err }
	}
	policy := func(in cloud.CreatePolicyInput) func(*cloud.Account) error {
		if in.PolicyDocument == "" {
			in.PolicyDocument = allowInvoke
		}
		return func(a *cloud.Account) error { _, err := a.CreatePolicy(in); return err }
	}
	group := func(name, path string) func(*cloud.Account) error {
		return func(a *cloud.Account) error { _, err := a.CreateGroup(name, path); return err }
	}
	profile := func(name string) func(*cloud.Account) error {
		return func(a *cloud.Account) error { _, err := a.CreateInstanceProfile(name, "", nil); return err }
	}
	const missing = "arn:aws:iam::111122223333:policy/missing"
	rows := []struct {
		name    string
		prepare func(*cloud.Account)
		call    func(*cloud.Account) error
		code    string
	}{
		{"user exists", func(a *cloud.Account) { newUser(a, "jane") }, user(cloud.CreateUserInput{UserName: "jane"}), cloud.CodeEntityAlreadyExists},
		{"user exists but for case", func(a *cloud.Account) { newUser(a, "jane") }, user(cloud.CreateUserInput{UserName: "Jane"}), cloud.CodeEntityAlreadyExists},
		{"user without a name", nil, user(cloud.CreateUserInput{}), cloud.CodeValidation},
		{"user with a long name", nil, user(cloud.CreateUserInput{UserName: long(65)}), cloud.CodeValidation},
		{"user with a slash", nil, user(cloud.CreateUserInput{UserName: "a/b"}), cloud.CodeValidation},
		{"user with a bad path", nil, user(cloud.CreateUserInput{UserName: "x", Path: "team"}), cloud.CodeValidation},
		{"user with a doubled slash", nil, user(cloud.CreateUserInput{UserName: "x", Path: "/a//b/"}), cloud.CodeValidation},
		{"user with a long path", nil, user(cloud.CreateUserInput{UserName: "x", Path: "/" + long(512) + "/"}), cloud.CodeValidation},
		{"user with 51 tags", nil, user(cloud.CreateUserInput{UserName: "x", Tags: manyTags(51)}), cloud.CodeLimitExceeded},
		{"tag key aws:", nil, user(cloud.CreateUserInput{UserName: "x", Tags: map[string]string{"AWS:x": ""}}), cloud.CodeInvalidInput},
		{"tag keys alike but for case", nil, user(cloud.CreateUserInput{UserName: "x", Tags: map[string]string{"a": "", "A": ""}}), cloud.CodeInvalidInput},
		{"tag key too long", nil, user(cloud.CreateUserInput{UserName: "x", Tags: map[string]string{long(129): ""}}), cloud.CodeValidation},
		{"tag key with a character", nil, user(cloud.CreateUserInput{UserName: "x", Tags: map[string]string{"a*": ""}}), cloud.CodeValidation},
		{"tag key empty", nil, user(cloud.CreateUserInput{UserName: "x", Tags: map[string]string{"": ""}}), cloud.CodeValidation},
		{"tag value too long", nil, user(cloud.CreateUserInput{UserName: "x", Tags: map[string]string{"a": long(257)}}), cloud.CodeValidation},
		{"boundary missing", nil, user(cloud.CreateUserInput{UserName: "x", PermissionsBoundary: missing}), cloud.CodeNoSuchEntity},
		{"boundary no ARN", nil, user(cloud.CreateUserInput{UserName: "x", PermissionsBoundary: "x"}), cloud.CodeInvalidInput},
		{"user missing", nil, func(a *cloud.Account) error { _, err := a.GetUser("x"); return err }, cloud.CodeNoSuchEntity},
		{"delete user missing", nil, func(a *cloud.Account) error { return a.DeleteUser("x") }, cloud.CodeNoSuchEntity},
		{"delete user with a group", func(a *cloud.Account) { newUser(a, "x"); Must(a.CreateGroup("g", "")); OK(a.AddUserToGroup("g", "x")) },
			func(a *cloud.Account) error { return a.DeleteUser("x") }, cloud.CodeDeleteConflict},
		{"delete user with a key", func(a *cloud.Account) { newUser(a, "x"); Must(a.CreateAccessKey("x")) },
			func(a *cloud.Account) error { return a.DeleteUser("x") }, cloud.CodeDeleteConflict},
		{"delete user with a policy", func(a *cloud.Account) { newUser(a, "x"); OK(a.AttachUserPolicy("x", newPolicy(a, "p").ARN)) },
			func(a *cloud.Account) error { return a.DeleteUser("x") }, cloud.CodeDeleteConflict},
		{"delete user with an inline policy", func(a *cloud.Account) { newUser(a, "x"); OK(a.PutUserPolicy("x", inline("i"))) },
			func(a *cloud.Account) error { return a.DeleteUser("x") }, cloud.CodeDeleteConflict},
		{"rename to a taken name", func(a *cloud.Account) { newUser(a, "x"); newUser(a, "y") },
			func(a *cloud.Account) error { return a.UpdateUser("x", "Y", "") }, cloud.CodeEntityAlreadyExists},
		{"rename to a bad name", func(a *cloud.Account) { newUser(a, "x") },
			func(a *cloud.Account) error { return a.UpdateUser("x", "a b", "") }, cloud.CodeValidation},
		{"move to a bad path", func(a *cloud.Account) { newUser(a, "x") },
			func(a *cloud.Account) error { return a.UpdateUser("x", "", "a") }, cloud.CodeValidation},
		{"empty boundary", func(a *cloud.Account) { newUser(a, "x") },
			func(a *cloud.Account) error { return a.PutUserPermissionsBoundary("x", "") }, cloud.CodeInvalidInput},
		{"51st tag", func(a *cloud.Account) { newUser(a, "x"); OK(a.TagUser("x", manyTags(50))) },
			func(a *cloud.Account) error { return a.TagUser("x", map[string]string{"one": "more"}) }, cloud.CodeLimitExceeded},

		{"third key", func(a *cloud.Account) { newUser(a, "x"); Must(a.CreateAccessKey("x")); Must(a.CreateAccessKey("x")) },
			func(a *cloud.Account) error { _, err := a.CreateAccessKey("x"); return err }, cloud.CodeLimitExceeded},
		{"key of nobody", nil, func(a *cloud.Account) error { _, err := a.CreateAccessKey("x"); return err }, cloud.CodeNoSuchEntity},
		{"key status", func(a *cloud.Account) { newUser(a, "x"); Must(a.CreateAccessKey("x")) },
			func(a *cloud.Account) error {
				return a.UpdateAccessKey("x", Must(a.ListAccessKeys("x"))[0].AccessKeyID, "Off")
			}, cloud.CodeValidation},
		{"key missing", func(a *cloud.Account) { newUser(a, "x") },
			func(a *cloud.Account) error { return a.DeleteAccessKey("x", "AKIAXXXXXXXXXXXXXXXX") }, cloud.CodeNoSuchEntity},

		{"group exists but for case", func(a *cloud.Account) { Must(a.CreateGroup("readers", "")) }, group("READERS", ""), cloud.CodeEntityAlreadyExists},
		{"group with a long name", nil, group(long(129), ""), cloud.CodeValidation},
		{"group with a bad path", nil, group("g", "x/"), cloud.CodeValidation},
		{"301st group", func(a *cloud.Account) {
			for i := range 300 {
				Must(a.CreateGroup(fmt.Sprintf("g%d", i), ""))
			}
		}, group("one-more", ""), cloud.CodeLimitExceeded},
		{"11th group of a user", func(a *cloud.Account) {
			newUser(a, "x")
			for i := range 11 {
				Must(a.CreateGroup(fmt.Sprintf("g%d", i), ""))
			}
			for i := range 10 {
				OK(a.AddUserToGroup(fmt.Sprintf("g%d", i), "x"))
			}
		}, func(a *cloud.Account) error { return a.AddUserToGroup("g10", "x") }, cloud.CodeLimitExceeded},
		{"member of nothing", func(a *cloud.Account) { newUser(a, "x") }, func(a *cloud.Account) error { return a.AddUserToGroup("g", "x") }, cloud.CodeNoSuchEntity},
		{"nobody as member", func(a *cloud.Account) { Must(a.CreateGroup("g", "")) }, func(a *cloud.Account) error { return a.AddUserToGroup("g", "x") }, cloud.CodeNoSuchEntity},
		{"remove from nothing", func(a *cloud.Account) { newUser(a, "x") }, func(a *cloud.Account) error { return a.RemoveUserFromGroup("g", "x") }, cloud.CodeNoSuchEntity},
		{"remove nobody", func(a *cloud.Account) { Must(a.CreateGroup("g", "")) }, func(a *cloud.Account) error { return a.RemoveUserFromGroup("g", "x") }, cloud.CodeNoSuchEntity},
		{"delete group with members", func(a *cloud.Account) { newUser(a, "x"); Must(a.CreateGroup("g", "")); OK(a.AddUserToGroup("g", "x")) },
			func(a *cloud.Account) error { return a.DeleteGroup("g") }, cloud.CodeDeleteConflict},
		{"delete group with a policy", func(a *cloud.Account) {
			Must(a.CreateGroup("g", ""))
			OK(a.AttachGroupPolicy("g", newPolicy(a, "p").ARN))
		}, func(a *cloud.Account) error { return a.DeleteGroup("g") }, cloud.CodeDeleteConflict},
		{"rename group to a taken name", func(a *cloud.Account) { Must(a.CreateGroup("g", "")); Must(a.CreateGroup("h", "")) },
			func(a *cloud.Account) error { return a.UpdateGroup("g", "H", "") }, cloud.CodeEntityAlreadyExists},
		{"rename group missing", nil, func(a *cloud.Account) error { return a.UpdateGroup("g", "h", "") }, cloud.CodeNoSuchEntity},

		{"policy exists in another path", func(a *cloud.Account) { newPolicy(a, "p") }, policy(cloud.CreatePolicyInput{PolicyName: "P", Path: "/x/"}), cloud.CodeEntityAlreadyExists},
		{"policy with a bad name", nil, policy(cloud.CreatePolicyInput{PolicyName: "p p"}), cloud.CodeValidation},
		{"policy with a long description", nil, policy(cloud.CreatePolicyInput{PolicyName: "p", Description: long(1001)}), cloud.CodeValidation},
		{"policy with a curly quote", nil, policy(cloud.CreatePolicyInput{PolicyName: "p", Description: "“x”"}), cloud.CodeValidation},
		{"policy missing", nil, func(a *cloud.Account) error { _, err := a.GetPolicy(missing); return err }, cloud.CodeNoSuchEntity},
		{"delete policy missing", nil, func(a *cloud.Account) error { return a.DeletePolicy(missing) }, cloud.CodeNoSuchEntity},
		{"delete policy of AWS", nil, func(a *cloud.Account) error { return a.DeletePolicy("arn:aws:iam::aws:policy/PowerUserAccess") }, "AccessDenied"},
		{"delete policy attached", func(a *cloud.Account) { newRole(a, "r", trustEC2); OK(a.AttachRolePolicy("r", newPolicy(a, "p").ARN)) },
			func(a *cloud.Account) error { return a.DeletePolicy("arn:aws:iam::111122223333:policy/p") }, cloud.CodeDeleteConflict},
		{"delete policy that is a boundary", func(a *cloud.Account) { newUser(a, "x"); OK(a.PutUserPermissionsBoundary("x", newPolicy(a, "p").ARN)) },
			func(a *cloud.Account) error { return a.DeletePolicy("arn:aws:iam::111122223333:policy/p") }, cloud.CodeDeleteConflict},
		{"delete policy with versions", func(a *cloud.Account) { Must(a.CreatePolicyVersion(newPolicy(a, "p").ARN, allowOther, true)) },
			func(a *cloud.Account) error { return a.DeletePolicy("arn:aws:iam::111122223333:policy/p") }, cloud.CodeDeleteConflict},
		{"sixth version", func(a *cloud.Account) {
			arn := newPolicy(a, "p").ARN
			for range 4 {
				Must(a.CreatePolicyVersion(arn, allowOther, true))
			}
		}, func(a *cloud.Account) error {
			_, err := a.CreatePolicyVersion("arn:aws:iam::111122223333:policy/p", allowOther, true)
			return err
		}, cloud.CodeLimitExceeded},
		{"delete the default version", func(a *cloud.Account) { newPolicy(a, "p") },
			func(a *cloud.Account) error { return a.DeletePolicyVersion("arn:aws:iam::111122223333:policy/p", "v1") }, cloud.CodeDeleteConflict},
		{"delete version missing", func(a *cloud.Account) { newPolicy(a, "p") },
			func(a *cloud.Account) error { return a.DeletePolicyVersion("arn:aws:iam::111122223333:policy/p", "v2") }, cloud.CodeNoSuchEntity},
		{"default version missing", func(a *cloud.Account) { newPolicy(a, "p") },
			func(a *cloud.Account) error {
				return a.SetDefaultPolicyVersion("arn:aws:iam::111122223333:policy/p", "v2")
			}, cloud.CodeNoSuchEntity},

		{"attach policy missing", func(a *cloud.Account) { newUser(a, "x") }, func(a *cloud.Account) error { return a.AttachUserPolicy("x", missing) }, cloud.CodeNoSuchEntity},
		{"attach to nobody", func(a *cloud.Account) { newPolicy(a, "p") },
			func(a *cloud.Account) error { return a.AttachGroupPolicy("g", "arn:aws:iam::111122223333:policy/p") }, cloud.CodeNoSuchEntity},
		{"11th policy", func(a *cloud.Account) {
			newRole(a, "r", trustEC2)
			for i := range 10 {
				OK(a.AttachRolePolicy("r", newPolicy(a, fmt.Sprintf("p%d", i)).ARN))
			}
			newPolicy(a, "one-more")
		}, func(a *cloud.Account) error {
			return a.AttachRolePolicy("r", "arn:aws:iam::111122223333:policy/one-more")
		}, cloud.CodeLimitExceeded},
		{"detach what is not attached", func(a *cloud.Account) { newUser(a, "x"); newPolicy(a, "p") },
			func(a *cloud.Account) error { return a.DetachUserPolicy("x", "arn:aws:iam::111122223333:policy/p") }, cloud.CodeNoSuchEntity},
		{"inline policy missing", func(a *cloud.Account) { newUser(a, "x") }, func(a *cloud.Account) error { _, err := a.GetUserPolicy("x", "p"); return err }, cloud.CodeNoSuchEntity},
		{"delete inline policy missing", func(a *cloud.Account) { newUser(a, "x") }, func(a *cloud.Account) error { return a.DeleteUserPolicy("x", "p") }, cloud.CodeNoSuchEntity},
		{"inline policy name", func(a *cloud.Account) { newUser(a, "x") }, func(a *cloud.Account) error { return a.PutUserPolicy("x", inline("a b")) }, cloud.CodeValidation},
		{"inline policies too long", func(a *cloud.Account) {
			newUser(a, "x")
			for i := range 12 {
				OK(a.PutUserPolicy("x", inline(fmt.Sprintf("i%d", i))))
			}
		}, func(a *cloud.Account) error { return a.PutUserPolicy("x", inline("one-more")) }, cloud.CodeLimitExceeded},

		{"role exists but for case", func(a *cloud.Account) { newRole(a, "r", trustEC2) }, role(cloud.CreateRoleInput{RoleName: "R"}), cloud.CodeEntityAlreadyExists},
		{"role with a long name", nil, role(cloud.CreateRoleInput{RoleName: long(65)}), cloud.CodeValidation},
		{"role with a bad path", nil, role(cloud.CreateRoleInput{RoleName: "r", Path: "/x"}), cloud.CodeValidation},
		{"role with a bad description", nil, role(cloud.CreateRoleInput{RoleName: "r", Description: "“"}), cloud.CodeValidation},
		{"session too short", nil, role(cloud.CreateRoleInput{RoleName: "r", MaxSessionDuration: 3599}), cloud.CodeValidation},
		{"session too long", nil, role(cloud.CreateRoleInput{RoleName: "r", MaxSessionDuration: 43201}), cloud.CodeValidation},
		{"role with too many tags", nil, role(cloud.CreateRoleInput{RoleName: "r", Tags: manyTags(51)}), cloud.CodeLimitExceeded},
		{"role with a missing boundary", nil, role(cloud.CreateRoleInput{RoleName: "r", PermissionsBoundary: missing}), cloud.CodeNoSuchEntity},
		{"session updated too long", func(a *cloud.Account) { newRole(a, "r", trustEC2) }, func(a *cloud.Account) error { return a.UpdateRole("r", 1) }, cloud.CodeValidation},
		{"description updated", func(a *cloud.Account) { newRole(a, "r", trustEC2) }, func(a *cloud.Account) error { return a.UpdateRoleDescription("r", long(1001)) }, cloud.CodeValidation},
		{"trust updated", func(a *cloud.Account) { newRole(a, "r", trustEC2) }, func(a *cloud.Account) error { return a.UpdateAssumeRolePolicy("r", allowInvoke) }, cloud.CodeMalformedPolicy},
		{"delete role with a policy", func(a *cloud.Account) { newRole(a, "r", trustEC2); OK(a.PutRolePolicy("r", inline("i"))) },
			func(a *cloud.Account) error { return a.DeleteRole("r") }, cloud.CodeDeleteConflict},
		{"delete role in a profile", func(a *cloud.Account) {
			newRole(a, "r", trustEC2)
			Must(a.CreateInstanceProfile("i", "", nil))
			OK(a.AddRoleToInstanceProfile("i", "r"))
		}, func(a *cloud.Account) error { return a.DeleteRole("r") }, cloud.CodeDeleteConflict},
		{"delete role missing", nil, func(a *cloud.Account) error { return a.DeleteRole("r") }, cloud.CodeNoSuchEntity},

		{"profile exists but for case", func(a *cloud.Account) { Must(a.CreateInstanceProfile("i", "", nil)) }, profile("I"), cloud.CodeEntityAlreadyExists},
		{"profile with a bad name", nil, profile("a b"), cloud.CodeValidation},
		{"second role of a profile", func(a *cloud.Account) {
			newRole(a, "r", trustEC2)
			newRole(a, "s", trustEC2)
			Must(a.CreateInstanceProfile("i", "", nil))
			OK(a.AddRoleToInstanceProfile("i", "r"))
		}, func(a *cloud.Account) error { return a.AddRoleToInstanceProfile("i", "s") }, cloud.CodeLimitExceeded},
		{"role of a profile missing", func(a *cloud.Account) { Must(a.CreateInstanceProfile("i", "", nil)) },
			func(a *cloud.Account) error { return a.AddRoleToInstanceProfile("i", "r") }, cloud.CodeNoSuchEntity},
		{"remove a role that is not in it", func(a *cloud.Account) { Must(a.CreateInstanceProfile("i", "", nil)) },
			func(a *cloud.Account) error { return a.RemoveRoleFromInstanceProfile("i", "r") }, cloud.CodeNoSuchEntity},
		{"delete profile with a role", func(a *cloud.Account) {
			newRole(a, "r", trustEC2)
			Must(a.CreateInstanceProfile("i", "", nil))
			OK(a.AddRoleToInstanceProfile("i", "r"))
		}, func(a *cloud.Account) error { return a.DeleteInstanceProfile("i") }, cloud.CodeDeleteConflict},
		{"delete profile missing", nil, func(a *cloud.Account) error { return a.DeleteInstanceProfile("i") }, cloud.CodeNoSuchEntity},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c, a := account()
			if row.prepare != nil {
				row.prepare(a)
			}
			before := c.Describe()
			WantCode(t, row.code, row.call(a))
			assert.Equal(t, before, c.Describe(), "a refused call changes nothing")
		})
	}
}

func inline(name string) cloud.InlinePolicy {
	return cloud.InlinePolicy{PolicyName: name, PolicyDocument: allowInvoke}
}

func TestRepeatedCallsThatChangeNothing(t *testing.T) {
	_, a := account()
	newUser(a, "jane")
	Must(a.CreateGroup("g", ""))
	arn := newPolicy(a, "p").ARN
	for range 2 {
		require.NoError(t, a.AddUserToGroup("g", "jane"))
		require.NoError(t, a.AttachGroupPolicy("g", arn))
	}
	for range 2 {
		require.NoError(t, a.RemoveUserFromGroup("g", "jane"))
	}
	assert.Equal(t, []string{arn}, Must(a.ListAttachedGroupPolicies("g")))
	assert.Equal(t, 1, Must(a.GetPolicy(arn)).AttachmentCount)
}

func TestRenameKeepsWhatBelongsToAUserAndAGroup(t *testing.T) {
	_, a := account()
	before := newUser(a, "jane")
	Must(a.CreateGroup("readers", ""))
	OK(a.AddUserToGroup("readers", "jane"))
	key := Must(a.CreateAccessKey("jane"))
	OK(a.PutUserPolicy("jane", inline("i")))
	OK(a.UpdateUser("jane", "Jane", "/team/"))
	OK(a.UpdateGroup("readers", "all-readers", "/team/"))

	after := Must(a.GetUser("Jane"))
	assert.Equal(t, before.UserID, after.UserID)
	assert.Equal(t, "arn:aws:iam::111122223333:user/team/Jane", after.ARN)
	assert.Equal(t, "Jane", Must(a.UserOfAccessKey(key.AccessKeyID)))
	assert.Equal(t, []string{"i"}, Must(a.ListUserPolicies("Jane")))
	g, members, err := a.GetGroup("all-readers")
	require.NoError(t, err)
	assert.Equal(t, []string{"Jane"}, members)
	assert.Equal(t, "arn:aws:iam::111122223333:group/team/all-readers", g.ARN)
	assert.Equal(t, "all-readers", Must(a.ListGroupsForUser("Jane"))[0].GroupName)
	_, err = a.GetUser("jane")
	WantCode(t, cloud.CodeNoSuchEntity, err)
}

func TestPolicyVersions(t *testing.T) {
	_, a := account()
	arn := newPolicy(a, "p").ARN
	v2 := Must(a.CreatePolicyVersion(arn, allowOther, true))
	assert.Equal(t, "v2", v2.VersionID)
	assert.Equal(t, "v2", Must(a.GetPolicy(arn)).DefaultVersionID)
	OK(a.DeletePolicyVersion(arn, "v1"))
	v3 := Must(a.CreatePolicyVersion(arn, allowInvoke, false))
	assert.Equal(t, "v3", v3.VersionID)
	assert.Equal(t, allowOther, Must(a.GetPolicyVersion(arn, Must(a.GetPolicy(arn)).DefaultVersionID)).Document)
	OK(a.SetDefaultPolicyVersion(arn, "v3"))
	OK(a.DeletePolicyVersion(arn, "v2"))
	v4 := Must(a.CreatePolicyVersion(arn, allowOther, false))
	assert.Equal(t, "v4", v4.VersionID, "numbers are never given twice")
	versions := Must(a.ListPolicyVersions(arn))
	require.Len(t, versions, 2)
	assert.True(t, versions[0].IsDefaultVersion)
	assert.False(t, versions[1].IsDefaultVersion)
}

func TestPoliciesOfAWSCanBeAttachedAndBound(t *testing.T) {
	_, a := account()
	newUser(a, "jane")
	for _, name := range []string{"AdministratorAccess", "PowerUserAccess", "AmazonAPIGatewayInvokeFullAccess"} {
		arn := "arn:aws:iam::aws:policy/" + name
		require.NoError(t, a.AttachUserPolicy("jane", arn))
		require.NoError(t, a.PutUserPermissionsBoundary("jane", arn))
		doc := Must(a.GetPolicyVersion(arn, Must(a.GetPolicy(arn)).DefaultVersionID)).Document
		_, isDocument := cloud.CanonicalDocument(doc)
		assert.True(t, isDocument)
	}
	assert.Empty(t, Must(a.ListPolicies()))
}

func TestUpdatesOfARole(t *testing.T) {
	_, a := account()
	newRole(a, "r", trustEC2)
	OK(a.UpdateRole("r", 7200))
	OK(a.UpdateRoleDescription("r", "reads"))
	OK(a.PutRolePermissionsBoundary("r", newPolicy(a, "p").ARN))
	OK(a.TagRole("r", map[string]string{"a": "1", "b": "2"}))
	OK(a.UntagRole("r", []string{"a"}))
	got := Must(a.GetRole("r"))
	assert.Equal(t, 7200, got.MaxSessionDuration)
	assert.Equal(t, "reads", got.Description)
	assert.Equal(t, "arn:aws:iam::111122223333:policy/p", got.PermissionsBoundary)
	assert.Equal(t, map[string]string{"b": "2"}, got.Tags)
	OK(a.DeleteRolePermissionsBoundary("r"))
	assert.Empty(t, Must(a.GetRole("r")).PermissionsBoundary)
}
