package config

import (
	"strings"
	"testing"
)

func TestWrongTypesAreRefused(t *testing.T) {
	refuse(t, []row{
		{"routes: text", `routes: GET /products`, []problem{{"routes", `"GET /products"`, "must be a map of route keys"}}},
		{"routes: list", `routes: [GET /products]`, []problem{{"routes", `["GET /products"]`, "must be a map of route keys"}}},
		{"routes: nothing", `routes:`, []problem{{"routes", `0`, "must be 1 to 300 routes"}}},
		{"routes: empty", `routes: {}`, []problem{{"routes", `0`, "must be 1 to 300 routes"}}},
		{"route: text", `routes: {GET /products: none}`, []problem{{`routes["GET /products"]`, `"none"`, "must be a map with authorization, backend, scopes, throttle"}}},
		{"authorization: bool", `routes: {GET /products: {authorization: false}}`, []problem{{`routes["GET /products"].authorization`, `false`, `must be "iam", "none" for`}}},
		{"authorization: nothing", `routes: {GET /products: {authorization: }}`, []problem{{`routes["GET /products"].authorization`, `null`, `must be "iam", "none" for`}}},
		{"authorization: unknown", `routes: {GET /products: {authorization: AWS_IAM}}`, []problem{{`routes["GET /products"].authorization`, `"AWS_IAM"`, `must be "iam", "none" for`}}},

		{"policies: list", `policies: [readOnly]`, []problem{{"policies", `["readOnly"]`, "must be a map of policies"}}},
		{"policies: list, with references", "policies: [readOnly]\ngroups: {G: {policies: [readOnly]}}\nroles: {r: {trust: {service: ec2}, policies: [readOnly]}}",
			[]problem{{"policies", `["readOnly"]`, "must be a map of policies"}}},
		{"policy: list", `policies: {readOnly: [GET /products]}`, []problem{{"policies.readOnly", `["GET /products"]`, "must be a map with allow"}}},
		{"allow: text", `policies: {readOnly: {allow: GET /products}}`, []problem{{"policies.readOnly.allow", `"GET /products"`, "must be a list of grants"}}},
		{"allow: map", `policies: {readOnly: {allow: {GET /products: {}}}}`, []problem{{"policies.readOnly.allow", `{"GET /products":{}}`, "must be a list of grants"}}},
		{"allow: nothing", `policies: {readOnly: {allow: }}`, []problem{{"policies.readOnly.allow", `null`, "must be a list of grants"}}},
		{"grant: number", `policies: {readOnly: {allow: [1]}}`, []problem{{"policies.readOnly.allow[0]", `1`, "must be a string"}}},
		{"policy without allow", `policies: {readOnly: {}}`, []problem{{"policies.readOnly", `{}`, `must have the key allow`}}},

		{"groups: text", `groups: ReadOnly-Group`, []problem{{"groups", `"ReadOnly-Group"`, "must be a map of groups"}}},
		{"groups: list, with references", "groups: [G]\nusers: {ann: {groups: [G]}}", []problem{{"groups", `["G"]`, "must be a map of groups"}}},
		{"group: list", `groups: {G: [readOnly]}`, []problem{{"groups.G", `["readOnly"]`, "must be a map with policies"}}},
		{"group's policies: text", `groups: {G: {policies: readOnly}}`, []problem{{"groups.G.policies", `"readOnly"`, "must be a list of policies"}}},
		{"group's policy: map", `groups: {G: {policies: [{readOnly: true}]}}`, []problem{{"groups.G.policies[0]", `{"readOnly":true}`, "must be a string"}}},

		{"users: list", `users: [ann]`, []problem{{"users", `["ann"]`, "must be a map of users"}}},
		{"user: text", `users: {ann: Admins}`, []problem{{"users.ann", `"Admins"`, "must be a map with accessKey, groups"}}},
		{"user's groups: text", `users: {ann: {groups: Admins}}`, []problem{{"users.ann.groups", `"Admins"`, "must be a list of groups"}}},
		{"user's group: nothing", `users: {ann: {groups: [ ~ ]}}`, []problem{{"users.ann.groups[0]", `null`, "must be a string"}}},

		{"role's policies: map", `roles: {reader: {trust: {service: ec2}, policies: {readOnly: }}}`, []problem{{"roles.reader.policies", `{"readOnly":null}`, "must be a list of policies"}}},

		{"roles: text", `roles: partner`, []problem{{"roles", `"partner"`, "must be a map of roles"}}},
		{"trust: text", `roles: {r: {trust: ec2}}`, []problem{{"roles.r.trust", `"ec2"`, "must be a map with one of the keys account, identityPool, oidc, organization, podIdentity, service"}}},
		{"service: list", `roles: {r: {trust: {service: [ec2]}}}`, []problem{{"roles.r.trust.service", `["ec2"]`, "must be a service that assumes roles"}}},
		{"principals: text", partner(`principals: user/x`), []problem{{"roles.partner.trust.principals", `"user/x"`, "must be a list of principals"}}},
		{"principals: number", partner(`principals: [7]`), []problem{{"roles.partner.trust.principals[0]", `7`, "must be a string"}}},
		{"externalId: number", partner(`principals: [user/x], externalId: 12345`), []problem{{"roles.partner.trust.externalId", `12345`, "2 to 1224 characters"}}},
		{"maxSessionSeconds: text", partner(`principals: [user/x]`, `maxSessionSeconds: 1h`), []problem{{"roles.partner.maxSessionSeconds", `"1h"`, "must be a whole number"}}},
		{"maxSessionSeconds: fraction", partner(`principals: [user/x]`, `maxSessionSeconds: 3600.5`), []problem{{"roles.partner.maxSessionSeconds", `3600.5`, "must be a whole number"}}},

		{"throttle: number", `throttle: 100`, []problem{{"throttle", `100`, "must be a map with burstLimit, rateLimit"}}},
		{"burstLimit: fraction", `throttle: {rateLimit: 100, burstLimit: 1.5}`, []problem{{"throttle.burstLimit", `1.5`, "must be a whole number"}}},
		{"accessLog: number", `accessLog: 365`, []problem{{"accessLog", `365`, "must be a map with retentionDays"}}},
		{"retentionDays: text", `accessLog: {retentionDays: a year}`, []problem{{"accessLog.retentionDays", `"a year"`, "must be a whole number"}}},
		{"cors: list", `cors: [https://app.example.com]`, []problem{{"cors", `["https://app.example.com"]`, "must be a map with allowCredentials, "}}},
		{"tags: list", `tags: [team]`, []problem{{"tags", `["team"]`, "must be a map of tags"}}},
		{"tag: nothing", `tags: {team: }`, []problem{{"tags.team", `null`, "must be a string"}}},
		{"apiName: map", `apiName: {name: Shop}`, []problem{{"apiName", `{\"name\":\"Shop\"}`, "1 to 128 letters"}}},
		{"apiName: nothing", `apiName:`, []problem{{"apiName", `""`, "1 to 128 letters"}}},
		{"stageName: list", `stageName: [prod]`, []problem{{"stageName", `[\"prod\"]`, `or "$default"`}}},
		{"permissionsBoundary: list", `permissionsBoundary: []`, []problem{{"permissionsBoundary", `"[]"`, "must be the ARN of a managed policy"}}},
	})
}

