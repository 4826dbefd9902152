package config

import (
	"strings"
	"testing"
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
		refuse(t, []row{{name, `crossAccountRoles: {partner: {accountId: ` + account[0] + `, principals: [user/x]}}`,
			[]problem{{"crossAccountRoles.partner.accountId", account[1], "must be an account id of 12 digits"}}}})
	}
}

func TestBadPrincipalsAreRefused(t *testing.T) {
	const at = "crossAccountRoles.partner.principals[0]"
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
		{"none", partner(`principals: []`), []problem{{"crossAccountRoles.partner.principals", "[]", "must name at least one"}}},
		{"an empty one", partner(`principals: [""]`), []problem{{at, `""`, "must be a string that is not empty"}}},
		{"everyone beside somebody", partner(`principals: ["*", user/x]`), []problem{{at, `"*"`, "must stand alone"}}},
		{"somebody beside everyone", partner(`principals: [user/x, "*"]`), []problem{{"crossAccountRoles.partner.principals[1]", `"*"`, "must stand alone"}}},
	})
}

func TestIncompleteCrossAccountRolesAreRefused(t *testing.T) {
	const at = "crossAccountRoles.partner"
	refuse(t, []row{
		{"nothing", `crossAccountRoles: {partner: }`, []problem{
			{at, "null", "must have the key accountId"},
			{at, "null", "must have the key principals"},
		}},
		{"no account", `crossAccountRoles: {partner: {principals: [user/x]}}`, []problem{{at, `{"principals":["user/x"]}`, "must have the key accountId, the other account's 12 digits"}}},
		{"no principals", `crossAccountRoles: {partner: {accountId: "444455556666"}}`, []problem{{at, `{"accountId":"444455556666"}`, `must have the key principals, a list of "user/NAME"`}}},
	})
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
			[]problem{{"crossAccountRoles.partner.externalId", id[1], `2 to 1224 characters out of letters, digits and "_+=,.@:/-"`}}}})
	}
}

func TestBadSessionsAreRefused(t *testing.T) {
	for _, seconds := range []string{"0", "-3600", "3599", "43201", "1000000000000"} {
		refuse(t, []row{{seconds, partner(`principals: [user/x], maxSessionSeconds: ` + seconds),
			[]problem{{"crossAccountRoles.partner.maxSessionSeconds", seconds, "must be 3600 to 43200 seconds"}}}})
	}
}
