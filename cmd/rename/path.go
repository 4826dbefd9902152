package main

import (
	"errors"
	"fmt"
	"go/build"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// reserved lists the paths that mean something else to the go command. See `go
// help packages` and the toolchain line of go.mod.
var reserved = []string{"all", "main", "std", "tool", "toolchain", "work"}

// checkPath checks that a module with this go.mod can have the new path. It is
// as strict as the go command. A path without a dot before its first slash is valid,
// although other modules cannot import it.
func checkPath(newPath string, goMod *modfile.File) error {
	if newPath == "" {
		return errors.New("the module path is empty: want one such as github.com/acme/products-api")
	}
	if err := module.CheckImportPath(newPath); err != nil {
		return fmt.Errorf("not a module path: %w", err)
	}
	if _, _, ok := module.SplitPathVersion(newPath); !ok {
		return fmt.Errorf("not a module path: %q: only /v2 and above can be its version", newPath)
	}
	first, _, _ := strings.Cut(newPath, "/")
	if slices.Contains(reserved, newPath) || inStandardLibrary(first) {
		return fmt.Errorf("not a module path: %q: %s belongs to Go itself", newPath, first)
	}
	for _, require := range goMod.Require {
		if require.Mod.Path == newPath {
			return fmt.Errorf("not a path for this module: %q is one that it requires", newPath)
		}
	}
	return nil
}

// inStandardLibrary reports whether imports that begin with this path element
// belong to the standard library.
func inStandardLibrary(first string) bool {
	info, err := os.Stat(filepath.Join(build.Default.GOROOT, "src", first))
	return err == nil && info.IsDir()
}

// programName returns the name of the program that the go command builds at a
// module's root: the last element of the path that is not a version.
func programName(modulePath string) string {
	prefix, _, _ := module.SplitPathVersion(modulePath)
	return path.Base(prefix)
}
