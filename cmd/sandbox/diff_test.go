package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/program"
	"iam-secured-api/internal/stackdiff"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/stacks"
)

// base is the stack file that the tests edit.
const base = `config:
  aws:region: us-east-1
  stageName: prod
  tags: {team: shop}
  routes: {GET /x: {}, POST /x: {}}
  policies: {readOnly: {allow: [GET /x]}, admin: {allow: [GET /x, POST /x]}}
  groups: {Readers: {policies: [readOnly]}, Admins: {policies: [admin]}}
  users: {ann: {groups: [Readers]}, bob: {groups: [Admins], accessKey: true}}
  roles: {worker: {trust: {service: ec2}, policies: [readOnly]}, partner: {trust: {account: "999988887777", principals: [user/eve, role/ops/deploy]}, policies: [readOnly]}}
`

// trier compares files in a folder with the tests' own Pulumi.yaml.
type trier struct {
	*revisions
	t   *testing.T
	dir string
	log bytes.Buffer
}

func newTrier(t *testing.T, run deployFunc) *trier {
	x := &trier{t: t, dir: t.TempDir()}
	built := archive.Make(t, "")
	x.revisions = newRevisions(run, func() (string, error) { return built, nil }, &x.log)
	t.Cleanup(func() { assert.NoError(t, x.close()) })
	x.write(stacks.Project, string(stacks.Read(t, stacks.Project)))
	return x
}

