package components

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/apigatewayv2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"iam-secured-api/components/access"
)

// Cors lets pages of other origins call the API from a browser. With it, API Gateway
// answers preflights and adds headers to responses ("Configure CORS for HTTP APIs" in its
// developer guide). It is not access control: other clients ignore it, and a page still
// needs credentials or a token.
type Cors struct {
	// AllowOrigins are the origins of the pages; see CheckOrigin. Required.
	AllowOrigins []string
	// AllowMethods are methods that routes take. Default all of them: an ANY route and
	// $default take every method.
	AllowMethods []string
	// AllowHeaders are names of request headers, in any case. SigningHeaders are always
	// allowed.
	AllowHeaders []string
	// ExposeHeaders are names of response headers that pages may read, in any case.
	ExposeHeaders []string
	// MaxAgeSeconds is how long a browser may keep the response to a preflight, 0 (not at
	// all) to MaxCorsAge.
	MaxAgeSeconds int
	// AllowCredentials lets pages send cookies. Signatures and tokens do not need it.
	AllowCredentials bool
}

// SigningHeaders are the headers that a page sets when it signs a request. A page with a
// token needs the first two.
var SigningHeaders = []string{"authorization", "content-type", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"}

const (
	// DefaultCorsAge is the MaxAgeSeconds of a stack that sets none.
	DefaultCorsAge = 600
	// MaxCorsAge is the longest MaxAgeSeconds that API Gateway accepts (Cors, MaxAge).
	// Browsers shorten it to two hours or less.
	MaxCorsAge = 86400
	// MaxCorsEntries bounds each list. API Gateway documents no quota of them.
	MaxCorsEntries = 100
)

// Check returns every problem, each as an access.FieldError.
func (c Cors) Check() []error {
	var errs []error
	add := func(err error, value any, path ...any) {
		if err != nil {
			errs = append(errs, access.FieldError{Path: path, Value: value, Err: err})
		}
	}
	if len(c.AllowOrigins) == 0 {
		add(errors.New("must be a list of origins, such as [https://app.example.com]"), c.AllowOrigins, "allowOrigins")
	}
	for _, list := range []struct {
		key    string
		values []string
		check  func(string) error
	}{
		{"allowOrigins", c.AllowOrigins, c.checkOrigin},
		{"allowMethods", c.AllowMethods, checkCorsMethod},
		{"allowHeaders", c.AllowHeaders, checkCorsHeader},
		{"exposeHeaders", c.ExposeHeaders, checkCorsHeader},
	} {
		if len(list.values) > MaxCorsEntries {
			add(fmt.Errorf("must have at most %d entries", MaxCorsEntries), list.values, list.key)
		}
		for i, value := range list.values {
			err := list.check(value)
			if err == nil && slices.ContainsFunc(list.values[:i], func(other string) bool { return strings.EqualFold(value, other) }) {
				err = errors.New("appears twice; list each once")
			}
			add(err, value, list.key, i)
		}
	}
	if c.MaxAgeSeconds < 0 || c.MaxAgeSeconds > MaxCorsAge {
		add(fmt.Errorf("must be 0 to %d seconds", MaxCorsAge), c.MaxAgeSeconds, "maxAgeSeconds")
	}
	return errs
}

// CheckMethods returns an access.FieldError for each of AllowMethods that none of the
// routes takes.
func (c Cors) CheckMethods(routes access.Routes) []error {
	if len(routes) == 0 { // reported elsewhere
		return nil
	}
	var errs []error
	taken := methodsOf(routes)
	for i, method := range c.AllowMethods {
		if slices.Contains(access.Methods, method) && !slices.Contains(taken, method) {
			errs = append(errs, access.FieldError{Path: []any{"allowMethods", i}, Value: method,
				Err: fmt.Errorf("must be a method that a route takes: %s", strings.Join(taken, ", "))})
		}
	}
	return errs
}

// methodsOf returns the methods that the routes take, sorted.
func methodsOf(routes access.Routes) []string {
	var methods []string
	for _, route := range routes {
		methods = append(methods, routes.MethodsOf(route)...)
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

const (
	anyOrigin = "*"
	anyHTTPS  = "https://*"
)

// checkOrigin checks an origin, and that a wildcard fits the other fields.
func (c Cors) checkOrigin(origin string) error {
	if err := CheckOrigin(origin); err != nil || origin != anyOrigin && origin != anyHTTPS {
		return err
	}
	switch {
	case c.AllowCredentials:
		return errors.New("must be an origin of your own: with allowCredentials, " +
			"a wildcard would let every page act with the user's cookies")
	case len(c.AllowOrigins) > 1:
		return errors.New("must stand alone")
	}
	return nil
}

// CheckOrigin accepts an origin as browsers send it: https://HOST or https://HOST:PORT,
// and http:// for localhost and 127.0.0.1. It also accepts "*" for every origin, and
// "https://*". API Gateway has no other wildcards, except "http://*".
func CheckOrigin(origin string) error {
	if origin == anyOrigin || origin == anyHTTPS {
		return nil
	}
	scheme, rest, found := strings.Cut(origin, "://")
	host, port, hasPort := strings.Cut(rest, ":")
	local := host == "localhost" || host == "127.0.0.1"
	switch {
	case origin == "null":
		return errors.New("must not be null, the origin of every page in a sandboxed frame")
	case strings.ToLower(origin) != origin:
		return errors.New("must be in lower case, as browsers send it")
	case !found || scheme != "https" && scheme != "http":
		return errors.New(`must be "https://HOST" or "https://HOST:PORT", such as "https://app.example.com"`)
	case strings.ContainsAny(rest, "/?#"):
		return errors.New("must end after the host or the port, without a slash or a path")
	case strings.Contains(origin, "*"):
		return errors.New(`must not have a wildcard: list each origin, or "*" or "https://*" alone`)
	case scheme == "http" && !local:
		return errors.New("must begin with https://: over plain HTTP, others can change the page; " +
			"http:// is for localhost and 127.0.0.1")
	case hasPort && !isPort(port):
		return errors.New("must have a port of 1 to 65535, or none")
	case port == "443" && scheme == "https" || port == "80" && scheme == "http":
		return fmt.Errorf("must not have the port %s, which browsers leave out of an origin", port)
	case !isHostName(host) || !isNameOrAddress(host):
		return errors.New("must have a host name of letters, digits and hyphens, or an IPv4 address")
	}
	return nil
}

func isPort(text string) bool {
	port, err := strconv.Atoi(text)
	return err == nil && port >= 1 && port <= 65535 && strconv.Itoa(port) == text
}

// isNameOrAddress reports whether a host that ends in a number is an IPv4 address, as
// browsers require.
func isNameOrAddress(host string) bool {
	if _, err := strconv.Atoi(host[strings.LastIndexByte(host, '.')+1:]); err != nil {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

func checkCorsMethod(method string) error {
	if !slices.Contains(access.Methods, method) {
		return fmt.Errorf("must be one of %s; without allowMethods, all that the routes take are allowed",
			strings.Join(access.Methods, ", "))
	}
	return nil
}

var corsHeaderName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// checkCorsHeader rejects "*", which API Gateway accepts: it does not cover the header
// authorization, and has no meaning with credentials.
func checkCorsHeader(name string) error {
	if !corsHeaderName.MatchString(name) {
		return errors.New(`must be the name of a header, 1 to 64 letters, digits and "_-"`)
	}
	return nil
}

// configuration returns the CORS configuration of the API, or nil without one. Lists are
// sorted and names of headers are in lower case, so another order or case is not a change.
func (c *Cors) configuration(routes access.Routes) apigatewayv2.ApiCorsConfigurationPtrInput {
	if c == nil {
		return nil
	}
	methods := slices.Sorted(slices.Values(c.AllowMethods))
	if len(methods) == 0 {
		methods = methodsOf(routes)
	}
	args := &apigatewayv2.ApiCorsConfigurationArgs{
		AllowOrigins: pulumi.ToStringArray(slices.Sorted(slices.Values(c.AllowOrigins))),
		AllowMethods: pulumi.ToStringArray(methods),
		AllowHeaders: pulumi.ToStringArray(headerNames(slices.Concat(SigningHeaders, c.AllowHeaders))),
		MaxAge:       pulumi.Int(c.MaxAgeSeconds),
	}
	if len(c.ExposeHeaders) > 0 {
		args.ExposeHeaders = pulumi.ToStringArray(headerNames(c.ExposeHeaders))
	}
	if c.AllowCredentials {
		args.AllowCredentials = pulumi.Bool(true)
	}
	return args
}

// headerNames returns the names in lower case, sorted, each once.
func headerNames(names []string) []string {
	var lower []string
	for _, name := range names {
		lower = append(lower, strings.ToLower(name))
	}
	slices.Sort(lower)
	return slices.Compact(lower)
}

// checkCors reports the problems of an API's CORS configuration, if there is one.
func (args HttpApiArgs) checkCors(p *problems) {
	if args.Cors != nil {
		p.each("Cors", append(args.Cors.Check(), args.Cors.CheckMethods(args.Routes)...))
	}
}
