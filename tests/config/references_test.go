package config

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
)

func TestDuplicateNamesAreRefused(t *testing.T) {
	const inCase = "differ in more than case"
	refuse(t, []row{
		{"users", `users: {ann: {}, Ann: {}}`, []problem{{"users.ann", `"ann" is taken by users.Ann`, inCase}}},
		{"groups", `groups: {Admins: {}, ADMINS: {}, admins: {}}`, []problem{
			{"groups.Admins", `taken by groups.ADMINS`, inCase},
			{"groups.admins", `taken by groups.ADMINS`, inCase},
		}},
		{"policies", `policies: {read: {allow: [GET /products]}, Read: {allow: [GET /products]}}`, []problem{{"policies.read", `taken by policies.Read`, inCase}}},
		{"roles", `roles: {Partner: {trust: {service: ec2}}, partner: {trust: {account: "444455556666", principals: [user/x]}}}`,
			[]problem{{"roles.partner", `taken by roles.Partner`, inCase}}},
		{"tags", `tags: {team: a, Team: b}`, []problem{{"tags", `"team" differs from "Team"`, "in case only"}}},
		{"a group's policy", "policies: {p: {allow: [GET /products]}}\ngroups: {G: {policies: [p, p]}}", []problem{{"groups.G.policies[1]", `"p"`, "list each once"}}},
		{"a user's group", "groups: {G: {}}\nusers: {ann: {groups: [G, G]}}", []problem{{"users.ann.groups[1]", `"G"`, "list each once"}}},
		{"a principal", partner(`principals: [user/x, role/y, user/x]`), []problem{{"roles.partner.trust.principals[2]", `"user/x"`, "list each once"}}},
		{"a principal, in another case", partner(`principals: [user/x, USER/X]`), []problem{{"roles.partner.trust.principals[1]", `"USER/X"`, "list each principal once"}}},
		{"a grant", `policies: {p: {allow: [GET /products, POST /products, GET /products]}}`, []problem{{"policies.p.allow[2]", `"GET /products"`, "list each once"}}},
	})
}

// TestLogicalNamesThatCollideAreRefused checks names with "-" that read the same
// once they are joined by "-".
func TestLogicalNamesThatCollideAreRefused(t *testing.T) {
	const policies = `policies: {c: {allow: [GET /products]}, b-c: {allow: [POST /products]}}` + "\n"
	refuse(t, []row{
		{"groups", policies + `groups: {a: {policies: [b-c]}, a-b: {policies: [c]}}`, []problem{{"groups", `"a" with policy "b-c" and "a-b" with policy "c"`, `"a-b-c"; rename one`}}},
		{"roles", policies + `roles: {a: {trust: {account: "444455556666", principals: [user/x]}, policies: [b-c]}, a-b: {trust: {service: ec2}, policies: [c]}}`,
			[]problem{{"roles", `"a-b" with policy "c"`, `"a-b-c"; rename one`}}},
	})
}

func TestUnknownReferencesAreRefused(t *testing.T) {
	const policies = `policies: {readOnly: {allow: [GET /products]}, admin: {allow: ["*"]}}` + "\n"
	refuse(t, []row{
		{"a group's policy", policies + `groups: {G: {policies: [admin, writers]}}`, []problem{{"groups.G.policies[1]", `"writers"`, "is not declared under policies; accepted are admin, readOnly"}}},
		{"a role's policy, misspelt", policies + `roles: {r: {trust: {service: ec2}, policies: [Admin]}}`, []problem{{"roles.r.policies[0]", `"Admin"`, "(did you mean admin?)"}}},
		{"a policy where there is none", `groups: {G: {policies: [admin]}}`, []problem{{"groups.G.policies[0]", `"admin"`, "none are declared"}}},
		{"a user's group", "groups: {Admins: {}}\nusers: {ann: {groups: [admin]}}", []problem{{"users.ann.groups[0]", `"admin"`, "is not declared under groups (did you mean Admins?); accepted are Admins"}}},
		{"a policy as a user's group", policies + `users: {ann: {groups: [admin]}}`, []problem{{"users.ann.groups[0]", `"admin"`, "is not declared under groups"}}},
	})
}

func TestQuotasOfIamAreKept(t *testing.T) {
	eleven := `[` + join(11, "n%d") + `]`
	declared := `policies: {` + join(11, "n%d: {allow: [GET /products]}") + `}` + "\n"
	refuse(t, []row{
		{"policies of a group", declared + `groups: {G: {policies: ` + eleven + `}}`, []problem{{"groups.G.policies", `["n0","n1"`, "at most 10 policies"}}},
		{"policies of a role", declared + `roles: {r: {trust: {service: ec2}, policies: ` + eleven + `}}`, []problem{{"roles.r.policies", `["n0","n1"`, "at most 10 policies"}}},
		{"groups of a user", `groups: {` + join(11, "n%d: {}") + `}` + "\n" + `users: {ann: {groups: ` + eleven + `}}`, []problem{{"users.ann.groups", `["n0","n1"`, "at most 10 groups"}}},
	})
}

// TestMFAOfRolesIsRefused requires that neither a trust nor a policy of a role
// requires MFA of sessions of roles, which never show it.
func TestMFAOfRolesIsRefused(t *testing.T) {
	const policies = `policies: {free: {allow: [GET /products]}, mfa: {allow: [GET /products], conditions: {requireMfa: true, secureTransport: true}}}` + "\n"
	const reason = "requires MFA, which a role's session never shows"
	refuse(t, []row{
		{"a trust of roles alone", partner(`principals: [role/x, role/a/b], requireMfa: true`),
			[]problem{{"roles.partner.trust.requireMfa", "true", "must be left out, as only roles are trusted"}}},
		{"a policy of a service's role", policies + `roles: {r: {trust: {service: ec2}, policies: [free, mfa]}}`, []problem{{"roles.r.policies[1]", `"mfa"`, reason}}},
		{"a policy of a role whose trust requires MFA", policies + partner(`principals: [user/x], requireMfa: true`, `policies: [mfa]`),
			[]problem{{"roles.partner.policies[0]", `"mfa"`, reason}}},
		{"together with other problems", policies + "apiName: a/b\nroles: {r: {trust: {service: ec2}, policies: [mfa, nowhere]}, s: {trust: {service: ec2}, policies: [mfa]}}", []problem{
			{"apiName", `"a/b"`, "1 to 128"},
			{"roles.r.policies[0]", `"mfa"`, reason},
			{"roles.r.policies[1]", `"nowhere"`, "is not declared under policies"},
			{"roles.s.policies[0]", `"mfa"`, reason},
		}},
	})
	for _, principals := range []string{`[user/x, role/x]`, `["*"]`, `[user/role/x]`} {
		_, err := program.Parse(config.Settings{Values: unprefixed(settings(t, partner(`principals: `+principals+`, requireMfa: true`)).Values)})
		assert.NoError(t, err, principals)
	}
}
