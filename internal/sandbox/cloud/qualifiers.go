package cloud

import (
	"regexp"
	"slices"
	"strings"
)

var reQualifier = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// AddQualifier adds a version or an alias to a function. Each qualifier has a resource
// policy of its own and runs the function's current code: the code of versions is not
// modelled.
func (r *Region) AddQualifier(functionName, qualifier string) error {
	return functions.change(r, "CreateAlias", functionName, func(_ *region, f *function) error {
		if !reQualifier.MatchString(qualifier) {
			return errorf(CodeValidationException, "qualifier %q is invalid: letters, digits, - and _", qualifier)
		}
		if slices.Contains(f.Qualifiers, qualifier) {
			return errorf(CodeResourceConflict, "alias already exists: %s", f.qualified(qualifier))
		}
		f.Qualifiers = append(f.Qualifiers, qualifier)
		return nil
	})
}

// Qualifiers returns the versions and the aliases of a function.
func (r *Region) Qualifiers(functionName string) ([]string, error) {
	return query(functions, r, functionName, func(f *function) ([]string, error) { return slices.Clone(f.Qualifiers), nil })
}

// HasQualifier returns an error if a function does not have a version or an alias.
func (r *Region) HasQualifier(functionName, qualifier string) error {
	_, err := query(functions, r, functionName, func(f *function) (struct{}, error) { return struct{}{}, f.checkQualifier(qualifier) })
	return err
}

// qualifierOf returns the qualifier in a function's name or ARN, or "".
func (r *Region) qualifierOf(functionName string) string {
	_, qualifier, _ := strings.Cut(strings.TrimPrefix(functionName, r.functionARN("")), ":")
	return qualifier
}

// qualified returns the function's ARN with a qualifier, which may be empty.
func (f *function) qualified(qualifier string) string {
	if qualifier == "" {
		return f.ARN
	}
	return f.ARN + ":" + qualifier
}

// checkQualifier rejects versions and aliases that do not exist.
func (f *function) checkQualifier(qualifier string) error {
	if qualifier != "" && !slices.Contains(f.Qualifiers, qualifier) {
		return errorf(CodeResourceNotFound, "function not found: %s", f.qualified(qualifier))
	}
	return nil
}
