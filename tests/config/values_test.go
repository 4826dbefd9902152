package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"iam-secured-api/components/access"
)

// TestBadValuesAreRefused checks that each key's value is checked, and that the
// problem names the key and the value. The tests of package access list which
// values each check refuses.
func TestBadValuesAreRefused(t *testing.T) {
	long := strings.Repeat("x", 129)
	const letters, principal = "1 to 128 letters", `"user/NAME" or "role/NAME" without wildcards`
	account := func(id string) string {
		return `roles: {partner: {trust: {account: ` + id + `, principals: [user/x]}}}`
	}
	const accountAt, digits = "roles.partner.trust.account", "must be an account id of 12 digits"
	const principalAt = "roles.partner.trust.principals[0]"
	grants := func(list string) string { return `policies: {p: {allow: [` + list + `]}}` }
	refuse(t, []row{
		{"no API name", `apiName: ""`, []problem{{"apiName", `""`, letters}}},
		{"an API name that is too long", `apiName: ` + long, []problem{{"apiName", "xxx", letters}}},
		{"no stage name", `stageName: ""`, []problem{{"stageName", `""`, `or "$default"`}}},
		{"a stage name with a dollar", `stageName: $latest`, []problem{{"stageName", `"$latest"`, `or "$default"`}}},
		{"a policy without a name", `policies: {"": {allow: [GET /products]}}`, []problem{{`policies[""]`, `""`, "1 to 96 characters"}}},
		{"a policy that is too long", `policies: {` + long[:97] + `: {allow: [GET /products]}}`, []problem{{"policies." + long[:97], long[:97], "1 to 96 characters"}}},
		{"a group that is too long", `groups: {` + long + `: {}}`, []problem{{"groups." + long, long, "1 to 128 characters"}}},
		{"a group with an umlaut", `groups: {Käufer: {}}`, []problem{{`groups["Käufer"]`, `"Käufer"`, "1 to 128 characters"}}},
		{"a user with a path", `users: {team/ann: {}}`, []problem{{`users["team/ann"]`, `"team/ann"`, "1 to 64 characters"}}},
		{"a user that is too long", `users: {` + long[:65] + `: {}}`, []problem{{"users." + long[:65], long[:65], "1 to 64 characters"}}},
		{"a role with a line break", `roles: {"a\nb": {trust: {service: ec2}}}`, []problem{{`roles["a\nb"]`, `"a\nb"`, "1 to 64 characters"}}},

		{"a route without a key", `routes: {"": {}}`, []problem{{"routes", `""`, `"METHOD /path"`}}},
		{"a route with a wildcard", `routes: {"GET /products/*": {}}`, []problem{{"routes", `"GET /products/*"`, `has the path part "*"`}}},
		{"a route of an unknown method", `routes: {FETCH /products: {}}`, []problem{{"routes", `"FETCH /products"`, "method out of ANY, DELETE, GET"}}},
		{"two routes that are the same", `routes: {"GET /{a}/x/{b}": {}, "GET /{b}/x/{a}": {authorization: none}}`,
			[]problem{{"routes", `"GET /{b}/x/{a}" is the same route as "GET /{a}/x/{b}"`, "the names of their variables"}}},
		{"too many routes", `routes: {` + manyRoutes(301) + `}`, []problem{{"routes", "301", "1 to 300 routes"}}},

		{"no grant", grants(``), []problem{{"policies.p.allow", "allows nothing", `list route keys, "METHOD *" or "*"`}}},
		{"an empty grant", grants(`""`), []problem{{"policies.p.allow[0]", `""`, "must be a string that is not empty"}}},
		{"a grant of no declared route", grants(`GET /orders`), []problem{{"policies.p.allow", `"GET /orders"`, "declared are GET /products, POST /products"}}},
		{"a grant of an unknown method", grants(`"FETCH *"`), []problem{{"policies.p.allow", `"FETCH *"`, "method out of ANY, DELETE"}}},
		{"a grant that reaches further", `routes: {"GET /p/{id}": {}, "GET /p/{id}/reviews": {}}` + "\n" + grants(`"GET /p/{id}"`),
			[]problem{{"policies.p.allow", `"GET /p/{id}" cannot leave out "GET /p/{id}/reviews"`, `grant "GET /p/{id}/reviews" too`}}},
		{"a grant that reaches everything", `routes: {GET /products: {}, ANY /orders: {}, $default: {}}` + "\n" + grants(`$default`), []problem{
			{"policies.p.allow", `"$default" cannot leave out "ANY /orders"`, "grant"},
			{"policies.p.allow", `"$default" cannot leave out "GET /products"`, "grant"},
		}},

		{"a number, its 0 lost", account(`55556666777`), []problem{{accountAt, `"55556666777"`, digits}}},
		{"an octal number", account(`044455556666`), []problem{{accountAt, `"4`, digits}}},
		{"a fraction", account(`444455556666.5`), []problem{{accountAt, `"444455556666.5"`, digits}}},
		{"a negative number", account(`-44445555666`), []problem{{accountAt, `"-44445555666"`, digits}}},
		{"no account", account(``), []problem{{accountAt, `null`, digits}}},
		{"a list of accounts", account(`["444455556666"]`), []problem{{accountAt, `["444455556666"]`, digits}}},
		{"the example's account", account(`<12 digits>`), []problem{{accountAt, `"<12 digits>"`, digits}}},
		{"no principals", partner(`principals: []`), []problem{{"roles.partner.trust.principals", "[]", "at least one"}}},
		{"an empty principal", partner(`principals: [""]`), []problem{{principalAt, `""`, "must be a string that is not empty"}}},
		{"a principal's ARN", partner(`principals: ["arn:aws:iam::444455556666:root"]`), []problem{{principalAt, `"arn:aws:iam::444455556666:root"`, principal}}},
		{"a short external id", partner(`principals: [user/x], externalId: x`), []problem{{"roles.partner.trust.externalId", `"x"`, `2 to 1224 characters out of letters, digits and "_+=,.@:/-"`}}},
		{"a policy variable", partner(`principals: [user/x], externalId: "${aws:username}"`), []problem{{"roles.partner.trust.externalId", `"${aws:username}"`, "2 to 1224 characters"}}},
		{"a short session", partner(`principals: [user/x]`, `maxSessionSeconds: 3599`), []problem{{"roles.partner.maxSessionSeconds", "3599", "must be 3600 to 43200 seconds"}}},
		{"a session of centuries", partner(`principals: [user/x]`, `maxSessionSeconds: 1000000000000`), []problem{{"roles.partner.maxSessionSeconds", "1000000000000", "must be 3600 to 43200 seconds"}}},

		{"a retention that CloudWatch does not know", `accessLog: {retentionDays: 8}`, []problem{{"accessLog.retentionDays", "8",
			"must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 days"}}},
		{"a tag without a key", `tags: {"": x}`, []problem{{"tags", `""`, "1 to 128 characters"}}},
		{"a tag with a line break", `tags: {k: "a\nb"}`, []problem{{"tags", `not "a\nb"`, `"_.:/=+-@"`}}},
		{"a boundary that is a role", `permissionsBoundary: "arn:aws:iam::111122223333:role/b"`, []problem{{"permissionsBoundary", `role/b"`, "must be the ARN of a managed policy"}}},

		{"no throttle", `throttle:`, []problem{{"throttle", "null", "must set both limits"}}},
		{"a rate that is not a number", `throttle: {rateLimit: "NaN", burstLimit: 200}`, []problem{{"throttle.rateLimit", `"NaN"`, "must be a number"}}},
		{"an endless burst", `throttle: {rateLimit: 100, burstLimit: "Infinity"}`, []problem{{"throttle.burstLimit", `"Infinity"`, "must be a whole number"}}},
		{"a burst too large for a computer", `throttle: {rateLimit: 100, burstLimit: 99999999999999999999}`, []problem{{"throttle.burstLimit", `100000000000000000000`, "must be a whole number"}}},
	})
	for name, fields := range map[string]string{
		"no burst":          `rateLimit: 100`,
		"no rate":           `burstLimit: 200`,
		"neither":           ``,
		"a rate of 0":       `rateLimit: 0, burstLimit: 200`,
		"a burst of 0":      `rateLimit: 100, burstLimit: 0`,
		"a negative rate":   `rateLimit: -1, burstLimit: 200`,
		"a negative burst":  `rateLimit: 100, burstLimit: -200`,
		"a rate too large":  `rateLimit: 1000001, burstLimit: 200`,
		"a burst too large": `rateLimit: 100, burstLimit: 1000001`,
	} {
		refuse(t, []row{{name, `throttle: {` + fields + `}`, []problem{{"throttle", "{", "must set both limits: the rate above 0, the burst 1 or more, each at most 1000000"}}}})
	}
}

