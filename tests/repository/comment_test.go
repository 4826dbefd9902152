//go:build unix

package repository

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeGh returns a folder with a gh that records its arguments and the body, and
// knows comments with these ids.
func fakeGh(t *testing.T, ids string) string {
	dir := t.TempDir()
	writeScript(t, filepath.Join(dir, "gh"), `printf '%s\n' "$*" >>`+dir+`/calls
for each; do
	case $each in
	body=@*) cat "${each#body=@}" >`+dir+`/body ;;
	--paginate) printf '`+ids+`' ;;
	esac
done`)
	return dir
}

func TestAccessComment(t *testing.T) {
	const report = "### Who\n$(touch x) `y` ${{ z }}\n\"quoted\" 'too'"
	for name, row := range map[string]struct{ ids, result, call string }{
		"the first":               {"", "gains", "--method POST repos/acme/shop/issues/7/comments --field"},
		"the first losses":        {"", "losses", "--method POST repos/acme/shop/issues/7/comments --field"},
		"the first resources":     {"", "resources", "--method POST repos/acme/shop/issues/7/comments --field"},
		"nothing to say":          {"", "none", ""},
		"one is there":            {"11\\n12\\n", "gains", "--method PATCH repos/acme/shop/issues/comments/11 --field"},
		"one is there, now wrong": {"11", "none", "--method PATCH repos/acme/shop/issues/comments/11 --field"},
	} {
		t.Run(name, func(t *testing.T) {
			gh := fakeGh(t, row.ids)
			env := map[string]string{"PATH": gh + string(os.PathListSeparator) + os.Getenv("PATH"),
				"GH_TOKEN": "x", "GH_REPO": "acme/shop", "PULL_REQUEST": "7", "RESULT": row.result, "REPORT": report}
			out, code := script(t, "access-comment", env)
			require.Zero(t, code, out)
			calls := strings.Split(strings.TrimSpace(readFile(t, filepath.Join(gh, "calls"))), "\n")
			assert.Contains(t, calls[0], "repos/acme/shop/issues/7/comments")
			if row.call == "" {
				assert.Len(t, calls, 1)
				return
			}
			require.Len(t, calls, 2)
			assert.Contains(t, calls[1], row.call)
			assert.Equal(t, "<!-- access-diff -->\n"+report+"\n", readFile(t, filepath.Join(gh, "body")))

			for key, value := range map[string]string{"GH_REPO": "", "PULL_REQUEST": "7/../8", "RESULT": "", "REPORT": ""} {
				wrong := maps.Clone(env)
				wrong[key] = value
				out, code := script(t, "access-comment", wrong)
				assert.NotZero(t, code, key)
				assert.Contains(t, out, key)
			}
			assert.Len(t, strings.Split(strings.TrimSpace(readFile(t, filepath.Join(gh, "calls"))), "\n"), 2, "gh ran")
		})
	}
}
