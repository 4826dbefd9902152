package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
)

func TestBadAccountsAreRefused(t *testing.T) {
	for name, account := range map[string][2]string{
		"eleven digits":         {`"44445555666"`, `"44445555666"`},
		"thirteen digits":       {`"4444555566667"`, `"4444555566667"`},
		"letters":               {`"44445555666a"`, `"44445555666a"`},
		"with dashes":           {`4444-5555-6666`, `"4444-5555-6666"`},
		"a number, its 0 lost":  {`55556666777`, `"55556666777"`},
		"an octal number":       {`044455556666`, `"4`},
		"a fraction":            {`444455556666.5`, `"444455556666.5"`},
		"a negative number":     {`-44445555666`, `"-44445555666"`},
		"empty":                 {`""`, `""`},
		"nothing":               {``, `null`},
		"a list":                {`["444455556666"]`, `["444455556666"]`},
		"the example's account": {`<12 digits>`, `"<12 digits>"`},
		"an ARN":                {`"arn:aws:iam::444455556666:root"`, `"arn:aws:iam::444455556666:root"`},
	} {
		refuse(t, []row{{name, `roles: {partner: {trust: {account: ` + account[0] + `, principals: [user/x]}}}`,
			[]problem{{"roles.partner.trust.account", account[1], "must be an account id of 12 digits"}}}})
	}
}

func TestBadPrincipalsAreRefused(t *testing.T) {
	const at = "roles.partner.trust.principals[0]"
	const accepted = `"user/NAME" or "role/NAME" without wildcards`
	for principal, accepted := range map[string]string{
		`user/*`:                                 accepted,
		`user/my-*`:                              accepted,
		`role/team?/deployer`:                    accepted,
		`group/Admins`:                           accepted,
		`root`:                                   accepted,
		`my-user`:                                accepted,
		`user/`:                                  accepted,
		`user`:                                   accepted,
		`/user/x`:                                accepted,
		`User/x`:                                 accepted,
		`user/a b`:                               accepted,
		`arn:aws:iam::444455556666:root`:         accepted,
		`arn:aws:iam::444455556666:user/my-user`: accepted,
		`assumed-role/deployer/session`:          accepted,
		`user/` + strings.Repeat("x", 65):        accepted,
	} {
		refuse(t, []row{{principal, partner(`principals: ["` + principal + `"]`), []problem{{at, `"` + principal + `"`, accepted}}}})
	}
	refuse(t, []row{
		{"none", partner(`principals: []`), []problem{{"roles.partner.trust.principals", "[]", "must name at least one"}}},
		{"an empty one", partner(`principals: [""]`), []problem{{at, `""`, "must be a string that is not empty"}}},
		{"everyone beside somebody", partner(`principals: ["*", user/x]`), []problem{{at, `"*"`, "must stand alone"}}},
		{"somebody beside everyone", partner(`principals: [user/x, "*"]`), []problem{{"roles.partner.trust.principals[1]", `"*"`, "must stand alone"}}},
	})
}

func TestIncompleteRolesAreRefused(t *testing.T) {
	refuse(t, []row{
		{"nothing", `roles: {r: }`, []problem{{"roles.r", "null", "must have the key trust"}}},
		{"no trust", `roles: {r: {policies: []}}`, []problem{{"roles.r", `{"policies":[]}`, "must have the key trust, a map that says who may assume the role"}}},
		{"an empty trust", `roles: {r: {trust: {}}}`, []problem{{"roles.r.trust", "{}", "must have one of the keys account, service"}}},
		{"no account", `roles: {r: {trust: {principals: [user/x]}}}`, []problem{{"roles.r.trust", `{"principals":["user/x"]}`, "must have one of the keys account, service"}}},
		{"no principals", `roles: {r: {trust: {account: "444455556666"}}}`, []problem{{"roles.r.trust", `{"account":"444455556666"}`, `must have the key principals, a list of "user/NAME"`}}},
		{"two kinds of trust", `roles: {r: {trust: {account: "444455556666", principals: [user/x], service: ec2}}}`,
			[]problem{{"roles.r.trust", `"service":"ec2"`, "must have only one of the keys account, service"}}},
	})
}