// write writes a file and returns its path.
func (x *trier) write(name, text string) string {
	path := filepath.Join(x.dir, name)
	require.NoError(x.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(x.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// diffOf compares two texts.
func (x *trier) diffOf(old, new string) diffResult {
	x.t.Helper()
	d, err := x.compare(x.t.Context(), x.write("Pulumi.old.yaml", old), x.write("Pulumi.new.yaml", new), nil)
	require.NoError(x.t, err)
	return d
}

// ops lists the operations and resources, without attachments and exclusive lists.
func ops(d diffResult) []string {
	list := []string{}
	for _, change := range d.Resources {
		if strings.HasSuffix(change.Type, "Exclusive") || strings.HasSuffix(change.Type, "Attachment") {
			continue
		}
		list = append(list, change.Op+" "+change.Name)
	}
	slices.Sort(list)
	return list
}

func TestDiff(t *testing.T) {
	tagged := []string{"update admin-invoke", "update ann-user", "update api-access-log", "update api-api", "update api-stage",
		"update bob-user", "update partner-role", "update products-function", "update products-log", "update products-role",
		"update products-service", "update products-table", "update readOnly-invoke", "update worker-profile", "update worker-role"}
	bounded := []string{"update ann-user", "update bob-user", "update partner-role", "update products-role", "update worker-role"}
	for name, row := range map[string]struct {
		from, to string // in base
		code     int
		ops      []string
		says     string // in what is printed
	}{
		"nothing": {"config", "config", 0, nil, " unchanged\n\nNothing changes on AWS.\n\nNothing changes in who can call what.\n"},
		"a stage with another name": {"stageName: prod", "stageName: live", 0,
			[]string{"replace api-permission", "replace api-stage", "update admin-invoke", "update readOnly-invoke"},
			"\nReplaced:\n  aws:apigatewayv2/stage:Stage api-stage (name)\n  aws:lambda/permission:Permission api-permission (sourceArn)\n"},
		"a user goes": {"ann: {groups: [Readers]}, ", "", 10, []string{"delete ann-user", "update Readers-members"},
			"\nDeleted:\n  aws:iam/user:User ann-user\n"},
		"a route is opened": {"POST /x: {}", "POST /x: {authorization: none}", 11, []string{"update api-POST /x"}, "\n  + anyone may now call POST /x\n"},
		"a route goes": {", POST /x: {}}\n  policies: {readOnly: {allow: [GET /x]}, admin: {allow: [GET /x, POST /x]}}", "}\n  policies: {readOnly: {allow: [GET /x]}, admin: {allow: [GET /x]}}", 10,
			[]string{"delete api-POST /x", "update admin-invoke"}, "\n  - user/bob may no longer call POST /x\n"},
		"a grant goes":        {"admin: {allow: [GET /x, POST /x]}", "admin: {allow: [GET /x]}", 10, []string{"update admin-invoke"}, "\n  - user/bob may no longer call POST /x\n"},
		"a route more":        {"routes: {", "routes: {GET /y: {}, ", 0, []string{"create api-GET /y"}, "Nothing changes in who can call what."},
		"tags":                {"team: shop", "team: sales", 0, tagged, "Nothing changes in who can call what."},
		"real account ids":    {"[user/eve,", "[user/eve, user/mia,", 11, []string{"update partner-role"}, "may now be assumed by user/mia of account 999988887777"},
		"another account":     {"999988887777", "123412341234", 11, []string{"update partner-role"}, "may no longer be assumed by"},
		"a whole account":     {"[user/eve, role/ops/deploy]", `["*"]`, 11, []string{"update partner-role"}, "may now be assumed by"},
		"a modelled account":  {"[user/eve, role/ops/deploy]", `[user/my-user]`, 11, []string{"update partner-role"}, ""},
		"an own principal":    {`"999988887777", principals: [user/eve, `, `"111122223333", principals: [user/ann, `, 11, []string{"update partner-role"}, ""},
		"a foreign boundary":  {"tags:", "permissionsBoundary: arn:aws:iam::999988887777:policy/b\n  tags:", 10, bounded, "the permissions boundary arn:aws:iam::999988887777:policy/b"},
		"a boundary of AWS's": {"tags:", "permissionsBoundary: arn:aws:iam::aws:policy/ReadOnlyAccess\n  tags:", 10, bounded, ""},
		"a foreign role": {"tags:", "existingRoles: {\"arn:aws:iam::999988887777:role/a/task\": {policies: [readOnly]}}\n  tags:", 11, nil,
			"role/task may now call GET /x"},
		"a foreign policy": {"trust: {service: ec2}", "trust: {service: ec2}, managedPolicies: [arn:aws:iam::999988887777:policy/p]", 11, nil,
			"gets the managed policy"},
		"a fixed name": {"admin: {allow: [GET /x, POST /x]}", "admin: {allow: [GET /x, POST /x], name: Admins}", 11,
			[]string{"replace admin-invoke"}, "permission sets with /Admins may now call"},
		"a URL for the service": {"tags:", "backend: {url: https://backend.example.com}\n  tags:", 0,
			[]string{"delete api-permission", "delete products-function", "delete products-log", "delete products-role", "delete products-service", "delete products-table", "replace api-backend", "update api-GET /x", "update api-POST /x"}, ""},
		"another region": {"us-east-1", "eu-west-1", 0, nil, "aws:apigatewayv2/api:Api api-api"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, base, row.from)
			x := newTrier(t, (*program.Plan).Deploy)
			d := x.diffOf(base, strings.Replace(base, row.from, row.to, 1))
			assert.Equal(t, row.code, d.Access.ExitCode(), d.text())
			if name != "another region" { // replaces nearly everything
				assert.Equal(t, append([]string{}, row.ops...), ops(d), d.text())
			}
			assert.Contains(t, d.text(), row.says)
			assert.NotContains(t, d.text(), "\x1b")
			assert.Empty(t, x.log.String())
		})
	}
}

// TestDiffOfBackends has backends with and without an archive.
func TestDiffOfBackends(t *testing.T) {
	with := func(backend string) string { return base + "  backend: " + backend + "\n" }
	for name, row := range map[string]struct {
		old, new string
		ops      []string
		stubs    int
	}{
		"a URL":            {"{url: https://a.example.com}", "{url: https://a.example.com}", nil, 0},
		"another URL":      {"{url: https://a.example.com}", "{url: https://b.example.com}", []string{"update api-backend"}, 0},
		"an archive":       {"{archive: " + archive.Make(t, "1") + "}", "{archive: " + archive.Make(t, "1") + "}", nil, 0},
		"another archive":  {"{archive: " + archive.Make(t, "1") + "}", "{archive: " + archive.Make(t, "2") + "}", []string{"replace api-permission", "replace products-function", "update api-backend"}, 0},
		"a missing one":    {"{archive: no/such.zip, deletionProtection: true}", "{archive: no/such.zip, deletionProtection: true}", nil, 2},
		"two missing ones": {"{archive: no/such.zip}", "{archive: /no/other.zip}", []string{"replace api-permission", "replace products-function", "update api-backend"}, 2},
		"protection":       {"{}", "{deletionProtection: true}", []string{"update products-table"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTrier(t, (*program.Plan).Deploy)
			d := x.diffOf(with(row.old), with(row.new))
			assert.Zero(t, d.Access.ExitCode())
			assert.Equal(t, append([]string{}, row.ops...), ops(d), d.text())
			assert.Equal(t, row.stubs, strings.Count(x.log.String(), "does not exist: a stub takes its place\n"), x.log.String())
			assert.Equal(t, row.stubs, strings.Count(x.log.String(), "\n"), "one line each")
			require.NoError(t, x.close())
			if row.stubs > 0 {
				assert.NoDirExists(t, x.stubs)
			}
		})
	}
}

// TestDiffOfRoutes changes backends and limits of routes. These changes do not affect who can
// call what. Functions and archives may exist on AWS even if they do not exist here.
func TestDiffOfRoutes(t *testing.T) {
	with := func(route string) string {
		return strings.Replace(base, "GET /x: {}", "GET /x: "+route, 1) + "  backend: {url: https://a.example.com}\n"
	}
	const function = `{backend: {functionArn: "arn:aws:lambda:us-east-1:999988887777:function:f:live"}}`
	of := func(op, backend string) []string {
		return []string{op + " api-backend-" + backend, op + " api-permission-" + backend}
	}
	const arn = "arn:aws:lambda:us-east-1:999988887777:function:f:live"
	for name, row := range map[string]struct {
		old, new string
		ops      []string
	}{
		"a limit":         {"{}", "{throttle: {rateLimit: 1, burstLimit: 2}}", []string{"update api-stage"}},
		"another limit":   {"{throttle: {rateLimit: 1, burstLimit: 2}}", "{throttle: {rateLimit: 1, burstLimit: 3}}", []string{"update api-stage"}},
		"a URL":           {"{}", "{backend: {url: https://b.example.com}}", []string{"create api-backend-https://b.example.com", "update api-GET /x"}},
		"a function":      {"{}", function, append(of("create", arn), "update api-GET /x")},
		"the same":        {function, function, nil},
		"a missing file":  {"{backend: {archive: no/such.zip}}", "{backend: {archive: no/such.zip}}", nil},
		"from a function": {function, "{}", append(of("delete", arn), "update api-GET /x")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTrier(t, (*program.Plan).Deploy).diffOf(with(row.old), with(row.new))
			assert.Equal(t, stackdiff.None, d.Access.Result)
			assert.Equal(t, append([]string{}, row.ops...), ops(d), d.text())
		})
	}
}

