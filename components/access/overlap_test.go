package access

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// words are all paths of up to six parts out of a, ab, b and the empty one.
func words() []string {
	var all []string
	last := []string{""}
	for range 6 {
		var longer []string
		for _, path := range last {
			longer = append(longer, path+"/a", path+"/ab", path+"/b", path+"/")
		}
		all, last = append(all, longer...), longer
	}
	return all
}

// templates are all path templates of up to three parts out of a, ab, a
// variable and, at the end, a greedy one.
func templates() []string {
	all, last := []string{"/"}, []string{""}
	for range 3 {
		var longer []string
		for _, path := range last {
			longer = append(longer, path+"/a", path+"/ab", path+"/{x}")
			all = append(all, path+"/{x+}")
		}
		all, last = append(all, longer...), longer
	}
	return all
}

func matching(expression string, words []string) map[string]bool {
	matcher := regexp.MustCompile("^" + expression + "$")
	set := map[string]bool{}
	for _, word := range words {
		if matcher.MatchString(word) {
			set[word] = true
		}
	}
	return set
}

// TestOverlapAgainstAllPaths compares with regular expressions on paths of up to six
// parts. The shortest path that two of these can share is shorter.
func TestOverlapAgainstAllPaths(t *testing.T) {
	words := words()
	patterns := []string{"*", "/ab", "/*/ab", "/ab/*", "/a/*/ab", "/*/ab/*/a", "/*/*/*/*"}
	for _, template := range templates() {
		patterns = append(patterns, RouteKey{Path: template}.pathPattern())
	}
	byPattern := map[string]map[string]bool{}
	for _, pattern := range patterns {
		byPattern[pattern] = matching(strings.ReplaceAll(pattern, "*", ".*"), words)
	}
	shared := 0
	for _, template := range templates() {
		expression := strings.NewReplacer("{x}", "[^/]+", "{x+}", ".+").Replace(template)
		matched := matching(expression, words)
		for pattern, set := range byPattern {
			want := anyIn(matched, set)
			if want {
				shared++
			}
			assert.Equal(t, want, overlap(pattern, template), "%q and %q", pattern, template)
		}
	}
	assert.Positive(t, shared)
	assert.Less(t, shared, len(byPattern)*len(templates()))
}

func anyIn(a, b map[string]bool) bool {
	for word := range a {
		if b[word] {
			return true
		}
	}
	return false
}

// TestMatchesAgainstAllPaths compares with regular expressions: a variable is a part
// that is not empty, and a greedy one any text that is not empty.
func TestMatchesAgainstAllPaths(t *testing.T) {
	words := words()
	for _, template := range templates() {
		matched := matching(strings.NewReplacer("{x}", "[^/]+", "{x+}", ".+").Replace(template), words)
		for _, word := range words {
			if took := (RouteKey{Method: "GET", Path: template}).matches(word); took != matched[word] {
				require.Equal(t, matched[word], took, "%q and %q", template, word)
			}
		}
	}
}
