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

// declare returns routes, under IAM unless "open " or "token NAME " is before the key.
func declare(t testing.TB, keys ...string) access.Routes {
	t.Helper()
	declared := map[string]access.RouteArgs{}
	for _, key := range keys {
		if open, found := strings.CutPrefix(key, "open "); found {
			declared[open] = access.RouteArgs{Authorization: access.Open}
		} else if token, found := strings.CutPrefix(key, "token "); found {
			name, key, _ := strings.Cut(token, " ")
			declared[key] = access.RouteArgs{Authorization: access.Token, Authorizer: name}
		} else {
			declared[key] = access.RouteArgs{}
		}
	}
	routes, errs := access.NewRoutes(declared)
	require.Empty(t, errs)
	return routes
}

// quotedText matches the values that a message quotes.
var quotedText = regexp.MustCompile(`"(\\.|[^"\\])*"`)

// named returns the values that an error quotes, in order.
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

func TestNewRoutes(t *testing.T) {
	declared := map[string]access.RouteArgs{
		"POST /products": {Authorization: access.IAM}, "GET /products": {}, "GET /products/{id}": {Authorization: access.Open},
		"$default": {Authorization: access.Token, Authorizer: "shop", Scopes: []string{"b", "a"}},
	}
	want := access.Routes{
		{access.RouteKey{Path: "$default"}, declared["$default"]},
		{access.RouteKey{Method: "GET", Path: "/products"}, access.RouteArgs{Authorization: access.IAM}},
		{access.RouteKey{Method: "GET", Path: "/products/{id}"}, declared["GET /products/{id}"]},
		{access.RouteKey{Method: "POST", Path: "/products"}, declared["POST /products"]},
	}
	for range 20 { // the order of maps changes
		routes, errs := access.NewRoutes(declared)
		require.Empty(t, errs)
		require.Equal(t, want, routes)
	}
	routes, errs := access.NewRoutes(nil)
	assert.Empty(t, routes)
	assert.Empty(t, errs)
}

func TestNewRoutesRejects(t *testing.T) {
	type declared = map[string]access.RouteArgs
	iam := access.RouteArgs{}
	of := func(authorization access.Authorization) access.RouteArgs {
		return access.RouteArgs{Authorization: authorization}
	}
	for name, test := range map[string]struct {
		declared declared
		problems [][]string // the values that each must name, the key first
		kept     string
	}{
		"malformed":         {declared{"get /a": iam, "GET /b": iam}, [][]string{{"get /a"}}, "GET /b"},
		"the same":          {declared{"GET /{a}": iam, "GET /{b}": of(access.Open)}, [][]string{{"GET /{b}", "GET /{a}"}}, "GET /{a}"},
		"the same, greedy":  {declared{"ANY /x/{a+}": iam, "ANY /x/{b+}": iam}, [][]string{{"ANY /x/{b+}", "ANY /x/{a+}"}}, "ANY /x/{a+}"},
		"the same, thrice":  {declared{"GET /{a}": iam, "GET /{b}": iam, "GET /{c}": iam}, [][]string{{"GET /{b}", "GET /{a}"}, {"GET /{c}", "GET /{a}"}}, "GET /{a}"},
		"no authorizations": {declared{"GET /a": of("CUSTOM"), "GET /b": of("iam"), "GET /c": iam}, [][]string{{"GET /a", "CUSTOM"}, {"GET /b", "iam"}}, "GET /c"},
		"several at once": {
			declared{"": iam, "GET /{x+}/y": iam, "GET /a": of("custom"), "GET /{a}": iam, "GET /{b}": iam, "POST /ok": iam},
			[][]string{{""}, {"GET /a", "custom"}, {"GET /{b}", "GET /{a}"}, {"GET /{x+}/y"}}, "GET /{a}, POST /ok",
		},
		"different routes": {
			declared{"GET /{a}": iam, "POST /{b}": iam, "ANY /{c}": iam, "GET /{d+}": iam, "GET /a": iam},
			nil, "ANY /{c}, GET /a, GET /{a}, GET /{d+}, POST /{b}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			routes, errs := access.NewRoutes(test.declared)
			require.Len(t, errs, len(test.problems), "%v", errs)
			assert.Equal(t, list(test.kept), routes.Keys())
			for i, want := range test.problems {
				values := named(t, errs[i])
				assert.Subset(t, values, want, "%v", errs[i])
				assert.Equal(t, want[0], values[0])
			}
		})
	}
}

func TestRoutesKeys(t *testing.T) {
	routes := func(count int) access.Routes {
		var keys []string
		for i := range count {
			keys = append(keys, fmt.Sprintf("GET /%03d", i))
		}
		return declare(t, keys...)
	}
	assert.Empty(t, routes(0).Keys())
	assert.Equal(t, []string{"GET /000", "GET /001"}, routes(2).Keys())

	listed := func(count int) string {
		_, errs := access.Resolve([]string{"GET /nowhere"}, routes(count))
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
