package repository

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

// readModule reads a go.mod of the checkout.
func readModule(t *testing.T, elements ...string) *modfile.File {
	path := inCheckout(t, elements...)
	module, err := modfile.Parse(path, []byte(readFile(t, path)), nil)
	require.NoError(t, err)
	return module
}

// required returns the version of a module that another one requires, without
// the "v".
func required(t *testing.T, module *modfile.File, path string) string {
	for _, r := range module.Require {
		if r.Mod.Path == path {
			return strings.TrimPrefix(r.Mod.Version, "v")
		}
	}
	require.Fail(t, "not required", path)
	return ""
}

// assertNamed checks that documents name a version wherever they name one like it, and
// that the README does.
func assertNamed(t *testing.T, pattern, version string) {
	like := regexp.MustCompile(pattern)
	require.Regexp(t, like, readFile(t, inCheckout(t, "README.md")))
	eachFile(t, func(path string, text []byte) {
		if filepath.Ext(path) == ".md" {
			for _, match := range like.FindAllSubmatch(text, -1) {
				assert.Equal(t, version, string(match[1]), path)
			}
		}
	})
}

// TestOneVersionOfGo compares go.mod with the documents, the workflows and the
// modules that tests build.
func TestOneVersionOfGo(t *testing.T) {
	version := readModule(t, "go.mod").Go.Version
	assertNamed(t, `\bGo\]?(?:\(\S+\))? (\d+\.\d+(?:\.\d+)?)`, version)
	eachJob(t, func(t *testing.T, _ workflow, j job) {
		for _, s := range j.Steps {
			if !strings.HasPrefix(s.Uses, "actions/setup-go@") || strings.Contains(s.With["go-version-file"], "matrix.") {
				continue // TestChecksNeedNothing checks the matrix
			}
			assert.Equal(t, "go.mod", s.With["go-version-file"])
			assert.Empty(t, s.With["go-version"])
		}
	})
	// <!-- sandbox -->
	for _, tool := range []string{"pulumi", "languagehost"} {
		assert.Equal(t, version, readModule(t, "tools", tool, "go.mod").Go.Version, tool)
	}
	// <!-- /sandbox -->
}

// TestOneVersionOfPulumi compares the SDK with the documents and with the CLIs
// that the workflow installs and tests build.
func TestOneVersionOfPulumi(t *testing.T) {
	version := required(t, readModule(t, "go.mod"), "github.com/pulumi/pulumi/sdk/v3")
	assertNamed(t, `\b(3\.\d{2,}\.\d+)\b`, version)
	var installed []string
	for _, s := range theJob(t, "preview.yml", "preview").Steps {
		if strings.HasPrefix(s.Uses, "pulumi/actions@") {
			installed = append(installed, s.With["pulumi-version"])
			assert.NotContains(t, s.With, "command", "the script runs the command")
		}
	}
	assert.Equal(t, []string{version}, installed)
	// <!-- sandbox -->
	const engine = "github.com/pulumi/pulumi/pkg/v3"
	assert.Equal(t, version, required(t, readModule(t, "go.mod"), engine))
	assert.Equal(t, version, required(t, readModule(t, "tools", "pulumi", "go.mod"), engine))
	// <!-- /sandbox -->
}

// TestExamplesHaveTheSameVersions compares the go.mod of an example with that of the program.
func TestExamplesHaveTheSameVersions(t *testing.T) {
	pinned := map[string]string{}
	for _, r := range readModule(t, "go.mod").Require {
		pinned[r.Mod.Path] = r.Mod.Version
	}
	example := readModule(t, "examples", "instance-caller", "go.mod")
	assert.Equal(t, readModule(t, "go.mod").Go.Version, example.Go.Version)
	for _, r := range example.Require[1:] { // the first one is the program itself
		if version, both := pinned[r.Mod.Path]; both {
			assert.Equal(t, version, r.Mod.Version, r.Mod.Path)
		}
	}
}
