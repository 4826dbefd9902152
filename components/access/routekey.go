package access

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// DefaultRoute is the route key of the catch-all route of an HTTP API.
const DefaultRoute = "$default"

// anyMethod in a route key matches every method without a route of its own on the
// same path.
const anyMethod = "ANY"

// Methods are the HTTP methods that an HTTP API routes.
var Methods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// pathSegment is the rule that API Gateway applies to each part of a route's
// path: a literal, or one variable that fills the whole part.
var pathSegment = regexp.MustCompile(`^(\{[A-Za-z0-9_.:-]+\+?\}|[A-Za-z0-9_.:-]+)$`)

// RouteKey is the key of a route of an HTTP API: a method and a path, or the catch-all
// route $default. Create it with ParseRouteKey.
type RouteKey struct {
	// Method is one of Methods, or ANY. It is empty for $default.
	Method string
	// Path begins with a slash and may have variables ("/products/{id}"), the last of
	// which may be greedy ("/{proxy+}"). It is "$default" for the catch-all route.
	Path string
}

// ParseRouteKey parses "METHOD /path" or "$default" by the rules of CreateRoute: a
// method in capitals, one space, path parts of letters, digits and "._:-", variables
// that fill a part and have different names, a greedy variable only at the end, and no
// slash at the end.
func ParseRouteKey(s string) (RouteKey, error) {
	if s == DefaultRoute {
		return RouteKey{Path: DefaultRoute}, nil
	}
	method, path, found := strings.Cut(s, " ")
	if !found || !strings.HasPrefix(path, "/") {
		return RouteKey{}, fmt.Errorf(`must be "METHOD /path" with one space, such as "GET /products", or "$default"`)
	}
	if err := checkMethod(method); err != nil {
		return RouteKey{}, err
	}
	if err := checkPath(path); err != nil {
		return RouteKey{}, err
	}
	return RouteKey{Method: method, Path: path}, nil
}

func checkMethod(method string) error {
	if method != anyMethod && !slices.Contains(Methods, method) {
		return fmt.Errorf("must begin with a method out of ANY, %s", strings.Join(Methods, ", "))
	}
	return nil
}

func checkPath(path string) error {
	if path == "/" {
		return nil
	}
	segments := strings.Split(path[1:], "/")
	var names []string
	for i, segment := range segments {
		if !pathSegment.MatchString(segment) {
			return fmt.Errorf(`has the path part %q; a part is letters, digits and "._:-", or one {variable}, `+
				`and the path does not end in "/"`, segment)
		}
		if !isVariable(segment) {
			continue
		}
		if isGreedy(segment) && i != len(segments)-1 {
			return fmt.Errorf("has the greedy variable %s before the end; it may only be the last part", segment)
		}
		name := strings.Trim(segment, "{+}")
		if slices.Contains(names, name) {
			return fmt.Errorf("has the variable {%s} twice; names of variables differ within a path", name)
		}
		names = append(names, name)
	}
	return nil
}

func isVariable(segment string) bool { return strings.HasPrefix(segment, "{") }
func isGreedy(segment string) bool   { return strings.HasSuffix(segment, "+}") }

// String returns the key as API Gateway writes it.
func (k RouteKey) String() string {
	if k.IsDefault() {
		return DefaultRoute
	}
	return k.Method + " " + k.Path
}

// IsDefault reports whether the key is that of the catch-all route.
func (k RouteKey) IsDefault() bool { return k.Path == DefaultRoute }

// Template returns the key without the names of its variables. Keys that are the same
// to API Gateway have equal templates.
func (k RouteKey) Template() string {
	if k.IsDefault() {
		return DefaultRoute
	}
	return k.Method + " " + shape(k.Path)
}

// shape returns a path without the names of its variables.
func shape(path string) string { return fill(path, "{}", "{+}") }

// pathPattern returns the path as an IAM resource pattern, with * for each variable.
func (k RouteKey) pathPattern() string { return fill(k.Path, "*", "*") }

// fill replaces the variables of a path, the greedy one by its own value.
func fill(path, value, greedy string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		switch {
		case isGreedy(segment):
			segments[i] = greedy
		case isVariable(segment):
			segments[i] = value
		}
	}
	return strings.Join(segments, "/")
}
