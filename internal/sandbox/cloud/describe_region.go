package cloud

import (
	"fmt"
	"strconv"
)

func (d *description) region(account, name string, r *region) *node {
	scope := account + "/" + name
	n := &node{line: "region " + name}
	for _, g := range sortedKeys(r.LogGroups) {
		lg := r.LogGroups[g]
		d.name(g, scope+"/log group")
		x := &node{line: "log group " + g}
		x.fact("class", lg.LogGroupClass)
		x.fact("retention days", lg.RetentionInDays)
		x.keyed("tag", lg.Tags)
		n.add(x)
	}
	for _, f := range sortedKeys(r.Functions) {
		n.add(d.function(scope, r.Functions[f]))
	}
	for _, t := range sortedKeys(r.Tables) {
		n.add(d.table(scope, r.Tables[t]))
	}
	for _, id := range sortedKeys(r.APIs) {
		n.add(d.api(scope, r.APIs[id]))
	}
	return n
}

func (d *description) api(scope string, a *api) *node {
	d.made(a.APIID, scope, "(id of API "+d.name(a.Name, scope+"/api")+")")
	n := &node{line: "api " + strconv.Quote(a.Name) + " " + a.APIID}
	n.fact("protocol", a.ProtocolType)
	n.text("description", a.Description)
	n.text("version", a.Version)
	n.fact("default endpoint disabled", a.DisableExecuteAPIEndpoint)
	n.fact("ip address type", a.IPAddressType)
	if c := a.CORS; c != nil {
		x := &node{line: "cors"}
		x.fact("credentials", c.AllowCredentials)
		x.each("header", c.AllowHeaders)
		x.each("method", c.AllowMethods)
		x.each("origin", c.AllowOrigins)
		x.each("exposed header", c.ExposeHeaders)
		x.fact("max age", c.MaxAge)
		n.add(x)
	}
	n.keyed("tag", a.Tags)
	for _, id := range sortedKeys(a.Integrations) {
		n.add(d.integration(a.APIID, a.Integrations[id]))
	}
	for _, id := range sortedKeys(a.Routes) {
		r := a.Routes[id]
		x := &node{line: "route " + r.RouteKey}
		x.fact("authorization", r.AuthorizationType)
		x.fact("target", r.Target)
		x.text("operation", r.OperationName)
		n.add(x)
	}
	for _, name := range sortedKeys(a.Stages) {
		d.name(name, a.APIID)
		n.add(a.Stages[name].describe())
	}
	return n
}

func (d *description) integration(apiID string, i *Integration) *node {
	uri := i.IntegrationURI
	if arn := i.FunctionARN(); arn != "" {
		uri = stableName(arn)
	}
	d.made(i.Target(), apiID, fmt.Sprintf("integrations/(%s %s)", i.IntegrationMethod, uri))
	n := &node{line: i.Target()}
	n.fact("type", i.IntegrationType)
	n.fact("function", i.FunctionARN())
	n.fact("connection", i.ConnectionType)
	n.fact("payload format", i.PayloadFormatVersion)
	n.fact("timeout milliseconds", i.TimeoutMillis)
	n.text("description", i.Description)
	n.keyed("request parameter", i.RequestParameters)
	return n
}

func (s *Stage) describe() *node {
	n := &node{line: "stage " + s.StageName}
	n.fact("auto deploy", s.AutoDeploy)
	n.text("description", s.Description)
	if l := s.AccessLog; l != nil {
		n.fact("access log", l.DestinationARN)
		n.fact("access log format", l.Format)
	}
	s.DefaultRouteSettings.describe(n, "every route")
	for _, k := range sortedKeys(s.RouteSettings) {
		s.RouteSettings[k].describe(n, "route "+k)
	}
	n.keyed("variable", s.StageVariables)
	n.keyed("tag", s.Tags)
	return n
}

func (t Throttle) describe(n *node, which string) {
	if t.RateLimit != nil && t.BurstLimit != nil {
		n.add(&node{line: fmt.Sprintf("throttle of %s: %g a second, burst %d", which, *t.RateLimit, *t.BurstLimit)})
	}
	if t.DetailedMetricsEnabled {
		n.add(&node{line: "detailed metrics of " + which})
	}
}
