// Package docs compares the README and the pages in docs with the code.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
)

// page is a Markdown file of the checkout.
type page struct {
	file string // relative to the root, with slashes
	text string
}

// root returns the folder of the checkout.
func root(t *testing.T) string {
	dir, err := gotool.ModuleRoot()
	require.NoError(t, err)
	return dir
}

// read returns a file of the checkout.
func read(t *testing.T, file string) string {
	text, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(file)))
	require.NoError(t, err)
	return string(text)
}

// files returns the files of the checkout, relative to the root, with slashes.
func files(t *testing.T) []string {
	var list []string
	dir := root(t)
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "bin") {
			return fs.SkipDir
		}
		relative, err := filepath.Rel(dir, path)
		if !entry.IsDir() {
			list = append(list, filepath.ToSlash(relative))
		}
		return err
	}))
	return list
}

// pages returns all Markdown files.
func pages(t *testing.T) []page {
	var list []page
	for _, file := range files(t) {
		if strings.HasSuffix(file, ".md") {
			list = append(list, page{file, read(t, file)})
		}
	}
	require.Greater(t, len(list), 10)
	return list
}

// guide returns the README and the pages in docs.
func guide(t *testing.T) []page {
	var list []page
	for _, p := range pages(t) {
		if p.file == "README.md" || strings.HasPrefix(p.file, "docs/") {
			list = append(list, p)
		}
	}
	return list
}

var reFence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```\n")

// blocks returns a page's blocks of code in a language.
func (p page) blocks(language string) []string {
	var list []string
	for _, match := range reFence.FindAllStringSubmatch(p.text, -1) {
		if match[1] == language {
			list = append(list, match[2])
		}
	}
	return list
}

// prose returns a page without its blocks of code.
func (p page) prose() string { return reFence.ReplaceAllString(p.text, "") }
