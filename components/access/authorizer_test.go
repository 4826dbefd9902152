package access_test

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

const cognito = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a1B2c3D4e"

// TestCheckTokenIssuer has the issuers for which CheckIssuer decides differently.
// TestCheckIssuer has the others.
func TestCheckTokenIssuer(t *testing.T) {
	for _, issuer := range []string{
		cognito, "https://accounts.google.com", "https://login.example.com:8443/realms/shop", "https://a.example/" + strings.Repeat("x", 2030),
	} {
		assert.NoError(t, access.CheckTokenIssuer(issuer), issuer)
	}
	for issuer, why := range map[string]string{
		"": "begins with https://", "https://a.example:": "host name", "https://a.example/.well-known/openid-configuration": "plain path",
		"https://a.example/" + strings.Repeat("x", 2031): "2048 characters",
	} {
		err := access.CheckTokenIssuer(issuer)
		require.Error(t, err, issuer)
		assertOneLine(t, err)
		assert.ErrorContains(t, err, why, issuer)
	}
}

func TestCheckAuthorizers(t *testing.T) {
	of := func(issuer string, audiences ...string) access.Authorizer {
		return access.Authorizer{Issuer: issuer, Audiences: audiences}
	}
	type all = map[string]access.Authorizer
	many := make([]string, access.MaxAuthorizerAudiences)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	const github = "https://token.actions.githubusercontent.com"
	for name, row := range map[string]struct {
		authorizers all
		want        []string // of the errors of "b", in order
	}{
		"good":                            {all{"a": of(cognito, "web"), "b": of(cognito, "machines", "jobs"), "c": of("https://accounts.google.com", "web")}, nil},
		"fifty audiences":                 {all{"b": of(cognito, many...)}, nil},
		"an audience names its owner":     {all{"b": of("https://oidc.vercel.com", "https://vercel.com/acme")}, nil},
		"no issuer":                       {all{"b": of("", "web")}, []string{`issuer: "" must be an issuer`}},
		"no audience":                     {all{"b": of(cognito)}, []string{"audiences: [] must be 1 to 50 audiences"}},
		"too many":                        {all{"b": of(cognito, append(many, "x")...)}, []string{"must be 1 to 50 audiences"}},
		"empty, with a wildcard, twice":   {all{"b": of(cognito, "", "a*", "c", "c")}, []string{`audiences[0]: "" must be 1 to`, `audiences[1]: "a*" must have no wildcards`, `audiences[3]: "c" appears twice`}},
		"everyone's tokens":               {all{"b": of(github, "sts.amazonaws.com")}, []string{`issuer: "` + github + `" must be an issuer of your own, as strangers get tokens of this one`}},
		"everyone's tokens, by audience":  {all{"b": of("https://oidc.vercel.com", "shop")}, []string{`audiences[0]: "shop" must begin with https://vercel.com/TEAM`}},
		"an audience of another, as well": {all{"a": of(cognito, "x", "web"), "b": of(cognito, "web")}, []string{`audiences[0]: "web" must not be an audience of "a", too`}},
	} {
		t.Run(name, func(t *testing.T) {
			problems := access.CheckAuthorizers(row.authorizers)
			require.Len(t, problems["b"], len(row.want), "%v", problems)
			for i, err := range problems["b"] {
				assert.ErrorContains(t, err, row.want[i])
				assertOneLine(t, err)
			}
			delete(problems, "b")
			assert.Empty(t, problems)
		})
	}
}

func TestCheckAuthorizerName(t *testing.T) {
	for _, name := range []string{"customers", "a", "Shop-1.a_b", strings.Repeat("x", 128), "iam-2", "nones"} {
		assert.NoError(t, access.CheckAuthorizerName(name), name)
	}
	for _, name := range []string{"", "a b", "a/b", "käufer", "a\n", strings.Repeat("x", 129)} {
		assert.ErrorContains(t, access.CheckAuthorizerName(name), "1 to 128", name)
	}
	for _, name := range []string{"iam", "IAM", "none", "None"} {
		assert.ErrorContains(t, access.CheckAuthorizerName(name), "authorizations without an authorizer", name)
	}
	assert.NoError(t, access.CheckAuthorizerCount(10))
	assert.ErrorContains(t, access.CheckAuthorizerCount(11), "at most 10 authorizers")
}

