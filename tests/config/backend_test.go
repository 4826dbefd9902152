package config

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/gotool"
	"iam-secured-api/internal/program"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/mocks/recorder"
)

// relativeToCheckout returns a path relative to the checkout's folder.
func relativeToCheckout(t *testing.T, path string) string {
	t.Helper()
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	relative, err := filepath.Rel(root, path)
	require.NoError(t, err)
	return relative
}

// TestBackendsAreRead checks what each form means. Without the key or a value, the
// backend is the product service, which Parse does not build.
func TestBackendsAreRead(t *testing.T) {
	service := archive.Make(t, "")
	relative := relativeToCheckout(t, service)
	require.False(t, filepath.IsAbs(relative))
	for config, want := range map[string]program.Backend{
		`{}`:                                       {},
		`{backend: }`:                              {},
		`{backend: {}}`:                            {},
		`{backend: null}`:                          {},
		`{backend: ""}`:                            {},
		`{backend: "{}"}`:                          {}, // `pulumi config set backend {}`
		`{backend: {secure: "{}"}}`:                {},
		`{backend: {url: https://x.dev}}`:          {Url: "https://x.dev"},
		`{backend: {archive: ` + service + `}}`:    {Archive: service},
		`{backend: {archive: ` + relative + `}}`:   {Archive: service},
		`{backend: {archive: ./` + relative + `}}`: {Archive: service},
		`{backend: {deletionProtection: true}}`:    {DeletionProtection: true},
		`{backend: {deletionProtection: false}}`:   {},
		`{backend: {deletionProtection: true, archive: ` + service + `}}`:  {Archive: service, DeletionProtection: true},
		`{backend: {deletionProtection: false, archive: ` + service + `}}`: {Archive: service},
	} {
		t.Run(config, func(t *testing.T) {
			routes := recorder.ParseStack(t, "config: {routes: {GET /products: {}}}")
			cfg := parse(t, routes.With(recorder.ParseStack(t, "config: "+config)).Values)
			require.Equal(t, want, cfg.Backend)
		})
	}
}

func TestBackendsOfWrongTypesAreRefused(t *testing.T) {
	const fields = "must be a map with archive, deletionProtection, functionArn, headers, url"
	const path, url = "must be the path of a zip file, or left out, as a string", "must be an https URL"
	refuse(t, []row{
		{"backend: text", `backend: https://backend.example.com`, []problem{{"backend", `"https://backend.example.com"`, fields}}},
		{"backend: list", `backend: [url]`, []problem{{"backend", `["url"]`, fields}}},
		{"url: list", `backend: {url: [https://backend.example.com]}`, []problem{{"backend.url", `["https://backend.example.com"]`, url}}},
		{"url: number", `backend: {url: 1}`, []problem{{"backend.url", `1`, url}}},
		{"url: nothing", `backend: {url: }`, []problem{{"backend.url", `null`, url}}},
		{"archive: list", `backend: {archive: [service.zip]}`, []problem{{"backend.archive", `["service.zip"]`, path}}},
		{"archive: number", `backend: {archive: 1}`, []problem{{"backend.archive", `1`, path}}},
		{"archive: nothing", `backend: {archive: }`, []problem{{"backend.archive", `null`, path}}},
		{"archive: empty", `backend: {archive: ""}`, []problem{{"backend.archive", `""`, "must be the path of a zip file, or left out"}}},
		{"deletionProtection: text", `backend: {deletionProtection: "true"}`, []problem{{"backend.deletionProtection", `"true"`, "must be true or false"}}},
		{"deletionProtection: nothing", `backend: {deletionProtection: }`, []problem{{"backend.deletionProtection", `null`, "must be true or false"}}},
		{"all of them", `backend: {archive: 1, deletionProtection: 2}`, []problem{
			{"backend.archive", `1`, path},
			{"backend.deletionProtection", `2`, "must be true or false"},
		}},
	})
}

