package main

import (
	"fmt"

	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/internal/config"
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
	plan *program.Plan
}

// readStackFile reads a stack config file. It must not hold secrets, which cannot be
// read.
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
	return stackFile{file, plan}, err
}

// open opens a stack of the Pulumi program with the file's configuration. The
// archive of the product service comes from build, unless the file names one or has a
// URL as the backend. The program would build it, too, but an interrupt could not stop
// that.
func (f stackFile) open(c *cloud.Cloud, name string, run pulumi.RunFunc, build func() (string, error)) (*engine.Stack, error) {
	values := map[string]any{}
	for key, value := range f.Declared {
		values[key.String()] = value
	}
	if backend := f.plan.Backend; backend.Url == "" && backend.Archive == "" {
		archive, err := build()
		if err != nil {
			return nil, err
		}
		values[backendKey(f.File).String()] = map[string]any{"archive": archive, "deletionProtection": backend.DeletionProtection}
	}
	return engine.Open(c, engine.Project{File: f.ProjectPath(), Stack: name, Config: values, Program: run})
}

// backendKey is the key of the setting backend.
func backendKey(file stackdiff.File) pulumiconfig.Key {
	return pulumiconfig.MustMakeKey(string(file.Project.Name), "backend")
}
