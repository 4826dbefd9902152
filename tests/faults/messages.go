package faults

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
)

// tagged are the types whose services call it TagResource and UntagResource.
var tagged = []string{
	"aws:apigatewayv2/api:Api", "aws:apigatewayv2/stage:Stage", "aws:cloudwatch/logGroup:LogGroup",
	"aws:dynamodb/table:Table", "aws:lambda/function:Function",
}

// callers are the types of the resources whose operations make a call.
var callers = map[string][]string{
	"AddPermission":                 {"aws:lambda/permission:Permission"},
	"AddRoleToInstanceProfile":      {"aws:iam/instanceProfile:InstanceProfile"},
	"AddUserToGroup":                {"aws:iam/groupMembership:GroupMembership"},
	"AttachGroupPolicy":             {"aws:iam/groupPolicyAttachment:GroupPolicyAttachment"},
	"AttachRolePolicy":              {"aws:iam/rolePolicyAttachment:RolePolicyAttachment"},
	"CreateAccessKey":               {"aws:iam/accessKey:AccessKey"},
	"CreateApi":                     {"aws:apigatewayv2/api:Api"},
	"CreateFunction":                {"aws:lambda/function:Function"},
	"CreateGroup":                   {"aws:iam/group:Group"},
	"CreateInstanceProfile":         {"aws:iam/instanceProfile:InstanceProfile"},
	"CreateIntegration":             {"aws:apigatewayv2/integration:Integration"},
	"CreateLogGroup":                {"aws:cloudwatch/logGroup:LogGroup"},
	"CreatePolicy":                  {"aws:iam/policy:Policy"},
	"CreatePolicyVersion":           {"aws:iam/policy:Policy"},
	"CreateRole":                    {"aws:iam/role:Role"},
	"CreateRoute":                   {"aws:apigatewayv2/route:Route"},
	"CreateStage":                   {"aws:apigatewayv2/stage:Stage"},
	"CreateTable":                   {"aws:dynamodb/table:Table"},
	"CreateUser":                    {"aws:iam/user:User"},
	"DeleteAccessKey":               {"aws:iam/accessKey:AccessKey", "aws:iam/user:User"},
	"DeleteApi":                     {"aws:apigatewayv2/api:Api"},
	"DeleteFunction":                {"aws:lambda/function:Function"},
	"DeleteGroup":                   {"aws:iam/group:Group"},
	"DeleteInstanceProfile":         {"aws:iam/instanceProfile:InstanceProfile"},
	"DeleteIntegration":             {"aws:apigatewayv2/integration:Integration"},
	"DeleteLogGroup":                {"aws:cloudwatch/logGroup:LogGroup"},
	"DeletePolicy":                  {"aws:iam/policy:Policy"},
	"DeletePolicyVersion":           {"aws:iam/policy:Policy"},
	"DeleteRole":                    {"aws:iam/role:Role"},
	"DeleteRolePermissionsBoundary": {"aws:iam/role:Role"},
	"DeleteRoute":                   {"aws:apigatewayv2/route:Route"},
	"DeleteStage":                   {"aws:apigatewayv2/stage:Stage"},
	"DeleteTable":                   {"aws:dynamodb/table:Table"},
	"DeleteUser":                    {"aws:iam/user:User"},
	"DeleteUserPermissionsBoundary": {"aws:iam/user:User"},
	"DetachGroupPolicy":             {"aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"},
	"DetachRolePolicy":              {"aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"},
	"PutRetentionPolicy":            {"aws:cloudwatch/logGroup:LogGroup"},
	"PutRolePermissionsBoundary":    {"aws:iam/role:Role"},
	"PutUserPermissionsBoundary":    {"aws:iam/user:User"},
	"RemovePermission":              {"aws:lambda/permission:Permission"},
	"RemoveRoleFromInstanceProfile": {"aws:iam/instanceProfile:InstanceProfile", "aws:iam/role:Role"},
	"RemoveUserFromGroup":           {"aws:iam/groupMembership:GroupMembership", "aws:iam/user:User"},
	"TagInstanceProfile":            {"aws:iam/instanceProfile:InstanceProfile"},
	"TagPolicy":                     {"aws:iam/policy:Policy"},
	"TagResource":                   tagged,
	"TagRole":                       {"aws:iam/role:Role"},
	"TagUser":                       {"aws:iam/user:User"},
	"UntagInstanceProfile":          {"aws:iam/instanceProfile:InstanceProfile"},
	"UntagPolicy":                   {"aws:iam/policy:Policy"},
	"UntagResource":                 tagged,
	"UntagRole":                     {"aws:iam/role:Role"},
	"UntagUser":                     {"aws:iam/user:User"},
	"UpdateApi":                     {"aws:apigatewayv2/api:Api"},
	"UpdateAssumeRolePolicy":        {"aws:iam/role:Role"},
	"UpdateContinuousBackups":       {"aws:dynamodb/table:Table"},
	"UpdateIntegration":             {"aws:apigatewayv2/integration:Integration"},
	"UpdateRole":                    {"aws:iam/role:Role"},
	"UpdateRoleDescription":         {"aws:iam/role:Role"},
	"UpdateRoute":                   {"aws:apigatewayv2/route:Route"},
	"UpdateStage":                   {"aws:apigatewayv2/stage:Stage"},
	"UpdateTable":                   {"aws:dynamodb/table:Table"},
}

// reFailure matches a line about a call that failed.
var reFailure = regexp.MustCompile(`(?:creating|updating|deleting) (\S+) (.+): (?:ServiceUnavailable|RequestTimeout): (.+)$`)

// CheckMessage asserts that the operation's error names the resource and AWS's
// error, that of the one call that failed, and blames nothing else. It returns
// the resource.
func CheckMessage(t testing.TB, err error, call Call, failed cloud.Mutation) resource.URN {
	t.Helper()
	var failure *engine.Failure
	require.ErrorAs(t, err, &failure)
	var blamed []resource.URN
	for _, d := range failure.Diagnostics {
		for line := range strings.Lines(d.Message) {
			m := reFailure.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil {
				assert.Regexp(t, `^((update|destroy|refresh) failed|1 error occurred:|)\s*$`, line, "another failure")
				continue
			}
			blamed = append(blamed, d.URN)
			assert.Contains(t, callers[call.Action], m[1], "type of the resource that is named")
			assert.Equal(t, d.URN.Name(), m[2], "name of the resource")
			assert.Contains(t, m[3], failed.Action+" of "+failed.Target)
		}
	}
	require.Len(t, blamed, 1, "messages about the call in:\n%v", err)
	return blamed[0]
}

// Secrets are the secret access keys of all users.
func Secrets(t testing.TB, c *cloud.Cloud) []string {
	var secrets []string
	for _, id := range []string{cloud.APIAccount, cloud.CallerAccount} {
		account := c.Account(id)
		users, err := account.ListUsers()
		require.NoError(t, err)
		for _, user := range users {
			keys, err := account.ListAccessKeys(user.UserName)
			require.NoError(t, err)
			for _, key := range keys {
				credential, err := account.Credential(key.AccessKeyID)
				require.NoError(t, err)
				secrets = append(secrets, credential.SecretAccessKey)
			}
		}
	}
	return secrets
}

// CheckNoSecret asserts that what a run has printed is free of the secrets.
func CheckNoSecret(t testing.TB, printed string, secrets []string) {
	leaks := slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(printed, secret) })
	assert.False(t, leaks, "a secret access key was printed") // and is not printed here
}
