package stackdiff

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/table"
	"iam-secured-api/tests/stacks"
)

// base is the stack file that the tests edit.
const base = `config:
  routes: {GET /x: {}, POST /x: {}, GET /y: {}}
  policies:
    readOnly: {allow: [GET /x], conditions: {sourceCidrs: [203.0.113.0/24], notAfter: 2030-01-01T00:00:00Z}}
    admin: {allow: [GET /x, POST /x]}
  groups: {Readers: {policies: [readOnly]}, Admins: {policies: [admin]}}
  users: {ann: {groups: [Readers]}, amy: {groups: [Readers]}, bob: {groups: [Admins], accessKey: true}}
  roles:
    worker: {trust: {service: ec2}, policies: [readOnly]}
    partner: {trust: {account: "444455556666", principals: [user/eve], externalId: shop-42, requireMfa: true}, policies: [admin]}
`

// read reads the text of a stack config file, with the tests' Pulumi.yaml in its
// folder.
func read(t *testing.T, text string) Stack {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Pulumi.dev.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(path), stacks.Project), stacks.Read(t, stacks.Project), 0o600))
	file, err := ParseFile(path, []byte(text))
	require.NoError(t, err)
	stack, err := file.Stack()
	require.NoError(t, err)
	return stack
}

// diffOf compares two texts, in words and as data.
func diffOf(t *testing.T, old, new string) (d Difference, text string, code int) {
	t.Helper()
	d = Compare(read(t, old), read(t, new))
	for line := range strings.Lines(d.Text()) {
		assert.LessOrEqual(t, len([]rune(line)), table.PageWidth+1, line)
	}
	return d, d.Text(), d.ExitCode()
}

// requireDifference compares two texts, also the other way round, which must end with the
// exit code back.
func requireDifference(t *testing.T, old, new string, code, back int, says, lines []string) {
	t.Helper()
	d, text, got := diffOf(t, old, new)
	assert.Equal(t, code, got, text)
	assert.ElementsMatch(t, says, said(d), text)
	for _, line := range lines {
		assert.Contains(t, text, line)
	}
	_, text, got = diffOf(t, new, old)
	assert.Equal(t, back, got, text)
}

// said lists the changes of a difference, one item for each principal and call or fact:
// "+" for a gain, "-" for a loss, "~" for both.
func said(d Difference) []string {
	sign := func(e Effect) string {
		return map[Effect]string{{true, false}: "+", {false, true}: "-", {true, true}: "~"}[e]
	}
	list := []string{}
	for _, change := range d.Access {
		for _, name := range change.Principals {
			for _, call := range change.Calls {
				list = append(list, sign(call.Effect)+name+" "+call.Call)
			}
		}
	}
	for _, fact := range d.Credentials {
		list = append(list, sign(fact.Effect)+fact.Principal)
	}
	return list
}

const readers = "user/amy GET /x, user/ann GET /x, role/worker GET /x"

// all returns the readers, each with a sign.
func all(sign string) []string {
	var list []string
	for _, each := range strings.Split(readers, ", ") {
		list = append(list, sign+each)
	}
	return list
}

