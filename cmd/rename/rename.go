package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"
)

// renaming is every change that another module path causes. It is complete before
// anything is written.
type renaming struct {
	root     string
	from, to string
	changes  []change // go.mod comes last
}

// change is a file's content before and after.
type change struct {
	file     string // relative to the root, with slashes
	old, new []byte
}

// plan returns what to change in the module at root. If the module has that path
// already, there are no changes.
func plan(root, to string) (*renaming, error) {
	goMod, text, err := readModule(root)
	if err != nil {
		return nil, err
	}
	if err := checkPath(to, goMod); err != nil {
		return nil, err
	}
	r := &renaming{root: root, from: goMod.Module.Mod.Path, to: to}
	if r.from == r.to {
		return r, nil
	}
	files, err := readFiles(root)
	if err != nil {
		return nil, err
	}
	folders := packageFolders(files)
	for _, f := range files {
		if f.new, err = r.rewrite(f, folders); err != nil {
			return nil, err
		}
		if !bytes.Equal(f.old, f.new) {
			r.changes = append(r.changes, f)
		}
	}
	if err := goMod.AddModuleStmt(to); err != nil {
		return nil, err
	}
	// An interrupted run leaves go.mod as it was, so that the next one goes on.
	r.changes = append(r.changes, change{file: "go.mod", old: text, new: modfile.Format(goMod.Syntax)})
	return r, nil
}

// readModule reads the go.mod at root and also returns its text.
func readModule(root string) (*modfile.File, []byte, error) {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, errors.New("no go.mod here: run this in the checkout's folder")
	} else if err != nil {
		return nil, nil, err
	}
	goMod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, nil, err
	}
	if goMod.Module == nil {
		return nil, nil, errors.New("go.mod: no module line")
	}
	return goMod, text, nil
}

// readFiles reads the text files of the module, except its go.mod. It skips
// folders with a go.mod: they are other modules, and nothing imports them.
func readFiles(root string) ([]change, error) {
	var files []change
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			_, err := os.Lstat(filepath.Join(path, "go.mod"))
			if entry.Name() == ".git" || relative != "." && err == nil {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || relative == "go.mod" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err == nil && bytes.IndexByte(content, 0) < 0 {
			files = append(files, change{file: filepath.ToSlash(relative), old: content})
		}
		return err
	})
	return files, err
}

// packageFolders returns the folders at the module's root that contain packages.
func packageFolders(files []change) map[string]bool {
	folders := map[string]bool{}
	for _, f := range files {
		if folder, _, below := strings.Cut(f.file, "/"); below && strings.HasSuffix(f.file, ".go") {
			folders[folder] = true
		}
	}
	return folders
}

// rewrite returns a file's content after the renaming. It formats Go files,
// because imports may sort differently under another path.
func (r *renaming) rewrite(f change, folders map[string]bool) ([]byte, error) {
	if f.file == "Pulumi.yaml" {
		return r.rewriteTarget(f.old), nil
	}
	text := replacePackages(string(f.old), r.from, r.to, folders)
	if text == string(f.old) || !strings.HasSuffix(f.file, ".go") {
		return []byte(text), nil
	}
	formatted, err := format.Source([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.file, err)
	}
	return formatted, nil
}

// rewriteTarget replaces the program's old name in a project file's buildTarget.
func (r *renaming) rewriteTarget(text []byte) []byte {
	target := regexp.MustCompile(`(?m)^([ \t]+buildTarget:[ \t]*["']?bin/)` +
		regexp.QuoteMeta(programName(r.from)) + `(["']?[ \t]*(#.*)?\r?)$`)
	return target.ReplaceAll(text, []byte("${1}"+strings.ReplaceAll(programName(r.to), "$", "$$")+"${2}"))
}

// replacePackages replaces the module's path where it begins the path of one of
// the module's packages. It leaves alone a longer path that merely contains the
// module's, as in a URL, and one that no folder of packages follows: that is
// something else of the same name, such as a component's type.
func replacePackages(text, from, to string, folders map[string]bool) string {
	var out strings.Builder
	done := 0
	for {
		next := strings.Index(text[done:], from+"/")
		if next < 0 {
			return out.String() + text[done:]
		}
		begin := done + next
		end := begin + len(from)
		out.WriteString(text[done:begin])
		if begins(text[:begin]) && folders[firstElement(text[end+1:])] {
			out.WriteString(to)
		} else {
			out.WriteString(from)
		}
		done = end
	}
}

// begins reports whether an import path can begin after a text.
func begins(before string) bool {
	return before == "" || before[len(before)-1] != '/' && !inElement(rune(before[len(before)-1]))
}

// firstElement returns the first element of the import path at the start of a
// text. A path may end a sentence, so dots at the end do not belong to it.
func firstElement(text string) string {
	if end := strings.IndexFunc(text, func(c rune) bool { return !inElement(c) }); end >= 0 {
		text = text[:end]
	}
	return strings.TrimRight(text, ".")
}

// inElement reports whether an element of an import path may contain c.
func inElement(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("-._~+", c)
}
