package config

import (
	"strings"
	"testing"
)

func TestBadNamesAreRefused(t *testing.T) {
	long := strings.Repeat("x", 129)
	refuse(t, []row{
		{"a policy without a name", `policies: {"": {allow: [GET /products]}}`, []problem{{`policies[""]`, `""`, "1 to 96 characters"}}},
		{"a group without a name", `groups: {"": {}}`, []problem{{`groups[""]`, `""`, "1 to 128 characters"}}},
		{"a user without a name", `users: {"": {}}`, []problem{{`users[""]`, `""`, "1 to 64 characters"}}},
		{"an instance role without a name", `roles: {"": {trust: {service: ec2}}}`, []problem{{`roles[""]`, `""`, "1 to 64 characters"}}},
		{"a cross-account role without a name", `roles: {"": {trust: {account: "444455556666", principals: [user/x]}}}`, []problem{{`roles[""]`, `""`, "1 to 64 characters"}}},
		{"a tag without a key", `tags: {"": x}`, []problem{{"tags", `""`, "1 to 128 characters"}}},
		{"a route without a key", `routes: {"": {}}`, []problem{{"routes", `""`, `"METHOD /path"`}}},
		{"no API name", `apiName: ""`, []problem{{"apiName", `""`, "1 to 128 letters"}}},
		{"no stage name", `stageName: ""`, []problem{{"stageName", `""`, `or "$default"`}}},

		{"an API name that is too long", `apiName: ` + long, []problem{{"apiName", "xxx", "1 to 128 letters"}}},
		{"an API name with a slash", `apiName: a/b`, []problem{{"apiName", `"a/b"`, "1 to 128 letters"}}},
		{"a stage name with a slash", `stageName: prod/eu`, []problem{{"stageName", `"prod/eu"`, `or "$default"`}}},
		{"a stage name with a dollar", `stageName: $latest`, []problem{{"stageName", `"$latest"`, `or "$default"`}}},
		{"a stage name that is too long", `stageName: ` + long, []problem{{"stageName", "xxx", "1 to 128 letters"}}},
		{"a user with a space", `users: {ann lee: {}}`, []problem{{`users["ann lee"]`, `"ann lee"`, "1 to 64 characters"}}},
		{"a user with a path", `users: {team/ann: {}}`, []problem{{`users["team/ann"]`, `"team/ann"`, "1 to 64 characters"}}},
		{"a user that is too long", `users: {` + long[:65] + `: {}}`, []problem{{"users." + long[:65], long[:65], "1 to 64 characters"}}},
		{"a group that is too long", `groups: {` + long + `: {}}`, []problem{{"groups." + long, long, "1 to 128 characters"}}},
		{"a policy that is too long", `policies: {` + long[:97] + `: {allow: [GET /products]}}`, []problem{{"policies." + long[:97], long[:97], "1 to 96 characters"}}},
		{"a role that is too long", `roles: {` + long[:65] + `: {trust: {service: ec2}}}`, []problem{{"roles." + long[:65], long[:65], "1 to 64 characters"}}},
		{"a group with an umlaut", `groups: {Käufer: {}}`, []problem{{`groups["Käufer"]`, `"Käufer"`, "1 to 128 characters"}}},
		{"a role with a line break", `roles: {"a\nb": {trust: {service: ec2}}}`, []problem{{`roles["a\nb"]`, `"a\nb"`, "1 to 64 characters"}}},
	})
}