func TestDiff(t *testing.T) {
	for name, row := range map[string]struct {
		from, to string // in base
		back     int    // exit code the other way round
		code     int
		says     []string
	}{
		"nothing":                        {"config", "config", 0, 0, nil},
		"spelling":                       {"sourceCidrs: [203.0.113.0/24]", "sourceCidrs: [203.0.113.0/25, 203.0.113.0/24]", 0, 0, nil},
		"a group gains a policy":         {"Readers: {policies: [readOnly]}", "Readers: {policies: [readOnly, admin]}", 10, 11, []string{"+user/amy GET /x", "+user/amy POST /x", "+user/ann GET /x", "+user/ann POST /x"}},
		"a user gains a group":           {"bob: {groups: [Admins]", "bob: {groups: [Admins, Readers]", 0, 0, nil}, // admin has it all
		"a user changes groups":          {"ann: {groups: [Readers]", "ann: {groups: [Admins]", 10, 11, []string{"+user/ann GET /x", "+user/ann POST /x"}},
		"a user is removed":              {"ann: {groups: [Readers]}, ", "", 11, 10, []string{"-user/ann GET /x"}},
		"a user without policies":        {"ann: {groups: [Readers]}", "ann: {groups: [Readers]}, zoe: {}", 0, 0, nil},
		"an access key":                  {"accessKey: true", "accessKey: false", 11, 10, []string{"-user/bob"}},
		"a condition is removed":         {"sourceCidrs: [203.0.113.0/24], ", "", 10, 11, all("+")},
		"a network narrows":              {"203.0.113.0/24", "203.0.113.128/25", 11, 10, all("-")},
		"another network":                {"203.0.113.0/24", "198.51.100.0/24", 11, 11, all("~")},
		"the window shortens":            {"2030-01", "2029-01", 11, 10, all("-")},
		"one condition for another":      {"sourceCidrs: [203.0.113.0/24]", "secureTransport: true", 11, 11, all("~")},
		"a route for all":                {"POST /x: {}", "POST /x: {authorization: none}", 10, 11, []string{"+anyone POST /x"}},
		"a new route without grants":     {"GET /y: {}", "GET /y: {}, GET /z: {}", 0, 0, nil},
		"a removed route without grants": {", GET /y: {}", "", 0, 0, nil},
		"an open route more":             {"GET /y: {}", "GET /y: {}, GET /z: {authorization: none}", 10, 11, []string{"+anyone GET /z"}},
		"a grant more":                   {"[GET /x, POST /x]", "[GET /x, POST /x, GET /y]", 10, 11, []string{"+role/partner GET /y", "+user/bob GET /y"}},
		"the whole stage":                {"[GET /x, POST /x]", `["*"]`, 10, 11, []string{"+role/partner GET /y", "+role/partner routes to come", "+user/bob GET /y", "+user/bob routes to come"}},
		"a managed policy":               {"[readOnly]}\n    partner", "[readOnly], managedPolicies: [arn:aws:iam::aws:policy/A]}\n    partner", 11, 11, []string{"~role/worker"}},
		"a boundary":                     {"config:", "config:\n  permissionsBoundary: arn:aws:iam::111122223333:policy/b", 11, 10, []string{"-role/partner GET /x", "-role/partner POST /x", "-role/worker GET /x", "-user/amy GET /x", "-user/ann GET /x", "-user/bob GET /x", "-user/bob POST /x"}},
		"trust: one more":                {"[user/eve]", "[user/eve, role/ops]", 10, 11, []string{"+role/partner"}},
		"trust: another":                 {"[user/eve]", "[user/dan]", 11, 11, []string{"+role/partner", "-role/partner"}},
		"trust: the account":             {"[user/eve]", `["*"]`, 10, 11, []string{"+role/partner"}},
		"trust: another account":         {"444455556666", "555566667777", 11, 11, []string{"-role/partner", "+role/partner"}},
		"trust: no external id":          {"externalId: shop-42, ", "", 10, 11, []string{"+role/partner"}},
		"trust: another external id":     {"shop-42", "shop-43", 11, 11, []string{"~role/partner"}},
		"trust: no MFA":                  {", requireMfa: true", "", 10, 11, []string{"+role/partner"}},
		"trust: longer":                  {"requireMfa: true}, ", "requireMfa: true}, maxSessionSeconds: 7200, ", 10, 11, []string{"+role/partner"}},
		"a role of another kind":         {"worker: {trust: {service: ec2}", "worker: {trust: {account: \"444455556666\", principals: [user/eve]}", 11, 11, []string{"-role/worker", "+role/worker"}},
		"a role of another service":      {"service: ec2", "service: lambda", 11, 11, []string{"+role/worker", "-role/worker"}},
		"an environment":                 {"config:", "environment: [a]\nconfig:", 11, 11, []string{"~anyone"}},
		"settings without access":        {"config:", "config:\n  apiName: Other\n  tags: {a: b}\n  throttle: {rateLimit: 1, burstLimit: 1}\n  backend: {archive: none}\n  cors: {allowOrigins: [\"*\"]}", 0, 0, nil},
		"ANY in place of its methods":    {"GET /x: {}, POST /x: {}", "ANY /x: {}", 0, 0, nil},
		"methods of an ANY route more":   {"GET /x: {}, POST /x: {}, GET /y: {}", "GET /x: {}, POST /x: {}, GET /y: {}, ANY /x: {authorization: none}", 10, 11, []string{"+anyone DELETE /x", "+anyone HEAD /x", "+anyone OPTIONS /x", "+anyone PATCH /x", "+anyone PUT /x"}},
		"all methods":                    {"GET /y: {}", "GET /y: {}, ANY /z: {authorization: none}", 10, 11, []string{"+anyone ANY /z"}},
		"all other requests":             {"GET /y: {}", "GET /y: {}, $default: {authorization: none}", 10, 11, []string{"+anyone $default"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, base, row.from)
			edited := strings.Replace(base, row.from, row.to, 1)
			requireDifference(t, base, edited, row.code, row.back, row.says, nil)
			_, text, _ := diffOf(t, base, edited)
			for _, sentence := range []string{"Gains:", "Losses:", "Changes by which", "Nothing changes"} {
				want := row.says == nil
				switch sentence {
				case "Gains:":
					want = hasSign(row.says, "+")
				case "Losses:":
					want = hasSign(row.says, "-")
				case "Changes by which":
					want = hasSign(row.says, "~")
				}
				assert.Equal(t, want, strings.Contains(text, sentence), text)
			}
		})
	}
}