func manyRoutes(n int) string { return join(n, `"GET /r%d": {}`) }

func TestIncompleteRolesAreRefused(t *testing.T) {
	refuse(t, []row{
		{"nothing", `roles: {r: }`, []problem{{"roles.r", "null", "must have the key trust"}}},
		{"no trust", `roles: {r: {policies: []}}`, []problem{{"roles.r", `{"policies":[]}`, "must have the key trust, a map that says who may assume the role"}}},
		{"an empty trust", `roles: {r: {trust: {}}}`, []problem{{"roles.r.trust", "{}", "must have one of the keys account, identityPool, oidc, organization, podIdentity, service"}}},
		{"no account", `roles: {r: {trust: {principals: [user/x]}}}`, []problem{{"roles.r.trust", `{"principals":["user/x"]}`, "must have one of the keys account, identityPool, oidc, organization, podIdentity, service"}}},
		{"no principals", `roles: {r: {trust: {account: "444455556666"}}}`, []problem{{"roles.r.trust", `{"account":"444455556666"}`, `must have the key principals, a list of "user/NAME"`}}},
		{"two kinds of trust", `roles: {r: {trust: {account: "444455556666", principals: [user/x], service: ec2}}}`,
			[]problem{{"roles.r.trust", `"service":"ec2"`, "must have only one of the keys account, service"}}},
	})
}

