package stackdiff

import (
	"fmt"

	"iam-secured-api/internal/config"
	"iam-secured-api/internal/program"
)

// Stack is what a stack config file says about access, checked.
type Stack struct {
	Config program.Config
	Access program.Access
	// Environment is that of [File].
	Environment string
}

// Stack checks the settings that have a bearing on access. Errors name the file.
func (f File) Stack() (Stack, error) {
	settings, err := f.AccessSettings()
	if err != nil {
		return Stack{}, err
	}
	s, err := NewStack(settings, f.Environment)
	if err != nil {
		return Stack{}, fmt.Errorf("%s: %w", f.Path, err)
	}
	return s, nil
}

// NewStack checks settings that were read elsewhere, see [File.AccessSettings].
func NewStack(settings map[string]string, environment string) (Stack, error) {
	s := Stack{Environment: environment}
	var err error
	if s.Config, err = program.Parse(config.Settings{Values: settings}); err != nil {
		return Stack{}, err
	}
	s.Access, err = s.Config.Access()
	return s, err
}
