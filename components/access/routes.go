package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Authorization is the authorization type of a route, in API Gateway's terms.
type Authorization string

const (
	// IAM requires a request that is signed with Signature Version 4 by a principal whose
	// policies allow execute-api:Invoke on it.
	IAM Authorization = "AWS_IAM"
	// Open lets anyone call the route.
	Open Authorization = "NONE"
	// Token requires a token that the route's [Authorizer] accepts.
	Token Authorization = "JWT"
)

// RouteArgs says who may call a route. The zero RouteArgs requires IAM.
type RouteArgs struct {
	// Authorization is IAM if it is empty.
	Authorization Authorization
	// Authorizer is the name of the authorizer of a Token route. Required for those.
	Authorizer string
	// Scopes are up to MaxScopes scopes of a Token route. A token must have at least
	// one of them. If there are none, every token of the authorizer will do.
	Scopes []string
}

// Route is a declared route.
type Route struct {
	Key RouteKey
	RouteArgs
}

// guard returns the route's authorization as the configuration writes it.
func (r Route) guard() string {
	switch r.Authorization {
	case IAM:
		return AuthorizationIAM
	case Open:
		return AuthorizationNone
	}
	return r.Authorizer
}

// Routes are the declared routes of an API. Create them with NewRoutes.
type Routes []Route

// NewRoutes parses route keys and sorts them. It reports every malformed key, what
// [RouteArgs.Check] rejects, and every two keys that differ only in the names of their
// variables: API Gateway rejects the second.
func NewRoutes(declared map[string]RouteArgs) (Routes, []error) {
	var routes Routes
	var errs []error
	byTemplate := map[string]string{}
	for _, s := range sortedKeys(declared) {
		key, err := ParseRouteKey(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("%q %w", s, err))
			continue
		}
		args := declared[s]
		if problems := args.Check(); len(problems) > 0 {
			for _, err := range problems {
				errs = append(errs, fmt.Errorf("%q: %w", s, err))
			}
			continue
		}
		if twin, taken := byTemplate[key.Template()]; taken {
			errs = append(errs, fmt.Errorf("%q is the same route as %q: keys must differ in more than the names of their variables",
				s, twin))
			continue
		}
		byTemplate[key.Template()] = s
		args.Authorization, args.Scopes = cmp.Or(args.Authorization, IAM), slices.Clone(args.Scopes)
		routes = append(routes, Route{key, args})
	}
	return routes, errs
}

// mostKeys is the largest number of route keys in a message.
const mostKeys = 12

// Keys returns the route keys, sorted.
func (r Routes) Keys() []string {
	keys := make([]string, len(r))
	for i, route := range r {
		keys[i] = route.Key.String()
	}
	return keys
}

// list returns the first mostKeys route keys for a message.
func (r Routes) list() string {
	keys := r.Keys()
	if more := len(keys) - mostKeys; more > 0 {
		keys = append(keys[:mostKeys], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(keys, ", ")
}

func (r Routes) find(key RouteKey) (Route, bool) {
	i := slices.IndexFunc(r, func(route Route) bool { return route.Key == key })
	if i < 0 {
		return Route{}, false
	}
	return r[i], true
}
