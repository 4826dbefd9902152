// Package stacks is a project of the tests' own: a project file and two stack
// files, with routes, people and names that tests count on. Those at the top of
// the checkout are their owner's to edit.
package stacks

import (
	"embed"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Project is the name of the project file, which is in this folder as it is at
// the top of the checkout.
const Project = "Pulumi.yaml"

//go:embed Pulumi.yaml Pulumi.dev.yaml Pulumi.sandbox.yaml
var files embed.FS

// File is the name of the file of a stack, "dev" or "sandbox".
func File(stack string) string { return "Pulumi." + stack + ".yaml" }

// Read reads the project file or that of a stack.
func Read(t testing.TB, file string) []byte {
	t.Helper()
	text, err := files.ReadFile(file)
	require.NoError(t, err)
	return text
}

// Replace puts the project into a copy of the checkout, in place of the one that
// is there with all of its stacks.
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
