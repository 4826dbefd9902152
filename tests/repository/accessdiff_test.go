//go:build unix

package repository

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/stacks"
)

// repo is a repository with .ci/access-diff, stack files and a history.
type repo struct {
	t   *testing.T
	dir string
	bin string // a folder on PATH
}

// newRepo returns a repository with these stack files in its first commit. The go
// command on its PATH builds nothing: it copies what is in bin, NAME for a command
// of the checkout and old-NAME for a command of the commit to compare with.
func newRepo(t *testing.T, files map[string]string) repo {
	r := repo{t, t.TempDir(), t.TempDir()}
	script := filepath.Join(r.dir, ".ci", "access-diff")
	r.write(".ci/access-diff", readFile(t, inCheckout(t, ".ci", "access-diff")))
	require.NoError(t, os.Chmod(script, 0o755))
	r.write("go.mod", "module repo\n\ngo 1.25\n")
	r.write(stacks.Project, string(stacks.Read(t, stacks.Project)))
	r.program("go", `case $1 in env) echo "$GOCACHE"; exit ;; esac
case $PWD in */old) from=old-${4##*/} ;; *) from=${4##*/} ;; esac
cp "`+r.bin+`/$from" "$3"`)
	r.program("sandbox", "exit 1") // compares nothing
	r.git("init", "--quiet")
	r.commit(files)
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
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"PATH="+r.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return cmd
}

func (r repo) git(args ...string) {
	out, err := r.command("git", args...).CombinedOutput()
	require.NoError(r.t, err, "%s", out)
}

// commit commits files with these texts, without those that have none.
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

// program puts a shell script into bin.
func (r repo) program(name, script string) {
	writeScript(r.t, filepath.Join(r.bin, name), script)
}

