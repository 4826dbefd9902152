package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Report collects the problems of a configuration, one line each.
type Report struct {
	problems []string
	unknown  map[string][]string // unknown keys that were reported, by the path of their map
}

// missing reports whether a key of the map at a path is not set, unless a similar key
// was reported as unknown.
func (r *Report) missing(path, key string, set []string) bool {
	return !slices.Contains(set, key) && !slices.ContainsFunc(r.unknown[path], func(other string) bool { return alike(other, key) })
}

// Add reports a problem. It replaces control characters and line breaks by spaces.
func (r *Report) Add(format string, args ...any) {
	r.problems = append(r.problems, strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Zl, c) || unicode.Is(unicode.Zp, c) {
			return ' '
		}
		return c
	}, fmt.Sprintf(format, args...)))
}

// Len returns the number of problems.
func (r *Report) Len() int { return len(r.problems) }

// Err returns an error with all problems, or nil.
func (r *Report) Err() error {
	if len(r.problems) == 0 {
		return nil
	}
	noun := "problems"
	if len(r.problems) == 1 {
		noun = "problem"
	}
	return fmt.Errorf("%d %s in the stack's configuration:\n  %s", len(r.problems), noun, strings.Join(r.problems, "\n  "))
}

// DidYouMean returns a suggestion of a known key that is similar to the key, or "".
func DidYouMean(key string, known []string) string {
	for _, candidate := range known {
		if alike(key, candidate) {
			return fmt.Sprintf(" (did you mean %s?)", candidate)
		}
	}
	return ""
}

// alike reports whether two words differ only in case and in a third of their letters,
// at most two.
func alike(a, b string) bool {
	d := distance(strings.ToLower(a), strings.ToLower(b))
	return d <= 2 && 3*d <= len(b)
}

// distance returns the Levenshtein distance of two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
