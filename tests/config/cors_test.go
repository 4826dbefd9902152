package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/program"
	"iam-secured-api/tests/mocks/recorder"
)

func TestBadCorsIsRefused(t *testing.T) {
	cors := func(fields string) string { return `cors: {allowOrigins: [https://app.example.com], ` + fields + `}` }
	const all = "allowCredentials, allowHeaders, allowMethods, allowOrigins, exposeHeaders, maxAgeSeconds"
	refuse(t, []row{
		{"text", `cors: "*"`, []problem{{"cors", `"*"`, "must be a map with " + all}}},
		{"an unknown key", cors(`origins: [x]`), []problem{{"cors.origins", `["x"]`, "accepted are " + all}}},
		{"no origins", `cors: {maxAgeSeconds: 5}`, []problem{{"cors", `{"maxAgeSeconds":5}`, "must have the key allowOrigins, a list of origins"}}},
		{"an empty list of origins", `cors: {allowOrigins: []}`, []problem{{"cors.allowOrigins", `[]`, "must be a list of origins, such as [https://app.example.com]"}}},
		{"an origin as text", `cors: {allowOrigins: https://app.example.com}`, []problem{{"cors.allowOrigins", `"https://app.example.com"`, "must be a list of origins"}}},
		{"an origin twice", `cors: {allowOrigins: [https://a.example.com, https://a.example.com]}`, []problem{{"cors.allowOrigins[1]", `"https://a.example.com"`, "list each once"}}},
		{"101 origins", `cors: {allowOrigins: [` + join(101, "https://a%d.example.com") + `]}`, []problem{{"cors.allowOrigins", `["https://a0`, "at most 100 entries"}}},
		{"all with credentials", `cors: {allowOrigins: ["*"], allowCredentials: true}`, []problem{{"cors.allowOrigins[0]", `"*"`, "with allowCredentials"}}},
		{"all of HTTPS with credentials", `cors: {allowOrigins: ["https://*"], allowCredentials: true}`, []problem{{"cors.allowOrigins[0]", `"https://*"`, "with allowCredentials"}}},
		{"all and one", `cors: {allowOrigins: [https://a.example.com, "*"]}`, []problem{{"cors.allowOrigins[1]", `"*"`, "must stand alone"}}},

		{"a method in lower case", cors(`allowMethods: [get]`), []problem{{"cors.allowMethods[0]", `"get"`, "must be one of DELETE, GET, HEAD"}}},
		{"every method", cors(`allowMethods: ["*"]`), []problem{{"cors.allowMethods[0]", `"*"`, "without allowMethods, all that the routes take"}}},
		{"a method that no route takes", cors(`allowMethods: [GET, PUT]`), []problem{{"cors.allowMethods[1]", `"PUT"`, "must be a method that a route takes: GET, POST"}}},
		{"a method of routes that cannot be read", cors(`allowMethods: [PUT]`) + "\nroutes: {GET products: {}}", []problem{{"routes", `"GET products"`, `"METHOD /path"`}}},
		{"every header", cors(`allowHeaders: ["*"]`), []problem{{"cors.allowHeaders[0]", `"*"`, "must be the name of a header"}}},
		{"a header in two cases", cors(`allowHeaders: [X-Shop, x-shop]`), []problem{{"cors.allowHeaders[1]", `"x-shop"`, "appears twice"}}},
		{"two headers in one", cors(`exposeHeaders: ["etag, x-shop"]`), []problem{{"cors.exposeHeaders[0]", `"etag, x-shop"`, "must be the name of a header"}}},
		{"a long header", cors(`exposeHeaders: [` + strings.Repeat("x", 65) + `]`), []problem{{"cors.exposeHeaders[0]", `"xxx`, "1 to 64 letters"}}},
		{"101 headers", cors(`allowHeaders: [` + join(101, "x%d") + `]`), []problem{{"cors.allowHeaders", `["x0"`, "at most 100 entries"}}},

		{"a negative age", cors(`maxAgeSeconds: -1`), []problem{{"cors.maxAgeSeconds", `-1`, "must be 0 to 86400 seconds"}}},
		{"an age of more than a day", cors(`maxAgeSeconds: 86401`), []problem{{"cors.maxAgeSeconds", `86401`, "must be 0 to 86400 seconds"}}},
		{"an age as text", cors(`maxAgeSeconds: 10m`), []problem{{"cors.maxAgeSeconds", `"10m"`, "must be a whole number"}}},
		{"credentials as text", cors(`allowCredentials: "yes"`), []problem{{"cors.allowCredentials", `"yes"`, "true or false"}}},
		{"all at once", `cors: {allowOrigins: ["null"], allowMethods: [FETCH], allowHeaders: [""], exposeHeaders: [é], maxAgeSeconds: 1.5, allowCredentials: 1}`, []problem{
			{"cors.allowOrigins[0]", `"null"`, "must not be null"},
			{"cors.allowMethods[0]", `"FETCH"`, "must be one of"},
			{"cors.allowHeaders[0]", `""`, "not empty"},
			{"cors.exposeHeaders[0]", `"é"`, "must be the name of a header"},
			{"cors.maxAgeSeconds", `1.5`, "must be a whole number"},
			{"cors.allowCredentials", `1`, "true or false"},
		}},
	})
}

