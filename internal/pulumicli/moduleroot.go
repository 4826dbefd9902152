package pulumicli

import (
	"fmt"
	"os"
	"path/filepath"
)

// ModuleRoot is the absolute path of the checkout that the working directory is in: the nearest folder, from there upwards,
// that holds a go.mod and the modules of the pinned tools. It does not depend on the module's name, which a fork changes, and
// works for `go run ./cmd/...`, where the working directory is the user's, as for tests, where it is the package's folder.
// Outside a checkout the error says so.
func ModuleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module's root: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if isFile(filepath.Join(dir, "go.mod")) && isFile(filepath.Join(dir, pulumiTool.module, "go.mod")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no folder from %s upwards holds go.mod and %s/go.mod: run this inside a checkout of the project",
				start, pulumiTool.module)
		}
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
