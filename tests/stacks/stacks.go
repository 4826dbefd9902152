// Package stacks holds the tests' own project: a project file and two stack files,
// with routes, users and names that tests rely on. A fork edits the files at the top of
// the checkout.
package stacks

import (
	"embed"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Project is the name of the project file, here and at the top of the checkout.
const Project = "Pulumi.yaml"

//go:embed Pulumi.yaml Pulumi.dev.yaml Pulumi.sandbox.yaml
var files embed.FS

// File returns the name of a stack's file.
func File(stack string) string { return "Pulumi." + stack + ".yaml" }

// Read reads the project file or a stack's.
func Read(t testing.TB, file string) []byte {
	t.Helper()
	text, err := files.ReadFile(file)
	require.NoError(t, err)
	return text
}

// Replace replaces the project and all stacks in a copy of the checkout by these.
func Replace(t testing.TB, checkout string) {
	t.Helper()
	theirs, err := filepath.Glob(filepath.Join(checkout, File("*")))
	require.NoError(t, err)
	for _, path := range theirs {
		require.NoError(t, os.Remove(path))
	}
	for _, file := range []string{Project, File("dev"), File("sandbox")} {
		require.NoError(t, os.WriteFile(filepath.Join(checkout, file), Read(t, file), 0o644))
	}
}
