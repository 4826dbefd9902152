package cloud_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	. "iam-secured-api/internal/sandbox/sandboxtest"
)

// TestAuthorizationDetails creates one of each thing and compares the account's details
// with the inputs.
func TestAuthorizationDetails(t *testing.T) {
	_, a := account()
	const (
		admin = "arn:aws:iam::aws:policy/AdministratorAccess"
		core  = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
	)
	tags := map[string]string{"team": "shop", "env": "prod"}
	policy := Must(a.CreatePolicy(cloud.CreatePolicyInput{PolicyName: "calls", Path: "/team/", Description: "calls it", PolicyDocument: allowInvoke})).ARN
	Must(a.CreatePolicyVersion(policy, allowOther, true))
	OK(a.SetDefaultPolicyVersion(policy, "v1"))
	Must(a.CreateGroup("readers", "/team/"))
	OK(a.GroupPolicies().Attach("readers", policy))
	OK(a.GroupPolicies().Put("readers", inline("own")))
	user := Must(a.CreateUser(cloud.CreateUserInput{UserName: "jane", Path: "/team/", PermissionsBoundary: core, Tags: tags}))
	OK(a.AddUserToGroup("readers", "jane"))
	OK(a.UserPolicies().Attach("jane", admin))
	OK(a.UserPolicies().Put("jane", inline("own")))
	key := Must(a.CreateAccessKey("jane"))
	device := Must(a.EnableMFADevice("jane", "phone"))
	newUser(a, "ann")
	role := Must(a.CreateRole(cloud.CreateRoleInput{
		RoleName: "reader", Path: "/team/", AssumeRolePolicyDocument: TrustAWS(cloud.APIAccount), PermissionsBoundary: policy, Tags: tags,
	}))
	OK(a.RolePolicies().Attach("reader", policy))
	OK(a.RolePolicies().Put("reader", inline("own")))
	Must(a.CreateInstanceProfile("profile", "/team/", tags))
	OK(a.AddRoleToInstanceProfile("profile", "reader"))

	got := Must(a.AuthorizationDetails())
	require.Len(t, got.UserDetailList, 2)
	assert.Equal(t, "ann", got.UserDetailList[0].UserName)
	own := []cloud.InlineDetail{{PolicyName: "own", PolicyDocument: json.RawMessage(allowInvoke)}}
	sorted := []cloud.TagDetail{{Key: "env", Value: "prod"}, {Key: "team", Value: "shop"}}
	date := user.CreateDate.Format("2006-01-02T15:04:05") + "+00:00"
	assert.Equal(t, cloud.UserDetail{
		Path: "/team/", UserName: "jane", UserId: user.UserID, Arn: user.ARN, CreateDate: date, UserPolicyList: own,
		GroupList: []string{"readers"}, AttachedManagedPolicies: []cloud.AttachedDetail{{PolicyName: "AdministratorAccess", PolicyArn: admin}},
		PermissionsBoundary: &cloud.BoundaryDetail{PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: core}, Tags: sorted,
	}, got.UserDetailList[1])
	require.Len(t, got.GroupDetailList, 1)
	calls := []cloud.AttachedDetail{{PolicyName: "calls", PolicyArn: policy}}
	assert.Equal(t, calls, got.GroupDetailList[0].AttachedManagedPolicies)
	assert.Equal(t, own, got.GroupDetailList[0].GroupPolicyList)
	require.Len(t, got.RoleDetailList, 1)
	r := got.RoleDetailList[0]
	assert.Equal(t, role.ARN, r.Arn)
	assert.Contains(t, string(r.AssumeRolePolicyDocument), "arn:aws:iam::111122223333:root", "as AWS shows an account")
	assert.Equal(t, policy, r.PermissionsBoundary.PermissionsBoundaryArn)
	assert.Equal(t, calls, r.AttachedManagedPolicies)
	assert.Equal(t, own, r.RolePolicyList)
	assert.Equal(t, sorted, r.Tags)
	require.Len(t, r.InstanceProfileList, 1)
	assert.Equal(t, "profile", r.InstanceProfileList[0].InstanceProfileName)
	assert.Equal(t, []cloud.RoleSummary{r.RoleSummary}, r.InstanceProfileList[0].Roles)

	var arns []string
	for _, p := range got.Policies {
		arns = append(arns, p.Arn)
	}
	require.Equal(t, []string{policy, admin, core}, arns, "those of AWS that are attached, or a boundary")
	p := got.Policies[0]
	assert.Equal(t, []any{"v1", 2, 1}, []any{p.DefaultVersionId, p.AttachmentCount, p.PermissionsBoundaryUsageCount})
	require.Len(t, p.PolicyVersionList, 2)
	assert.True(t, p.PolicyVersionList[0].IsDefaultVersion)
	assert.JSONEq(t, allowInvoke, string(p.PolicyVersionList[0].Document))
	assert.False(t, p.PolicyVersionList[1].IsDefaultVersion)
	assert.JSONEq(t, allowOther, string(p.PolicyVersionList[1].Document))

	text := string(Must(json.Marshal(got)))
	for _, secret := range []string{key.AccessKeyID, key.SecretAccessKey, device.Seed, device.SerialNumber} {
		assert.NotContains(t, text, secret)
	}
	assert.NotContains(t, text, "null")
	testDetailKeys(t, text)

	_, err := cloud.New().Account("999999999999").AuthorizationDetails()
	WantCode(t, cloud.CodeInvalidClientTokenID, err)
}

// testDetailKeys requires the members that the API documents (IAM API reference,
// UserDetail, GroupDetail, RoleDetail, InstanceProfile and ManagedPolicyDetail).
func testDetailKeys(t *testing.T, text string) {
	var lists map[string][]map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &lists))
	var profiles []map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(lists["RoleDetailList"][0]["InstanceProfileList"], &profiles))
	lists["profiles"] = profiles
	for list, want := range map[string][]string{
		"UserDetailList": {"Arn", "AttachedManagedPolicies", "CreateDate", "GroupList", "Path", "PermissionsBoundary", "Tags",
			"UserId", "UserName", "UserPolicyList"},
		"GroupDetailList": {"Arn", "AttachedManagedPolicies", "CreateDate", "GroupId", "GroupName", "GroupPolicyList", "Path"},
		"RoleDetailList": {"Arn", "AssumeRolePolicyDocument", "AttachedManagedPolicies", "CreateDate", "InstanceProfileList", "Path",
			"PermissionsBoundary", "RoleId", "RoleLastUsed", "RoleName", "RolePolicyList", "Tags"},
		"profiles": {"Arn", "CreateDate", "InstanceProfileId", "InstanceProfileName", "Path", "Roles", "Tags"},
		"Policies": {"Arn", "AttachmentCount", "CreateDate", "DefaultVersionId", "Description", "IsAttachable", "Path",
			"PermissionsBoundaryUsageCount", "PolicyId", "PolicyName", "PolicyVersionList", "UpdateDate"},
	} {
		whole := lists[list][0]
		if list == "UserDetailList" {
			whole = lists[list][1] // jane, who has everything
		}
		assert.Equal(t, want, slices.Sorted(maps.Keys(whole)), list)
	}
}