// TestDiffOfProjects has projects whose names, defaults and stacks differ.
func TestDiffOfProjects(t *testing.T) {
	x := newTrier(t, (*program.Plan).Deploy)
	x.write("old/Pulumi.yaml", "name: shop\nruntime: go\nconfig:\n  stageName: {type: string, default: beta}\n  aws:region: {value: eu-west-1}\n")
	old := x.write("old/Pulumi.test.yaml", "config: {shop:routes: {GET /x: {}}, backend: {url: https://a.example.com}}\n")
	new := x.write("Pulumi.dev.yaml", "config: {aws:region: eu-west-1, routes: {GET /x: {}}, backend: {url: https://a.example.com}}\n")
	d, err := x.compare(t.Context(), old, new, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"replace api-stage"}, ops(d), d.text())
	for _, change := range d.Resources {
		assert.Contains(t, string(change.URN), "urn:pulumi:dev::iam-secured-api::")
	}
}

// TestDiffOfSnapshots compares with a deployment by another version of the program,
// which has one more user.
func TestDiffOfSnapshots(t *testing.T) {
	before := newTrier(t, func(plan *program.Plan, ctx *pulumi.Context) error {
		if _, err := iam.NewUser(ctx, "old-user", &iam.UserArgs{Name: pulumi.String("old")}); err != nil {
			return err
		}
		return plan.Deploy(ctx)
	})
	var text bytes.Buffer
	require.NoError(t, before.writeSnapshot(t.Context(), before.write("Pulumi.dev.yaml", base), nil, &text))
	assert.Equal(t, 1, strings.Count(text.String(), "\n"), "one line")

	for _, name := range []string{"dev", "other"} {
		x := newTrier(t, (*program.Plan).Deploy)
		snapshot, new := x.write("snapshot.json", text.String()), x.write("Pulumi."+name+".yaml", strings.Replace(base, "ann: {groups: [Readers]}, ", "", 1))
		d, err := x.compare(t.Context(), snapshot, new, nil)
		require.NoError(t, err)
		assert.Equal(t, []string{"delete ann-user", "delete old-user", "update Readers-members"}, ops(d), d.text())
		assert.Equal(t, stackdiff.ExitLosses, d.Access.ExitCode())

		d, err = x.compare(t.Context(), stackdiff.StandardInput, new, bytes.NewReader(text.Bytes()))
		require.NoError(t, err)
		assert.Contains(t, ops(d), "delete old-user", "from standard input")
	}
}

