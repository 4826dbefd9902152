package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"path"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// renaming is every change that another module path causes. It is complete before
// anything is written.
type renaming struct {
	from, to string
	changes  []change // go.mod comes last
}

// plan returns what to change in the module of the working directory. There are
// no changes if the module has that path already.
func plan(to string) (*renaming, error) {
	goMod, text, err := readModule()
	if err != nil {
		return nil, err
	}
	if err := checkPath(to, goMod); err != nil {
		return nil, err
	}
	r := &renaming{from: goMod.Module.Mod.Path, to: to}
	if r.from == r.to {
		return r, nil
	}
	files, err := readFiles(r.from)
	if err != nil {
		return nil, err
	}
	packages := r.packages(files)
	for _, f := range files {
		if f.new, err = r.rewrite(f, packages); err != nil {
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
	r.changes = append(r.changes, change{"go.mod", text, modfile.Format(goMod.Syntax)})
	return r, nil
}

// packages returns a pattern of the beginning of package paths: the module's path and
// a folder with packages. It does not match within a longer path, as in a URL, or
// something else of the module's name, such as a component's type.
func (r *renaming) packages(files []change) *regexp.Regexp {
	folders := map[string]bool{}
	var patterns []string
	for _, f := range files {
		folder, _, below := strings.Cut(f.file, "/")
		if below && strings.HasSuffix(f.file, ".go") && !folders[folder] {
			folders[folder] = true
			patterns = append(patterns, regexp.QuoteMeta(folder))
		}
	}
	return regexp.MustCompile(`(^|[^\w.~+/-])` + regexp.QuoteMeta(r.from) + `/(` + strings.Join(patterns, "|") + `)\b`)
}

// rewrite returns a file's content after the renaming. It formats Go files,
// because imports may sort differently under another path.
func (r *renaming) rewrite(f change, packages *regexp.Regexp) ([]byte, error) {
	if f.file == "Pulumi.yaml" {
		return r.rewriteTarget(f.old), nil
	}
	text := packages.ReplaceAll(f.old, []byte("${1}"+r.to+"/${2}"))
	if path.Base(f.file) == "go.mod" {
		return r.rewriteRequirement(text), nil
	}
	return formatted(f, text)
}

// rewriteRequirement replaces the module's path in the go.mod of another module that imports
// it from this checkout. The version must have the major version of the path.
func (r *renaming) rewriteRequirement(text []byte) []byte {
	from := regexp.QuoteMeta(r.from)
	_, major, _ := module.SplitPathVersion(r.to)
	version := cmp.Or(module.PathMajorPrefix(major), "v0") + ".0.0"
	text = regexp.MustCompile(`(?m)^require `+from+` v\d+\.0\.0$`).ReplaceAll(text, []byte("require "+r.to+" "+version))
	return regexp.MustCompile(`(?m)^replace `+from+` =>`).ReplaceAll(text, []byte("replace "+r.to+" =>"))
}

// formatted returns a file's new content, formatted if it is that of a Go file and
// differs from the old one.
func formatted(f change, text []byte) ([]byte, error) {
	if bytes.Equal(text, f.old) || !strings.HasSuffix(f.file, ".go") {
		return text, nil
	}
	text, err := format.Source(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.file, err)
	}
	return text, nil
}

// rewriteTarget replaces the program's old name in a project file's buildTarget.
func (r *renaming) rewriteTarget(text []byte) []byte {
	target := regexp.MustCompile(`(?m)^([ \t]+buildTarget:[ \t]*["']?bin/)` +
		regexp.QuoteMeta(programName(r.from)) + `(["']?[ \t]*(#.*)?\r?)$`)
	return target.ReplaceAll(text, []byte("${1}"+programName(r.to)+"${2}"))
}
