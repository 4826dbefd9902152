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

// requests are the requests that property tests try: every path of up to four parts,
// with empty parts and one that no route has. PUT is a method that only ANY routes and
// $default serve.
var requests = func() []request {
	var all []request
	paths := []string{""}
	for range 4 {
		var longer []string
		for _, path := range paths {
			for _, part := range []string{"a", "b", "z", ""} {
				longer = append(longer, path+"/"+part)
			}
		}
		for _, path := range longer {
			for _, method := range []string{"GET", "POST", "PUT"} {
				all = append(all, request{method, path})
			}
		}
		paths = longer
	}
	return all
}()

// TestResolveIsExact compares random grants on random routes with every request.
// Resolved grants allow the requests that end at a granted route, and none that end at
// another route under IAM. A grant that is rejected because it reaches another route
// does reach it.
//
// Resolve is too careful in one case: it compares a pattern that has * with one route
// at a time, and so also counts a route as reached that loses all shared paths to more
// specific ones. The test requires that this is the only case.
func TestResolveIsExact(t *testing.T) {
	counts := map[string]int{}
	for seed := range int64(1000) {
		trial := newTrial(t, rand.New(rand.NewSource(seed)))
		kind := trial.run(t)
		counts[kind]++
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, trial)
		}
	}
	t.Log(counts)
	for _, kind := range []string{"resolved", "names nothing", "reaches", "careful"} {
		assert.Positive(t, counts[kind], "the trials must reach it: %s", kind)
	}
}

// guards are the ways to guard a route of a trial.
var guards = []access.RouteArgs{
	{}, {}, {}, {}, {Authorization: access.Open}, {Authorization: access.Token, Authorizer: "shop"},
	{Authorization: access.Token, Authorizer: "staff", Scopes: []string{"read", "write"}},
}

type trial struct {
	routes access.Routes
	grants []string
}

func (tr trial) String() string { return fmt.Sprintf("%v with %q", tr.routes, tr.grants) }

func newTrial(t *testing.T, random *rand.Rand) trial {
	declared, taken := map[string]access.RouteArgs{}, map[string]bool{}
	for range 1 + random.Intn(6) {
		key := randomKey(random)
		if template := mustKey(t, key).Template(); !taken[template] {
			taken[template] = true
			declared[key] = guards[random.Intn(len(guards))]
		}
	}
	routes, errs := access.NewRoutes(declared)
	require.Empty(t, errs)
	pool := []string{"*", "GET *", "POST *", "ANY *"}
	for _, route := range routes {
		key := route.Key.String()
		pool = append(pool, key, key, key)
		if path, any := strings.CutPrefix(key, "ANY "); any {
			pool = append(pool, "GET "+path, "PUT "+path)
		}
	}
	slices.Sort(pool)
	random.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	tr := trial{routes: routes}
	for _, grant := range pool[:min(len(pool), 1+random.Intn(3))] {
		if !slices.Contains(tr.grants, grant) {
			tr.grants = append(tr.grants, grant)
		}
	}
	return tr
}

func randomKey(random *rand.Rand) string {
	if random.Intn(12) == 0 {
		return "$default"
	}
	key := []string{"GET", "GET", "POST", "ANY"}[random.Intn(4)] + " "
	length := random.Intn(4)
	if length == 0 {
		return key + "/"
	}
	for i := range length {
		part := []string{"a", "b", "a", "b", "{v%d}", "{w%d}"}[random.Intn(6)]
		if i == length-1 && random.Intn(6) == 0 {
			part = "{p%d+}"
		}
		if strings.Contains(part, "%") {
			part = fmt.Sprintf(part, i)
		}
		key += "/" + part
	}
	return key
}

// run checks one trial and returns its outcome.
func (tr trial) run(t *testing.T) string {
	resolution, errs := access.Resolve(tr.grants, tr.routes)
	empty := slices.ContainsFunc(tr.grants, func(grant string) bool { return len(tr.meant(grant)) == 0 && grant != "*" })
	var reached []error
	for _, err := range errs {
		if values := named(t, err); len(values) > 1 && tr.find(values[1]) != nil {
			reached = append(reached, err)
		}
	}
	assert.Equal(t, empty, len(errs) > len(reached), "an error for a grant that names nothing: %v", errs)
	switch {
	case empty:
		return "names nothing"
	case len(errs) == 0:
		tr.checkResolved(t, resolution)
		return "resolved"
	}
	kind := "reaches"
	for _, err := range reached {
		if tr.checkRejected(t, err) {
			kind = "careful"
		}
	}
	return kind
}