// TestDiffOfEveryKind adds a role of each kind to a stack, and changes kinds. A snapshot
// of the stack is compared like its file.
func TestDiffOfEveryKind(t *testing.T) {
	const without = "config:\n  routes: {GET /products: {}, POST /products: {}}\n  backend: {url: https://backend.example.com}\n"
	with := without + strings.ReplaceAll(stacks.EveryKind, "\n", "\n  ")
	const tasks, sisters = "trust: {service: ecs-tasks}", "trust: {organization: o-a1b2c3d4e5}"
	const pod = "podIdentity: {cluster: main, namespace: shop, serviceAccount: catalog}"
	const pool = `identityPool: {id: "us-east-1:0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f", authenticated: true}`
	for _, text := range []string{tasks, sisters, pod, pool, "role/task"} {
		require.Contains(t, with, text)
	}
	changed := strings.NewReplacer(tasks, sisters, sisters, tasks, pod, pool, pool, pod, "role/task", "role/other").Replace(with)

	x := newTrier(t, (*program.Plan).Deploy)
	d := x.diffOf(without, with)
	assert.Equal(t, stackdiff.ExitGains, d.Access.ExitCode())
	assert.Equal(t, []string{
		"create admin-invoke", "create catalog-role", "create checkout-role", "create ci-role",
		"create oidc-token.actions.githubusercontent.com", "create partner-role", "create products-reader-profile",
		"create products-reader-role", "create readOnly-invoke", "create shoppers-role", "create sisters-role",
		"create staff-invoke", "create staff-invoke-1", "create watch-calls", "create watch-errors", "create watch-external-access",
		"create watch-refusals", "create watch-refused", "create watch-refused-filter", "create watch-serverErrors",
		"create watch-throttled", "create watch-throttled-filter", "update api-api",
	}, ops(d))
	for _, role := range []string{"catalog", "checkout", "ci", "partner", "products-reader", "shoppers", "sisters"} {
		assert.Contains(t, d.text(), "+ role/"+role+" may now be assumed by ")
	}
	assert.Contains(t, d.text(), "+ permission sets with /api/Staff and role/task may now call GET /products, POST /products\n")

	var snapshot bytes.Buffer
	require.NoError(t, x.writeSnapshot(t.Context(), x.write("Pulumi.new.yaml", with), nil, &snapshot))
	for _, old := range []string{with, snapshot.String()} {
		d = x.diffOf(old, with)
		assert.Zero(t, d.Access.ExitCode(), d.text())
		assert.Empty(t, d.Resources)
		d = x.diffOf(old, changed)
		assert.Equal(t, stackdiff.ExitGains, d.Access.ExitCode())
		assert.Equal(t, []string{"update catalog-role", "update checkout-role", "update shoppers-role", "update sisters-role"}, ops(d))
		for _, role := range []string{"catalog", "checkout", "shoppers", "sisters"} {
			assert.Contains(t, d.text(), "+ role/"+role+" may now be assumed by ")
			assert.Contains(t, d.text(), "- role/"+role+" may no longer be assumed by ")
		}
		assert.Contains(t, d.text(), "+ role/other may now call ")
		assert.Contains(t, d.text(), "- role/task may no longer call ")
	}
}

