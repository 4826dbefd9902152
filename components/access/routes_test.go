package access_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// declare makes routes out of route keys, under IAM unless "open " stands
// before the key.
func declare(t testing.TB, keys ...string) access.Routes {
	t.Helper()
	declared := map[string]access.Authorization{}
	for _, key := range keys {
		if open, found := cutOpen(key); found {
			declared[open] = access.Open
		} else {
			declared[key] = access.IAM
		}
	}
	routes, errs := access.NewRoutes(declared)
	require.Empty(t, errs)
	return routes
}

func cutOpen(key string) (string, bool) {
	const open = "open "
	if len(key) > len(open) && key[:len(open)] == open {
		return key[len(open):], true
	}
	return key, false
}

// quotedText finds the values that a message quotes.
var quotedText = regexp.MustCompile(`"(\\.|[^"\\])*"`)

// named lists the values that an error quotes, in order.
func named(t testing.TB, err error) []string {
	t.Helper()
	var values []string
	for _, quoted := range quotedText.FindAllString(err.Error(), -1) {
		value, unquoteErr := strconv.Unquote(quoted)
		require.NoError(t, unquoteErr)
		values = append(values, value)
	}
	return values
}

func TestNewRoutesSortsByKey(t *testing.T) {
	declared := map[string]access.Authorization{
		"POST /products":       access.IAM,
		"GET /products":        "",
		"GET /products/{id}":   access.Open,
		"$default":             access.IAM,
		"ANY /{proxy+}":        access.Open,
		"GET /":                access.IAM,
		"DELETE /products/all": "",
	}
	want := access.Routes{
		{Key: access.RouteKey{Path: "$default"}, Authorization: access.IAM},
		{Key: access.RouteKey{Method: "ANY", Path: "/{proxy+}"}, Authorization: access.Open},
		{Key: access.RouteKey{Method: "DELETE", Path: "/products/all"}, Authorization: access.IAM},
		{Key: access.RouteKey{Method: "GET", Path: "/"}, Authorization: access.IAM},
		{Key: access.RouteKey{Method: "GET", Path: "/products"}, Authorization: access.IAM},
		{Key: access.RouteKey{Method: "GET", Path: "/products/{id}"}, Authorization: access.Open},
		{Key: access.RouteKey{Method: "POST", Path: "/products"}, Authorization: access.IAM},
	}
	for range 20 { // maps are walked in another order each time
		routes, errs := access.NewRoutes(declared)
		require.Empty(t, errs)
		require.Equal(t, want, routes)
	}
}

func TestNewRoutesOfNothing(t *testing.T) {
	routes, errs := access.NewRoutes(nil)
	assert.Empty(t, routes)
	assert.Empty(t, errs)
}

func TestNewRoutesProblems(t *testing.T) {
	iam := access.IAM
	tests := map[string]struct {
		declared map[string]access.Authorization
		problems [][]string // for each, the values that it must name first
		kept     []string
	}{
		"malformed": {
			declared: map[string]access.Authorization{"get /a": iam, "GET /b": iam},
			problems: [][]string{{"get /a"}},
			kept:     []string{"GET /b"},
		},
		"same but for the name of a variable": {
			declared: map[string]access.Authorization{"GET /{a}": iam, "GET /{b}": iam},
			problems: [][]string{{"GET /{b}", "GET /{a}"}},
			kept:     []string{"GET /{a}"},
		},
		"same but for the name of a greedy variable": {
			declared: map[string]access.Authorization{"ANY /x/{a+}": iam, "ANY /x/{b+}": iam},
			problems: [][]string{{"ANY /x/{b+}", "ANY /x/{a+}"}},
			kept:     []string{"ANY /x/{a+}"},
		},
		"three times the same": {
			declared: map[string]access.Authorization{"GET /{a}": iam, "GET /{b}": iam, "GET /{c}": iam},
			problems: [][]string{{"GET /{b}", "GET /{a}"}, {"GET /{c}", "GET /{a}"}},
			kept:     []string{"GET /{a}"},
		},
		"same, with different authorizations": {
			declared: map[string]access.Authorization{"GET /{a}": iam, "GET /{b}": access.Open},
			problems: [][]string{{"GET /{b}", "GET /{a}"}},
			kept:     []string{"GET /{a}"},
		},
		"unknown authorization": {
			declared: map[string]access.Authorization{"GET /a": "JWT", "GET /b": "iam", "GET /c": iam},
			problems: [][]string{{"GET /a", "JWT"}, {"GET /b", "iam"}},
			kept:     []string{"GET /c"},
		},
		"several at once": {
			declared: map[string]access.Authorization{
				"": iam, "GET /{x+}/y": iam, "GET /a": "custom", "GET /{a}": iam, "GET /{b}": iam, "POST /ok": iam,
			},
			problems: [][]string{{""}, {"GET /a", "custom"}, {"GET /{b}", "GET /{a}"}, {"GET /{x+}/y"}},
			kept:     []string{"GET /{a}", "POST /ok"},
		},
		"different in more than names": {
			declared: map[string]access.Authorization{"GET /{a}": iam, "POST /{b}": iam, "ANY /{c}": iam, "GET /{d+}": iam, "GET /a": iam},
			kept:     []string{"ANY /{c}", "GET /a", "GET /{a}", "GET /{d+}", "POST /{b}"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			routes, errs := access.NewRoutes(test.declared)
			require.Len(t, errs, len(test.problems), "%v", errs)
			var kept []string
			for _, route := range routes {
				kept = append(kept, route.Key.String())
			}
			assert.Equal(t, test.kept, kept)
			for i, want := range test.problems {
				values := named(t, errs[i])
				for _, value := range want {
					assert.Contains(t, values, value, "%v", errs[i])
				}
				assert.Equal(t, want[0], values[0], "the key comes first")
			}
		})
	}
}

func TestRoutesKeys(t *testing.T) {
	list := func(count int) access.Routes {
		var keys []string
		for i := range count {
			keys = append(keys, fmt.Sprintf("GET /%03d", i))
		}
		return declare(t, keys...)
	}
	assert.Empty(t, list(0).Keys())
	assert.Equal(t, []string{"GET /000", "GET /001"}, list(2).Keys())

	listed := func(count int) string {
		_, errs := access.Resolve([]string{"GET /nowhere"}, list(count))
		require.Len(t, errs, 1)
		_, text, found := strings.Cut(errs[0].Error(), "declared are ")
		require.True(t, found, "%v", errs)
		return text
	}
	assert.Equal(t, "GET /000, GET /001", listed(2))
	assert.Contains(t, listed(12), "GET /011")
	assert.NotContains(t, listed(12), "more")
	assert.NotContains(t, listed(300), "GET /012")
	assert.Contains(t, listed(300), "288 more")
}

func TestParseAuthorization(t *testing.T) {
	for text, want := range map[string]access.Authorization{"": access.IAM, "iam": access.IAM, "none": access.Open} {
		got, err := access.ParseAuthorization(text)
		require.NoError(t, err, "%q", text)
		assert.Equal(t, want, got, "%q", text)
	}
	for _, text := range []string{"IAM", "AWS_IAM", "NONE", "jwt", "open", " iam", "iam\n", "false"} {
		got, err := access.ParseAuthorization(text)
		assert.Error(t, err, "%q", text)
		assert.Empty(t, got, "%q", text)
	}
}
