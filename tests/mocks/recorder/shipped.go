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
	project, err := workspace.LoadProject(inCheckout(t, stacks.Project))
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// Shipped is a run of the stack of that name at the top of the checkout, which is
// its owner's to edit, but that calls go to a URL, as the product service would be
// built. It is not whole if the file has secrets or names environments, which
// cannot be read here.
func Shipped(t *testing.T, stack string) (run Run, whole bool) {
	t.Helper()
	text, err := os.ReadFile(inCheckout(t, stacks.File(stack)))
	if err != nil {
		t.Fatal(err)
	}
	project := LoadShipped(t)
	loaded := loadStack(t, project, text)
	settings := Settings{Values: defaults(t, project)}.With(settingsOf(t, loaded))
	name := string(project.Name)
	settings.Values[name+":backend"] = `{"url": "https://backend.example.com"}`
	whole = len(settings.Secret) == 0 && len(loaded.EnvironmentBytes()) == 0
	return Run{Project: name, Config: settings.Values}, whole
}

// inCheckout is the path of a file at the top of the checkout.
func inCheckout(t *testing.T, file string) string {
	t.Helper()
	root, err := gotool.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, file)
}