// TestDiffOfTokens changes routes and authorizers of a stack, and of its snapshot.
func TestDiffOfTokens(t *testing.T) {
	const tokens = `config:
  aws:region: us-east-1
  backend: {url: https://backend.example.com}
  authorizers: {customers: {issuer: "https://issuer.example.com", audiences: [shop]}}
  routes: {GET /x: {authorization: customers, scopes: [read]}, POST /x: {}}
  policies: {admin: {allow: ["*"]}}
  groups: {Admins: {policies: [admin]}}
  users: {bob: {groups: [Admins]}}
`
	const scoped = "{authorization: customers, scopes: [read]}"
	const getRoute, authorizer = "update api-GET /x", "update api-authorizer-customers"
	renamed := []string{"create api-authorizer-clients", "delete api-authorizer-customers", getRoute}
	x := newTrier(t, (*program.Plan).Deploy)
	var snapshot bytes.Buffer
	require.NoError(t, x.writeSnapshot(t.Context(), x.write("Pulumi.new.yaml", tokens), nil, &snapshot))
	for name, row := range map[string]struct {
		from, to string // in tokens
		code     int
		ops      []string
		says     []string // lines about access
	}{
		"nothing": {"config", "config", 0, []string{}, []string{"Nothing changes in who can call what."}},
		"a route moves to tokens": {"POST /x: {}", "POST /x: {authorization: customers}", stackdiff.ExitGains, []string{"delete api-backend", "update api-POST /x"},
			[]string{"  + token/customers may now call POST /x", "  - user/bob may no longer call POST /x"}},
		"a route moves to IAM": {scoped, "{}", stackdiff.ExitGains, []string{"delete api-token-backend", getRoute},
			[]string{"  + user/bob may now call GET /x", "  - token/customers may no longer call GET /x if the token has scope read"}},
		"a route is opened": {scoped, "{authorization: none}", stackdiff.ExitGains,
			[]string{"create api-open-backend", "delete api-token-backend", getRoute},
			[]string{"  + anyone may now call GET /x"}},
		"another scope": {"[read]", "[write]", stackdiff.ExitGains, []string{getRoute},
			[]string{"  ~ token/customers may call GET /x if the token has scope write; until now if the token has scope\n      read"}},
		"one more audience": {"[shop]", "[shop, app]", stackdiff.ExitGains, []string{authorizer},
			[]string{`  + token/customers may now be from https://issuer.example.com, with the audience "app"`}},
		"another audience": {"[shop]", "[app]", stackdiff.ExitGains, []string{authorizer},
			[]string{`  - token/customers may no longer be from https://issuer.example.com, with the audience "shop"`}},
		"another issuer": {"issuer.example.com", "login.example.com", stackdiff.ExitGains, []string{authorizer},
			[]string{`  + token/customers may now be from https://login.example.com, with the audience "shop"`}},
		"another name": {"customers", "clients", 0, renamed, []string{"Nothing changes in who can call what."}},
		"another name and issuer": {`customers: {issuer: "https://issuer.example.com"`, `clients: {issuer: "https://login.example.com"`, stackdiff.ExitGains, renamed,
			[]string{`  + token/clients may now be from https://login.example.com, with the audience "shop"`}},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.ReplaceAll(tokens, row.from, row.to)
			if strings.Contains(changed, "clients: {") {
				changed = strings.ReplaceAll(changed, "customers", "clients") // in the routes, too
			}
			for _, old := range []string{tokens, snapshot.String()} {
				d := x.diffOf(old, changed)
				assert.Equal(t, row.code, d.Access.ExitCode(), d.text())
				assert.Equal(t, row.ops, ops(d))
				for _, line := range row.says {
					assert.Contains(t, d.text(), "\n"+line+"\n")
				}
			}
		})
	}
}

