package pulumicli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/modfile"
)

// tool is a program that is built from a module of its own, whose go.mod names the program's package in its `tool` directive
// and pins its version.
type tool struct {
	binary string // without the suffix that Windows wants
	module string // its module's folder, relative to the root, with slashes
	takes  string // how long the first build takes
}

var (
	pulumiTool       = tool{binary: "pulumi", module: "tools/pulumi", takes: "about five minutes"}
	languageHostTool = tool{binary: "pulumi-language-go", module: "tools/languagehost", takes: "about a minute"}
)

// pinnedTool is a tool as its module pins it.
type pinnedTool struct {
	tool
	folder  string // absolute path of the tool's module
	pkg     string // import path of the tool's main package
	version string // of the module that holds that package, such as v3.258.0
	sum     string // of all that decides what a build makes, apart from the toolchain
}

// pinned reads what the module of the tool pins.
func (t tool) pinned(moduleRoot string) (pinnedTool, error) {
	p := pinnedTool{tool: t, folder: filepath.Join(moduleRoot, filepath.FromSlash(t.module))}
	goMod, err := os.ReadFile(filepath.Join(p.folder, "go.mod"))
	if err != nil {
		return p, fmt.Errorf("read the pinned version of %s: %w", t.binary, err)
	}
	goSum, err := os.ReadFile(filepath.Join(p.folder, "go.sum"))
	if err != nil {
		return p, fmt.Errorf("read the checksums of %s: %w", t.binary, err)
	}
	file, err := modfile.Parse(t.module+"/go.mod", goMod, nil)
	if err != nil {
		return p, fmt.Errorf("read the pinned version of %s: %w", t.binary, err)
	}
	if len(file.Tool) != 1 {
		return p, fmt.Errorf("%s/go.mod: %d tool directives, want exactly one", t.module, len(file.Tool))
	}
	p.pkg = file.Tool[0].Path
	if p.version = requiredVersion(file, p.pkg); p.version == "" {
		return p, fmt.Errorf("%s/go.mod: no require line for the module of %s", t.module, p.pkg)
	}
	hash := sha256.New()
	for _, part := range []string{string(goMod), string(goSum), strings.Join(p.flags(), " "), strings.Join(buildSettings(), " ")} {
		fmt.Fprintf(hash, "%d %s\n", len(part), part)
	}
	p.sum = hex.EncodeToString(hash.Sum(nil))[:16]
	return p, nil
}

// requiredVersion is the version that go.mod requires of the module which holds a package: the one with the longest path that
// the package's path begins with. It is empty where there is none.
func requiredVersion(file *modfile.File, pkg string) string {
	var path, version string
	for _, require := range file.Require {
		mod := require.Mod
		if (pkg == mod.Path || strings.HasPrefix(pkg, mod.Path+"/")) && len(mod.Path) > len(path) {
			path, version = mod.Path, mod.Version
		}
	}
	return version
}

// flags are those of `go build`. A Pulumi program built from source has an empty version unless the linker sets it, and the
// Automation API refuses an empty version.
func (p pinnedTool) flags() []string {
	return []string{
		"-trimpath",
		"-buildvcs=false",
		"-ldflags=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=" + p.version,
	}
}

// buildSettings are the parts of a build's environment that are not the user's: this machine's program, from the tool's own
// module and no other, without a C compiler. GOFLAGS is not left empty, because an empty one means that of `go env -w`.
func buildSettings() []string {
	return []string{
		"GO111MODULE=on",
		"GOWORK=off",
		"GOFLAGS=-mod=readonly",
		"CGO_ENABLED=0",
		"GOOS=" + runtime.GOOS,
		"GOARCH=" + runtime.GOARCH,
	}
}

// root is the folder in the cache that one build of the tool is kept in, as bin/<binary>.
func (p pinnedTool) root(cache string) string {
	return filepath.Join(cache, strings.Join([]string{p.binary, p.version, runtime.GOOS, runtime.GOARCH, p.sum}, "-"))
}

// path is where the tool's program is in a root.
func (p pinnedTool) path(root string) string {
	return filepath.Join(root, "bin", p.fileName())
}

func (p pinnedTool) fileName() string {
	if runtime.GOOS == "windows" {
		return p.binary + ".exe"
	}
	return p.binary
}