func hasSign(says []string, sign string) bool {
	for _, each := range says {
		if strings.HasPrefix(each, sign) {
			return true
		}
	}
	return false
}

// TestTokens has routes under tokens, and authorizers.
func TestTokens(t *testing.T) {
	const issuer = "issuer: https://issuer.example.com"
	const shop = `config:
  routes: {GET /a: {authorization: shop, scopes: [read]}, GET /b: {}, GET /c: {}, POST /c: {authorization: none}}
  authorizers: {shop: {` + issuer + `, audiences: [web, app]}}
  policies: {p: {allow: [GET /b, GET /c]}}
  groups: {G: {policies: [p]}}
  users: {ann: {groups: [G]}}
`
	const route = "{authorization: shop, scopes: [read]}"
	const jobs, onlyShop = "jobs: {" + issuer + ", audiences: [jobs]}, shop: {issuer", "shop: {issuer"
	for name, row := range map[string]struct {
		edit []string // in shop: what to replace, and by what
		back int      // exit code the other way round
		code int
		says []string
		text []string
	}{
		"one more scope": {[]string{"[read]", "[read, write]"}, 10, 11, []string{"+token/shop GET /a"},
			[]string{"token/shop may call GET /a if the token has scope read or write; until now if the token has\n      scope read\n"}},
		"another scope": {[]string{"[read]", "[write]"}, 11, 11, []string{"~token/shop GET /a"}, nil},
		"no scope": {[]string{", scopes: [read]", ""}, 10, 11, []string{"+token/shop GET /a"},
			[]string{"token/shop may call GET /a always; until now if the token has scope read\n"}},
		"from tokens to all": {[]string{route, "{authorization: none}"}, 10, 11, []string{"+anyone GET /a"}, nil},
		"from all to tokens": {[]string{"authorization: none", "authorization: shop"}, 11, 10, []string{"-anyone POST /c", "-user/ann POST /c"}, nil},
		"from tokens to IAM": {[]string{route, "{}"}, 11, 10, []string{"-token/shop GET /a"},
			[]string{"token/shop may no longer call GET /a if the token has scope read\n"}},
		"from IAM to tokens": {[]string{"GET /b: {}", "GET /b: {authorization: shop}", "[GET /b, GET /c]", "[GET /c]"}, 11, 11,
			[]string{"+token/shop GET /b", "-user/ann GET /b"}, []string{"token/shop may now call GET /b\n", "user/ann may no longer call GET /b\n"}},
		"another name": {[]string{"shop", "store"}, 0, 0, nil,
			[]string{"Nothing changes in who can call what.", "principals that go: token/shop\n", "new principals: token/store\n"}},
		"another name, in another order": {[]string{"shop", "store", "[web, app]", "[app, web]"}, 0, 0, nil, nil},
		"another name and audience": {[]string{"shop", "store", "[web, app]", "[app]"}, 11, 11,
			[]string{"-token/shop GET /a", "+token/store GET /a", "-token/shop", "+token/store"}, nil},
		"one more audience": {[]string{"[web, app]", "[web, app, jobs]"}, 10, 11, []string{"+token/shop"},
			[]string{`token/shop may now be from https://issuer.example.com, with the audience "jobs"`}},
		"another audience": {[]string{"[web, app]", "[jobs, app]"}, 11, 11, []string{"+token/shop", "-token/shop"},
			[]string{`token/shop may no longer be from https://issuer.example.com, with the audience "web"`}},
		"another issuer": {[]string{"issuer.example", "issuer-2.example"}, 11, 11, []string{"+token/shop", "-token/shop"}, []string{
			`token/shop may now be from https://issuer-2.example.com, with the audience "app" or "web"`,
			"token/shop may no longer be from https://issuer.example.com, with the audience"}},
		"one more authorizer": {[]string{onlyShop, jobs}, 10, 11, []string{"+token/jobs"}, nil},
		"a route of another authorizer": {[]string{onlyShop, jobs, "authorization: shop", "authorization: jobs"}, 11, 11,
			[]string{"+token/jobs", "+token/jobs GET /a", "-token/shop GET /a"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, shop, row.edit[0])
			requireDifference(t, shop, strings.NewReplacer(row.edit...).Replace(shop), row.code, row.back, row.says, row.text)
		})
	}
}

