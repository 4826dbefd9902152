//go:build cli && unix

package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/tests/stacks"
)

// compile compiles main.go once for all tests that need no checkout, and returns
// the program's path. Next to the program is a language host that runs it, because the
// pinned one ignores the option `binary` of a project file. It writes its process id to
// the file that the variable HOST_PID names.
var compile = sync.OnceValues(func() (string, error) {
	program := filepath.Join(scratch, "iam-secured-api")
	root, err := gotool.ModuleRoot()
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", program, ".")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	host, err := exec.LookPath("pulumi-language-go")
	if err != nil {
		return "", err
	}
	script := fmt.Sprintf("#!/bin/sh\n[ -z \"$HOST_PID\" ] || echo $$ >\"$HOST_PID\"\nexec '%s' '-binary=%s' \"$@\"\n", host, program)
	return program, os.WriteFile(filepath.Join(scratch, filepath.Base(host)), []byte(script), 0o700)
})

// newCompiled returns a shell in a project of its own that runs the compiled
// main.go, with stack sandbox. Variables (KEY=VALUE) are added to its environment.
func newCompiled(t testing.TB, config map[string]any, variables ...string) *shell {
	t.Helper()
	program, err := compile()
	require.NoError(t, err)
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	dir := t.TempDir()
	for _, file := range []string{"go.mod", "go.sum"} { // which say the version of the provider
		content, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), content, 0o600))
	}
	const options = "buildTarget: bin/iam-secured-api"
	project := string(stacks.Read(t, stacks.Project))
	require.Contains(t, project, options)
	project = strings.Replace(project, options, "binary: "+program, 1)
	require.NoError(t, os.WriteFile(filepath.Join(dir, stacks.Project), []byte(project), 0o600))
	path := "PATH=" + scratch + string(os.PathListSeparator) + os.Getenv("PATH")
	s := newShell(t, dir, append(variables, path)...)
	s.configure(config)
	s.run("stack", "init", "sandbox")
	return s
}

// configure replaces the configuration of stack sandbox.
func (s *shell) configure(config map[string]any) {
	s.Helper()
	text, err := json.Marshal(map[string]any{"config": config}) // JSON is YAML
	require.NoError(s, err)
	require.NoError(s, os.WriteFile(filepath.Join(s.dir, stacks.File("sandbox")), text, 0o600))
}
