package gateway

import (
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/sandbox/cloud"
)

// deployment is a stage's deployed routes, integrations and authorizers.
type deployment struct {
	id           string
	routes       access.Routes
	declared     map[access.RouteKey]cloud.Route
	integrations map[string]integration // by target
	authorizers  map[string]*cloud.Authorizer
}

// integration is an integration with the ARN of its function, which is empty for a
// URL.
type integration struct {
	cloud.Integration
	functionARN string
}

// find finds the request's stage and route. If several routes may take the request,
// AWS documents no order between them: find takes the first of
// [access.Routes.Candidates], which is always the same. A preflight without a route has
// none.
func (e *exchange) find() error {
	var err error
	home := e.gateway.home()
	read := func() (cloud.API, error) { return home.GetApi(e.gateway.api) }
	if e.api, err = e.gateway.apis.Get(e.gateway.cloud, e.gateway.api, read); err != nil {
		return notFound("there is no API")
	}
	switch {
	case e.domain != "":
		err = e.findMapped()
	case e.api.DisableExecuteAPIEndpoint:
		err = notFound("the API's own endpoint is disabled")
	default:
		err = e.findStage(home)
	}
	if err != nil {
		return err
	}
	deployed, err := e.gateway.deployment(home, e.stage)
	if err != nil {
		return failed(err.Error())
	}
	candidates := deployed.routes.Candidates(e.request.Method, e.path)
	if len(candidates) == 0 && e.isPreflight() {
		return nil
	}
	if len(candidates) == 0 {
		return notFound("no route")
	}
	key := candidates[0].Key
	e.route, e.values = deployed.declared[key], valuesOf(key, e.path)
	e.target, e.authorizer = deployed.integrations[e.route.Target], deployed.authorizers[e.route.AuthorizerID]
	return nil
}

// findStage finds the stage whose name is the first segment of the path. Without
// one, the whole path is one of the stage $default. Paths are neither decoded nor
// cleaned.
func (e *exchange) findStage(home *cloud.Region) error {
	get := func(name string) (cloud.Stage, error) {
		return e.gateway.stages.Get(e.gateway.cloud, name,
			func() (cloud.Stage, error) { return home.GetStage(e.gateway.api, name) })
	}
	path := e.request.URL.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		return notFound("no path")
	}
	first, rest, _ := strings.Cut(path[1:], "/")
	if first != "$default" {
		if stage, err := get(first); err == nil {
			e.stage, e.path = stage, "/"+rest
			return nil
		}
	}
	stage, err := get("$default")
	if err != nil {
		return notFound("no stage")
	}
	e.stage, e.path = stage, path
	return nil
}

// deployment returns what a stage has deployed. It is read again when its id has
// changed.
func (g *Gateway) deployment(home *cloud.Region, stage cloud.Stage) (*deployment, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if d := g.deployed[stage.StageName]; d != nil && d.id == stage.DeploymentID {
		return d, nil
	}
	routes, err := home.GetRoutes(g.api)
	if err != nil {
		return nil, err
	}
	integrations, err := home.GetIntegrations(g.api)
	if err != nil {
		return nil, err
	}
	authorizers, err := home.GetAuthorizers(g.api)
	if err != nil {
		return nil, err
	}
	d := &deployment{
		id: stage.DeploymentID, declared: map[access.RouteKey]cloud.Route{},
		integrations: map[string]integration{}, authorizers: map[string]*cloud.Authorizer{},
	}
	for _, i := range integrations {
		d.integrations[i.Target()] = integration{i, i.FunctionARN()}
	}
	for _, a := range authorizers {
		d.authorizers[a.AuthorizerID] = &a
	}
	for _, r := range routes {
		key := access.RouteKey{Path: r.RouteKey} // $default, or
		if method, path, found := strings.Cut(r.RouteKey, " "); found {
			key = access.RouteKey{Method: method, Path: path}
		}
		d.routes = append(d.routes, access.Route{Key: key})
		d.declared[key] = r
	}
	g.deployed[stage.StageName] = d
	return d, nil
}

// valuesOf returns the values that the variables of a route have in a path that it
// takes; nil for $default. They are decoded, as was tried on AWS in
// github.com/aws/aws-lambda-dotnet, pull request 1901.
func valuesOf(key access.RouteKey, path string) map[string]string {
	if key.IsDefault() {
		return nil
	}
	values := map[string]string{}
	if !strings.Contains(key.Path, "{") {
		return values
	}
	parts := strings.Split(path, "/")
	for i, segment := range strings.Split(key.Path, "/") {
		if !strings.HasPrefix(segment, "{") {
			continue
		}
		value := parts[i]
		if strings.HasSuffix(segment, "+}") {
			value = strings.Join(parts[i:], "/")
		}
		values[strings.Trim(segment, "{+}")], _ = decodedPath(value)
	}
	return values
}
