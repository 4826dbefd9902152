package bundle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"iam-secured-api/internal/gotool"
)

const (
	// ArchiveName is the name of the file that [Build] creates.
	ArchiveName = "products.zip"

	// mainPackage is the Lambda's, relative to the module's root.
	mainPackage = "./cmd/products"
)

// Build compiles the product service of the module at moduleRoot with the Go
// toolchain on PATH, and returns the path of its archive, [ArchiveName] in outDir.
// It creates outDir if it is missing. The archive passes [Check] and is written
// completely or not at all. Builds at the same time do not disturb each other.
//
// The first build on a machine compiles the AWS SDK, too, and takes a minute or more.
// With the Go build cache, the next ones take about a second. Missing modules are
// downloaded. The error of a failed build has the compiler's last lines. That of a
// cancelled one is the context's.
func Build(ctx context.Context, moduleRoot, outDir string) (archivePath string, err error) {
	archivePath, err = build(ctx, moduleRoot, outDir)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", ArchiveName, err)
	}
	return archivePath, nil
}

func build(ctx context.Context, moduleRoot, outDir string) (archivePath string, err error) {
	scratch, err := os.MkdirTemp("", "products-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(scratch) }() // the operating system cleans what stays
	binary := filepath.Join(scratch, bootstrap)
	if err := compile(ctx, moduleRoot, scratch, binary); err != nil {
		return "", err
	}
	if err := os.MkdirAll(outDir, 0o755); err != nil {
		return "", err
	}
	// In the same folder, so that it can be renamed in one step.
	archive, err := os.CreateTemp(outDir, ".products-*.zip")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(archive.Name()) }() // it was renamed unless something failed
	if err := errors.Join(pack(binary, archive), archive.Chmod(0o644), archive.Close()); err != nil {
		return "", err
	}
	if err := Check(archive.Name()); err != nil {
		return "", err
	}
	archivePath = filepath.Join(outDir, ArchiveName)
	return archivePath, os.Rename(archive.Name(), archivePath)
}

// compile builds the function's program. The tag leaves out what only the retired
// runtime go1.x uses.
func compile(ctx context.Context, moduleRoot, scratch, binary string) error {
	env, err := gotool.LinuxArm64(ctx, moduleRoot)
	if err != nil {
		return err
	}
	_, err = gotool.Run(ctx, moduleRoot, append(env, "GOTMPDIR="+scratch), "build", "-o", binary, "-trimpath",
		"-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w -buildid=", mainPackage)
	return err
}
