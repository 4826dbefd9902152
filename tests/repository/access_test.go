//go:build unix

package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/checkout"
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

// repo is a copy of the checkout with a history of its own.
type repo struct {
	t   *testing.T
	dir string
}

func (r repo) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(r.t.Context(), name, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null", "GITHUB_STEP_SUMMARY=", "GITHUB_OUTPUT=")
	return cmd
}

// commit puts the files into place, removes those without text, and commits.
func (r repo) commit(files map[string]string) {
	for name, text := range files {
		path := filepath.Join(r.dir, name)
		if text == "" {
			require.NoError(r.t, os.Remove(path))
		} else {
			require.NoError(r.t, os.WriteFile(path, []byte(text), 0o600))
		}
	}
	for _, args := range [][]string{{"add", "--all", "--", ":/Pulumi*.yaml"}, {"-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "--allow-empty", "-m", "x"}} {
		out, err := r.command("git", args...).CombinedOutput()
		require.NoError(r.t, err, "%s", out)
	}
}

// accessDiff runs the script as on GitHub.
func (r repo) accessDiff(args ...string) (report string, outputs map[string]string, code int) {
	cmd := r.command(filepath.Join(r.dir, ".ci", "access-diff"), args...)
	summary, output := filepath.Join(r.t.TempDir(), "summary"), filepath.Join(r.t.TempDir(), "output")
	cmd.Env = append(cmd.Env, "GITHUB_STEP_SUMMARY="+summary, "GITHUB_OUTPUT="+output)
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
	return string(out) + log.String(), outputs, cmd.ProcessState.ExitCode()
}

// sections are those of a report: what stands between the fences, by file.
func sections(report string) map[string]string {
	of := map[string]string{}
	for _, match := range regexp.MustCompile(`(?s)#### (\S+)\n\n~~~~~text\n(.*?)~~~~~\n`).FindAllStringSubmatch(report+"\n", -1) {
		of[match[1]] = match[2]
	}
	return of
}

const (
	closed  = "config: {routes: {GET /x: {}}}\n"
	open    = "config: {routes: {GET /x: {authorization: none}}}\n"
	refused = "config: {route: {}}\n"
)

// TestAccessDiff compares what a pull request merges with what it is merged
// into.
func TestAccessDiff(t *testing.T) {
	r := repo{t, checkout.Copy(t)}
	stacks.Replace(t, r.dir)
	out, err := r.command("git", "init", "--quiet").CombinedOutput()
	require.NoError(t, err, "%s", out)
	_, _, code := r.accessDiff()
	assert.Equal(t, 1, code, "there is no commit")

	files := map[string]string{"Pulumi.same.yaml": closed, "Pulumi.wider.yaml": closed, "Pulumi.narrower.yaml": open, "Pulumi.gone.yaml": open, "Pulumi.mended.yaml": refused}
	r.commit(files)
	r.commit(map[string]string{"Pulumi.wider.yaml": open, "Pulumi.narrower.yaml": closed, "Pulumi.gone.yaml": "", "Pulumi.mended.yaml": open, "Pulumi.new.yaml": open,
		"Pulumi.`x`\n~~~~~.yaml": open})
	report, outputs, code := r.accessDiff()
	assert.Zero(t, code, report)
	assert.Equal(t, "gains", outputs["result"])
	assert.Equal(t, strings.TrimSpace(report), strings.TrimSpace(outputs["report"]))
	of := sections(report)
	for file, says := range map[string]string{
		"Pulumi.dev.yaml": "Nothing changes", "Pulumi.sandbox.yaml": "Nothing changes", "Pulumi.same.yaml": "Nothing changes",
		"Pulumi.wider.yaml": "+ anyone", "Pulumi.narrower.yaml": "- anyone",
		"Pulumi.gone.yaml": "gone", "Pulumi.new.yaml": "new", "Pulumi.mended.yaml": "old/Pulumi.mended.yaml",
	} {
		assert.Contains(t, of[file], says, file)
		delete(of, file)
	}
	assert.Empty(t, of)
	assert.NotContains(t, report, "`", "a name of a file")

	r.commit(nil)
	report, outputs, code = r.accessDiff()
	assert.Zero(t, code, report)
	assert.Equal(t, "none", outputs["result"])

	r.commit(map[string]string{"Pulumi.wider.yaml": closed, "Pulumi.new.yaml": ""})
	report, outputs, code = r.accessDiff()
	assert.Zero(t, code, report)
	assert.Equal(t, "losses", outputs["result"])

	r.commit(map[string]string{"Pulumi.same.yaml": refused})
	report, outputs, code = r.accessDiff("HEAD~4")
	assert.Equal(t, 1, code)
	assert.Empty(t, outputs)
	assert.Contains(t, sections(report)["Pulumi.same.yaml"], "new/Pulumi.same.yaml")
	assert.Contains(t, sections(report)["Pulumi.narrower.yaml"], "- anyone", "the others are said all the same")
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
