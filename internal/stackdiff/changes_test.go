package stackdiff

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"iam-secured-api/components/access"
	"iam-secured-api/components/access/iam"
	"iam-secured-api/internal/program"
)

// world is a configuration and what IAM is going to say with it.
type world struct {
	stack    Stack
	routes   access.Routes
	policies map[string]*iam.Policies // by user
}

// randomWorld is out of few routes that have much to do with each other.
func randomWorld(t *testing.T, r *rand.Rand) (world, bool) {
	cfg := program.Config{StageName: "prod", Routes: map[string]access.Authorization{}, Policies: map[string]program.Policy{},
		Groups: map[string]program.Group{}, Users: map[string]program.User{}}
	for _, key := range []string{"GET /a", "ANY /a", "GET /a/b", "GET /a/{v}", "ANY /a/{p+}", "GET /{p+}", "$default"} {
		if r.IntN(2) == 0 {
			cfg.Routes[key] = pick(r, access.IAM, access.IAM, access.Open)
		}
	}
	routes, errs := access.NewRoutes(cfg.Routes)
	require.Empty(t, errs)
	if len(routes) == 0 {
		return world{}, false
	}
	documents := map[string]*iam.IdentityPolicy{}
	for _, name := range []string{"p", "q"} {
		policy := program.Policy{Allow: []string{pick(r, "*", pick(r, routes...).Key.String(), pick(r, routes...).Key.String())}}
		if r.IntN(2) == 0 {
			policy.Conditions = randomConditions(r)
		}
		resolution, errs := access.Resolve(policy.Allow, routes)
		if len(errs) > 0 {
			return world{}, false
		}
		text, err := access.Render(access.InvokeDocument(executionArn, "prod", resolution.Invokes, policy.Conditions))
		require.NoError(t, err)
		documents[name], err = iam.CompileIdentity(text)
		require.NoError(t, err)
		cfg.Policies[name] = policy
	}
	w := world{routes: routes, policies: map[string]*iam.Policies{}}
	for _, user := range []string{"ann", "bob"} {
		if r.IntN(4) == 0 {
			continue
		}
		w.policies[user] = &iam.Policies{}
		names := pick(r, nil, []string{"p"}, []string{"q"}, []string{"p", "q"})
		for _, name := range names {
			w.policies[user].Identity = append(w.policies[user].Identity, documents[name])
		}
		cfg.Groups["of-"+user] = program.Group{Policies: names}
		cfg.Users[user] = program.User{Groups: []string{"of-" + user}}
	}
	w.stack = Stack{Config: cfg}
	return w, true
}

// allows routes a request as API Gateway documents it, and asks IAM.
func (w world) allows(t *testing.T, user, method, path string, context map[string][]string) bool {
	var route *access.Route
	for _, template := range []string{"/a", "/a/b", "/a/{v}", "/a/{p+}", "/{p+}", "$default"} {
		if !matches(template, path) {
			continue
		}
		for _, key := range []string{method + " " + template, "ANY " + template, template} {
			i := slices.IndexFunc(w.routes, func(r access.Route) bool { return r.Key.String() == key })
			if i >= 0 && route == nil {
				route = &w.routes[i]
			}
		}
	}
	if route == nil {
		return false
	}
	if route.Authorization == access.Open {
		return true
	}
	if w.policies[user] == nil {
		return false
	}
	request, err := iam.NewRequest(iam.Call{Principal: "arn:aws:iam::111122223333:user/" + user, Action: access.ActionInvoke,
		Resource: executionArn + "/prod/" + method + path, Context: context})
	require.NoError(t, err)
	decision, err := w.policies[user].Decide(request)
	require.NoError(t, err)
	return decision.Allowed()
}

func matches(template, path string) bool {
	switch template {
	case "/a/{v}":
		rest, below := strings.CutPrefix(path, "/a/")
		return below && !strings.Contains(rest, "/")
	case "/a/{p+}":
		return strings.HasPrefix(path, "/a/")
	case "/{p+}", "$default":
		return true
	}
	return template == path
}

// TestNothingIsMissed: whatever request is allowed after a change and was not
// before, or the other way round, its principal is said to gain or to lose.
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
		effects := map[string]Effect{}
		for _, change := range d.Access {
			for _, name := range change.Principals {
				for _, call := range change.Calls {
					effects[name] = effects[name].and(call.Effect)
				}
			}
		}
		for range 20 {
			user, method := pick(r, "ann", "bob", "nobody"), pick(r, "GET", "POST")
			path, context := pick(r, "/a", "/a/b", "/a/c", "/a/b/c", "/z", "/z/a"), randomContext(r)
			before, after := old.allows(t, user, method, path, context), new.allows(t, user, method, path, context)
			anyone, own := effects["anyone"], effects["user/"+user]
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

// TestNothingComesOfNothing, and what the one way round gains, the other loses.
func TestNothingComesOfNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 13))
	for range 500 {
		a, ok := randomWorld(t, r)
		b, ok2 := randomWorld(t, r)
		if !ok || !ok2 {
			continue
		}
		assert.Equal(t, None, Compare(a.stack, a.stack).Result)
		there, back := Compare(a.stack, b.stack), Compare(b.stack, a.stack)
		gains := func(d Difference, of func(Effect) bool) bool {
			return slices.ContainsFunc(d.Access, func(c Change) bool {
				return slices.ContainsFunc(c.Calls, func(call CallChange) bool { return of(call.Effect) })
			})
		}
		assert.Equal(t, gains(there, func(e Effect) bool { return e.Gains }), gains(back, func(e Effect) bool { return e.Loses }))
		assert.Equal(t, gains(there, func(e Effect) bool { return e.Loses }), gains(back, func(e Effect) bool { return e.Gains }))
	}
}
