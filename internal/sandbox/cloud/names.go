package cloud

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	reName = regexp.MustCompile(`^[\w+=,.@-]+$`)
	rePath = regexp.MustCompile(`^/$|^/[\x21-\x7E]*/$`)
	// Paths of policies have fewer characters (IAM API reference, policyPathType).
	rePolicyPath = regexp.MustCompile(`^((/[A-Za-z0-9.,+@=_-]+)*)/$`)
	reTag        = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	reText       = regexp.MustCompile(`^[\t\n\r\x{20}-\x{7E}\x{A1}-\x{FF}]*$`)
)

// checkName applies IAM's rule for names: 1 to max of [\w+=,.@-].
func checkName(field, name string, max int) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > max {
		return errorf(CodeValidation, "%s %q has %d characters, must have 1 to %d", field, name, n, max)
	}
	if !reName.MatchString(name) {
		return errorf(CodeValidation,
			"the specified value for %s %q is invalid: it must contain only alphanumeric characters and/or +=,.@_-", field, name)
	}
	return nil
}

// checkPath applies IAM's rule for paths: / or /…/, at most 512 characters.
func checkPath(path string) error {
	if len(path) > maxPath || !rePath.MatchString(path) || strings.Contains(path, "//") {
		return errorf(CodeValidation,
			"the specified value for path %q is invalid: it must begin and end with / and have at most %d printable characters", path, maxPath)
	}
	if strings.ContainsAny(path, "*?") { // trust policies could not name the principal
		return notModelled(fmt.Sprintf("the path %q: * and ? in paths", path))
	}
	return nil
}

// checkPolicyPath applies IAM's rule for paths of policies.
func checkPolicyPath(path string) error {
	if err := checkPath(path); err != nil {
		return err
	}
	if !rePolicyPath.MatchString(path) {
		return errorf(CodeValidation, "the specified value for path %q is invalid: it may contain letters, digits and .,+@=_-", path)
	}
	return nil
}

// checkDescription applies IAM's rule for descriptions of roles and policies.
func checkDescription(text string) error {
	if n := utf8.RuneCountInString(text); n > 1000 {
		return errorf(CodeValidation, "description has %d characters, must have at most 1000", n)
	}
	if !reText.MatchString(text) {
		return errorf(CodeValidation,
			"the specified value for description is invalid: it must contain only printable latin characters")
	}
	return nil
}
