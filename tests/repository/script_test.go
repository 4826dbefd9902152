//go:build unix

package repository

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// script runs a script of .ci from another folder, with these variables and PATH
// alone, and returns what it prints and its exit code.
func script(t *testing.T, path string, env map[string]string) (output string, code int) {
	cmd := exec.CommandContext(t.Context(), inCheckout(t, ".ci", path))
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir()}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); !exited {
		require.NoError(t, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func readFile(t *testing.T, path string) string {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// writeScript writes a shell script.
func writeScript(t *testing.T, path, text string) {
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755))
}

// TestPreviewSettings checks that the workflow passes on every setting, and that
// the script names those that are missing.
func TestPreviewSettings(t *testing.T) {
	settings := map[string]string{}
	for name, value := range theJob(t, "preview.yml", "preview").Env {
		assert.Equal(t, "${{ vars."+name+" }}", value)
		settings[name] = "set"
	}
	require.Len(t, settings, 4)

	sorted := slices.Sorted(maps.Keys(settings))
	for _, missing := range [][]string{nil, sorted, sorted[:1], sorted[1:2], sorted[2:3], sorted[3:]} {
		t.Run(strings.Join(missing, " "), func(t *testing.T) {
			env := maps.Clone(settings)
			for _, name := range missing {
				env[name] = "" // as GitHub passes on a variable that is not set
			}
			env["GITHUB_OUTPUT"] = filepath.Join(t.TempDir(), "output")
			out, code := script(t, "preview-settings", env)
			assert.Zero(t, code, out)
			assert.Equal(t, fmt.Sprintf("configured=%t\n", missing == nil), readFile(t, env["GITHUB_OUTPUT"]))
			if missing == nil {
				assert.NotContains(t, out, "not set")
			} else {
				assert.Contains(t, out, "::notice ")
				assert.Contains(t, out, "not set: "+strings.Join(missing, " ")+"\n")
			}
		})
	}
}

// TestPreview runs the script with a pulumi that prints its arguments and exits
// with a code.
func TestPreview(t *testing.T) {
	for _, code := range []string{"0", "255"} {
		t.Run(code, func(t *testing.T) {
			bin := t.TempDir()
			writeScript(t, filepath.Join(bin, "pulumi"), "echo \"in $PWD: $*\"\necho problems >&2\nexit "+code)
			env := map[string]string{
				"PATH":                bin + string(os.PathListSeparator) + os.Getenv("PATH"),
				"PULUMI_STACK":        "acme/shop/dev",
				"PULUMI_BACKEND_URL":  "file:///nowhere",
				"GITHUB_STEP_SUMMARY": filepath.Join(t.TempDir(), "summary"),
			}
			require.NoError(t, os.WriteFile(env["GITHUB_STEP_SUMMARY"], []byte("before\n"), 0o600))
			out, exit := script(t, "preview", env)
			assert.Equal(t, code == "0", exit == 0)
			called := "in " + inCheckout(t) + ": preview --stack acme/shop/dev --diff --non-interactive --color never\n"
			assert.Equal(t, called+"problems\n", out)
			assert.Equal(t, "before\n### Preview of acme/shop/dev\n\n~~~~~text\n"+out+"\n~~~~~\n", readFile(t, env["GITHUB_STEP_SUMMARY"]))

			delete(env, "GITHUB_STEP_SUMMARY")
			again, _ := script(t, "preview", env)
			assert.Equal(t, out, again)
			for _, name := range []string{"PULUMI_STACK", "PULUMI_BACKEND_URL"} {
				without := maps.Clone(env)
				without[name] = ""
				out, exit := script(t, "preview", without)
				assert.NotZero(t, exit)
				assert.Contains(t, out, name)
				assert.NotContains(t, out, "problems", "pulumi ran")
			}
		})
	}
}

// TestAccount runs the script with a fake aws that prints details, and a fake access that
// prints its arguments and the details and exits with a given code.
func TestAccount(t *testing.T) {
	for _, code := range []int{0, 1, 11} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			bin := t.TempDir()
			writeScript(t, filepath.Join(bin, "aws"), `echo "aws $*"`)
			access := fmt.Sprintf(`#!/bin/sh\necho "$1 $2 $3 $4"; cat "$5"; exit %d\n`, code)
			writeScript(t, filepath.Join(bin, "go"), `[ "$1 $2 $4" = "build -o ./cmd/access" ] && printf '`+access+`' >"$3" && chmod +x "$3"`)
			env := map[string]string{
				"PATH":                bin + string(os.PathListSeparator) + os.Getenv("PATH"),
				"PULUMI_STACK":        "acme/shop/dev",
				"EXECUTION_ARN":       "arn:aws:execute-api:us-east-1:111122223333:a1b2c3d4e5",
				"GITHUB_STEP_SUMMARY": filepath.Join(t.TempDir(), "summary"),
			}
			out, exit := script(t, "account", env)
			assert.Equal(t, code, exit)
			assert.Equal(t, "who -api "+env["EXECUTION_ARN"]+" Pulumi.dev.yaml\naws iam get-account-authorization-details --output json\n", out)
			assert.Contains(t, readFile(t, env["GITHUB_STEP_SUMMARY"]), "~~~~~text\n"+out)
			for _, name := range []string{"PULUMI_STACK", "EXECUTION_ARN"} {
				without := maps.Clone(env)
				without[name] = ""
				out, exit := script(t, "account", without)
				assert.NotZero(t, exit)
				assert.Contains(t, out, name)
				assert.NotContains(t, out, "who", "access ran")
			}
		})
	}
}

// TestScripts requires that each script is executable, parses and stops at an error.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob(inCheckout(t, ".ci", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, path := range scripts {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o111), info.Mode()&0o111, "%s is not executable", path)
		out, err := exec.CommandContext(t.Context(), "bash", "-n", path).CombinedOutput()
		assert.NoError(t, err, "%s", out)
		assert.Contains(t, readFile(t, path), "\nset -euo pipefail\n", path)
	}
}
