package stackdiff

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
)

// world is a configuration and the policies that it describes, by user.
type world struct {
	stack    Stack
	policies map[string]*iam.Policies
}

// randomWorld has a few routes that overlap. It reports whether its grants resolve.
func randomWorld(t *testing.T, r *rand.Rand) (world, bool) {
	declared, policies := map[string]access.RouteArgs{}, map[string]any{}
	groups, users := map[string]any{}, map[string]any{}
	for _, key := range []string{"GET /a", "ANY /a", "GET /a/b", "GET /a/{v}", "ANY /a/{p+}", "GET /{p+}", "$default"} {
		if r.IntN(2) == 0 {
			declared[key] = pick(r, guards...)
		}
	}
	if len(declared) == 0 {
		return world{}, false
	}
	routes := slices.Sorted(maps.Keys(declared))
	for _, name := range []string{"p", "q"} {
		allow := []string{pick(r, "*", pick(r, routes...), pick(r, routes...))}
		if !resolves(t, allow, declared) {
			return world{}, false
		}
		var conditions access.Conditions
		if r.IntN(2) == 0 {
			conditions = randomConditions(r)
		}
		policies[name] = map[string]any{"allow": allow, "conditions": configured(conditions)}
	}
	for _, user := range []string{"ann", "bob"} {
		if r.IntN(4) > 0 {
			names := pick(r, []string{}, []string{"p"}, []string{"q"}, []string{"p", "q"})
			groups["of-"+user] = map[string]any{"policies": names}
			users[user] = map[string]any{"groups": []string{"of-" + user}}
		}
	}
	w := world{stackWith(t, declared, map[string]any{"policies": policies, "groups": groups, "users": users}), map[string]*iam.Policies{}}
	documents, err := w.stack.Plan.Documents(executionArn)
	require.NoError(t, err)
	for user := range users {
		w.policies[user] = &iam.Policies{}
		for _, text := range documents["user/"+user] {
			compiled, err := iam.CompileIdentity(text)
			require.NoError(t, err)
			w.policies[user].Identity = append(w.policies[user].Identity, compiled)
		}
	}
	return w, true
}

// stackWith returns a stack with these routes and settings.
func stackWith(t *testing.T, declared map[string]access.RouteArgs, settings map[string]any) Stack {
	t.Helper()
	routes := map[string]any{}
	for key, args := range declared {
		routes[key] = configuredRoute(args)
	}
	values := map[string]string{"authorizers": shopAndStaff}
	for key, value := range settings {
		values[key] = encode(t, value)
	}
	values["routes"] = encode(t, routes)
	s, err := NewStack(values, "")
	require.NoError(t, err)
	return s
}

const shopAndStaff = `{"shop": {"issuer": "https://issuer.example.com", "audiences": ["shop"]},
	"staff": {"issuer": "https://issuer.example.com", "audiences": ["staff"]}}`

// configuredRoute returns a route as a configuration has it.
func configuredRoute(args access.RouteArgs) map[string]any {
	word := map[access.Authorization]string{"": "iam", access.Open: "none", access.Token: args.Authorizer}[args.Authorization]
	return map[string]any{"authorization": word, "scopes": append([]string{}, args.Scopes...)}
}

func encode(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return string(text)
}

// configured returns conditions as a configuration has them.
func configured(c access.Conditions) map[string]any {
	all := map[string]any{"requireMfa": c.RequireMFA, "secureTransport": c.SecureTransport}
	for key, instant := range map[string]time.Time{"notBefore": c.NotBefore, "notAfter": c.NotAfter} {
		if !instant.IsZero() {
			all[key] = instant.UTC().Format("2006-01-02T15:04:05Z")
		}
	}
	if c.SourceCIDRs != nil {
		all["sourceCidrs"] = c.SourceCIDRs
	}
	if c.PrincipalTags != nil {
		all["principalTags"] = c.PrincipalTags
	}
	if c.PrincipalOrgID != "" {
		all["principalOrgId"] = c.PrincipalOrgID
	}
	return all
}

