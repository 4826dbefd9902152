//go:build unix

package repository

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/stacks"
)

// TestAccessJobs: what runs the pull request's code may only read, and what may
// comment gets the report as text.
func TestAccessJobs(t *testing.T) {
	w := readWorkflows(t)["access.yml"]
	assert.Equal(t, []string{"pull_request"}, w.triggers(t))
	assert.Equal(t, permissions{"contents": "read"}, w.Permissions)
	require.Len(t, w.Jobs, 2)

	diff := w.Jobs["diff"]
	assert.True(t, w.forForks(t, diff))
	assert.Nil(t, diff.Permissions)
	assert.Equal(t, "2", diff.Steps[0].With["fetch-depth"], "the commit to compare with")
	assert.Equal(t, ".ci/access-diff", diff.Steps[len(diff.Steps)-1].Run)

	comment := w.Jobs["comment"]
	assert.False(t, w.forForks(t, comment))
	assert.Equal(t, permissions{"contents": "read", "pull-requests": "write"}, comment.Permissions)
	last := comment.Steps[len(comment.Steps)-1]
	assert.Equal(t, ".ci/access-comment", last.Run)
	for _, s := range comment.Steps {
		assert.Contains(t, []string{"", last.Run}, s.Run, "it runs the script alone")
	}
	for name, j := range w.Jobs {
		assert.Positive(t, j.TimeoutMinutes, name)
	}
	for _, name := range []string{"GH_TOKEN", "GH_REPO", "PULL_REQUEST", "RESULT", "REPORT"} {
		assert.Regexp(t, `^\$\{\{ [\w.]+ \}\}$`, last.Env[name], name)
	}
}

// repo is a repository with the script, stack files and a history of its own.
type repo struct {
	t   *testing.T
	dir string
	bin string // a folder with a go command that builds nothing, see fakeGo
}

func newRepo(t *testing.T) repo {
	r := repo{t, t.TempDir(), t.TempDir()}
	script := readFile(t, inCheckout(t, ".ci", "access-diff"))
	r.write("go.mod", "module repo\n\ngo 1.25\n")
	r.write(".ci/access-diff", script)
	require.NoError(t, os.Chmod(filepath.Join(r.dir, ".ci", "access-diff"), 0o755))
	stacks.Replace(t, r.dir)
	r.git("init", "--quiet")
	r.fakeGo()
	return r
}

func (r repo) write(name, text string) {
	path := filepath.Join(r.dir, name)
	require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(r.t, os.WriteFile(path, []byte(text), 0o600))
}

func (r repo) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(r.t.Context(), name, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GITHUB_STEP_SUMMARY=", "GITHUB_OUTPUT=",
		"PATH="+r.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return cmd
}

func (r repo) git(args ...string) {
	out, err := r.command("git", args...).CombinedOutput()
	require.NoError(r.t, err, "%s", out)
}

// commit puts the files into place, removes those without text, and commits.
func (r repo) commit(files map[string]string) {
	for name, text := range files {
		if text == "" {
			require.NoError(r.t, os.Remove(filepath.Join(r.dir, name)))
		} else {
			r.write(name, text)
		}
	}
	r.git("add", "--all")
	r.git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "--allow-empty", "-m", "x")
}

// fakeGo puts a go command into the folder that copies programs which are built
// already: NAME for a command of the checkout, old-NAME for one of the commit.
func (r repo) fakeGo() {
	r.program("go", `case $1 in env) echo "$GOCACHE"; exit ;; esac
case $PWD in */old) from=old-${4##*/} ;; *) from=${4##*/} ;; esac
cp "`+r.bin+`/$from" "$3"`)
}

