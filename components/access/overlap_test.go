package access

import (
	"math/rand"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// words are all paths of up to eight characters out of "ab/".
func words() []string {
	all, last := []string{"/"}, []string{"/"}
	for range 7 {
		var longer []string
		for _, word := range last {
			longer = append(longer, word+"a", word+"b", word+"/")
		}
		all, last = append(all, longer...), longer
	}
	return all
}

// templates are all path templates of up to three parts out of a, b, a
// variable and, at the end, a greedy one.
func templates() []string {
	all, last := []string{"/"}, []string{""}
	for range 3 {
		var longer []string
		for _, path := range last {
			longer = append(longer, path+"/a", path+"/b", path+"/{x}")
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

// TestOverlapAgainstAllPaths compares with what regular expressions say of each
// path of up to eight characters, which is longer than the shortest path that
// any two of these can share.
func TestOverlapAgainstAllPaths(t *testing.T) {
	words := words()
	patterns := []string{"*", "/*a", "/a*", "/*b/*", "*/a", "/a/*/a", "/**", "/a/b", "//", "/a/", "/*/"}
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

// TestTakesAgainstAllPaths compares with what regular expressions say: a variable
// is a part that is not empty, and a greedy one any text that is not.
func TestTakesAgainstAllPaths(t *testing.T) {
	words := words()
	for _, template := range templates() {
		matched := matching(strings.NewReplacer("{x}", "[^/]+", "{x+}", ".+").Replace(template), words)
		for _, word := range words {
			if took := (RouteKey{Method: "GET", Path: template}).takes(word); took != matched[word] {
				require.Equal(t, matched[word], took, "%q and %q", template, word)
			}
		}
	}
}

// TestBeginApartAgreesWithTheWalk never decides otherwise than the walk alone, on
// random patterns and templates, and decides often.
func TestBeginApartAgreesWithTheWalk(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	of := func(parts ...string) string {
		var path strings.Builder
		for range 1 + random.Intn(4) {
			path.WriteString("/" + parts[random.Intn(len(parts))])
		}
		return path.String()
	}
	apart, walked := 0, 0
	for range 50_000 {
		pattern, template := of("a", "ab", "*", "a*", "*b", ""), of("a", "ab", "{x}")
		if random.Intn(4) == 0 {
			template += "/{x+}"
		}
		met := intersect(patternTokens(pattern), templateTokens(template))
		require.Equal(t, met, overlap(pattern, template), "%q and %q", pattern, template)
		if beginApart(pattern, template) {
			apart++
		} else if !met {
			walked++
		}
	}
	assert.Greater(t, apart, 5_000, "so many are decided at once")
	assert.Positive(t, walked, "and some only by the walk")
}

func TestPathPattern(t *testing.T) {
	for path, want := range map[string]string{
		"/":                "/",
		"/a/b":             "/a/b",
		"/{x}":             "/*",
		"/{x+}":            "/*",
		"/a/{x}/b/{y}":     "/a/*/b/*",
		"/{x}/{y}/{z+}":    "/*/*/*",
		"/a.b/{x}/c:d/e-f": "/a.b/*/c:d/e-f",
	} {
		assert.Equal(t, want, RouteKey{Method: "GET", Path: path}.pathPattern())
	}
}
