package stackdiff

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
)

// TestUndocumentedOrder has requests that match an open route and another one. AWS does
// not document which of them takes the request.
func TestUndocumentedOrder(t *testing.T) {
	with := func(routes string) string {
		return "config:\n  routes: {" + routes + ", GET /mine: {}}\n  policies: {p: {allow: [GET /mine]}, q: {allow: [\"*\"]}}\n" +
			"  groups: {G: {policies: [p]}, H: {policies: [q]}}\n  users: {ann: {groups: [G]}, eve: {groups: [H]}}\n"
	}
	const (
		variables = "'GET /x/{b}/{c}': {authorization: none}, 'GET /{a}/b/c': {}"
		greedy    = "'GET /a/{p+}': {authorization: none}, 'GET /{x}/{y}/{p+}': {}"
		any       = "ANY /admin: {}, 'GET /{page}': {authorization: none}"
	)
	for name, row := range map[string]struct {
		old, new   string
		code, back int
		says, text []string
	}{
		"a guarded path of two with variables goes": {"GET /x/b/c: {}, " + variables, variables, 11, 10, []string{"+anyone GET /x/b/c"},
			[]string{"Gains:\n  + anyone may gain GET /x/b/c (GET /x/{b}/{c} or GET /{a}/b/c) as AWS documents no order between\n      the routes in parentheses\n"}},
		"a guarded path of two greedy ones goes": {"GET /a/b/c/d: {}, " + greedy, greedy, 11, 10, []string{"+anyone GET /a/b/c/d"},
			[]string{"anyone may gain GET /a/b/c/d (GET /a/{p+} or GET /{x}/{y}/{p+}) as AWS documents no order\n"}},
		"one of the two goes": {variables, "'GET /x/{b}/{c}': {authorization: none}", 11, 11, []string{"+anyone GET /x/b/c", "-user/eve GET /{a}/b/c"},
			[]string{"anyone may gain GET /x/b/c (GET /x/{b}/{c} or GET /{a}/b/c)", "user/eve may no longer call GET /{a}/b/c\n"}},
		"the open one goes": {variables, "'GET /{a}/b/c': {}", 10, 11,
			[]string{"-anyone GET /x/b/c", "-anyone GET /x/{b}/{c}", "-user/ann GET /x/b/c", "-user/ann GET /x/{b}/{c}", "-user/eve GET /x/{b}/{c}"},
			[]string{"anyone and user/ann may lose GET /x/b/c (GET /x/{b}/{c} or GET /{a}/b/c)"}},
		"the guarded one opens": {variables, strings.Replace(variables, "{}", "{authorization: none}", 1), 11, 10,
			[]string{"+anyone GET /x/b/c", "+anyone GET /{a}/b/c"}, []string{"anyone may now call GET /{a}/b/c\n", "anyone may gain GET /x/b/c (GET /x/{b}/{c} or GET /{a}/b/c)"}},
		"a third one": {variables, variables + ", 'GET /x/{v}/c': {}", 10, 11,
			[]string{"-anyone GET /x/b/c", "-anyone GET /x/{v}/c", "-user/ann GET /x/b/c", "-user/ann GET /x/{v}/c"}, []string{"may lose GET /x/b/c (GET /x/{v}/c or GET /x/{b}/{c} or GET /{a}/b/c),\n      GET /x/{v}/c (GET /x/{v}/c or GET /x/{b}/{c}) as"}},
		"a method with variables beside ANY": {"ANY /admin: {}", any, 11, 10, []string{"+anyone GET /admin", "+anyone GET /{page}"},
			[]string{"anyone may gain GET /admin (ANY /admin or GET /{page}) as AWS documents no order"}},
		"the method beside ANY is declared": {any, any + ", GET /admin: {}", 10, 11, []string{"-anyone GET /admin", "-user/ann GET /admin"}, nil},
		"the same":                          {variables + ", " + greedy + ", " + any, any + ", " + greedy + ", " + variables, 0, 0, nil, []string{"Nothing changes"}},
		"other names of variables":          {variables, strings.NewReplacer("{b}", "{v}", "{a}", "{w}").Replace(variables), 0, 0, nil, []string{"Nothing changes"}},
		"two that are decided alike": {"GET /x/b/c: {}, 'GET /x/{b}/{c}': {}", "'GET /x/{b}/{c}': {}, 'GET /{a}/b/c': {}", 11, 10,
			[]string{"+user/eve GET /{a}/b/c"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			requireDifference(t, with(row.old), with(row.new), row.code, row.back, row.says, row.text)
		})
	}
}