func TestOrigins(t *testing.T) {
	for _, good := range []string{
		"*", "https://*", "https://app.example.com", "https://app.example.com:8443", "https://xn--bcher-kva.example", "https://10.0.0.7", "https://intranet",
		"http://localhost", "http://localhost:3000", "http://127.0.0.1:1", "https://localhost:65535", "https://" + strings.Repeat(strings.Repeat("a", 60)+".", 4) + "example",
	} {
		plan := parse(t, settings(t, `cors: {allowOrigins: ["`+good+`"]}`).Values)
		assert.Equal(t, []string{good}, plan.Cors.AllowOrigins)
	}
	const host, form = "must have a host name", `must be "https://HOST"`
	for bad, accepted := range map[string]string{
		"http://*":                           "must not have a wildcard",
		"https://*.example.com":              "must not have a wildcard",
		"https://app.*":                      "must not have a wildcard",
		"null":                               "must not be null",
		"app.example.com":                    form,
		"//app.example.com":                  form,
		"ftp://app.example.com":              form,
		"chrome-extension://abc":             form,
		" https://app.example.com":           form,
		"http://app.example.com":             "must begin with https://",
		"http://10.0.0.7":                    "must begin with https://",
		"http://localhost.example.com":       "must begin with https://",
		"HTTPS://app.example.com":            "must be in lower case",
		"https://App.example.com":            "must be in lower case",
		"https://app.example.com/":           "without a slash or a path",
		"https://app.example.com/shop":       "without a slash or a path",
		"https://app.example.com?a":          "without a slash or a path",
		"https://app.example.com:443":        "which browsers leave out",
		"http://localhost:80":                "which browsers leave out",
		"https://app.example.com:":           "must have a port",
		"https://app.example.com:0":          "must have a port",
		"https://app.example.com:65536":      "must have a port",
		"https://app.example.com:08443":      "must have a port",
		"https://app.example.com:+8443":      "must have a port",
		"https://":                           host,
		"https://app.example.com.":           host,
		"https://app..example.com":           host,
		"https://-app.example.com":           host,
		"https://ann@app.example.com":        host,
		"https://bücher.example":             host,
		"https://1.2.3":                      host,
		"https://[::1]":                      "must have a port",
		"https://a.example.com,https":        host,
		"https://" + strings.Repeat("a", 64): host,
	} {
		refuse(t, []row{{bad, `cors: {allowOrigins: ["` + bad + `"]}`, []problem{{"cors.allowOrigins[0]", "", accepted}}}})
	}
}

// corsOf returns the CORS configuration of the API, and the warnings.
func corsOf(t *testing.T, config string) (any, []string) {
	s := settings(t, config)
	api := recorder.Run{Settings: s}.Must(t, program.Deploy).One(t, recorder.Api)
	return api.Input("corsConfiguration"), parse(t, s.Values).Warnings
}

func TestCorsOfTheApi(t *testing.T) {
	signing := []any{"authorization", "content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}
	everything := []any{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
	for config, want := range map[string]map[string]any{
		`cors: {allowOrigins: [https://b.example.com, https://a.example.com]}`: {
			"allowOrigins": []any{"https://a.example.com", "https://b.example.com"}, "allowMethods": []any{"GET", "POST"}, "allowHeaders": signing, "maxAge": 600.0,
		},
		`cors: {allowOrigins: ["*"], allowMethods: [POST], allowHeaders: [X-Shop, AUTHORIZATION, x-amz-Date], exposeHeaders: [ETag, Apigw-Requestid], maxAgeSeconds: 0}`: {
			"allowOrigins": []any{"*"}, "allowMethods": []any{"POST"}, "allowHeaders": append(signing, "x-shop"),
			"exposeHeaders": []any{"apigw-requestid", "etag"}, "maxAge": 0.0,
		},
		`cors: {allowOrigins: [https://a.example.com], allowCredentials: true, maxAgeSeconds: 86400}`: {
			"allowOrigins": []any{"https://a.example.com"}, "allowMethods": []any{"GET", "POST"}, "allowHeaders": signing, "maxAge": 86400.0, "allowCredentials": true,
		},
		"cors: {allowOrigins: [\"*\"], allowCredentials: false, exposeHeaders: []}\nroutes: {$default: {}}": {
			"allowOrigins": []any{"*"}, "allowMethods": everything, "allowHeaders": signing, "maxAge": 600.0,
		},
		"cors: {allowOrigins: [\"*\"], allowMethods: [PATCH]}\nroutes: {ANY /x: {authorization: none}}": {
			"allowOrigins": []any{"*"}, "allowMethods": []any{"PATCH"}, "allowHeaders": signing, "maxAge": 600.0,
		},
	} {
		got, _ := corsOf(t, config)
		assert.Equal(t, want, got, config)
	}
	for _, config := range []string{``, `cors:`, `cors: {}`} {
		got, warnings := corsOf(t, config)
		assert.Nil(t, got, config)
		assert.Empty(t, warnings, config)
	}
}

// TestPreflightsAreWarnedOf requires a warning of each route that takes preflights, if the
// stack has CORS.
func TestPreflightsAreWarnedOf(t *testing.T) {
	const cors = `cors: {allowOrigins: ["*"]}`
	_, warnings := corsOf(t, cors)
	require.Empty(t, warnings)
	_, warnings = corsOf(t, `routes: {ANY /x: {}}`)
	require.Empty(t, warnings)
	_, warnings = corsOf(t, cors+"\nroutes: {ANY /x: {}, GET /y: {}, OPTIONS /y: {authorization: none}}")
	require.Len(t, warnings, 2)
	require.Contains(t, warnings[0], "preflights of ANY /x may end at ANY /x, whose authorization is iam: browsers cannot send the requests")
	require.Contains(t, warnings[1], "preflights of GET /y may end at OPTIONS /y, whose authorization is none: browsers can send the requests only if the backend answers")
}
