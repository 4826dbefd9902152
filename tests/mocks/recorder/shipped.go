package recorder

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/tests/stacks"
)

// LoadShipped reads the project file at the top of the checkout.
func LoadShipped(t *testing.T) *workspace.Project {
	t.Helper()
	project, err := workspace.LoadProject(filepath.Join(top(t), stacks.Project))
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// EachShipped runs a test for each stack file at the top of the checkout, which a fork
// edits. The backend is a URL, so that no product service is built. Files with secrets
// or environments, which cannot be read here, are left out.
func EachShipped(t *testing.T, test func(t *testing.T, file string, run Run)) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(top(t), stacks.File("*")))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stack files: %v", err)
	}
	project := LoadShipped(t)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			stack := loadStack(t, project, text)
			settings := Settings{Values: defaults(t, project)}.With(settingsOf(t, stack))
			if len(settings.Secret) > 0 || len(stack.EnvironmentBytes()) > 0 {
				return
			}
			name := string(project.Name)
			settings.Values[name+":backend"] = `{"url": "https://backend.example.com"}`
			test(t, filepath.Base(path), Run{Project: name, Settings: settings})
		})
	}
}

// top returns the top folder of the checkout.
func top(t *testing.T) string {
	t.Helper()
	root, err := gotool.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	return root
}
