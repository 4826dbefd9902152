package gateway

import (
	"net/url"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/sandbox/cloud"
)

// deployment are the routes of a stage and where they lead to.
type deployment struct {
	id           string
	routes       access.Routes
	declared     map[access.RouteKey]cloud.Route
	integrations map[string]cloud.Integration
}

// find finds the stage and the route that a call is for. If several routes may take
// the call, AWS documents no order between them: it is the first of
// [access.Routes.Candidates], which always chooses the same.
func (c *call) find() error {
	var err error
	home := c.gateway.home()
	if c.api, err = home.GetApi(c.gateway.api); err != nil {
		return notFound("there is no API")
	}
	if c.api.DisableExecuteAPIEndpoint {
		return notFound("the API's own endpoint is disabled")
	}
	if err := c.findStage(home); err != nil {
		return err
	}
	if c.api.CORS != nil {
		return failed("the sandbox does not model CORS")
	}
	deployed, err := c.gateway.deployment(home, c.stage)
	if err != nil {
		return failed(err.Error())
	}
	candidates := deployed.routes.Candidates(c.request.Method, c.path)
	if len(candidates) == 0 {
		return notFound("no route")
	}
	key := candidates[0].Key
	c.route, c.values = deployed.declared[key], valuesOf(key, c.path)
	c.target = deployed.integrations[c.route.Target]
	return nil
}

// findStage takes the stage's name from the front of the path. One that no stage
// has is a path of $default. Paths are taken as they were sent, with nothing
// decoded and nothing cleaned.
func (c *call) findStage(home *cloud.Region) error {
	path := c.request.URL.EscapedPath()
	if !strings.HasPrefix(path, "/") {
		return notFound("no path")
	}
	first, rest, _ := strings.Cut(path[1:], "/")
	if first != "$default" {
		if stage, err := home.GetStage(c.gateway.api, first); err == nil {
			c.stage, c.path = stage, "/"+rest
			return nil
		}
	}
	stage, err := home.GetStage(c.gateway.api, "$default")
	if err != nil {
		return notFound("no stage")
	}
	c.stage, c.path = stage, path
	return nil
}

// deployment returns what a stage has deployed. The id moves with every change,
// so that what was read once stays right.
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
	d := &deployment{id: stage.DeploymentID, declared: map[access.RouteKey]cloud.Route{}, integrations: map[string]cloud.Integration{}}
	for _, i := range integrations {
		d.integrations[i.Target()] = i
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
// takes; nil for $default.
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
		values[strings.Trim(segment, "{+}")] = decoded(value)
	}
	return values
}

func decoded(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
