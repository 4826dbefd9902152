package access

import "strings"

// overlap reports whether some path matches both the path of an [Invoke] and the
// path of a route. In the pattern, a part may be *, which matches one or more parts.
// In the template, a greedy variable matches any text that is not empty.
func overlap(pattern, template string) bool {
	if pattern == everything.Path {
		return true
	}
	literal, _, _ := strings.Cut(pattern, "*")
	fixed, _, _ := strings.Cut(template, "{")
	if shared := min(len(literal), len(fixed)); literal[:shared] != fixed[:shared] {
		return false // this decides most pairs
	}
	patterns, parts := strings.Split(pattern[1:], "/"), strings.Split(template[1:], "/")
	i, j := 0, 0
	star, taken := -1, 0 // the last *, and the end of what it takes
	for j < len(parts) {
		switch {
		case isGreedy(parts[j]):
			return star >= 0 || strings.Join(patterns[i:], "/") != ""
		case i < len(patterns) && patterns[i] == "*":
			star, taken = i, j+1
			i, j = i+1, j+1
		case i < len(patterns) && (patterns[i] == parts[j] || isVariable(parts[j]) && patterns[i] != ""):
			i, j = i+1, j+1
		case star >= 0: // the last * takes one part more
			taken++
			i, j = star+1, taken
		default:
			return false
		}
	}
	return i == len(patterns)
}