func TestDuplicateNamesAreRefused(t *testing.T) {
	refuse(t, []row{
		{"users", `users: {ann: {}, Ann: {}}`, []problem{{"users.ann", `"ann" is taken by users.Ann`, "differ in more than case"}}},
		{"groups", `groups: {Admins: {}, ADMINS: {}, admins: {}}`, []problem{
			{"groups.Admins", `taken by groups.ADMINS`, "differ in more than case"},
			{"groups.admins", `taken by groups.ADMINS`, "differ in more than case"},
		}},
		{"policies", `policies: {read: {allow: [GET /products]}, Read: {allow: [GET /products]}}`, []problem{{"policies.read", `taken by policies.Read`, "differ in more than case"}}},
		{"roles", `roles: {r: {trust: {service: ec2}}, R: {trust: {service: ec2}}}`, []problem{{"roles.r", `taken by roles.R`, "differ in more than case"}}},
		{"roles of two kinds", `roles: {Partner: {trust: {service: ec2}}, partner: {trust: {account: "444455556666", principals: [user/x]}}}`,
			[]problem{{"roles.partner", `taken by roles.Partner`, "differ in more than case"}}},
		{"tags", `tags: {team: a, Team: b}`, []problem{{"tags", `"team" differs from "Team"`, "in case only"}}},
		{"a group's policy", "policies: {p: {allow: [GET /products]}}\ngroups: {G: {policies: [p, p]}}", []problem{{"groups.G.policies[1]", `"p"`, "list each once"}}},
		{"a user's group", "groups: {G: {}}\nusers: {ann: {groups: [G, G]}}", []problem{{"users.ann.groups[1]", `"G"`, "list each once"}}},
		{"a principal", partner(`principals: [user/x, role/y, user/x]`), []problem{{"roles.partner.trust.principals[2]", `"user/x"`, "list each once"}}},
		{"a principal, in another case", partner(`principals: [user/x, USER/X]`), []problem{{"roles.partner.trust.principals[1]", `"USER/X"`, "list each principal once"}}},
		{"a grant", `policies: {p: {allow: [GET /products, POST /products, GET /products]}}`, []problem{{"policies.p.allow[2]", `"GET /products"`, "list each once"}}},
	})
}

// TestLogicalNamesThatCollideAreRefused has names with "-" that, joined by "-",
// read the same.
func TestLogicalNamesThatCollideAreRefused(t *testing.T) {
	policies := `policies: {c: {allow: [GET /products]}, b-c: {allow: [POST /products]}}` + "\n"
	refuse(t, []row{
		{"groups", policies + `groups: {a: {policies: [b-c]}, a-b: {policies: [c]}}`, []problem{{"groups", `"a" with policy "b-c" and "a-b" with policy "c"`, `"a-b-c"; rename one`}}},
		{"instance roles", policies + `roles: {a: {trust: {service: ec2}, policies: [b-c]}, a-b: {trust: {service: ec2}, policies: [c]}}`, []problem{{"roles", `"a-b" with policy "c"`, `"a-b-c"; rename one`}}},
		{"roles of two kinds", policies + `roles: {a: {trust: {account: "444455556666", principals: [user/x]}, policies: [b-c]}, a-b: {trust: {service: ec2}, policies: [c]}}`,
			[]problem{{"roles", `"a-b" with policy "c"`, `"a-b-c"; rename one`}}},
	})
}

func TestUnknownReferencesAreRefused(t *testing.T) {
	policies := `policies: {readOnly: {allow: [GET /products]}, admin: {allow: ["*"]}}` + "\n"
	refuse(t, []row{
		{"a group's policy", policies + `groups: {G: {policies: [admin, writers]}}`, []problem{{"groups.G.policies[1]", `"writers"`, "is not declared under policies; accepted are admin, readOnly"}}},
		{"a group's policy, misspelt", policies + `groups: {G: {policies: [readonly]}}`, []problem{{"groups.G.policies[0]", `"readonly"`, "(did you mean readOnly?)"}}},
		{"an instance role's policy", policies + `roles: {r: {trust: {service: ec2}, policies: [Admin]}}`, []problem{{"roles.r.policies[0]", `"Admin"`, "(did you mean admin?)"}}},
		{"a cross-account role's policy", policies + partner(`principals: [user/x]`, `policies: [write]`), []problem{{"roles.partner.policies[0]", `"write"`, "accepted are admin, readOnly"}}},
		{"a policy where there is none", `groups: {G: {policies: [admin]}}`, []problem{{"groups.G.policies[0]", `"admin"`, "none are declared"}}},
		{"a user's group", "groups: {Admins: {}}\nusers: {ann: {groups: [admin]}}", []problem{{"users.ann.groups[0]", `"admin"`, "is not declared under groups (did you mean Admins?); accepted are Admins"}}},
		{"a group where there is none", `users: {ann: {groups: [Admins]}}`, []problem{{"users.ann.groups[0]", `"Admins"`, "none are declared"}}},
		{"a policy as a user's group", policies + `users: {ann: {groups: [admin]}}`, []problem{{"users.ann.groups[0]", `"admin"`, "is not declared under groups"}}},
	})
}
