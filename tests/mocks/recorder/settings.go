package recorder

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"iam-secured-api/tests/stacks"
)

// Settings are a stack's configuration as the engine passes it to the program.
type Settings struct {
	// Values maps full keys ("project:key") to text or JSON.
	Values map[string]string
	// Secret lists the keys that are secrets.
	Secret []string
}

// ReadStack reads a stack file of the tests' own project, with the project's
// defaults.
func ReadStack(t *testing.T, stack string) Settings {
	t.Helper()
	return Settings{Values: Defaults(t)}.With(ParseStack(t, string(stacks.Read(t, stacks.File(stack)))))
}

// ParseStack parses a stack file of the tests' own project as the engine does. A
// value {secure: TEXT} is a secret whose text is not encrypted.
func ParseStack(t *testing.T, text string) Settings {
	t.Helper()
	return settingsOf(t, loadStack(t, LoadProject(t), []byte(text)))
}

func loadStack(t *testing.T, project *workspace.Project, text []byte) *workspace.ProjectStack {
	t.Helper()
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	stack, err := workspace.LoadProjectStackBytes(sink, project, text, "Pulumi.test.yaml", encoding.YAML)
	if err != nil {
		t.Fatalf("reading the stack file: %v", err)
	}
	return stack
}

func settingsOf(t *testing.T, stack *workspace.ProjectStack) Settings {
	t.Helper()
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

// Defaults returns the defaults of the tests' own project, by full key.
func Defaults(t *testing.T) map[string]string {
	t.Helper()
	return defaults(t, LoadProject(t))
}

func defaults(t *testing.T, project *workspace.Project) map[string]string {
	t.Helper()
	values := map[string]string{}
	for key, declared := range project.Config {
		if !strings.Contains(key, ":") {
			key = string(project.Name) + ":" + key
		}
		switch value := declared.Default.(type) {
		case nil:
		case string:
			values[key] = value
		default:
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			values[key] = string(text)
		}
	}
	return values
}

// LoadProject reads the tests' own project file.
func LoadProject(t *testing.T) *workspace.Project {
	t.Helper()
	project, err := workspace.LoadProjectBytes(stacks.Read(t, stacks.Project), stacks.Project, encoding.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// With returns the settings with more of them, which replace those of s.
func (s Settings) With(more Settings) Settings {
	values := maps.Clone(s.Values)
	maps.Copy(values, more.Values)
	return Settings{Values: values, Secret: slices.Concat(s.Secret, more.Secret)}
}

// plaintext returns encrypted values as they are.
type plaintext struct{}

func (plaintext) DecryptValue(_ context.Context, text string) (string, error) { return text, nil }

func (plaintext) BatchDecrypt(_ context.Context, texts []string) ([]string, error) { return texts, nil }
