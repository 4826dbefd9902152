package cloud

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var (
	reFunctionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	reHandler      = regexp.MustCompile(`^[^\s]{1,128}$`)
	reVariableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]+$`)

	// functionRuntimes are the runtimes that Lambda accepts for new functions.
	functionRuntimes = []string{
		"dotnet6", "dotnet8", "java11", "java17", "java21", "java8.al2", "nodejs18.x", "nodejs20.x", "nodejs22.x",
		"provided.al2", "provided.al2023", "python3.10", "python3.11", "python3.12", "python3.13", "python3.9", "ruby3.2", "ruby3.3",
	}

	// reservedVariables are set by Lambda itself.
	reservedVariables = []string{
		"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
		"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
		"AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
	}
)

// check applies Lambda's rules except for those of the role.
func (s FunctionSettings) check() error {
	if s.Handler == "" || s.Runtime == "" {
		return errorf(CodeInvalidParameterValue,
			"runtime and handler are mandatory parameters for functions created with deployment packages")
	}
	if !reHandler.MatchString(s.Handler) {
		return errorf(CodeValidationException, "handler %q is invalid: 1 to 128 characters without white space", s.Handler)
	}
	if !slices.Contains(functionRuntimes, s.Runtime) {
		return errorf(CodeInvalidParameterValue,
			"runtime %q is unknown or not supported: one of %s", s.Runtime, strings.Join(functionRuntimes, ", "))
	}
	if utf8.RuneCountInString(s.Description) > 256 {
		return errorf(CodeValidationException, "description is longer than 256 characters")
	}
	if s.MemorySize < minFunctionMemory || s.MemorySize > maxFunctionMemory {
		return errorf(CodeValidationException,
			"memory size %d is invalid: %d to %d MB", s.MemorySize, minFunctionMemory, maxFunctionMemory)
	}
	if s.Timeout < minFunctionTimeout || s.Timeout > maxFunctionTimeout {
		return errorf(CodeValidationException,
			"timeout %d is invalid: %d to %d seconds", s.Timeout, minFunctionTimeout, maxFunctionTimeout)
	}
	return cmp.Or(s.Logging.check(), checkEnvironment(s.Environment))
}

func (l FunctionLogging) check() error {
	if l.Format != "Text" && l.Format != "JSON" {
		return errorf(CodeValidationException, "log format %q is invalid: Text or JSON", l.Format)
	}
	if !reLogGroupName.MatchString(l.Group) {
		return errorf(CodeValidationException, "log group %q is invalid: 1 to 512 letters, digits and .-_/#", l.Group)
	}
	return nil
}

// checkEnvironment names variables in its errors, but not their values, which
// may be secret.
func checkEnvironment(variables map[string]string) error {
	var reserved []string
	for _, k := range sortedKeys(variables) {
		if slices.Contains(reservedVariables, k) {
			reserved = append(reserved, k)
		} else if !reVariableName.MatchString(k) {
			return errorf(CodeValidationException,
				"environment variable %q is invalid: 2 or more letters, digits and _, a letter first", k)
		}
	}
	if len(reserved) > 0 {
		return errorf(CodeInvalidParameterValue,
			"the environment variables you have provided contain reserved keys: %s", strings.Join(reserved, ", "))
	}
	if n := len(encodeJSON(variables)); n > maxEnvironment {
		return errorf(CodeInvalidParameterValue,
			"the environment variables you have provided exceed the 4KB limit: %d bytes", n)
	}
	return nil
}

func checkArchitectures(list []string) error {
	if len(list) != 1 || list[0] != "x86_64" && list[0] != "arm64" {
		return errorf(CodeValidationException, "architectures %q are invalid: one of x86_64 and arm64", list)
	}
	return nil
}
