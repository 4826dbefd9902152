package pulumicli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test binary also plays the programs that the package runs: copied under their names, it answers as they would, as the
// variables below tell it.
const (
	fakePulumiVersion = "FAKE_PULUMI_VERSION" // what `pulumi version` prints
	fakePulumiMode    = "FAKE_PULUMI_MODE"    // "", "fail", "hang"
	fakeGoRecord      = "FAKE_GO_RECORD"      // a file for what `go` was called with
	fakeGoMode        = "FAKE_GO_MODE"        // "", "fail", "hang"
	fakeFinderRoot    = "FAKE_FINDER_ROOT"    // makes this process a second finder, on that module root
	fakeFinderCache   = "FAKE_FINDER_CACHE"
)

const longerThanAnyTest = 5 * time.Minute

func TestMain(m *testing.M) {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	switch {
	case name == "pulumi":
		os.Exit(playPulumi())
	case name == "go":
		os.Exit(playGo())
	case os.Getenv(fakeFinderRoot) != "":
		os.Exit(playFinder())
	}
	os.Exit(m.Run())
}

func playPulumi() int {
	switch os.Getenv(fakePulumiMode) {
	case "fail":
		fmt.Println(os.Getenv(fakePulumiVersion))
		return 1
	case "hang":
		time.Sleep(longerThanAnyTest)
	}
	if len(os.Args) != 2 || os.Args[1] != "version" {
		return 2
	}
	fmt.Println(os.Getenv(fakePulumiVersion))
	return 0
}

type goCall struct {
	Args   []string
	Env    map[string]string
	Folder string
}

func playGo() int {
	call := goCall{Args: os.Args[1:], Env: map[string]string{}}
	call.Folder, _ = os.Getwd()
	for _, setting := range os.Environ() {
		name, value, _ := strings.Cut(setting, "=")
		call.Env[name] = value
	}
	var out string
	for i, arg := range call.Args[:len(call.Args)-1] {
		if arg == "-o" {
			out = call.Args[i+1]
		}
	}
	self, err := os.Executable()
	if err == nil {
		err = copyProgram(self, out)
	}
	record, _ := json.Marshal(call)
	if err = errors.Join(err, os.WriteFile(os.Getenv(fakeGoRecord), record, 0o600)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	switch os.Getenv(fakeGoMode) {
	case "fail":
		fmt.Fprint(os.Stderr, "go: downloading example.com/a v1.0.0\n# example.com/a\n\na.go:1:1: undefined: b\n")
		return 1
	case "hang":
		time.Sleep(longerThanAnyTest)
	}
	return 0
}

// playFinder finds the CLI in another process, with a build that never ends, and prints its log and then what it found.
func playFinder() int {
	f := &finder{
		log:        os.Stdout,
		moduleRoot: os.Getenv(fakeFinderRoot),
		cache:      os.Getenv(fakeFinderCache),
		build: func(_ context.Context, _ pinnedTool, _, out string) error {
			err := os.WriteFile(out, []byte("half a program"), 0o755)
			fmt.Println("half built", err)
			time.Sleep(longerThanAnyTest)
			return err
		},
	}
	found, err := f.find(context.Background())
	fmt.Println("found", found.Path, err)
	return 0
}

func copyProgram(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// onlyOnPath makes PATH a new folder with the named programs and nothing else, and returns it.
func onlyOnPath(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	for _, name := range names {
		require.NoError(t, copyProgram(self, filepath.Join(dir, pinnedTool{tool: tool{binary: name}}.fileName())))
	}
	t.Setenv("PATH", dir)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else each fake program takes a second to end when built with -race
	return dir
}

const (
	testPin      = "v3.100.0"
	testHostPin  = "v3.50.0"
	pulumiModule = `module example.com/fork/tools/pulumi

go 1.25.11

tool github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

require (
	github.com/pulumi/pulumi v1.2.3 // indirect
	github.com/pulumi/pulumi/pkg/v3 v3.100.0 // indirect
	github.com/pulumi/pulumi/sdk/v3 v3.99.0 // indirect
)
`
	hostModule = `module example.com/fork/tools/languagehost

go 1.25.11

tool github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go

require github.com/pulumi/pulumi/sdk/v3 v3.50.0 // indirect
`
)

// newCheckout makes the parts of a checkout that the package reads, under another module name than this project's.
func newCheckout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for path, content := range map[string]string{
		"go.mod":                    "module example.com/fork\n",
		"Pulumi.yaml":               "name: fork\n",
		"tools/pulumi/go.mod":       pulumiModule,
		"tools/pulumi/go.sum":       "one sum\n",
		"tools/languagehost/go.mod": hostModule,
		"tools/languagehost/go.sum": "another sum\n",
	} {
		writeFile(t, filepath.Join(root, filepath.FromSlash(path)), content)
	}
	return root
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

// newTestFinder is a finder on a checkout and a cache of its own, with a build that only counts.
func newTestFinder(t *testing.T) (*finder, *builds, *lines) {
	t.Helper()
	log, made := &lines{}, &builds{}
	return &finder{
		log:            log,
		moduleRoot:     newCheckout(t),
		cache:          filepath.Join(t.TempDir(), "cache"),
		versionTimeout: longerThanAnyTest,
		build:          made.build,
	}, made, log
}

const wholeProgram = "a whole program"

// builds counts builds. Each makes a file, and first waits for the channel where there is one.
type builds struct {
	mu    sync.Mutex
	count int
	wait  chan struct{}
}

func (b *builds) build(_ context.Context, _ pinnedTool, scratch, out string) error {
	if b.wait != nil {
		<-b.wait
	}
	b.mu.Lock()
	b.count++
	b.mu.Unlock()
	err := os.WriteFile(filepath.Join(scratch, "temporary"), nil, 0o644)
	return errors.Join(err, os.WriteFile(out, []byte(wholeProgram), 0o755))
}

// lines keeps what was logged. Anyone can wait for a line.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSuffix(l.buf.String(), "\n"), "\n")
}

// waitFor returns when something was logged that contains a text. `go test` stops it if that never happens.
func (l *lines) waitFor(text string) {
	for !strings.Contains(strings.Join(l.all(), "\n"), text) {
		time.Sleep(5 * time.Millisecond)
	}
}

// inCache lists the files under a folder, apart from the lock.
func inCache(t *testing.T, root string) []string {
	t.Helper()
	files := []string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || path == root || entry.Name() == "lock" || entry.Name() == "bin" {
			return err
		}
		relative, err := filepath.Rel(root, path)
		files = append(files, filepath.ToSlash(relative))
		return err
	}))
	return files
}