func TestRouteArgsCheck(t *testing.T) {
	shop := func(scopes ...string) access.RouteArgs {
		return access.RouteArgs{Authorization: access.Token, Authorizer: "shop", Scopes: scopes}
	}
	ten := strings.Split("a b c d e f g h i j", " ")
	for _, args := range []access.RouteArgs{
		{}, {Authorization: access.IAM}, {Authorization: access.Open}, shop(), shop(ten...), shop(strings.Repeat("x", 64)),
		shop("resource-server/read", "https://api.example.com/read", "!#[]~"),
	} {
		assert.Empty(t, args.Check(), args)
	}
	for want, args := range map[string]access.RouteArgs{
		`authorization: "jwt" must be AWS_IAM, NONE or JWT`:      {Authorization: "jwt"},
		`authorizer: "" must be the name of an authorizer`:       {Authorization: access.Token},
		`authorizer: "shop" must be left out`:                    {Authorizer: "shop"},
		`scopes: [a] must be left out: only tokens have scopes`:  {Scopes: []string{"a"}},
		`scopes: [b] must be left out: only tokens have scopes`:  {Authorization: access.Open, Scopes: []string{"b"}},
		`scopes: [a b c d e f g h i j k] must be at most 10`:     shop(append(ten, "k")...),
		`scopes[1]: "" must be one scope`:                        shop("a", ""),
		`scopes[0]: "a b" must be one scope: 1 to 64 characters`: shop("a b"),
		`scopes[0]: "a\"b" must be one scope`:                    shop(`a"b`),
		`scopes[0]: "a\\b" must be one scope`:                    shop(`a\b`),
		`scopes[0]: "é" must be one scope`:                       shop("é"),
		`scopes[0]: "` + strings.Repeat("x", 65):                 shop(strings.Repeat("x", 65)),
		`scopes[2]: "a" appears twice`:                           shop("a", "b", "a"),
	} {
		errs := args.Check()
		require.Len(t, errs, 1, want)
		assert.ErrorContains(t, errs[0], want)
		assertOneLine(t, errs...)
	}
}

func TestGrantsOfTokenRoutes(t *testing.T) {
	routes := declare(t, "GET /a", "token shop GET /b", "token shop ANY /c", "token shop $default")
	for _, grant := range []string{"GET /b", "ANY /c", "POST /c", "$default"} {
		_, errs := access.Resolve([]string{"GET /a", grant}, routes)
		require.Len(t, errs, 1, grant)
		assert.Equal(t, []string{grant}, named(t, errs[0]))
		assert.ErrorContains(t, errs[0], "IAM policies do not apply")
	}
	_, errs := access.Resolve([]string{"POST *"}, routes)
	require.Len(t, errs, 1)
	assert.ErrorContains(t, errs[0], "names no declared route")
}

// TestTokensOfTheMatrix has random routes that mix open, IAM and token routes. The rows
// of bearers are those of a model that knows each route's guard alone. A policy on the
// whole stage does not help them, and a principal that signs has no token.
func TestTokensOfTheMatrix(t *testing.T) {
	counts := map[string]int{}
	for seed := range int64(300) {
		trial := newTrial(t, rand.New(rand.NewSource(seed)))
		a := access.Api{ExecutionArn: access.PlaceholderExecutionArn, Stage: "prod", Routes: trial.routes}
		documents := map[string][]string{"all": {rendered(t, a, access.Conditions{}, access.Invoke{Method: "*", Path: "*"})}}
		matrix, err := access.NewMatrix(a, documents, []access.Principal{
			access.Bearer("shop"), access.Bearer("staff"), {Name: "user/x", Policies: []string{"all"}},
		})
		require.NoError(t, err)
		rows := matrix.Folded()
		require.ElementsMatch(t, []string{"anyone", "token/shop", "token/staff", "user/x"}, slices.Collect(maps.Keys(rows)))
		for _, route := range trial.routes {
			for name, row := range rows {
				if route.Authorization == access.IAM && name == "user/x" {
					continue // TestDocumentsSayWhatIsMeant compares these
				}
				want := "deny"
				switch {
				case route.Authorization == access.Open:
					want = "allow"
				case name == "token/"+route.Authorizer && route.Scopes != nil:
					want = "allow if the token has scope read or write"
				case name == "token/"+route.Authorizer:
					want = "allow"
				}
				require.Equal(t, want, row[route.Key.String()], "seed %d: %s: %s: %v", seed, name, route.Key, trial.routes)
				counts[want]++
			}
		}
	}
	for want, count := range counts {
		assert.Greater(t, count, 50, want)
	}
	assert.Len(t, counts, 3)
}

// TestTokensAreExposed has token routes next to the path of other routes.
func TestTokensAreExposed(t *testing.T) {
	for routes, want := range map[string][]string{
		"POST /a, token shop ANY /{p+}": {"anyone with a token of shop may call /a, a path under IAM, with DELETE, GET, HEAD, OPTIONS, PATCH, PUT: " +
			"such requests may end at ANY /{p+}, whose authorization is shop"},
		"token shop POST /a, open GET /{p+}":        {"anyone may call /a, a path under tokens of shop, with GET: such requests may end at GET /{p+}, whose authorization is none"},
		"token shop POST /a, token staff GET /{p+}": {"anyone with a token of staff may call /a, a path under tokens of shop, with GET: such requests may end at GET /{p+}, whose authorization is staff"},
		"token shop POST /a, GET /{p+}":             nil, // IAM is granted by name
		"token shop POST /a, token shop GET /{p+}":  nil,
		"POST /a, token shop GET /a":                nil, // its own key says so
	} {
		var got []string
		for _, e := range declare(t, list(routes)...).Exposures() {
			got = append(got, e.String())
		}
		assert.Equal(t, want, got, routes)
	}
}
