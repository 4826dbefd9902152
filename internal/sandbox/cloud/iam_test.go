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

func inline(name string) cloud.InlinePolicy {
	return cloud.InlinePolicy{PolicyName: name, PolicyDocument: allowInvoke}
}

// failed returns the error of a request whose result does not matter.
func failed[T any](_ T, err error) error { return err }

// TestIAMRefusals shows the errors of IAM's actions. The account is at its
// quotas, as the names of the fixtures say.
func TestIAMRefusals(t *testing.T) {
	c, a := account()
	const (
		missing  = "arn:aws:iam::111122223333:policy/missing"
		attached = "arn:aws:iam::111122223333:policy/attached"
		spare    = "arn:aws:iam::111122223333:policy/spare"
		boundary = "arn:aws:iam::111122223333:policy/boundary"
		versions = "arn:aws:iam::111122223333:policy/versions"
	)
	for _, name := range []string{"attached", "spare", "boundary", "versions"} {
		newPolicy(a, name)
	}
	for range 4 {
		Must(a.CreatePolicyVersion(versions, allowOther, true))
	}
	for _, name := range []string{"plain", "other", "in-10-groups", "with-2-keys", "with-policy", "with-inline", "bounded", "with-50-tags"} {
		newUser(a, name)
	}
	for i := range 300 {
		Must(a.CreateGroup(fmt.Sprintf("g%d", i), ""))
		if i < 10 {
			OK(a.AddUserToGroup(fmt.Sprintf("g%d", i), "in-10-groups"))
		}
	}
	OK(a.GroupPolicies().Attach("g11", attached))
	Must(a.CreateAccessKey("with-2-keys"))
	key := Must(a.CreateAccessKey("with-2-keys")).AccessKeyID
	OK(a.UserPolicies().Attach("with-policy", attached))
	for i := range 12 {
		OK(a.UserPolicies().Put("with-inline", inline(fmt.Sprintf("i%d", i))))
	}
	OK(a.PutUserPermissionsBoundary("bounded", boundary))
	OK(a.Tag("User", "with-50-tags", manyTags(50)))
	for _, name := range []string{"plain", "in-profile", "with-10-policies", "with-inline"} {
		newRole(a, name, trustEC2)
	}
	OK(a.RolePolicies().Attach("with-10-policies", arnReadOnlyAccess)) // AWS's count, too
	for i := range 9 {
		OK(a.RolePolicies().Attach("with-10-policies", newPolicy(a, fmt.Sprintf("p%d", i)).ARN))
	}
	OK(a.RolePolicies().Put("with-inline", inline("i")))
	Must(a.CreateInstanceProfile("full", "", nil))
	Must(a.CreateInstanceProfile("empty", "", nil))
	OK(a.AddRoleToInstanceProfile("full", "in-profile"))

	user := func(in cloud.CreateUserInput) error { return failed(a.CreateUser(in)) }
	tags := func(key, value string) error {
		return user(cloud.CreateUserInput{UserName: "x", Tags: map[string]string{key: value}})
	}
	role := func(in cloud.CreateRoleInput) error {
		in.AssumeRolePolicyDocument = trustEC2
		return failed(a.CreateRole(in))
	}
	policy := func(in cloud.CreatePolicyInput) error {
		in.PolicyDocument = allowInvoke
		return failed(a.CreatePolicy(in))
	}
	group := func(name, path string) error { return failed(a.CreateGroup(name, path)) }
	profile := func(name string) error { return failed(a.CreateInstanceProfile(name, "", nil)) }

	before := c.Describe()
	for name, row := range map[string]struct {
		code string
		err  error
	}{
		"user exists":                  {cloud.CodeEntityAlreadyExists, user(cloud.CreateUserInput{UserName: "plain"})},
		"user exists in another case":  {cloud.CodeEntityAlreadyExists, user(cloud.CreateUserInput{UserName: "Plain"})},
		"user without a name":          {cloud.CodeValidation, user(cloud.CreateUserInput{})},
		"user with a long name":        {cloud.CodeValidation, user(cloud.CreateUserInput{UserName: long(65)})},
		"user with a slash":            {cloud.CodeValidation, user(cloud.CreateUserInput{UserName: "a/b"})},
		"user with a bad path":         {cloud.CodeValidation, user(cloud.CreateUserInput{UserName: "x", Path: "team"})},
		"user with a doubled slash":    {cloud.CodeValidation, user(cloud.CreateUserInput{UserName: "x", Path: "/a//b/"})},
		"user with a long path":        {cloud.CodeValidation, user(cloud.CreateUserInput{UserName: "x", Path: "/" + long(512) + "/"})},
		"user with 51 tags":            {cloud.CodeLimitExceeded, user(cloud.CreateUserInput{UserName: "x", Tags: manyTags(51)})},
		"tag key aws:":                 {cloud.CodeInvalidInput, tags("AWS:x", "")},
		"tag keys alike but for case":  {cloud.CodeInvalidInput, user(cloud.CreateUserInput{UserName: "x", Tags: map[string]string{"a": "", "A": ""}})},
		"tag key too long":             {cloud.CodeValidation, tags(long(129), "")},
		"tag key with a character":     {cloud.CodeValidation, tags("a*", "")},
		"tag key empty":                {cloud.CodeValidation, tags("", "")},
		"tag value too long":           {cloud.CodeValidation, tags("a", long(257))},
		"51st tag":                     {cloud.CodeLimitExceeded, a.Tag("User", "with-50-tags", map[string]string{"one": "more"})},
		"boundary missing":             {cloud.CodeNoSuchEntity, user(cloud.CreateUserInput{UserName: "x", PermissionsBoundary: missing})},
		"boundary not an ARN":          {cloud.CodeInvalidInput, user(cloud.CreateUserInput{UserName: "x", PermissionsBoundary: "x"})},
		"boundary empty":               {cloud.CodeInvalidInput, a.PutUserPermissionsBoundary("plain", "")},
		"user missing":                 {cloud.CodeNoSuchEntity, failed(a.GetUser("x"))},
		"delete user missing":          {cloud.CodeNoSuchEntity, a.DeleteUser("x")},
		"delete user in a group":       {cloud.CodeDeleteConflict, a.DeleteUser("in-10-groups")},
		"delete user with a key":       {cloud.CodeDeleteConflict, a.DeleteUser("with-2-keys")},
		"delete user with a policy":    {cloud.CodeDeleteConflict, a.DeleteUser("with-policy")},
		"delete user with an inline":   {cloud.CodeDeleteConflict, a.DeleteUser("with-inline")},
		"rename user to a taken name":  {cloud.CodeEntityAlreadyExists, a.UpdateUser("plain", "Other", "")},
		"rename user to a bad name":    {cloud.CodeValidation, a.UpdateUser("plain", "a b", "")},
		"move user to a bad path":      {cloud.CodeValidation, a.UpdateUser("plain", "", "a")},
		"third key":                    {cloud.CodeLimitExceeded, failed(a.CreateAccessKey("with-2-keys"))},
		"key of a missing user":        {cloud.CodeNoSuchEntity, failed(a.CreateAccessKey("x"))},
		"key status":                   {cloud.CodeValidation, a.UpdateAccessKey("with-2-keys", key, "Off")},
		"key missing":                  {cloud.CodeNoSuchEntity, a.DeleteAccessKey("plain", key)},
		"group exists in another case": {cloud.CodeEntityAlreadyExists, group("G1", "")},
		"group with a long name":       {cloud.CodeValidation, group(long(129), "")},
		"group with a bad path":        {cloud.CodeValidation, group("g", "x/")},
		"301st group":                  {cloud.CodeLimitExceeded, group("one-more", "")},
		"11th group of a user":         {cloud.CodeLimitExceeded, a.AddUserToGroup("g11", "in-10-groups")},
		"member of a missing group":    {cloud.CodeNoSuchEntity, a.AddUserToGroup("g", "plain")},
		"missing member":               {cloud.CodeNoSuchEntity, a.AddUserToGroup("g1", "x")},
		"remove from a missing group":  {cloud.CodeNoSuchEntity, a.RemoveUserFromGroup("g", "plain")},
		"remove a missing user":        {cloud.CodeNoSuchEntity, a.RemoveUserFromGroup("g1", "x")},
		"delete group with members":    {cloud.CodeDeleteConflict, a.DeleteGroup("g1")},
		"delete group with a policy":   {cloud.CodeDeleteConflict, a.DeleteGroup("g11")},
		"rename group to a taken name": {cloud.CodeEntityAlreadyExists, a.UpdateGroup("g1", "G2", "")},
		"rename group missing":         {cloud.CodeNoSuchEntity, a.UpdateGroup("g", "h", "")},

		"policy exists in another path":   {cloud.CodeEntityAlreadyExists, policy(cloud.CreatePolicyInput{PolicyName: "Spare", Path: "/x/"})},
		"policy with a bad name":          {cloud.CodeValidation, policy(cloud.CreatePolicyInput{PolicyName: "p p"})},
		"policy with a long description":  {cloud.CodeValidation, policy(cloud.CreatePolicyInput{PolicyName: "p", Description: long(1001)})},
		"policy with a curly quote":       {cloud.CodeValidation, policy(cloud.CreatePolicyInput{PolicyName: "p", Description: "“x”"})},
		"policy missing":                  {cloud.CodeNoSuchEntity, failed(a.GetPolicy(missing))},
		"delete policy missing":           {cloud.CodeNoSuchEntity, a.DeletePolicy(missing)},
		"delete policy of AWS":            {"AccessDenied", a.DeletePolicy("arn:aws:iam::aws:policy/PowerUserAccess")},
		"delete policy attached":          {cloud.CodeDeleteConflict, a.DeletePolicy(attached)},
		"delete policy that is boundary":  {cloud.CodeDeleteConflict, a.DeletePolicy(boundary)},
		"delete policy with versions":     {cloud.CodeDeleteConflict, a.DeletePolicy(versions)},
		"sixth version":                   {cloud.CodeLimitExceeded, failed(a.CreatePolicyVersion(versions, allowOther, true))},
		"delete the default version":      {cloud.CodeDeleteConflict, a.DeletePolicyVersion(spare, "v1")},
		"delete version missing":          {cloud.CodeNoSuchEntity, a.DeletePolicyVersion(spare, "v2")},
		"default version missing":         {cloud.CodeNoSuchEntity, a.SetDefaultPolicyVersion(spare, "v2")},
		"attach policy missing":           {cloud.CodeNoSuchEntity, a.UserPolicies().Attach("plain", missing)},
		"attach to a missing group":       {cloud.CodeNoSuchEntity, a.GroupPolicies().Attach("g", spare)},
		"11th policy":                     {cloud.CodeLimitExceeded, a.RolePolicies().Attach("with-10-policies", spare)},
		"detach what is not attached":     {cloud.CodeNoSuchEntity, a.UserPolicies().Detach("plain", spare)},
		"delete inline policy missing":    {cloud.CodeNoSuchEntity, a.UserPolicies().Delete("plain", "p")},
		"inline policy with a bad name":   {cloud.CodeValidation, a.UserPolicies().Put("plain", inline("a b"))},
		"inline policies too long":        {cloud.CodeLimitExceeded, a.UserPolicies().Put("with-inline", inline("one-more"))},
		"role exists in another case":     {cloud.CodeEntityAlreadyExists, role(cloud.CreateRoleInput{RoleName: "Plain"})},
		"role with a long name":           {cloud.CodeValidation, role(cloud.CreateRoleInput{RoleName: long(65)})},
		"role with a bad path":            {cloud.CodeValidation, role(cloud.CreateRoleInput{RoleName: "r", Path: "/x"})},
		"role with a bad description":     {cloud.CodeValidation, role(cloud.CreateRoleInput{RoleName: "r", Description: "“"})},
		"session too short":               {cloud.CodeValidation, role(cloud.CreateRoleInput{RoleName: "r", MaxSessionDuration: 3599})},
		"session too long":                {cloud.CodeValidation, role(cloud.CreateRoleInput{RoleName: "r", MaxSessionDuration: 43201})},
		"role with too many tags":         {cloud.CodeLimitExceeded, role(cloud.CreateRoleInput{RoleName: "r", Tags: manyTags(51)})},
		"role with a missing boundary":    {cloud.CodeNoSuchEntity, role(cloud.CreateRoleInput{RoleName: "r", PermissionsBoundary: missing})},
		"session update too short":        {cloud.CodeValidation, a.UpdateRole("plain", 1)},
		"description update too long":     {cloud.CodeValidation, a.UpdateRoleDescription("plain", long(1001))},
		"trust update":                    {cloud.CodeMalformedPolicy, a.UpdateAssumeRolePolicy("plain", allowInvoke)},
		"delete role with a policy":       {cloud.CodeDeleteConflict, a.DeleteRole("with-inline")},
		"delete role in a profile":        {cloud.CodeDeleteConflict, a.DeleteRole("in-profile")},
		"delete role missing":             {cloud.CodeNoSuchEntity, a.DeleteRole("r")},
		"profile exists in another case":  {cloud.CodeEntityAlreadyExists, profile("Full")},
		"profile with a bad name":         {cloud.CodeValidation, profile("a b")},
		"second role of a profile":        {cloud.CodeLimitExceeded, a.AddRoleToInstanceProfile("full", "plain")},
		"missing role of a profile":       {cloud.CodeNoSuchEntity, a.AddRoleToInstanceProfile("empty", "r")},
		"remove a role that is elsewhere": {cloud.CodeNoSuchEntity, a.RemoveRoleFromInstanceProfile("empty", "in-profile")},
		"delete profile with a role":      {cloud.CodeDeleteConflict, a.DeleteInstanceProfile("full")},
		"delete profile missing":          {cloud.CodeNoSuchEntity, a.DeleteInstanceProfile("i")},
	} {
		t.Run(name, func(t *testing.T) { WantCode(t, row.code, row.err) })
	}
	assert.Equal(t, before, c.Describe(), "rejected requests change nothing")
}
func TestRepeatedRequestsChangeNothing(t *testing.T) {
	_, a := account()
	newUser(a, "jane")
	Must(a.CreateGroup("g", ""))
	arn := newPolicy(a, "p").ARN
	for range 2 {
		require.NoError(t, a.AddUserToGroup("g", "jane"))
		require.NoError(t, a.GroupPolicies().Attach("g", arn))
	}
	for range 2 {
		require.NoError(t, a.RemoveUserFromGroup("g", "jane"))
	}
	assert.Equal(t, []string{arn}, Must(a.GroupPolicies().Attached("g")))
	assert.Equal(t, 1, Must(a.GetPolicy(arn)).AttachmentCount)
}

