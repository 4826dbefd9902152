// Package engine runs Pulumi programs with the real engine on simulated AWS: in
// a temporary folder with a state, a home and settings of its own, so that
// nothing of the user's is read or touched.
package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"iam-secured-api/internal/pulumicli"
	"iam-secured-api/internal/sandbox/cloud"
	"iam-secured-api/internal/sandbox/provider"
)

// Workspace is a temporary folder that stacks live in, and a provider door of a
// Cloud that their resources are created through.
type Workspace struct {
	dir      string
	cli      auto.PulumiCommand
	env      map[string]string
	provider *provider.Server
}

// New makes a workspace on a Cloud. It finds or builds a Pulumi CLI, of which
// log tells if it takes time. Close it after use.
func New(ctx context.Context, c *cloud.Cloud, log io.Writer) (*Workspace, error) {
	found, err := pulumicli.Find(ctx, log)
	if err != nil {
		return nil, err
	}
	cli, err := found.Command()
	if err != nil {
		return nil, err
	}
	return create(ctx, c, command{cli}, rand.Text())
}

// Clone copies the workspace with its stacks' states, but onto another Cloud:
// one that holds what those states say, such as a clone of the first.
func (w *Workspace) Clone(ctx context.Context, c *cloud.Cloud) (*Workspace, error) {
	clone, err := create(ctx, c, w.cli, w.env["PULUMI_CONFIG_PASSPHRASE"])
	if err != nil {
		return nil, err
	}
	if err := os.CopyFS(clone.dir, os.DirFS(w.dir)); err != nil {
		return nil, errors.Join(err, clone.Close())
	}
	return clone, nil
}

func create(ctx context.Context, c *cloud.Cloud, cli auto.PulumiCommand, passphrase string) (*Workspace, error) {
	dir, err := os.MkdirTemp("", "sandbox-")
	if err != nil {
		return nil, err
	}
	w := &Workspace{dir: dir, cli: cli}
	if w.provider, err = provider.Serve(ctx, c); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.env = environment(w, passphrase)
	for _, folder := range []string{w.home(), w.state()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return w, nil
}

// Close stops the provider and removes the folder.
func (w *Workspace) Close() error {
	var err error
	if w.provider != nil {
		err = w.provider.Close()
	}
	return errors.Join(err, os.RemoveAll(w.dir))
}

func (w *Workspace) home() string  { return filepath.Join(w.dir, "home") }
func (w *Workspace) state() string { return filepath.Join(w.dir, "state") }

// Environment are the variables with which a `pulumi` command works in this
// workspace, as KEY=VALUE.
func (w *Workspace) Environment() []string {
	var env []string
	for key, value := range w.env {
		env = append(env, key+"="+value)
	}
	return env
}

// environment sets what the CLI needs and clears what the user has set for other
// stacks and real accounts.
func environment(w *Workspace, passphrase string) map[string]string {
	env := map[string]string{}
	for _, variable := range os.Environ() {
		key, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(key, "PULUMI_") || strings.HasPrefix(key, "AWS_") {
			env[key] = ""
		}
	}
	env["PULUMI_HOME"] = w.home()
	env["PULUMI_BACKEND_URL"] = "file://" + filepath.ToSlash(w.state())
	env["PULUMI_CONFIG_PASSPHRASE"] = passphrase
	env["PULUMI_DEBUG_PROVIDERS"] = fmt.Sprintf("aws:%d", w.provider.Port())
	env["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
	env["PULUMI_SKIP_UPDATE_CHECK"] = "true"
	return env
}
