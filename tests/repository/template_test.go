package repository

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTemplateValuesAreDeclared requires that each value of the template is declared
// and has a default. A project that `pulumi new` created has tags and no template.
func TestTemplateValuesAreDeclared(t *testing.T) {
	project, err := workspace.LoadProject(inCheckout(t, "Pulumi.yaml"))
	require.NoError(t, err)
	if project.Template == nil {
		require.Contains(t, project.Config, "pulumi:tags")
		return
	}
	assert.NotEmpty(t, project.Template.Description)
	assert.NotEmpty(t, project.Template.Quickstart)
	assert.Contains(t, project.Template.Config, "aws:region")
	for key, asked := range project.Template.Config {
		assert.NotEmpty(t, asked.Description, key)
		assert.NotEmpty(t, asked.Default, key)
		assert.False(t, asked.Secret, key)
		if key == "aws:region" {
			continue
		}
		assert.Contains(t, project.Config, key, "values of the template must be declared")
	}
}

// TestExamples checks the project files of the examples. Project and program are named
// after the folder, and the README sets the keys that have no default.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob(inCheckout(t, "examples", "*", "Pulumi.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		project, err := workspace.LoadProject(file)
		require.NoError(t, err)
		name := filepath.Base(filepath.Dir(file))
		assert.Equal(t, name, string(project.Name))
		assert.Equal(t, "../../bin/"+name, project.Runtime.Options()["buildTarget"], name)
		readme, err := os.ReadFile(filepath.Join(filepath.Dir(file), "README.md"))
		require.NoError(t, err)
		for key, declared := range project.Config {
			assert.NotEmpty(t, declared.Description, "%s, %s", name, key)
			if declared.Default == nil {
				assert.Regexp(t, `pulumi config set (--path ')?`+key+`\W`, string(readme), name)
			}
		}
	}
}

// TestNoFileHasAPlaceholder searches all files for what `pulumi new` would replace.
func TestNoFileHasAPlaceholder(t *testing.T) {
	eachFile(t, func(path string, text []byte) {
		for _, placeholder := range []string{"PROJECT", "DESCRIPTION"} {
			assert.False(t, bytes.Contains(text, []byte("${"+placeholder+"}")), path)
		}
	})
}

// eachFile calls a function with the path and the text of each file of the checkout.
func eachFile(t *testing.T, visit func(path string, text []byte)) {
	require.NoError(t, filepath.WalkDir(inCheckout(t), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "bin") {
			return fs.SkipDir
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		visit(path, text)
		return err
	}))
}