// install puts a program that build has built into bin.
func (r repo) install(name, path string) {
	r.program(name, `exec "`+path+`" "$@"`)
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

// accessDiff runs the script as GitHub does, and returns what it prints and its
// outputs. The job's summary is the report.
func (r repo) accessDiff(args ...string) (printed string, outputs map[string]string, code int) {
	cmd := r.command(filepath.Join(r.dir, ".ci", "access-diff"), args...)
	scratch, files := r.t.TempDir(), r.t.TempDir()
	summary, output := filepath.Join(files, "summary"), filepath.Join(files, "output")
	cmd.Env = append(cmd.Env, "GITHUB_STEP_SUMMARY="+summary, "GITHUB_OUTPUT="+output, "TMPDIR="+scratch)
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if _, exited := err.(*exec.ExitError); !exited {
		require.NoError(r.t, err)
	}
	if text, err := os.ReadFile(output); err == nil {
		match := regexp.MustCompile(`(?s)^result=(\w+)\nreport<<([0-9a-f]{32})\n(.*)\n([0-9a-f]{32})\n$`).FindStringSubmatch(string(text))
		require.NotNil(r.t, match, "%s", text)
		require.Equal(r.t, match[2], match[4])
		outputs = map[string]string{"result": match[1], "report": match[3]}
	}
	if text, err := os.ReadFile(summary); err == nil {
		assert.Equal(r.t, string(out), string(text))
	}
	left, err := os.ReadDir(scratch)
	require.NoError(r.t, err)
	assert.Empty(r.t, left, "temporary files")
	return string(out) + log.String(), outputs, cmd.ProcessState.ExitCode()
}

// sections returns what stands between the fences of a report, by file.
func sections(report string) map[string]string {
	of := map[string]string{}
	for _, match := range regexp.MustCompile(`(?s)#### (\S+)\n\n~~~~~text\n(.*?)\n~~~~~\n`).FindAllStringSubmatch(report+"\n", -1) {
		of[match[1]] = match[2]
	}
	return of
}

// requireSays requires a section that contains a text for each of these files.
func requireSays(t *testing.T, report string, says map[string]string) {
	t.Helper()
	of := sections(report)
	for file, text := range says {
		assert.Contains(t, of[file], text, file)
	}
}

const (
	backend = ", backend: {url: https://a.example.com}" // needs no build
	closed  = "config: {routes: {GET /x: {}}" + backend + "}\n"
	open    = "config: {routes: {GET /x: {authorization: none}}" + backend + "}\n"
	tagged  = "config: {routes: {GET /x: {}}, tags: {a: b}" + backend + "}\n"
	refused = "config: {route: {}}\n"
)

// TestAccessDiff compares what a pull request merges with what it is merged into.
func TestAccessDiff(t *testing.T) {
	access := build(t, "access")
	t.Run("files", func(t *testing.T) { testFiles(t, access) })
	t.Run("results", func(t *testing.T) { testResults(t, access) })
}

func testFiles(t *testing.T, access string) {
	before := map[string]string{"Pulumi.same.yaml": closed, "Pulumi.wider.yaml": closed, "Pulumi.narrower.yaml": open,
		"Pulumi.gone.yaml": open, "Pulumi.mended.yaml": refused}
	r := newRepo(t, before)
	r.install("access", access)
	_, _, code := r.accessDiff()
	assert.Equal(t, 1, code, "no commit to compare with")

	r.commit(map[string]string{"Pulumi.wider.yaml": open, "Pulumi.narrower.yaml": closed, "Pulumi.gone.yaml": "",
		"Pulumi.mended.yaml": open, "Pulumi.new.yaml": open, "Pulumi.`x`\n~~~~~.yaml": open})
	report, outputs, code := r.accessDiff()
	assert.Zero(t, code, report)
	assert.Equal(t, "gains", outputs["result"])
	assert.Equal(t, strings.TrimSpace(report), strings.TrimSpace(outputs["report"]))
	says := map[string]string{"Pulumi.same.yaml": "Nothing changes in who", "Pulumi.wider.yaml": "+ anyone",
		"Pulumi.narrower.yaml": "- anyone", "Pulumi.gone.yaml": "gone", "Pulumi.new.yaml": "new", "Pulumi.mended.yaml": "old/Pulumi.mended.yaml"}
	requireSays(t, report, says)
	assert.ElementsMatch(t, keys(says), keys(sections(report)))
	assert.NotContains(t, report, "`", "a name of a file")
}

// testResults checks the result of each pull request, and that a file that is
// refused fails the script after all others are compared.
func testResults(t *testing.T, access string) {
	r := newRepo(t, map[string]string{"Pulumi.x.yaml": open})
	r.install("access", access)
	for _, row := range []struct {
		files  map[string]string
		result string
	}{
		{nil, "none"},
		{map[string]string{"Pulumi.x.yaml": closed}, "losses"},
		{map[string]string{"Pulumi.y.yaml": open}, "gains"},
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
	requireSays(t, report, map[string]string{"Pulumi.w.yaml": "new/Pulumi.w.yaml", "Pulumi.x.yaml": "- anyone"})
}

// TestAccessDiffThatIsLong requires that the report fits a comment, with the
// beginning and the end of what it says of each file.
func TestAccessDiffThatIsLong(t *testing.T) {
	r := newRepo(t, map[string]string{"Pulumi.a.yaml": closed, "Pulumi.b.yaml": closed})
	r.program("access", `[ "$1" = diff ] || exit 0
echo begin
i=0
while [ $i -lt 3000 ]; do
	echo "line $i äöü äöü äöü äöü äöü"
	i=$((i+1))
done
echo end
exit 11`)
	r.commit(nil)
	report, outputs, code := r.accessDiff()
	assert.Zero(t, code)
	assert.Greater(t, len(report), 200_000)
	assert.Less(t, len(outputs["report"]), 65_536)
	of := sections(outputs["report"])
	require.Len(t, of, 2)
	for file, text := range of {
		assert.Contains(t, text[:1000], "begin\nline 0 ", file)
		assert.True(t, strings.HasSuffix(text, "\nend"), file)
		assert.Contains(t, text, "in the summary of the job")
		assert.True(t, utf8.ValidString(text), file)
	}
}

func keys(m map[string]string) []string { return slices.Collect(maps.Keys(m)) }