// allows decides about a request with the documented order of routes and the
// evaluator.
func (w world) allows(t *testing.T, user, method, path string, context map[string][]string) bool {
	var route *access.Route
	routes := w.stack.Plan.Routes
	for _, template := range []string{"/a", "/a/b", "/a/{v}", "/a/{p+}", "/{p+}", "$default"} {
		for _, key := range []string{method + " " + template, "ANY " + template, template} {
			i := slices.IndexFunc(routes, func(r access.Route) bool { return r.Key.String() == key })
			if i >= 0 && route == nil && modelTakes(key, method+" "+path) {
				route = &routes[i]
			}
		}
	}
	if route == nil {
		return false
	}
	if route.Authorization != access.IAM {
		return route.Authorization == access.Open || user == "token/"+route.Authorizer
	}
	user = strings.TrimPrefix(user, "user/")
	if w.policies[user] == nil {
		return false
	}
	request, err := iam.NewRequest(iam.RequestInput{Principal: "arn:aws:iam::111122223333:user/" + user, Action: access.ActionInvoke,
		Resource: executionArn + "/prod/" + method + path, Context: context})
	require.NoError(t, err)
	decision, err := w.policies[user].Decide(request)
	require.NoError(t, err)
	return decision.Allowed()
}

// effectsOf returns the effect on each principal, and how many of the changes depend on
// an order of routes that is not documented.
func effectsOf(d Difference) (effects map[string]Effect, unordered int) {
	effects = map[string]Effect{}
	for _, change := range d.Access {
		for _, name := range change.Principals {
			for _, call := range change.Calls {
				effects[name] = effects[name].and(call.Effect)
				if len(call.Unordered) > 0 {
					unordered++
				}
			}
		}
	}
	return effects, unordered
}

// TestNothingIsMissed requires that a principal gains if one of its requests is allowed
// after a change and not before, and loses in the opposite case.
func TestNothingIsMissed(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	gained, lost, same := 0, 0, 0
	for range 2500 {
		old, ok := randomWorld(t, r)
		new, ok2 := randomWorld(t, r)
		if r.IntN(4) == 0 {
			new = old
		}
		if !ok || !ok2 {
			continue
		}
		d := Compare(old.stack, new.stack)
		effects, _ := effectsOf(d)
		for range 20 {
			user, method := pick(r, "user/ann", "user/bob", "user/nobody", "token/shop", "token/staff"), pick(r, "GET", "POST")
			path, context := pick(r, "/a", "/a/b", "/a/c", "/a/b/c", "/z", "/z/a"), randomContext(r)
			before, after := old.allows(t, user, method, path, context), new.allows(t, user, method, path, context)
			anyone, own := effects["anyone"], effects[user]
			switch {
			case after && !before:
				gained++
				require.Equal(t, Gains, d.Result)
				require.True(t, anyone.Gains || own.Gains, "%s gains %s %s: %v -> %v: %v", user, method, path, old.stack, new.stack, d)
			case before && !after:
				lost++
				require.NotEqual(t, None, d.Result)
				require.True(t, anyone.Loses || own.Loses, "%s loses %s %s: %v -> %v: %v", user, method, path, old.stack, new.stack, d)
			default:
				same++
			}
		}
	}
	assert.Greater(t, min(gained, lost, same), 500)
}

// TestOppositeChanges requires that a change and its opposite gain and lose the
// opposite, and that no change has no effect.
func TestOppositeChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 13))
	for range 500 {
		a, ok := randomWorld(t, r)
		b, ok2 := randomWorld(t, r)
		if !ok || !ok2 {
			continue
		}
		assert.Equal(t, None, Compare(a.stack, a.stack).Result)
		var there, back Effect
		changes, _ := effectsOf(Compare(a.stack, b.stack))
		for _, effect := range changes {
			there = there.and(effect)
		}
		changes, _ = effectsOf(Compare(b.stack, a.stack))
		for _, effect := range changes {
			back = back.and(effect)
		}
		assert.Equal(t, there, Effect{Gains: back.Loses, Loses: back.Gains})
	}
}
