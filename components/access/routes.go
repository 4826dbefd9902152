package access

import (
	"fmt"
	"slices"
	"strings"
)

// Authorization is how a route decides who may call it, in API Gateway's terms.
type Authorization string

const (
	// IAM asks for a request signed with Signature Version 4 by a principal whose
	// policies allow execute-api:Invoke on it.
	IAM Authorization = "AWS_IAM"
	// Open lets anyone call the route.
	Open Authorization = "NONE"
)

// ParseAuthorization reads the config's word for it: "iam" (also "", the
// default) or "none".
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

// Routes are the declared routes of one API. Make them with NewRoutes.
type Routes []Route

// NewRoutes parses route keys with their authorization (IAM where it is empty)
// and sorts them, so that the same routes always give the same documents. It
// reports every key or authorization that is malformed, and every two keys that
// are the same once the names of their variables are erased: API Gateway refuses
// the second of those.
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
			errs = append(errs, fmt.Errorf("%q is the same route as %q: keys must differ in more than the names of their variables", s, twin))
			continue
		}
		byTemplate[key.Template()] = s
		routes = append(routes, Route{Key: key, Authorization: authorization})
	}
	return routes, errs
}

// mostKeys bounds how many route keys a message lists.
const mostKeys = 12

// Keys returns the route keys, sorted.
func (r Routes) Keys() []string {
	keys := make([]string, len(r))
	for i, route := range r {
		keys[i] = route.Key.String()
	}
	return keys
}

// list lists the route keys for a message, the first twelve of many.
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
