package mocks

import (
	"slices"
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
		group := only(t, recording, recorder.Group)
		require.Equal(t, object{"name": "one"}, inputs(group))
		attached := object{}
		for _, r := range recording.All(recorder.GroupPolicyAttachment) {
			require.Equal(t, "one", r.Input("group"))
			attached[r.Name] = r.Input("policyArn")
		}
		given := recording.Named(t, recorder.Policy, "given").Output("arn")
		require.Equal(t, object{"one-reader": given, "one-audit": auditArn}, attached)
		requireExclusive(t, recording, recorder.GroupPolicyAttachmentsExclusive, recorder.GroupPolicyAttachment, "groupName", "one")
		require.Equal(t, object{"groupName": "one", "policyNames": list{}}, inputs(only(t, recording, recorder.GroupPoliciesExclusive)))

		members := only(t, recording, recorder.GroupMembership)
		require.Equal(t, object{"group": "one", "name": "one-members", "users": list{"given-user", "ann"}}, inputs(members))
		require.Contains(t, members.Dependencies["users"], recording.Named(t, recorder.User, "given").URN)
		require.Equal(t, object{"arn": group.Output("arn"), "groupName": "one"}, recorder.Plain(recording.Outputs))
	})
}

// requireExclusive checks that a list names every policy that is attached, and depends
// on the attachments.
func requireExclusive(t *testing.T, recording recorder.Recording, list, attachment, key string, principal any) {
	t.Helper()
	exclusive := only(t, recording, list)
	require.Equal(t, principal, exclusive.Input(key))
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

func TestUserWithoutAKey(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployWith(t, run, components.NewUser, func(given) *components.UserArgs {
			return &components.UserArgs{Name: "one"}
		})
		require.Empty(t, recording.All(recorder.AccessKey))
		user := only(t, recording, recorder.User)
		require.Equal(t, object{"name": "one", "forceDestroy": true}, inputs(user))
		require.Equal(t, object{"arn": user.Output("arn"), "userName": "one"}, recorder.Plain(recording.Outputs))
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
		key := only(t, recording, recorder.AccessKey)
		require.Equal(t, object{"user": "one"}, inputs(key))
		require.True(t, recording.Outputs["secret"].IsSecret())
		require.False(t, recording.Outputs["id"].ContainsSecrets())
		require.Equal(t, idOf(key), recording.Output("id"))
		if !run.Preview {
			require.Equal(t, recorder.SecretKey+"one", recording.Output("secret"))
		}
	})
}

// trustService returns the trust policy of a role for a service.
func trustService(sid, service string) object {
	return object{"Version": "2012-10-17", "Statement": list{object{
		"Sid":       sid,
		"Effect":    "Allow",
		"Principal": object{"Service": service + ".amazonaws.com"},
		"Action":    "sts:AssumeRole",
	}}}
}

// trustAccount returns the trust policy of a role for another account's principals.
func trustAccount(account string, principals any, condition object) object {
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

func TestRoleForInstances(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := find("Role for instances").deploy(t, run, "one")
		role := requireRole(t, recording, 3600)
		require.Equal(t, trustService("AssumeByInstances", "ec2"), role.Document(t, "assumeRolePolicy"), "known before the API is")
		profile := only(t, recording, recorder.InstanceProfile)
		require.Equal(t, object{"name": "one", "role": "one"}, inputs(profile))
		require.Contains(t, profile.DependsOn, role.URN)
		require.Equal(t, object{
			"arn": role.Output("arn"), "instanceProfileName": "one", "trustPolicy": role.Input("assumeRolePolicy"),
		}, recorder.Plain(recording.Outputs))
	})
}

// requireRole checks the role "one" and its lists of policies.
func requireRole(t *testing.T, recording recorder.Recording, maxSession float64) recorder.Resource {
	t.Helper()
	role := only(t, recording, recorder.Role)
	require.Equal(t, object{
		"name": "one", "assumeRolePolicy": role.Input("assumeRolePolicy"),
		"maxSessionDuration": maxSession, "forceDetachPolicies": true,
	}, inputs(role))
	requireExclusive(t, recording, recorder.RolePolicyAttachmentsExclusive, recorder.RolePolicyAttachment, "roleName", "one")
	require.Equal(t, object{"roleName": "one", "policyNames": list{}}, inputs(only(t, recording, recorder.RolePoliciesExclusive)))
	return role
}

