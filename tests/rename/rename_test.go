// Package rename_test gives a copy of the checkout another module path, as a
// fork does.
package rename_test

import (
	"go/format"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/tests/checkout"
)

func TestRenamedCheckout(t *testing.T) {
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
	after := checkout.Files(t, dir)
	for name, file := range after {
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
		assert.True(t, before[name] == after[name], "%s has changed", name)
	}

	run("build", "./...")
	run("vet", "./...")
	run("test", "./components/...", "./internal/gotool", "./tests/mocks/...") // which know the components' types

	run("run", "./cmd/rename", old)
	again := checkout.Files(t, dir)
	assert.Len(t, again, len(before))
	for name := range again {
		assert.True(t, before[name] == again[name], "%s has changed", name)
	}
}
