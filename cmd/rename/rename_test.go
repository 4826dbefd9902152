package main

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checkout is a small module with package paths, and other texts that contain its
// name.
var checkout = map[string]string{
	"go.mod": "module shop-api\n\ngo 1.25.0\n\nrequire example.com/dep v1.2.3\n",
	"main.go": `// Command shop-api sells.
package main

import (
	"fmt"

	"example.com/dep"
	kinds "shop-api/components"
	"shop-api/internal/deep/down"
)

const token = "shop-api:components:Shop" // a type

func main() { fmt.Println(dep.X, kinds.X, down.X, token) }
`,
	"components/c.go":          "package components\n\n// X is in shop-api/components. See shop-api/<tool>/bin.\nconst X = \"shop-api/v1\"\n",
	"internal/deep/down/d.go":  "package down\n\nconst X = 1\n",
	"docs/guide.md":            "`go get shop-api/components@latest`, https://example.com/shop-api/components, my-shop-api/components, shop-api/docs\n",
	"Pulumi.yaml":              "name: shop-api\nruntime:\n  name: go\n  options:\n    buildTarget: bin/shop-api # built\n",
	"tools/x/go.mod":           "module shop-api/tools/x\n",
	"tools/x/x.go":             "package x // shop-api/components\n",
	"bin/shop-api":             "\x00shop-api/components",
	".git/config":              "shop-api/components\n",
	"examples/one/Pulumi.yaml": "runtime:\n  options:\n    buildTarget: ../../bin/shop-api\n",
	"examples/two/go.mod":      "module shop-api/examples/two\n\nrequire shop-api v0.0.0\n\nreplace shop-api => ../..\n",
	"examples/two/two.go":      "package two\n\nimport _ \"shop-api/components\"\n",
}

// renamed lists the files that differ after `rename github.com/acme/zoo/v2`.
var renamed = map[string]string{
	"go.mod": "module github.com/acme/zoo/v2\n\ngo 1.25.0\n\nrequire example.com/dep v1.2.3\n",
	"main.go": `// Command shop-api sells.
package main

import (
	"fmt"

	"example.com/dep"
	kinds "github.com/acme/zoo/v2/components"
	"github.com/acme/zoo/v2/internal/deep/down"
)

const token = "shop-api:components:Shop" // a type

func main() { fmt.Println(dep.X, kinds.X, down.X, token) }
`,
	"components/c.go": "package components\n\n// X is in github.com/acme/zoo/v2/components. See shop-api/<tool>/bin.\nconst X = \"shop-api/v1\"\n",
	"docs/guide.md":   "`go get github.com/acme/zoo/v2/components@latest`, https://example.com/shop-api/components, my-shop-api/components, shop-api/docs\n",
	"Pulumi.yaml":     "name: shop-api\nruntime:\n  name: go\n  options:\n    buildTarget: bin/zoo # built\n",
	"examples/two/go.mod": "module github.com/acme/zoo/v2/examples/two\n\nrequire github.com/acme/zoo/v2 v2.0.0\n\n" +
		"replace github.com/acme/zoo/v2 => ../..\n",
	"examples/two/two.go": "package two\n\nimport _ \"github.com/acme/zoo/v2/components\"\n",
}

func writeAll(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return dir
}

func read(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(content)
		return err
	}))
	return files
}

// with returns the files of a checkout with some replaced or added.
func with(checkout, others map[string]string) map[string]string {
	merged := maps.Clone(checkout)
	maps.Copy(merged, others)
	return merged
}

func run(t *testing.T, dir string, args ...string) (string, error) {
	t.Chdir(dir)
	var out bytes.Buffer
	err := command(args, &out)
	return out.String(), err
}

func TestRename(t *testing.T) {
	dir := writeAll(t, checkout)
	out, err := run(t, dir, "github.com/acme/zoo/v2")
	require.NoError(t, err)
	assert.Equal(t, with(checkout, renamed), read(t, dir))
	assert.Equal(t, "Pulumi.yaml\ncomponents/c.go\ndocs/guide.md\nexamples/two/go.mod\nexamples/two/two.go\nmain.go\ngo.mod\n"+
		"shop-api is now github.com/acme/zoo/v2: 7 files changed\n", out)

	out, err = run(t, dir, "github.com/acme/zoo/v2")
	require.NoError(t, err)
	assert.Equal(t, with(checkout, renamed), read(t, dir))
	assert.NotContains(t, out, ".go")

	_, err = run(t, dir, "shop-api")
	require.NoError(t, err)
	assert.Equal(t, checkout, read(t, dir))
}

// TestRenameToAPathWithTheOldOneInIt checks that no replacement is replaced again.
func TestRenameToAPathWithTheOldOneInIt(t *testing.T) {
	for _, to := range []string{"github.com/acme/shop-api", "shop-api/v2", "shop-api/components", "shop-api/shop-api"} {
		t.Run(to, func(t *testing.T) {
			dir := writeAll(t, checkout)
			_, err := run(t, dir, to)
			require.NoError(t, err)
			files := read(t, dir)
			assert.Contains(t, files["main.go"], `"`+to+`/internal/deep/down"`)
			assert.Contains(t, files["main.go"], `"shop-api:components:Shop"`)
			_, err = run(t, dir, "shop-api")
			require.NoError(t, err)
			assert.Equal(t, checkout, read(t, dir))
		})
	}
}