func TestRoleForAnAccount(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Cloud = recorder.GovCloud
		recording := find("Role for an account").deploy(t, run, "one")
		role := requireRole(t, recording, 7200)
		require.Empty(t, recording.All(recorder.InstanceProfile))
		require.Equal(t, "partner-7", recording.Output("externalId"))
		if run.Preview {
			require.Equal(t, object{
				"arn": recorder.Unknown, "trustPolicy": recorder.Unknown, "callerPolicy": recorder.Unknown, "externalId": "partner-7",
			}, recorder.Plain(recording.Outputs))
			return
		}
		const other, arn = "arn:aws-us-gov:iam::444455556666:", "arn:aws-us-gov:iam::111122223333:role/one"
		trust := trustAccount("444455556666", list{other + "role/deployer", other + "user/team/my-user"}, object{
			"StringEquals": object{"sts:ExternalId": "partner-7"}, "Bool": object{"aws:MultiFactorAuthPresent": "true"},
		})
		require.Equal(t, trust, role.Document(t, "assumeRolePolicy"))
		require.Equal(t, trust, output(t, recording, "trustPolicy"))
		require.Equal(t, arn, recording.Output("arn"))
		require.Equal(t, assumeDocument(arn), output(t, recording, "callerPolicy"))
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
		require.Equal(t, trustService(sid, service), role.Document(t, "assumeRolePolicy"))
		require.Empty(t, recording.All(recorder.InstanceProfile))
		require.Equal(t, object{"arn": role.Output("arn"), "trustPolicy": role.Input("assumeRolePolicy")}, recorder.Plain(recording.Outputs))
	}
}

// TestRolesForOtherPrincipals checks the trust policies and outputs of the other kinds of
// trust. A policy that names the API's account is unknown until the API exists.
func TestRolesForOtherPrincipals(t *testing.T) {
	const provider = "arn:aws-us-gov:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
	for name, row := range map[string]struct {
		principal         object
		needsApi, callers bool
	}{
		"Role for tokens":          {object{"Federated": provider}, true, false},
		"Role for an organization": {object{"AWS": "*"}, false, true},
		"Role for pods":            {object{"Service": "pods.eks.amazonaws.com"}, false, false},
		"Role for a pool":          {object{"Federated": "cognito-identity.amazonaws.com"}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			recorder.Both(t, func(t *testing.T, run recorder.Run) {
				run.Cloud = recorder.GovCloud
				recording := find(name).deploy(t, run, "one")
				role := requireRole(t, recording, 3600)
				require.Empty(t, recording.All(recorder.InstanceProfile))
				outputs := recorder.Plain(recording.Outputs)
				require.Equal(t, row.callers, outputs["callerPolicy"] != nil)
				require.Equal(t, role.Input("assumeRolePolicy"), outputs["trustPolicy"])
				if run.Preview && row.needsApi {
					require.Equal(t, recorder.Unknown, outputs["trustPolicy"])
					return
				}
				statement := role.Document(t, "assumeRolePolicy")["Statement"].(list)[0].(object)
				require.Equal(t, row.principal, statement["Principal"])
				if row.callers && !run.Preview {
					require.Equal(t, assumeDocument("arn:aws-us-gov:iam::111122223333:role/one"), output(t, recording, "callerPolicy"))
				}
			})
		})
	}
}

// TestSessionTagsAndSourceIdentity checks that the trust policy and the policies of
// principals of the other account allow the same actions.
func TestSessionTagsAndSourceIdentity(t *testing.T) {
	actions := list{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}
	recording := deployWith(t, recorder.Run{}, components.NewRole, func(g given) *components.RoleArgs {
		args := accountRoleArgs(g, "one").Args
		args.Trust = access.AccountTrust{AccountID: "444455556666", Principals: []string{"role/x"}, SessionTags: true, SourceIdentity: true}
		return &args
	})
	for _, name := range []string{"trustPolicy", "callerPolicy"} {
		require.Equal(t, actions, output(t, recording, name)["Statement"].(list)[0].(object)["Action"], name)
	}
	recording = deployWith(t, recorder.Run{}, components.NewCallerAccess, func(g given) *components.CallerAccessArgs {
		args := callerAccessArgs(g, "one")
		args.SessionTags, args.SourceIdentity = true, true
		return args
	})
	require.Equal(t, actions, only(t, recording, recorder.Policy).Document(t, "policy")["Statement"].(list)[0].(object)["Action"])
}

// TestOidcProviders checks the providers. A role that trusts one of them must be created
// after it.
func TestOidcProviders(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Settings = recorder.ParseStack(t, `
config:
  routes: {GET /x: {}}
  backend: {url: https://backend.example.com}
  roles:
    ci: {trust: {oidc: {issuer: https://gitlab.com, audiences: [shop], claims: {sub: "project_path:acme/shop:*"}}}}
    other: {trust: {oidc: {issuer: https://scalr.io, audiences: [shop], claims: {sub: "account:acme:*"}}}}
  oidcProviders: {https://gitlab.com: {audiences: [shop, bank]}}
  tags: {team: shop}
`)
		recording := run.Must(t, deployProgram)
		provider := recording.One(t, recorder.OidcProvider)
		require.Equal(t, "oidc-gitlab.com", provider.Name)
		require.Equal(t, object{"url": "https://gitlab.com", "clientIdLists": list{"shop", "bank"}, "tags": object{"team": "shop"}},
			recorder.Plain(provider.Inputs))
		for _, role := range recording.All(recorder.Role) {
			require.Equal(t, role.Name == "ci-role", slices.Contains(role.DependsOn, provider.URN), "%s depends on the provider", role)
		}
	})
}
