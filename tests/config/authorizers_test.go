package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// shop is an authorizer.
const shop = `{issuer: "https://issuer.example.com", audiences: [web]}`

func TestBadAuthorizersAreRefused(t *testing.T) {
	authorizer := func(fields string) string { return `authorizers: {shop: {` + fields + `}}` }
	issuer := func(url string) string { return authorizer(`issuer: "` + url + `", audiences: [web]`) }
	const issuerAt, audiencesAt = "authorizers.shop.issuer", "authorizers.shop.audiences"
	const ours = `issuer: "https://issuer.example.com"`
	refuse(t, []row{
		{"text", `authorizers: {shop: x}`, []problem{{"authorizers.shop", `"x"`, "must be a map with audiences, issuer"}}},
		{"nothing", `authorizers: {shop: }`, []problem{{"authorizers.shop", `null`, "must have the key issuer"}, {"authorizers.shop", `null`, "must have the key audiences, 1 to 50 audiences"}}},
		{"an unknown key", authorizer(ours + `, audience: [web]`), []problem{{"authorizers.shop.audience", `["web"]`, "(did you mean audiences?); accepted are audiences, issuer"}}},
		{"a reserved name", `authorizers: {iam: ` + shop + `}`, []problem{{"authorizers.iam", `"iam"`, "authorizations without an authorizer"}}},
		{"names in two cases", `authorizers: {Shop: ` + shop + `, shop: {issuer: "https://b.example.com", audiences: [web]}}`, []problem{{"authorizers.shop", `taken by authorizers.Shop`, "differ in more than case"}}},
		{"no name", `authorizers: {"": ` + shop + `}`, []problem{{`authorizers[""]`, `""`, "1 to 128 letters"}}},

		{"an issuer without https", issuer("http://issuer.example.com"), []problem{{issuerAt, `"http://issuer.example.com"`, "with https://"}}},
		{"a user", issuer("https://ann:hunter2@issuer.example.com"), []problem{{issuerAt, `"https://…@issuer.example.com"`, "without user information"}}},
		{"a public issuer", issuer("https://gitlab.com"), []problem{{issuerAt, `"https://gitlab.com"`, "strangers get tokens of this one"}}},

		{"no audience", authorizer(ours + `, audiences: []`), []problem{{audiencesAt, `[]`, "must be 1 to 50 audiences"}}},
		{"an empty audience", authorizer(ours + `, audiences: [web, ""]`), []problem{{audiencesAt + "[1]", `""`, "not empty"}}},
		{"an audience twice", authorizer(ours + `, audiences: [web, web]`), []problem{{audiencesAt + "[1]", `"web"`, "list each once"}}},
		{"51 audiences", authorizer(ours + `, audiences: [` + join(51, "a%d") + `]`), []problem{{audiencesAt, `["a0"`, "must be 1 to 50 audiences"}}},
		{"an audience of two authorizers", `authorizers: {app: ` + shop + `, shop: ` + shop + `}`, []problem{{audiencesAt + "[0]", `"web"`, `must not be an audience of "app", too`}}},
		{"eleven authorizers", `authorizers: {` + join(11, `n%d: {issuer: "https://issuer-%[1]d.example.com", audiences: [a]}`) + `}`, []problem{{"authorizers", `{"n0"`, "at most 10 authorizers"}}},
	})
}

func TestBadAuthorizationsAreRefused(t *testing.T) {
	with := func(route string) string {
		return `authorizers: {shop: ` + shop + `, staff: {issuer: "https://b.example.com", audiences: [x]}}` + "\n" +
			`routes: {GET /x: {` + route + `}, GET /y: {}}`
	}
	const at, scopesAt = `routes["GET /x"].authorization`, `routes["GET /x"].scopes`
	const token = "authorization: shop, "
	refuse(t, []row{
		{"an unknown authorizer", with(`authorization: clerks`), []problem{{at, `"clerks"`, "or the name of an authorizer; declared are shop, staff under authorizers"}}},
		{"a misspelt authorizer", with(`authorization: Shops`), []problem{{at, `"Shops"`, "(did you mean shop?)"}}},
		{"IAM in capitals", with(`authorization: IAM`), []problem{{at, `"IAM"`, "(did you mean iam?)"}}},
		{"none declared", `routes: {GET /x: {authorization: shop}}`, []problem{{at, `"shop"`, "none are declared under authorizers"}}},
		{"with a grant, not checked then", with(`authorization: clerks`) + "\npolicies: {p: {allow: [GET /x]}}", []problem{{at, `"clerks"`, "declared are"}}},
		{"no authorization", with(`authorization: ""`), []problem{{at, `""`, `must be "iam"`}}},

		{"scopes under IAM", with(`scopes: [read]`), []problem{{scopesAt, `["read"]`, "must be left out: only tokens have scopes"}}},
		{"scopes of an open route", with(`authorization: none, scopes: [read]`), []problem{{scopesAt, `["read"]`, "must be left out: only tokens have scopes"}}},
		{"scopes and no known authorization", with(`authorization: 7, scopes: [read]`), []problem{{at, `7`, "must be"}}},
		{"a scope twice", with(token + `scopes: [read, read]`), []problem{{scopesAt + "[1]", `"read"`, "list each once"}}},
		{"two scopes in one", with(token + `scopes: [read write]`), []problem{{scopesAt + "[0]", `"read write"`, "must be one scope"}}},
		{"eleven scopes", with(token + `scopes: [` + join(11, "s%d") + `]`), []problem{{scopesAt, `["s0"`, "at most 10 scopes"}}},
		{"an unknown key", with(token + `scope: [read]`), []problem{{`routes["GET /x"].scope`, `["read"]`, "(did you mean scopes?)"}}},

		{"a grant", with(token) + "\npolicies: {p: {allow: [GET /y, GET /x]}}", []problem{{"policies.p.allow", `"GET /x"`, "IAM policies do not apply"}}},
		{"a grant by method", `authorizers: {shop: ` + shop + `}` + "\nroutes: {GET /x: {authorization: shop}, POST /x: {}}\npolicies: {p: {allow: [GET *]}}",
			[]problem{{"policies.p.allow", `"GET *"`, "names no declared route"}}},
	})
}

// TestAuthorizersAreWarnedOf requires a warning about an authorizer that no route names,
// and about a path under IAM of which a token route opens a part.
func TestAuthorizersAreWarnedOf(t *testing.T) {
	warnings := func(routes string) []string {
		return parse(t, settings(t, `authorizers: {shop: `+shop+`}`+"\n"+`routes: {`+routes+`}`).Values).Warnings
	}
	require.Empty(t, warnings(`GET /x: {authorization: shop}, GET /y: {}`))
	require.Equal(t, []string{"no route has the authorization shop: tokens of that authorizer allow nothing"}, warnings(`GET /x: {}`))
	exposed := warnings(`POST /x: {}, "GET /{p+}": {authorization: shop}`)
	require.Len(t, exposed, 1)
	require.Contains(t, exposed[0], "anyone with a token of shop may call /x, a path under IAM, with GET")
}