// TestRenameSortsImports checks a new path that sorts elsewhere in its group.
func TestRenameSortsImports(t *testing.T) {
	mixed := "package main\n\nimport (\n\t\"example.com/dep\"\n\t\"shop-api/components\"\n)\n"
	sorted := "package main\n\nimport (\n\t\"a.io/b/components\"\n\t\"example.com/dep\"\n)\n"
	dir := writeAll(t, with(checkout, map[string]string{"mixed.go": mixed}))
	_, err := run(t, dir, "a.io/b")
	require.NoError(t, err)
	assert.Equal(t, sorted, read(t, dir)["mixed.go"])
	_, err = run(t, dir, "shop-api")
	require.NoError(t, err)
	assert.Equal(t, mixed, read(t, dir)["mixed.go"])
}

// TestRenameContinues checks a second run after one that was interrupted.
func TestRenameContinues(t *testing.T) {
	dir := writeAll(t, checkout)
	t.Chdir(dir)
	r, err := plan("github.com/acme/zoo/v2")
	require.NoError(t, err)
	require.Greater(t, len(r.changes), 3)
	r.changes = r.changes[:3]
	require.NoError(t, apply(r.changes))
	_, err = run(t, dir, "github.com/acme/zoo/v2")
	require.NoError(t, err)
	assert.Equal(t, with(checkout, renamed), read(t, dir))
}

func TestRenameKeepsModes(t *testing.T) {
	dir := writeAll(t, with(checkout, map[string]string{".ci/run": "go vet shop-api/components\n"}))
	script := filepath.Join(dir, ".ci", "run")
	require.NoError(t, os.Chmod(script, 0o755))
	before, err := os.Stat(script)
	require.NoError(t, err)
	_, err = run(t, dir, "a.io/b")
	require.NoError(t, err)
	after, err := os.Stat(script)
	require.NoError(t, err)
	assert.Equal(t, before.Mode(), after.Mode())
	assert.Equal(t, "go vet a.io/b/components\n", read(t, dir)[".ci/run"])
}

func TestBuildTarget(t *testing.T) {
	for _, row := range []struct{ from, to, old, want string }{
		{"a.io/shop", "a.io/zoo", "  buildTarget: bin/shop\n", "  buildTarget: bin/zoo\n"},
		{"a.io/shop/v3", "a.io/zoo", "  buildTarget: \"bin/shop\"\r\n", "  buildTarget: \"bin/zoo\"\r\n"},
		{"a.io/shop", "gopkg.in/zoo.v1", "  buildTarget: 'bin/shop'", "  buildTarget: 'bin/zoo'"},
		{"a.io/shop", "a.io/zoo", "  buildTarget: bin/shop2\n", "  buildTarget: bin/shop2\n"},
		{"a.io/shop", "a.io/zoo", "  buildTarget: bin/other\n", "  buildTarget: bin/other\n"},
		{"a.io/shop", "a.io/zoo", "# buildTarget: bin/shop\n", "# buildTarget: bin/shop\n"},
		{"a.io/shop", "a.io/zoo", "  options: {}\n", "  options: {}\n"},
	} {
		r := renaming{from: row.from, to: row.to}
		assert.Equal(t, row.want, string(r.rewriteTarget([]byte(row.old))))
	}
}

// TestErrorsChangeNothing checks what is refused before anything is written.
func TestErrorsChangeNothing(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		args  []string
	}{
		{"no path", nil, nil},
		{"two paths", nil, []string{"a.io/b", "a.io/c"}},
		{"an empty path", nil, []string{""}},
		{"a space", nil, []string{"a.io/my shop"}},
		{"a slash at the end", nil, []string{"a.io/b/"}},
		{"a folder", nil, []string{"../shop"}},
		{"a flag", nil, []string{"-v"}},
		{"a letter outside ASCII", nil, []string{"a.io/größe"}},
		{"version one", nil, []string{"a.io/b/v1"}},
		{"no version where there must be one", nil, []string{"gopkg.in/b"}},
		{"the standard library", nil, []string{"fmt"}},
		{"the go command's own", nil, []string{"cmd/shop"}},
		{"a pattern", nil, []string{"all"}},
		{"a module that this one requires", nil, []string{"example.com/dep"}},
		{"a broken Go file", map[string]string{"broken.go": "package main\n\nimport \"shop-api/components\"\n\nfunc {\n"}, []string{"a.io/b"}},
		{"a broken go.mod", map[string]string{"go.mod": "module\n"}, []string{"a.io/b"}},
		{"a go.mod without a module", map[string]string{"go.mod": "go 1.25.0\n"}, []string{"a.io/b"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := writeAll(t, with(checkout, row.files))
			out, err := run(t, dir, row.args...)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "\n")
			assert.Empty(t, out)
			assert.Equal(t, with(checkout, row.files), read(t, dir))
		})
	}
}

func TestOutsideACheckout(t *testing.T) {
	_, err := run(t, t.TempDir(), "a.io/b")
	assert.ErrorContains(t, err, "go.mod")
}

// TestFailedWriteIsUndone replaces a file to write with a folder.
func TestFailedWriteIsUndone(t *testing.T) {
	dir := writeAll(t, checkout)
	t.Chdir(dir)
	r, err := plan("a.io/b")
	require.NoError(t, err)
	require.NoError(t, os.Remove("go.mod"))
	require.NoError(t, os.Mkdir("go.mod", 0o755))
	require.Error(t, apply(r.changes))
	want := maps.Clone(checkout)
	delete(want, "go.mod")
	assert.Equal(t, want, read(t, dir))
}
