package cloud

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	defaultRouteSelection  = "$request.method $request.path"
	defaultAPIKeySelection = "$request.header.x-api-key"
)

// APISettings are the settings that CreateApi and UpdateApi take.
type APISettings struct {
	Name                      string `state:",name"`
	ProtocolType              string // HTTP
	Description               string
	Version                   string
	DisableExecuteAPIEndpoint bool
	IPAddressType             string // ipv4 (if empty) or dualstack
	RouteSelectionExpression  string // $request.method $request.path, or empty for it
	APIKeySelectionExpression string // $request.header.x-api-key, or empty for it
	CORS                      *CORS
	Tags                      map[string]string
}

// API is an HTTP API.
type API struct {
	APISettings
	APIID        string `state:",id"`
	ARN          string `state:"-"` // of the API as a resource of API Gateway
	ExecutionARN string `state:"-"` // the beginning of the ARNs of its invocations
	Endpoint     string `state:"-"` // its default URL, without a stage
	CreatedDate  time.Time
}

type api struct {
	API
	Routes       map[string]*Route       `state:"route"`
	Integrations map[string]*Integration `state:"integration"`
	Authorizers  map[string]*Authorizer  `state:"authorizer"`
	Stages       map[string]*Stage       `state:"stage"`
}

func (s *APISettings) setDefaults() {
	s.IPAddressType = cmp.Or(s.IPAddressType, "ipv4")
	s.RouteSelectionExpression = cmp.Or(s.RouteSelectionExpression, defaultRouteSelection)
	s.APIKeySelectionExpression = cmp.Or(s.APIKeySelectionExpression, defaultAPIKeySelection)
}

func (s APISettings) check() error {
	if s.ProtocolType == "WEBSOCKET" {
		return notModelled("WebSocket APIs")
	}
	if s.ProtocolType != "HTTP" {
		return errorf(CodeBadRequest, "invalid protocol type %q: HTTP", s.ProtocolType)
	}
	if n := utf8.RuneCountInString(s.Name); n < 1 || n > 128 {
		return errorf(CodeBadRequest, "API name %q has %d characters, must have 1 to 128", s.Name, n)
	}
	if utf8.RuneCountInString(s.Description) > 1024 {
		return errorf(CodeBadRequest, "description is longer than 1024 characters")
	}
	if len(s.Version) > 64 {
		return errorf(CodeBadRequest, "version %q is longer than 64 characters", s.Version)
	}
	if s.IPAddressType != "ipv4" && s.IPAddressType != "dualstack" {
		return errorf(CodeBadRequest, "invalid IP address type %q: ipv4 or dualstack", s.IPAddressType)
	}
	if s.RouteSelectionExpression != defaultRouteSelection {
		return errorf(CodeBadRequest,
			"route selection expression %q must be %s for an HTTP API", s.RouteSelectionExpression, defaultRouteSelection)
	}
	if s.APIKeySelectionExpression != defaultAPIKeySelection {
		return errorf(CodeBadRequest,
			"API key selection expression %q must be %s for an HTTP API", s.APIKeySelectionExpression, defaultAPIKeySelection)
	}
	return cmp.Or(s.CORS.check(), regionTags(s.Tags, CodeBadRequest))
}

func (a *api) view(*state) API { return a.API }

// redeploy creates a new deployment for every auto-deployed stage, as each
// change of an API does.
func (a *api) redeploy() {
	for _, s := range a.Stages {
		s.DeploymentID = deploymentID()
	}
}

var apis = &shelf[*region, *api, API]{
	things:  func(r *region) *map[string]*api { return &r.APIs },
	missing: missing[*region](CodeNotFound, "invalid API identifier specified: %s"),
	quota:   quota{maxAPIs, CodeTooManyRequests, "APIs"},
	tags:    func(a *api) *map[string]string { return &a.Tags },
	tagCode: CodeBadRequest,
}

// apiPlace holds the routes, integrations, authorizers and stages of an API.
type apiPlace struct {
	*Region
	id string
}

func (r *Region) in(apiID string) apiPlace { return apiPlace{r, apiID} }

func (p apiPlace) view(f func(*api) error) error {
	return apis.read(p.Region, p.id, func(_ *region, a *api) error { return f(a) })
}

// mutate runs an action that changes something in the API. The target is empty
// for what has no name yet.
func (p apiPlace) mutate(action, target string, f func(*api) error) error {
	return p.Region.mutate(action, strings.TrimSuffix(p.id+"/"+target, "/"), func(st *region) error {
		a, err := apis.find(p.Region, st, p.id)
		if err != nil {
			return err
		}
		return f(a)
	})
}

func (r *Region) apiARN(id string) string { return "arn:aws:apigateway:" + r.name + "::/apis/" + id }

// CreateApi creates an HTTP API without routes and stages.
func (r *Region) CreateApi(in APISettings) (API, error) {
	in.setDefaults()
	return apis.create(r, "CreateApi", in.Name, func(*region) (string, *api, error) {
		if err := in.check(); err != nil {
			return "", nil, err
		}
		id := apiID()
		return id, &api{
			API: API{
				APISettings: in, APIID: id, CreatedDate: now(),
				ARN:          r.apiARN(id),
				ExecutionARN: fmt.Sprintf("arn:aws:execute-api:%s:%s:%s", r.name, r.account.id, id),
				Endpoint:     fmt.Sprintf("https://%s.execute-api.%s.amazonaws.com", id, r.name),
			},
		}, nil
	})
}

// GetApi returns an API.
func (r *Region) GetApi(id string) (API, error) { return apis.get(r, id) }

// GetApis returns the region's APIs, by id.
func (r *Region) GetApis() ([]API, error) { return apis.list(r, nil) }

// UpdateApi replaces an API's settings except for its tags and protocol.
func (r *Region) UpdateApi(id string, in APISettings) error {
	in.setDefaults()
	return apis.change(r, "UpdateApi", id, func(_ *region, a *api) error {
		in.Tags, in.ProtocolType = a.Tags, a.ProtocolType
		if err := in.check(); err != nil {
			return err
		}
		a.APISettings = clone(in)
		a.redeploy()
		return nil
	})
}

// DeleteApi deletes an API and its routes, integrations, authorizers and stages,
// if no domain name is mapped to it.
func (r *Region) DeleteApi(id string) error {
	return apis.remove(r, "DeleteApi", id, func(*region, *api) error { return r.unmapped(id, "") })
}