func TestUnknownKeysOfTheBackendAreRefused(t *testing.T) {
	const accepted = "accepted are archive, deletionProtection, functionArn, headers, url"
	for key, meant := range map[string]string{
		"uri": "url", "URL": "url", "Archive": "archive", "archiv": "archive", "archives": "archive",
		"deletionprotection": "deletionProtection", "deletionProtected": "", "function": "", "table": "",
	} {
		if meant != "" {
			meant = "(did you mean " + meant + "?); "
		}
		refuse(t, []row{{key, `backend: {` + key + `: true}`, []problem{{"backend." + key, "true", meant + accepted}}}})
	}
	refuse(t, []row{{"with a URL", `backend: {url: https://backend.example.com, token: x}`, []problem{{"backend.token", `"x"`, accepted}}}})
}

func TestBadUrlsAreRefused(t *testing.T) {
	const accepted = `must be an https URL in ASCII, of up to 2048 characters with a path of up to 497, without user, query, fragment and variables, such as "https://backend.example.com/v1"`
	for _, url := range []string{
		"", "backend.example.com", "//backend.example.com", "http://backend.example.com", "ftp://backend.example.com",
		"https://", "https:///v1", "https://:8443",
		"https://backend.example.com?stage=prod", "https://backend.example.com?", "https://backend.example.com/#top",
		"https://backend.example.com/{proxy}", "https://${stageVariables.host}", "https://backend.example.com/a b",
		"https://backend.example.com:port", "https://[::1", "https://backend.example.com/%zz",
		"https://backend.example.com/" + strings.Repeat("x", 2048), "https://backend.example.com/" + strings.Repeat("x", 497),
		"https://backénd.example.com", "https://backend.example.com/é",
	} {
		refuse(t, []row{{url, fmt.Sprintf("backend: {url: %q}", url), []problem{{"backend.url", fmt.Sprintf("%.80q", url)[:min(len(url)+1, 60)], accepted}}}})
	}
	refuse(t, []row{
		{"a user", `backend: {url: "https://ann@backend.example.com"}`, []problem{{"backend.url", `"https://…@backend.example.com"`, accepted}}},
		{"a password", `backend: {url: "https://ann:hunter@2@backend.example.com"}`, []problem{{"backend.url", `"https://…@backend.example.com"`, accepted}}},
	})
}

// TestLongestPathOfAUrl takes the longest path for which the integration's parameter has 512
// characters.
func TestLongestPathOfAUrl(t *testing.T) {
	recorder.Both(t, func(t *testing.T, run recorder.Run) {
		path := "/" + strings.Repeat("x", 496)
		run.Settings = settings(t, "backend: {url: https://backend.example.com"+path+"}")
		parameters := run.Must(t, program.Deploy).One(t, recorder.Integration).Input("requestParameters").(map[string]any)
		require.Equal(t, path+"${request.path}", parameters["overwrite:path"])
		require.Len(t, parameters["overwrite:path"], 512)
	})
}

func TestUrlsStandAlone(t *testing.T) {
	const alone = "must have url alone, functionArn alone, or archive and deletionProtection, which are the product service's"
	const url = `url: https://backend.example.com`
	service := archive.Make(t, "")
	refuse(t, []row{
		{"an archive", `backend: {` + url + `, archive: ` + service + `}`, []problem{{"backend", `{"archive":"/`, alone}}},
		{"a protected table", `backend: {` + url + `, deletionProtection: true}`, []problem{{"backend", `{"deletionProtection":true,"url":"https://backend.example.com"}`, alone}}},
		{"a table that is not", `backend: {` + url + `, deletionProtection: false}`, []problem{{"backend", `{"deletionProtection":false,"url":"https://backend.example.com"}`, alone}}},
		{"both", `backend: {` + url + `, deletionProtection: true, archive: ` + service + `}`, []problem{{"backend", `{"archive":"/`, alone}}},
		{"with a password", `backend: {url: "https://ann:hunter2@x.dev", deletionProtection: true}`, []problem{
			{"backend", `"url":"https://…@x.dev"}`, alone},
			{"backend.url", `"https://…@x.dev"`, "without user"},
		}},
		{"an archive that is not there", `backend: {` + url + `, archive: no.zip}`, []problem{
			{"backend", `{"archive":"no.zip","url":"https://backend.example.com"}`, alone},
			{"backend.archive", `"no.zip"`, "no such file"},
		}},
	})
}

