package config

import (
	"encoding/json"
	"maps"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"iam-secured-api/internal/program"
	"iam-secured-api/tests/archive"
	"iam-secured-api/tests/mocks/recorder"
)

// TestRandomConfigurations generates configurations from names, grants and values
// that sometimes collide, refer to one another or are wrong. Each one is either
// refused, with nothing registered, or deploys completely: the components find no
// problem that the configuration's checks missed, and no two resources have the same
// URN.
func TestRandomConfigurations(t *testing.T) {
	accepted, refused := 0, 0
	archives := []any{archive.Make(t, ""), archive.Make(t, "2"), archiveNamed(t, "stock.zip", "3")}
	for seed := range int64(200) {
		values := newGenerator(seed).settings(t, archives)
		recording, err := recorder.Run{Settings: recorder.Settings{Values: values}}.Do(program.Deploy)
		if err != nil {
			refused++
			require.Empty(t, recording.Resources, "seed %d: %v\n%v", seed, err, values)
			require.Contains(t, err.Error(), "in the stack's configuration:\n", "seed %d: %v", seed, values)
			continue
		}
		accepted++
		seen := map[string]bool{}
		for _, r := range recording.Resources {
			require.False(t, seen[string(r.URN)], "seed %d: %s is registered twice: %v", seed, r.URN, values)
			seen[string(r.URN)] = true
		}
		requireMatrix(t, recording, seed)
	}
	require.Greater(t, accepted, 50, "configurations that are accepted")
	require.Greater(t, refused, 50, "configurations that are refused")
}

// requireMatrix checks that each principal has a row with a cell for each route.
func requireMatrix(t *testing.T, recording recorder.Recording, seed int64) {
	t.Helper()
	want := []string{"anyone"}
	for _, of := range []struct{ typ, kind string }{{recorder.User, "user/"}, {recorder.Role, "role/"}} {
		for _, r := range recording.All(of.typ) {
			if name, ours := r.Input("name").(string); ours { // not the product service's
				want = append(want, of.kind+name)
			}
		}
	}
	for _, r := range recording.All(recorder.Authorizer) {
		want = append(want, "token/"+r.Input("name").(string))
	}
	for name := range recording.Output("existingRoles").(map[string]any) {
		want = append(want, "role/"+name)
	}
	var routes []string
	for _, r := range recording.All(recorder.Route) {
		routes = append(routes, r.Input("routeKey").(string))
	}
	matrix := recorder.Plain(recording.Outputs)["accessMatrix"].(map[string]any)
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(matrix)), "seed %d", seed)
	for name, row := range matrix {
		require.ElementsMatch(t, routes, slices.Collect(maps.Keys(row.(map[string]any))), "seed %d: %s", seed, name)
		for _, cell := range row.(map[string]any) {
			require.Regexp(t, `^(allow|deny|allow if .+)$`, cell, "seed %d: %s", seed, name)
		}
	}
}

type generator struct {
	*rand.Rand
	mistakes float64 // how often a value is replaced by a wrong one
}

func newGenerator(seed int64) generator {
	random := rand.New(rand.NewSource(seed))
	return generator{random, []float64{0, 0, 0.01, 0.05}[random.Intn(4)]}
}

