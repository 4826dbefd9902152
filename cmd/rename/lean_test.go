package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// whole is a small module with a sandbox, and each way to use or name it.
var whole = map[string]string{
	"go.mod":  "module shop-api\n\ngo 1.25.0\n",
	"main.go": "package main\n\nimport \"shop-api/internal/shop\"\n\nfunc main() { shop.Open() }\n",
	"internal/shop/shop.go": "package shop\n\n// <!-- sandbox -->\nimport _ \"shop-api/internal/sandbox/cloud\"\n\n// <!-- /sandbox -->\n\n" +
		"// Open opens.\nfunc Open() {}\n",
	"internal/sandbox/cloud/a.go":   "package cloud\n\n// Small or large.\nconst A = 1\n",
	"cmd/sandbox/main.go":           "package main\n\nimport _ \"shop-api/internal/sandbox/cloud\"\n\nfunc main() {}\n",
	"tests/harness/h.go":            "package harness\n\nimport _ \"shop-api/internal/sandbox/cloud\"\n",
	"tests/edits/all/edits_test.go": "//go:build sweep\n\npackage all\n\nimport _ \"shop-api/tests/harness\"\n",
	"tests/edits/testdata/x":        "x",
	"tests/plain/plain_test.go":     "package plain\n\nimport _ \"shop-api/internal/shop\"\n",
	"docs/sandbox.md":               "# The sandbox\n",
	"Pulumi.sandbox.yaml":           "config: {}\n",
	"README.md":                     "# Shop\n\n<!-- sandbox -->\n\nRun `go run ./cmd/sandbox`.\n\n<!-- /sandbox -->\n\n## Use\n",
	"GUIDE.md":                      "| a |\n<!-- sandbox -->\n| docs/sandbox.md |\n<!-- /sandbox -->\n| b |\n",
	"CHANGES.md":                    "One.\nAdded cmd/sandbox.\n",
	".ci/run":                       "step vet\n# <!-- sandbox -->\nstep sandbox\n# <!-- /sandbox -->\nstep done\n",
	".ci/cli":                       "go run ./cmd/sandbox\n",
	"Pulumi.yaml":                   "quickstart: |\n  Read.\n\n  To try it: go run ./cmd/sandbox\n\n  Rename.\n",
	"cmd/rename/main.go": "package main\n\nimport \"fmt\"\n\nfunc main() {\n\t// <!-- sandbox -->\n\tlean()\n\t// <!-- /sandbox -->\n\n" +
		"\tfmt.Println()\n}\n",
	"cmd/rename/lean.go":  "package main\n\nfunc lean() {}\n",
	"tools/pulumi/go.mod": "module tools\n",
	"bin/shop-api":        "\x00cmd/sandbox",
}

// trimmed is what remains without the sandbox.
var trimmed = map[string]string{
	"go.mod":                    whole["go.mod"],
	"main.go":                   whole["main.go"],
	"internal/shop/shop.go":     "package shop\n\n// Open opens.\nfunc Open() {}\n",
	"tests/plain/plain_test.go": whole["tests/plain/plain_test.go"],
	"README.md":                 "# Shop\n\n## Use\n",
	"GUIDE.md":                  "| a |\n| b |\n",
	"CHANGES.md":                whole["CHANGES.md"],
	".ci/run":                   "step vet\nstep done\n",
	"Pulumi.yaml":               "quickstart: |\n  Read.\n\n  Rename.\n",
	"cmd/rename/main.go":        "package main\n\nimport \"fmt\"\n\nfunc main() {\n\n\tfmt.Println()\n}\n",
	"bin/shop-api":              whole["bin/shop-api"],
}