func TestRenamedUserAndGroup(t *testing.T) {
	c, a := account()
	before := newUser(a, "jane")
	Must(a.CreateGroup("readers", ""))
	OK(a.AddUserToGroup("readers", "jane"))
	key := Must(a.CreateAccessKey("jane"))
	OK(a.UserPolicies().Put("jane", inline("i")))
	OK(a.UpdateUser("jane", "Jane", "/team/"))
	OK(a.UpdateGroup("readers", "all-readers", "/team/"))

	after := Must(a.GetUser("Jane"))
	assert.Equal(t, before.UserID, after.UserID)
	assert.Equal(t, "arn:aws:iam::111122223333:user/team/Jane", after.ARN)
	assert.Equal(t, "Jane", Must(a.Credential(key.AccessKeyID)).UserName)
	assert.Equal(t, []string{"Jane"}, Must(c.Caller(key.AccessKeyID, noon)).Context["aws:username"])
	assert.Equal(t, []string{"i"}, Must(a.UserPolicies().Names("Jane")))
	g, members, err := a.GetGroup("all-readers")
	require.NoError(t, err)
	assert.Equal(t, []string{"Jane"}, members)
	assert.Equal(t, "arn:aws:iam::111122223333:group/team/all-readers", g.ARN)
	assert.Equal(t, "all-readers", Must(a.ListGroupsForUser("Jane"))[0].GroupName)
	WantCode(t, cloud.CodeNoSuchEntity, failed(a.GetUser("jane")))
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
	assert.Equal(t, "v4", v4.VersionID, "numbers are not reused")
	versions := Must(a.ListPolicyVersions(arn))
	require.Len(t, versions, 2)
	assert.True(t, versions[0].IsDefaultVersion)
	assert.False(t, versions[1].IsDefaultVersion)
}

func TestUpdatesOfARole(t *testing.T) {
	_, a := account()
	newRole(a, "r", trustEC2)
	OK(a.UpdateRole("r", 7200))
	OK(a.UpdateRoleDescription("r", "reads"))
	OK(a.PutRolePermissionsBoundary("r", newPolicy(a, "p").ARN))
	got := Must(a.GetRole("r"))
	assert.Equal(t, 7200, got.MaxSessionDuration)
	assert.Equal(t, "reads", got.Description)
	assert.Equal(t, "arn:aws:iam::111122223333:policy/p", got.PermissionsBoundary)
	OK(a.DeleteRolePermissionsBoundary("r"))
	assert.Empty(t, Must(a.GetRole("r")).PermissionsBoundary)
}
