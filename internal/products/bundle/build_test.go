package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// moduleRoot is this module's.
var moduleRoot = filepath.Join("..", "..", "..")

// copyModule copies what the function is built from, and nothing else, to a
// folder of its own.
func copyModule(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"cmd/products", "internal/products", "internal/strictjson"} {
		require.NoError(t, os.CopyFS(filepath.Join(root, dir), os.DirFS(filepath.Join(moduleRoot, dir))))
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(moduleRoot, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(root, name), content, 0o600))
	}
	return root
}

// built builds and returns the archive's bytes.
func built(t *testing.T, root string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "made", "here")
	path, err := Build(t.Context(), root, out)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(out, ArchiveName), path)
	requireOnly(t, out, ArchiveName)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return content
}

var reference struct {
	once    sync.Once
	archive []byte
}

// ofThisModule is the archive of the module that the tests are in, built once.
func ofThisModule(t *testing.T) []byte {
	t.Helper()
	reference.once.Do(func() { reference.archive = built(t, moduleRoot) })
	require.NotEmpty(t, reference.archive)
	return reference.archive
}

// requireOnly requires that a folder holds just these files.
func requireOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	require.Equal(t, names, found)
}

func TestBuild(t *testing.T) {
	content := ofThisModule(t)
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	require.Len(t, archive.File, 1)
	file := archive.File[0]
	assert.Equal(t, "bootstrap", file.Name)
	assert.Equal(t, fs.FileMode(0o755), file.Mode())
	assert.Equal(t, zip.Deflate, file.Method)

	r, err := file.Open()
	require.NoError(t, err)
	program, err := io.ReadAll(r)
	require.NoError(t, err)
	binary, err := elf.NewFile(bytes.NewReader(program))
	require.NoError(t, err)
	assert.Equal(t, elf.EM_AARCH64, binary.Machine)
	for _, prog := range binary.Progs {
		assert.NotEqual(t, elf.PT_INTERP, prog.Type, "linked dynamically")
	}
	info, err := buildinfo.Read(bytes.NewReader(program))
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(info.Path, "/cmd/products"), info.Path)
	root, err := filepath.Abs(moduleRoot)
	require.NoError(t, err)
	assert.False(t, bytes.Contains(program, []byte(root)), "the checkout's folder is in the program")
}

// TestSameBytes builds copies of the module in other folders, with all the
// settings of a user that could change something.
func TestSameBytes(t *testing.T) {
	want := ofThisModule(t)
	first, second := copyModule(t), copyModule(t)
	assert.True(t, bytes.Equal(want, built(t, first)), "from another folder")

	goEnv := filepath.Join(t.TempDir(), "env")
	require.NoError(t, os.WriteFile(goEnv, []byte("GOFLAGS=-tags=mine\nGOEXPERIMENT=fieldtrack\nGOARM64=v8.2\n"), 0o600))
	for name, value := range map[string]string{
		"GOENV": goEnv, "GOOS": "plan9", "GOARCH": "386", "GOARM64": "v9.0", "CGO_ENABLED": "1", "GOFIPS140": "latest",
		"GOFLAGS": "-race -ldflags=-X=main.x=y", "GOEXPERIMENT": "fieldtrack", "GOWORK": filepath.Join(second, "go.work"),
		"GO111MODULE": "off", "CGO_CFLAGS": "-O0",
	} {
		t.Setenv(name, value)
	}
	require.NoError(t, os.WriteFile(filepath.Join(second, "go.work"), []byte("go 1.1\nuse ./nowhere\n"), 0o600))
	assert.True(t, bytes.Equal(want, built(t, second)), "with a user's settings")
}

// TestOtherBytes: what changes the program changes the archive.
func TestOtherBytes(t *testing.T) {
	want := ofThisModule(t)
	changed := copyModule(t)
	path := filepath.Join(changed, "internal", "products", "add.go")
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	again := bytes.Replace(source, []byte("MaxBody = 64 << 10"), []byte("MaxBody = 63 << 10"), 1)
	require.NotEqual(t, source, again)
	require.NoError(t, os.WriteFile(path, again, 0o600))
	assert.False(t, bytes.Equal(want, built(t, changed)))
}

func TestBuildsAtOnce(t *testing.T) {
	out := t.TempDir()
	want := ofThisModule(t)
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			path, err := Build(t.Context(), moduleRoot, out)
			if assert.NoError(t, err) {
				content, err := os.ReadFile(path)
				assert.NoError(t, err)
				assert.True(t, bytes.Equal(want, content))
			}
		})
	}
	group.Wait()
	requireOnly(t, out, ArchiveName)
}

func TestBuildFails(t *testing.T) {
	broken := copyModule(t)
	require.NoError(t, os.WriteFile(filepath.Join(broken, "cmd", "products", "x.go"), []byte("package main\n\nvar x int = \"one\"\n"), 0o600))
	empty, another := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(another, "go.mod"), []byte("module another\n"), 0o600))
	for name, row := range map[string]struct{ root, says string }{
		"does not compile": {broken, "x.go:3"},
		"no module":        {empty, "go.mod file not found"},
		"another module":   {another, "cmd/products"},
		"no such folder":   {filepath.Join(empty, "missing"), "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			out := t.TempDir()
			_, err := Build(t.Context(), row.root, out)
			require.Error(t, err)
			assert.Contains(t, err.Error(), row.says)
			assert.NotContains(t, err.Error(), "\n")
			requireOnly(t, out)
		})
	}
}

// TestBuildKeepsTheLast: a build that fails leaves the archive of the last one.
func TestBuildKeepsTheLast(t *testing.T) {
	out := t.TempDir()
	path := filepath.Join(out, ArchiveName)
	require.NoError(t, os.WriteFile(path, []byte("the last one"), 0o600))
	_, err := Build(t.Context(), t.TempDir(), out)
	require.Error(t, err)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "the last one", string(content))
}

func TestNoPlaceToWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Build(t.Context(), moduleRoot, filepath.Join(file, "out"))
	require.Error(t, err)
}

func TestNoGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Build(t.Context(), moduleRoot, t.TempDir())
	require.Error(t, err)
	assert.Contains(t, err.Error(), "install Go")
}

// TestCancelledWhileCompiling begins with an empty build cache, so that there is
// something to cancel.
func TestCancelledWhileCompiling(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("GOCACHE", cache)
	out, root := t.TempDir(), copyModule(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := Build(ctx, root, out)
		done <- err
	}()
	for compiled := 0; compiled < 10; time.Sleep(10 * time.Millisecond) {
		found, err := filepath.Glob(filepath.Join(cache, "*", "*-d"))
		require.NoError(t, err)
		compiled = len(found)
		select {
		case err := <-done:
			require.FailNow(t, "ended before it was cancelled", err)
		default:
		}
	}
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	requireOnly(t, out)
}
