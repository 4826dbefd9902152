package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
	"iam-secured-api/tests/stacks"
)

// small is a stack config file.
const small = `config:
  aws:region: us-east-1
  routes: {GET /x: {}, POST /x: {}}
  policies:
    readOnly: {allow: [GET /x]}
    admin: {allow: [GET /x, POST /x]}
  groups: {Readers: {policies: [readOnly]}, Admins: {policies: [readOnly, admin]}}
  users: {ann: {groups: [Readers]}, bob: {groups: [Admins]}}
`

// matrixOf runs `matrix -json` and reads what it prints.
func matrixOf(t *testing.T, dir, in string, args ...string) texts {
	t.Helper()
	r := run(t, dir, in, append([]string{"matrix", "-json"}, args...)...)
	require.Zero(t, r.code, r.log)
	assert.Empty(t, r.log)
	var m texts
	require.NoError(t, json.Unmarshal([]byte(r.out), &m))
	return m
}

// TestMatrixIsTheOutput compares the matrix with the program's output, for each
// stack file at the top of the checkout.
func TestMatrixIsTheOutput(t *testing.T) {
	checkout, err := gotool.ModuleRoot()
	require.NoError(t, err)
	recorder.EachShipped(t, func(t *testing.T, file string, shipped recorder.Run) {
		outputs := recorder.Plain(shipped.Must(t, program.Deploy).Outputs)
		want, err := json.Marshal(outputs["accessMatrix"])
		require.NoError(t, err)
		args := []string{file}
		if file == stacks.File("dev") {
			args = nil // the default
		}
		got, err := json.Marshal(matrixOf(t, checkout, "", args...))
		require.NoError(t, err)
		assert.JSONEq(t, string(want), string(got))
	})
}

// TestFormsOfKeys has keys with the project's name, as the CLI writes them, and
// without it.
func TestFormsOfKeys(t *testing.T) {
	prefixed := small
	for _, key := range []string{"routes", "policies", "groups", "users"} {
		prefixed = strings.Replace(prefixed, "\n  "+key+":", "\n  iam-secured-api:"+key+":", 1)
	}
	dir := folder(t, map[string]string{
		"Pulumi.plain.yaml":    small,
		"Pulumi.prefixed.yaml": prefixed,
		"Pulumi.mixed.yaml":    strings.Replace(small, "  users:", "  iam-secured-api:users:", 1),
		"Pulumi.json":          "", // ignored
	})
	want := texts{
		"anyone":   {"GET /x": "deny", "POST /x": "deny"},
		"user/ann": {"GET /x": "allow", "POST /x": "deny"},
		"user/bob": {"GET /x": "allow", "POST /x": "allow"},
	}
	for _, file := range []string{"plain", "prefixed", "mixed"} {
		assert.Equal(t, want, matrixOf(t, dir, "", "Pulumi."+file+".yaml"), file)
		assert.Equal(t, want, matrixOf(t, t.TempDir(), "", filepath.Join(dir, "Pulumi."+file+".yaml")), file)
	}
	assert.Equal(t, want, matrixOf(t, dir, small, "-"), "standard input")
	assert.Equal(t, want, matrixOf(t, dir, "\ufeff"+small, "-"), "with a byte order mark")
}

// TestDefaults takes defaults from the Pulumi.yaml in the file's folder.
func TestDefaults(t *testing.T) {
	project := "name: shop\nruntime: go\nconfig:\n" +
		"  policies: {type: object, default: {all: {allow: ['*']}}}\n" +
		"  groups: {type: object, default: {G: {policies: [all]}}}\n" +
		"  users: {type: object, default: {ann: {groups: [G]}}}\n" +
		"  shop:roles: {value: {worker: {trust: {service: ec2}, policies: [all]}}}\n"
	dir := folder(t, map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": "config: {shop:routes: {GET /x: {}}, other:people: {}}\n"})
	assert.Equal(t, texts{
		"anyone": {"GET /x": "deny"}, "user/ann": {"GET /x": "allow"}, "role/worker": {"GET /x": "allow"},
	}, matrixOf(t, dir, ""))
}

// TestSettingsWithoutAccess has settings that do not affect access: they may be secrets,
// and the archive of a backend need not exist.
func TestSettingsWithoutAccess(t *testing.T) {
	more := "  backend: {archive: no/such/file}\n  tags: {secure: v1:abc}\n  throttle: {secure: v1:abc}\nencryptionsalt: v1:abc\n"
	dir := folder(t, map[string]string{"Pulumi.dev.yaml": small + more})
	assert.Len(t, matrixOf(t, dir, ""), 3)
}

func TestInvalidFiles(t *testing.T) {
	for name, row := range map[string]struct{ text, says string }{
		"empty":                       {"", "routes"},
		"not YAML":                    {"config: [", "yaml"},
		"not a map":                   {"- 1\n", ""},
		"a key twice":                 {small + "  users: {}\n", "users"},
		"both forms":                  {small + "  iam-secured-api:users: {}\n", "users"},
		"a third form":                {small + "  iam-secured-api:config:users: {}\n", "users"},
		"a typo":                      {small + "  user: {}\n", "did you mean users?"},
		"a secret":                    {strings.Replace(small, "users: {", "users: {zoe: {groups: [{secure: v1:abc}]}, ", 1), "users: holds a secret"},
		"a secret, whole":             {small + "  permissionsBoundary: {secure: v1:abc}\n", "permissionsBoundary: holds a secret"},
		"a grant of an unknown route": {strings.Replace(small, "[GET /x]", "[GET /y]", 1), "GET /y"},
		"a throttle of 0":             {small + "  throttle: {rateLimit: 0, burstLimit: 0}\n", `throttle: {"burstLimit":0,"rateLimit":0} must set both limits`},
		"a backend's typo":            {small + "  backend: {lambdaArn: x}\n", "backend.lambdaArn: \"x\" is under an unknown key"},
		"a tag's number":              {small + "  tags: {CostCenter: 4711}\n", "tags.CostCenter: 4711 must be a string"},
		"a former key":                {small + "  instanceRoles: {}\n", "instanceRoles: {} cannot be set: it is from an earlier version; write roles:"},
		"a date for a map":            {small + "  roles: 2026-01-01\n", "roles"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, folder(t, map[string]string{"Pulumi.dev.yaml": row.text}), "", "matrix")
			assert.Equal(t, 1, r.code)
			assert.Empty(t, r.out)
			assert.True(t, strings.HasPrefix(r.log, "access: Pulumi.dev.yaml: "), r.log)
			assert.Contains(t, r.log, row.says)
			assert.NotContains(t, r.log, "v1:abc")
		})
	}
}