// TestFormerKeysAreRefused checks that keys of earlier versions are refused with
// what to write in their place.
func TestFormerKeysAreRefused(t *testing.T) {
	refuse(t, []row{
		{"of roles for EC2", `instanceRoles: {r: {policies: []}}`, []problem{{"instanceRoles", `{"r":{"policies":[]}}`, "cannot be set: it is no longer read; write roles: {NAME: {trust: {service: ec2}, policies: […]}}"}}},
		{"of roles for another account", `crossAccountRoles: {r: {accountId: 12}}`, []problem{{"crossAccountRoles", `{"r":{"accountId":12}}`, `write roles: {NAME: {trust: {account: "444455556666", principals: […]}`}}},
	})
}

func TestServices(t *testing.T) {
	for _, service := range []string{"ec2", "lambda", "ecs-tasks", "states", "tasks.apprunner", "glue", "bedrock"} {
		assert.NoError(t, access.CheckService(service), service)
	}
	const at, accepted = "roles.r.trust.service", "must be a service that assumes roles"
	trusting := func(service string) string { return `roles: {r: {trust: {service: ` + service + `}}}` }
	refuse(t, []row{
		{"none", trusting(`""`), []problem{{at, `""`, accepted}}},
		{"none that AWS knows", trusting("ecs-task"), []problem{{at, `"ecs-task"`, accepted}}},
		{"of another case", trusting("EC2"), []problem{{at, `"EC2"`, accepted}}},
		{"a service principal", trusting("ec2.amazonaws.com"), []problem{{at, `"ec2.amazonaws.com"`, `must be the name alone: "ec2"`}}},
		{"one of China", trusting("ec2.amazonaws.com.cn"), []problem{{at, `"ec2.amazonaws.com.cn"`, `must be the name alone: "ec2"`}}},
		{"a wildcard", trusting(`"*"`), []problem{{at, `"*"`, accepted}}},
		{"an account", trusting(`"444455556666"`), []problem{{at, `"444455556666"`, accepted}}},
		{"EKS Pod Identity", trusting("pods.eks"), []problem{{at, `"pods.eks"`, "EKS Pod Identity also tags sessions"}}},
	})
}

// TestMFAOfRolesIsRefused checks that a trust does not ask the sessions of roles for
// MFA, which they never show.
func TestMFAOfRolesIsRefused(t *testing.T) {
	problems := []problem{{"roles.partner.trust.requireMfa", "true", "must be left out, as only roles are trusted"}}
	refuse(t, []row{
		{"one role", partner(`principals: [role/x], requireMfa: true`), problems},
		{"roles with paths", partner(`principals: [role/x, role/a/b], requireMfa: true`), problems},
	})
	for _, principals := range []string{`[user/x, role/x]`, `["*"]`, `[user/role/x]`} {
		_, err := program.Parse(config.Settings{Values: unprefixed(settings(t, partner(`principals: `+principals+`, requireMfa: true`)).Values)})
		assert.NoError(t, err, principals)
	}
}

func TestBadExternalIdsAreRefused(t *testing.T) {
	for name, id := range map[string][2]string{
		"too short":           {`x`, `"x"`},
		"empty":               {``, `""`},
		"a space":             {`partner 7`, `"partner 7"`},
		"a wildcard":          {`partner*`, `"partner*"`},
		"a policy variable":   {`${aws:username}`, `"${aws:username}"`},
		"a character of UTF8": {`pärtner`, `"pärtner"`},
		"too long":            {strings.Repeat("x", 1225), `xxx`},
	} {
		refuse(t, []row{{name, partner(`principals: [user/x], externalId: "` + id[0] + `"`),
			[]problem{{"roles.partner.trust.externalId", id[1], `2 to 1224 characters out of letters, digits and "_+=,.@:/-"`}}}})
	}
}

func TestBadSessionsAreRefused(t *testing.T) {
	for _, seconds := range []string{"0", "-3600", "3599", "43201", "1000000000000"} {
		refuse(t, []row{{seconds, partner(`principals: [user/x]`, `maxSessionSeconds: `+seconds),
			[]problem{{"roles.partner.maxSessionSeconds", seconds, "must be 3600 to 43200 seconds"}}}})
	}
}
