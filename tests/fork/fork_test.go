// Package fork_test runs tests in a copy of the checkout in which somebody has
// begun to work: its stacks, and its project's name and defaults, are others.
package fork_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"iam-secured-api/tests/checkout"
)

// stack is an owner's, for both stack files: it has more routes and other people
// than those that the checkout came with, another region, and what the CLI writes.
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
  crossAccountRoles:
    partner: {accountId: "444455556666", principals: [user/my-user], policies: [editor]}
`

// project makes the project file one that `pulumi new --name shop` has made
// and whose owner has set other defaults.
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

// TestEditedStacks runs the tests that need no engine.
func TestEditedStacks(t *testing.T) {
	dir := checkout.Copy(t)
	project(t, filepath.Join(dir, "Pulumi.yaml"))
	for _, name := range []string{"dev", "sandbox"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "Pulumi."+name+".yaml"), []byte(stack), 0o600))
	}
	cmd := exec.CommandContext(t.Context(), "go", "test",
		"./cmd/access", "./tests/config", "./tests/mocks", "./tests/readme", "./tests/repository")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
