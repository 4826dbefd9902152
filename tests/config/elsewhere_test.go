package config

import (
	"strings"
	"testing"

	"iam-secured-api/tests/mocks/recorder"
)

// own is the prefix of ARNs in the account.
const own = "arn:aws:iam::" + recorder.Account + ":"

func TestExistingRolesThatAreRefused(t *testing.T) {
	const policies = `policies: {read: {allow: [GET /products]}, mfa: {allow: [GET /products], conditions: {requireMfa: true}}}` + "\n"
	refuse(t, []row{
		{"a list", `existingRoles: [task]`, []problem{{"existingRoles", `["task"]`, "must be a map of existing roles"}}},
		{"text", `existingRoles: {task: read}`, []problem{{"existingRoles.task", `"read"`, "must be a map with policies"}}},
		{"managed policies", `existingRoles: {task: {managedPolicies: []}}`, []problem{{"existingRoles.task.managedPolicies", `[]`, "accepted are policies"}}},
		{"an invalid name", `existingRoles: {"a/b": {}, "": {}}`, []problem{
			{`existingRoles["a/b"]`, `"a/b"`, "1 to 64 characters"}, {`existingRoles[""]`, `""`, "or the ARN of a role"},
		}},
		{"a session", `existingRoles: {"arn:aws:sts::111122223333:assumed-role/task/i-1": {}}`,
			[]problem{{`existingRoles["arn:aws:sts::111122223333:assumed-role/task/i-1"]`, "assumed-role/task/i-1", `write the role's name "task", or its ARN`}}},
		{"roles that only AWS can change", `existingRoles: {AWSReservedSSO_Staff_0123: {}, "` + own + `role/aws-service-role/x": {}}`, []problem{
			{"existingRoles.AWSReservedSSO_Staff_0123", `"AWSReservedSSO_Staff_0123"`, "refer to it in the permission set"},
			{`existingRoles["` + own + `role/aws-service-role/x"]`, "aws-service-role", "is a service-linked role"},
		}},
		{"a role of the stack, in another case", `existingRoles: {TASK: {}}` + "\n" + `roles: {task: {trust: {service: ec2}}}`,
			[]problem{{"existingRoles.TASK", `"TASK"`, "also that of roles.task"}}},
		{"a role by name and by ARN", `existingRoles: {task: {}, "` + own + `role/a/task": {}}`,
			[]problem{{"existingRoles.task", `"task"`, `also that of existingRoles["` + own + `role/a/task"]`}}},
		{"a role in two cases", `existingRoles: {task: {}, Task: {}}`, []problem{{"existingRoles.task", `"task"`, "also that of existingRoles.Task"}}},
		{"an unknown policy", policies + `existingRoles: {"` + own + `role/task": {policies: [reads]}}`,
			[]problem{{`existingRoles["` + own + `role/task"].policies[0]`, `"reads"`, "is not declared under policies"}}},
		{"a policy with MFA", policies + `existingRoles: {task: {policies: [mfa]}}`, []problem{{"existingRoles.task.policies[0]", `"mfa"`, "a role's session never shows"}}},
		{"eleven policies", `policies: {` + join(11, "n%d: {allow: [GET /products]}") + "}\n" + `existingRoles: {task: {policies: [` + join(11, "n%d") + `]}}`,
			[]problem{{"existingRoles.task.policies", `["n0"`, "at most 10 policies"}}},
		{"attachments of one name", `policies: {c: {allow: [GET /products]}, b-c: {allow: [POST /products]}}` + "\n" + `existingRoles: {a: {policies: [b-c]}, a-b: {policies: [c]}}`,
			[]problem{{"existingRoles", `"a" with policy "b-c" and "a-b" with policy "c"`, `"a-b-c"; rename one`}}},
	})
}

