// Package fork_test runs tests in a fork: a copy of the checkout with another module
// path, other stacks, and another project name and defaults.
package fork_test

import (
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/tests/checkout"
)

// stack replaces both stack files. It has more routes, other users and another region
// than they have, and what the CLI writes.
const stack = `
encryptionsalt: v1:abc
config:
  aws:region: eu-central-1
  shop:apiName: Shop
  routes:
    GET /products: {}
    POST /products: {}
    GET /orders: {}
    DELETE /products/{id}: {}
    GET /health: {authorization: none}
  policies:
    readOnly: {allow: ["GET /products", "GET /orders"], conditions: {requireMfa: true}}
    editor: {allow: ["*"]}
  groups:
    ReadOnly-Group: {policies: [readOnly]}
    Editors: {policies: [editor]}
  users:
    jane-admin: {groups: [Editors], accessKey: true}
    max-orders: {groups: [ReadOnly-Group]}
  roles:
    partner: {trust: {account: "444455556666", principals: [user/my-user]}, policies: [editor]}
`

// project edits the project file as `pulumi new --name shop` does, and sets other
// defaults.
func project(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var p map[string]any
	require.NoError(t, yaml.Unmarshal(text, &p))
	p["name"] = "shop"
	delete(p, "template")
	config := p["config"].(map[string]any)
	config["pulumi:tags"] = map[string]any{"value": map[string]any{"pulumi:template": "iam-secured-api"}}
	for key, value := range map[string]any{"apiName": "Shop", "stageName": "live", "tags": map[string]any{"team": "shop"}} {
		config[key].(map[string]any)["default"] = value
	}
	text, err = yaml.Marshal(p)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
}

// TestFork changes the module path, project and stacks of a copy of the checkout.
// Every import resolves, and the tests that need no engine pass. Renamed back, it is as
// it was.
func TestFork(t *testing.T) {
	dir := checkout.Copy(t)
	before := checkout.Files(t, dir)
	run := func(args ...string) string {
		out, err := gotool.Run(t.Context(), dir, os.Environ(), args...)
		require.NoError(t, err)
		return out
	}
	old := strings.TrimSpace(run("list", "-m"))
	const path = "example.com/zoo/keeper-api/v2"
	run("run", "./cmd/rename", path)
	assert.Equal(t, path, strings.TrimSpace(run("list", "-m")))
	renamed := checkout.Files(t, dir)
	for name, file := range renamed {
		assert.Equal(t, before[name].Mode, file.Mode, name)
		if strings.HasSuffix(name, ".go") {
			assert.NotContains(t, file.Content, `"`+old+`/`, name)
			formatted, err := format.Source([]byte(file.Content))
			require.NoError(t, err)
			assert.Equal(t, string(formatted), file.Content, name)
		}
	}
	// What builds in the user's cache are known by, and users' own.
	for _, name := range []string{"internal/gotool/gotool.go", "tools/pulumi/go.mod", "tools/languagehost/go.mod", "Pulumi.sandbox.yaml"} {
		require.Contains(t, before, name)
		assert.True(t, before[name] == renamed[name], "%s has changed", name)
	}

	project(t, filepath.Join(dir, "Pulumi.yaml"))
	for _, name := range []string{"dev", "sandbox"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi."+name+".yaml"), []byte(stack), 0o600))
	}
	// Every import resolves, and what is tested compiles. To compile all would take minutes.
	run("list", "-test", "-deps", "./...")
	run("test", "-vet=off", "./cmd/access", "./tests/config", "./tests/mocks", "./tests/docs")

	for _, name := range []string{"Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.sandbox.yaml"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(before[name].Content), before[name].Mode))
	}
	run("run", "./cmd/rename", old)
	again := checkout.Files(t, dir)
	assert.Len(t, again, len(before))
	for name := range again {
		assert.True(t, before[name] == again[name], "%s has changed", name)
	}
}
