package pulumicli

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestManyAtOnceBuildOnce(t *testing.T) {
	f, made, _ := newTestFinder(t)
	onlyOnPath(t)
	var group sync.WaitGroup
	found := make([]CLI, 8)
	errs := make([]error, len(found))
	for i := range found {
		group.Go(func() { found[i], errs[i] = f.find(t.Context()) })
	}
	group.Wait()
	for i := range found {
		require.NoError(t, errs[i])
		assert.Equal(t, found[0], found[i])
	}
	assert.Equal(t, 1, made.count)
}

// startFinder finds the CLI in another process, and returns it with what it prints.
func startFinder(t *testing.T, f *finder) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), fakeFinderRoot+"="+f.moduleRoot, fakeFinderCache+"="+f.cache)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, bufio.NewScanner(out)
}

// readUntil reads lines up to one that contains a text, and returns it.
func readUntil(t *testing.T, out *bufio.Scanner, text string) string {
	t.Helper()
	for out.Scan() {
		if strings.Contains(out.Text(), text) {
			return out.Text()
		}
	}
	require.Fail(t, "the other process ended without saying so", text)
	return ""
}

func TestAnotherProcessWaitsForTheBuild(t *testing.T) {
	f, made, log := newTestFinder(t)
	onlyOnPath(t)
	made.wait = make(chan struct{})
	var found CLI
	var err error
	var group sync.WaitGroup
	group.Go(func() { found, err = f.find(t.Context()) })
	log.waitFor("building")

	_, out := startFinder(t, f)
	assert.Contains(t, readUntil(t, out, "waiting"), "another process is building pulumi v3.100.0")
	close(made.wait)
	group.Wait()
	require.NoError(t, err)
	assert.Equal(t, "found "+found.Path+" <nil>", readUntil(t, out, "found"))
	assert.Equal(t, 1, made.count)
}

func TestAKilledBuildLeavesNothing(t *testing.T) {
	f, made, _ := newTestFinder(t)
	onlyOnPath(t)
	other, out := startFinder(t, f)
	readUntil(t, out, "half built <nil>")
	p, err := pulumiTool.pinned(f.moduleRoot)
	require.NoError(t, err)
	assert.NoFileExists(t, p.path(p.root(f.cache)))
	require.NoError(t, other.Process.Kill())
	_ = other.Wait()

	found, err := f.find(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, made.count)
	content, err := os.ReadFile(found.Path)
	require.NoError(t, err)
	assert.Equal(t, wholeProgram, string(content))
	assert.Equal(t, []string{"bin/" + filepath.Base(found.Path)}, inCache(t, found.Root))
}

func TestCancelledWhileWaiting(t *testing.T) {
	f, made, log := newTestFinder(t)
	onlyOnPath(t)
	made.wait = make(chan struct{})
	var err error
	var group sync.WaitGroup
	group.Go(func() { _, err = f.find(t.Context()) })
	log.waitFor("building")

	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error)
	go func() {
		_, err := f.find(ctx)
		second <- err
	}()
	log.waitFor("waiting")
	cancel()
	assert.ErrorIs(t, <-second, context.Canceled)
	close(made.wait)
	group.Wait()
	require.NoError(t, err, "the one who builds does not mind")
	assert.Equal(t, 1, made.count)
}

// goFinder is a finder that builds with the fake `go`, the only program on PATH. It returns where that one says how it was called.
func goFinder(t *testing.T) (*finder, string) {
	t.Helper()
	f, _, _ := newTestFinder(t)
	f.build = goBuild
	onlyOnPath(t, "go")
	record := filepath.Join(t.TempDir(), "call")
	t.Setenv(fakeGoRecord, record)
	return f, record
}

func TestGoBuild(t *testing.T) {
	f, record := goFinder(t)
	for name, value := range map[string]string{
		"GOFLAGS": "-mod=vendor -race", "GOWORK": "/elsewhere/go.work", "GO111MODULE": "off", "CGO_ENABLED": "1",
		"GOOS": "plan9", "GOARCH": "mips", "GOPROXY": "https://proxy.invalid", "GOCACHE": "/elsewhere/cache",
	} {
		t.Setenv(name, value)
	}
	found, err := f.find(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"bin/" + filepath.Base(found.Path)}, inCache(t, found.Root))

	content, err := os.ReadFile(record)
	require.NoError(t, err)
	var call goCall
	require.NoError(t, json.Unmarshal(content, &call))
	folder, err := filepath.EvalSymlinks(filepath.Join(f.moduleRoot, "tools", "pulumi"))
	require.NoError(t, err)
	got, err := filepath.EvalSymlinks(call.Folder)
	require.NoError(t, err)
	assert.Equal(t, folder, got)
	assert.Equal(t, "build", call.Args[0])
	assert.Contains(t, call.Args, "-trimpath")
	assert.Contains(t, call.Args, "-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.100.0")
	assert.Equal(t, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", call.Args[len(call.Args)-1])
	for name, want := range map[string]string{
		"GOFLAGS": "-mod=readonly", "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0", "GOOS": runtime.GOOS,
		"GOARCH": runtime.GOARCH, "GOPROXY": "https://proxy.invalid", "GOCACHE": "/elsewhere/cache",
	} {
		assert.Equal(t, want, call.Env[name], name)
	}
	assert.True(t, strings.HasPrefix(call.Env["GOTMPDIR"], found.Root), "temporary files go with the build")
}

func TestGoBuildFails(t *testing.T) {
	f, _ := goFinder(t)
	t.Setenv(fakeGoMode, "fail")
	_, err := f.find(t.Context())
	require.Error(t, err)
	assert.Contains(t, err.Error(), "pulumi v3.100.0: go build: exit status 1: # example.com/a; a.go:1:1: undefined: b")
	assert.NotContains(t, err.Error(), "\n")
	assert.NotContains(t, err.Error(), "downloading")
	p, err := pulumiTool.pinned(f.moduleRoot)
	require.NoError(t, err)
	assert.Empty(t, inCache(t, p.root(f.cache)))

	t.Setenv(fakeGoMode, "")
	_, err = f.find(t.Context())
	assert.NoError(t, err, "the next one tries again")
}

func TestGoBuildCancelled(t *testing.T) {
	f, record := goFinder(t)
	t.Setenv(fakeGoMode, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := f.find(ctx)
		ended <- err
	}()
	require.Eventually(t, func() bool { return isFile(record) }, longerThanAnyTest, lockRetry/10)
	cancel()
	assert.ErrorIs(t, <-ended, context.Canceled)
	p, err := pulumiTool.pinned(f.moduleRoot)
	require.NoError(t, err)
	assert.Empty(t, inCache(t, p.root(f.cache)))
}

func TestWithoutAToolchain(t *testing.T) {
	f, _, _ := newTestFinder(t)
	f.build = goBuild
	onlyOnPath(t)
	_, err := f.find(t.Context())
	assert.ErrorIs(t, err, exec.ErrNotFound)
	assert.ErrorContains(t, err, "install Go")
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	f, made, _ := newTestFinder(t)
	onlyOnPath(t)
	writeFile(t, f.cache, "a file where the folder should be")
	_, err := f.find(t.Context())
	assert.ErrorContains(t, err, f.cache)
	assert.Zero(t, made.count)
}
