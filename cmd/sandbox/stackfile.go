package main

import (
	"fmt"
	"path/filepath"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/prepare"
	"iam-secured-api/internal/program"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/engine"
	"iam-secured-api/internal/stackdiff"
)

// regionKey is the key of the provider's region.
var regionKey = pulumiconfig.MustMakeKey("aws", "region")

// stackFile is a stack config file whose settings are checked.
type stackFile struct {
	stackdiff.File
	settings map[string]string // with the project's defaults
	plan     *program.Plan
}

// readStackFile reads a stack config file. It must not contain secrets, which cannot
// be read.
func readStackFile(path string) (stackFile, error) {
	file, err := stackdiff.Open(path, nil)
	if err != nil {
		return stackFile{}, err
	}
	for key, value := range file.Declared {
		if value.Secure() {
			return stackFile{}, fmt.Errorf("%s: %s: holds a secret, which cannot be read here; set it without --secret", path, key)
		}
	}
	settings, err := file.Settings()
	if err != nil {
		return stackFile{}, err
	}
	plan, err := program.Parse(config.Settings{Values: settings})
	return stackFile{file, settings, plan}, err
}

// access returns the file's side of a comparison.
func (f stackFile) access() stackdiff.Stack {
	return stackdiff.Stack{Plan: f.plan, Environment: f.Environment}
}

// deployFunc deploys a plan.
type deployFunc func(*program.Plan, *pulumi.Context) error

// open opens a stack of the file's plan. The product service's archive comes from
// build, unless the file names one or has no product service. The plan would build it, too,
// but an interrupt could not stop that.
func (f stackFile) open(c *cloud.Cloud, name string, deploy deployFunc, build func() (string, error)) (*engine.Stack, error) {
	plan := *f.plan
	if plan.HasService() && plan.Backend.Archive == "" {
		var err error
		if plan.Backend.Archive, err = build(); err != nil {
			return nil, err
		}
	}
	values := map[string]any{}
	for key, value := range f.Declared {
		values[key.String()] = value
	}
	return engine.Open(c, engine.Project{
		File: f.ProjectPath(), Stack: name, Config: values,
		Program: func(ctx *pulumi.Context) error { return deploy(&plan, ctx) },
	})
}

// prepareAll prepares the accounts for all stacks of the project. It skips files that
// cannot be read here: those with secrets, and those that Pulumi refuses.
func prepareAll(c *cloud.Cloud, root string) error {
	files, err := filepath.Glob(filepath.Join(root, "Pulumi.*.yaml"))
	if err != nil {
		return err
	}
	var plans []*program.Plan
	for _, path := range files {
		if file, err := readStackFile(path); err == nil {
			plans = append(plans, file.plan)
		}
	}
	return prepare.Accounts(c, plans...)
}
