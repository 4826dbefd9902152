package mocks

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components"
	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// TestExistingRoleIsOnlyAttachedTo requires that only attachments name the role.
func TestExistingRoleIsOnlyAttachedTo(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:role/"
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		run.Roles = existing(arn+"task", arn+"batch/worker", arn+"idle")
		recording := deployStack(t, run, elsewhereStack(t, `
  existingRoles:
    task: {policies: [readOnly, staff]}
    arn:aws:iam::111122223333:role/batch/worker: {policies: [readOnly]}
    idle: {}
`))
		attachments := object{}
		for _, r := range recording.Resources {
			if !r.Custom {
				continue
			}
			if r.Type == recorder.RolePolicyAttachment {
				attachments[r.Name] = r.Input("role")
				require.Equal(t, components.TypeExistingRole, recording.Root(t, r).Type)
				continue
			}
			for _, name := range []string{"task", "worker", "idle"} {
				require.NotContains(t, textOf(r.Inputs), name, "in %s", r)
			}
		}
		require.Equal(t, object{
			"task-readOnly": "task", "task-staff": "task", "task-staff-1": "task", "task-staff-2": "task", "worker-readOnly": "worker",
		}, attachments)
		require.Empty(t, recording.All(recorder.RolePolicyAttachmentsExclusive))
		require.Empty(t, recording.All(recorder.RolePoliciesExclusive))
		require.Empty(t, recording.All(recorder.Role))

		require.Equal(t, object{
			"task": object{"arn": arn + "task"}, "worker": object{"arn": arn + "batch/worker"}, "idle": object{"arn": arn + "idle"},
		}, recording.Output("existingRoles"))
		deny := object{"GET /a": "deny", "POST /a": "deny"}
		require.Equal(t, object{
			"anyone": deny, "role/idle": deny,
			"role/task": with(deny, object{"GET /a": "allow", "POST /a": "allow"}), "role/worker": with(deny, object{"GET /a": "allow"}),
		}, recording.Output("accessMatrix"))
		require.Equal(t, []string{recorder.GetCallerIdentity, recorder.GetRole, recorder.GetRole, recorder.GetRole}, recording.Calls)
	})
}

// elsewhereStack returns a small stack with more keys.
func elsewhereStack(t *testing.T, more string) recorder.Settings {
	t.Helper()
	return recorder.ParseStack(t, `
config:
  routes: {GET /a: {}, POST /a: {}}
  backend: {url: https://backend.example.com}
  policies:
    readOnly: {allow: [GET /a]}
    staff: {allow: [ANY *], name: Staff, path: /api/, documents: 3}
`+more)
}

func existing(arns ...string) map[string]string {
	roles := map[string]string{}
	for _, arn := range arns {
		roles[access.ArnName(arn)] = arn
	}
	return roles
}

// TestRolesAreLookedUp requires that all problems with the account are reported together,
// before anything is registered.
func TestRolesAreLookedUp(t *testing.T) {
	const arn = "arn:aws:iam::111122223333:role/"
	for name, row := range map[string]struct {
		config   string
		roles    map[string]string
		problems []string
	}{
		"another account": {`
  existingRoles: {"arn:aws:iam::444455556666:role/task": {}}
`, existing(arn + "task"), []string{
			"the credentials are of the account 111122223333, and the stack's configuration has ARNs of the account 444455556666",
			`existingRoles["arn:aws:iam::444455556666:role/task"]: must be "` + arn + `task"`,
		}},
		"another account's boundary": {"\n  permissionsBoundary: arn:aws:iam::444455556666:policy/b\n", nil,
			[]string{"ARNs of the account 444455556666"}},
		"a role that may not be read": {"\n  existingRoles: {secret: {}}\n", map[string]string{"secret": ""}, []string{
			`existingRoles["secret"]: must be a role of the account: `,
		}},
		"roles of all kinds": {`
  existingRoles: {gone: {}, task: {}, linked: {}, set: {}, "` + arn + `moved": {}}
`, existing(arn+"task", arn+"aws-service-role/x.amazonaws.com/linked", arn+"aws-reserved/sso.amazonaws.com/set", arn+"here/moved"), []string{
			`existingRoles["gone"]: must be a role of the account: `,
			`existingRoles["linked"]: is a service-linked role`,
			`existingRoles["` + arn + `moved"]: must be "` + arn + `here/moved"`,
			`existingRoles["set"]: is a role of IAM Identity Center`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			recorder.Both(t, func(t *testing.T, run recorder.Run) {
				run.Settings, run.Roles = elsewhereStack(t, row.config), row.roles
				recording, err := run.Do(deployProgram)
				require.Error(t, err)
				require.Empty(t, recording.Resources)
				text := strings.TrimSpace(err.Error())
				require.Len(t, strings.Split(text, "\n"), 1+len(row.problems), "Pulumi's line, and one for each: %s", text)
				for _, problem := range row.problems {
					require.Contains(t, text, problem)
				}
			})
		})
	}
}

