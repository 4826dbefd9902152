package access_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/micahhausler/aws-iam-policy/policy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

var (
	// safePattern matches patterns in which only * has a meaning to IAM.
	safePattern = regexp.MustCompile(`^(\*|/[A-Za-z0-9_.:/*-]*)$`)
	principal   = regexp.MustCompile(`^(user|role)/([!-)+->@-~]+/)?[\w+=,.@-]{1,64}$`)
	tagKey      = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$`)
	tagValue    = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$`)
	reserved    = regexp.MustCompile(`(?i)^aws:`)
	control     = regexp.MustCompile(`[\x00-\x1f\x7f]`)
)

func FuzzParseRouteKey(f *testing.F) {
	for _, seed := range []string{"$default", "GET /", "ANY /{proxy+}", "GET /a/{id}/b", "POST /v1.2/a:b/c-d_e", "GET /{a}{b}", "GET  /a", "get /a", "GET /${a}", "GET /*", "GET /a/", "GET /é", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := access.ParseRouteKey(text)
		routes, errs := access.NewRoutes(map[string]access.RouteArgs{text: {}})
		if err != nil {
			assert.Zero(t, key)
			assert.Len(t, errs, 1)
			assertOneLine(t, append(errs, err)...)
			return
		}
		require.Empty(t, errs)
		assert.Equal(t, text, key.String())
		assert.Equal(t, access.Routes{{Key: key, RouteArgs: access.RouteArgs{Authorization: access.IAM}}}, routes)
		resolution, errs := access.Resolve([]string{text}, routes)
		require.Empty(t, errs)
		for _, invoke := range resolution.Invokes {
			assert.Regexp(t, safePattern, invoke.Path)
			assert.Contains(t, append(access.Methods, "*"), invoke.Method)
		}
	})
}

func FuzzResolve(f *testing.F) {
	f.Add("GET /a\nANY /a/{id}\n$default", "GET /a\nGET *\n*")
	f.Add("GET /a/{id}\nGET /a/b\nPOST /{p+}", "GET /a/{id}\nANY *\n$default")
	f.Add("ANY /{a}/{b}\nGET /{c}/{d}", "PUT /{a}/{b}\nget *\n *\nGET  *\n\nGET /é")
	f.Fuzz(func(t *testing.T, keys, grants string) {
		declared := map[string]access.RouteArgs{}
		for i, key := range strings.Split(keys, "\n") {
			declared[key] = append(guards, access.RouteArgs{Authorization: "x"})[i%(len(guards)+1)]
		}
		routes, errs := access.NewRoutes(declared)
		assertOneLine(t, errs...)
		resolution, errs := access.Resolve(strings.Split(grants, "\n"), routes)
		assertOneLine(t, errs...)
		if len(errs) > 0 {
			return
		}
		assert.NotEmpty(t, resolution.Invokes)
		for key, methods := range resolution.Granted {
			assert.Contains(t, declared, key)
			assert.Subset(t, access.Methods, methods)
			assert.True(t, slices.IsSorted(methods))
		}
		resources := statement(t, access.InvokeDocument(executionArn, "prod", resolution.Invokes, access.Conditions{})).Resource
		assert.True(t, slices.IsSorted(resources))
		assert.Len(t, slices.Compact(slices.Clone(resources)), len(resources), "none twice")
		for _, invoke := range resolution.Invokes {
			assert.Regexp(t, safePattern, invoke.Path)
		}
	})
}

func FuzzCheckPrincipal(f *testing.F) {
	for _, seed := range []string{"user/a", "role/team/a", "user//a", "user/a&b/c", "role/*", "*", "root", "user/é", "group/a", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if err := access.CheckPrincipal(text); err != nil {
			assertOneLine(t, err)
			return
		}
		assert.Regexp(t, principal, text)
		trust := access.AccountTrust{AccountID: otherAccount, Principals: []string{text}}
		assert.Empty(t, trust.Check())
		document := trust.Document(executionArn)
		assert.Equal(t, map[string]oneOrMore{policy.PrincipalKindAWS: {otherIAM + text}}, statement(t, document).Principal)
		rendered, err := access.Render(document)
		require.NoError(t, err)
		assert.Regexp(t, documentText, rendered)
	})
}

func FuzzCheckTags(f *testing.F) {
	f.Add("team", "shop", "Team")
	f.Add("aws:x", "\xff", "")
	f.Add("é", strings.Repeat("名", 257), "a*")
	f.Fuzz(func(t *testing.T, key, value, other string) {
		tags := map[string]string{key: value, other: value}
		given := maps.Clone(tags)
		errs := access.CheckTags(tags)
		assertOneLine(t, errs...)
		assert.Equal(t, given, tags)
		if len(errs) > 0 {
			return
		}
		for key, value := range tags {
			assert.Regexp(t, tagKey, key)
			assert.Regexp(t, tagValue, value)
			assert.NotRegexp(t, reserved, key)
			assert.NotRegexp(t, reserved, value)
		}
	})
}

func assertOneLine(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		assert.NotEmpty(t, err.Error())
		assert.NotRegexp(t, control, err.Error())
	}
}
