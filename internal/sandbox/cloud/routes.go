package cloud

import (
	"regexp"
	"slices"
	"strings"
)

const (
	// AuthNone lets anybody call a route, signed or not.
	AuthNone = "NONE"
	// AuthIAM lets those call a route whom IAM allows execute-api:Invoke.
	AuthIAM = "AWS_IAM"
)

// routeMethods are the methods of a route key.
var routeMethods = []string{"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

var (
	reVariable = regexp.MustCompile(`^\{[\w.:-]+\+?\}$`)
	reSegment  = regexp.MustCompile(`^[\w.~!$&'()*+,;=:@%-]*$`)
)

// RouteSettings are what a caller of CreateRoute and UpdateRoute decides on.
// (The throttles of a stage, which AWS calls route settings, are [Throttle].)
type RouteSettings struct {
	RouteKey          string `state:",title"` // METHOD /path or $default
	AuthorizationType string // NONE (if empty) or AWS_IAM
	Target            string // integrations/ID, empty for none
	OperationName     string
	APIKeyRequired    bool // refused on HTTP APIs
}

// Route is a route of an API.
type Route struct {
	RouteSettings
	RouteID string `state:"-"`
}

// checkRouteKey applies API Gateway's rule: $default, or a method and a path
// whose segments are literal, {variable} or, at the end, {variable+}.
func checkRouteKey(key string) error {
	if key == "$default" {
		return nil
	}
	invalid := func(why string) error {
		return errorf(CodeBadRequest, "the provided route key is not formatted properly: %q %s", key, why)
	}
	method, path, ok := strings.Cut(key, " ")
	if !ok || !slices.Contains(routeMethods, method) {
		return invalid("must be $default or METHOD /path, with a method of " + strings.Join(routeMethods, ", "))
	}
	if !strings.HasPrefix(path, "/") {
		return invalid("has a path that does not begin with /")
	}
	segments := strings.Split(path[1:], "/")
	seen := map[string]bool{}
	for i, s := range segments {
		if !strings.ContainsAny(s, "{}") {
			if !reSegment.MatchString(s) {
				return invalid("has a segment with characters that a path cannot hold")
			}
			continue
		}
		name := strings.Trim(s, "{+}")
		switch {
		case !reVariable.MatchString(s):
			return invalid("has a malformed variable " + s)
		case strings.HasSuffix(s, "+}") && i != len(segments)-1:
			return invalid("has a greedy variable that is not its last segment")
		case seen[name]:
			return invalid("names variable " + name + " twice")
		}
		seen[name] = true
	}
	return nil
}

var reAnyVariable = regexp.MustCompile(`\{[^{}+]+(\+?)\}`)

// routeShape is a route key with its variables' names erased: two routes of one
// shape match the same requests.
func routeShape(key string) string { return reAnyVariable.ReplaceAllString(key, "{$1}") }

func (a *api) checkRoute(id string, in RouteSettings) error {
	if err := checkRouteKey(in.RouteKey); err != nil {
		return err
	}
	switch in.AuthorizationType {
	case AuthNone, AuthIAM:
	case "JWT", "CUSTOM":
		return notModelled("authorization type " + in.AuthorizationType)
	default:
		return errorf(CodeBadRequest, "invalid authorization type %q: NONE, AWS_IAM, JWT or CUSTOM", in.AuthorizationType)
	}
	if in.APIKeyRequired {
		return errorf(CodeBadRequest, "apiKeyRequired is not supported on HTTP APIs")
	}
	if len(in.OperationName) > 64 {
		return errorf(CodeBadRequest, "operation name is longer than 64 characters")
	}
	if in.Target != "" {
		name, ok := strings.CutPrefix(in.Target, "integrations/")
		if !ok {
			return errorf(CodeBadRequest, "invalid target %q: integrations/ID", in.Target)
		}
		if a.Integrations[name] == nil {
			return errorf(CodeBadRequest, "invalid target %q: unable to find integration with id %s", in.Target, name)
		}
	}
	for _, other := range sortedKeys(a.Routes) {
		if other != id && routeShape(a.Routes[other].RouteKey) == routeShape(in.RouteKey) {
			return errorf(CodeConflict, "route with key %s already exists for this API", a.Routes[other].RouteKey)
		}
	}
	return nil
}

func (r *Route) view(*state) Route { return *r }

var routes = &shelf[*api, *Route, Route]{
	things:  func(a *api) map[string]*Route { return a.Routes },
	missing: missing[*api](CodeNotFound, "unable to find route with id %s"),
	full:    refusal{CodeTooManyRequests, "cannot exceed quota for routes of an API: %d"},
	quota:   maxRoutes,
	changed: (*api).redeploy,
}

func (s *RouteSettings) setDefaults() {
	if s.AuthorizationType == "" {
		s.AuthorizationType = AuthNone
	}
}

// CreateRoute adds a route to an API.
func (r *Region) CreateRoute(apiID string, in RouteSettings) (Route, error) {
	in.setDefaults()
	return routes.create(r.in(apiID), "CreateRoute", in.RouteKey, func(a *api) (string, *Route, error) {
		if err := a.checkRoute("", in); err != nil {
			return "", nil, err
		}
		id := routeID()
		return id, &Route{RouteSettings: in, RouteID: id}, nil
	})
}

// GetRoute returns one route of an API.
func (r *Region) GetRoute(apiID, id string) (Route, error) { return routes.get(r.in(apiID), id) }

// GetRoutes returns the routes of an API, by route key.
func (r *Region) GetRoutes(apiID string) ([]Route, error) {
	out, err := routes.list(r.in(apiID), nil)
	slices.SortFunc(out, func(a, b Route) int { return strings.Compare(a.RouteKey, b.RouteKey) })
	return out, err
}

// UpdateRoute replaces a route's settings.
func (r *Region) UpdateRoute(apiID, id string, in RouteSettings) error {
	in.setDefaults()
	return routes.change(r.in(apiID), "UpdateRoute", id, func(a *api, route *Route) error {
		if err := a.checkRoute(id, in); err != nil {
			return err
		}
		route.RouteSettings = in
		return nil
	})
}

// DeleteRoute deletes a route.
func (r *Region) DeleteRoute(apiID, id string) error {
	return routes.remove(r.in(apiID), "DeleteRoute", id, nil)
}
