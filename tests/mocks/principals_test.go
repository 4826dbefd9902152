package mocks

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/tests/mocks/recorder"
)

func TestGroup(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("Group").deploy(t, run, "one")
		policy := recording.Named(t, recorder.Policy, "given")
		group := only(t, recording, recorder.Group)
		require.Equal(t, "one", group.Input("name"))

		attached := map[string]any{}
		for _, r := range recording.All(recorder.GroupPolicyAttachment) {
			require.Equal(t, "one", r.Input("group"))
			attached[r.Name] = r.Input("policyArn")
		}
		require.Equal(t, map[string]any{"one-reader": policy.Output("arn"), "one-audit": auditArn}, attached)
		requireExclusive(t, recording, recorder.GroupPolicyAttachmentsExclusive, recorder.GroupPolicyAttachment, "groupName")
		require.Equal(t, list{}, only(t, recording, recorder.GroupPoliciesExclusive).Input("policyNames"))

		members := only(t, recording, recorder.GroupMembership)
		require.Equal(t, "one", members.Input("group"))
		require.Equal(t, "one-members", members.Input("name"))
		require.Equal(t, list{"given-user", "ann"}, members.Input("users"))
		require.Contains(t, members.Dependencies["users"], recording.Named(t, recorder.User, "given").URN)

		require.Equal(t, map[string]any{"arn": group.Output("arn"), "groupName": "one"}, recorder.Plain(recording.Outputs))
	})
}

// requireExclusive checks that a list excludes every policy that is not attached one
// by one, and depends on the attachments.
func requireExclusive(t *testing.T, recording recorder.Recording, list, attachment, owner string) {
	t.Helper()
	exclusive := only(t, recording, list)
	require.Equal(t, "one", exclusive.Input(owner))
	arns := []any{}
	for _, r := range recording.All(attachment) {
		arns = append(arns, r.Input("policyArn"))
		require.Contains(t, exclusive.DependsOn, r.URN)
	}
	require.ElementsMatch(t, arns, exclusive.Input("policyArns"))
}

func TestGroupWithoutPoliciesAndMembersIsKeptEmpty(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployWith(t, run, attached(components.NewGroup), func(given) *attachedArgs[components.GroupArgs] {
			return &attachedArgs[components.GroupArgs]{Args: components.GroupArgs{Name: "one"}}
		})
		require.Equal(t, list{}, only(t, recording, recorder.GroupMembership).Input("users"))
		require.Equal(t, list{}, only(t, recording, recorder.GroupPolicyAttachmentsExclusive).Input("policyArns"))
		require.Empty(t, recording.All(recorder.GroupPolicyAttachment))
	})
}

func TestUserHasNoKeyUnlessAskedFor(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployWith(t, run, components.NewUser, func(g given) *components.UserArgs {
			args := userArgs(g, "one")
			args.AccessKey = false
			return args
		})
		require.Empty(t, recording.All(recorder.AccessKey))
		user := only(t, recording, recorder.User)
		require.Equal(t, "one", user.Input("name"))
		require.Equal(t, true, user.Input("forceDestroy"))
		require.Equal(t, map[string]any{"arn": user.Output("arn"), "userName": "one"}, recorder.Plain(recording.Outputs))
	})
}

func TestUserKeyIsASecret(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := run.Must(t, func(ctx *pulumi.Context) error {
			user, err := components.NewUser(ctx, "one", userArgs(given{}, "one"))
			if err != nil {
				return err
			}
			ctx.Export("id", user.Key.ID)
			ctx.Export("secret", user.Key.Secret)
			return nil
		})
		key, id, secret := only(t, recording, recorder.AccessKey), recording.Outputs["id"], recording.Outputs["secret"]
		require.Equal(t, "one", key.Input("user"))
		require.True(t, secret.Secret)
		require.False(t, id.Secret)
		require.Equal(t, run.Preview, id.Unknown)
		if !run.Preview {
			require.Equal(t, key.ID, id.Value)
			require.Equal(t, recorder.SecretKey+"one", secret.Value)
		}
	})
}

// instanceTrust is the trust policy of a role for EC2 instances.
var instanceTrust = object{"Version": "2012-10-17", "Statement": list{object{
	"Sid":       "AssumeByInstances",
	"Effect":    "Allow",
	"Principal": object{"Service": "ec2.amazonaws.com"},
	"Action":    "sts:AssumeRole",
}}}

func TestRoleForInstances(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("Role for instances").deploy(t, run, "one")
		role := only(t, recording, recorder.Role)
		require.Equal(t, "one", role.Input("name"))
		require.Equal(t, instanceTrust, role.Document(t, "assumeRolePolicy"), "known before the API is")
		require.Nil(t, role.Input("inlinePolicies"))
		require.Nil(t, role.Input("managedPolicyArns"))
		require.Equal(t, 3600.0, role.Input("maxSessionDuration"), "the default")

		profile := only(t, recording, recorder.InstanceProfile)
		require.Equal(t, "one", profile.Input("name"))
		require.Equal(t, "one", profile.Input("role"))
		require.Contains(t, profile.DependsOn, role.URN)
		requireExclusive(t, recording, recorder.RolePolicyAttachmentsExclusive, recorder.RolePolicyAttachment, "roleName")
		require.Equal(t, list{}, only(t, recording, recorder.RolePoliciesExclusive).Input("policyNames"))
		require.Equal(t, map[string]any{"arn": role.Output("arn"), "instanceProfileName": "one", "trustPolicy": role.Input("assumeRolePolicy")}, recorder.Plain(recording.Outputs))
	})
}