func (tr trial) find(key string) *access.Route {
	i := slices.IndexFunc(tr.routes, func(route access.Route) bool { return route.Key.String() == key })
	if i < 0 {
		return nil
	}
	return &tr.routes[i]
}

// meant returns what grants mean, independently of the package: the granted methods by
// route key.
func (tr trial) meant(grants ...string) map[string][]string {
	g := gateway{routes: tr.routes}
	granted := map[string][]string{}
	for _, route := range tr.routes {
		key := route.Key.String()
		for _, method := range access.Methods {
			if g.serves(route, method) && slices.ContainsFunc(grants, func(grant string) bool {
				of, what, _ := strings.Cut(grant, " ")
				return grant == "*" || route.Authorization != access.Token && (grant == key ||
					what == "*" && !route.Key.IsDefault() && (of == "ANY" || of == method) ||
					route.Key.Method == "ANY" && what == route.Key.Path && of == method && tr.find(grant) == nil)
			}) {
				granted[key] = append(granted[key], method)
			}
		}
	}
	return granted
}

// checkResolved compares what the document allows with what was meant.
func (tr trial) checkResolved(t *testing.T, resolution access.Resolution) {
	granted := tr.meant(tr.grants...)
	for key, methods := range resolution.Granted {
		assert.Equal(t, granted[key], methods, key)
	}
	assert.Subset(t, slices.Collect(maps.Keys(resolution.Granted)), slices.Collect(maps.Keys(granted)))
	resources := statement(t, access.InvokeDocument(executionArn, "prod", resolution.Invokes, access.Conditions{})).Resource
	for _, r := range requests {
		allowed := matchesAny(resources, r.arn())
		for _, emptyParts := range []bool{false, true} {
			for _, end := range (gateway{tr.routes, emptyParts}).ends(r) {
				if end.Authorization == access.IAM && slices.Contains(granted[end.Key.String()], r.method) != allowed {
					t.Errorf("%v may end at %q: allowed is %t", r, end.Key, allowed)
					return
				}
			}
		}
	}
}

// checkRejected finds a request that the grant allows and that ends at the other route
// although that is not granted. It returns true if there is none, after it has checked
// that this is the case in which Resolve is too careful.
func (tr trial) checkRejected(t *testing.T, err error) bool {
	values := named(t, err)
	grant, other, advice := values[0], tr.find(values[1]), values[len(values)-1]
	assert.Equal(t, access.IAM, other.Authorization, "only routes under IAM need to be left out: %v", err)
	for _, too := range []string{advice, other.Key.String()} {
		_, errs := access.Resolve(append(slices.Clone(tr.grants), too), tr.routes)
		for _, err := range errs {
			assert.NotEqual(t, values[:2], named(t, err)[:2], "granting %q too does not help", too)
		}
	}
	alone, _ := access.Resolve([]string{grant}, tr.routes)
	resources := statement(t, access.InvokeDocument(executionArn, "prod", alone.Invokes, access.Conditions{})).Resource
	granted := tr.meant(tr.grants...)[other.Key.String()]
	shared := false
	for _, r := range requests {
		if slices.Contains(granted, r.method) || !matchesAny(resources, r.arn()) {
			continue
		}
		for _, emptyParts := range []bool{false, true} {
			g := gateway{tr.routes, emptyParts}
			if slices.ContainsFunc(g.ends(r), func(end access.Route) bool { return end.Key == other.Key }) {
				return false
			}
			shared = shared || g.serves(*other, r.method) && g.matches(other.Key.Path, r.path)
		}
	}
	assert.True(t, shared, "some request is allowed and matches the route's path: %v", err)
	assert.Contains(t, strings.Join(resources, " "), "*", "a literal path ends at its own route: %v", err)
	return true
}

func matchesAny(patterns []string, arn string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return glob(pattern, arn) })
}
