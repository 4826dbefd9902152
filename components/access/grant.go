package access

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// WholeStage is the grant of every route of the stage, future routes included.
const WholeStage = "*"

// Invoke is what a statement allows below a stage: a method and a path pattern, in
// which * matches any run of characters, slashes included.
type Invoke struct {
	// Api is the name of the API in a policy that [Span] returned, and empty in others.
	Api string
	// Method is an HTTP method, or * for all of them.
	Method string
	// Path begins with a slash, or is * for every path.
	Path string
}

// resource returns the part of the invoke ARN that follows the API's execution ARN.
// ARN form: {executionArn}/{stage}/{METHOD}/{path without its leading slash}.
func (i Invoke) resource(stage string) string {
	if i.Method == everything.Method && i.Path == everything.Path {
		return "/" + stage + "/*"
	}
	return "/" + stage + "/" + i.Method + i.Path
}

// compare orders invokes like their resources: no method is a prefix of another.
func (i Invoke) compare(other Invoke) int {
	return cmp.Or(strings.Compare(i.Api, other.Api), strings.Compare(i.Method, other.Method), strings.Compare(i.Path, other.Path))
}

// key identifies the invoke within a policy.
func (i Invoke) key() string { return i.Api + i.resource("") }

var everything = Invoke{Method: "*", Path: "*"}

// Resolution is a policy's list of grants, resolved against declared routes.
type Resolution struct {
	// Grants are the grants, as they were listed.
	Grants []string
	// Granted are the methods that are granted on each declared route, by route key.
	Granted map[string][]string
	// Invokes are what the documents allow, sorted and without duplicates.
	Invokes []Invoke
}

// Resolve returns what a policy with these grants allows. A grant is a declared route
// key, a method of a declared ANY route ("GET /x" on "ANY /x"), "METHOD *" for every
// declared route that serves the method, "ANY *" for all declared routes, or "*" for
// the whole stage.
//
// There is an error for each grant that is malformed or repeated, or that names a Token
// route or a route that is not declared. There is one for each grant that would also
// allow another declared route that is not granted: IAM's * also matches slashes.
func Resolve(grants []string, routes Routes) (Resolution, []error) {
	if len(grants) == 0 {
		return Resolution{}, []error{fmt.Errorf(`allows nothing; list route keys, "METHOD *" or "*"`)}
	}
	r := resolver{grants: slices.Clone(grants), routes: routes, granted: map[string]map[string]bool{}}
	seen := map[string]bool{}
	for _, grant := range grants {
		if seen[grant] {
			r.fail(grant, "appears twice; list each grant once")
			continue
		}
		seen[grant] = true
		r.add(grant)
	}
	if !r.all {
		r.checkReach()
	}
	return r.result(), r.errs
}

type resolver struct {
	grants  []string
	routes  Routes
	granted map[string]map[string]bool // route key -> methods
	reaches []reach
	all     bool // the whole stage is granted
	errs    []error
}

// reach is an invoke and the grant that it comes from.
type reach struct {
	grant string
	to    Invoke
}

func (r *resolver) fail(grant, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%q %s", grant, fmt.Sprintf(format, args...)))
}

// CheckGrant accepts texts that have the form of a grant; see Resolve.
func CheckGrant(grant string) error {
	if grant == WholeStage {
		return nil
	}
	if method, found := strings.CutSuffix(grant, " *"); found {
		return checkMethod(method)
	}
	if _, err := ParseRouteKey(grant); err != nil {
		return fmt.Errorf(`%w; or "METHOD *", or "*" for the whole stage`, err)
	}
	return nil
}

func (r *resolver) add(grant string) {
	if err := CheckGrant(grant); err != nil {
		r.fail(grant, "%v", err)
		return
	}
	if grant == WholeStage {
		r.all = true
		r.reaches = []reach{{grant, everything}}
		for _, route := range r.routes {
			r.mark(route)
		}
		return
	}
	if method, found := strings.CutSuffix(grant, " *"); found {
		r.addMethod(grant, method)
		return
	}
	key, _ := ParseRouteKey(grant) // it has the form of one
	route, declared := r.routes.find(key)
	if !declared {
		route, declared = r.routes.find(RouteKey{Method: anyMethod, Path: key.Path})
	}
	switch {
	case !declared:
		r.fail(grant, "names no declared route; declared are %s", r.routes.list())
	case route.Authorization == Token:
		r.fail(grant, "names a route under tokens, to which IAM policies do not apply; "+
			"leave the grant out, or set the route's authorization to iam")
	default:
		r.grant(grant, route, methodsOf(key.Method)...)
	}
}

