package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/program"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/mocks/recorder"
)

// TestGoodConfigurationsAreAccepted checks values just inside the limits, and what
// may be left out. Each row names a resource that must be registered.
func TestGoodConfigurationsAreAccepted(t *testing.T) {
	ten := "[" + join(10, "n%d") + "]"
	long := strings.Repeat("x", 1224)
	service := archive.Make(t, "")
	relative := relativeToCheckout(t, service)
	for _, row := range []struct{ name, config, typ, registered string }{
		{"nothing but what is required", ``, recorder.Stage, "api-stage"},
		{"every method", `routes: {ANY /x: {}, DELETE /x: {}, GET /x: {}, HEAD /x: {}, OPTIONS /x: {}, PATCH /x: {}, POST /x: {}, PUT /x: {}}`, recorder.Route, "api-OPTIONS /x"},
		{"the $default route and stage", `{routes: {$default: {}}, stageName: $default}`, recorder.Route, "api-$default"},
		{"300 routes", `routes: {` + manyRoutes(300) + `}`, recorder.Route, "api-GET /r299"},
		{"a stage name of 128 characters", `stageName: ` + long[:128], recorder.Stage, "api-stage"},
		{"an API name of 128 characters", `apiName: ` + long[:128], recorder.Api, "api-api"},
		{"a policy that nobody uses", `policies: {p: {allow: ["*"]}}`, recorder.Policy, "p-invoke"},
		{"a policy name of 96 characters", `policies: {` + long[:96] + `: {allow: [GET /products]}}`, recorder.Policy, long[:96] + "-invoke"},
		{"a grant that reaches another one that is granted, too", `{routes: {"GET /p/{id}": {}, "GET /p/{id}/r": {}}, policies: {p: {allow: ["GET /p/{id}", "GET /p/{id}/r"]}}}`, recorder.Policy, "p-invoke"},
		{"a grant that reaches a route which anyone may call", `{routes: {"GET /p/{id}": {}, "GET /p/{id}/r": {authorization: none}}, policies: {p: {allow: ["GET /p/{id}"]}}}`, recorder.Policy, "p-invoke"},
		{"a grant that reaches a route under tokens", `{routes: {"GET /p/{id}": {}, "GET /p/{id}/r": {authorization: shop}}, authorizers: {shop: ` + shop + `}, policies: {p: {allow: ["GET /p/{id}", "GET *"]}}}`, recorder.Authorizer, "api-authorizer-shop"},
		{"ten authorizers and ten scopes", `{routes: {GET /x: {authorization: n9, scopes: [` + join(10, "s%d") + `]}}, authorizers: {` + join(10, `n%d: {issuer: "https://issuer-%[1]d.example.com", audiences: [a]}`) + `}}`, recorder.Authorizer, "api-authorizer-n9"},
		{"an authorizer that no route uses", `authorizers: {shop: ` + shop + `}`, recorder.Authorizer, "api-authorizer-shop"},
		{"an authorizer with an odd name", `{routes: {GET /x: {authorization: ` + long[:128] + `}}, authorizers: {` + long[:128] + `: ` + shop + `, "1": {issuer: "https://a.example:8443/b/", audiences: [x]}}}`, recorder.Authorizer, "api-authorizer-" + long[:128]},
		{"no scopes", `{routes: {GET /x: {authorization: shop, scopes: []}}, authorizers: {shop: ` + shop + `}}`, recorder.Route, "api-GET /x"},
		{"a group of nobody and nothing", `groups: {G: }`, recorder.Group, "G-group"},
		{"a user without groups", `users: {ann: {}}`, recorder.User, "ann-user"},
		{"a user name of 64 characters", `users: {` + long[:64] + `: {}}`, recorder.User, long[:64] + "-user"},
		{"a user, a group and a role of one name", `{users: {ann: {}}, groups: {ann: {}}, roles: {ann: {trust: {service: ec2}}}, policies: {ann: {allow: [GET /products]}}}`, recorder.Role, "ann-role"},
		{"ten groups of a user", `{groups: ` + `{` + join(10, "n%d: {}") + `}` + `, users: {ann: {groups: ` + ten + `}}}`, recorder.User, "ann-user"},
		{"ten policies of a group", `{policies: ` + `{` + join(10, "n%d: {allow: [GET /products]}") + `}` + `, groups: {G: {policies: ` + ten + `}}}`, recorder.GroupPolicyAttachment, "G-n9"},
		{"an account id as a number", `roles: {r: {trust: {account: 444455556666, principals: [user/x]}}}`, recorder.Role, "r-role"},
		{"a whole account", partner(`principals: ["*"]`), recorder.Role, "partner-role"},
		{"an external id of 2 characters", partner(`principals: [user/x], externalId: "12"`), recorder.Role, "partner-role"},
		{"the shortest session", partner(`principals: [user/x]`, `maxSessionSeconds: 3600`), recorder.Role, "partner-role"},
		{"the largest throttle", `throttle: {rateLimit: 1000000, burstLimit: 1000000}`, recorder.Stage, "api-stage"},
		{"the longest retention", `accessLog: {retentionDays: 3653}`, recorder.LogGroup, "api-access-log"},
		{"100 origins and headers", `cors: {allowOrigins: [` + join(100, "https://a%d.example.com") + `], allowHeaders: [` + join(100, "x%d") + `], exposeHeaders: [` + long[:64] + `]}`, recorder.Api, "api-api"},
		{"fifty tags", `tags: {` + join(50, "t%d: x") + `}`, recorder.Api, "api-api"},
		{"a tag with every character", `tags: {"aB 0_.:/=+-@é": "aB 0_.:/=+-@é"}`, recorder.Api, "api-api"},
		{"nothing but an archive", `backend: {archive: ` + service + `}`, recorder.Function, "products-function"},
		{"an archive relative to the checkout", `backend: {archive: ` + relative + `}`, recorder.Function, "products-function"},
		{"an archive, the table protected", `backend: {archive: ` + service + `, deletionProtection: true}`, recorder.Table, "products-table"},
		{"a backend with a port and a path", `backend: {url: "https://backend.example.com:8443/v1/"}`, recorder.Integration, "api-backend"},
		{"a boundary of AWS", `permissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess`, recorder.Stage, "api-stage"},
		{"no boundary", `permissionsBoundary: ""`, recorder.Stage, "api-stage"},
		{"no tags, users and policies", "tags:\nusers: {}\npolicies:\ngroups: {}\nroles:", recorder.Stage, "api-stage"},
		{"keys of other namespaces", "aws:region: us-east-1\naws:defaultTags: {tags: {a: b}}\nother:colour: red", recorder.Stage, "api-stage"},
		{"keys with the project's prefix", recorder.Project + ":apiName: Shop", recorder.Api, "api-api"},
		{"a secret", `apiName: {secure: Shop}`, recorder.Api, "api-api"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := settings(t, row.config)
			recorder.Both(t, func(t *testing.T, run recorder.Run) {
				run.Settings = s
				recording := run.Must(t, program.Deploy)
				require.Equal(t, row.registered, recording.Named(t, row.typ, row.registered).Name)
			})
		})
	}
}