// TestNothingIsLookedUpWithoutNeed requires that lookups do not slow down previews that
// do not need them.
func TestNothingIsLookedUpWithoutNeed(t *testing.T) {
	for config, calls := range map[string][]string{
		"": nil,
		"\n  permissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess":                                                 nil,
		"\n  roles: {r: {trust: {service: ec2}, managedPolicies: [arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore]}}": nil,
		"\n  existingRoles: {task: {}}":                               {recorder.GetRole},
		"\n  permissionsBoundary: arn:aws:iam::111122223333:policy/b": {recorder.GetCallerIdentity},
	} {
		recorder.Both(t, func(t *testing.T, run recorder.Run) {
			require.Equal(t, calls, deployStack(t, run, elsewhereStack(t, config)).Calls, config)
		})
	}
}

// TestManagedPoliciesAreInTheExclusiveList attaches an AWS managed policy and one of the
// account.
func TestManagedPoliciesAreInTheExclusiveList(t *testing.T) {
	const aws, own = "arn:aws:iam::aws:policy/service-role/Basic", "arn:aws:iam::111122223333:policy/own"
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, elsewhereStack(t, `
  roles: {r: {trust: {service: ec2}, policies: [readOnly], managedPolicies: [`+own+`, `+aws+`]}}
`))
		readOnly := recording.Named(t, recorder.Policy, "readOnly-invoke").Output("arn")
		attached := object{}
		for _, r := range recording.All(recorder.RolePolicyAttachment) {
			attached[r.Name] = r.Input("policyArn")
		}
		require.Equal(t, object{"r-readOnly": readOnly, "r-Basic": aws, "r-own": own}, attached)
		requireExclusive(t, recording, recorder.RolePolicyAttachmentsExclusive, recorder.RolePolicyAttachment, "roleName", "r")
		require.Equal(t, object{"GET /a": "allow", "POST /a": "deny"}, recording.Output("accessMatrix").(object)["role/r"])
	})
}

// TestNamedPolicy checks the names on AWS, which permission sets refer to. The logical
// names of its documents are like those of other policies.
func TestNamedPolicy(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		recording := deployStack(t, run, elsewhereStack(t, ""))
		named := object{}
		var after []recorder.Resource
		for _, part := range []string{"", "-1", "-2"} {
			r := recording.Named(t, recorder.Policy, "staff-invoke"+part)
			named[r.Name] = object{"name": r.Input("name"), "path": r.Input("path")}
			after = append(after, r)
			require.Equal(t, components.TypeInvokePolicy, recording.Root(t, r).Type)
		}
		require.Equal(t, object{
			"staff-invoke":   object{"name": "Staff", "path": "/api/"},
			"staff-invoke-1": object{"name": "Staff-1", "path": "/api/"},
			"staff-invoke-2": object{"name": "Staff-2", "path": "/api/"},
		}, named)
		require.Contains(t, after[0].DependsOn, after[2].URN, "the last document first")
		readOnly := recording.Named(t, recorder.Policy, "readOnly-invoke")
		require.Nil(t, readOnly.Input("name"))
		require.Nil(t, readOnly.Input("path"))
		require.Len(t, recording.Output("policyArns").(object)["staff"], 3)
	})
}

// TestAccountIsNotCheckedIfItIsCleared deploys a stack with one account's ARNs to another
// account.
func TestAccountIsNotCheckedIfItIsCleared(t *testing.T) {
	settings := elsewhereStack(t, `
  existingRoles: {"arn:aws:iam::444455556666:role/task": {policies: [readOnly]}}
`)
	run := recorder.Run{Settings: settings, Roles: existing("arn:aws:iam::111122223333:role/task")}
	recording := run.Must(t, func(ctx *pulumi.Context) error {
		settings, err := config.Load(ctx)
		require.NoError(t, err)
		plan, err := program.Parse(settings)
		require.NoError(t, err)
		require.Equal(t, "444455556666", plan.Account)
		plan.Account = ""
		return plan.Deploy(ctx)
	})
	require.Equal(t, []string{recorder.GetRole}, recording.Calls)
	require.Equal(t, object{"task": object{"arn": "arn:aws:iam::111122223333:role/task"}}, recording.Output("existingRoles"))
}