// addMethod grants every declared route that serves the method. It skips Token routes,
// to which IAM does not apply, and the catch-all route, whose paths cannot be listed.
func (r *resolver) addMethod(grant, method string) {
	found := false
	for _, route := range r.routes {
		for _, m := range methodsOf(method) {
			if route.Authorization != Token && !route.Key.IsDefault() && r.routes.serves(route, m) {
				found = true
				r.grant(grant, route, m)
			}
		}
	}
	if !found {
		r.fail(grant, "names no declared route; declared are %s", r.routes.list())
	}
}

func methodsOf(method string) []string {
	if method == anyMethod {
		return Methods
	}
	return []string{method}
}

// grant allows methods of a declared route, except methods of an ANY route that have
// a route of their own on the same path.
func (r *resolver) grant(grant string, route Route, methods ...string) {
	if route.Key.IsDefault() {
		r.mark(route)
		r.reaches = append(r.reaches, reach{grant, everything})
		return
	}
	served := false
	for _, method := range methods {
		if r.routes.serves(route, method) {
			served = true
			r.mark(route, method)
			r.reaches = append(r.reaches, reach{grant, Invoke{Method: method, Path: route.Key.pathPattern()}})
		}
	}
	if !served {
		r.fail(grant, "grants nothing, as each method has a route of its own on the same path; grant those")
	}
}

// mark records methods of a route as granted, or all of them without methods.
func (r *resolver) mark(route Route, methods ...string) {
	key := route.Key.String()
	if r.granted[key] == nil {
		r.granted[key] = map[string]bool{}
	}
	if len(methods) == 0 {
		methods = Methods
	}
	for _, method := range methods {
		if r.routes.serves(route, method) {
			r.granted[key][method] = true
		}
	}
}

// checkReach reports what IAM would allow beyond the grants: a declared route under
// IAM that an allowed request may end at although it is not granted. A pattern with *
// is compared with each route alone, regardless of routes with a higher priority.
func (r *resolver) checkReach() {
	type pair struct {
		grant string
		route RouteKey
	}
	var found []pair
	methods, reasons := map[pair][]string{}, map[pair]string{}
	for _, from := range r.reaches {
		routes := r.routes
		if !strings.Contains(from.to.Path, "*") {
			routes = routes.Candidates(from.to.Method, from.to.Path)
		}
		for _, route := range routes {
			beyond := r.overreaches(from.to, route)
			if len(beyond) == 0 {
				continue
			}
			p := pair{from.grant, route.Key}
			if methods[p] == nil {
				found = append(found, p)
				reasons[p] = from.to.reason()
			}
			methods[p] = append(methods[p], beyond...)
		}
	}
	for _, p := range found {
		r.fail(p.grant, "cannot leave out %q, as %s: grant %q too, or change the path of one of them",
			p.route, reasons[p], grantFor(p.route, methods[p]))
	}
}

// reason says why an allowed request may end at a route that is not granted.
func (i Invoke) reason() string {
	if strings.Contains(i.Path, "*") {
		return `* in an IAM resource crosses "/"`
	}
	return fmt.Sprintf("AWS documents no order between them unless %q is declared", i.Method+" "+i.Path)
}

// overreaches returns the methods of the route that the invoke allows and that are
// not granted.
func (r *resolver) overreaches(to Invoke, route Route) []string {
	if route.Authorization != IAM || !route.Key.IsDefault() && !overlap(to.Path, route.Key.Path) {
		return nil
	}
	methods := []string{to.Method}
	if to == everything {
		methods = Methods
	}
	granted := r.granted[route.Key.String()]
	var beyond []string
	for _, method := range methods {
		if !granted[method] && r.routes.serves(route, method) {
			beyond = append(beyond, method)
		}
	}
	return beyond
}

// grantFor returns a grant that includes these methods of a route.
func grantFor(route RouteKey, methods []string) string {
	if route.Method != anyMethod || len(methods) > 1 {
		return route.String()
	}
	return methods[0] + " " + route.Path
}

func (r *resolver) result() Resolution {
	set := map[Invoke]bool{}
	for _, from := range r.reaches {
		set[from.to] = true
	}
	if set[everything] {
		set = map[Invoke]bool{everything: true}
	}
	invokes := slices.SortedFunc(maps.Keys(set), Invoke.compare)
	granted := map[string][]string{}
	for key, methods := range r.granted {
		granted[key] = sortedKeys(methods)
	}
	return Resolution{Grants: r.grants, Granted: granted, Invokes: invokes}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