// The property below has a router of its own. It tries every order of the routes that
// AWS's documentation permits.

// guards are the ways to guard a route of the model.
var guards = []access.RouteArgs{
	{}, {}, {Authorization: access.Open}, {Authorization: access.Token, Authorizer: "shop"}, {Authorization: access.Token, Authorizer: "staff"},
}

var modelKeys = []string{
	"GET /a", "ANY /a", "GET /a/b", "ANY /a/b", "GET /{v}", "GET /a/{v}", "ANY /a/{v}", "GET /{v}/b", "GET /{v}/{w}", "GET /a/{v}/b", "GET /{v}/b/{w}",
	"ANY /{v}/b/b", "GET /{p+}", "ANY /{p+}", "GET /a/{p+}", "ANY /a/{p+}", "GET /{v}/{p+}", "GET /{v}/b/{p+}", "$default",
}

// modelCalls are requests with up to four parts. POST is for the methods that only
// ANY and $default take.
var modelCalls = func() []string {
	var all []string
	paths := []string{""}
	for range 4 {
		var longer []string
		for _, path := range paths {
			for _, part := range []string{"a", "b", "z", ""} {
				longer = append(longer, path+"/"+part)
				all = append(all, "GET "+path+"/"+part, "POST "+path+"/"+part)
			}
		}
		paths = longer
	}
	return all
}()

func modelTakes(key, call string) bool {
	if key == "$default" {
		return true
	}
	of, path, _ := strings.Cut(key, " ")
	method, got, _ := strings.Cut(call, " ")
	if of != "ANY" && of != method {
		return false
	}
	want, parts := strings.Split(path, "/"), strings.Split(got, "/")
	for i, part := range want {
		switch {
		case i >= len(parts):
			return false
		case part == "{p+}":
			return strings.Join(parts[i:], "/") != ""
		case part[:min(1, len(part))] == "{":
			if parts[i] == "" {
				return false
			}
		case part != parts[i]:
			return false
		}
	}
	return len(want) == len(parts)
}

// modelTaken says, for each key, which of the requests its route takes.
var modelTaken = func() map[string][]bool {
	taken := map[string][]bool{}
	for _, key := range modelKeys {
		for _, call := range modelCalls {
			taken[key] = append(taken[key], modelTakes(key, call))
		}
	}
	return taken
}()

// modelFirst has the pairs of routes whose order AWS documents, the first before the
// second.
var modelFirst = func() map[[2]string]bool {
	first := map[[2]string]bool{}
	rank := func(key string) int {
		return map[bool]int{key == "$default": 2, strings.Contains(key, "+}"): 1}[true]
	}
	path := func(key string) string { return key[strings.Index(key, " ")+1:] }
	for _, a := range modelKeys {
		for _, b := range modelKeys {
			within, same := true, true // the requests of a among those of b
			for i, inA := range modelTaken[a] {
				inB := modelTaken[b][i]
				within, same = within && (inB || !inA), same && inA == inB
			}
			specific := within && !same && (path(a) == path(b) || !strings.Contains(a, "{") || rank(a) == 1)
			first[[2]string{a, b}] = rank(a) < rank(b) || rank(a) == rank(b) && specific
		}
	}
	return first
}()

// ordersOf returns the orders of the routes that the documentation permits.
func ordersOf(keys []string) [][]string {
	if len(keys) == 0 {
		return [][]string{nil}
	}
	var orders [][]string
	for i, key := range keys {
		if slices.ContainsFunc(keys, func(other string) bool { return modelFirst[[2]string{other, key}] }) {
			continue
		}
		for _, rest := range ordersOf(slices.Delete(slices.Clone(keys), i, i+1)) {
			orders = append(orders, append([]string{key}, rest...))
		}
	}
	return orders
}

// modelMay reports whether a principal with these grants may send a request.
func modelMay(routes map[string]access.RouteArgs, grants []string, order []string, call string) bool {
	for _, key := range order {
		if of, declared := routes[key]; declared {
			method, _, _ := strings.Cut(call, " ")
			if of.Authorization == access.Token {
				return len(grants) == 1 && grants[0] == "token "+of.Authorizer
			}
			return of.Authorization == access.Open || slices.ContainsFunc(grants, func(grant string) bool {
				return grant == "*" || grant == key || strings.HasPrefix(key, "ANY ") && grant == method+key[len("ANY"):]
			})
		}
	}
	return false
}

