package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const leanUsage = `
  go run ./cmd/rename -lean [PATH]
      Leaves behind the sandbox and what only serves it: the tests that use it,
      their tools, their steps in .ci and their parts of the documents. Renames
      the module, too, if there is a PATH, and runs go mod tidy. What remains
      builds and passes its tests. Lists the lines that still name the sandbox.
      A Git checkout must have no uncommitted changes.
`

// scaffolding lists the files and folders that only serve the sandbox. The tests
// that use it are not listed but found by what they import.
var scaffolding = []string{
	".ci/browser",
	".ci/cli",
	".ci/without-sandbox",
	"Pulumi.sandbox.yaml",
	"cmd/rename/lean.go",
	"cmd/rename/lean_test.go",
	"cmd/sandbox",
	"docs/sandbox.md",
	"examples/instance-caller/tests",
	"internal/prepare",
	"internal/sandbox",
	"tests/checkout",
	"tests/fork",
	"tests/repository/resources_test.go",
	"tools/languagehost",
	"tools/pulumi",
}

// Lines between these two are the sandbox's. In code, they are comments.
const (
	blockBegin = "<!-- sandbox -->"
	blockEnd   = "<!-- /sandbox -->"
)

// names are the names that no line should contain once the sandbox is removed.
var names = []string{"cmd/sandbox", "internal/prepare", "internal/sandbox", "docs/sandbox.md"}

// lean removes the sandbox from the working directory, and renames the module
// if the arguments contain a path.
func lean(args []string, out io.Writer) error {
	if len(args) > 1 {
		return errUsage
	}
	if len(args) == 1 { // refuse a wrong path before anything is removed
		if _, err := plan(args[0]); err != nil {
			return err
		}
	}
	t, err := planTrimming()
	if err != nil {
		return err
	}
	if err := t.apply(out); err != nil {
		return err
	}
	if len(args) == 1 {
		if err := rename(args[0], out); err != nil {
			return err
		}
	}
	return tidy(out)
}

// trimming is every change that removing the sandbox causes. It is complete
// before anything is written.
type trimming struct {
	removed []string // files and folders
	changes []change
	left    []string // FILE:LINE: TEXT of the lines that still name the sandbox
}

func planTrimming() (*trimming, error) {
	goMod, _, err := readModule()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join("internal", "sandbox")); err != nil {
		return nil, fmt.Errorf("no sandbox to leave behind: %w", err)
	}
	if err := checkClean(); err != nil {
		return nil, err
	}
	files, err := readFiles(goMod.Module.Mod.Path)
	if err != nil {
		return nil, err
	}
	t := &trimming{}
	for _, name := range scaffolding {
		if _, err := os.Lstat(filepath.FromSlash(name)); err == nil {
			t.removed = append(t.removed, name)
		}
	}
	for i, f := range files {
		text, err := withoutBlocks(f.file, string(f.old))
		if err == nil {
			files[i].new, err = formatted(f, []byte(text))
		}
		if err != nil {
			return nil, err
		}
	}
	if err := t.removeUsers(files, goMod.Module.Mod.Path); err != nil {
		return nil, err
	}
	for _, f := range files {
		if t.removes(f.file) {
			continue
		}
		if !bytes.Equal(f.old, f.new) {
			t.changes = append(t.changes, f)
		}
		t.left = append(t.left, naming(f)...)
	}
	return t, nil
}

// checkClean refuses a Git checkout with uncommitted changes, because Git could
// not restore them. It accepts a folder that is not a Git checkout.
func checkClean() error {
	if _, err := os.Lstat(".git"); err != nil {
		return nil
	}
	out, err := exec.Command("git", "status", "--porcelain").Output()
	if err != nil {
		return fmt.Errorf("git status: %w", err)
	}
	if first, _, changed := strings.Cut(string(out), "\n"); changed {
		return fmt.Errorf("uncommitted changes, such as %q: commit or stash them first", strings.TrimSpace(first))
	}
	return nil
}