// trustDocument is the trust policy of a role for another account's principals.
func trustDocument(account string, principals any, condition object) object {
	statement := object{
		"Sid":       "AssumeFromAccount" + account,
		"Effect":    "Allow",
		"Principal": object{"AWS": principals},
		"Action":    "sts:AssumeRole",
	}
	if condition != nil {
		statement["Condition"] = condition
	}
	return object{"Version": "2012-10-17", "Statement": list{statement}}
}

func TestRoleForAnAccountDocuments(t *testing.T) {
	for name, row := range map[string]struct {
		trust      access.Trust
		principals func(iam string) any
		condition  object
	}{
		"one user": {
			access.AccountTrust{AccountID: "444455556666", Principals: []string{"user/my-user"}},
			func(iam string) any { return iam + "user/my-user" }, nil,
		},
		"the whole account": {
			access.AccountTrust{AccountID: "444455556666", Principals: []string{"*"}},
			func(iam string) any { return iam + "root" }, nil,
		},
		"external id and MFA": {
			access.AccountTrust{AccountID: "444455556666", Principals: []string{"user/my-user"}, ExternalID: "partner-7", RequireMFA: true},
			func(iam string) any { return iam + "user/my-user" },
			object{"StringEquals": object{"sts:ExternalId": "partner-7"}, "Bool": object{"aws:MultiFactorAuthPresent": "true"}},
		},
	} {
		for _, cloud := range []recorder.Cloud{recorder.AWS, recorder.GovCloud, recorder.China} {
			t.Run(name+" in "+cloud.Partition, func(t *testing.T) {
				recording := deployWith(t, recorder.Run{Cloud: cloud}, components.NewRole, func(g given) *components.RoleArgs {
					return &components.RoleArgs{Name: "one", ExecutionArn: g.executionArn, Trust: row.trust}
				})
				expected := trustDocument("444455556666", row.principals("arn:"+cloud.Partition+":iam::444455556666:"), row.condition)
				role := only(t, recording, recorder.Role)
				require.Equal(t, expected, role.Document(t, "assumeRolePolicy"))
				require.Equal(t, expected, output(t, recording, "trustPolicy"))
				arn := "arn:" + cloud.Partition + ":iam::111122223333:role/one"
				require.Equal(t, arn, recording.Outputs["arn"].Value)
				require.Equal(t, assumeDocument(arn), output(t, recording, "callerPolicy"))
			})
		}
	}
}

func TestRoleForAnAccount(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("Role for an account").deploy(t, run, "one")
		role := only(t, recording, recorder.Role)
		require.Equal(t, "one", role.Input("name"))
		require.Equal(t, 7200.0, role.Input("maxSessionDuration"))
		requireExclusive(t, recording, recorder.RolePolicyAttachmentsExclusive, recorder.RolePolicyAttachment, "roleName")
		require.Equal(t, list{}, only(t, recording, recorder.RolePoliciesExclusive).Input("policyNames"))
		require.Empty(t, recording.All(recorder.InstanceProfile))
		if run.Preview {
			require.Equal(t, recorder.Unknown, role.Input("assumeRolePolicy"))
			require.Equal(t, map[string]any{
				"arn": recorder.Unknown, "trustPolicy": recorder.Unknown, "callerPolicy": recorder.Unknown, "externalId": "partner-7",
			}, recorder.Plain(recording.Outputs))
		}
	})
}

// TestRoleForAService checks that a service gets a role, and no instance profile.
func TestRoleForAService(t *testing.T) {
	for service, sid := range map[string]string{"lambda": "AssumeByFunctions", "ecs-tasks": "AssumeByService"} {
		recording := deployWith(t, recorder.Run{}, components.NewRole, func(g given) *components.RoleArgs {
			args := instanceRoleArgs(g, "one").Args
			args.Trust = access.ServiceTrust{Service: service}
			return &args
		})
		role := only(t, recording, recorder.Role)
		require.Equal(t, object{"Version": "2012-10-17", "Statement": list{object{
			"Sid": sid, "Effect": "Allow", "Principal": object{"Service": service + ".amazonaws.com"}, "Action": "sts:AssumeRole",
		}}}, role.Document(t, "assumeRolePolicy"))
		require.Empty(t, recording.All(recorder.InstanceProfile))
		require.Equal(t, map[string]any{"arn": role.Output("arn"), "trustPolicy": role.Input("assumeRolePolicy")}, recorder.Plain(recording.Outputs))
	}
}
