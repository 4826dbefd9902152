// Package engine runs Pulumi programs on simulated AWS with Pulumi's own engine,
// in this process. It starts no program, uses none of the user's settings, plugins
// and credentials, and keeps a stack's state in memory.
//
// It does what the `pulumi` command does around the engine: it reads a project file
// with its types and defaults, runs the program, keeps the state, and reports the
// engine's events. Policy packs, plugins other than
// aws, remote state and its lock are not modelled.
package engine

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi/autonaming"
	naming "github.com/pulumi/pulumi/pkg/v3/resource/autonaming"
	"github.com/pulumi/pulumi/pkg/v3/resource/deploy"
	pkgworkspace "github.com/pulumi/pulumi/pkg/v3/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
)

// Project is a program with its project file and a stack's configuration.
type Project struct {
	// File is the path of a Pulumi.yaml.
	File string
	// Stack is the stack's name.
	Stack string
	// Config is the stack's configuration, as in a stack file.
	Config map[string]any
	// AccessKeyID, if set, names the account to deploy to: it becomes the default
	// provider's access key, and that of other providers that have no credentials.
	AccessKeyID string
	// Profiles are access keys by the names of profiles, for the program's own providers.
	Profiles map[string]string
	// Program is what to run.
	Program pulumi.RunFunc
}

// Stack is a stack of a program on a Cloud. Its methods must not be called
// concurrently; different stacks are independent of each other.
type Stack struct {
	cloud     *cloud.Cloud
	project   *workspace.Project
	root      string // the project file's folder
	name      tokens.StackName
	key       string
	env       provider.Environment
	program   pulumi.RunFunc
	config    config.Map
	autonamer naming.Autonamer
	state     State
}

// Open returns a stack without a state. It fails if the project file or the
// configuration cannot be read, or if a value does not have the type that the project
// file declares.
func Open(c *cloud.Cloud, p Project) (*Stack, error) {
	file, err := filepath.Abs(p.File)
	if err != nil {
		return nil, err
	}
	project, err := workspace.LoadProject(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.File, err)
	}
	name, err := tokens.ParseStackName(p.Stack)
	if err != nil {
		return nil, err
	}
	s := &Stack{cloud: c, project: project, root: filepath.Dir(file), name: name, key: p.AccessKeyID, program: p.Program}
	s.env = provider.Environment{AccessKeyID: p.AccessKeyID, Profiles: p.Profiles}
	return s, s.Configure(p.Config)
}

// Branch returns a copy of the stack, state and all, on another Cloud: one that
// holds what the state says, such as a clone of the stack's own.
func (s *Stack) Branch(c *cloud.Cloud) *Stack {
	branch := *s
	branch.cloud = c
	return &branch
}

// Configure replaces the stack's configuration, which must hold no secret.
func (s *Stack) Configure(values map[string]any) error {
	values = maps.Clone(values)
	if s.key != "" {
		values["aws:accessKey"] = s.key
	}
	text, err := encoding.YAML.Marshal(map[string]any{"config": values})
	if err != nil {
		return err
	}
	file, err := workspace.LoadProjectStackBytes(nil, s.project, text, "Pulumi."+s.name.String()+".yaml", encoding.YAML)
	if err != nil {
		return fmt.Errorf("the configuration of stack %s: %w", s.name, err)
	}
	if file.Config.HasSecureValue() {
		return fmt.Errorf("the configuration of stack %s holds a secret, which cannot be read here", s.name)
	}
	err = pkgworkspace.ValidateStackConfigAndApplyProjectConfig(context.Background(), s.name.String(), s.project,
		esc.Value{}, file.Config, config.NopEncrypter, config.NopDecrypter)
	if err != nil {
		return err
	}
	autonamer, err := autonaming.ParseAutonamingConfig(
		autonaming.StackContext{Organization: organization, Project: s.project.Name.String(), Stack: s.name.String()},
		file.Config, config.NopDecrypter)
	if err != nil {
		return err
	}
	s.config, s.autonamer = file.Config, autonamer
	return nil
}

// organization is the name that `pulumi` uses for stacks with their state in a file.
const organization = "organization"

// Name is the project's name.
func (s *Stack) Name() string { return s.project.Name.String() }

// target returns the stack in the engine's form. The engine changes it, so that each
// operation gets its own.
func (s *Stack) target() (*deploy.Target, error) {
	snapshot, err := s.snapshot()
	if err != nil {
		return nil, err
	}
	return &deploy.Target{
		Name: s.name, Organization: organization, Config: maps.Clone(s.config), Decrypter: config.NopDecrypter, Snapshot: snapshot,
	}, nil
}
