package cloud

import (
	"maps"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	reName = regexp.MustCompile(`^[\w+=,.@-]+$`)
	rePath = regexp.MustCompile(`^/$|^/[\x21-\x7E]*/$`)
	reTag  = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	reText = regexp.MustCompile(`^[\t\n\r\x{20}-\x{7E}\x{A1}-\x{FF}]*$`)
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

// checkTags applies the rules that all services share: at most 50 tags, keys of
// 1 to 128 and values of at most 256 characters, no key that starts with aws:,
// and no two keys that differ only in case. The codes are IAM's.
func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return errorf(CodeLimitExceeded, "cannot exceed quota for TagsPerResource: %d", maxTags)
	}
	seen := map[string]bool{}
	for _, k := range sortedKeys(tags) {
		v := tags[k]
		if n := utf8.RuneCountInString(k); n < 1 || n > 128 || !reTag.MatchString(k) {
			return errorf(CodeValidation, "tag key %q is invalid: 1 to 128 letters, digits, spaces and _.:/=+-@", k)
		}
		if n := utf8.RuneCountInString(v); n > 256 || !reTag.MatchString(v) {
			return errorf(CodeValidation, "value of tag %q is invalid: at most 256 letters, digits, spaces and _.:/=+-@", k)
		}
		lower := strings.ToLower(k)
		if strings.HasPrefix(lower, "aws:") {
			return errorf(CodeInvalidInput, "tag key %q is invalid: the prefix aws: is reserved", k)
		}
		if seen[lower] {
			return errorf(CodeInvalidInput, "duplicate tag keys found: %q; tag keys are case insensitive", k)
		}
		seen[lower] = true
	}
	return nil
}

// regionTags replaces the code of checkTags' errors by a regional service's
// code, unless that is empty.
func regionTags(tags map[string]string, code string) error {
	err := checkTags(tags)
	if err == nil || code == "" {
		return err
	}
	return errorf(code, "invalid tags: %s", err.(*Error).Message)
}

// mergeTags returns tags with those in add set and the keys in remove deleted.
func mergeTags(tags, add map[string]string, remove []string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, tags)
	maps.Copy(out, add)
	for _, k := range remove {
		delete(out, k)
	}
	return cloneTags(out)
}
