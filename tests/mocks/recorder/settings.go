package recorder

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"iam-secured-api/internal/gotool"
)

// Settings are a stack's configuration as the engine hands it to the program.
type Settings struct {
	// Values are text or JSON by full key ("project:key").
	Values map[string]string
	// Secret are the keys that are secrets.
	Secret []string
}

// ReadStack reads the stack file of that name at the top of the module, with the
// defaults of Pulumi.yaml.
func ReadStack(t *testing.T, stack string) Settings {
	t.Helper()
	text, err := os.ReadFile(inModule(t, "Pulumi."+stack+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	settings := ParseStack(t, string(text))
	for key, value := range Defaults(t) {
		if _, set := settings.Values[key]; !set {
			settings.Values[key] = value
		}
	}
	return settings
}

// ParseStack reads the text of a stack file as the engine does. A value
// {secure: TEXT} is a secret, its text not encrypted.
func ParseStack(t *testing.T, text string) Settings {
	t.Helper()
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	stack, err := workspace.LoadProjectStackBytes(sink, LoadProject(t), []byte(text), "Pulumi.test.yaml", encoding.YAML)
	if err != nil {
		t.Fatalf("reading the stack file: %v", err)
	}
	values, err := stack.Config.Decrypt(plaintext{})
	if err != nil {
		t.Fatal(err)
	}
	settings := Settings{Values: map[string]string{}}
	for key, value := range values {
		settings.Values[key.String()] = value
	}
	for _, key := range stack.Config.SecureKeys() {
		settings.Secret = append(settings.Secret, key.String())
	}
	slices.Sort(settings.Secret)
	return settings
}

// Defaults are those of Pulumi.yaml, by full key.
func Defaults(t *testing.T) map[string]string {
	t.Helper()
	project := LoadProject(t)
	values := map[string]string{}
	for key, declared := range project.Config {
		switch value := declared.Default.(type) {
		case nil:
		case string:
			values[string(project.Name)+":"+key] = value
		default:
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			values[string(project.Name)+":"+key] = string(text)
		}
	}
	return values
}

// LoadProject reads Pulumi.yaml.
func LoadProject(t *testing.T) *workspace.Project {
	t.Helper()
	project, err := workspace.LoadProject(inModule(t, "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// With gives the settings with further ones, which win.
func (s Settings) With(more Settings) Settings {
	values := maps.Clone(s.Values)
	maps.Copy(values, more.Values)
	return Settings{Values: values, Secret: slices.Concat(s.Secret, more.Secret)}
}

// inModule is the path of a file at the top of the module.
func inModule(t *testing.T, file string) string {
	t.Helper()
	root, err := gotool.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, file)
}

// plaintext decrypts what is not encrypted.
type plaintext struct{}

func (plaintext) DecryptValue(_ context.Context, text string) (string, error) { return text, nil }

func (plaintext) BatchDecrypt(_ context.Context, texts []string) ([]string, error) { return texts, nil }
