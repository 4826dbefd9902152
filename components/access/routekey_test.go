package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

func TestParseRouteKeyAccepts(t *testing.T) {
	keys := []access.RouteKey{
		{Method: "", Path: "$default"},
		{Method: "ANY", Path: "/"},
		{Method: "DELETE", Path: "/products"},
		{Method: "GET", Path: "/products"},
		{Method: "HEAD", Path: "/products"},
		{Method: "OPTIONS", Path: "/products"},
		{Method: "PATCH", Path: "/products"},
		{Method: "POST", Path: "/products"},
		{Method: "PUT", Path: "/products"},
		{Method: "ANY", Path: "/products"},
		{Method: "GET", Path: "/a/b/c/d/e/f"},
		{Method: "GET", Path: "/UPPER/lower/0123456789"},
		{Method: "GET", Path: "/v1.2/events:batch/snake_case/kebab-case"},
		{Method: "GET", Path: "/./.."},
		{Method: "GET", Path: "/-/_/:/."},
		{Method: "GET", Path: "/{id}"},
		{Method: "GET", Path: "/{id}/reviews"},
		{Method: "GET", Path: "/{id}/reviews/{review}"},
		{Method: "GET", Path: "/{customer-id}/{order_id}/{v1.line:no}"},
		{Method: "GET", Path: "/{id}/id"},
		{Method: "ANY", Path: "/{proxy+}"},
		{Method: "ANY", Path: "/products/{id}/{rest+}"},
		{Method: "GET", Path: "/ANY/GET/default"},
		{Method: "GET", Path: strings.Repeat("/part", 200)},
	}
	for _, want := range keys {
		text := strings.TrimPrefix(want.Method+" "+want.Path, " ")
		t.Run(text, func(t *testing.T) {
			got, err := access.ParseRouteKey(text)
			require.NoError(t, err)
			assert.Equal(t, want, got)
			assert.Equal(t, text, got.String(), "written as it was read")
			assert.Equal(t, want.Path == "$default", got.IsDefault())
		})
	}
}

