package cloud

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"iam-secured-api/components/access"
)

const (
	// AuthNone allows all requests, signed or not.
	AuthNone = "NONE"
	// AuthIAM requires a signed request and that IAM allows execute-api:Invoke.
	AuthIAM = "AWS_IAM"
	// AuthJWT requires a token that the route's authorizer accepts.
	AuthJWT = "JWT"
)

// routeMethods are the methods of a route key.
var routeMethods = []string{"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// RouteSettings are the settings that CreateRoute and UpdateRoute take. (What
// AWS calls route settings of a stage is [Throttle].)
type RouteSettings struct {
	RouteKey            string   `state:",title"` // METHOD /path or $default
	AuthorizationType   string   // NONE (if empty), AWS_IAM or JWT
	AuthorizerID        string   // for JWT
	AuthorizationScopes []string // a token must have one of them; empty for no requirement
	Target              string   // integrations/ID, empty for none
	OperationName       string
	APIKeyRequired      bool // rejected on HTTP APIs
}

// Route is a route of an API.
type Route struct {
	RouteSettings
	RouteID string `state:"-"`
}

func (a *api) checkRoute(id string, in RouteSettings) error {
	key, err := access.ParseRouteKey(in.RouteKey)
	if err != nil {
		return errorf(CodeBadRequest, "the provided route key is not formatted properly: %q %s", in.RouteKey, err)
	}
	if err := a.checkAuthorization(in); err != nil {
		return err
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
		taken := a.Routes[other].RouteKey
		if parsed, _ := access.ParseRouteKey(taken); other != id && parsed.Template() == key.Template() {
			return errorf(CodeConflict, "route with key %s already exists for this API", taken)
		}
	}
	return nil
}

// reScope matches scopes as RFC 6749 defines them.
var reScope = regexp.MustCompile(`^[!#-\[\]-~]{1,64}$`)

func (a *api) checkAuthorization(in RouteSettings) error {
	switch in.AuthorizationType {
	case AuthNone, AuthIAM:
		if in.AuthorizerID != "" {
			return errorf(CodeBadRequest, "authorization type %s has no authorizer, but the authorizer ID is %s",
				in.AuthorizationType, in.AuthorizerID)
		}
		if len(in.AuthorizationScopes) > 0 {
			return errorf(CodeBadRequest, "Invalid Route authorization type specified. "+
				"Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types")
		}
	case AuthJWT:
		if a.Authorizers[in.AuthorizerID] == nil {
			return errorf(CodeBadRequest, "Invalid authorizer ID specified. "+
				"Setting the authorization type to JWT requires a valid JWT authorizer: %q", in.AuthorizerID)
		}
	case "CUSTOM":
		return notModelled("authorization type CUSTOM")
	default:
		return errorf(CodeBadRequest, "invalid authorization type %q: NONE, AWS_IAM, JWT or CUSTOM", in.AuthorizationType)
	}
	if n := len(in.AuthorizationScopes); n > maxScopes {
		return errorf(CodeBadRequest, "a route has %d authorization scopes, must have at most %d", n, maxScopes)
	}
	for _, scope := range in.AuthorizationScopes {
		if !reScope.MatchString(scope) {
			return errorf(CodeBadRequest,
				"invalid authorization scope %q: 1 to 64 characters without spaces, quotation marks and backslashes", scope)
		}
	}
	return nil
}

func (r *Route) view(*state) Route { return *r }

var routes = &shelf[*api, *Route, Route]{
	things:  func(a *api) *map[string]*Route { return &a.Routes },
	missing: missing[*api](CodeNotFound, "unable to find route with id %s"),
	quota:   quota{access.MaxRoutes, CodeTooManyRequests, "routes of an API"},
	changed: (*api).redeploy,
}

// CreateRoute adds a route to an API.
func (r *Region) CreateRoute(apiID string, in RouteSettings) (Route, error) {
	in.AuthorizationType = cmp.Or(in.AuthorizationType, AuthNone)
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
	in.AuthorizationType = cmp.Or(in.AuthorizationType, AuthNone)
	return routes.change(r.in(apiID), "UpdateRoute", id, func(a *api, route *Route) error {
		if err := a.checkRoute(id, in); err != nil {
			return err
		}
		route.RouteSettings = clone(in)
		return nil
	})
}

// DeleteRoute deletes a route.
func (r *Region) DeleteRoute(apiID, id string) error {
	return routes.remove(r.in(apiID), "DeleteRoute", id, nil)
}