// settings returns a whole configuration, as the engine passes it.
func (g generator) settings(t *testing.T, archives []any) map[string]string {
	t.Helper()
	routes := g.some(4, "GET /p", "POST /p", "GET /p/{id}", "ANY /o", "ANY /o/{id}/x", "GET /o/{all+}", "$default", "GET /")
	policies := g.some(3, "p", "q", "p-q", "q-p")
	groups := g.some(3, "G", "G-p", "p")
	grants := append([]string{"*", "GET *", "ANY *"}, routes...)
	sections := map[string]any{
		"routes": g.entries(routes, func() any {
			authorization := g.pick("iam", "iam", "iam", "none", "shop", "staff")
			route := map[string]any{"authorization": g.wrong(authorization)}
			if authorization == "shop" {
				route = g.fields("authorization", authorization, "scopes", g.list(g.some(2, "read", "write", "a/b"))).(map[string]any)
			}
			if g.Intn(3) == 0 {
				route["backend"] = g.wrong(g.routeBackend(archives))
			}
			if g.Intn(3) == 0 {
				route["throttle"] = g.wrong(map[string]any{"rateLimit": g.wrong(0.5), "burstLimit": g.wrong(1 + g.Intn(3))})
			}
			return route
		}),
		"authorizers": map[string]any{
			"shop":  g.wrong(map[string]any{"issuer": "https://issuer.example.com", "audiences": g.list(g.some(2, "web", "app"))}),
			"staff": g.wrong(map[string]any{"issuer": g.wrong("https://issuer.example.com"), "audiences": g.wrong([]any{"staff"})}),
		},
		"cors": g.cors(),
		"policies": g.entries(policies, func() any {
			policy := map[string]any{"allow": g.list(g.some(2, grants...)), "conditions": g.conditions()}
			if g.Intn(4) == 0 {
				policy["name"] = g.wrong(g.pick("Staff", "Staff-1", "Clerks", "Buyers", "Sellers"))
				maps.Copy(policy, g.fields("path", "/api/", "documents", 1+g.Intn(3)).(map[string]any))
			}
			return policy
		}),
		"groups": g.entries(groups, func() any { return g.fields("policies", g.list(g.some(2, policies...))) }),
		"users": g.entries(g.some(3, "ann", "bob", "p"), func() any {
			return g.fields("groups", g.list(g.some(2, groups...)), "accessKey", g.Intn(2) == 0)
		}),
		"roles": g.entries(g.some(4, "r", "r-p", "x", "y", "y-q"), func() any {
			trust := map[string]any{"service": g.wrong(g.pick("ec2", "lambda"))}
			if g.Intn(2) == 0 {
				trust = g.fields("requireMfa", g.Intn(2) == 0, "externalId", "partner-7").(map[string]any)
				trust["account"] = g.wrong(g.pick("444455556666", "000055556666"))
				trust["principals"] = g.wrong([]any{g.pick("*", "user/x", "user/a/b")})
			}
			if g.Intn(4) == 0 {
				trust = map[string]any{"oidc": g.wrong(map[string]any{
					"issuer": g.pick("https://gitlab.com", "https://login.example.com"), "audiences": g.wrong([]any{"shop"}),
					"claims": map[string]any{"sub": g.wrong(g.pick("project_path:acme/*", "project_path:acme/shop:ref:main"))},
				})}
			}
			role := g.fields("policies", g.list(g.some(2, policies...))).(map[string]any)
			role["trust"] = g.wrong(trust)
			if g.Intn(4) == 0 {
				role["managedPolicies"] = g.list(g.some(2, "arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/a/q", own+"policy/own"))
			}
			return role
		}),
		"existingRoles": g.entries(g.some(2, "old", "old-p", "older", own+"role/oldest"), func() any {
			return g.fields("policies", g.list(g.some(2, policies...)))
		}),
		"alarms": g.fields(
			"topicArn", g.pick("arn:aws:sns:us-east-1:111122223333:ops", "arn:aws:sns:us-east-1:444455556666:ops"),
			"thresholds", g.fields("refused", 1, "serverErrors", 1000000, "throttled", 7)),
		"accessAnalyzer": g.Intn(2) == 0,
		"domain":         g.domain(),
		"tags":           g.entries(g.some(2, "team", "stage"), func() any { return "x" }),
	}
	for _, key := range slices.Sorted(maps.Keys(sections)) {
		sections[key] = g.wrong(sections[key])
	}
	sections["backend"] = g.backend(archives)
	values := map[string]string{}
	for key, section := range sections {
		text, err := json.Marshal(section)
		require.NoError(t, err)
		values[recorder.Project+":"+key] = string(text)
	}
	return values
}

// conditions returns some conditions. Few require MFA, which no role can show.
func (g generator) conditions() any {
	return g.fields(
		"sourceCidrs", g.list(g.some(2, "203.0.113.0/24", "198.51.100.7", "2001:db8::/32")),
		"notBefore", "2026-01-01T00:00:00Z", "notAfter", g.pick("2027-01-01T00:00:00Z", "2026-06-30 12:00:00 +0000 UTC"),
		"requireMfa", g.Intn(12) == 0, "secureTransport", g.Intn(2) == 0, "principalOrgId", "o-a1b2c3d4e5",
		"principalTags", map[string]any{"team": g.wrong("shop"), g.pick("stage", "Cost Center"): "x"},
	)
}

