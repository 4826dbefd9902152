package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"gopkg.in/yaml.v3"
)

// Project is a program with its project file and a stack's configuration.
type Project struct {
	// File is the path of a Pulumi.yaml. A copy of it is used.
	File string
	// Stack is the stack's name.
	Stack string
	// Config is the stack's configuration, as in a stack file.
	Config map[string]any
	// AccessKeyID, if set, names the account that is deployed to: it becomes the
	// provider's.
	AccessKeyID string
	// Program is what to run.
	Program pulumi.RunFunc
}

// Stack is a stack of a workspace.
type Stack struct {
	auto.Stack
	file string // the stack file
	key  string
}

// Open creates the stack, or selects it if it exists.
func (w *Workspace) Open(ctx context.Context, p Project) (*Stack, error) {
	text, err := os.ReadFile(p.File)
	if err != nil {
		return nil, err
	}
	var project struct{ Name string }
	if err := yaml.Unmarshal(text, &project); err != nil {
		return nil, fmt.Errorf("%s: %w", p.File, err)
	}
	dir := filepath.Join(w.dir, project.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), text, 0o600); err != nil {
		return nil, err
	}
	s := &Stack{file: filepath.Join(dir, "Pulumi."+p.Stack+".yaml"), key: p.AccessKeyID}
	if err := s.Configure(p.Config); err != nil {
		return nil, err
	}
	s.Stack, err = auto.UpsertStackInlineSource(ctx, p.Stack, project.Name, p.Program,
		auto.WorkDir(dir), auto.Pulumi(w.cli), auto.EnvVars(w.env))
	if err != nil {
		return nil, err
	}
	return s, nil
}

// SkipCheckpoints makes the stack's commands faster: they write its state once, at
// their end. What a command that is killed has made is then known to nobody.
func (s *Stack) SkipCheckpoints() {
	s.Workspace().SetEnvVar("PULUMI_EXPERIMENTAL", "true")
	s.Workspace().SetEnvVar("PULUMI_SKIP_CHECKPOINTS", "true")
}

// Configure replaces the stack's configuration.
func (s *Stack) Configure(config map[string]any) error {
	file := map[string]any{}
	text, err := os.ReadFile(s.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := yaml.Unmarshal(text, &file); err != nil { // keeps the encryption salt
		return err
	}
	config = maps.Clone(config)
	if s.key != "" {
		config["aws:accessKey"] = s.key
	}
	file["config"] = config
	if text, err = yaml.Marshal(file); err != nil {
		return err
	}
	return os.WriteFile(s.file, text, 0o600)
}

// ReadConfig reads the configuration of a stack file.
func ReadConfig(path string) (map[string]any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct{ Config map[string]any }
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file.Config, nil
}