func TestInvalidProjects(t *testing.T) {
	dir := t.TempDir()
	r := run(t, dir, small, "matrix", "-")
	assert.Equal(t, 1, r.code)
	assert.Contains(t, r.log, "Pulumi.yaml")
	for _, project := range []string{"", "name: 1", "runtime: go", "name: x\nruntime: go\nconfig: {a:b:c:d: 1}"} {
		r := run(t, folder(t, map[string]string{"Pulumi.yaml": project, "Pulumi.dev.yaml": small}), "", "matrix")
		assert.Equal(t, 1, r.code, project)
		assert.Contains(t, r.log, "Pulumi.yaml", project)
		assert.Equal(t, 1, strings.Count(r.log, "\n"), r.log)
	}
}

// TestEnvironmentIsNotRead requires a warning.
func TestEnvironmentIsNotRead(t *testing.T) {
	r := run(t, folder(t, map[string]string{"Pulumi.dev.yaml": small + "environment: [shop/prod]\n"}), "", "matrix")
	assert.Zero(t, r.code)
	assert.Contains(t, r.log, "environment")
	assert.Contains(t, r.out, "user/ann")
}

// TestOtherPrefixes requires a warning of each key that has another project's prefix,
// even if the file is refused because the keys are missing.
func TestOtherPrefixes(t *testing.T) {
	const stale = "  old-project:throttle: {rateLimit: 5, burstLimit: 5}\n  old-project:tags: {secure: v1:abc}\n  pulumi:tags: {a: b}\n"
	project := strings.Replace(string(stacks.Read(t, stacks.Project)), "\nconfig:\n", "\nconfig:\n  old-project:apiName: {value: x}\n", 1)
	dir := folder(t, map[string]string{
		"Pulumi.yaml":         project,
		"Pulumi.dev.yaml":     small + stale,
		"Pulumi.renamed.yaml": strings.NewReplacer("  routes:", "  old-project:routes:", "  users:", "  old-project:users:").Replace(small),
	})
	warned := func(log, file string) (keys []string) {
		for line := range strings.Lines(log) {
			if key, found := strings.CutPrefix(line, "access: Pulumi."+file+`.yaml: "old-project:`); found {
				key, _, _ = strings.Cut(key, `" is not read`)
				keys = append(keys, key)
			}
		}
		return keys
	}
	stalePrefixes := []string{"apiName", "tags", "throttle"}
	for _, args := range [][]string{{"matrix"}, {"matrix", "-json"}, {"diff", "Pulumi.dev.yaml", "Pulumi.renamed.yaml"}} {
		r := run(t, dir, "", args...)
		assert.Equal(t, stalePrefixes, warned(r.log, "dev"), "%v: %s", args, r.log)
		assert.Equal(t, args[0] == "diff", r.code == 1, r.log)
		assert.NotContains(t, r.out, "old-project")
	}
	r := run(t, dir, "", "matrix", "Pulumi.renamed.yaml")
	assert.Equal(t, 1, r.code)
	assert.Equal(t, []string{"apiName", "routes", "users"}, warned(r.log, "renamed"), r.log)
}

// TestMatrixWarns requires a warning of a path under IAM that anyone may call in part.
func TestMatrixWarns(t *testing.T) {
	opened := strings.Replace(small, "POST /x: {}", "'GET /{p+}': {authorization: none}, POST /admin: {}", 1)
	opened = strings.Replace(opened, "POST /x]", "POST /admin]", 1)
	dir := folder(t, map[string]string{"Pulumi.dev.yaml": opened})
	r := run(t, dir, "", "matrix")
	assert.Zero(t, r.code, r.log)
	assert.Equal(t, 1, strings.Count(r.out, "Warning: "))
	said := strings.Join(strings.Fields(r.out), " ")
	assert.Contains(t, said, "Warning: anyone may call /admin, a path under IAM, with GET: such requests may end at GET /{p+}")
	assert.Len(t, matrixOf(t, dir, ""), 3, "-json has the output and no more")
}
