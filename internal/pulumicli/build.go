package pulumicli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	// lockRetry is how often a process that waits for another's build looks again.
	lockRetry = 200 * time.Millisecond
	// buildGrace is how long a build that was told to stop may take to do so, before it is killed.
	buildGrace = 5 * time.Second
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
	goTool, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("%w: install Go from https://go.dev/dl or put a new enough %s on PATH", err, p.binary)
	}
	args := append([]string{"build", "-o", out}, p.flags()...)
	cmd := exec.CommandContext(ctx, goTool, append(args, p.pkg)...)
	cmd.Dir = p.folder
	cmd.Env = append(append(cmd.Environ(), buildSettings()...), "GOTMPDIR="+scratch)
	cmd.Cancel = func() error { return stop(cmd.Process) }
	cmd.WaitDelay = buildGrace
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %s", err, lastLines(output.String()))
	}
	return nil
}

// stop asks a process to end, where the operating system knows how to ask, so that it takes its children with it.
func stop(process *os.Process) error {
	if err := process.Signal(os.Interrupt); err != nil {
		return process.Kill()
	}
	return nil
}

// lastLines is the end of a build's output, on one line, without the progress of its downloads.
func lastLines(output string) string {
	const most = 10
	var lines []string
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "go: downloading ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-most):], "; ")
}
