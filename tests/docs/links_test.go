package docs

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

const maxReadmeLines = 200

func TestReadmeIsShort(t *testing.T) {
	assert.LessOrEqual(t, strings.Count(read(t, "README.md"), "\n"), maxReadmeLines)
}

// exists reports whether the checkout has a file or folder.
func exists(t *testing.T, name string) bool {
	_, err := os.Stat(filepath.Join(root(t), filepath.FromSlash(name)))
	return err == nil
}

var reHeading = regexp.MustCompile(`(?m)^#+ (.+)$`)

// anchors returns the anchors of a page's headings, as GitHub names them.
func anchors(p page) []string {
	var list []string
	for _, heading := range reHeading.FindAllStringSubmatch(p.prose(), -1) {
		list = append(list, strings.Map(func(c rune) rune {
			switch {
			case c == ' ':
				return '-'
			case unicode.IsLetter(c), unicode.IsDigit(c), c == '-', c == '_':
				return unicode.ToLower(c)
			}
			return -1
		}, heading[1]))
	}
	return list
}

var reLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// links returns the targets of a page's links into the checkout: files, relative
// to the root, and anchors.
func links(p page) [][2]string {
	var list [][2]string
	for _, match := range reLink.FindAllStringSubmatch(p.prose(), -1) {
		if strings.Contains(match[1], ":") {
			continue // an address
		}
		name, anchor, _ := strings.Cut(match[1], "#")
		file := p.file
		if name != "" {
			file = path.Join(path.Dir(p.file), name)
		}
		list = append(list, [2]string{file, anchor})
	}
	return list
}

func TestLinksResolve(t *testing.T) {
	all := map[string]page{}
	for _, p := range pages(t) {
		all[p.file] = p
		names := anchors(p)
		slices.Sort(names)
		assert.Len(t, slices.Compact(slices.Clone(names)), len(names), "two headings of %s are the same", p.file)
	}
	for _, p := range all {
		for _, link := range links(p) {
			assert.True(t, exists(t, link[0]), "%s links to %s", p.file, link[0])
			if link[1] != "" {
				assert.Contains(t, anchors(all[link[0]]), link[1], "%s links to %s", p.file, link[0])
			}
		}
	}
}

func TestReadmeLinksToEveryPage(t *testing.T) {
	var linked []string
	for _, link := range links(page{"README.md", read(t, "README.md")}) {
		linked = append(linked, link[0])
	}
	for _, p := range guide(t) {
		if p.file != "README.md" {
			assert.Contains(t, linked, p.file)
		}
	}
}

var (
	reCode        = regexp.MustCompile("`([^`\n]+)`")
	rePath        = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+/?$`)
	reFile        = regexp.MustCompile(`^[\w.-]+\.(go|md|mod|ya?ml)$`)
	rePlaceholder = regexp.MustCompile(`(^|[/.])[A-Z]+([/.]|$)`)               // user/NAME, Pulumi.STACK.yaml
	reNotPath     = regexp.MustCompile(`^((user|role|token|caller)/|[\d.]+/)`) // principals, networks
)

// TestPathsExist checks the paths in code: `path/to/file`, `file.go`, and the
// arguments ./path/to/folder of commands.
func TestPathsExist(t *testing.T) {
	var names []string
	for _, file := range files(t) {
		names = append(names, path.Base(file))
	}
	module := modfile.ModulePath([]byte(read(t, "go.mod")))
	require.NotEmpty(t, module)
	for _, p := range pages(t) {
		for _, code := range reCode.FindAllStringSubmatch(p.prose(), -1) {
			text := strings.TrimPrefix(code[1], module+"/")
			switch {
			case rePlaceholder.MatchString(text), reNotPath.MatchString(text):
			case rePath.MatchString(text):
				assert.True(t, exists(t, text), "%s names %s", p.file, text)
			case reFile.MatchString(text):
				assert.True(t, slices.Contains(names, text), "%s names %s", p.file, text)
			}
		}
		for _, word := range strings.FieldsFunc(p.text, func(c rune) bool { return unicode.IsSpace(c) || c == '`' }) {
			argument, is := strings.CutPrefix(word, "./")
			if is && rePath.MatchString(argument) {
				assert.True(t, exists(t, argument), "%s names %s", p.file, word)
			}
		}
	}
}

// <!-- sandbox -->

// TestPartsOfTheSandboxAreMarked checks that a fork without the sandbox, which
// drops the page about it and all lines between marks, has no line about it left.
func TestPartsOfTheSandboxAreMarked(t *testing.T) {
	for _, p := range pages(t) {
		if path.Base(p.file) == "sandbox.md" {
			continue
		}
		inside := false
		for line := range strings.Lines(p.text) {
			switch strings.TrimSpace(line) {
			case "<!-- sandbox -->":
				assert.False(t, inside, "%s: a mark within marks", p.file)
				inside = true
			case "<!-- /sandbox -->":
				assert.True(t, inside, "%s: the end of a part that has no begin", p.file)
				inside = false
			default:
				if !inside {
					assert.NotContains(t, strings.ToLower(line), "sandbox", p.file)
				}
			}
		}
		assert.False(t, inside, "%s: a part does not end", p.file)
	}
}

// <!-- /sandbox -->
