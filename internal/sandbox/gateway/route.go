package gateway

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"iam-secured-api/components/access"
	"iam-secured-api/internal/sandbox/cloud"
)

// deployment are the routes of a stage and where they lead to.
type deployment struct {
	id           string
	routes       []route // those that come first, first
	integrations map[string]cloud.Integration
}

// route is a route as requests are held against it.
type route struct {
	cloud.Route
	method   string   // ANY, or empty for $default
	segments []string // of the path; nil for $default
	weight   []int    // of each segment, see [weigh]
}

// find finds the stage and the route that a call is for.
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
	for _, r := range deployed.routes {
		if values, ok := r.match(c.request.Method, c.path); ok {
			c.route, c.values = r.Route, values
			c.target = deployed.integrations[r.Target]
			return nil
		}
	}
	return notFound("no route")
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
	d := &deployment{id: stage.DeploymentID, integrations: map[string]cloud.Integration{}}
	for _, i := range integrations {
		d.integrations[i.Target()] = i
	}
	for _, r := range routes {
		d.routes = append(d.routes, newRoute(r))
	}
	slices.SortStableFunc(d.routes, func(a, b route) int {
		return cmp.Or(slices.Compare(a.weight, b.weight), cmp.Compare(anyLast(a.method), anyLast(b.method)))
	})
	g.deployed[stage.StageName] = d
	return d, nil
}

func newRoute(r cloud.Route) route {
	out := route{Route: r}
	method, path, found := strings.Cut(r.RouteKey, " ")
	if !found {
		out.weight = []int{greedySegment + 1}
		return out
	}
	out.method, out.segments = method, strings.Split(path, "/")[1:]
	// Any path without a greedy variable comes before all that have one.
	last := 0
	if kindOf(out.segments[len(out.segments)-1]) == greedySegment {
		last = greedySegment
	}
	out.weight = []int{last}
	for _, segment := range out.segments {
		out.weight = append(out.weight, kindOf(segment))
	}
	return out
}

// Kinds of segments: what comes first has the lower one.
const (
	literalSegment = iota
	variableSegment
	greedySegment
)

func kindOf(segment string) int {
	switch {
	case !strings.HasPrefix(segment, "{"):
		return literalSegment
	case strings.HasSuffix(segment, "+}"):
		return greedySegment
	}
	return variableSegment
}

func anyLast(method string) int {
	if method == "ANY" {
		return 1
	}
	return 0
}

// match tells whether a request ends at the route, and the values of its
// variables.
func (r route) match(method, path string) (map[string]string, bool) {
	if r.segments == nil {
		return nil, true
	}
	if r.method != method && (r.method != "ANY" || !slices.Contains(access.Methods, method)) {
		return nil, false
	}
	got := strings.Split(path, "/")[1:]
	values := map[string]string{}
	for i, want := range r.segments {
		if i >= len(got) {
			return nil, false
		}
		name := strings.Trim(want, "{+}")
		switch kindOf(want) {
		case literalSegment:
			if want != got[i] {
				return nil, false
			}
			continue
		case greedySegment:
			rest := strings.Join(got[i:], "/")
			values[name] = decoded(rest)
			return values, rest != ""
		}
		if got[i] == "" {
			return nil, false
		}
		values[name] = decoded(got[i])
	}
	return values, len(got) == len(r.segments)
}

func decoded(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
