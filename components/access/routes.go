package access

import (
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
)

// ParseAuthorization parses the configuration's word for an authorization: "iam", ""
// for the same, or "none".
func ParseAuthorization(s string) (Authorization, error) {
	switch s {
	case "", "iam":
		return IAM, nil
	case "none":
		return Open, nil
	}
	return "", fmt.Errorf(`must be "iam", or "none" for a route that anyone may call`)
}

// Route is a declared route.
type Route struct {
	Key           RouteKey
	Authorization Authorization
}

// Routes are the declared routes of an API. Create them with NewRoutes.
type Routes []Route

// NewRoutes parses route keys with their authorization, IAM if it is empty, and sorts
// them. It reports every malformed key and authorization, and every two keys that
// differ only in the names of their variables: API Gateway rejects the second.
func NewRoutes(declared map[string]Authorization) (Routes, []error) {
	var routes Routes
	var errs []error
	byTemplate := map[string]string{}
	for _, s := range sortedKeys(declared) {
		key, err := ParseRouteKey(s)
		if err != nil {
			errs = append(errs, fmt.Errorf("%q %w", s, err))
			continue
		}
		authorization := declared[s]
		if authorization == "" {
			authorization = IAM
		}
		if authorization != IAM && authorization != Open {
			errs = append(errs, fmt.Errorf("%q must have the authorization %s or %s, not %q", s, IAM, Open, authorization))
			continue
		}
		if twin, taken := byTemplate[key.Template()]; taken {
			errs = append(errs, fmt.Errorf("%q is the same route as %q: keys must differ in more than the names of their variables",
				s, twin))
			continue
		}
		byTemplate[key.Template()] = s
		routes = append(routes, Route{Key: key, Authorization: authorization})
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
