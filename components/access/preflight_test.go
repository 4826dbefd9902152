package access_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPreflights(t *testing.T) {
	for routes, want := range map[string][]string{ // "ROUTE <- ROUTES"
		"GET /a, POST /a":                        nil,
		"OPTIONS /a":                             nil,
		"OPTIONS /b, GET /a":                     nil,
		"ANY /a":                                 {"ANY /a <- ANY /a"},
		"ANY /a, GET /b":                         {"ANY /a <- ANY /a"},
		"ANY /a, OPTIONS /a, GET /a":             {"OPTIONS /a <- ANY /a, GET /a"},
		"GET /a, ANY /{p+}":                      {"ANY /{p+} <- ANY /{p+}, GET /a"},
		"GET /a, ANY /a/{p+}":                    {"ANY /a/{p+} <- ANY /a/{p+}"},
		"GET /a, $default":                       {"$default <- $default, GET /a"},
		"GET /a, $default, OPTIONS /{p+}":        {"$default <- $default", "OPTIONS /{p+} <- $default, GET /a"}, // of the path /
		"GET /a/{x}, OPTIONS /a/b":               {"OPTIONS /a/b <- GET /a/{x}"},
		"open OPTIONS /a, token shop GET /a":     {"OPTIONS /a <- GET /a"},
		"GET /{x}/b, token shop OPTIONS /a/{y}":  {"OPTIONS /a/{y} <- GET /{x}/b"},
		"GET /a/{x}, GET /a/b, OPTIONS /a/{y}":   {"OPTIONS /a/{y} <- GET /a/b, GET /a/{x}"},
		"GET /a, POST /a, ANY /a, OPTIONS /{p+}": {"ANY /a <- ANY /a, GET /a, POST /a"},
	} {
		declared := declare(t, list(routes)...)
		var got []string
		for _, p := range declared.Preflights() {
			got = append(got, p.Route.Key.String()+" <- "+strings.Join(p.Of.Keys(), ", "))
		}
		assert.Equal(t, want, got, routes)
	}
}

func TestPreflightsSayWhatTheyNeed(t *testing.T) {
	for routes, want := range map[string]string{
		"ANY /a":            "preflights of ANY /a may end at ANY /a, whose authorization is iam: browsers cannot send",
		"token shop ANY /a": "preflights of ANY /a may end at ANY /a, whose authorization is shop: browsers cannot send",
		"open ANY /a":       "preflights of ANY /a may end at ANY /a, whose authorization is none: browsers can send the requests only if",
	} {
		assert.Contains(t, declare(t, routes).Preflights()[0].String(), want)
	}
}