// program puts a shell script into the folder.
func (r repo) program(name, script string) {
	require.NoError(r.t, os.WriteFile(filepath.Join(r.bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
}

// build builds a command of the checkout and returns the program's path.
func build(t *testing.T, command string, flags ...string) string {
	path := filepath.Join(t.TempDir(), command)
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build"}, flags...), "-o", path, "./cmd/"+command)...)
	cmd.Dir = inCheckout(t)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// install puts programs into the folder, by their names there. A sandbox is part
// of the checkout and of the commit.
func (r repo) install(programs map[string]string) {
	for name, path := range programs {
		require.NoError(r.t, os.Link(path, filepath.Join(r.bin, name)))
		if name == "sandbox" {
			r.write("cmd/sandbox/main.go", "package main\n")
		}
	}
}

// overlay is a flag that has go build the checkout with an edit of a file.
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

// accessDiff runs the script as on GitHub.
func (r repo) accessDiff(args ...string) (report string, outputs map[string]string, code int) {
	cmd := r.command(filepath.Join(r.dir, ".ci", "access-diff"), args...)
	temp := r.t.TempDir()
	summary, output := filepath.Join(r.t.TempDir(), "summary"), filepath.Join(r.t.TempDir(), "output")
	cmd.Env = append(cmd.Env, "GITHUB_STEP_SUMMARY="+summary, "GITHUB_OUTPUT="+output, "TMPDIR="+temp)
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if _, exited := err.(*exec.ExitError); !exited {
		require.NoError(r.t, err)
	}
	outputs = map[string]string{}
	if text, err := os.ReadFile(output); err == nil {
		match := regexp.MustCompile(`(?s)^result=(\w+)\nreport<<([0-9a-f]{32})\n(.*)\n([0-9a-f]{32})\n$`).FindStringSubmatch(string(text))
		require.NotNil(r.t, match, "%s", text)
		require.Equal(r.t, match[2], match[4])
		outputs = map[string]string{"result": match[1], "report": match[3]}
	}
	if text, err := os.ReadFile(summary); err == nil {
		assert.Equal(r.t, string(out), string(text))
	}
	left, err := os.ReadDir(temp)
	require.NoError(r.t, err)
	assert.Empty(r.t, left, "temporary files")
	return string(out) + log.String(), outputs, cmd.ProcessState.ExitCode()
}

// sections are those of a report: what stands between the fences, by file.
func sections(report string) map[string]string {
	of := map[string]string{}
	for _, match := range regexp.MustCompile(`(?s)#### (\S+)\n\n~~~~~text\n(.*?)\n~~~~~\n`).FindAllStringSubmatch(report+"\n", -1) {
		of[match[1]] = match[2]
	}
	return of
}

const (
	backend = ", backend: {url: https://a.example.com}" // needs no build
	closed  = "config: {routes: {GET /x: {}}" + backend + "}\n"
	open    = "config: {routes: {GET /x: {authorization: none}}" + backend + "}\n"
	tagged  = "config: {routes: {GET /x: {}}, tags: {a: b}" + backend + "}\n"
	refused = "config: {route: {}}\n"
)

// hasSandbox reports whether the checkout has one: a fork may have left it behind.
func hasSandbox(t *testing.T) bool {
	_, err := os.Stat(inCheckout(t, "cmd", "sandbox"))
	return err == nil
}

// TestAccessDiff compares what a pull request merges with what it is merged into.
func TestAccessDiff(t *testing.T) {
	programs := map[string]string{"access": build(t, "access")}
	if hasSandbox(t) {
		programs["sandbox"] = build(t, "sandbox")
		programs["old-sandbox"] = programs["sandbox"]
	}
	for name, test := range map[string]func(*testing.T, map[string]string){"files": testFiles, "results": testResults, "code": testCode} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, programs)
		})
	}
}

