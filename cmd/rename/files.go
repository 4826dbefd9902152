package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// change is a file's content before and after.
type change struct {
	file     string // relative to the working directory, with slashes
	old, new []byte
}

// readModule reads go.mod and also returns its text.
func readModule() (*modfile.File, []byte, error) {
	text, err := os.ReadFile("go.mod")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, errors.New("no go.mod here: run this in the checkout's folder")
	} else if err != nil {
		return nil, nil, err
	}
	goMod, err := modfile.Parse("go.mod", text, nil)
	if err == nil && goMod.Module == nil {
		err = errors.New("go.mod: no module line")
	}
	return goMod, text, err
}

// readFiles reads the text files of the module, except its go.mod, and of the modules below
// it that import it. It skips the folders of all other modules.
func readFiles(modulePath string) ([]change, error) {
	var files []change
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == ".git" || path != "." && isOther(path, modulePath) {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || path == "go.mod" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err == nil && bytes.IndexByte(content, 0) < 0 {
			files = append(files, change{file: filepath.ToSlash(path), old: content})
		}
		return err
	})
	return files, err
}

// isOther reports whether a folder is the root of a module that does not import this one.
func isOther(folder, modulePath string) bool {
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	return err == nil && !bytes.Contains(text, []byte("\nreplace "+modulePath+" => "))
}

// apply writes the changes. If one fails, it undoes those before it.
func apply(changes []change) error {
	for i, c := range changes {
		err := write(c.file, c.new)
		if err == nil {
			continue
		}
		for _, written := range changes[:i] {
			if undo := write(written.file, written.old); undo != nil {
				err = fmt.Errorf("%w; %s stays changed: %w", err, written.file, undo)
			}
		}
		return err
	}
	return nil
}

// write replaces the content of an existing file atomically and keeps its mode.
func write(file string, content []byte) error {
	path := filepath.FromSlash(file)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".rename-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close(), os.Chmod(f.Name(), info.Mode())); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
