package stackdiff

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
)

// StandardInput is the path that means standard input.
const StandardInput = "-"

// projectFile is the name of the project file, which has the defaults.
const projectFile = "Pulumi.yaml"

// File is a stack config file with the Pulumi.yaml in the same folder. Its settings are
// not checked.
type File struct {
	Path string
	// Environment is the file's section about Pulumi ESC environments, which are not
	// read. It may be empty.
	Environment string

	Project  *workspace.Project
	Declared pulumiconfig.Map // without the project's defaults
}

// Open reads a stack config file. Errors name the file.
func Open(path string, in io.Reader) (File, error) {
	text, err := ReadFile(path, in)
	if err != nil {
		return File{}, err
	}
	return ParseFile(path, text)
}

// ReadFile returns the text of a file, or of standard input. Errors name the file.
func ReadFile(path string, in io.Reader) ([]byte, error) {
	read := os.ReadFile
	if path == StandardInput {
		read = func(string) ([]byte, error) { return io.ReadAll(in) }
	}
	text, err := read(path)
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err // it names the file, too
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

// ParseFile parses the text of a stack config file. Errors name the file.
func ParseFile(path string, text []byte) (f File, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}()
	f.Path = path
	if f.Project, err = f.readProject(); err != nil {
		return f, err
	}
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	declared, err := workspace.LoadProjectStackBytes(sink, f.Project, text, path, encoding.YAML)
	if err != nil {
		return f, oneLine(err)
	}
	f.Declared, f.Environment = declared.Config, string(declared.EnvironmentBytes())
	return f, checkTwins(f.Project, text)
}

// ProjectPath returns the path of the Pulumi.yaml in the file's folder. For standard
// input that is the working directory.
func (f File) ProjectPath() string {
	folder := "."
	if f.Path != StandardInput {
		folder = filepath.Dir(f.Path)
	}
	return filepath.Join(folder, projectFile)
}

// readProject reads the project file, which has the defaults and the prefix of keys.
func (f File) readProject() (*workspace.Project, error) {
	path := f.ProjectPath()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there must be a Pulumi.yaml in its folder, with the defaults; to use that of the working directory, pass the file on standard input, named %s", StandardInput)
	}
	project, err := workspace.LoadProject(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, oneLine(err))
	}
	return project, nil
}

// others returns the full keys with other prefixes, of the file and of the project file.
func (f File) others() []string {
	keys := slices.Collect(maps.Keys(f.Declared))
	for name := range f.Project.Config {
		if key, err := keyOf(f.Project, name); err == nil {
			keys = append(keys, key)
		}
	}
	var others []string
	for _, key := range keys {
		if !f.Ours(key) {
			others = append(others, key.String())
		}
	}
	return others
}

// Warnings returns what is not read in the file, one line each.
func (f File) Warnings() []string {
	warnings := program.OtherPrefixes(f.others())
	if f.Environment != "" {
		warnings = append(warnings, "names an environment, which is not read: configuration that it sets is not counted here")
	}
	for i := range warnings {
		warnings[i] = f.Path + ": " + warnings[i]
	}
	return warnings
}

// oneLine returns an error with its text on one line.
func oneLine(err error) error {
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}

// Stack is the plan of a stack config file.
type Stack struct {
	Plan *program.Plan
	// Environment is the Environment of the [File].
	Environment string
}

// Stack checks the settings of the file. The product service's archive need not exist.
// Errors name the file.
func (f File) Stack() (Stack, error) {
	settings, err := f.Settings()
	if err != nil {
		return Stack{}, err
	}
	s, err := NewStack(settings, f.Environment)
	if err != nil {
		return Stack{}, fmt.Errorf("%s: %w", f.Path, err)
	}
	return s, nil
}

// NewStack checks settings; see [File.Settings].
func NewStack(settings map[string]string, environment string) (Stack, error) {
	plan, err := program.ParseWith(config.Settings{Values: settings}, func(path string) (string, error) { return path, nil })
	return Stack{Plan: plan, Environment: environment}, err
}