func TestParseRouteKeyRefuses(t *testing.T) {
	tests := map[string]string{
		"empty":                            "",
		"one space":                        " ",
		"method alone":                     "GET",
		"method and space":                 "GET ",
		"path alone":                       "/products",
		"no method":                        " /products",
		"no slash":                         "GET products",
		"two spaces":                       "GET  /products",
		"space before":                     " GET /products",
		"space after":                      "GET /products ",
		"space in the path":                "GET /my products",
		"tab between":                      "GET\t/products",
		"tab after":                        "GET /products\t",
		"newline after":                    "GET /products\n",
		"newline before":                   "\nGET /products",
		"newline in the path":              "GET /a\n/b",
		"newline within a variable":        "GET /{a\n}",
		"carriage return":                  "GET /products\r",
		"null character":                   "GET /a\x00b",
		"delete character":                 "GET /a\x7f",
		"lower-case method":                "get /products",
		"mixed-case method":                "Get /products",
		"lower-case any":                   "any /products",
		"method that is not routed":        "TRACE /products",
		"method CONNECT":                   "CONNECT /products",
		"star for the method":              "* /products",
		"two methods":                      "GET,POST /products",
		"method twice":                     "GET GET /products",
		"trailing slash":                   "GET /products/",
		"trailing slash after a variable":  "GET /{id}/",
		"two slashes":                      "GET //",
		"two slashes before":               "GET //products",
		"two slashes within":               "GET /a//b",
		"empty variable":                   "GET /{}",
		"empty greedy variable":            "GET /{+}",
		"two variables in a part":          "GET /{a}{b}",
		"variable after a literal":         "GET /x{a}",
		"variable before a literal":        "GET /{a}x",
		"variable with an extension":       "GET /{a}.json",
		"greedy variable before the end":   "GET /{a+}/b",
		"two greedy variables":             "GET /{a+}/{b+}",
		"variable twice":                   "GET /{a}/{a}",
		"variable twice, far apart":        "GET /{a}/b/{c}/{a}",
		"variable twice, the last greedy":  "GET /{a}/{a+}",
		"two pluses":                       "GET /{a++}",
		"plus within a variable":           "GET /{a+b}",
		"plus outside braces":              "GET /{a}+",
		"plus in a literal":                "GET /a+b",
		"space in a variable":              "GET /{a b}",
		"slash in a variable":              "GET /{a/b}",
		"dollar in a variable":             "GET /{$a}",
		"star after a variable's name":     "GET /{a*}",
		"comma in a variable":              "GET /{a,b}",
		"open brace alone":                 "GET /{a",
		"close brace alone":                "GET /a}",
		"braces the wrong way round":       "GET /}a{",
		"nested braces":                    "GET /{{a}}",
		"star":                             "GET /*",
		"star within a part":               "GET /a*",
		"star in a variable":               "GET /{*}",
		"question mark":                    "GET /a?",
		"query":                            "GET /a?b=c",
		"policy variable":                  "GET /${aws:username}",
		"dollar":                           "GET /a$b",
		"default with a slash":             "GET /$default",
		"default with a method":            "GET $default",
		"default of any method":            "ANY $default",
		"default in capitals":              "$DEFAULT",
		"default without dollar":           "default",
		"default and a space":              "$default ",
		"default and a newline":            "$default\n",
		"percent-encoded":                  "GET /a%20b",
		"comma":                            "GET /a,b",
		"semicolon":                        "GET /a;b",
		"tilde":                            "GET /~a",
		"at sign":                          "GET /@a",
		"hash":                             "GET /#a",
		"backslash":                        `GET /a\b`,
		"quote":                            `GET /a"b`,
		"less-than sign":                   "GET /<a>",
		"ampersand":                        "GET /a&b",
		"letter outside ASCII":             "GET /café",
		"letter outside ASCII, variable":   "GET /{é}",
		"full-width slash":                 "GET ／a",
		"digit outside ASCII":              "GET /٣",
		"no-break space":                   "GET\u00a0/products",
		"zero-width space":                 "GET /a\u200bb",
		"byte order mark":                  "\ufeffGET /a",
		"bytes that are no UTF-8":          "GET /\xff\xfe",
		"URL":                              "GET https://example.com/a",
		"very long method":                 strings.Repeat("GET", 10_000) + " /",
		"very long and wrong at the end":   "GET " + strings.Repeat("/a", 100_000) + "/",
		"very long run of slashes":         "GET " + strings.Repeat("/", 100_000),
		"very long run of braces":          "GET /" + strings.Repeat("{", 100_000),
		"very long run of greedy variable": "GET " + strings.Repeat("/{a+}", 10_000),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			key, err := access.ParseRouteKey(text)
			require.Error(t, err)
			assert.Zero(t, key)
			assert.NotContains(t, err.Error(), "\n", "one line, whatever the key holds")
		})
	}
}

func TestTemplate(t *testing.T) {
	tests := map[string]struct {
		a, b string
		same bool
	}{
		"a route and itself":                {"GET /a", "GET /a", true},
		"names of variables":                {"GET /{a}", "GET /{b}", true},
		"names of several variables":        {"GET /{a}/x/{b}", "GET /{b}/x/{a}", true},
		"names of greedy variables":         {"ANY /x/{a+}", "ANY /x/{b+}", true},
		"default and itself":                {"$default", "$default", true},
		"methods":                           {"GET /a", "POST /a", false},
		"a method and ANY":                  {"GET /a", "ANY /a", false},
		"literals":                          {"GET /a", "GET /b", false},
		"case of literals":                  {"GET /a", "GET /A", false},
		"a literal and a variable":          {"GET /a", "GET /{a}", false},
		"a variable and a greedy one":       {"GET /{a}", "GET /{a+}", false},
		"variables in different places":     {"GET /{a}/b", "GET /a/{b}", false},
		"lengths":                           {"GET /{a}", "GET /{a}/{b}", false},
		"the root and a variable":           {"GET /", "GET /{a}", false},
		"default and a greedy variable":     {"$default", "ANY /{proxy+}", false},
		"literal of the name of a variable": {"GET /{id}/a", "GET /{id}/{a}", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a, b := mustKey(t, test.a).Template(), mustKey(t, test.b).Template()
			assert.Equal(t, test.same, a == b, "%q and %q", a, b)
		})
	}
}

func mustKey(t testing.TB, text string) access.RouteKey {
	t.Helper()
	key, err := access.ParseRouteKey(text)
	require.NoError(t, err)
	return key
}
