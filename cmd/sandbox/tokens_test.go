package main

import (
	"fmt"
	"io"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// TestRoutesOfAllAuthorizations runs trials of random configurations that mix open, IAM
// and token routes, with overlapping paths. Each request is decided as the matrix says.
func TestRoutesOfAllAuthorizations(t *testing.T) {
	for seed := range int64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			config := kinds{rand.New(rand.NewSource(seed))}.mixed()
			trial, err := sandboxOf(t, config)
			require.NoError(t, err, "%v", config)
			err = trial.run(t.Context(), io.Discard, format{})
			found := trial.result.Access.Principals
			require.NoError(t, err, "%v\n%v", config["routes"], disagreeing(found))
			requireBearers(t, trial, found)
		})
	}
}

// TestRoutesThatNoRequestReaches has ANY routes whose methods all have routes of their own.
func TestRoutesThatNoRequestReaches(t *testing.T) {
	for _, authorization := range []string{"iam", "none", "shop"} {
		routes := object{"ANY /p": object{"authorization": authorization}}
		for _, method := range []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"} {
			routes[method+" /p"] = object{"authorization": "shop"}
		}
		trial, err := sandboxOf(t, small(nil, object{"routes": routes, "policies": object{},
			"authorizers": object{"shop": object{"issuer": "https://login.example.com", "audiences": []string{"shop"}}}}))
		require.NoError(t, err)
		require.NoError(t, trial.run(t.Context(), io.Discard, format{}), authorization)
		for name, row := range trial.result.Access.Principals {
			assert.Equal(t, "never called", row["ANY /p"].Observed, name)
		}
	}
}

// requireBearers requires that each route of an authorizer was called with a token that
// it accepts, and, if it requires a scope, with one that it does not accept.
func requireBearers(t *testing.T, trial *trial, found cells) {
	for _, route := range trial.plan.Routes {
		if route.Authorization != access.Token {
			continue
		}
		name := access.Bearer(route.Authorizer).Name
		with := name
		if len(route.Scopes) > 0 {
			with += " with " + slices.Min(route.Scopes)
		}
		key := route.Key.String()
		require.Contains(t, found, with)
		for _, o := range found[with][key].Calls {
			assert.Equal(t, 200, o.Status, "%s %s", with, o.Request)
		}
		for _, o := range found[name][key].Calls {
			want := 200
			if len(route.Scopes) > 0 {
				want = 403
			}
			assert.Equal(t, want, o.Status, "%s %s", name, o.Request)
		}
		for other := range found {
			if other == name || strings.HasPrefix(other, name+" with ") {
				continue
			}
			for _, o := range found[other][key].Calls {
				assert.Equal(t, 401, o.Status, "%s %s", other, o.Request)
			}
		}
	}
}

// mixed returns a configuration with routes of all authorizations. Some authorizers have
// the same issuer.
func (k kinds) mixed() object {
	authorizers, routes := object{}, object{"GET /staff": object{}}
	names := []string{"customers", "partners", "a", "a.b"}[:1+k.Intn(4)]
	for _, name := range names {
		authorizers[name] = object{
			"issuer":    pick(k, "https://login.example.com", "https://login.example.com:8443/b/", "https://accounts.google.com"),
			"audiences": []string{name, name + "-2"},
		}
	}
	for _, path := range []string{"/p", "/p/{id}", "/p/mine", "/p/{rest+}", "/q/{rest+}", "/q/a", "/{rest+}"} {
		for _, method := range []string{"GET", "POST", "ANY"} {
			route := object{}
			switch k.Intn(6) {
			case 0, 1:
				continue
			case 2:
				route["authorization"] = "none"
			case 3, 4:
				route["authorization"] = pick(k, names...)
				scopes := []string{"read", "write", "shop/all"}
				k.Shuffle(len(scopes), func(i, j int) { scopes[i], scopes[j] = scopes[j], scopes[i] })
				route["scopes"] = scopes[:k.Intn(4)]
			}
			routes[method+" "+path] = route
		}
	}
	if k.Intn(3) == 0 {
		routes["$default"] = object{"authorization": pick(k, append(names, "iam", "none")...)}
	}
	return small(nil, object{
		"stageName": pick(k, "prod", "$default"), "authorizers": authorizers, "routes": routes,
		"groups": object{"g": object{"policies": []string{"read"}}},
		"users":  object{"ann": object{"groups": []string{"g"}}, "bob": object{}},
	})
}