func TestBadArchivesAreRefused(t *testing.T) {
	const accepted = `must be the path of a program for Lambda on arm64, absolute or relative to the checkout: archive `
	folder := t.TempDir()
	text := filepath.Join(folder, "text.zip")
	require.NoError(t, os.WriteFile(text, []byte("no zip file"), 0o600))
	root, err := gotool.ModuleRoot()
	require.NoError(t, err)
	for name, bad := range map[string]struct{ path, found, why string }{
		"missing":             {filepath.Join(folder, "no.zip"), "", "no such file"},
		"missing, relative":   {"no/such.zip", filepath.Join(root, "no/such.zip"), "no such file"},
		"a path in a file":    {text + "/service.zip", "", "not a directory"},
		"in the user's home":  {"~/service.zip", filepath.Join(root, "~/service.zip"), "no such file"},
		"a folder":            {folder, "", "must be a file, a zip with the program bootstrap"},
		"the checkout":        {".", root, "must be a file, a zip with the program bootstrap"},
		"no zip":              {text, "", "must be a zip file"},
		"no zip, relative":    {"go.mod", filepath.Join(root, "go.mod"), "must be a zip file"},
		"for another machine": {archive.Of(t, elf.EM_X86_64, 0o755, ""), "", "bootstrap is for EM_X86_64 (ELFCLASS64, ELFDATA2LSB, ELFOSABI_NONE): must be for linux on arm64"},
		"not executable":      {archive.Of(t, elf.EM_AARCH64, 0o644, ""), "", "bootstrap has the mode -rw-r--r--: must be an executable file"},
		"a device":            {os.DevNull, "", "must be a file"},
	} {
		if bad.found == "" {
			bad.found = bad.path
		}
		refuse(t, []row{{name, fmt.Sprintf("backend: {archive: %q}", bad.path), []problem{
			{"backend.archive", fmt.Sprintf("%q ", bad.path), accepted + bad.found + ": " + bad.why},
		}}})
	}
	for _, path := range []string{"a\x00b", "a\nb", "a\u2028b", "\xff"} {
		s := settings(t, "")
		s.Values[recorder.Project+":backend"] = fmt.Sprintf(`{"archive":%s}`, strings.ReplaceAll(fmt.Sprintf("%q", path), `\x`, `\u00`))
		t.Run(fmt.Sprintf("%q", path), func(t *testing.T) {
			requireRefused(t, s, []problem{{"backend.archive", "", accepted}})
		})
	}
}

// TestBadConfigurationsBuildNothing would have to build the product service without
// the Go toolchain. Only the configuration's problems are reported.
func TestBadConfigurationsBuildNothing(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("PATH", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", cache)
	for name, row := range map[string]struct {
		config  string
		problem problem
	}{
		"elsewhere":      {`{routes: {GET /x: {}}, apiName: a/b}`, problem{"apiName", `"a/b"`, "1 to 128 letters"}},
		"no routes":      {`{}`, problem{"routes", "", "must be set"}},
		"in the backend": {`{routes: {GET /x: {}}, backend: {deletionProtection: 1}}`, problem{"backend.deletionProtection", "1", "true or false"}},
		"in what is not needed then": {`{routes: {GET /x: {}}, policies: {p: {allow: [GET /y]}}}`,
			problem{"policies.p.allow", `"GET /y"`, "names no declared route"}},
	} {
		t.Run(name, func(t *testing.T) {
			requireRefused(t, recorder.ParseStack(t, "config: "+row.config), []problem{row.problem})
		})
	}
	entries, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Empty(t, entries)
}
