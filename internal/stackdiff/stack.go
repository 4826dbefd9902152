package stackdiff

import (
	"fmt"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
)

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