// TestRemovedRoutes compares the decisions about a removed route's requests with those
// of the routes that take them afterwards.
func TestRemovedRoutes(t *testing.T) {
	with := func(routes string) string {
		return "config:\n  routes: {" + routes + ", GET /mine: {}}\n  policies: {p: {allow: [GET /mine]}}\n  groups: {G: {policies: [p]}}\n  users: {ann: {groups: [G]}}\n"
	}
	for name, row := range map[string]struct {
		old, new string
		says     []string
	}{
		"to an open greedy route": {"GET /admin: {}, 'ANY /{p+}': {authorization: none}", "'ANY /{p+}': {authorization: none}", []string{"+anyone GET /admin"}},
		"one method stays":        {"ANY /a: {}, 'GET /{p+}': {authorization: none}", "POST /a: {}, 'GET /{p+}': {authorization: none}", []string{"+anyone GET /a"}},
		"to an open $default":     {"GET /admin: {}, $default: {authorization: none}", "$default: {authorization: none}", []string{"+anyone GET /admin"}},
		"to an open variable":     {"GET /a/b: {}, 'GET /a/{v}': {authorization: none}", "'GET /a/{v}': {authorization: none}", []string{"+anyone GET /a/b"}},
		"to ANY on the same path": {"GET /a: {}, ANY /a: {authorization: none}", "ANY /a: {authorization: none}", []string{"+anyone GET /a"}},
		"to nothing":              {"GET /a: {authorization: none}, 'GET /b/{p+}': {authorization: none}", "'GET /b/{p+}': {authorization: none}", []string{"-anyone GET /a", "-user/ann GET /a"}},
		"not from a longer path":  {"'GET /a/{v}/c': {}, 'GET /a/{v}': {authorization: none}", "'GET /a/{v}': {authorization: none}", nil},
		"not from a greedy one":   {"'GET /a/{p+}': {}, 'GET /a/{v}': {authorization: none}", "'GET /a/{v}': {authorization: none}", nil},
		"the longer greedy":       {"GET /a/b: {}, 'ANY /{p+}': {authorization: none}, 'ANY /a/{q+}': {}", "'ANY /{p+}': {authorization: none}, 'ANY /a/{q+}': {}", nil},
		"a name of a variable":    {"'GET /a/{v}': {authorization: none}", "'GET /a/{w}': {authorization: none}", nil},
		"a path that was open":    {"'GET /{p+}': {authorization: none}", "'GET /{p+}': {authorization: none}, GET /admin: {}", []string{"-anyone GET /admin", "-user/ann GET /admin"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, _, _ := diffOf(t, with(row.old), with(row.new))
			assert.ElementsMatch(t, row.says, said(d))
		})
	}
}

// TestDiffOfMany requires a short text for a change of thousands of principals.
func TestDiffOfMany(t *testing.T) {
	old := manyUsers("readOnly")
	d, text, code := diffOf(t, old, manyUsers("admin"))
	assert.Equal(t, ExitGains, code)
	require.Len(t, d.Access, 1)
	assert.Len(t, d.Access[0].Principals, 2000)
	assert.Less(t, strings.Count(text, "\n"), 10, text)
	assert.Contains(t, text, "1997 more")
}

// manyUsers returns a stack config file with 2,000 users of one group.
func manyUsers(policy string) string {
	var users strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&users, "u%04d: {groups: [G]}, ", i)
	}
	text := strings.Replace(base, "groups: {", "groups: {G: {policies: ["+policy+"]}, ", 1)
	return strings.Replace(text, "users: {", "users: {"+users.String(), 1)
}

