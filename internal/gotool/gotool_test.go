package gotool

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

func TestModuleRoot(t *testing.T) {
	want := t.TempDir()
	writeFile(t, filepath.Join(want, "go.mod"), "module example.com/any\n")
	writeFile(t, filepath.Join(want, "Pulumi.yaml"), "name: any\n")
	writeFile(t, filepath.Join(want, "tools", "pulumi", "go.mod"), "module tool\n")
	writeFile(t, filepath.Join(want, "examples", "other", "Pulumi.yaml"), "name: other\n")
	for _, dir := range []string{"", "tools/pulumi", "examples/other"} {
		t.Chdir(filepath.Join(want, dir))
		got, err := ModuleRoot()
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}

	other := t.TempDir()
	writeFile(t, filepath.Join(other, "go.mod"), "module another\n")
	t.Chdir(other)
	_, err := ModuleRoot()
	assert.ErrorContains(t, err, other)
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), "module example.com/a\n\ngo 1.25\n")
	out, err := Run(t.Context(), dir, append(os.Environ(), "GOWORK=off"), "list", "-m")
	require.NoError(t, err)
	assert.Equal(t, "example.com/a\n", out)

	writeFile(t, filepath.Join(dir, "a.go"), "package a\n\nvar x = y\n")
	_, err = Run(t.Context(), dir, append(os.Environ(), "GOWORK=off"), "build", "./...")
	require.ErrorContains(t, err, "undefined: y")
	assert.NotContains(t, err.Error(), "\n")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Run(ctx, dir, os.Environ(), "version")
	assert.ErrorIs(t, err, context.Canceled)

	t.Setenv("PATH", dir)
	_, err = Run(t.Context(), dir, os.Environ(), "version")
	assert.ErrorContains(t, err, "install Go")
}