func testFiles(t *testing.T, programs map[string]string) {
	r := newRepo(t)
	r.install(programs)
	_, _, code := r.accessDiff()
	assert.Equal(t, 1, code, "there is no commit")

	urls := strings.Replace(string(stacks.Read(t, "Pulumi.dev.yaml")), "\n  routes:", "\n  backend: {url: https://a.example.com}\n  routes:", 1)
	r.commit(map[string]string{"Pulumi.dev.yaml": urls, "Pulumi.sandbox.yaml": "", "Pulumi.same.yaml": closed, "Pulumi.wider.yaml": closed,
		"Pulumi.narrower.yaml": open, "Pulumi.gone.yaml": open, "Pulumi.mended.yaml": refused, "Pulumi.tags.yaml": closed})
	r.commit(map[string]string{"Pulumi.wider.yaml": open, "Pulumi.narrower.yaml": closed, "Pulumi.gone.yaml": "", "Pulumi.mended.yaml": open, "Pulumi.new.yaml": open,
		"Pulumi.tags.yaml": tagged, "Pulumi.`x`\n~~~~~.yaml": open})
	report, outputs, code := r.accessDiff()
	assert.Zero(t, code, report)
	assert.Equal(t, "gains", outputs["result"])
	assert.Equal(t, strings.TrimSpace(report), strings.TrimSpace(outputs["report"]))
	of := sections(report)
	for file, says := range map[string]string{
		"Pulumi.dev.yaml": "Nothing changes in who", "Pulumi.same.yaml": "Nothing changes in who", "Pulumi.tags.yaml": "Nothing changes in who",
		"Pulumi.wider.yaml": "+ anyone", "Pulumi.narrower.yaml": "- anyone",
		"Pulumi.gone.yaml": "gone", "Pulumi.new.yaml": "new", "Pulumi.mended.yaml": "old/Pulumi.mended.yaml",
	} {
		assert.Contains(t, of[file], says, file)
	}
	if hasSandbox(t) {
		for file, says := range map[string]string{
			"Pulumi.same.yaml": "\nNothing changes on AWS.\n", "Pulumi.tags.yaml": "+ tags: {", "Pulumi.wider.yaml": `"AWS_IAM" => "NONE"`,
		} {
			assert.Contains(t, of[file], says, file)
		}
		assert.NotContains(t, report, "The new program deploys")
	}
	assert.Len(t, of, 8)
	assert.NotContains(t, report, "`", "a name of a file")

}

// testResults are none, resources if they alone change, losses, and
// gains whatever else changes.
func testResults(t *testing.T, programs map[string]string) {
	r := newRepo(t)
	r.install(programs)
	r.commit(map[string]string{"Pulumi.dev.yaml": "", "Pulumi.sandbox.yaml": "", "Pulumi.x.yaml": open})
	for _, row := range []struct {
		files  map[string]string
		result string
	}{
		{nil, "none"},
		{map[string]string{"Pulumi.x.yaml": closed}, "losses"},
		{map[string]string{"Pulumi.x.yaml": tagged}, map[bool]string{true: "resources", false: "none"}[hasSandbox(t)]},
	} {
		r.commit(row.files)
		report, outputs, code := r.accessDiff()
		assert.Zero(t, code, report)
		assert.Equal(t, row.result, outputs["result"])
	}

	r.commit(map[string]string{"Pulumi.w.yaml": refused})
	report, outputs, code := r.accessDiff("HEAD~3")
	assert.Equal(t, 1, code)
	assert.Empty(t, outputs)
	assert.Contains(t, sections(report)["Pulumi.w.yaml"], "new/Pulumi.w.yaml")
	assert.Contains(t, sections(report)["Pulumi.x.yaml"], "- anyone", "the others are said all the same")
}

// testCode has a commit whose program has another name for a log group.
func testCode(t *testing.T, programs map[string]string) {
	if !hasSandbox(t) {
		t.Skip("there is no sandbox")
	}
	r := newRepo(t)
	programs = maps.Clone(programs)
	programs["old-sandbox"] = build(t, "sandbox", overlay(t, "components/httpapi.go", `"-access-log"`, `"-log"`))
	r.install(programs)
	r.commit(map[string]string{"Pulumi.dev.yaml": "", "Pulumi.sandbox.yaml": "", "Pulumi.same.yaml": closed})
	r.commit(nil)
	report, outputs, code := r.accessDiff()
	assert.Zero(t, code, report)
	assert.Equal(t, "resources", outputs["result"])
	assert.Contains(t, sections(report)["Pulumi.same.yaml"], "\nDeleted:\n  aws:cloudwatch/logGroup:LogGroup api-log\n")
	assert.Contains(t, sections(report)["Pulumi.same.yaml"], "Nothing changes in who can call what.")
}