func TestServices(t *testing.T) {
	for _, service := range []string{"ec2", "lambda", "ecs-tasks", "states", "tasks.apprunner", "glue", "bedrock"} {
		assert.NoError(t, access.CheckService(service), service)
	}
	for service, accepted := range map[string]string{
		`""`:                   "must be a service that assumes roles",
		"ecs-task":             "must be a service that assumes roles",
		"EC2":                  "must be a service that assumes roles",
		`"*"`:                  "must be a service that assumes roles",
		`"444455556666"`:       "must be a service that assumes roles",
		"ec2.amazonaws.com":    `must be the name alone: "ec2"`,
		"ec2.amazonaws.com.cn": `must be the name alone: "ec2"`,
		"pods.eks":             "EKS Pod Identity also tags sessions",
	} {
		shown := `"` + strings.Trim(service, `"`) + `"`
		refuse(t, []row{{service, `roles: {r: {trust: {service: ` + service + `}}}`, []problem{{"roles.r.trust.service", shown, accepted}}}})
	}
}

// TestFormerKeysAreRefused requires that a problem with a key of an earlier
// version says what to write in its place.
func TestFormerKeysAreRefused(t *testing.T) {
	refuse(t, []row{
		{"of roles for EC2", `instanceRoles: {r: {policies: []}}`, []problem{{"instanceRoles", `{"r":{"policies":[]}}`,
			"cannot be set: it is from an earlier version; write roles: {NAME: {trust: {service: ec2}, policies: […]}}"}}},
		{"of roles for another account", `crossAccountRoles: {r: {accountId: 12}}`, []problem{{"crossAccountRoles", `{"r":{"accountId":12}}`,
			`write roles: {NAME: {trust: {account: "444455556666", principals: […]}`}}},
	})
}
