package config

import (
	"strings"
	"testing"

	"iam-secured-api/tests/mocks/recorder"
)

// TestAllProblemsAreReportedTogether has a problem in each key. The other tests do not
// repeat these problems.
func TestAllProblemsAreReportedTogether(t *testing.T) {
	refuse(t, []row{
		{"one in each key", `
apiName: a/b
stageName: a/b
routes: {GET /products: {auth: iam}, /products: {}}
authorizers: {iam: {issuer: "https://issuer.example.com", audiences: []}}
policies: {p q: {allow: [GET /products]}}
groups: {G: {policies: [p]}}
users: {ann: {groups: [H], accessKey: maybe}}
roles:
  ann: {trust: {service: ec2}, policies: readOnly}
  Ann: {trust: {account: 12, principals: ["user/*", "*"], externalId: "!"}, maxSessionSeconds: 5}
throttle: {rateLimit: 5}
accessLog: {retentionDays: 2}
backend: {url: http://backend.example.com, archive: "", deletionProtection: 1}
permissionsBoundary: boundary
tags: {team: 7, "aws:x": y}
colour: red`, []problem{
			{"apiName", `"a/b"`, "1 to 128"},
			{"stageName", `"a/b"`, "1 to 128"},
			{`routes["GET /products"].auth`, `"iam"`, "accepted are authorization, scopes"},
			{"routes", `"/products"`, `"METHOD /path"`},
			{"authorizers.iam", `"iam"`, "authorizations without an authorizer"},
			{"authorizers.iam.audiences", "[]", "1 to 50 audiences"},
			{`policies["p q"]`, `"p q"`, "1 to 96 characters"},
			{"groups.G.policies[0]", `"p"`, "is not declared under policies"},
			{"users.ann.groups[0]", `"H"`, "is not declared under groups"},
			{"users.ann.accessKey", `"maybe"`, "true or false"},
			{"roles.ann.policies", `"readOnly"`, "must be a list"},
			{"roles.ann", `"ann"`, "taken by roles.Ann"},
			{"roles.Ann.trust.account", `"12"`, "12 digits"},
			{"roles.Ann.trust.principals[0]", `"user/*"`, "without wildcards"},
			{"roles.Ann.trust.principals[1]", `"*"`, "must stand alone"},
			{"roles.Ann.trust.externalId", `"!"`, "2 to 1224"},
			{"roles.Ann.maxSessionSeconds", "5", "3600 to 43200"},
			{"throttle", `{"rateLimit":5}`, "must set both limits"},
			{"accessLog.retentionDays", "2", "must be one of 1, 3,"},
			{"backend", `{"archive":"","deletionProtection":1,"url":"http://backend.example.com"}`, "must have url alone"},
			{"backend.url", `"http://backend.example.com"`, "must be an https URL"},
			{"backend.archive", `""`, "must be the path of a zip file"},
			{"backend.deletionProtection", "1", "true or false"},
			{"permissionsBoundary", `"boundary"`, "the ARN of a managed policy"},
			{"tags.team", "7", "must be a string"},
			{"tags", `"aws:x"`, `not beginning with "aws:"`},
			{"colour", `"red"`, "is under an unknown key; accepted are accessLog, apiName, authorizers, backend, domain, existingRoles, groups, oidcProviders, permissionsBoundary, policies, roles, routes,"},
		}},
		{"grants beside routes that cannot be read", `
routes: {GET /products: {}, products: {}}
policies: {a: {allow: [GETX /a, GET /elsewhere, "GETX *"]}}`, []problem{
			{"routes", `"products"`, `"METHOD /path"`},
			{"policies.a.allow", `"GETX /a"`, "a method out of"},
			{"policies.a.allow", `"GETX *"`, "a method out of"},
		}},
		{"grants of every policy", `
policies:
  a: {allow: [GET /a, GET /b]}
  b: {allow: [GET /products, GET /c]}
  c: {allow: []}`, []problem{
			{"policies.a.allow", `"GET /a"`, "names no declared route"},
			{"policies.a.allow", `"GET /b"`, "names no declared route"},
			{"policies.b.allow", `"GET /c"`, "names no declared route"},
			{"policies.c.allow", "allows nothing", "list route keys"},
		}},
	})
}

func TestNothingAtAllIsRefused(t *testing.T) {
	for name, values := range map[string]map[string]string{
		"no key":         nil,
		"keys of others": {"aws:region": "us-east-1", "routes": "{}", "other:routes": "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			requireRefused(t, recorder.Settings{Values: values}, []problem{
				{"routes", "must be set", `{"GET /products": {}}`},
			})
		})
	}
	t.Run("misspelt", func(t *testing.T) {
		requireRefused(t, recorder.Settings{Values: map[string]string{
			recorder.Project + ":route": `{"GET /products":{}}`, recorder.Project + ":backnd": `{}`,
		}}, []problem{
			{"route", `{"GET /products":{}}`, "(did you mean routes?)"},
			{"backnd", "{}", "(did you mean backend?)"},
		})
	})
}

// TestTextThatIsNotJsonIsRefused sets a key to what `pulumi config set` stores for
// broken JSON.
func TestTextThatIsNotJsonIsRefused(t *testing.T) {
	for name, row := range map[string]struct{ text, shown string }{
		"cut off":              {`{"GET /products": {}`, `"{\"GET /products\": {}"`},
		"two values":           {`{"GET /products": {}} {}`, `"{\"GET /products\": {}} {}"`},
		"a comma too many":     {`{"GET /products": {},}`, `"{\"GET /products\": {},}"`},
		"YAML":                 {`GET /products: {}`, `"GET /products: {}"`},
		"invalid UTF-8":        {"{\"\xff", `"{\"`},
		"line breaks":          {"{\n\"a\":\r\n", `"{\n\"a\":\r\n"`},
		"separators":           {"a\u2028b\u2029c\u0085d", "must be a map"},
		"deeply nested":        {strings.Repeat("[", 20000), "[[["},
		"a very long one":      {strings.Repeat("ü", 100000), "…"},
		"a long one, cut well": {"é" + strings.Repeat("ü", 100000), "…"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(t, "apiName: Shop")
			s.Values[recorder.Project+":routes"] = row.text
			requireRefused(t, s, []problem{{"routes", row.shown, "must be a map of route keys"}})
		})
	}
}