// otherTrust is a trust with a policy that its terms do not show.
type otherTrust struct {
	access.ServiceTrust
	policy access.Trust
}

func (t otherTrust) Document(api string) *access.Document { return t.policy.Document(api) }

// TestOtherTrustPolicies has trust policies with a difference that has no words of its
// own.
func TestOtherTrustPolicies(t *testing.T) {
	a, b := otherTrust{policy: access.ServiceTrust{Service: "ec2"}}, otherTrust{policy: access.ServiceTrust{Service: "glue"}}
	assert.Equal(t, []Fact{{"role/r", "has another trust policy", Effect{true, true}}}, trustChanges("role/r", a, b))
	assert.Empty(t, trustChanges("role/r", a, a))
}

// TestTrustChanges has changes of each kind of trust, and from one kind to another.
func TestTrustChanges(t *testing.T) {
	token := func(more string) string {
		return `oidc: {issuer: "https://gitlab.com", audiences: [a], claims: {sub: ["project_path:acme/x:*"]` + more + `}}`
	}
	account := func(more string) string { return `account: "444455556666", principals: [role/ops]` + more }
	pods := func(namespace string) string {
		return `podIdentity: {cluster: main, namespace: ` + namespace + `, serviceAccount: reader}`
	}
	pool := func(authenticated string) string {
		return `identityPool: {id: "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", authenticated: ` + authenticated + `}`
	}
	gains, loses := Effect{Gains: true}, Effect{Loses: true}
	for name, row := range map[string]struct {
		from, to string
		want     []Fact
	}{
		"one more claim": {token(""), token(", project_id: ['7', '8']"), []Fact{
			{"role/r", `may be assumed only with the claim project_id "7" or "8"`, loses}}},
		"one claim less":                {token(", project_id: '7'"), token(""), []Fact{{"role/r", "may be assumed without the claim project_id", gains}}},
		"another value":                 {token(", project_id: '7'"), token(", project_id: '8'"), []Fact{{"role/r", `may now be assumed with the claim project_id "8"`, gains}, {"role/r", `may no longer be assumed with the claim project_id "7"`, loses}}},
		"one more audience":             {token(""), strings.Replace(token(""), "[a]", "[a, b]", 1), []Fact{{"role/r", `may now be assumed with the audience "b"`, gains}}},
		"a wildcard narrows":            {token(""), strings.Replace(token(""), "x:*", "x:ref_type:branch:*", 1), []Fact{{"role/r", `may no longer be assumed with the claim sub "project_path:acme/x:*"`, loses}}},
		"a wildcard widens":             {token(""), strings.Replace(token(""), "x:*", "*", 1), []Fact{{"role/r", `may now be assumed with the claim sub "project_path:acme/*"`, gains}}},
		"a value that another includes": {token(""), strings.Replace(token(""), `x:*"`, `x:*", "project_path:acme/x:y"`, 1), nil},
		"the same, differently":         {token(", project_id: '7'"), token(", project_id: ['7']"), nil},
		"another issuer": {token(""), strings.ReplaceAll(strings.Replace(token(""), "gitlab.com", "scalr.io", 1), "project_path:acme/x:", "account:acme:"), []Fact{
			{"role/r", `may no longer be assumed by tokens of https://gitlab.com, with the audience "a" and the claim sub "project_path:acme/x:*"`, loses},
			{"role/r", `may now be assumed by tokens of https://scalr.io, with the audience "a" and the claim sub "account:acme:*"`, gains}}},
		"session tags":       {account(""), account(", sessionTags: true"), []Fact{{"role/r", "may now be assumed with session tags", gains}}},
		"no source identity": {account(", sourceIdentity: true"), account(""), []Fact{{"role/r", "may no longer be assumed with a source identity", loses}}},
		"another namespace": {pods("shop"), pods("bank"), []Fact{
			{"role/r", "may no longer be assumed by pods of service account reader in namespace shop of EKS cluster main", loses},
			{"role/r", "may now be assumed by pods of service account reader in namespace bank of EKS cluster main", gains}}},
		"open to the internet": {pool("true"), pool("false"), []Fact{
			{"role/r", "may no longer be assumed by authenticated identities of identity pool us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", loses},
			{"role/r", "may now be assumed by unauthenticated identities of identity pool us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", gains}}},
		"an account for an organization": {account(""), "organization: o-a1b2c3d4e5", []Fact{
			{"role/r", "may no longer be assumed by role/ops of account 444455556666", loses},
			{"role/r", "may now be assumed by principals of organization o-a1b2c3d4e5", gains}}},
	} {
		t.Run(name, func(t *testing.T) {
			stack := func(trust string) string {
				return "config:\n  routes: {GET /x: {}}\n  roles: {r: {trust: {" + trust + "}}}"
			}
			d, _, _ := diffOf(t, stack(row.from), stack(row.to))
			assert.ElementsMatch(t, row.want, d.Credentials)
		})
	}
}

