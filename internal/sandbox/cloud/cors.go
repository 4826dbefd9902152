package cloud

import (
	"net/url"
	"slices"
	"strings"
)

// CORS is the response of an API to preflight requests.
type CORS struct {
	AllowCredentials bool
	AllowHeaders     []string
	AllowMethods     []string
	AllowOrigins     []string
	ExposeHeaders    []string
	MaxAge           int // seconds
}

// check applies AWS's rules. Names of headers are not checked: AWS documents no rule.
func (c *CORS) check() error {
	if c == nil {
		return nil
	}
	if c.MaxAge < -1 || c.MaxAge > 86400 {
		return errorf(CodeBadRequest, "CORS max age %d is invalid: -1 to 86400 seconds", c.MaxAge)
	}
	// The text was seen in github.com/aws/aws-cdk, issue 9076.
	if c.AllowCredentials && slices.Contains(c.AllowOrigins, "*") {
		return errorf(CodeBadRequest, "allow-credentials is not supported if 'allow-origin' is *")
	}
	for _, origin := range c.AllowOrigins {
		if !isOrigin(origin) {
			return errorf(CodeBadRequest, "Invalid format for origin %s", origin)
		}
	}
	for _, m := range c.AllowMethods {
		if m != "*" && (m == "ANY" || !slices.Contains(routeMethods, m)) {
			return errorf(CodeBadRequest, "CORS method %q is invalid: * or an HTTP method", m)
		}
	}
	if slices.Contains(slices.Concat(c.AllowHeaders, c.ExposeHeaders), "") {
		return errorf(CodeBadRequest, "the name of a header in CORS must not be empty")
	}
	return nil
}

// isOrigin reports whether AWS accepts an origin. AWS documents the wildcards *, https://*
// and http://*. It was seen to refuse other wildcards, and schemes other than https and
// http. That it refuses paths is an assumption.
func isOrigin(origin string) bool {
	if origin == "*" || origin == "https://*" || origin == "http://*" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Scheme+"://"+u.Host == origin &&
		u.Hostname() != "" && !strings.Contains(origin, "*")
}

// DeleteCorsConfiguration stops an API from responding to preflight requests.
func (r *Region) DeleteCorsConfiguration(id string) error {
	return apis.change(r, "DeleteCorsConfiguration", id, func(_ *region, a *api) error {
		a.CORS = nil
		a.redeploy()
		return nil
	})
}
