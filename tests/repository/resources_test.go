//go:build unix

package repository

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAccessDiffOfResources compares what two commits deploy. The program of the
// first one names a log group differently.
func TestAccessDiffOfResources(t *testing.T) {
	sandbox := build(t, "sandbox")
	other := build(t, "sandbox", overlay(t, "components/httpapi.go", `"-access-log"`, `"-log"`))
	newRepo := func(t *testing.T, old string) repo {
		r := newRepo(t, map[string]string{"cmd/sandbox/main.go": "package main\n", "Pulumi.same.yaml": closed, "Pulumi.tags.yaml": closed})
		r.program("access", "exit 0")
		r.install("sandbox", sandbox)
		r.install("old-sandbox", old)
		return r
	}
	t.Run("stack files", func(t *testing.T) {
		t.Parallel()
		r := newRepo(t, sandbox)
		r.commit(nil)
		_, outputs, _ := r.accessDiff()
		assert.Equal(t, "none", outputs["result"])

		r.commit(map[string]string{"Pulumi.tags.yaml": tagged})
		report, outputs, code := r.accessDiff()
		assert.Zero(t, code, report)
		assert.Equal(t, "resources", outputs["result"])
		requireSays(t, report, map[string]string{"Pulumi.same.yaml": "\nNothing changes on AWS.\n", "Pulumi.tags.yaml": "+ tags: {"})
		requireSays(t, report, map[string]string{"Pulumi.tags.yaml": "Nothing changes in who can call what."})
		assert.NotContains(t, report, "The new program deploys")

		r.commit(map[string]string{"Pulumi.same.yaml": open})
		report, outputs, _ = r.accessDiff()
		assert.Equal(t, "gains", outputs["result"])
		requireSays(t, report, map[string]string{"Pulumi.same.yaml": `"AWS_IAM" => "NONE"`})
		requireSays(t, report, map[string]string{"Pulumi.same.yaml": "+ anyone"})
	})
	t.Run("code", func(t *testing.T) {
		t.Parallel()
		r := newRepo(t, other)
		r.commit(nil)
		report, outputs, code := r.accessDiff()
		assert.Zero(t, code, report)
		assert.Equal(t, "resources", outputs["result"])
		requireSays(t, report, map[string]string{"Pulumi.same.yaml": "\nDeleted:\n  aws:cloudwatch/logGroup:LogGroup api-log\n"})
		requireSays(t, report, map[string]string{"Pulumi.same.yaml": "Nothing changes in who can call what."})
	})
}

// overlay returns a flag with which go build sees an edited file.
func overlay(t *testing.T, file, old, new string) string {
	text := readFile(t, inCheckout(t, file))
	require.Contains(t, text, old)
	edited, list := filepath.Join(t.TempDir(), "edited.go"), filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(edited, []byte(strings.Replace(text, old, new, 1)), 0o600))
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{inCheckout(t, file): edited}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(list, replace, 0o600))
	return "-overlay=" + list
}

// TestAccessDiffWithoutSnapshots checks commits whose program deploys nothing
// here, and files that the sandbox cannot deploy.
func TestAccessDiffWithoutSnapshots(t *testing.T) {
	const (
		notes    = "echo \"$1 $2 $3\" >&2; echo 'Nothing changes on AWS.'"
		snapshot = "echo $2"
		cannot   = "as the old program cannot: "
		files    = "diff old/Pulumi.x.yaml Pulumi.x.yaml\n"
		failed   = "The resources cannot be compared:\n"
	)
	for name, row := range map[string]struct {
		sandbox, old string // scripts; without an old one, there is nothing to build
		says         []string
		result       string
	}{
		"no sandbox":   {notes, "none", []string{cannot + "it has no sandbox\n", files}, "none"},
		"no command":   {notes, "exit 2", []string{cannot + "it has no command for that\n", files}, "none"},
		"refused":      {notes, "echo because >&2; exit 1", []string{cannot + "because\n", files}, "none"},
		"not built":    {notes, "", []string{cannot + "it cannot be built: cp: ", files}, "none"},
		"a snapshot":   {notes, snapshot, []string{"diff snapshot.json Pulumi.x.yaml\n"}, "none"},
		"gains":        {"exit 11", snapshot, nil, "gains"},
		"losses":       {"exit 10", snapshot, nil, "losses"},
		"not deployed": {"echo not modelled >&2; exit 1", snapshot, []string{failed + "\nnot modelled\n\n", "access diff old/Pulumi.x.yaml new/Pulumi.x.yaml"}, "losses"},
		"a crash":      {"exit 2", snapshot, []string{failed, "access diff"}, "losses"},
		"a fence":      {"echo ~~~~~; echo '  ~~~~~~'; echo 'Nothing changes on AWS.'", snapshot, []string{"    ~~~~~\n      ~~~~~~\n"}, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"Pulumi.x.yaml": closed}
			if row.old != "none" {
				files["cmd/sandbox/main.go"] = "package main\n"
			}
			r := newRepo(t, files)
			r.program("access", `case $1 in diff) echo "access $*"; exit 10 ;; esac`)
			r.program("sandbox", row.sandbox)
			if row.old != "" {
				r.program("old-sandbox", row.old)
			}
			r.commit(nil)
			report, outputs, code := r.accessDiff()
			assert.Zero(t, code, report)
			assert.Equal(t, row.result, outputs["result"], report)
			rest := report
			for _, says := range row.says {
				_, after, found := strings.Cut(rest, says)
				assert.True(t, found, "%q in %q", says, report)
				rest = after
			}
			assert.Equal(t, 1, strings.Count(report, "\n~~~~~\n"), report)
		})
	}
}

// TestAccessDiffBuilds has the script build small programs of the checkout and of
// the commit, which print what they are.
func TestAccessDiffBuilds(t *testing.T) {
	program := func(name string) string {
		return `package main

import (
	"fmt"
	"os"
)

func main() {
	if os.Args[1] == "diff" {
		text, _ := os.ReadFile(os.Args[2])
		fmt.Printf("%s", text)
	}
	fmt.Println("` + name + `", os.Args[1])
}
`
	}
	r := newRepo(t, map[string]string{"Pulumi.x.yaml": closed,
		"cmd/access/main.go": program("old access"), "cmd/sandbox/main.go": program("old sandbox")})
	require.NoError(t, os.Remove(filepath.Join(r.bin, "go")))
	r.commit(map[string]string{"cmd/access/main.go": program("new access"), "cmd/sandbox/main.go": program("new sandbox")})
	report, _, code := r.accessDiff()
	assert.Zero(t, code, report)
	assert.Equal(t, map[string]string{"Pulumi.x.yaml": "old sandbox snapshot\nnew sandbox diff"}, sections(report))
}
