package pulumicli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"iam-secured-api/internal/gotool"
)

const (
	// lockRetry is how often a process that waits for another's build looks again.
	lockRetry = 200 * time.Millisecond
	// scratchPrefix begins the names of the folders that builds work in.
	scratchPrefix = "build-"
)

// ensure returns the root that holds the tool as pinned, after building it where nobody has. The reason says why the user's
// own installation does not do. Among processes that come at the same time, one builds and the others wait for it.
func (f *finder) ensure(ctx context.Context, p pinnedTool, reason string) (string, error) {
	root := p.root(f.cache)
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if isFile(p.path(root)) {
		return root, nil
	}
	if err := os.MkdirAll(filepath.Join(root, "bin"), 0o755); err != nil {
		return "", fmt.Errorf("make a cache folder for %s: %w", p.binary, err)
	}
	unlock, err := f.lock(ctx, p, filepath.Join(root, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if isFile(p.path(root)) {
		return root, nil
	}
	start := time.Now()
	fmt.Fprintf(f.log, "%s: building %s %s once, into %s; this takes %s on two cores\n",
		reason, p.binary, p.version, root, p.takes)
	if err := f.buildInto(ctx, p, root); err != nil {
		return "", fmt.Errorf("build %s %s: %w", p.binary, p.version, err)
	}
	fmt.Fprintf(f.log, "built %s %s in %s\n", p.binary, p.version, time.Since(start).Round(time.Second))
	return root, nil
}

// lock waits until no other process builds the tool, and then keeps others from it until unlock is called. The operating
// system gives up the lock of a process that dies. The file stays: removing it would let two processes lock two files.
func (f *finder) lock(ctx context.Context, p pinnedTool, path string) (unlock func(), err error) {
	lock := flock.New(path)
	locked, err := lock.TryLock()
	if err == nil && !locked {
		fmt.Fprintf(f.log, "another process is building %s %s: waiting for it\n", p.binary, p.version)
		_, err = lock.TryLockContext(ctx, lockRetry)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s to build %s: %w", path, p.binary, err)
	}
	return func() { _ = lock.Unlock() }, nil // fails only where the lock is gone already
}

// buildInto builds the tool in a folder of its own beside its place, and moves it there in one step when it is whole: what is
// in its place is complete. What a build that died has left is removed. The caller holds the lock.
func (f *finder) buildInto(ctx context.Context, p pinnedTool, root string) (err error) {
	if err := removeScratch(root); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(root, scratchPrefix)
	if err != nil {
		return err
	}
	// The compilers of a build that was stopped may write for another moment: the next build removes what is left.
	defer func() { _ = os.RemoveAll(scratch) }()
	out := filepath.Join(scratch, p.fileName())
	if err := f.build(ctx, p, scratch, out); err != nil {
		return err
	}
	if err := syncFile(out); err != nil {
		return err
	}
	return os.Rename(out, p.path(root))
}

func removeScratch(root string) error {
	left, err := filepath.Glob(filepath.Join(root, scratchPrefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// syncFile makes sure that a file's content is on the disk before its name is.
func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// goBuild builds the tool with the Go toolchain on PATH. Its temporary files are in scratch, so that they go with it.
func goBuild(ctx context.Context, p pinnedTool, scratch, out string) error {
	env := append(append(os.Environ(), buildSettings()...), "GOTMPDIR="+scratch)
	args := append([]string{"build", "-o", out}, p.flags()...)
	_, err := gotool.Run(ctx, p.folder, env, append(args, p.pkg)...)
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%w or put a new enough %s on PATH", err, p.binary)
	}
	return err
}
