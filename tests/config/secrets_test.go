package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

// hunter2 is the path of a file that is not an archive.
func hunter2(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hunter2.zip")
	require.NoError(t, os.WriteFile(path, []byte("hunter2"), 0o600))
	return path
}

// TestSecretsAreNotShown sets wrong values as secrets, alone or inside of a map. The
// message says where the value is and what is accepted, never the value.
func TestSecretsAreNotShown(t *testing.T) {
	for _, row := range []row{
		{"text", `apiName: {secure: "hunter2 */"}`, []problem{{"apiName", "[secret]", "1 to 128 letters"}}},
		{"a boundary", `permissionsBoundary: {secure: "hunter2 *"}`, []problem{{"permissionsBoundary", "[secret]", "the ARN of a managed policy"}}},
		{"a whole map", `routes: {secure: "hunter2 *"}`, []problem{{"routes", "[secret]", "must be a map of route keys"}}},
		{"an unknown key", `token: {secure: "hunter2 *"}`, []problem{{"token", "[secret]", "accepted are access"}}},
		{"an unknown key inside", `backend: {url: https://backend.example.com, token: {secure: "hunter2 *"}}`, []problem{{"backend.token", "[secret]", "accepted are archive, deletionProtection, functionArn, headers, url"}}},
		{"a route in a secret map", `routes: {secure: '{"hunter2 *": {}}'}`, []problem{{"routes", "[secret]", "set it without --secret"}}},
		{"an authorization", `routes: {GET /x: {authorization: {secure: "hunter2 *"}}}`, []problem{{`routes["GET /x"].authorization`, "[secret]", `must be "iam", "none" for`}}},
		{"a grant", `policies: {p: {allow: [{secure: "hunter2 *"}]}}`, []problem{{"policies.p.allow", "[secret]", "set it without --secret"}}},
		{"a group's policy", `groups: {G: {policies: [{secure: "hunter2 *"}]}}`, []problem{{"groups.G.policies[0]", "[secret]", "is not declared under policies"}}},
		{"a user's group", `users: {ann: {groups: [{secure: "hunter2 *"}]}}`, []problem{{"users.ann.groups[0]", "[secret]", "is not declared under groups"}}},
		{"an account", `roles: {r: {trust: {account: {secure: "hunter2 *"}, principals: [user/x]}}}`, []problem{{"roles.r.trust.account", "[secret]", "12 digits"}}},
		{"a principal", partner(`principals: [{secure: "hunter2 *"}]`), []problem{{"roles.partner.trust.principals[0]", "[secret]", "without wildcards"}}},
		{"principals that are the same", partner(`principals: [{secure: "user/hunter2"}, {secure: "USER/hunter2"}]`), []problem{{"roles.partner.trust.principals[1]", "[secret]", "list each principal once"}}},
		{"an external id", partner(`principals: [user/x], externalId: {secure: "hunter2 *"}`), []problem{{"roles.partner.trust.externalId", "[secret]", "2 to 1224 characters"}}},
		{"a session", partner(`principals: [user/x]`, `maxSessionSeconds: {secure: "hunter2 *"}`), []problem{{"roles.partner.maxSessionSeconds", "[secret]", "whole number"}}},
		{"a throttle", `throttle: {rateLimit: {secure: "hunter2 *"}, burstLimit: 1}`, []problem{{"throttle.rateLimit", "[secret]", "must be a number"}}},
		{"an origin", `cors: {allowOrigins: [{secure: "https://hunter2 *"}]}`, []problem{{"cors.allowOrigins[0]", "[secret]", "must not have a wildcard"}}},
		{"a backend", `backend: {url: {secure: "https://hunter2 *"}}`, []problem{{"backend.url", "[secret]", "must be an https URL"}}},
		{"an archive", `backend: {archive: {secure: "hunter2 *.zip"}}`, []problem{{"backend.archive", "[secret]", "set it without --secret"}}},
		{"an archive that is there", `backend: {archive: {secure: ` + hunter2(t) + `}}`, []problem{{"backend.archive", "[secret]", "set it without --secret"}}},
		{"a protection", `backend: {deletionProtection: {secure: "hunter2"}}`, []problem{{"backend.deletionProtection", "[secret]", "true or false"}}},
		{"two backends", `backend: {url: {secure: "https://hunter2.example.com"}, deletionProtection: true}`, []problem{{"backend", "[secret]", "must have url alone"}}},
		{"a managed policy", `roles: {r: {trust: {service: ec2}, managedPolicies: [{secure: "hunter2 *"}]}}`, []problem{{"roles.r.managedPolicies[0]", "[secret]", "the ARN of a managed policy"}}},
		{"a fixed name", `policies: {p: {allow: ["*"], name: {secure: "hunter2 *"}}, q: {allow: ["*"], name: {secure: ` + strings.Repeat("hunter2", 18) + `x}, documents: 10}}`,
			[]problem{{"policies.p.name", "[secret]", "1 to 128"}, {"policies.q.name", "[secret]", "set it without --secret"}}},
		{"a tag", `tags: {team: {secure: "hunter2 *"}}`, []problem{{"tags", "[secret]", "set it without --secret"}}},
		{"policies whose names collide", `
policies: {hunter2-b: {allow: [GET /products]}, b: {allow: [GET /products]}}
groups: {a: {policies: [{secure: hunter2-b}]}, a-hunter2: {policies: [b]}}`, []problem{{"groups", "[secret]", "set it without --secret"}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := settings(t, row.config)
			require.NotEmpty(t, s.Secret, "the row holds no secret")
			requireRefused(t, s, row.problems)
			_, err := recorder.Run{Settings: s}.Do(program.Deploy)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}