// TestAccessDiffWithoutSnapshots has commits whose program deploys nothing here,
// and files that the sandbox cannot deploy.
func TestAccessDiffWithoutSnapshots(t *testing.T) {
	const notes = "echo \"$1 $2 $3\" >&2; echo 'Nothing changes on AWS.'"
	for name, row := range map[string]struct {
		sandbox, old string // scripts; empty for none
		says         []string
		result       string
	}{
		"no command":   {notes, "exit 2", []string{"as the old program cannot: it has no command for that\n", "diff old/Pulumi.x.yaml Pulumi.x.yaml\n"}, "none"},
		"refused":      {notes, "echo because >&2; exit 1", []string{"as the old program cannot: because\n", "diff old/Pulumi.x.yaml Pulumi.x.yaml\n"}, "none"},
		"not built":    {notes, "", []string{"as the old program cannot: it cannot be built: cp: ", "diff old/Pulumi.x.yaml Pulumi.x.yaml\n"}, "none"},
		"a snapshot":   {notes, "echo $2", []string{"diff snapshot.json Pulumi.x.yaml\n"}, "none"},
		"gains":        {"exit 11", "echo $2", nil, "gains"},
		"losses":       {"exit 10", "echo $2", nil, "losses"},
		"not deployed": {"echo not modelled >&2; exit 1", "echo $2", []string{"The resources cannot be compared:\n\nnot modelled\n\n", "access diff old/Pulumi.x.yaml new/Pulumi.x.yaml"}, "losses"},
		"a crash":      {"exit 2", "echo $2", []string{"The resources cannot be compared:\n", "access diff"}, "losses"},
		"a fence":      {"echo ~~~~~; echo '  ~~~~~~'; echo 'Nothing changes on AWS.'", "echo $2", []string{"    ~~~~~\n      ~~~~~~\n"}, "none"},
		"no sandbox":   {"", "", []string{"access diff old/Pulumi.x.yaml new/Pulumi.x.yaml"}, "losses"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.program("access", `case $1 in diff) echo "access $*"; exit 10 ;; esac`)
			if row.sandbox != "" {
				r.program("sandbox", row.sandbox)
				r.write("cmd/sandbox/main.go", "package main\n")
			}
			if row.old != "" {
				r.program("old-sandbox", row.old)
			}
			r.commit(map[string]string{"Pulumi.dev.yaml": "", "Pulumi.sandbox.yaml": "", "Pulumi.x.yaml": closed})
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

// TestAccessDiffThatIsLong fits a comment: of each file, the beginning and the end
// are said.
func TestAccessDiffThatIsLong(t *testing.T) {
	r := newRepo(t)
	r.program("access", "")
	r.program("sandbox", "echo begin; i=0; while [ $i -lt 3000 ]; do echo \"line $i äöü äöü äöü äöü äöü\"; i=$((i+1)); done; echo end; exit 11")
	r.program("old-sandbox", "")
	r.write("cmd/sandbox/main.go", "package main\n")
	r.commit(map[string]string{"Pulumi.dev.yaml": "", "Pulumi.sandbox.yaml": "", "Pulumi.a.yaml": closed, "Pulumi.b.yaml": closed})
	r.commit(nil)
	report, outputs, code := r.accessDiff()
	assert.Zero(t, code)
	assert.Greater(t, len(report), 200_000)
	assert.Less(t, len(outputs["report"]), 65_536)
	of := sections(outputs["report"])
	require.Len(t, of, 2)
	for file, text := range of {
		assert.True(t, strings.HasPrefix(text, "begin\nline 0 "), file)
		assert.True(t, strings.HasSuffix(text, "\nend"), file)
		assert.Contains(t, text, "in the summary of the job")
		assert.True(t, utf8.ValidString(text), file)
	}
}

// TestAccessDiffBuilds has the script build programs of the checkout and of the
// commit, which say who they are.
func TestAccessDiffBuilds(t *testing.T) {
	r := newRepo(t)
	require.NoError(t, os.Remove(filepath.Join(r.bin, "go")))
	program := func(says string) string {
		return "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tif os.Args[1] == \"diff\" {\n\t\ttext, _ := os.ReadFile(os.Args[2])\n\t\tfmt.Printf(\"%s\", text)\n\t}\n\tfmt.Println(\"" + says + "\", os.Args[1])\n}\n"
	}
	r.commit(map[string]string{"Pulumi.dev.yaml": "", "Pulumi.sandbox.yaml": "", "Pulumi.x.yaml": closed, "cmd/access/main.go": program("old access"), "cmd/sandbox/main.go": program("old sandbox")})
	r.commit(map[string]string{"cmd/access/main.go": program("new access"), "cmd/sandbox/main.go": program("new sandbox")})
	report, _, code := r.accessDiff()
	assert.Zero(t, code, report)
	assert.Equal(t, map[string]string{"Pulumi.x.yaml": "old sandbox snapshot\nnew sandbox diff"}, sections(report))
}

// fakeGh is a folder with a gh that notes how it was called and with which body,
// and knows comments.
func fakeGh(t *testing.T, ids string) (dir string) {
	dir = t.TempDir()
	text := "#!/bin/sh\nprintf '%s\\n' \"$*\" >>" + dir + "/calls\n" +
		"for each; do case $each in body=@*) cat \"${each#body=@}\" >" + dir + "/body;; --paginate) printf '" + ids + "';; esac; done\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "gh"), []byte(text), 0o755))
	return dir
}

func TestAccessComment(t *testing.T) {
	const report = "### Who\n$(touch x) `y` ${{ z }}\n\"quoted\" 'too'"
	for name, row := range map[string]struct{ ids, result, call string }{
		"the first":               {"", "gains", "--method POST repos/acme/shop/issues/7/comments --field"},
		"the first losses":        {"", "losses", "--method POST repos/acme/shop/issues/7/comments --field"},
		"the first resources":     {"", "resources", "--method POST repos/acme/shop/issues/7/comments --field"},
		"nothing to say":          {"", "none", ""},
		"one is there":            {"11\\n12\\n", "gains", "--method PATCH repos/acme/shop/issues/comments/11 --field"},
		"one is there, now wrong": {"11", "none", "--method PATCH repos/acme/shop/issues/comments/11 --field"},
	} {
		t.Run(name, func(t *testing.T) {
			gh := fakeGh(t, row.ids)
			env := map[string]string{"PATH": gh + string(os.PathListSeparator) + os.Getenv("PATH"),
				"GH_TOKEN": "x", "GH_REPO": "acme/shop", "PULL_REQUEST": "7", "RESULT": row.result, "REPORT": report}
			out, code := script(t, "access-comment", env)
			require.Zero(t, code, out)
			calls := strings.Split(strings.TrimSpace(readFile(t, filepath.Join(gh, "calls"))), "\n")
			assert.Contains(t, calls[0], "repos/acme/shop/issues/7/comments")
			if row.call == "" {
				assert.Len(t, calls, 1)
				return
			}
			require.Len(t, calls, 2)
			assert.Contains(t, calls[1], row.call)
			assert.Equal(t, "<!-- access-diff -->\n"+report+"\n", readFile(t, filepath.Join(gh, "body")))

			for key, value := range map[string]string{"GH_REPO": "", "PULL_REQUEST": "7/../8", "RESULT": "", "REPORT": ""} {
				wrong := map[string]string{}
				for k, v := range env {
					wrong[k] = v
				}
				wrong[key] = value
				out, code := script(t, "access-comment", wrong)
				assert.NotZero(t, code, key)
				assert.Contains(t, out, key)
			}
			assert.Len(t, strings.Split(strings.TrimSpace(readFile(t, filepath.Join(gh, "calls"))), "\n"), 2, "gh ran")
		})
	}
}
