package pulumicli

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewEnough(t *testing.T) {
	for version, want := range map[string]bool{
		"v3.100.0":              true,
		"v3.100.1":              true,
		"v3.101.0":              true,
		"v3.1000.0":             true,
		"v3.99.9":               false,
		"v3.11.0":               false,
		"v2.200.0":              false,
		"v4.0.0":                false, // the Automation API refuses another major version
		"v3.101.0-dev.0":        false,
		"v3.101.0-alpha.17":     false,
		"v3.101.0+dirty":        false,
		"v3.100.0-alpha+g12345": false,
		"v3.101":                false,
		"v3":                    false,
		"3.101.0":               false,
		"v3.101.0\nv3.101.0":    false,
		"pulumi v3.101.0":       false,
		"":                      false,
	} {
		assert.Equal(t, want, newEnough(version, testPin), "%q", version)
	}
}

func TestFindOnPath(t *testing.T) {
	tests := map[string]struct {
		version, mode string
		reason        string // none: the one on PATH is used
	}{
		"pinned":          {version: "v3.100.0"},
		"newer":           {version: "v3.123.4"},
		"older":           {version: "v3.99.0", reason: `"v3.99.0"`},
		"development":     {version: "v3.200.0-dev.0", reason: `"v3.200.0-dev.0"`},
		"dirty":           {version: "v3.200.0+dirty", reason: `"v3.200.0+dirty"`},
		"no version":      {version: "", reason: `""`},
		"another program": {version: strings.Repeat("usage: ", 1000), reason: "usage: "},
		"several lines":   {version: "warning\nv3.200.0", reason: `warning\nv3.200.0`},
		"fails":           {version: "v3.200.0", mode: "fail", reason: "exit status 1"},
		"hangs":           {version: "v3.200.0", mode: "hang", reason: "deadline exceeded"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, made, log := newTestFinder(t)
			if test.mode == "hang" {
				f.versionTimeout = 50 * time.Millisecond
			}
			dir := onlyOnPath(t, "pulumi")
			onPath := filepath.Join(dir, filepath.Base(pinnedTool{tool: pulumiTool}.path("")))
			t.Setenv(fakePulumiVersion, test.version)
			t.Setenv(fakePulumiMode, test.mode)

			found, err := f.find(t.Context())
			require.NoError(t, err)
			if test.reason == "" {
				assert.Equal(t, CLI{Path: onPath, Version: test.version}, found)
				assert.Zero(t, made.count)
				assert.Equal(t, []string{""}, log.all())
				return
			}
			assert.Equal(t, testPin, found.Version)
			assert.Equal(t, 1, made.count)
			require.Len(t, log.all(), 2)
			said := log.all()[0]
			assert.Contains(t, said, onPath)
			assert.Contains(t, said, test.reason)
			assert.Contains(t, said, testPin)
			assert.Contains(t, said, pulumiTool.takes)
			assert.Less(t, len(said), 1000, "a program's answer is not repeated at length")
		})
	}
}

func TestFindNothingOnPath(t *testing.T) {
	f, made, log := newTestFinder(t)
	onlyOnPath(t)
	first, err := f.find(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first.Path, filepath.Join(first.Root, "bin", filepath.Base(first.Path)), "as the Automation API wants it")
	assert.True(t, strings.HasPrefix(first.Root, f.cache))
	assert.Contains(t, log.all()[0], "no pulumi on PATH")
	assert.Contains(t, log.all()[1], "built pulumi v3.100.0 in ")
	assert.Equal(t, []string{"bin/" + filepath.Base(first.Path)}, inCache(t, first.Root))

	said := log.all()
	second, err := f.find(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first, second)
	assert.Equal(t, 1, made.count)
	assert.Equal(t, said, log.all(), "nothing is said when there is nothing to build")
}

func TestAnotherPinIsBuiltAnew(t *testing.T) {
	for _, file := range []string{"go.mod", "go.sum"} {
		t.Run(file, func(t *testing.T) {
			f, made, _ := newTestFinder(t)
			onlyOnPath(t)
			before, err := f.find(t.Context())
			require.NoError(t, err)
			path := filepath.Join(f.moduleRoot, "tools", "pulumi", file)
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			writeFile(t, path, string(content)+"\n")
			after, err := f.find(t.Context())
			require.NoError(t, err)
			assert.NotEqual(t, before.Root, after.Root)
			assert.Equal(t, 2, made.count)
		})
	}
}

func TestLanguageHost(t *testing.T) {
	f, made, log := newTestFinder(t)
	dir := onlyOnPath(t, "pulumi-language-go")
	found, err := f.languageHost(t.Context())
	require.NoError(t, err)
	assert.Equal(t, dir, found)
	assert.Zero(t, made.count)

	onlyOnPath(t, "pulumi")
	found, err = f.languageHost(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "bin", filepath.Base(found))
	assert.FileExists(t, filepath.Join(found, pinnedTool{tool: languageHostTool}.fileName()))
	assert.Equal(t, 1, made.count)
	assert.Contains(t, log.all()[0], testHostPin)
}

// TestFindAsExported goes the whole way of Find, with a toolchain that copies the fake CLI: from a working directory deep in the
// checkout to a command of the Automation API.
func TestFindAsExported(t *testing.T) {
	root := newCheckout(t)
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("LocalAppData", t.TempDir())
	t.Setenv(fakePulumiVersion, "v3.100.0")
	t.Setenv(fakeGoRecord, filepath.Join(t.TempDir(), "call"))
	onlyOnPath(t, "go")
	t.Chdir(filepath.Join(root, "tools", "languagehost"))

	found, err := Find(t.Context(), nil)
	require.NoError(t, err)
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(cache, "iam-secured-api"), filepath.Dir(found.Root))
	t.Setenv(fakePulumiVersion, "v3.999.0")
	command, err := found.Command()
	require.NoError(t, err)
	assert.Equal(t, "3.999.0", command.Version().String())

	host, err := LanguageHost(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(cache, "iam-secured-api"), filepath.Dir(filepath.Dir(host)))
}

func TestFindOutsideACheckout(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := Find(t.Context(), nil)
	assert.ErrorContains(t, err, "inside a checkout")
	_, err = LanguageHost(t.Context(), nil)
	assert.ErrorContains(t, err, "inside a checkout")
}

func TestFindWithoutACacheFolder(t *testing.T) {
	t.Chdir(newCheckout(t))
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(name, "")
	}
	_, err := Find(t.Context(), nil)
	assert.ErrorContains(t, err, "cache folder")
}

func TestFindCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, made, log := newTestFinder(t)
	for _, onPath := range [][]string{nil, {"pulumi"}} {
		onlyOnPath(t, onPath...)
		t.Setenv(fakePulumiVersion, "v3.100.0")
		_, err := f.find(ctx)
		assert.ErrorIs(t, err, context.Canceled)
	}
	assert.Zero(t, made.count)
	assert.Equal(t, []string{""}, log.all())
}