// removeUsers adds the folders in tests/ that import something removed, until no
// more do. Any other package that does is an error.
func (t *trimming) removeUsers(files []change, modulePath string) error {
	for {
		before := len(t.removed)
		for _, f := range files {
			if !strings.HasSuffix(f.file, ".go") || t.removes(f.file) {
				continue
			}
			used, err := t.removedImport(f, modulePath)
			if err != nil {
				return err
			}
			if used == "" {
				continue
			}
			elements := strings.Split(f.file, "/")
			if elements[0] != "tests" || len(elements) < 3 {
				return fmt.Errorf("%s imports %s, and only packages in tests/ may use the sandbox", f.file, used)
			}
			t.removed = append(t.removed, path.Join(elements[:2]...))
		}
		if len(t.removed) == before {
			slices.Sort(t.removed)
			return nil
		}
	}
}

// removedImport returns a removed folder that a Go file imports, or "".
func (t *trimming) removedImport(f change, modulePath string) (string, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), f.file, f.new, parser.ImportsOnly)
	if err != nil {
		return "", err
	}
	for _, spec := range parsed.Imports {
		folder, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), modulePath+"/")
		if ours && t.removes(folder) {
			return folder, nil
		}
	}
	return "", nil
}

// removes reports whether a file or folder is removed, or is in a folder that is.
func (t *trimming) removes(name string) bool {
	return slices.ContainsFunc(t.removed, func(removed string) bool {
		return name == removed || strings.HasPrefix(name, removed+"/")
	})
}

// withoutBlocks removes the lines between the marks, and the marks. Of several empty
// lines around a block, one stays. In Pulumi.yaml, marks would be printed to users of
// the template, so it removes the line that recommends the sandbox.
func withoutBlocks(file, text string) (string, error) {
	var kept []string
	begin := 0 // the number of the line that began the block, or 0
	ended := false
	for i, line := range strings.SplitAfter(text, "\n") {
		switch mark := strings.Trim(line, " \t\r\n/#"); {
		case mark == blockBegin && begin > 0:
			return "", fmt.Errorf("%s:%d: the block that began in line %d has not ended", file, i+1, begin)
		case mark == blockBegin:
			begin = i + 1
		case mark == blockEnd && begin == 0:
			return "", fmt.Errorf("%s:%d: no block has begun", file, i+1)
		case mark == blockEnd:
			begin, ended = 0, true
		case begin > 0:
		case file == "Pulumi.yaml" && strings.HasSuffix(line, "go run ./cmd/sandbox\n"):
			ended = true
		case ended && strings.TrimSpace(line) == "" && (len(kept) == 0 || strings.TrimSpace(kept[len(kept)-1]) == ""):
		default:
			kept = append(kept, line)
			ended = false
		}
	}
	if begin > 0 {
		return "", fmt.Errorf("%s:%d: the block does not end", file, begin)
	}
	return strings.Join(kept, ""), nil
}

// naming returns the lines of a file's new content that name the sandbox.
func naming(f change) []string {
	var lines []string
	for i, line := range strings.Split(string(f.new), "\n") {
		if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(line, name) }) {
			lines = append(lines, fmt.Sprintf("%s:%d: %s", f.file, i+1, strings.TrimSpace(line)))
		}
	}
	return lines
}

// apply writes and removes, and lists what it did and what still names the sandbox.
func (t *trimming) apply(out io.Writer) error {
	if err := apply(t.changes); err != nil {
		return err
	}
	for _, name := range t.removed {
		if err := os.RemoveAll(filepath.FromSlash(name)); err != nil {
			return err
		}
		fmt.Fprintf(out, "removed %s\n", name)
	}
	for _, c := range t.changes {
		fmt.Fprintf(out, "changed %s\n", c.file)
	}
	for _, line := range t.left {
		fmt.Fprintf(out, "still names the sandbox: %s\n", line)
	}
	fmt.Fprintln(out, "the sandbox is gone")
	return nil
}

// tidy removes the requirements that only the sandbox needed, also from the examples that are
// modules of their own.
func tidy(out io.Writer) error {
	modules, err := filepath.Glob(filepath.Join("examples", "*", "go.mod"))
	if err != nil {
		return err
	}
	for _, file := range append([]string{"go.mod"}, modules...) {
		cmd := exec.Command("go", "mod", "tidy")
		cmd.Dir = filepath.Dir(file)
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("all is done but go mod tidy of %s, which failed: run it again: %w\n%s", file, err, text)
		}
	}
	fmt.Fprintln(out, "tidied go.mod and go.sum")
	return nil
}