// routeBackend returns a backend of one of the kinds. Two of the archives have the same file
// name, which is refused if routes have both.
func (g generator) routeBackend(archives []any) any {
	switch g.Intn(6) {
	case 0:
		return map[string]any{"archive": g.wrong(archives[g.Intn(len(archives))])}
	case 1:
		return map[string]any{"functionArn": g.wrong(orders + g.pick("", ":live", ":7"))}
	}
	return map[string]any{"url": g.wrong(g.pick("https://a.example.com", "https://b.example.com/v1"))}
}

// cors returns a configuration of CORS, or none.
func (g generator) cors() any {
	if g.Intn(2) == 0 {
		return map[string]any{}
	}
	cors := g.fields(
		"allowHeaders", g.list(g.some(2, "X-Shop", "authorization")), "exposeHeaders", g.list([]string{"etag"}),
		"maxAgeSeconds", g.Intn(100), "allowCredentials", g.Intn(2) == 0,
	).(map[string]any)
	cors["allowOrigins"] = g.list(g.some(2, "https://app.example.com", "http://localhost:3000", "https://shop.example.com:8443"))
	if g.Intn(8) == 0 { // which no route may take
		cors["allowMethods"] = []any{g.pick("GET", "POST")}
	}
	return cors
}

// backend returns a URL or a product service with an archive, sometimes both. It
// never has to be built.
func (g generator) backend(archives []any) any {
	url, service := g.Intn(2) == 0, g.Float64() < g.mistakes
	backend := map[string]any{}
	if url {
		backend["url"] = g.wrong("https://backend.example.com")
	}
	if !url || service {
		backend["archive"] = g.wrong(archives[g.Intn(len(archives))])
	}
	if !url && g.Intn(2) == 0 {
		backend["deletionProtection"] = g.wrong(g.Intn(2) == 0)
	}
	return backend
}

// wrong returns the value or, sometimes, something else.
func (g generator) wrong(value any) any {
	if g.Float64() >= g.mistakes {
		return value
	}
	return []any{nil, "", "a b", 7, true, []any{}, []any{"GET /nowhere"}, map[string]any{}, map[string]any{"colour": 1}, "Ann"}[g.Intn(10)]
}

func (g generator) pick(values ...string) string { return values[g.Intn(len(values))] }

// some returns between one and most of the values, each once.
func (g generator) some(most int, values ...string) []string {
	order := g.Perm(len(values))
	var chosen []string
	for _, i := range order[:min(1+g.Intn(most), len(values))] {
		chosen = append(chosen, values[i])
	}
	return chosen
}

func (g generator) list(values []string) any {
	list := []any{}
	for _, value := range values {
		list = append(list, g.wrong(value))
	}
	return list
}

// entries returns a map of names, sometimes with one in another case.
func (g generator) entries(names []string, entry func() any) any {
	entries := map[string]any{}
	for _, name := range names {
		entries[name] = g.wrong(entry())
	}
	if g.Float64() < g.mistakes {
		entries[g.pick("P", "ANN", "g", "R", "", "a/b")] = entry()
	}
	return entries
}

// fields returns a map of some of these keys and values.
func (g generator) fields(pairs ...any) any {
	fields := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		if g.Intn(3) > 0 {
			fields[pairs[i].(string)] = g.wrong(pairs[i+1])
		}
	}
	return fields
}

// domain returns a domain, or none.
func (g generator) domain() any {
	if g.Intn(3) > 0 {
		return map[string]any{}
	}
	domain := g.fields("hostedZoneId", g.pick("Z1", "Z2"), "keepEndpoint", g.Intn(2) == 0,
		"mutualTls", map[string]any{"truststoreUri": g.wrong("s3://shop/clients.pem")}).(map[string]any)
	domain["name"], domain["certificateArn"] = g.wrong("api.example.com"), g.wrong(certificate("us-east-1", "111122223333"))
	return domain
}