// modelEffect returns the effect over all requests and orders.
func modelEffect(old, new map[string]access.RouteArgs, grants []string) Effect {
	var effect Effect
	tried := map[string]bool{}
	declared := slices.Sorted(maps.Keys(new))
	for key := range old {
		if _, kept := new[key]; !kept {
			declared = append(declared, key)
		}
	}
	for i, call := range modelCalls {
		takers := slices.DeleteFunc(slices.Clone(declared), func(key string) bool { return !modelTaken[key][i] })
		kind := call[:1] + strings.Join(takers, "\n")
		if tried[kind] {
			continue
		}
		tried[kind] = true
		for _, order := range ordersOf(takers) {
			before, after := modelMay(old, grants, order, call), modelMay(new, grants, order, call)
			effect = effect.and(Effect{Gains: after && !before, Loses: before && !after})
		}
	}
	return effect
}

// TestEveryOrderCounts changes random routes and compares the difference with the
// effects of every order that AWS's documentation permits.
func TestEveryOrderCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 15))
	counts, undocumented := map[string]int{}, 0
	for range 1500 {
		old := map[string]access.RouteArgs{}
		for range 2 + r.IntN(5) {
			old[pick(r, modelKeys...)] = pick(r, guards...)
		}
		new := maps.Clone(old)
		for range r.IntN(3) {
			if key := pick(r, modelKeys...); r.IntN(2) == 0 {
				new[key] = pick(r, guards...)
			} else if len(new) > 1 {
				delete(new, pick(r, slices.Sorted(maps.Keys(new))...))
			}
		}
		grants := map[string][]string{"eve": {"*"}}
		if allow := []string{pick(r, slices.Sorted(maps.Keys(old))...)}; resolves(t, allow, old) && resolves(t, allow, new) {
			grants["ann"] = allow
		}
		d := Compare(stackOf(t, old, grants), stackOf(t, new, grants))
		effects, unordered := effectsOf(d)
		undocumented += unordered
		anyone := modelEffect(old, new, nil)
		require.Equal(t, anyone, effects["anyone"], "anyone: %v -> %v: %v", old, new, d)
		all := anyone
		grants["token/shop"], grants["token/staff"] = []string{"token shop"}, []string{"token staff"}
		for name, allow := range grants {
			if !strings.HasPrefix(name, "token/") {
				name = "user/" + name
			}
			of, said := modelEffect(old, new, allow), effects[name]
			all = all.and(of)
			require.Equal(t, of.Loses, said.Loses, "%s with %q: %v -> %v: %v", name, allow, old, new, d)
			require.Equal(t, of.Gains || anyone.Gains, said.Gains || anyone.Gains, "%s with %q: %v -> %v: %v", name, allow, old, new, d)
		}
		switch {
		case all.Gains:
			require.Equal(t, ExitGains, d.ExitCode())
		case all.Loses:
			require.Equal(t, ExitLosses, d.ExitCode())
		default:
			require.Zero(t, d.ExitCode())
		}
		counts[d.Result]++
	}
	t.Log(counts, undocumented)
	for _, result := range []string{None, Losses, Gains} {
		assert.Greater(t, counts[result], 100, result)
	}
	assert.Greater(t, undocumented, 200)
}

func resolves(t *testing.T, allow []string, declared map[string]access.RouteArgs) bool {
	routes, errs := access.NewRoutes(declared)
	require.Empty(t, errs)
	_, errs = access.Resolve(allow, routes)
	return len(errs) == 0
}

// stackOf returns a stack with a user for each name, with these grants.
func stackOf(t *testing.T, routes map[string]access.RouteArgs, grants map[string][]string) Stack {
	policies, groups, users := map[string]any{}, map[string]any{}, map[string]any{}
	for name, allow := range grants {
		policies[name] = map[string]any{"allow": allow}
		groups[name] = map[string]any{"policies": []string{name}}
		users[name] = map[string]any{"groups": []string{name}}
	}
	return stackWith(t, routes, map[string]any{"policies": policies, "groups": groups, "users": users})
}