func TestSnapshotHasNoSecret(t *testing.T) {
	x := newTrier(t, (*program.Plan).Deploy)
	file, err := x.read(x.write("Pulumi.dev.yaml", base), []byte(base))
	require.NoError(t, err)
	s, err := x.deploy(t.Context(), file)
	require.NoError(t, err)
	keys, err := secretKeys(s.Cloud.Account("111122223333"))
	require.NoError(t, err)
	require.Len(t, keys, 1, "bob's")
	text, err := json.Marshal(s)
	require.NoError(t, err)
	assert.NotContains(t, string(text), string(keys[0]))
	read, is, err := readSnapshot(text)
	require.NoError(t, err)
	require.True(t, is)
	for _, found := range reSecret.FindAllSubmatch(read.State.Deployment, -1) {
		value, err := base64.StdEncoding.DecodeString(string(found[1]))
		require.NoError(t, err)
		assert.NotContains(t, string(value), string(keys[0]))
		assert.Contains(t, string(value), secretValue)
	}
}

// TestDiffJSON requires one object, with the resources and the output of
// `access diff -json`.
func TestDiffJSON(t *testing.T) {
	x := newTrier(t, (*program.Plan).Deploy)
	old, new := x.write("Pulumi.old.yaml", base), x.write("Pulumi.new.yaml", strings.Replace(base, "prod", "live", 1))
	var out bytes.Buffer
	code, err := x.diff(t.Context(), old, new, nil, &out, true)
	require.NoError(t, err)
	assert.Zero(t, code)
	var printed struct {
		Resources []map[string]any
		Access    map[string]any
	}
	decoder := json.NewDecoder(&out)
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&printed))
	require.Len(t, printed.Resources, 4)
	assert.Equal(t, map[string]any{
		"op": "replace", "type": "aws:apigatewayv2/stage:Stage", "name": "api-stage", "component": "HttpApi api", "keys": []any{"name"},
		"urn": "urn:pulumi:new::iam-secured-api::iam-secured-api:components:HttpApi$aws:apigatewayv2/stage:Stage::api-stage",
	}, printed.Resources[0])
	want, err := json.Marshal(x.diffOf(base, base).Access)
	require.NoError(t, err)
	got, err := json.Marshal(printed.Access)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(got))

	out.Reset()
	_, err = x.diff(t.Context(), old, old, nil, &out, true)
	require.NoError(t, err)
	assert.Contains(t, out.String(), `"resources": [],`)
}

// TestWarnings requires a line for each thing that is not read or left out.
func TestWarnings(t *testing.T) {
	x := newTrier(t, (*program.Plan).Deploy)
	d := x.diffOf(base, "environment: [a]\n"+strings.Replace(base, "tags: {team: shop}", "tags: {team: {secure: v1:abc}}\n  aws:profile: prod\n  aws:defaultTags: {tags: {a: b}}\n  other:key: {secure: v1:abc}\n  other:apiName: x", 1))
	assert.Equal(t, stackdiff.ExitGains, d.Access.ExitCode(), "an environment may gain anything")
	lines := strings.Split(strings.TrimSpace(x.log.String()), "\n")
	require.Len(t, lines, 5, "%q", lines)
	for i, says := range []string{
		`"other:apiName" is not read`, "names an environment, which is not read",
		" tags: holds a secret, which cannot be read here: it is left out", " other:key: holds a secret, which cannot be read here: it is left out",
		"aws:defaultTags, aws:profile: left out",
	} {
		assert.True(t, strings.HasPrefix(lines[i], "sandbox: "+filepath.Join(x.dir, "Pulumi.new.yaml")+": "), lines[i])
		assert.Contains(t, lines[i], says)
	}
	assert.NotContains(t, d.text(), "v1:abc")
}

