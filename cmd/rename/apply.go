package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// apply writes the changes. If one fails, it undoes those before it.
func (r *renaming) apply() error {
	for i, c := range r.changes {
		err := r.write(c.file, c.new)
		if err == nil {
			continue
		}
		for _, written := range r.changes[:i] {
			if back := r.write(written.file, written.old); back != nil {
				err = fmt.Errorf("%w; %s stays changed: %w", err, written.file, back)
			}
		}
		return err
	}
	return nil
}

// write replaces the content of an existing file atomically and keeps its mode.
func (r *renaming) write(file string, content []byte) error {
	path := filepath.Join(r.root, filepath.FromSlash(file))
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
