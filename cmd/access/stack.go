package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"iam-secured-api/internal/program"
)

// stack is what a stack config file says about access.
type stack struct {
	config program.Config
	access program.Access
	// environment is what the file says of Pulumi ESC environments, which are not
	// read; empty if it names none.
	environment string
}

// standardInput is the name of a file that is read from there.
const standardInput = "-"

// readStack reads a stack config file, with the defaults of the Pulumi.yaml
// beside it. It warns of what it does not read.
func readStack(file string, in io.Reader, log io.Writer) (stack, error) {
	s, err := parseStack(file, in)
	if err != nil {
		return stack{}, fmt.Errorf("%s: %w", file, err)
	}
	if s.environment != "" {
		fmt.Fprintf(log, "access: %s: names an environment, which is not read: configuration that it sets is not counted here\n", file)
	}
	return s, nil
}

func parseStack(file string, in io.Reader) (stack, error) {
	text, err := readFile(file, in)
	if err != nil {
		return stack{}, err
	}
	project, err := readProject(file)
	if err != nil {
		return stack{}, err
	}
	sink := diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never})
	declared, err := workspace.LoadProjectStackBytes(sink, project, text, file, encoding.YAML)
	if err != nil {
		return stack{}, oneLine(err)
	}
	if err := checkTwins(project, text); err != nil {
		return stack{}, err
	}
	settings, err := settingsOf(project, declared.Config)
	if err != nil {
		return stack{}, err
	}
	s := stack{environment: string(declared.EnvironmentBytes())}
	if s.config, err = program.Parse(settings); err != nil {
		return stack{}, err
	}
	s.access, err = s.config.Access()
	return s, err
}

func readFile(file string, in io.Reader) ([]byte, error) {
	if file == standardInput {
		return io.ReadAll(in)
	}
	text, err := os.ReadFile(file)
	var cause *fs.PathError
	if errors.As(err, &cause) {
		return nil, cause.Err // the caller names the file
	}
	return text, err
}

// readProject reads the Pulumi.yaml beside a stack config file: it has the
// defaults, and the name that keys may begin with.
func readProject(file string) (*workspace.Project, error) {
	folder := "."
	if file != standardInput {
		folder = filepath.Dir(file)
	}
	path := filepath.Join(folder, "Pulumi.yaml")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there must be a Pulumi.yaml beside it, with the defaults; to use that of the working directory, give the file on standard input, named %s", standardInput)
	}
	project, err := workspace.LoadProject(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, oneLine(err))
	}
	return project, nil
}

// oneLine is an error of a library on one line.
func oneLine(err error) error {
	return errors.New(strings.Join(strings.Fields(err.Error()), " "))
}