// TestInvalidFiles requires all problems of both files, one per line.
func TestInvalidFiles(t *testing.T) {
	for name, row := range map[string]struct {
		old, new string
		says     []string
	}{
		"both": {"config: {route: {}, users: 1}", strings.Replace(base, "[readOnly]", "[readWrite]", 2), []string{
			`Pulumi.old.yaml: 2 problems in the stack's configuration:`, `  route: {} is under an unknown key (did you mean routes?)`, `  users: 1 must be a map`,
			`Pulumi.new.yaml: 2 problems in the stack's configuration:`, `  groups.Readers.policies[0]: "readWrite" is not declared`, `  roles.worker.policies[0]: "readWrite"`,
		}},
		"YAML":          {"config: [", base, []string{"Pulumi.old.yaml: invalid YAML file: "}},
		"a secret":      {base, base + "  permissionsBoundary: {secure: v1:abc}\n", []string{"Pulumi.new.yaml: permissionsBoundary: holds a secret"}},
		"a backend":     {base, base + "  backend: {archive: 1}\n", []string{"Pulumi.new.yaml: 1 problem in the stack's configuration:", "  backend.archive: "}},
		"no archive":    {base, base + "  backend: {archive: main.go}\n", []string{"Pulumi.new.yaml: 1 problem", "must be a zip file"}},
		"a partition":   {strings.Replace(base, "us-east-1", "us-gov-west-1", 1), base, []string{"Pulumi.old.yaml: ", "us-gov-west-1", "not model"}},
		"two snapshots": {`{"snapshotVersion": 1}`, `{"snapshotVersion": 1}`, []string{"Pulumi.old.yaml: the snapshot cannot be read", "Pulumi.new.yaml: must be a stack config file, not a snapshot"}},
		"a version":     {`{"snapshotVersion": 2}`, base, []string{"Pulumi.old.yaml: snapshotVersion: 2 is another version's; accepted is 1"}},
		"a cut one":     {`{"snapshotVersion": 1, "state": {}, "cloud": {}}`, base, []string{"Pulumi.old.yaml: the snapshot cannot be read: "}},
		"settings":      {`{"snapshotVersion": 1, "settings": {"route": "{}"}, "state": {"version": 3, "deployment": {}}, "cloud": {"Accounts": {"111122223333": {}, "444455556666": {}}}}`, base, []string{"Pulumi.old.yaml: 1 problem in the stack's configuration:"}},
		"a state":       {`{"snapshotVersion": 1, "project": "a", "stack": "b", "settings": {"routes": "{\"GET /x\":{}}"}, "state": {"version": 3}, "cloud": {"Accounts": {"111122223333": {}, "444455556666": {}}}}`, base, []string{"Pulumi.old.yaml: the snapshot cannot be read: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTrier(t, (*program.Plan).Deploy)
			var out bytes.Buffer
			_, err := x.diff(t.Context(), x.write("Pulumi.old.yaml", row.old), x.write("Pulumi.new.yaml", row.new), nil, &out, false)
			require.Error(t, err)
			rest := strings.ReplaceAll(err.Error(), x.dir+"/", "")
			for _, says := range row.says {
				before, after, found := strings.Cut(rest, says)
				require.True(t, found, "%q in %q of %q", says, rest, err)
				assert.True(t, before == "" || !strings.HasPrefix(says, "Pulumi.") || strings.HasSuffix(before, "\n"), "%q begins a line", says)
				rest = after
			}
			assert.Empty(t, out.String())
			assert.NotContains(t, err.Error(), "v1:abc")
		})
	}
	x := newTrier(t, (*program.Plan).Deploy)
	_, err := x.compare(t.Context(), "none.yaml", filepath.Join(x.dir, "none.yaml"), nil)
	assert.ErrorContains(t, err, "none.yaml: no such file")
}
