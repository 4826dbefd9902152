package instance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"iam-secured-api/internal/gotool"
)

// Program is the executable that runs on the instance.
type Program struct {
	Path   string
	SHA256 string // in hex
}

// key is the name of the program's object in the bucket. Another program is another object.
func (p Program) key() string { return "call-" + p.SHA256 }

// Build compiles cmd/call of the module at root for the instance, and returns it as a file
// in outDir. The same sources and toolchain always make the same file.
func Build(ctx context.Context, root, outDir string) (Program, error) {
	program, err := build(ctx, root, outDir)
	if err != nil {
		return Program{}, fmt.Errorf("build cmd/call: %w", err)
	}
	return program, nil
}

func build(ctx context.Context, root, outDir string) (Program, error) {
	env, err := gotool.LinuxArm64(ctx, root)
	if err != nil {
		return Program{}, err
	}
	if err := os.MkdirAll(outDir, 0o755); err != nil {
		return Program{}, err
	}
	scratch, err := os.MkdirTemp(outDir, ".build-")
	if err != nil {
		return Program{}, err
	}
	defer func() { _ = os.RemoveAll(scratch) }() // it was moved unless something failed
	binary := filepath.Join(scratch, "call")
	if _, err := gotool.Run(ctx, root, env, "build", "-o", binary, "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=",
		"./cmd/call"); err != nil {
		return Program{}, err
	}
	program, err := ProgramOf(binary)
	if err != nil {
		return Program{}, err
	}
	program.Path = filepath.Join(outDir, program.key())
	return program, os.Rename(binary, program.Path)
}

// ProgramOf returns an executable that exists.
func ProgramOf(path string) (Program, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Program{}, err
	}
	sum := sha256.Sum256(content)
	return Program{Path: path, SHA256: hex.EncodeToString(sum[:])}, nil
}