// TestPermissionSetsAreCompared changes a policy to which permission sets refer by its
// name. The stack's boundary is not theirs, nor that of an existing role.
func TestPermissionSetsAreCompared(t *testing.T) {
	named := strings.Replace(base, "POST /x]}", "POST /x], name: Staff, path: /api/}", 1)
	named = strings.Replace(named, "config:", "config:\n  existingRoles: {task: {policies: [admin]}}", 1)
	for name, row := range map[string]struct {
		from, to   string
		code, back int
		says       []string
	}{
		"another name": {"name: Staff", "name: Team", 11, 11, []string{
			"-permission sets with /api/Staff GET /x", "-permission sets with /api/Staff POST /x",
			"+permission sets with /api/Team GET /x", "+permission sets with /api/Team POST /x",
		}},
		"no name": {", name: Staff, path: /api/", "", 10, 11, []string{"-permission sets with /api/Staff GET /x", "-permission sets with /api/Staff POST /x"}},
		"another path": {", path: /api/", "", 11, 11, []string{
			"-permission sets with /api/Staff GET /x", "-permission sets with /api/Staff POST /x",
			"+permission sets with /Staff GET /x", "+permission sets with /Staff POST /x",
		}},
		"one grant less":   {"[GET /x, POST /x]", "[GET /x]", 10, 11, []string{"-permission sets with /api/Staff POST /x", "-role/partner POST /x", "-role/task POST /x", "-user/bob POST /x"}},
		"more documents":   {"path: /api/", "path: /api/, documents: 3", 10, 0, []string{"-permission sets with /api/Staff"}},
		"a boundary":       {"  groups:", "  permissionsBoundary: arn:aws:iam::aws:policy/B\n  groups:", 10, 11, []string{"-role/partner GET /x", "-role/partner POST /x", "-role/worker GET /x", "-user/amy GET /x", "-user/ann GET /x", "-user/bob GET /x", "-user/bob POST /x"}},
		"no existing role": {"{task: {policies: [admin]}}", "{}", 10, 11, []string{"-role/task GET /x", "-role/task POST /x"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, named, row.from)
			requireDifference(t, named, strings.Replace(named, row.from, row.to, 1), row.code, row.back, row.says, nil)
		})
	}
}

func TestIncludes(t *testing.T) {
	for _, row := range []struct {
		pattern, value string
		want           bool
	}{
		{"repo:a/b", "repo:a/b", true},
		{"repo:a/b", "repo:a/B", false},
		{"repo:a/*", "repo:a/b:ref:*", true},
		{"repo:a/b:*", "repo:a/*", false},
		{"repo:a/?", "repo:a/b", true},
		{"repo:a/?", "repo:a/?", true},
		{"repo:a/?", "repo:a/*", false},
		{"repo:a/*", "repo:ab/c", false},
		{"a.b", "axb", false},
		{"*", "user/eve", true},
	} {
		assert.Equal(t, row.want, includes(row.pattern, row.value), "%s includes %s", row.pattern, row.value)
	}
}

func TestProviderChanges(t *testing.T) {
	provider := func(audiences ...string) map[string]access.OidcProvider {
		return map[string]access.OidcProvider{"https://gitlab.com": {Audiences: audiences}}
	}
	const tokens = "tokens of https://gitlab.com"
	gain := Fact{tokens, `are now accepted with the audience "a"`, Effect{Gains: true}}
	loss := Fact{tokens, `are no longer accepted with the audience "b"`, Effect{Loses: true}}
	assert.Equal(t, []Fact{gain}, providerChanges(nil, provider("a")))
	assert.Equal(t, []Fact{loss}, providerChanges(provider("b"), nil))
	assert.Equal(t, []Fact{gain, loss}, providerChanges(provider("b", "c"), provider("c", "a")))
	assert.Empty(t, providerChanges(provider("a", "b"), provider("b", "a")))
}
