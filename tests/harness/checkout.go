package harness

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/tests/stacks"
)

// Checkout copies the checkout, without its history and tests, to a temporary
// folder that commands may write to. Its project and stacks are the tests' own.
func Checkout(t testing.TB) string {
	root, dir := Root(t), t.TempDir()
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		target := filepath.Join(dir, relative)
		switch {
		case relative == ".git" && !entry.IsDir(): // in a worktree
			return nil
		case relative == ".git" || relative == "bin" || relative == "tests":
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(target, 0o755)
		case !entry.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	}))
	stacks.Replace(t, dir)
	return dir
}

// Files are the contents of all files below a folder, by their paths.
func Files(t testing.TB, dir string) map[string]string {
	files := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(content)
		return err
	}))
	return files
}
