package cloud

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// IntegrationSettings are the settings that CreateIntegration and
// UpdateIntegration take.
type IntegrationSettings struct {
	IntegrationType      string // HTTP_PROXY or AWS_PROXY
	IntegrationMethod    string `state:",title"` // the backend's method, ANY for the method of the request; for a function POST, or empty for POST
	IntegrationURI       string // http or https; for a function its ARN or invoke ARN
	ConnectionType       string // INTERNET, or empty for it
	Description          string
	PayloadFormatVersion string // 1.0, or empty for it; for a function also 2.0
	RequestParameters    map[string]string
	TimeoutMillis        int // 50 to 30000, 0 for 30000
}

// Integration is a backend of an API.
type Integration struct {
	IntegrationSettings
	IntegrationID string `state:",id"`
}

// Target returns the target of routes that use the integration.
func (i Integration) Target() string { return "integrations/" + i.IntegrationID }

// FunctionARN returns the ARN of the Lambda function that the integration
// invokes, with the qualifier if there is one, even if it does not exist. It is empty for an HTTP
// integration.
func (s IntegrationSettings) FunctionARN() string {
	if s.IntegrationType != "AWS_PROXY" {
		return ""
	}
	uri := s.IntegrationURI
	if m := reInvokeARN.FindStringSubmatch(uri); m != nil {
		uri = m[1]
	}
	if !reFunctionARN.MatchString(uri) {
		return ""
	}
	return uri
}

var (
	reInvokeARN   = regexp.MustCompile(`^arn:aws:apigateway:[a-z0-9-]+:lambda:path/2015-03-31/functions/(.+)/invocations$`)
	reFunctionARN = regexp.MustCompile(`^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_-]{1,128})?$`)
)

// InvokeARN returns the URI with which API Gateway invokes the Lambda function
// with the ARN.
func InvokeARN(functionARN string) string {
	region := strings.Split(functionARN+":::", ":")[3]
	return fmt.Sprintf("arn:aws:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", region, functionARN)
}

// reURIVariable matches the variables that an HTTP integration's URI may
// contain, for example {proxy} and ${stageVariables.host}.
var reURIVariable = regexp.MustCompile(`\$?\{[\w.+-]+\}`)

func (s *IntegrationSettings) setDefaults() {
	s.ConnectionType = cmp.Or(s.ConnectionType, "INTERNET")
	s.PayloadFormatVersion = cmp.Or(s.PayloadFormatVersion, "1.0")
	s.TimeoutMillis = cmp.Or(s.TimeoutMillis, maxTimeoutMillis)
	if s.IntegrationType == "AWS_PROXY" && s.IntegrationMethod == "" {
		s.IntegrationMethod = "POST"
	}
}

func (s IntegrationSettings) check() error {
	switch s.IntegrationType {
	case "HTTP_PROXY":
		if err := s.checkHTTPProxy(); err != nil {
			return err
		}
	case "AWS_PROXY":
		if err := s.checkFunction(); err != nil {
			return err
		}
	case "AWS", "HTTP", "MOCK":
		return errorf(CodeBadRequest, "integration type %s is not supported on HTTP APIs", s.IntegrationType)
	default:
		return errorf(CodeBadRequest, "invalid integration type %q: HTTP_PROXY or AWS_PROXY", s.IntegrationType)
	}
	if s.ConnectionType != "INTERNET" {
		return notModelled("connection type " + s.ConnectionType)
	}
	if s.TimeoutMillis < minTimeoutMillis || s.TimeoutMillis > maxTimeoutMillis {
		return errorf(CodeBadRequest,
			"timeout %d is invalid: %d to %d milliseconds", s.TimeoutMillis, minTimeoutMillis, maxTimeoutMillis)
	}
	if len(s.Description) > 1024 {
		return errorf(CodeBadRequest, "description is longer than 1024 characters")
	}
	for _, k := range sortedKeys(s.RequestParameters) {
		if v := s.RequestParameters[k]; k == "" || v == "" || len(v) > 512 {
			return errorf(CodeBadRequest, "request parameter %q must have a value of 1 to 512 characters", k)
		}
		if err := checkMapping(k); err != nil {
			return err
		}
	}
	return nil
}