// partner returns a role for another account, with these fields of its trust and of
// its own.
func partner(trust string, fields ...string) string {
	trust = `trust: {account: "444455556666", ` + trust + `}`
	return `roles: {partner: {` + strings.Join(append(fields, trust), ", ") + `}}`
}

func TestUnknownKeysAreRefused(t *testing.T) {
	refuse(t, []row{
		{"at the top, misspelt", `polices: {}`, []problem{{"polices", `{}`, "(did you mean policies?)"}}},
		{"of a policy", `policies: {p: {allow: [GET /products], deny: [POST /products]}}`, []problem{{"policies.p.deny", `["POST /products"]`, "accepted are allow"}}},
		{"of a group", `groups: {G: {members: [ann]}}`, []problem{{"groups.G.members", `["ann"]`, "accepted are policies"}}},
		{"of a user", `users: {ann: {policies: [readOnly]}}`, []problem{{"users.ann.policies", `["readOnly"]`, "accepted are accessKey, groups"}}},
		{"of a role", `roles: {r: {trust: {service: ec2}, principals: []}}`, []problem{{"roles.r.principals", `[]`, "accepted are managedPolicies, maxSessionSeconds, policies, trust"}}},
		{"of a trust in a service", `roles: {r: {trust: {service: ec2, principals: []}}}`, []problem{{"roles.r.trust.principals", `[]`, "accepted are service"}}},
		{"of a trust in an account", partner(`principals: [user/x], mfa: true`), []problem{{"roles.partner.trust.mfa", `true`, "accepted are account, externalId, principals, requireMfa, sessionTags, sourceIdentity"}}},
		{"of a trust, misspelt", `roles: {partner: {trust: {account: "444455556666", principal: [user/x]}}}`, []problem{
			{"roles.partner.trust.principal", `["user/x"]`, "(did you mean principals?)"},
		}},
		{"a kind of trust, misspelt", `roles: {partner: {trust: {acount: "444455556666", principals: [user/x]}}}`, []problem{
			{"roles.partner.trust.acount", `"444455556666"`, "(did you mean account?)"},
		}},
		{"of the throttle", `throttle: {rateLimit: 5, burst: 6}`, []problem{{"throttle.burst", `6`, "accepted are burstLimit, rateLimit"}}},
		{"of the access log", `accessLog: {retention: 7}`, []problem{{"accessLog.retention", `7`, "accepted are retentionDays"}}},
		{"with a line break", `"a\nb": red`, []problem{{"a b", `"red"`, "accepted are access"}}},
	})
}
