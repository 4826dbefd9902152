// Package checkout copies the checkout for tests that change it.
package checkout

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
)

// Copy copies the checkout, with the files' modes and without its history and built
// programs, to a temporary folder.
func Copy(t testing.TB) string {
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		switch {
		case relative == ".git" || relative == "bin":
			return skip(entry)
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(dir, relative), 0o755)
		case !entry.Type().IsRegular():
			return nil
		}
		return copyFile(path, filepath.Join(dir, relative))
	}))
	return dir
}

// skip skips a file or a folder. In a worktree, .git is a file.
func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm())
}

// File is the content and mode of a file.
type File struct {
	Content string
	Mode    fs.FileMode
}

// Files returns all files below a folder, by their paths with slashes.
func Files(t testing.TB, dir string) map[string]File {
	files := map[string]File{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = File{string(content), info.Mode()}
		return err
	}))
	return files
}
