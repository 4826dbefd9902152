// Package gotool runs the Go toolchain on PATH in the checkout that the working
// directory is in.
package gotool

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// grace is how long a command that was told to stop may take to do so, before it
// is killed.
const grace = 5 * time.Second

// marker is a file that only the root of a checkout has together with a go.mod.
const marker = "Pulumi.yaml"

// ModuleRoot is the absolute path of the checkout that the working directory is
// in: the nearest folder, from there upwards, that holds a go.mod and a
// Pulumi.yaml. It does not depend on the module's name, which a fork changes, and
// works for `pulumi up` and `go run ./cmd/...`, where the working directory is
// the user's, as for tests, where it is the package's folder. Outside a checkout
// the error says so.
func ModuleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module's root: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if holds(dir, "go.mod") && holds(dir, marker) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no folder from %s upwards holds go.mod and %s: run this inside a checkout of the project", start, marker)
		}
	}
}

func holds(dir, file string) bool {
	_, err := os.Stat(filepath.Join(dir, file))
	return err == nil
}

// CacheDir is the folder of the user's cache that holds what is built:
// iam-secured-api in os.UserCacheDir.
func CacheDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache folder: %w", err)
	}
	return filepath.Join(cache, "iam-secured-api"), nil
}

// Run runs the Go command in a folder with an environment (KEY=VALUE) and returns
// what it prints. The error of a command that fails has its last lines, on one
// line; that of a cancelled one is the context's.
func Run(ctx context.Context, dir string, env []string, args ...string) (string, error) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("%w: install Go from https://go.dev/dl", err)
	}
	cmd := exec.CommandContext(ctx, goTool, args...)
	cmd.Dir = dir
	cmd.Env = env
	cmd.Cancel = func() error { return stop(cmd.Process) }
	cmd.WaitDelay = grace
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("go %s: %w: %s", args[0], err, lastLines(stderr.String()))
	}
	return stdout.String(), nil
}

// stop asks a process to end, where the operating system knows how to ask, so
// that it takes its children with it.
func stop(process *os.Process) error {
	if err := process.Signal(os.Interrupt); err != nil {
		return process.Kill()
	}
	return nil
}

// lastLines is the end of a command's output, on one line, without the progress
// of its downloads.
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
