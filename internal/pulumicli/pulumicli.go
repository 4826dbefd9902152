// Package pulumicli finds the Pulumi CLI that the project runs its programs with: one on PATH that is new enough, else the
// pinned one, built once from source into the user's cache folder. Nothing is installed, and nothing in the checkout changes.
//
// The cache folder is the one of os.UserCacheDir. In it, each build has a folder of its own,
// iam-secured-api/<tool>-<version>-<os>-<architecture>-<sum>/bin, whose sum changes with the tool's go.mod, go.sum and build
// flags. It may be removed at any time: the next use builds again.
package pulumicli

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"golang.org/x/mod/semver"

	"iam-secured-api/internal/gotool"
)

// CLI is a Pulumi CLI that is new enough.
type CLI struct {
	// Path is the absolute path of the program.
	Path string
	// Root is the folder that holds the CLI as bin/pulumi, as auto.PulumiCommandOptions wants it. It is empty for a CLI found on
	// PATH, which the Automation API then finds there too.
	Root string
	// Version is what the CLI says of itself, such as v3.258.0.
	Version string
}

// Command is the CLI as the Automation API takes it, in auto.Pulumi.
func (c CLI) Command() (auto.PulumiCommand, error) {
	return auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: c.Root})
}

// Find returns the first `pulumi` on PATH, provided that it is a release of the pinned major version and not older than the
// pinned one, which tools/pulumi/go.mod names. A development build is not new enough, whatever it calls itself. Else Find
// returns the pinned CLI from the user's cache folder, and builds it with the Go toolchain where nobody has done so yet: it
// then says on log, in one line each, what it does, why and for how long, that it waits for another process doing the same,
// and how long it took. Where there is nothing to build, it writes nothing.
//
// Find fails outside a checkout (see gotool.ModuleRoot), without a Go toolchain on PATH where one is needed, and when ctx ends. A
// build that fails or is cut off leaves nothing that counts as built.
func Find(ctx context.Context, log io.Writer) (CLI, error) {
	f, err := newFinder(log)
	if err != nil {
		return CLI{}, err
	}
	return f.find(ctx)
}

// LanguageHost returns the folder that holds `pulumi-language-go`, the program that a Pulumi CLI needs to run a Go program by
// itself, as plain `pulumi up` does. It comes with the official CLI, in the same folder, but not with one built from source.
// It is the first one on PATH, or else an older one from the user's cache folder, built on the same terms as in Find: it knows no
// buildTarget, so it is good for tests. Put the folder on the PATH of the CLI.
func LanguageHost(ctx context.Context, log io.Writer) (string, error) {
	f, err := newFinder(log)
	if err != nil {
		return "", err
	}
	return f.languageHost(ctx)
}

// finder looks for tools, and builds them.
type finder struct {
	log            io.Writer
	moduleRoot     string
	cache          string
	versionTimeout time.Duration
	// build makes the program of a tool at out. Its temporary files are in scratch.
	build func(ctx context.Context, p pinnedTool, scratch, out string) error
}

func newFinder(log io.Writer) (*finder, error) {
	moduleRoot, err := gotool.ModuleRoot()
	if err != nil {
		return nil, err
	}
	cache, err := gotool.CacheDir()
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = io.Discard
	}
	return &finder{
		log:            log,
		moduleRoot:     moduleRoot,
		cache:          cache,
		versionTimeout: 30 * time.Second,
		build:          goBuild,
	}, nil
}

func (f *finder) find(ctx context.Context) (CLI, error) {
	p, err := pulumiTool.pinned(f.moduleRoot)
	if err != nil {
		return CLI{}, err
	}
	found, err := f.onPath(ctx, p)
	if err == nil {
		return found, nil
	}
	root, err := f.ensure(ctx, p, err.Error())
	if err != nil {
		return CLI{}, err
	}
	return CLI{Path: p.path(root), Root: root, Version: p.version}, nil
}

func (f *finder) languageHost(ctx context.Context) (string, error) {
	if path, err := lookPath(languageHostTool.binary); err == nil {
		return filepath.Dir(path), nil
	}
	p, err := languageHostTool.pinned(f.moduleRoot)
	if err != nil {
		return "", err
	}
	root, err := f.ensure(ctx, p, "no "+p.binary+" on PATH")
	if err != nil {
		return "", err
	}
	return filepath.Dir(p.path(root)), nil
}

// onPath is the CLI on PATH. The error says why it does not do.
func (f *finder) onPath(ctx context.Context, p pinnedTool) (CLI, error) {
	path, err := lookPath(p.binary)
	if err != nil {
		return CLI{}, fmt.Errorf("no %s on PATH", p.binary)
	}
	version, err := f.versionOf(ctx, path)
	if err != nil {
		return CLI{}, fmt.Errorf("%s does not say its version (%w)", path, err)
	}
	if !newEnough(version, p.version) {
		return CLI{}, fmt.Errorf("%s is %.40q, not a release from %s on", path, version, p.version)
	}
	return CLI{Path: path, Version: version}, nil
}

func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// versionOf asks a CLI for its version. It waits no longer than it must for a program that may be anything.
func (f *finder) versionOf(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, f.versionTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(cmd.Environ(), "PULUMI_SKIP_UPDATE_CHECK=true")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return strings.TrimSpace(string(out)), err
}

// newEnough reports whether a version is that of a release, of the pinned major version, and not older than the pinned one.
// The Automation API refuses another major version.
func newEnough(version, pinned string) bool {
	isRelease := semver.Canonical(version) == version && semver.Prerelease(version) == ""
	return isRelease && semver.Major(version) == semver.Major(pinned) && semver.Compare(version, pinned) >= 0
}