func TestLean(t *testing.T) {
	dir := writeAll(t, whole)
	out, err := run(t, dir, "-lean")
	require.NoError(t, err)
	assert.Equal(t, trimmed, read(t, dir))
	for _, line := range []string{
		"removed internal/sandbox\n", "removed tests/edits\n", "removed tests/harness\n", "changed .ci/run\n",
		"still names the sandbox: CHANGES.md:2: Added cmd/sandbox.\n",
	} {
		assert.Contains(t, out, line)
	}
	assert.Equal(t, 1, strings.Count(out, "still names"))

	_, err = run(t, dir, "-lean")
	require.ErrorContains(t, err, "no sandbox")
	assert.Equal(t, trimmed, read(t, dir))
}

// TestLeanTidies requires that the dependencies of the sandbox are removed from
// go.mod.
func TestLeanTidies(t *testing.T) {
	files := with(whole, map[string]string{
		"go.mod":                      whole["go.mod"] + "\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => ./dep\n",
		"dep/go.mod":                  "module example.com/dep\n",
		"dep/dep.go":                  "package dep\n",
		"internal/sandbox/cloud/a.go": "package cloud\n\nimport _ \"example.com/dep\"\n",
	})
	dir := writeAll(t, files)
	_, err := run(t, dir, "-lean")
	require.NoError(t, err)
	assert.NotContains(t, read(t, dir)["go.mod"], "require")
}

func TestLeanRenamesToo(t *testing.T) {
	dir := writeAll(t, whole)
	_, err := run(t, dir, "-lean", "example.com/zoo")
	require.NoError(t, err)
	files := read(t, dir)
	assert.Equal(t, "module example.com/zoo\n\ngo 1.25.0\n", files["go.mod"])
	assert.Contains(t, files["main.go"], `"example.com/zoo/internal/shop"`)
	assert.Len(t, files, len(trimmed))
}

// TestLeanRefuses checks what is refused before anything is removed.
func TestLeanRefuses(t *testing.T) {
	for _, row := range []struct {
		name  string
		files map[string]string
		args  []string
		says  string
	}{
		{"two paths", nil, []string{"a.io/b", "a.io/c"}, "one argument"},
		{"a wrong path", nil, []string{"a.io//b"}, "a.io//b"},
		{"a package outside tests", map[string]string{"internal/shop/x_test.go": whole["tests/harness/h.go"]}, nil, "internal/shop/x_test.go imports"},
		{"a file at the top of tests", map[string]string{"tests/x_test.go": whole["tests/harness/h.go"]}, nil, "tests/x_test.go imports"},
		{"a block that does not end", map[string]string{"a.md": "a\n" + blockBegin + "\n"}, nil, "a.md:2"},
		{"a block in a block", map[string]string{"a.md": strings.Repeat(blockBegin+"\n", 2) + blockEnd + "\n"}, nil, "a.md:2"},
		{"an end without a block", map[string]string{"a.md": blockEnd + "\n"}, nil, "a.md:1"},
		{"a broken Go file", map[string]string{"a.go": "package\n"}, nil, "a.go:"},
		{"a broken go.mod", map[string]string{"go.mod": "go 1.25.0\n"}, nil, "go.mod"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := with(whole, row.files)
			dir := writeAll(t, files)
			out, err := run(t, dir, append([]string{"-lean"}, row.args...)...)
			require.ErrorContains(t, err, row.says)
			assert.Empty(t, out)
			assert.Equal(t, files, read(t, dir))
		})
	}
	_, err := run(t, t.TempDir(), "-lean")
	assert.ErrorContains(t, err, "go.mod", "outside a checkout")
}

// TestLeanRefusesUncommittedChanges checks that what Git cannot restore stays.
func TestLeanRefusesUncommittedChanges(t *testing.T) {
	dir := writeAll(t, whole)
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.com"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	git("init", "--quiet")
	_, err := run(t, dir, "-lean")
	require.ErrorContains(t, err, "uncommitted")
	assert.Contains(t, read(t, dir), "cmd/sandbox/main.go")

	git("add", "--all")
	git("commit", "--quiet", "--message", "x")
	_, err = run(t, dir, "-lean")
	require.NoError(t, err)
	assert.NotContains(t, read(t, dir), "cmd/sandbox/main.go")
}
