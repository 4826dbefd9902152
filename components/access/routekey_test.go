package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

func mustKey(t testing.TB, text string) access.RouteKey {
	t.Helper()
	key, err := access.ParseRouteKey(text)
	require.NoError(t, err)
	return key
}

func TestParseRouteKeyAccepts(t *testing.T) {
	texts := []string{
		"$default", "ANY /", "ANY /products", "GET /a/b/c/d/e/f", "GET /UPPER/lower/0123456789",
		"GET /v1.2/events:batch/snake_case/kebab-case", "GET /./..", "GET /-/_/:/.", "GET /{id}", "GET /{id}/reviews",
		"GET /{id}/reviews/{review}", "GET /{customer-id}/{order_id}/{v1.line:no}", "GET /{id}/id", "ANY /{proxy+}",
		"ANY /products/{id}/{rest+}", "GET /ANY/GET/default", "GET " + strings.Repeat("/part", 200),
	}
	for _, method := range access.Methods {
		texts = append(texts, method+" /products")
	}
	for _, text := range texts {
		key := mustKey(t, text)
		want := access.RouteKey{Path: text}
		if method, path, found := strings.Cut(text, " "); found {
			want = access.RouteKey{Method: method, Path: path}
		}
		assert.Equal(t, want, key)
		assert.Equal(t, text, key.String())
		assert.Equal(t, text == "$default", key.IsDefault())
	}
}

func TestParseRouteKeyRejects(t *testing.T) {
	for about, texts := range map[string][]string{
		"form": {
			"", " ", "GET", "GET ", "/products", " /products", "GET products", "GET https://example.com/a",
			"GET ／a", "$DEFAULT", "default", "$default ", "$default\n", "GET $default", "ANY $default",
		},
		"spaces": {
			"GET  /products", " GET /products", "GET /products ", "GET /my products", "GET\t/products", "GET /products\t",
			"GET /products\n", "\nGET /products", "GET /a\n/b", "GET /{a\n}", "GET /products\r", "GET\u00a0/products",
			"\ufeffGET /a",
		},
		"method": {
			"get /products", "Get /products", "any /products", "TRACE /products", "CONNECT /products", "* /products",
			"GET,POST /products", "GET GET /products",
		},
		"empty parts": {"GET /products/", "GET /{id}/", "GET //", "GET //products", "GET /a//b"},
		"variables": {
			"GET /{}", "GET /{+}", "GET /{a}{b}", "GET /x{a}", "GET /{a}x", "GET /{a}.json", "GET /{a+}/b", "GET /{a+}/{b+}",
			"GET /{a}/{a}", "GET /{a}/b/{c}/{a}", "GET /{a}/{a+}", "GET /{a++}", "GET /{a+b}", "GET /{a}+", "GET /{a b}",
			"GET /{a/b}", "GET /{$a}", "GET /{a*}", "GET /{a,b}", "GET /{a", "GET /a}", "GET /}a{", "GET /{{a}}", "GET /{*}",
			"GET /${aws:username}", "GET /{é}",
		},
		"characters": {
			"GET /a\x00b", "GET /a\x7f", "GET /a+b", "GET /*", "GET /a*", "GET /a?", "GET /a?b=c", "GET /a$b", "GET /$default",
			"GET /a%20b", "GET /a,b", "GET /a;b", "GET /~a", "GET /@a", "GET /#a", `GET /a\b`, `GET /a"b`, "GET /<a>",
			"GET /a&b", "GET /café", "GET /٣", "GET /a\u200bb", "GET /\xff\xfe",
		},
		"length": {
			strings.Repeat("GET", 10_000) + " /", "GET " + strings.Repeat("/a", 100_000) + "/", "GET " + strings.Repeat("/", 100_000),
			"GET /" + strings.Repeat("{", 100_000), "GET " + strings.Repeat("/{a+}", 10_000),
		},
	} {
		for _, text := range texts {
			key, err := access.ParseRouteKey(text)
			if assert.Error(t, err, "%s: %q", about, brief(text)) {
				assert.NotContains(t, err.Error(), "\n", "%s: %q", about, brief(text))
			}
			assert.Zero(t, key)
		}
	}
}

// TestTemplate has keys that are the same to API Gateway in one row. Keys in
// different rows are different.
func TestTemplate(t *testing.T) {
	rows := [][]string{
		{"GET /a"}, {"POST /a"}, {"ANY /a"}, {"GET /A"}, {"GET /b"}, {"GET /"}, {"$default"},
		{"GET /{a}", "GET /{b}"}, {"GET /{a+}", "GET /{b+}"}, {"ANY /{proxy+}"}, {"ANY /x/{a+}", "ANY /x/{b+}"},
		{"GET /{a}/x/{b}", "GET /{b}/x/{a}"}, {"GET /{a}/b", "GET /{id}/b"}, {"GET /a/{b}"}, {"GET /{a}/{b}"},
	}
	of := map[string]int{}
	for i, row := range rows {
		template := mustKey(t, row[0]).Template()
		assert.NotContains(t, of, template)
		of[template] = i
		for _, key := range row {
			assert.Equal(t, template, mustKey(t, key).Template(), key)
		}
	}
}