func (s IntegrationSettings) checkHTTPProxy() error {
	if !slices.Contains(routeMethods, s.IntegrationMethod) {
		return errorf(CodeBadRequest,
			"integration method %q is invalid: one of %s", s.IntegrationMethod, strings.Join(routeMethods, ", "))
	}
	if s.PayloadFormatVersion != "1.0" {
		return errorf(CodeBadRequest, "payload format version %q is invalid for HTTP_PROXY: 1.0", s.PayloadFormatVersion)
	}
	u, err := url.Parse(reURIVariable.ReplaceAllString(s.IntegrationURI, "x"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return errorf(CodeBadRequest, "invalid HTTP endpoint specified for URI %q: an http or https URL", s.IntegrationURI)
	}
	return nil
}

// checkFunction applies the rules for integrations with a Lambda function. As
// on AWS, the function need not exist. If it does not, requests to the API
// fail.
func (s IntegrationSettings) checkFunction() error {
	if s.FunctionARN() == "" {
		return errorf(CodeBadRequest,
			"invalid function ARN or invalid uri %q: the ARN of a Lambda function, or what API Gateway invokes it by", s.IntegrationURI)
	}
	if s.PayloadFormatVersion != "1.0" && s.PayloadFormatVersion != "2.0" {
		return errorf(CodeBadRequest,
			"payload format version %q is invalid for AWS_PROXY: 1.0 or 2.0", s.PayloadFormatVersion)
	}
	if s.IntegrationMethod != "POST" {
		return notModelled("integrations of type AWS_PROXY with a method other than POST: " + s.IntegrationMethod)
	}
	if len(s.RequestParameters) > 0 {
		return notModelled("integrations of type AWS_PROXY with request parameters")
	}
	return nil
}

func (i *Integration) view(*state) Integration { return *i }

var integrations = &shelf[*api, *Integration, Integration]{
	things:  func(a *api) *map[string]*Integration { return &a.Integrations },
	missing: missing[*api](CodeNotFound, "unable to find integration with id %s"),
	quota:   quota{maxIntegrations, CodeTooManyRequests, "integrations of an API"},
	changed: (*api).redeploy,
}

// CreateIntegration adds a backend to an API.
func (r *Region) CreateIntegration(apiID string, in IntegrationSettings) (Integration, error) {
	in.setDefaults()
	return integrations.create(r.in(apiID), "CreateIntegration", "", func(*api) (string, *Integration, error) {
		if err := in.check(); err != nil {
			return "", nil, err
		}
		id := routeID()
		return id, &Integration{IntegrationSettings: in, IntegrationID: id}, nil
	})
}

// GetIntegration returns one integration of an API.
func (r *Region) GetIntegration(apiID, id string) (Integration, error) {
	return integrations.get(r.in(apiID), id)
}

// GetIntegrations returns the integrations of an API, by id.
func (r *Region) GetIntegrations(apiID string) ([]Integration, error) {
	return integrations.list(r.in(apiID), nil)
}

// UpdateIntegration replaces an integration's settings.
func (r *Region) UpdateIntegration(apiID, id string, in IntegrationSettings) error {
	in.setDefaults()
	return integrations.change(r.in(apiID), "UpdateIntegration", id, func(_ *api, i *Integration) error {
		if err := in.check(); err != nil {
			return err
		}
		i.IntegrationSettings = clone(in)
		return nil
	})
}

// DeleteIntegration deletes an integration that no route uses.
func (r *Region) DeleteIntegration(apiID, id string) error {
	return integrations.remove(r.in(apiID), "DeleteIntegration", id, func(a *api, i *Integration) error {
		for _, rid := range sortedKeys(a.Routes) {
			if a.Routes[rid].Target == i.Target() {
				return errorf(CodeConflict,
					"cannot delete integration %s: it is referenced by route %s (%s)", id, rid, a.Routes[rid].RouteKey)
			}
		}
		return nil
	})
}