// TestConfigurationsReachAws checks values that can be written in several forms.
func TestConfigurationsReachAws(t *testing.T) {
	deploy := func(config string) recorder.Recording {
		s := settings(t, config)
		return recorder.Run{Settings: s}.Must(t, program.Deploy)
	}
	trust := func(account string) any {
		role := deploy(`roles: {r: {trust: {account: `+account+`, principals: [user/x]}}}`).One(t, recorder.Role)
		return role.Document(t, "assumeRolePolicy")["Statement"].([]any)[0].(map[string]any)["Principal"]
	}
	require.Equal(t, map[string]any{"AWS": "arn:aws:iam::444455556666:user/x"}, trust("444455556666"))
	require.Equal(t, trust("444455556666"), trust(`"444455556666"`))

	for config, authorization := range map[string]string{
		`routes: {GET /x: }`:                      "AWS_IAM",
		`routes: {GET /x: {}}`:                    "AWS_IAM",
		`routes: {GET /x: {authorization: iam}}`:  "AWS_IAM",
		`routes: {GET /x: {authorization: none}}`: "NONE",
		`{routes: {GET /x: {authorization: shop}}, authorizers: {shop: ` + shop + `}}`: "JWT",
	} {
		require.Equal(t, authorization, deploy(config).One(t, recorder.Route).Input("authorizationType"), config)
	}
	require.Equal(t, "Shop", deploy(recorder.Project+":apiName: Shop").One(t, recorder.Api).Input("name"))
	require.Equal(t, "ProductAPI", deploy(``).One(t, recorder.Api).Input("name"))
}