func TestManagedPoliciesThatAreRefused(t *testing.T) {
	role := func(arns string) string {
		return `roles: {r: {trust: {service: ec2}, policies: [read], managedPolicies: ` + arns + "}}\n" + `policies: {read: {allow: [GET /products]}}`
	}
	const aws = "arn:aws:iam::aws:policy/"
	refuse(t, []row{
		{"text", role(aws + "A"), []problem{{"roles.r.managedPolicies", aws + "A", "must be a list of ARNs"}}},
		{"a name", role(`[A]`), []problem{{"roles.r.managedPolicies[0]", `"A"`, "must be the ARN of a managed policy"}}},
		{"policies that allow calling the API", role(`[` + aws + `A, ` + aws + `PowerUserAccess]`),
			[]problem{{"roles.r.managedPolicies[1]", "PowerUserAccess", "call the API beyond this configuration"}}},
		{"twice", role(`[` + aws + `A, ` + aws + `A]`), []problem{{"roles.r.managedPolicies[1]", aws + "A", "list each once"}}},
		{"two of one name", role(`[` + aws + `A, ` + aws + `service-role/A]`), []problem{{"roles.r.managedPolicies[1]", "service-role/A", "the second policy with its name"}}},
		{"the name of the stack's policy", role(`[` + aws + `read]`), []problem{{"roles", `"r" with policy "read" and "r" with managed policy "read"`, `"r-read"; rename one`}}},
		{"eleven", role(`[` + join(11, aws+"A%d") + `]`), []problem{{"roles.r.managedPolicies", aws + "A0", "at most 10 policies"}}},
		{"eleven with the stack's", role(`[` + join(10, aws+"A%d") + `]`),
			[]problem{{"roles.r.policies", "need 11 managed policies with the 10 of managedPolicies", "at most 10 policies"}}},
	})
}

// TestAccountsMustBeTheSame configures ARNs of two accounts.
func TestAccountsMustBeTheSame(t *testing.T) {
	const other = "arn:aws:iam::444455556666:"
	refuse(t, []row{{"everywhere", `
permissionsBoundary: ` + own + `policy/b
existingRoles: {"` + other + `role/task": {}, "` + own + `role/worker": {}}
roles: {r: {trust: {service: ec2}, managedPolicies: [arn:aws:iam::aws:policy/A, ` + own + `policy/B, ` + other + `policy/C]}}`, []problem{
		{`existingRoles["` + other + `role/task"]`, other, "must be in the account that permissionsBoundary names"},
		{"roles.r.managedPolicies[2]", other, "must be in the account that permissionsBoundary names"},
	}}})
}

func TestNamedPoliciesThatAreRefused(t *testing.T) {
	policy := func(fields string) string { return `policies: {p: {allow: [GET /products], ` + fields + `}}` }
	long := strings.Repeat("x", 128)
	refuse(t, []row{
		{"a path alone", policy(`path: /api/`), []problem{{"policies.p.path", `"/api/"`, "needs a name"}}},
		{"documents alone", policy(`documents: 2`), []problem{{"policies.p.documents", "2", "needs a name"}}},
		{"no name", policy(`name: ""`), []problem{{"policies.p.name", `""`, "1 to 128 characters"}}},
		{"a name too long for its documents", policy(`name: ` + long + `, documents: 2`), []problem{{"policies.p.name", long + "-1", "1 to 128 characters"}}},
		{"a path without an end", policy(`name: A, path: /api`), []problem{{"policies.p.path", `"/api"`, `end with "/"`}}},
		{"a path that is empty", policy(`name: A, path: ""`), []problem{{"policies.p.path", `""`, `must be "/"`}}},
		{"no documents", policy(`name: A, documents: 0`), []problem{{"policies.p.documents", "0", "1 to 10 documents"}}},
		{"too many documents", policy(`name: A, documents: 11`), []problem{{"policies.p.documents", "11", "1 to 10 documents"}}},
		{"half a document", policy(`name: A, documents: 1.5`), []problem{{"policies.p.documents", "1.5", "a whole number"}}},
		{"one name twice", `policies: {a: {allow: ["*"], name: Staff}, b: {allow: ["*"], name: STAFF, path: /x/}}`,
			[]problem{{"policies.b.name", `"STAFF"`, `a document of the policy "a"`}}},
		{"the name of another's part", `policies: {a: {allow: ["*"], name: Staff, documents: 3}, b: {allow: ["*"], name: staff-2}}`,
			[]problem{{"policies.b.name", `"staff-2"`, `a document of the policy "a"`}}},
		{"a part with the key of another policy", `policies: {a: {allow: ["*"], name: Staff, documents: 2}, a-1: {allow: ["*"]}}`,
			[]problem{{"policies.a-1", `part of "a"`, "rename one"}}},
	})
}

// TestNamedPoliciesThatOutgrowTheirDocuments grants 200 long routes.
func TestNamedPoliciesThatOutgrowTheirDocuments(t *testing.T) {
	refuse(t, []row{{"four documents", `routes: {` + join(200, `GET /a-rather-long-path-of-a-route/%03d: {}`) + "}\n" +
		`policies: {p: {allow: ["GET *"], name: Staff, documents: 3}}`,
		[]problem{{"policies.p.allow", "needs 4 documents, and its fixed name has 3", "write documents: 4"}},
	}})
}
